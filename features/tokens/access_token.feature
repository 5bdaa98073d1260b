@tokens
Feature: Access tokens
  Whoever holds an access token acts as its owner, so nobody may guess one, make one, or use one beyond its end.

  Rule: A token is hard to guess, easy to send and soon worth nothing

    @id:TK01 @must @rfc6749-10.10 @high @method:authorization-code
    Scenario Outline: Two tokens in a row are different and hard to guess
      Given <a token>
      And <another>
      Then the two tokens differ and cannot be guessed

      Examples:
        | a token                            | another                                         |
        | the practitioner has tokens        | the practitioner has tokens of another sign-in  |
        | a back end with a token of its own | the back end has another token of its own       |

    @id:TK02 @must @rfc6750-2.1 @rfc6749-A.12 @low @method:authorization-code
    Scenario Outline: A token can be sent in a header
      Given <a token>
      Then it holds only characters that a bearer token may hold

      Examples:
        | a token                            |
        | the practitioner has tokens        |
        | a back end with a token of its own |

    @id:TK03 @should @rfc6750-5.3 @medium @method:authorization-code
    Scenario Outline: A token lives for an hour at most
      Given <a token>
      Then it lives for an hour at most

      Examples:
        | a token                            |
        | the practitioner has tokens        |
        | a back end with a token of its own |

    @id:TK04 @must @rfc6750-3.1 @critical @method:authorization-code
    Scenario: An expired token is refused
      Given an access token that soon expires
      And the API opens to the access token
      When the API is asked with the access token after its end
      Then it is refused with status 401

  Rule: Only the authorization server can make a token

    @id:TK05 @must @rfc8725-3.1 @rfc8725-2.1 @critical @method:authorization-code
    Scenario Outline: A token without a valid signature is refused
      Given the practitioner has tokens
      And <place> opens to the access token
      When <place> is asked with <forgery>
      Then it is refused with status 401

      Examples:
        | place                 | forgery                                 |
        | the API               | the access token with alg none          |
        | the API               | the access token with alg None          |
        | the API               | the access token without its signature  |
        | the API               | the access token with another signature |
        | the API               | the access token with a later exp       |
        | the userinfo endpoint | the access token with alg none          |

    @id:TK06 @must @rfc8725-2.1 @rfc8725-3.1 @critical @method:authorization-code
    Scenario Outline: A token signed with the public key as a shared secret is refused
      Given the practitioner has tokens
      And the API opens to the access token
      When the API is asked with a token signed HS256 with the public key <form>
      Then it is refused with status 401

      Examples:
        | form   |
        | in PEM |
        | in DER |
        | as JWK |

    @id:TK07a @must @rfc8725-3.10 @critical @method:authorization-code
    Scenario Outline: A token whose header brings or names a key of its own is refused
      Given the practitioner has tokens
      And the API opens to the access token
      When the API is asked with <forgery>
      Then it is refused with status 401

      Examples:
        | forgery                                       |
        | a token signed with the key in its header     |
        | a token whose kid is the path of an empty file |

    @id:TK07b @must @rfc8725-3.10 @critical @method:authorization-code
    Scenario: A token whose header points to a key set elsewhere is refused
      Given the practitioner has tokens
      And the API opens to the access token
      When the API is asked with a token that points to a key set of ours
      Then it is refused with status 401

    @id:TK17a @must @rfc8725-3.1 @rfc7515-4.1.4 @critical @method:authorization-code
    Scenario: A token of an unknown key is refused
      Given the practitioner has tokens
      And the API opens to the access token
      When the API is asked with a token of an unknown key
      Then it is refused with status 401

    @id:TK17b @should @rfc9068-4 @medium @method:authorization-code
    Scenario: The key of a live token is published
      Given the practitioner has tokens
      And the access token is a JWT
      Then a published key verifies it

  Rule: A token is good for one purpose

    @id:TK08 @must @rfc8725-3.12 @rfc9068-5 @high @method:authorization-code
    Scenario Outline: An ID token does not open the API
      Given the practitioner has tokens
      And <place> opens to the access token
      When <place> is asked with the ID token
      Then it is refused with status 401

      Examples:
        | place                 |
        | the API               |
        | the userinfo endpoint |

    @id:TK09 @must @rfc8725-3.12 @rfc6749-1.5 @high @method:authorization-code
    Scenario Outline: A refresh token does not open the API
      Given a server that issues refresh tokens
      And the practitioner has tokens
      And <place> opens to the access token
      When <place> is asked with the refresh token
      Then it is refused with status 401

      Examples:
        | place                 |
        | the API               |
        | the userinfo endpoint |

    @id:TK10 @must @rfc8725-3.12 @rfc6749-5.2 @high @method:authorization-code
    Scenario Outline: Another token is no refresh token
      Given a server that issues refresh tokens
      And the practitioner has refreshed once
      When the client refreshes with <credential>
      Then the token request is refused with "invalid_grant"

      Examples:
        | credential       |
        | the access token |
        | the ID token     |

    @id:TK12 @should @rfc9700-2.3 @rfc9068-3 @medium @method:authorization-code
    Scenario: A token is meant for the resource server
      Given the practitioner has tokens
      And the access token is a JWT
      Then its audience is not the client

  Rule: A token says what its readers need and no more

    @id:TK11 @must @rfc9068-2.2 @rfc9068-2.1 @low @method:authorization-code
    Scenario: A token of type at+jwt has the claims of that type
      Given the practitioner has tokens
      And the access token is a JWT
      Then it has the claims that its type requires

    @id:TK13 @product @medplum-sdk @rfc9068-2.2.3 @low @method:authorization-code
    Scenario: A person's token names session, client, record and scope
      Given a server with the FHIR API
      And the practitioner has tokens
      And the access token is a JWT
      Then it names the session, the client, the practitioner's own record and the scope

    @id:TK14 @should @rfc9068-6 @oidc-core-5.4 @medium @method:authorization-code
    Scenario: A token with a small scope says nothing about the person
      Given the practitioner has tokens with the scope "openid"
      And the access token is a JWT
      Then it says nothing about the practitioner that "openid" does not ask for

  Rule: The scope of a token holds on every route

    @id:TK15a @should @rfc9700-2.3 @smart-scopes-and-launch-context @high @method:authorization-code
    Scenario Outline: A token to read patients opens nothing else
      Given a server that enforces SMART scopes
      And a patient record that the practitioner made
      And the practitioner may <interaction>
      And the practitioner has tokens with the scope "openid user/Patient.rs"
      And the API opens to the access token
      When the client tries to <interaction>
      Then the API lets nothing out and changes nothing

      Examples:
        | interaction                        |
        | read an observation                |
        | search for observations            |
        | read the history of an observation |
        | create a patient                   |
        | update a patient                   |
        | patch a patient                    |
        | delete a patient                   |
        | read an observation in a batch     |
        | create a patient in a batch        |

    @id:TK15b @should @oidc-core-5.3 @medium @method:authorization-code
    Scenario: A token to read patients still tells who signed in
      Given a server that enforces SMART scopes
      And the practitioner has tokens with the scope "openid user/Patient.rs"
      When the userinfo endpoint is asked with the access token
      Then it is served
