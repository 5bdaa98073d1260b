@tokens @method:authorization-code
Feature: Refresh tokens
  A refresh token outlives what it brings, so it must be good for one client, for what was granted, and not for a thief.

  Rule: A refresh token brings its client new tokens

    # Binds the server, must: a valid refresh token gives an access token. That public clients get one is left open.
    @id:RT01 @must @rfc6749-6 @rfc6749-5.1 @high
    Scenario Outline: A refresh token brings new tokens
      Given a server that issues refresh tokens
      When <client> refreshes the tokens of the practitioner
      Then the token request is answered with an access token
      And the scope is no wider than the one that the practitioner granted to <client>

      Examples:
        | client                  |
        | the confidential client |
        | the public client       |

    # Binds the server, must: an answer to a refresh has the form of every answer with tokens.
    @id:RT02 @must @rfc6749-6 @rfc6749-5.1 @medium
    Scenario: A refresh is answered in form, and no cache may keep it
      Given the confidential client has refreshed the tokens of the practitioner once
      When the confidential client refreshes the tokens of the practitioner
      Then the answer is a token response in form
      And the token response names a type that is registered or a URI
      And the token response may be kept by no cache

    # Binds the server, must: guessing succeeds at most once in 2^128. How the tokens are made is left open.
    @id:RT14 @must @rfc6749-10.10 @high
    Scenario: Token guessing: two refresh tokens in a row are different and hard to guess
      Given a server that issues refresh tokens
      And the practitioner has tokens of the confidential client
      And the confidential client has got a refresh token with it
      And the practitioner has further tokens of the confidential client
      Then the two refresh tokens differ and cannot be guessed

    # The scope offline_access asks for a refresh token; the rest of what makes a server issue one is left open: should.
    @id:RT15 @should @smart-scopes-and-launch-context @medium
    Scenario: Who did not ask for offline access gets no refresh token
      Given a server with SMART scopes
      And the practitioner has tokens of the confidential client with scope "openid"
      Then no refresh token came with the tokens

  Rule: A refresh token is good for the client that it was issued to

    # Binds the server, must: the token is bound to its client; one of another client is invalid_grant.
    @id:RT04 @must @rfc6749-6 @rfc6749-10.4 @rfc9700-2.2.2 @critical
    Scenario Outline: Token theft: another client cannot use a refresh token
      Given the practitioner has tokens of <owner> that were refreshed once
      When <other> refreshes
      Then the token request is refused with 400 "invalid_grant"

      Examples:
        | owner                   | other                          |
        | the confidential client | the second confidential client |
        | the confidential client | the public client              |
        | the public client       | the confidential client        |

    # The server authenticates the client and checks that the token is its own; naming its owner beside that helps nobody.
    @id:RT04b @must @rfc6749-6 @rfc6749-5.2 @critical
    Scenario: Client confusion: a client that authenticates as itself and names the owner gets nothing
      Given the practitioner has tokens of the confidential client that were refreshed once
      When the second confidential client refreshes and names the confidential client beside its own credentials
      Then the token request is refused with 400 "invalid_grant" or 400 "invalid_request" or 400 or 401 "invalid_client"

    # Among the malformed requests is one that uses more than one way of client authentication.
    @id:RT18 @must @rfc6749-5.2 @rfc6749-2.3 @low
    Scenario: Parameter pollution: two ways of client authentication at once are refused
      Given the practitioner has tokens of the confidential client that were refreshed once
      When the confidential client refreshes with client_secret_basic and client_secret_post at once
      Then the token request is refused with 400 "invalid_request" or 400 or 401 "invalid_client"

  Rule: What is no refresh token brings nothing

    # Binds the server, must: an invalid refresh token is invalid_grant. An empty parameter counts as left out.
    @id:RT06 @must @rfc6749-5.2 @rfc6749-6 @critical
    Scenario Outline: Token guessing: a refresh token that was never issued is refused
      Given the confidential client has refreshed the tokens of the practitioner once
      When the confidential client refreshes <tampering>
      Then the token request is refused with <outcomes>

      Examples:
        | tampering                                        | outcomes                                     |
        | with another refresh_token                       | 400 "invalid_grant"                          |
        | with the last character of refresh_token changed | 400 "invalid_grant"                          |
        | with one more character after refresh_token      | 400 "invalid_grant"                          |
        | with refresh_token in another case               | 400 "invalid_grant"                          |
        | with refresh_token of 10,000 characters          | 400 or 413 or 414                            |
        | with an empty refresh_token                      | 400 "invalid_grant" or 400 "invalid_request" |
        | without refresh_token                            | 400 "invalid_request"                        |

    # Binds whoever takes a JWT, must: no token without a valid signature. Other forms of refresh tokens are not concerned.
    @id:RT06b @must @rfc8725-3.1 @rfc8725-2.1 @rfc6749-5.2 @critical
    Scenario Outline: Token forgery: a refresh token that somebody else signed is refused
      Given the practitioner has tokens of the confidential client
      And the confidential client has got a refresh token with it
      When the confidential client refreshes with the refresh token <forgery>
      Then the token request is refused with 400 "invalid_grant" or 400 "invalid_request"

      Examples:
        | forgery                                       |
        | with alg none                                 |
        | without its signature                         |
        | with another signature                        |
        | with a later exp                              |
        | signed HS256 with the public key in PEM       |
        | signed with a key that its header carries     |
        | signed with the empty file that its kid names |
        | signed with an unknown key                    |

  Rule: A refresh token gives no more than what was granted

    # Binds the server, must: a refresh adds no scope. It may refuse, or grant what it granted before and say so.
    @id:RT11a @must @rfc6749-6 @rfc6749-3.3 @critical
    Scenario: Scope elevation: a refresh adds no scope
      Given the practitioner has new tokens of the confidential client with less scope than the client may have
      When the confidential client refreshes for all the scope that it may have
      Then no scope is added, or the token request is refused with 400 "invalid_scope"

    # A client may ask for less; that a server grants more than what was asked for is its right, if it says so: should.
    @id:RT11b @should @rfc6749-6 @rfc9700-2.3 @medium
    Scenario: A refresh for less scope gives less scope
      Given the practitioner has new tokens of the confidential client
      When the confidential client refreshes with scope "openid"
      Then no more scope is granted than was asked for

    # Binds the server, must: the scope of a new refresh token is that of the old one, whatever the access token got.
    @id:RT11c @must @rfc6749-6 @low
    Scenario: A refresh for less scope takes nothing from the refresh token
      Given the practitioner has new tokens of the confidential client
      And the confidential client has narrowed the scope to "openid" by a refresh
      When the confidential client refreshes with the narrowed tokens
      Then the scope is again what it was before

    # The same for scopes with a grammar: another type, a wildcard, a further letter or another reach is no part of them.
    @id:RT19 @must @rfc6749-6 @smart-scopes-and-launch-context @critical
    Scenario Outline: Scope elevation: a scope that only looks alike is no narrower one
      Given a server with SMART scopes
      And the practitioner has new tokens of the confidential client with scope "openid offline_access user/Patient.rs"
      When the confidential client refreshes with scope "openid offline_access <scope>"
      Then no scope is added, or the token request is refused with 400 "invalid_scope"

      Examples:
        | scope               |
        | user/*.cruds        |
        | user/*.rs           |
        | user/Patient.cruds  |
        | user/Observation.rs |
        | patient/Patient.rs  |

  Rule: A refresh token that was used or lay about for long is worth nothing

    # Binds the server, must: it rotates the refresh tokens of public clients, or binds them to a key.
    @id:RT07 @must @rfc9700-2.2.2 @rfc9700-4.14.2 @high
    Scenario: A public client gets another refresh token each time
      Given a server that issues refresh tokens
      When the public client refreshes the tokens of the practitioner
      Then the public client gets another refresh token for the practitioner, or tokens that are bound to a key

    # Binds the server, must: what was rotated away is invalid. It may allow for nothing, for a lost answer is no exception.
    @id:RT08 @must @rfc9700-4.14.2 @rfc9700-2.2.2 @critical
    Scenario: Token replay: a public client's refresh token that was rotated away is refused
      Given the practitioner has tokens of the public client that were refreshed once
      And the refresh token of the public client was rotated
      When the public client refreshes with its former refresh_token
      Then the token request is refused with 400 "invalid_grant"

    # To rotate those of confidential clients is the server's choice; a new one need not end the old: should.
    @id:RT08b @should @rfc9700-4.14.2 @rfc6749-6 @high
    Scenario: Token replay: a confidential client's refresh token that was rotated away is refused
      Given the practitioner has tokens of the confidential client that were refreshed once
      And the refresh token of the confidential client was rotated
      When the confidential client refreshes with its former refresh_token
      Then the token request is refused with 400 "invalid_grant"

    # Binds the server, should: a refresh token ends when it was not used for some time. How long is left open.
    @id:RT12 @should @rfc9700-4.14.2 @medium
    Scenario: A refresh token that was not used for 400 days is refused
      Given the confidential client has refreshed the tokens of the practitioner once
      When the confidential client refreshes 400 days later
      Then the token request is refused with 400 "invalid_grant"
