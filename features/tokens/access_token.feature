@tokens
Feature: Access tokens
  Whoever holds an access token acts as its owner, so nobody may guess one, make one, or use one beyond its end.

  Rule: A token is hard to guess, easy to send and soon worth nothing

    # Binds the server, must: guessing a token succeeds at most once in 2^128.
    @id:TK01 @must @rfc6749-10.10 @high
    Scenario Outline: Token guessing: two tokens in a row are different and hard to guess
      Given <holder> has <tokens>
      And <holder> has <further>
      Then the two access tokens differ and cannot be guessed

      @method:authorization-code
      Examples:
        | holder           | tokens                            | further                                   |
        | the practitioner | tokens of the confidential client | further tokens of the confidential client |

      @method:client-credentials
      Examples:
        | holder       | tokens  | further         |
        | the back end | a token | a further token |

    # The grammar of the header binds whoever makes a token that is to be sent in it.
    @id:TK02 @must @rfc6750-2.1 @rfc6749-A.12 @low
    Scenario Outline: A token can be sent in a header
      Given <holder> has <tokens>
      Then the access token holds only characters that a bearer token may hold

      @method:authorization-code
      Examples:
        | holder           | tokens                            |
        | the practitioner | tokens of the confidential client |

      @method:client-credentials
      Examples:
        | holder       | tokens  |
        | the back end | a token |

    # Binds the server, should: bearer tokens live an hour or less.
    @id:TK03 @should @rfc6750-5.3 @medium
    Scenario Outline: A token lives for an hour at most
      Given <holder> has <tokens>
      Then the access token lives for an hour at most

      @method:authorization-code
      Examples:
        | holder           | tokens                            |
        | the practitioner | tokens of the confidential client |

      @method:client-credentials
      Examples:
        | holder       | tokens  |
        | the back end | a token |

    # Binds the resource server, must: an expired token is invalid, which should be 401. Leeway for clocks is left open.
    @id:TK04 @must @rfc6750-3.1 @critical @method:authorization-code
    Scenario: An expired token is refused
      Given an access token that expires soon, if the server can be told so
      And the API opens to the access token
      When the API is asked with the access token after its end
      Then the request is refused

  Rule: Only the authorization server can make a token

    # Binds whoever takes a JWT, must: a token whose signature does not verify is rejected. Which status is RS05's matter.
    @id:TK05 @must @rfc8725-3.1 @rfc8725-2.1 @critical @method:authorization-code
    Scenario Outline: Signature stripping: a token without a valid signature is refused
      Given the practitioner has tokens of the confidential client
      And <place> opens to the access token
      When <place> is asked with the access token <forgery>
      Then the request is refused

      Examples:
        | place                 | forgery                |
        | the API               | with alg none          |
        | the API               | with alg None          |
        | the API               | without its signature  |
        | the API               | with another signature |
        | the API               | with a later exp       |
        | the userinfo endpoint | with alg none          |

    # Binds the same, must: the algorithm belongs to the key, not to the header of the token.
    @id:TK06 @must @rfc8725-2.1 @rfc8725-3.1 @critical @method:authorization-code
    Scenario Outline: Algorithm confusion: a token signed with the public key as a shared secret is refused
      Given the practitioner has tokens of the confidential client
      And the API opens to the access token
      When the API is asked with the access token signed HS256 with the public key <form>
      Then the request is refused

      Examples:
        | form   |
        | in PEM |
        | in DER |
        | as JWK |

    # Binds the same, must: claims about keys in a header are not to be trusted, and kid is no path.
    @id:TK07a @must @rfc8725-3.10 @critical @method:authorization-code
    Scenario Outline: Header injection: a token whose header brings or names a key of its own is refused
      Given the practitioner has tokens of the confidential client
      And the API opens to the access token
      When the API is asked with the access token signed with <key>
      Then the request is refused

      Examples:
        | key                              |
        | a key that its header carries    |
        | the empty file that its kid names |

    # The same for a key set somewhere else, which the server would also have to fetch.
    @id:TK07b @must @rfc8725-3.10 @critical @method:authorization-code
    Scenario: Server-side request forgery: a token whose header points to a key set elsewhere is refused
      Given the practitioner has tokens of the confidential client
      And the API opens to the access token
      When the API is asked with the access token signed with a key that its header points to
      Then the request is refused

    # The same for a key that nobody published: there is nothing that could verify the token.
    @id:TK17a @must @rfc8725-3.1 @rfc7515-4.1.4 @critical @method:authorization-code
    Scenario: Token forgery: a token of an unknown key is refused
      Given the practitioner has tokens of the confidential client
      And the API opens to the access token
      When the API is asked with the access token signed with an unknown key
      Then the request is refused

    # A resource server reads the keys from the metadata; a server whose own API needs none is free not to publish them.
    @id:TK17b @should @rfc9068-4 @medium @method:authorization-code
    Scenario Outline: The key of a live token is published
      Given the practitioner has tokens of <client>
      And the access token is a JWT
      Then a published key verifies the access token

      Examples:
        | client                  |
        | the public client       |
        | the confidential client |

  Rule: A token is good for one purpose

    # Binds whoever issues and takes several kinds of JWT, must: one kind is never taken for another.
    @id:TK08 @must @rfc8725-3.12 @rfc9068-5 @high @method:authorization-code
    Scenario Outline: Token substitution: an ID token does not open the API
      Given the practitioner has tokens of the confidential client
      And <place> opens to the access token
      When <place> is asked with the ID token
      Then the request is refused

      Examples:
        | place                 |
        | the API               |
        | the userinfo endpoint |

    # A refresh token is for the authorization server only, and is never sent to a resource server.
    @id:TK09 @must @rfc8725-3.12 @rfc6749-1.5 @high @method:authorization-code
    Scenario Outline: Token substitution: a refresh token does not open the API
      Given a server that issues refresh tokens
      And the practitioner has tokens of the confidential client
      And <place> opens to the access token
      When <place> is asked with the refresh token
      Then the request is refused

      Examples:
        | place                 |
        | the API               |
        | the userinfo endpoint |

    # Binds the server, must: what is no refresh token is an invalid grant.
    @id:TK10 @must @rfc8725-3.12 @rfc6749-5.2 @high @method:authorization-code
    Scenario Outline: Token substitution: another token is no refresh token
      Given the practitioner has tokens of the confidential client that were refreshed once
      When the confidential client refreshes with the <other> as refresh_token
      Then the token request is refused with 400 "invalid_grant"

      Examples:
        | other        |
        | access_token |
        | id_token     |

    # Binds the server, should: a token is meant for a resource server, best for a single one.
    @id:TK12 @should @rfc9700-2.3 @rfc9068-3 @medium @method:authorization-code
    Scenario Outline: A token is meant for the resource server
      Given the practitioner has tokens of <client>
      And the access token is a JWT
      Then the audience of the access token is not <client>

      Examples:
        | client                  |
        | the public client       |
        | the confidential client |

  Rule: A token says what its readers need and no more

    # Binds a server that follows the profile, must: seven claims. Whether to follow it is left open.
    @id:TK11 @must @rfc9068-2.2 @rfc9068-2.1 @low @method:authorization-code
    Scenario Outline: A token of type at+jwt has the claims of that type
      Given the practitioner has tokens of <client>
      And the access token is a JWT
      Then the access token has the claims that its type requires

      Examples:
        | client                  |
        | the public client       |
        | the confidential client |

    # The product's own claims, which its SDK reads; of them the RFC knows client_id and scope.
    @id:TK13 @product @medplum-sdk @rfc9068-2.2.3 @low @method:authorization-code
    Scenario Outline: A resource owner's token names session, client, record and scope
      Given a server with the FHIR API
      And the practitioner has tokens of <client>
      And the access token is a JWT
      Then the access token names the session, <client>, the own record of the practitioner and the scope

      Examples:
        | client                  |
        | the public client       |
        | the confidential client |

    # Privacy consideration, should: what only some readers may know is left out, or encrypted.
    @id:TK14 @should @rfc9068-6 @oidc-core-5.4 @medium @method:authorization-code
    Scenario: A token with a small scope says nothing about the resource owner
      Given the practitioner has tokens of the confidential client with scope "openid"
      And the access token is a JWT
      Then the access token says nothing about the practitioner that "openid" does not ask for

  Rule: The scope of a token holds on every route

    # Privileges should be no more than the use needs; SMART has the server enforce scopes. A search may find nothing.
    @id:TK15a @should @rfc9700-2.3 @smart-scopes-and-launch-context @high @method:authorization-code
    Scenario Outline: Scope elevation: a token to read patients opens nothing else
      Given a server with SMART scopes
      And the records hold <record>
      And the practitioner can <interaction> a twin of <record>
      And the practitioner has tokens of the confidential client with scope "openid user/Patient.rs"
      And the API opens to the access token
      When the practitioner tries to <interaction> <record>
      Then <record> has not changed
      And the request is refused with <outcomes>

      Examples:
        | record                                 | interaction               | outcomes                      |
        | the observation of the visible patient | read                      | 403 or 404                    |
        | the observation of the visible patient | search for                | 403 or 404 or an empty Bundle |
        | the observation of the visible patient | read the history of       | 403 or 404                    |
        | the patient Inside                     | create a copy of          | 403 or 404                    |
        | the patient Inside                     | update                    | 403 or 404                    |
        | the patient Inside                     | patch                     | 403 or 404                    |
        | the patient Inside                     | delete                    | 403 or 404                    |
        | the observation of the visible patient | read in a batch           | 403 or 404                    |
        | the patient Inside                     | create in a batch a copy of | 403 or 404                  |

    # Scopes for records take nothing from openid: userinfo still answers.
    @id:TK15b @should @oidc-core-5.3 @medium @method:authorization-code
    Scenario: A token to read patients still tells who signed in
      Given a server with SMART scopes
      And the practitioner has tokens of the confidential client with scope "openid user/Patient.rs"
      When the userinfo endpoint is asked with the access token
      Then the request is served
