@tokens @method:authorization-code
Feature: Bearer tokens at the API
  Whoever holds the token is served: it may travel in one place only, and a refusal says what was wrong with it.

  Rule: A token in the Authorization header is enough

    # Binds the resource server, must: it supports the header. Userinfo takes GET and POST.
    @id:RS01 @must @rfc6750-2.1 @oidc-core-5.3 @high
    Scenario Outline: A token in the Authorization header is accepted
      Given the practitioner has tokens of the confidential client
      When <place> is asked with the access token
      Then the request is served

      Examples:
        | place                         |
        | the API                       |
        | the userinfo endpoint         |
        | the userinfo endpoint by POST |

    # The grammar of HTTP binds who reads the header: schemes have no case, and one or more spaces follow.
    @id:RS03 @must @rfc6750-2.1 @rfc9110-11.1 @rfc9110-11.4 @low
    Scenario Outline: The header is read with all that its grammar allows
      Given the practitioner has tokens of the confidential client
      And the API opens to the access token
      When the API is asked with the access token <writing>
      Then the request is served

      Examples:
        | writing                 |
        | under the scheme "bearer" |
        | after two spaces        |

  Rule: A token that travels elsewhere is not taken

    # Binds the client, must: no tokens in URLs any more. A resource server may take them from there, and should not.
    @id:RS02 @should @rfc6750-2.3 @rfc6750-5.3 @rfc9700-4.3.2 @medium
    Scenario: Token leakage: a token in the URL is refused
      Given the practitioner has tokens of the confidential client
      And the API opens to the access token
      When the API is asked with the access token in the query
      Then the request is refused

    # Clients must use one way; a request with several is malformed, which should be 400. It has several only where the
    # server takes a token from a form at all, which it may.
    @id:RS07 @should @rfc6750-2 @rfc6750-3.1 @medium
    Scenario: Parameter pollution: a token that comes in two ways at once is refused
      Given the practitioner has tokens of the confidential client
      And the userinfo endpoint by POST takes the access token in the form
      When the userinfo endpoint by POST is asked with the access token in the header and in the form
      Then the request is refused with 400

  Rule: A refusal says what it was about

    # Binds the resource server, must: a request without a good token gets a challenge. Which status is RS05's matter.
    @id:RS04 @must @rfc6750-3 @rfc9110-11.6.1 @medium
    Scenario Outline: A refusal carries a Bearer challenge
      Given the practitioner has tokens of the confidential client
      And the API opens to the access token
      When the API is asked with <credentials>
      Then the refusal challenges for Bearer

      Examples:
        | credentials                |
        | no credentials             |
        | a token that nobody issued |

    # Binds the resource server, should: who did not try to authenticate is told of no error.
    @id:RS04b @should @rfc6750-3.1 @low
    Scenario: A request without credentials is not told of an error
      Given the practitioner has tokens of the confidential client
      And the API opens to the access token
      When the API is asked with no credentials
      Then the Bearer challenge of the refusal has no error

    # Binds the resource server, should: an invalid token is 401.
    @id:RS05 @should @rfc6750-3.1 @medium
    Scenario: A token that nobody issued is refused as one who did not authenticate
      Given the practitioner has tokens of the confidential client
      And the API opens to the access token
      When the API is asked with a token that nobody issued
      Then the request is refused with 401

    # Binds the resource server, should: and called invalid_token, whatever the status.
    @id:RS05b @should @rfc6750-3.1 @medium
    Scenario: A token that nobody issued is called invalid
      Given the practitioner has tokens of the confidential client
      And the API opens to the access token
      When the API is asked with a token that nobody issued
      Then the Bearer challenge of the refusal has the error "invalid_token"

    # Binds the resource server, should: too little scope is 403.
    @id:RS06 @should @rfc6750-3.1 @medium
    Scenario: A token whose scope does not reach is refused as one who may not
      Given a server with SMART scopes
      And the back end has a token for the scope "system/Observation.rs", which the server need not give
      And the back end can read the visible observation
      When the back end tries to read the visible patient
      Then the request is refused with 403

    # Binds the resource server, should: and told insufficient_scope, whatever the status.
    @id:RS06b @should @rfc6750-3.1 @medium
    Scenario: A token whose scope does not reach is told so
      Given a server with SMART scopes
      And the back end has a token for the scope "system/Observation.rs", which the server need not give
      And the back end can read the visible observation
      When the back end tries to read the visible patient
      Then the Bearer challenge of the refusal has the error "insufficient_scope"

    # Binds the FHIR server, should: errors come with an OperationOutcome. What its text says, and which status it comes
    # with, is left open.
    @id:RS08 @should @fhir-r4-http @low
    Scenario Outline: A refusal of the FHIR API is an OperationOutcome and shows no inner workings
      Given the records hold <record>
      When <caller> tries to <interaction> <record>
      Then the refusal is an OperationOutcome that shows no inner workings

      Examples:
        | caller       | interaction                            | record                               |
        | anybody      | read                                   | the patient Inside                   |
        | the back end | update                                 | the condition of the visible patient |
        | the back end | read, by an id that nobody ever had,   | the patient Inside                   |

  Rule: Nothing but what must be public is open

    # What is protected asks for authentication. What is protected the product's adapter knows, or metadata and profile.
    @id:RS10 @product @rfc9110-15.5.2 @owasp-api-API2 @high
    Scenario: Broken authentication: every protected route asks for a token
      Given the protected routes that know the access token of the practitioner
      When each route is asked without a token
      Then each request is refused with 401
