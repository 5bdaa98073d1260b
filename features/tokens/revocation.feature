@tokens
Feature: Token revocation
  A client that is done with a token says so; from then on the token must be worth nothing, and only its owner may say so.

  @method:authorization-code
  Rule: What was revoked is worth nothing

    # Binds the server, must: revocation of refresh tokens is supported, and takes effect at once but for propagation.
    @id:RV01 @must @rfc7009-2 @rfc7009-2.1 @critical
    Scenario Outline: A refresh token that was revoked is refused
      Given the practitioner had tokens of <client> that could be refreshed until the client revoked the refresh token
      When <client> refreshes
      Then the access has ended with 400 "invalid_grant"

      Examples:
        | client                  |
        | the confidential client |
        | the public client       |

    # Binds the server, should: revocation of access tokens.
    @id:RV02 @should @rfc7009-2 @rfc7009-2.1 @high
    Scenario Outline: An access token that was revoked opens nothing
      Given the practitioner had tokens of the confidential client that opened <place> until the client revoked the access token
      When <place> is asked with the access token
      Then the access has ended with 401 or 403

      Examples:
        | place                 |
        | the API               |
        | the userinfo endpoint |

    # Binds a server that can revoke access tokens, should: with a refresh token goes what came of the same grant.
    @id:RV05 @should @rfc7009-2.1 @high
    Scenario: With a refresh token its access token is revoked
      Given the confidential client can revoke an access token of the practitioner
      And the practitioner had tokens of the confidential client that opened the API until the client revoked the refresh token
      When the API is asked with the access token
      Then the access has ended with 401 or 403

    # Binds the server, must: a hint that it does not know is ignored, and one that leads nowhere makes it look further.
    @id:RV08b @must @rfc7009-2.1 @rfc7009-2.2 @medium
    Scenario Outline: A wrong hint is no hindrance
      Given the practitioner had tokens of the confidential client that could be refreshed until the client revoked the refresh token by <hint>
      When the confidential client refreshes
      Then the access has ended with 400 "invalid_grant"

      Examples:
        | hint            |
        | a wrong hint    |
        | an unknown hint |

  @method:authorization-code
  Rule: Only the client that a token was issued to revokes it

    # Binds the server, must: it checks that the token was issued to the client that asks, and refuses otherwise.
    @id:RV04 @must @rfc7009-2.1 @critical
    Scenario Outline: Denial of service: another client cannot end a refresh token
      Given <other> can revoke
      And the practitioner has new tokens of the confidential client
      And <other> has tried to revoke the refresh token
      When the confidential client refreshes
      Then the token request is answered with an access token

      Examples:
        | other                          |
        | the second confidential client |
        | the public client              |

    # The same for an access token.
    @id:RV04b @must @rfc7009-2.1 @critical
    Scenario: Denial of service: another client cannot end an access token
      Given the second confidential client can revoke
      And the practitioner has new tokens of the confidential client
      And the API opens to the access token
      And the second confidential client has tried to revoke the access token
      When the API is asked with the access token
      Then the request is served

    # The client is informed of the error. Some servers keep silent, so that nobody learns whether a token exists.
    @id:RV04c @must @rfc7009-2.1 @low
    Scenario: Who revokes a token of another client is told
      Given the second confidential client can revoke
      And the practitioner has new tokens of the confidential client
      When the second confidential client revokes the refresh token
      Then the request is refused with 400 or 401 or 403

    # Binds the server, must: it validates the credentials of a confidential client first.
    @id:RV03 @must @rfc7009-2.1 @high
    Scenario Outline: Denial of service: a client that does not authenticate revokes nothing
      Given the confidential client can revoke
      When the confidential client revokes a token that nobody issued <tampering>
      Then the request is refused with <outcomes>

      Examples:
        | tampering                                        | outcomes                                             |
        | with the last character of client_secret changed | 400 or 401 "invalid_client"                          |
        | with an empty client_secret                      | 400 or 401 "invalid_client" or 400 "invalid_request" |
        | without client_secret                            | 400 or 401 "invalid_client" or 400 "invalid_request" |
        | without client authentication                    | 400 or 401 "invalid_client" or 400 "invalid_request" |

  @method:authorization-code
  Rule: Nothing is learned by revoking

    # Binds the server, must: an invalid token is answered with 200, for what the client wants is the case already.
    @id:RV08 @must @rfc7009-2.2 @medium
    Scenario Outline: Token scanning: a token that nobody issued is answered with 200
      When the confidential client revokes <what>
      Then the revocation is answered with 200

      Examples:
        | what                                                              |
        | a token that nobody issued                                        |
        | a token that nobody issued with token_type_hint "access_token"    |
        | a token that nobody issued with token_type_hint "authmark"        |

    # Binds the server, must: what was revoked stays so, and to say it again is no error.
    @id:RV08c @must @rfc7009-2.2 @low
    Scenario: A token that was revoked already is answered with 200
      Given the practitioner had tokens of the confidential client that could be refreshed until the client revoked the refresh token
      When the confidential client revokes the refresh token
      Then the revocation is answered with 200
