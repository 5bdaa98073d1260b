@server
Feature: Client authentication
  Whoever can pass for a confidential client can redeem its codes and act in its name.

  @method:client-credentials
  Rule: A client proves who it is with its secret

    Background:
      Given a back end registered for the client credentials grant
      And the client may authenticate with client_secret_basic

    @id:CA02 @must @rfc6749-2.3.1 @high
    Scenario: A client authenticates with client_secret_basic
      When the back end asks for a token with client_secret_basic
      Then the token request is answered with an access token

    @id:CA03 @must @rfc6749-2.3.1 @rfc6749-B @medium
    Scenario: Basic credentials are form-urldecoded
      When the back end asks for a token with percent-encoded Basic credentials
      Then the token request is answered with an access token

  @method:client-credentials
  Rule: Nobody passes for a client without its secret

    Background:
      Given a back end registered for the client credentials grant

    @id:CA05a @must @rfc6749-5.2 @rfc6749-2.3.1 @medium
    Scenario: A wrong secret is refused with a challenge for Basic
      Given the client may authenticate with client_secret_basic
      And the back end has got a token with its secret in Basic credentials
      When the back end asks for a token with a wrong secret in Basic credentials
      Then the token request is refused with "invalid_client"
      And the refusal challenges for Basic

    @id:CA05b @must @rfc6749-5.2 @rfc6749-2.3.1 @critical
    Scenario: A wrong secret in the body is refused
      Given the client may authenticate with client_secret_post
      And the back end has got a token with its secret in the body
      When the back end asks for a token with a wrong secret in the body
      Then the token request is refused with "invalid_client"

    @id:CA05c @must @rfc6749-5.2 @low
    Scenario: A client that nobody registered is refused
      Given the back end has got a token
      When the back end asks for a token with an unknown client_id
      Then the token request is refused with "invalid_client"

    @id:CA06 @must @rfc6749-2.3.1 @rfc6749-5.2 @critical
    Scenario Outline: A client that sends no secret to speak of is refused
      Given the client may authenticate with <method>
      And the back end has got a token with its secret <place>
      When the back end asks for a token <credentials>
      Then the token request is refused with "invalid_client"

      Examples:
        | method              | place                | credentials                               |
        | client_secret_basic | in Basic credentials | with an empty secret in Basic credentials |
        | client_secret_post  | in the body          | with an empty secret in the body          |
        | client_secret_basic | in Basic credentials | with its client_id alone                  |

  @method:authorization-code
  Rule: A code is redeemed by the client that it was issued to

    Background:
      Given a confidential client registered for the authorization code flow
      And a practitioner who can sign in

    @id:CA01 @must @rfc6749-3.2.1 @rfc6749-4.1.3 @critical
    Scenario Outline: A confidential client that does not authenticate gets no token for a code
      Given the practitioner has signed in with an S256 challenge
      When the client redeems the code <credentials>
      Then the token request is refused with <errors>

      Examples:
        | credentials                                       | errors                                |
        | with its client_id alone                          | "invalid_client"                      |
        | with a secret that is wrong in its last character | "invalid_client"                      |
        | without a client_id                               | "invalid_client" or "invalid_request" |

    @id:CA04 @may @rfc6749-2.3.1 @rfc8414-2 @low
    Scenario: A client authenticates with client_secret_post where that is advertised
      Given the client may authenticate with client_secret_post
      And the practitioner has signed in with an S256 challenge
      When the client redeems the code with client_secret_post
      Then the token request is answered with an access token

    @id:CA26b @must @rfc6749-6 @critical
    Scenario Outline: A confidential client that does not authenticate gets nothing for a refresh token
      Given the client holds a refresh token that works
      When the client refreshes <credentials>
      Then the token request is refused with <errors>

      Examples:
        | credentials                                       | errors                                |
        | with its client_id alone                          | "invalid_client"                      |
        | with a secret that is wrong in its last character | "invalid_client"                      |
        | without a client_id                               | "invalid_client" or "invalid_request" |

  @method:authorization-code
  Rule: Only who is known may introspect

    @id:CA26a @must @rfc7662-2.1 @rfc7662-2.3 @high
    Scenario Outline: Introspection without the right credentials is refused
      Given a confidential client registered for the authorization code flow
      And a practitioner who can sign in
      And the client can introspect the practitioner's token
      When the token is introspected <credentials>
      Then the introspection is refused

      Examples:
        | credentials                                       |
        | without credentials                               |
        | with a secret that is wrong in its last character |
        | with its client_id alone                          |

  @method:client-credentials
  Rule: Secrets that the server makes cannot be guessed

    @id:CA22 @must @rfc6749-10.10 @high
    Scenario: A generated secret has at least 128 bits
      Given the server has generated the secrets of several clients
      When the server generates the secret of one more client
      Then every secret has at least 128 bits, and no two are the same

  @method:client-credentials
  Rule: A client that was switched off has no more access

    @id:CA27a @should @rfc6749-5.2 @medplum-api.fhir.medplum.clientapplication @critical
    Scenario: A client that was switched off gets no token
      Given a back end registered for this scenario alone
      And the back end has got a token
      And the client has been switched off
      When the back end asks for a token with its own secret
      Then the token request is refused with "invalid_client" or "unauthorized_client"

    @id:CA27b @should @rfc6749-5.2 @medplum-api.fhir.medplum.clientapplication @critical
    Scenario: A client that was switched off is refused with Basic at the API
      Given a back end registered for this scenario alone
      And the back end has read a patient with Basic
      And the client has been switched off
      When the back end reads a patient with Basic
      Then the API asks for authentication

  @method:authorization-code
  Rule: A client that was switched off gets no more tokens for the people who signed in

    @id:CA27c @should @rfc6749-5.2 @rfc6749-6 @medplum-api.fhir.medplum.clientapplication @high
    Scenario: A client that was switched off cannot refresh
      Given a confidential client of its own
      And a practitioner who can sign in
      And the client holds a refresh token that works
      And the client has been switched off
      When the client refreshes with its own secret
      Then the token request is refused with "invalid_client" or "unauthorized_client" or "invalid_grant"

  @method:client-credentials
  Rule: A secret is rotated without a gap, and the old one ends

    @id:CA28a @product @medplum-api.fhir.operations.rotate-client-secret @high
    Scenario Outline: The old secret works beside the new one while it is retiring
      Given a back end registered for this scenario alone
      And the secret of the client has been rotated
      When the back end uses both secrets <place>
      Then both secrets are accepted <place>

      Examples:
        | place                 |
        | at the token endpoint |
        | with Basic at the API |

    @id:CA28b @product @medplum-api.fhir.operations.rotate-client-secret @critical
    Scenario Outline: The old secret is refused once its retirement has ended
      Given a back end registered for this scenario alone
      And the old secret has worked <place>
      And the secret of the client has been rotated
      And the retirement of the old secret has ended
      When the back end uses the old secret <place>
      Then the old secret is refused <place>

      Examples:
        | place                 |
        | at the token endpoint |
        | with Basic at the API |
