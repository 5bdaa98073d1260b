@practices @method:authorization-code
Feature: The end of a session
  What was taken away must be gone: at once, at every place, and with all that came of it.

  # Who signs out here is nobody who lends tokens to other scenarios: some servers end all of a person's sessions at once.
  Rule: A refresh token ends with what it stands on

    # Binds the server, should: it may revoke refresh tokens at such events; which of them count is left open.
    @id:RT13 @should @rfc9700-4.14.2 @rfc6749-5.2 @high
    Scenario: A refresh token does not outlive the membership of its owner
      Given the practitioner to be removed had tokens of the confidential client that could be refreshed until the resource owner was removed from the project
      When the confidential client refreshes
      Then the access has ended with 400 "invalid_grant"

    # The same; yet offline access may be meant to outlive a session, so a sign-out counts for little.
    @id:RT13a @should @rfc9700-4.14.2 @rfc6749-5.2 @low
    Scenario: A refresh token does not outlive the sign-out of its owner
      Given the second practitioner had tokens of the second confidential client that could be refreshed until the resource owner signed out
      When the second confidential client refreshes
      Then the access has ended with 400 "invalid_grant"

  Rule: What ends with a replay

    # Binds the server, must: who sent it cannot be known, so the active refresh token of a public client is revoked.
    @id:RT09a @must @rfc9700-4.14.2 @critical
    Scenario: Token replay ends the refresh token that is in use
      Given the practitioner had tokens of the public client that could be refreshed until the former refresh token was sent again
      When the public client refreshes
      Then the access has ended with 400 "invalid_grant"

    # A confidential client proves who it is; rotation is then the server's choice, and what it means is: should.
    @id:RT09b @should @rfc9700-4.14.2 @rfc6749-10.4 @high
    Scenario: Token replay ends a confidential client's refresh token that is in use
      Given the practitioner had tokens of the confidential client that could be refreshed until the former refresh token was sent again
      When the confidential client refreshes
      Then the access has ended with 400 "invalid_grant"

    # The access token came of the same grant: should.
    @id:RT09c @should @rfc9700-4.14.2 @rfc7009-2.1 @high
    Scenario Outline: Token replay ends the access token that is in use
      Given the practitioner had tokens of <client> that opened the API until the former refresh token was sent again
      When the API is asked with the access token
      Then the access has ended with 401 or 403

      Examples:
        | client                  |
        | the public client       |
        | the confidential client |

  Rule: An access token ends with what it stands on

    # That a sign-out ends access tokens no clause of OAuth says; who signed out takes it for granted: should.
    @id:LO04a @should @owasp-api-API2 @medium
    Scenario Outline: Insufficient session expiration: a sign-out ends the access token
      Given the second practitioner had tokens of the second confidential client that opened <place> until the resource owner signed out
      When <place> is asked with the access token
      Then the access has ended with 401 or 403

      Examples:
        | place                 |
        | the API               |
        | the userinfo endpoint |

    # The product's promise: a member who was removed is a member no more, whatever was issued before.
    @id:AP10c @product @medplum-access.access-policies @owasp-api-API2 @critical
    Scenario: Insufficient session expiration: userinfo tells nothing of who was removed
      Given the practitioner to be removed had tokens of the confidential client that opened the userinfo endpoint until the resource owner was removed from the project
      When the userinfo endpoint is asked with the access token
      Then the access has ended with 401 or 403 or 404 or 410

    # The product's promise: a client that is off, or gone, opens nothing with what it holds.
    @id:CA27d @product @medplum-api.fhir.medplum.clientapplication @owasp-api-API2 @critical
    Scenario Outline: Insufficient session expiration: the tokens of a client end with it
      Given the practitioner had tokens of <client> that opened <place> until <cause>
      When <place> is asked with the access token
      Then the access has ended with 401 or 403

      Examples:
        | client                        | place                 | cause                       |
        | the client to be switched off | the API               | the client was switched off |
        | the client to be switched off | the userinfo endpoint | the client was switched off |
        | the client to be deleted      | the API               | the client was deleted      |
        | the client to be deleted      | the userinfo endpoint | the client was deleted      |

    # The same for its refresh token.
    @id:CA27e @should @rfc6749-5.2 @rfc6749-6 @medplum-api.fhir.medplum.clientapplication @high
    Scenario: A client that was deleted cannot refresh
      Given the practitioner had tokens of the client to be deleted that could be refreshed until the client was deleted
      When the client to be deleted refreshes
      Then the access has ended with 400 or 401 "invalid_client" or 400 "unauthorized_client" or 400 "invalid_grant"

    # The product's routes, all of them: what has ended opens none.
    @id:RV09 @product @rfc7009-2 @owasp-api-API2 @critical
    Scenario Outline: Insufficient session expiration: what has ended opens no route at all
      Given a server with the FHIR API
      And the protected routes that know the access token of the practitioner
      And <owner> had tokens of <client> that opened the API until <cause>
      When each route is asked with the access token
      Then each request is refused with 401 or 403

      Examples:
        | owner                   | client                         | cause                                |
        | the second practitioner | the second confidential client | the resource owner signed out        |
        | the practitioner        | the confidential client        | the client revoked the refresh token |

  Rule: Introspection knows what has ended

    # Binds the server, must: it checks whether the token was revoked. What ends a token is a requirement elsewhere.
    @id:IN09 @must @rfc7662-4 @rfc7662-2.2 @smart-token-introspection @critical
    Scenario Outline: Introspection does not call a token active that has ended
      Given <owner> had tokens of <client> that were called active until <cause>
      When the API and, for <who>, introspection are asked about the access token
      Then introspection calls the token active only where the API opens to it

      Examples:
        | owner                          | client                         | cause                                           | who                            |
        | the second practitioner        | the second confidential client | the resource owner signed out                   | the second confidential client |
        | the practitioner to be removed | the confidential client        | the resource owner was removed from the project | the confidential client        |
        | the practitioner               | the client to be switched off  | the client was switched off                     | the confidential client        |
        | the practitioner               | the client to be deleted       | the client was deleted                          | the confidential client        |
        | the practitioner               | the confidential client        | the client revoked the refresh token            | the confidential client        |
        | the practitioner               | the confidential client        | the client revoked the access token             | the confidential client        |
        | the practitioner               | the confidential client        | the former refresh token was sent again         | the confidential client        |
        | the practitioner               | the confidential client        | the code was sent again                         | the confidential client        |
