@tokens @method:authorization-code
Feature: Bearer tokens at the API
  Whoever holds the token is served: it may travel in one place only, and a refusal says what was wrong with it.

  Rule: A token in the Authorization header is enough

    @id:RS01 @must @rfc6750-2.1 @oidc-core-5.3 @high
    Scenario Outline: A token in the Authorization header is accepted
      Given the practitioner has tokens
      When <resource> is asked with the token in the Authorization header
      Then the request is served

      Examples:
        | resource                      |
        | the API                       |
        | the userinfo endpoint         |
        | the userinfo endpoint by POST |

    @id:RS03 @must @rfc6750-2.1 @rfc9110-11.1 @rfc9110-11.4 @low
    Scenario Outline: The header is read with all that its grammar allows
      Given the practitioner has a token that opens the API
      When the API is asked with <writing>
      Then the request is served

      Examples:
        | writing                             |
        | the token under the scheme "bearer" |
        | the token after two spaces          |

  Rule: A token that travels elsewhere is not taken

    @id:RS02 @should @rfc6750-2.3 @rfc6750-5.3 @rfc9700-4.3.2 @high
    Scenario: A token in the URL is refused
      Given the practitioner has a token that opens the API
      When the API is asked with the token in the query
      Then the request is refused with status 401 or 400

    @id:RS07 @should @rfc6750-2 @rfc6750-3.1 @medium
    Scenario: A token that comes in two ways at once is refused
      Given the practitioner has a token that opens the API by POST
      When the API by POST is asked with the token in the Authorization header and in the form body
      Then the request is refused with status 400

  Rule: A refusal says what it was about

    @id:RS04 @must @rfc6750-3 @rfc9110-11.6.1 @medium
    Scenario Outline: A refusal carries a Bearer challenge
      Given the practitioner has a token that opens the API
      When the API is asked with <credentials>
      Then the request is refused with a Bearer challenge

      Examples:
        | credentials               |
        | no credentials            |
        | a token that nobody issued |

    @id:RS04b @should @rfc6750-3.1 @low
    Scenario: A request without credentials is not told of an error
      Given the practitioner has a token that opens the API
      When the API is asked with no credentials
      Then the refusal names no error code

    @id:RS05 @should @rfc6750-3.1 @medium
    Scenario: A token that nobody issued is called invalid
      Given the practitioner has a token that opens the API
      When the API is asked with a token that nobody issued
      Then the request is refused with status 401 and the error "invalid_token"

    @id:RS06 @should @rfc6750-3.1 @medium
    Scenario: A token whose scope does not reach is told so
      Given a back end with a token for the scope "system/Observation.rs"
      And the back end can read an observation
      And a patient in the records
      When the back end tries to read the record
      Then the request is refused with status 403 and the error "insufficient_scope"

    @id:RS08 @should @fhir-r4-http @low
    Scenario Outline: A refusal of the FHIR API is an OperationOutcome and shows no inner workings
      Given a back end with a token of its own
      When the back end asks <what>
      Then the answer is an OperationOutcome with status <status>

      Examples:
        | what                                       | status |
        | to read a patient, without a token                 | 401    |
        | to change a condition, which its policy does not name | 403    |
        | to read a patient that never existed               | 404    |

  Rule: Nothing but what must be public is open

    @id:RS10 @product @rfc9110-15.5.2 @owasp-api-API2 @high
    Scenario: Every protected route asks for a token
      Given the protected routes that know the practitioner's token
      When each route is asked without a token
      Then each answers with status 401
