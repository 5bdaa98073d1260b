@tokens @method:client-credentials
Feature: Basic authentication at the API
  A back end may send its id and secret with each request, in place of a token, and is bound as its token is.

  @id:RS09a @product @medplum-auth.client-credentials @rfc6749-2.3.1 @high
  Scenario Outline: Wrong Basic credentials are refused
    Given a back end registered for the client credentials grant
    And the back end has read a patient with Basic
    When the back end reads a patient <credentials>
    Then the API asks for authentication

    Examples:
      | credentials                    |
      | with Basic and a wrong secret  |
      | with Basic and an empty secret |

  @id:RS09b @product @medplum-access.access-policies @critical
  Scenario Outline: With Basic a client is bound by its policy
    Given a back end whose policy holds patients only
    And the practitioner has read an observation
    When the back end <does something> with Basic
    Then the API <answers>

    Examples:
      | does something        | answers           |
      | reads a patient       | shows what it has |
      | reads an observation  | forbids it        |
      | searches observations | forbids it        |
