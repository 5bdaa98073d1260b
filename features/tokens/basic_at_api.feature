@tokens @method:client-credentials
Feature: Basic authentication at the API
  A back end may send its id and secret with each request, in place of a token, and is bound as its token is.

  # The product's way of authentication; what is wrong about a secret at the token endpoint is wrong here.
  @id:RS09a @product @medplum-auth.client-credentials @rfc6749-2.3.1 @high
  Scenario Outline: Wrong Basic credentials are refused
    Given the back end can read the visible patient by Basic
    When the back end tries to read the visible patient by Basic <tampering>
    Then the request is refused with 401

    Examples:
      | tampering                                        |
      | with the last character of client_secret changed |
      | with an empty client_secret                      |

  # The product's promise: the client's access policy binds it however it authenticates.
  @id:RS09b @product @medplum-access.access-policies @critical
  Scenario Outline: Broken object level authorization: with Basic a client is bound by its policy
    Given a bound back end whose policy opens patients only
    And the bound back end can read the visible patient by Basic
    And the practitioner can <interaction> the visible observation
    When the bound back end tries to <interaction> the visible observation by Basic
    Then the request is refused with 403 or 404

    Examples:
      | interaction              |
      | read                     |
      | search the whole type of |
