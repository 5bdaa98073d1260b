@tokens
Feature: Token endpoint
  Here tokens are handed out: to whoever may have them, in the form that every client can read, and to nobody else.

  Rule: An answer with tokens has the form that every client can read

    # Binds the server, must: 200, JSON, access_token and token_type. Further members are free.
    @id:TE01 @must @rfc6749-5.1 @rfc6749-4.4.3 @high
    Scenario Outline: A good request is answered in form
      Given <grant>
      When <client> <request>
      Then the answer is a token response in form

      @method:authorization-code
      Examples:
        | grant                                                    | client                  | request          |
        | the practitioner has signed in to the confidential client | the confidential client | redeems the code |

      @method:client-credentials
      Examples:
        | grant                    | client       | request          |
        | the back end has a token | the back end | asks for a token |

      @method:token-exchange
      Examples:
        | grant                                                                   | client              | request      |
        | the exchange client has exchanged a subject token of the practitioner | the exchange client | exchanges it |

    # Binds the server, must: the answer has a token_type, which is registered or a URI. Which one is left open.
    @id:TE02 @must @rfc6749-5.1 @rfc6749-8.1 @medium
    Scenario Outline: The type of a token is one that clients can know
      Given <holder> has <tokens>
      Then the token response names a type that is registered or a URI

      @method:authorization-code
      Examples:
        | holder           | tokens                            |
        | the practitioner | tokens of the confidential client |

      @method:client-credentials
      Examples:
        | holder       | tokens  |
        | the back end | a token |

      @method:token-exchange
      Examples:
        | holder           | tokens                                  |
        | the practitioner | exchanged tokens of the exchange client |

    # Binds the server, must: Cache-Control with no-store.
    @id:TE03 @must @rfc6749-5.1 @medium
    Scenario Outline: No cache may keep an answer with tokens
      Given <holder> has <tokens>
      Then the token response may be kept by no cache

      @method:authorization-code
      Examples:
        | holder           | tokens                            |
        | the practitioner | tokens of the confidential client |

      @method:client-credentials
      Examples:
        | holder       | tokens  |
        | the back end | a token |

      @method:token-exchange
      Examples:
        | holder           | tokens                                  |
        | the practitioner | exchanged tokens of the exchange client |

    # Binds the server, must: for caches of HTTP/1.0 it says Pragma: no-cache as well.
    @id:TE03b @must @rfc6749-5.1 @low
    Scenario Outline: No old cache may keep an answer with tokens
      Given <holder> has <tokens>
      Then the token response may be kept by no cache of HTTP/1.0

      @method:authorization-code
      Examples:
        | holder           | tokens                            |
        | the practitioner | tokens of the confidential client |

      @method:client-credentials
      Examples:
        | holder       | tokens  |
        | the back end | a token |

      @method:token-exchange
      Examples:
        | holder           | tokens                                  |
        | the practitioner | exchanged tokens of the exchange client |

    # Binds the server, should: expires_in is recommended. Where the token can be read both have to agree.
    @id:TE04 @should @rfc6749-5.1 @low
    Scenario Outline: An answer states how long its token lives
      Given <holder> has <tokens>
      Then the token response states how long its token lives

      @method:authorization-code
      Examples:
        | holder           | tokens                            |
        | the practitioner | tokens of the confidential client |

      @method:client-credentials
      Examples:
        | holder       | tokens  |
        | the back end | a token |

      @method:token-exchange
      Examples:
        | holder           | tokens                                  |
        | the practitioner | exchanged tokens of the exchange client |

  Rule: Nobody gets more scope than was asked for

    # The server may ignore a part of the scope; what it grants it must state where that differs. The rest is open.
    @id:TE05a @method:authorization-code @should @rfc6749-3.3 @rfc6749-5.1 @medium
    Scenario: Scope elevation: an unknown scope is not granted
      When the practitioner signs in to the confidential client with "authmark-no-such-scope" added to scope
      Then "authmark-no-such-scope" is left out, or refused with "invalid_scope"

    # The privileges of a token should be the least that the client needs. A server may add to the scope by its policy and
    # say so, and may refuse a scope altogether, which tells nothing.
    @id:TE05b @method:client-credentials @should @rfc9700-2.3 @rfc6749-3.3 @medium
    Scenario: Scope elevation: a client that asks for little gets little
      Given the back end has a token
      When the back end asks for a token for a narrow scope
      Then no more scope is granted than was asked for

    # The same for a client that acts for a resource owner.
    @id:TE05c @method:authorization-code @should @rfc9700-2.3 @rfc6749-3.3 @medium
    Scenario: Scope elevation: a resource owner's client that asks for little gets little
      Given the practitioner has tokens of the confidential client with scope "openid"
      Then the tokens have no more scope than "openid", as far as the confidential client is told

  Rule: A token request is a form in the body of a POST

    # Binds the client, must: it uses POST. That a server answers GET with tokens is what puts secrets into URLs: should.
    @id:TE06 @method:client-credentials @should @rfc6749-3.2 @medium
    Scenario: A GET brings no token
      Given the back end has a token
      When the back end asks for a token by GET
      Then the answer carries no token

    # Binds the client, must: credentials never stand in the URI, where logs and referrers show them. A server that reads
    # them there invites it: should.
    @id:TE07 @method:client-credentials @should @rfc6749-2.3.1 @medium
    Scenario Outline: Credential leakage: credentials in the URL bring no token
      Given the back end has a token
      When the back end asks for a token with client_secret_post and with <parameters> in the URL
      Then the answer carries no token

      Examples:
        | parameters                  |
        | everything                  |
        | client_id and client_secret |

    # Binds the client, must: parameters do not come twice. The server has invalid_request for it: should.
    @id:TE08a @method:client-credentials @should @rfc6749-3.2 @rfc6749-5.2 @medium
    Scenario Outline: Parameter pollution: a parameter that comes twice is refused
      Given the back end has a token
      When the back end asks for a token for a narrow scope with the parameter <name> sent twice
      Then the token request is refused with 400 "invalid_request"

      Examples:
        | name       |
        | grant_type |
        | scope      |

    # The same for the parameters of the code grant.
    @id:TE08b @method:authorization-code @should @rfc6749-3.2 @rfc6749-5.2 @medium
    Scenario Outline: Parameter pollution: a parameter of the code grant that comes twice is refused
      Given the practitioner has signed in to the confidential client
      When the confidential client redeems the code with the parameter <name> sent twice
      Then the token request is refused with 400 "invalid_request"

      Examples:
        | name          |
        | code          |
        | code_verifier |
        | redirect_uri  |

    # The same for the client's own credentials.
    @id:TE08c @method:client-credentials @should @rfc6749-3.2 @rfc6749-5.2 @medium
    Scenario Outline: Parameter pollution: a credential that comes twice is refused
      Given the back end may authenticate with client_secret_post
      And the back end has a token with client_secret_post
      When the back end asks for a token with client_secret_post and with the parameter <name> sent twice
      Then the token request is refused with 400 "invalid_request"

      Examples:
        | name          |
        | client_id     |
        | client_secret |

    # Binds the server, must: what it does not know it ignores.
    @id:TE09 @method:client-credentials @must @rfc6749-3.2 @low
    Scenario: An unknown parameter is ignored
      Given the back end has a token
      When the back end asks for a token with an unknown parameter
      Then the token request is answered with an access token

  Rule: A refusal says what is wrong

    # Binds the server, must: 400 and a JSON object with one of the registered codes; this one has a code of its own.
    @id:TE10 @method:client-credentials @must @rfc6749-5.2 @low
    Scenario: An unknown grant type is refused
      Given the back end has a token
      When the back end asks for a token with another grant_type
      Then the token request is refused with 400 "unsupported_grant_type"

    # Binds the server, must: a missing parameter is invalid_request. Another media type may be 415 (RFC 9110 15.5.16).
    @id:TE11 @method:client-credentials @must @rfc6749-5.2 @low
    Scenario Outline: A request without a grant type is refused
      Given the back end has a token
      When the back end asks for a token <tampering>
      Then the token request is refused with <outcomes>

      Examples:
        | tampering                      | outcomes                                                                |
        | without grant_type             | 400 "invalid_request"                                                   |
        | with an empty body             | 400 "invalid_request" or 400 or 401 "invalid_client"                  |
        | with an empty body and as JSON | 400 or 415 "invalid_request" or 400 or 401 or 415 "invalid_client" |

    # Binds the server, must: JSON, and texts of printable ASCII without quotation mark and backslash.
    @id:TE12 @method:client-credentials @must @rfc6749-5.2 @low
    Scenario Outline: An error response can be read by every client
      Given the back end has a token
      When the back end asks for a token <tampering>
      Then the answer is an error response in form

      Examples:
        | tampering                  |
        | with another grant_type    |
        | with another client_secret |

    # Brackets make another, unknown parameter of a name; without the real one the request is incomplete.
    @id:TE19a @method:client-credentials @must @rfc6749-3.2 @rfc6749-5.2 @medium
    Scenario Outline: Parameter injection: brackets in a name make no credentials of it
      Given the back end has a token
      When the back end asks for a token <tampering>
      Then the token request is refused with 400 "invalid_request" or 400 or 401 "invalid_client"

      Examples:
        | tampering                                             |
        | with an operator in place of client_id and client_secret |
        | with a list in place of client_secret                 |

    # The same for the code and its verifier.
    @id:TE19b @method:authorization-code @must @rfc6749-3.2 @rfc6749-5.2 @medium
    Scenario Outline: Parameter injection: brackets in a name make no code of it
      Given the practitioner has signed in to the confidential client
      When the confidential client redeems the code <tampering>
      Then the token request is refused with 400 "invalid_request" or 400 "invalid_grant"

      Examples:
        | tampering                                 |
        | with an operator in place of code          |
        | with a list in place of code               |
        | with an operator in place of code_verifier |

  Rule: A grant is good for the clients that it is meant for

    # Binds the client, must: who does not authenticate sends its client_id. Which error tells it is left open.
    @id:TE13 @method:authorization-code @must @rfc6749-3.2.1 @rfc6749-4.1.3 @medium
    Scenario: A public client must say who it is
      Given the practitioner has signed in to the public client
      When the public client redeems the code without client_id
      Then the token request is refused with 400 "invalid_request" or 400 or 401 "invalid_client" or 400 "invalid_grant"

    # Binds the server, must: this grant is for confidential clients only.
    @id:TE14 @method:client-credentials @must @rfc6749-4.4 @critical
    Scenario: A public client gets no token on its own behalf
      Given the back end has a token
      And the practitioner has tokens of the public client
      When the public client asks for a token
      Then the token request is refused with 400 "unauthorized_client" or 400 or 401 "invalid_client"

    # Binds the server, should: no refresh token with this grant. The scope itself may be refused.
    @id:TE15 @method:client-credentials @should @rfc6749-4.4.3 @medium
    Scenario: A client's own token comes without a refresh token
      Given the back end has a token
      When the back end asks for a token for a narrow scope with "offline_access" added to scope
      Then no refresh token is issued, or the token request is refused with 400 "invalid_scope" or 400 "unauthorized_client" or 400 "invalid_request"

    # Nobody may use this grant any more. A server that never had it calls it unsupported.
    @id:TE16 @method:authorization-code @must @rfc9700-2.4 @high
    Scenario Outline: A resource owner's password brings no token
      Given the practitioner has tokens of <client>
      When <client> asks for a token with the practitioner's password
      Then the token request is refused with 400 "unsupported_grant_type" or 400 "unauthorized_client" or 400 "invalid_grant" or 400 "invalid_request"

      Examples:
        | client                  |
        | the confidential client |
        | the public client       |

    # Binds a server that knows the grant, must: it checks signature, issuer and audience, and says invalid_grant. One that
    # answers as it answers any unknown grant does not know it, which is no proof of anything.
    @id:TE17 @method:client-credentials @must @rfc7523-3 @rfc7523-2.1 @critical
    Scenario Outline: Assertion forgery: an assertion that nobody vouches for brings no token
      Given the back end has a token
      And the back end is told that a grant type is unknown
      When the back end asks for a token with an assertion of its own <forgery>
      Then the assertion is refused with 400 "invalid_grant", by a server that knows the grant

      Examples:
        | forgery                    |
        | signed with an unknown key |
        | with alg none              |
