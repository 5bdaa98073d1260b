@tokens @method:token-exchange
Feature: Token exchange
  A client hands in a token that stands for a person and gets one of this server's. Who can exchange what was not meant
  for it, or what nobody vouches for, is that person.

  Rule: A request says what is exchanged

    # Binds the server, must: a request that is not valid is invalid_request; both parameters are required.
    @id:TX01 @must @rfc8693-2.1 @rfc8693-2.2.2 @medium
    Scenario Outline: A request without a required parameter is refused
      Given the exchange client has exchanged a subject token of the practitioner
      When the exchange client exchanges it <tampering>
      Then the token request is refused with 400 "invalid_request"

      Examples:
        | tampering                        |
        | without subject_token            |
        | without subject_token_type       |
        | with an empty subject_token      |
        | with an empty subject_token_type |

    # Binds the client, must: a parameter does not come twice, resource and audience apart. The server has invalid_request
    # for it: should.
    @id:TX01b @should @rfc6749-3.2 @rfc8693-2.1 @medium
    Scenario Outline: Parameter pollution: a parameter of an exchange that comes twice is refused
      Given the exchange client has exchanged a subject token of the practitioner
      When the exchange client exchanges it with the parameter <name> sent twice
      Then the token request is refused with 400 "invalid_request"

      Examples:
        | name               |
        | subject_token      |
        | subject_token_type |

    # Binds the server, must: it validates the token as what it is said to be, and what is unacceptable is invalid_request.
    # An access token that is a JWT may also be said to be one, so that is not tried.
    @id:TX03 @must @rfc8693-2.1 @rfc8693-2.2.2 @high
    Scenario Outline: Token confusion: an access token does not pass as a token of another type
      Given the exchange client has exchanged a subject token of the practitioner
      When the exchange client exchanges it with subject_token_type "<type>"
      Then the token request is refused with 400 "invalid_request"

      Examples:
        | type                                           |
        | urn:authmark:no-such-type                      |
        | access_token                                   |
        | urn:ietf:params:oauth:token-type:refresh_token |
        | urn:ietf:params:oauth:token-type:id_token      |
        | urn:ietf:params:oauth:token-type:saml2         |

  Rule: An answer says what was issued

    # Binds the server, must: issued_token_type is required in the answer. Which type is issued is left open.
    @id:TX02 @must @rfc8693-2.2.1 @medium
    Scenario: An answer names the type of the token that was issued
      Given the exchange client has exchanged a subject token of the practitioner
      When the exchange client exchanges it
      Then the exchange names the type of the token that was issued

    # Binds the server, must: it is the type of what was issued. A type that is not issued may be refused or another issued.
    @id:TX03b @must @rfc8693-2.2.1 @medium
    Scenario Outline: An answer names no type that was asked for and not issued
      Given the exchange client has exchanged a subject token of the practitioner
      When the exchange client exchanges it with requested_token_type "<type>"
      Then the exchange names the type that was issued, and no other

      Examples:
        | type                                   |
        | urn:authmark:no-such-type              |
        | urn:ietf:params:oauth:token-type:saml2 |

    # Binds the server, must: the subject token says on whose behalf the new token is.
    @id:TX22 @must @rfc8693-2.1 @critical
    Scenario: The issued token speaks for the subject of the subject token
      Given userinfo tells of the practitioner without an exchange
      And the practitioner has exchanged tokens of the exchange client
      When the userinfo endpoint is asked with the access token
      Then userinfo tells of the same person as without an exchange

  Rule: A subject token that nobody vouches for brings nothing

    # Binds the server, must: a subject token that is invalid for any reason is invalid_request.
    @id:TX04 @must @rfc8693-2.1 @rfc8693-2.2.2 @critical
    Scenario Outline: A subject token that nobody issued is refused
      Given the exchange client has exchanged a subject token of the practitioner
      When the exchange client exchanges it <tampering>
      Then the token request is refused with 400 "invalid_request"

      Examples:
        | tampering                                         |
        | with another subject_token                        |
        | with the last character of subject_token changed  |
        | with one more character after subject_token       |
        | with the first half of subject_token              |
        | with subject_token in another case                |
        | with a NUL after subject_token                    |
        | with a line break after subject_token             |
        | with subject_token "ü€𝄞"                          |
        | with subject_token of 10,000 characters           |

    # The same where the token is a JWT.
    @id:TX04b @must @rfc8693-2.1 @rfc8693-2.2.2 @rfc8725-3.1 @critical
    Scenario Outline: Token forgery: a subject token that was changed or made up is refused
      Given the exchange client has exchanged a subject token of the practitioner
      When the exchange client exchanges it <forgery>
      Then the token request is refused with 400 "invalid_request"

      Examples:
        | forgery                                         |
        | with alg none                                   |
        | without its signature                           |
        | with another signature                          |
        | with a later exp                                |
        | signed with an unknown key                      |
        | signed with a key that its header carries       |
        | signed with the empty file that its kid names   |

    # The same for one that has ended.
    @id:TX04c @must @rfc8693-2.1 @rfc8693-2.2.2 @critical
    Scenario: A subject token that has expired is refused
      Given the exchange client has exchanged a subject token of the practitioner
      And the practitioner has a subject token for the exchange client that has expired
      When the exchange client exchanges it
      Then the token request is refused with 400 "invalid_request"

    # The same for one that worked before: the server remembers nothing of it that could stand in for the provider's word.
    @id:TX04d @must @rfc8693-2.1 @rfc8693-2.2.2 @critical
    Scenario: Replay: a subject token that its provider has ended is refused, though it was exchanged before
      Given the practitioner has a subject token for the exchange client for which userinfo answers
      And the exchange client has exchanged it once
      And the provider has ended it since
      When the exchange client exchanges it
      Then the token request is refused with 400 "invalid_request"

    # The same for another provider's: no one vouches for what it did not issue.
    @id:TX07 @must @rfc8693-2.1 @critical
    Scenario Outline: Mix-up: a token of another provider is refused
      Given <client> has exchanged a subject token of the practitioner
      And the practitioner has a subject token of another provider than that of <client>
      When <client> exchanges it
      Then the request is refused

      Examples:
        | client                      |
        | the exchange client         |
        | the exchange client of Okta |

    # Nobody is bound by a clause of its own: where a token stands in for a sign-in, it has to have been issued to whom it
    # signs in to. By what a provider names that client is left open.
    @id:TX06 @should @rfc6749-10.16 @rfc9700-2.3 @critical
    Scenario Outline: Confused deputy: a token that the provider gave to another application is refused
      Given <client> has exchanged a subject token of the practitioner
      And the practitioner has a subject token of another application than <client>
      When <client> exchanges it
      Then the request is refused

      Examples:
        | client                         |
        | the exchange client            |
        | the exchange client of Okta    |
        | the exchange client of Auth0   |
        | the exchange client of Entra   |
        | the exchange client of Cognito |

  Rule: A client proves who it is

    # Clients are authenticated by the means of OAuth. A server may let some exchange without; it has no use for a secret
    # that is wrong.
    @id:TX05 @should @rfc8693-2.1 @rfc6749-10.1 @medium
    Scenario Outline: A client with a wrong secret exchanges nothing
      Given the exchange client has exchanged a subject token of the practitioner
      When the exchange client exchanges it with <secret>
      Then the token request is refused with 400 or 401 "invalid_client" or 400 "invalid_request"

      Examples:
        | secret                                           |
        | another client_secret                            |
        | the last character of client_secret changed      |
        | an empty client_secret                           |

    # At the server's discretion. Without it, whoever comes by a token of the provider's can have one of the server's.
    @id:TX05b @should @rfc8693-2.1 @medium
    Scenario: A confidential client that does not authenticate exchanges nothing
      Given the exchange client has exchanged a subject token of the practitioner
      When the exchange client exchanges it without client_secret
      Then the token request is refused with 400 or 401 "invalid_client" or 400 "invalid_request" or 400 "unauthorized_client"

  Rule: Nobody gets more than was asked for

    # The server may ignore a part of the scope; what it grants it must state where that differs. The rest is open.
    @id:TX10 @should @rfc8693-2.2.1 @rfc6749-3.3 @medium
    Scenario: Scope elevation: an unknown scope is not exchanged for
      Given the exchange client has exchanged a subject token of the practitioner
      When the exchange client exchanges it with scope "openid authmark-no-such-scope"
      Then the exchange leaves "authmark-no-such-scope" out, or is refused with 400 "invalid_scope"

    # The privileges of a token should be the least that the client needs.
    @id:TX10b @should @rfc9700-2.3 @rfc8693-2.1 @medium
    Scenario: Down-scoping: an exchange for little brings little
      Given the exchange client has exchanged a subject token of the practitioner
      When the exchange client exchanges it with scope "openid"
      Then no more scope is granted than was asked for

    # Binds the server, should: a target for which it issues no token is invalid_target.
    @id:TX11 @should @rfc8693-2.2.2 @rfc8693-2.1 @medium
    Scenario Outline: A token for a place that nobody knows is not issued
      Given the exchange client has exchanged a subject token of the practitioner
      When the exchange client exchanges it with <name> "<value>"
      Then the token is for what was asked, or the request is refused with 400 "invalid_target"

      Examples:
        | name     | value                        |
        | resource | https://api.authmark.example |
        | audience | authmark-no-such-service     |

    # Binds the server, must: where an actor token is present it is validated too, and an invalid one is invalid_request.
    @id:TX12 @must @rfc8693-2.1 @rfc8693-2.2.2 @medium
    Scenario Outline: An actor token that nobody vouches for is refused
      Given the exchange client has exchanged a subject token of the practitioner
      When the exchange client exchanges it with actor_token "authmark" and with actor_token_type "<type>"
      Then the token request is refused with 400 "invalid_request"

      Examples:
        | type                                          |
        | urn:ietf:params:oauth:token-type:access_token |
        | urn:ietf:params:oauth:token-type:jwt          |

    # Binds the server, must: its type is required beside it, so that such a request is not valid.
    @id:TX12b @must @rfc8693-2.1 @rfc8693-2.2.2 @low
    Scenario: An actor token without its type is refused
      Given the exchange client has exchanged a subject token of the practitioner
      When the exchange client exchanges it with actor_token "authmark"
      Then the token request is refused with 400 "invalid_request"

    # Binds the client, must: the type does not come alone. The server has invalid_request for it: should.
    @id:TX12c @should @rfc8693-2.1 @rfc8693-2.2.2 @low
    Scenario: The type of an actor token that is not there is refused
      Given the exchange client has exchanged a subject token of the practitioner
      When the exchange client exchanges it with actor_token_type "urn:ietf:params:oauth:token-type:access_token"
      Then the token request is refused with 400 "invalid_request"

    # A refresh token outlives what it was exchanged for, so it will typically not be issued: should, for who asked for none.
    @id:TX15 @should @rfc8693-2.2.1 @low
    Scenario: An exchange that asks for no offline access brings no refresh token
      Given the exchange client has exchanged a subject token of the practitioner
      When the exchange client exchanges it with scope "openid"
      Then no refresh token is issued, or the token request is refused with 400 "invalid_scope"

    # The product's promise: the policy of the person binds whoever acts for them.
    @id:TX25 @product @medplum-access.access-policies @critical
    Scenario Outline: What is exchanged for opens what the person may see, and no more
      Given the records hold the visible patient
      And the records hold the condition of the visible patient
      And the practitioner has exchanged tokens of the exchange client
      And the practitioner can read the visible patient
      When the practitioner tries to <interaction> the condition of the visible patient
      Then the request is refused with <outcomes>

      Examples:
        | interaction | outcomes                       |
        | read        | 403 or 404                     |
        | search for  | 403 or 404 or an empty Bundle  |

    # The product's promise: a membership can be chosen, and one that is not the person's is refused.
    @id:TX13 @product @medplum-auth.token-exchange @critical
    Scenario Outline: Nobody chooses a membership that is not the subject's
      Given the exchange client has exchanged a subject token of the practitioner
      And the exchange client has exchanged it for the membership of the practitioner, which is its own
      When the exchange client exchanges it for <membership>
      Then the request is refused

      Examples:
        | membership                                           |
        | the membership of the second practitioner            |
        | the membership of the administrator of the other project |
        | a membership that nobody has                         |

  Rule: A provider that misbehaves brings nothing

    # Nobody is bound by a clause: what comes from elsewhere is not trusted before it is looked at, and its troubles are not
    # the server's. Which refusal it is, is left open.
    @id:TX16 @should @owasp-api-API10 @critical
    Scenario Outline: Unsafe consumption: an answer of the provider that tells nothing brings no token
      Given the exchange client has exchanged a subject token of the practitioner
      And the practitioner has a subject token for the exchange client for which userinfo <answer>
      When the exchange client exchanges it
      Then no token is issued, and the server does not fail

      Examples:
        | answer                       |
        | refuses                      |
        | refuses and tells the claims |
        | fails                        |
        | fails and tells the claims   |
        | is out of service            |
        | answers with a page          |
        | answers with half an object  |
        | answers with a list          |
        | answers with a text          |
        | answers with null            |
        | answers with nothing         |
        | answers with no claims       |
        | breaks off                   |

    # The same for one that has no end: 16 MiB of it here.
    @id:TX16c @should @owasp-api-API4 @low
    Scenario: Resource consumption: an answer of the provider that is far too long brings no token
      Given the exchange client has exchanged a subject token of the practitioner
      And the practitioner has a subject token for the exchange client for which userinfo answers without end
      When the exchange client exchanges it
      Then no token is issued, and the server does not fail

    # The same for one that leads elsewhere: settings say where the provider is, its answers do not.
    @id:TX16b @should @owasp-api-API7 @medium
    Scenario: Server-side request forgery: a redirect of the provider to an inner address is not followed
      Given the exchange client has exchanged a subject token of the practitioner
      And the practitioner has a subject token for the exchange client for which userinfo redirects to an inner address
      When the exchange client exchanges it
      Then no token is issued, and the server does not fail
      And nobody but the userinfo endpoint was asked

    # Binds the relying party, should: it validates the signature of a signed answer. It need not take signed ones.
    @id:TX27 @should @oidc-core-5.3.4 @medium
    Scenario Outline: Token forgery: a signed answer of the provider counts with a good signature alone
      Given the practitioner has a subject token for the exchange client for which userinfo answers with a signed token
      And the exchange client has exchanged it once, which the server need not do
      And the practitioner has a subject token for the exchange client for which userinfo <answer>
      When the exchange client exchanges it
      Then no token is issued, and the server does not fail

      Examples:
        | answer                                       |
        | answers with an unsigned token               |
        | answers with a token that a stranger signed  |

  Rule: A person is who the provider says, not who is like them

    # Only iss and sub identify a person. A product that goes by addresses should at least go by those that are verified.
    @id:TX08 @should @oidc-core-5.7 @high
    Scenario Outline: Account takeover: an address that the provider has not verified brings nothing
      Given the exchange client has exchanged a subject token of the practitioner
      And the practitioner has a subject token for the exchange client <said>
      When the exchange client exchanges it
      Then the request is refused

      Examples:
        | said                                           |
        | whose address is not verified                  |
        | whose address is not verified, as a text says  |

    # The product's promise: with subject linking, people are known by the subject identifier, to the letter.
    @id:TX09 @product @medplum-auth.external-ids @critical
    Scenario Outline: Account takeover: a subject identifier that is not the person's brings nothing
      Given the exchange client that goes by subject has exchanged a subject token of <person>
      And <person> has a subject token for the exchange client that goes by subject <said>
      When the exchange client that goes by subject exchanges it
      Then the request is refused

      Examples:
        | person                           | said                                            |
        | the practitioner known by subject | without a subject identifier                   |
        | the practitioner known by subject | with an empty subject identifier               |
        | the practitioner known by subject | with the subject identifier in another case    |
        | the practitioner known by subject | with the subject identifier in a list          |
        | the practitioner known by subject | with a space after the subject identifier      |
        | the practitioner known by subject | with a prefix before the subject identifier    |
        | the practitioner known by subject | with more after the subject identifier         |
        | the practitioner known by number  | with the subject identifier as a number        |

  Rule: What was before the standard is as strict

    # The product's promise: its former endpoint does the same, so what the standard one refuses it refuses.
    @id:TX17 @product @medplum-auth.token-exchange @critical
    Scenario Outline: Downgrade: the former endpoint takes no subject token that the standard one refuses
      Given the exchange client has exchanged a subject token of the practitioner at the former endpoint
      And the practitioner has a subject token <which>
      And the exchange client is refused with it at the standard endpoint
      When the exchange client exchanges it at the former endpoint
      Then the request is refused

      Examples:
        | which                                                                    |
        | for the exchange client that has expired                                 |
        | of another provider than that of the exchange client                     |
        | of another application than the exchange client                          |
        | for the exchange client whose address is not verified                    |
        | for the exchange client without an address                               |
        | for the exchange client with an address that nobody has                  |
        | for the exchange client for which userinfo refuses and tells the claims  |
