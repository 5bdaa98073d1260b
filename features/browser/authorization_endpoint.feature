@browser @method:authorization-code
Feature: Authorization endpoint
  Here a browser arrives with whatever somebody wrote into its address bar; it leaves with a code for the right client, or with a plain no.

  Rule: A good request leads to a code, whatever else is in it

    # Binds the server, must: this is what the endpoint is for. All other requirements lean on it.
    @id:AZ01 @must @rfc6749-4.1 @rfc6749-4.1.2 @critical
    Scenario Outline: A resource owner who signs in sends a code to the client
      When the practitioner signs in to <client>, and the browser is sent back
      Then the code comes to that redirect URI

      Examples:
        | client                  |
        | the public client       |
        | the confidential client |

    # Binds the server, must: what it does not know it ignores.
    @id:AZ08 @must @rfc6749-3.1 @oidc-core-3.1.2.1 @low
    Scenario: An unknown parameter is ignored at the authorization endpoint
      When the practitioner signs in to the confidential client with an unknown parameter, and the browser is sent back
      Then the code comes to that redirect URI

    # Binds the provider, must support POST where it is one of OpenID Connect; of plain OAuth it is a may.
    @id:AZ10 @must @oidc-core-3.1.2.1 @low
    Scenario: An authorization request may come by POST
      Given a server that is an OpenID provider
      When the practitioner signs in to the confidential client by POST, and the browser is sent back
      Then the code comes to that redirect URI

    # Binds the server, must: scope is a set, and a query is no sequence.
    @id:AZ11 @must @rfc6749-3.3 @low
    Scenario Outline: The order of parameters and of scopes does not matter
      When the practitioner signs in to the confidential client with <order>, and the browser is sent back
      Then the code comes to that redirect URI

      Examples:
        | order                           |
        | the parameters in another order |
        | the scopes in another order     |

    # Binds the provider, must not fail for them; whether it heeds them is its own affair.
    @id:AZ26 @must @oidc-core-3.1.2.1 @oidc-core-15.1 @low
    Scenario Outline: Hints that the server need not follow do no harm
      Given a server that is an OpenID provider
      When the practitioner signs in to the confidential client <hint>, and the browser is sent back
      Then the code comes to that redirect URI

      Examples:
        | hint                                                                                            |
        | with display "page" and with ui_locales "de en" and with claims_locales "de"                     |
        | with acr_values "urn:authmark:no-such-level" and with login_hint "ada@example.com"     |

  Rule: The answer is for this request, from this server, in the query

    # Binds the server, must: state is the client's own text and comes back to the letter; where none came none goes.
    @id:AZ02 @must @rfc6749-4.1.2 @high
    Scenario Outline: Request forgery: the state comes back with the code as it was sent
      When the practitioner signs in to the confidential client <tampering>, and the browser is sent back
      Then the state comes back as it was sent

      Examples:
        | tampering                                       |
        | with nonce "authmark"                           |
        | with state "a b+c&d=e%20f%2Bg/?h#i;j,k:l@m'n"   |
        | with state "https://client.example/?a=b&code=c" |

    # The same for an error. A server that shows all its errors itself sends none.
    @id:AZ02b @must @rfc6749-4.1.2.1 @high
    Scenario Outline: Request forgery: the state comes back with an error as it was sent
      When the practitioner signs in to the confidential client with response_type "authmark" and <tampering>
      Then the state comes back as it was sent

      Examples:
        | tampering                                            |
        | with nonce "authmark"                                |
        | with state "a b+c&d=e%20f%2Bg/?h#i;j,k:l@m'n"        |
        | without state                                        |

    # The grammar of state is printable ASCII (appendix A.5), and nothing bounds its length: more may be refused.
    @id:AZ03 @must @rfc6749-4.1.2 @rfc6749-A.5 @low
    Scenario Outline: A state that is long, missing or beyond the grammar comes back as it was sent, or is refused
      When the practitioner signs in to the confidential client <tampering>, and the browser is sent back
      Then the state comes back as it was sent, or the request is refused

      Examples:
        | tampering                        |
        | with state of 2,000 characters   |
        | with state of 10,000 characters  |
        | with state "ü☃ 日本語"            |
        | without state                    |
        | with an empty state              |

    # Binds the server, must: parameters once each, in the characters that are allowed, and no code beside an error.
    @id:AZ15 @must @rfc6749-4.1.2.1 @rfc6749-3.1 @medium
    Scenario Outline: Header injection: an error response holds nothing that the request smuggled in
      When the practitioner signs in to the confidential client with <tampering>
      Then the error response is in form

      Examples:
        | tampering                                                                |
        | response_type "authmark"                                                 |
        | response_type "authmark" and with a line break after state               |
        | response_type "authmark ü <b>"                                            |
        | response_type "authmark" and with a line break after response_type       |
        | prompt "none" and with a line break after state                          |
        | scope "ü\<b>'"                                                           |
        | code_challenge_method "ü\<b>'"                                           |
        | max_age "ü\<b>'"                                                         |

    # Binds the server, must: the response type code is answered in the query, with a code and with an error.
    @id:AZ16 @must @rfc6749-4.1.2 @rfc6749-4.1.2.1 @oidc-core-3.1.2.5 @high
    Scenario Outline: Credential leakage: the answer comes in the query and nowhere else
      When the practitioner signs in to the confidential client <request>
      Then the answer comes in the query

      Examples:
        | request                                         |
        | with nonce "authmark", and the browser is sent back |
        | with code_challenge_method "S512"               |
        | with prompt "none"                              |

    # Should: a client that knows several servers tells by iss whose answer it has.
    @id:AZ18 @should @rfc9207-2 @rfc9700-4.4.2 @medium
    Scenario Outline: Mix-up: the answer names the issuer of the metadata as iss
      When the practitioner signs in to the confidential client <request>
      Then the answer names the issuer

      Examples:
        | request                                             |
        | with nonce "authmark", and the browser is sent back |
        | with code_challenge_method "S512"                   |
        | with prompt "none"                                  |

    # Binds the server, must: where its metadata says so each answer has it, that of an error as well.
    @id:AZ18b @must @rfc9207-2 @rfc9207-3 @high
    Scenario Outline: Mix-up: an iss that the metadata promises is there
      Given a server that says its answers name the issuer
      When the practitioner signs in to the confidential client <request>
      Then the answer names the issuer

      Examples:
        | request                                             |
        | with nonce "authmark", and the browser is sent back |
        | with code_challenge_method "S512"                   |

  Rule: A bad request gets no code, and the client is told where it can be trusted

    # Binds the server, must: an error response. Whether the missing one is called invalid or unsupported is open.
    @id:AZ04 @must @rfc6749-3.1.1 @rfc6749-4.1.2.1 @medium
    Scenario Outline: A request without a response type is refused
      When the practitioner signs in to the confidential client <tampering>
      Then the authorization request is refused with "invalid_request" or "unsupported_response_type"

      Examples:
        | tampering                   |
        | without response_type       |
        | with an empty response_type |

    # Binds the server, must: a type that it does not know is an error; a client may also not be allowed to ask for it.
    @id:AZ05 @must @rfc6749-3.1.1 @rfc6749-4.1.2.1 @medium
    Scenario Outline: An unknown response type is refused
      When the practitioner signs in to the confidential client with response_type "<type>"
      Then the authorization request is refused with "unsupported_response_type" or "unauthorized_client" or "invalid_request"

      Examples:
        | type          |
        | authmark      |
        | code authmark |
        | CODE          |

    # Parameters must not come twice; a request that repeats one is refused, by a page or by invalid_request.
    @id:AZ09 @must @rfc6749-3.1 @rfc6749-4.1.2.1 @medium
    Scenario Outline: Parameter pollution: a parameter of the authorization request that comes twice is refused
      When the practitioner signs in to the confidential client with <tampering>
      Then no code comes

      Examples:
        | tampering                                                                     |
        | the parameter response_type sent twice                                        |
        | the parameter client_id sent twice                                            |
        | the parameter client_id sent twice, the second time with another value        |
        | the parameter scope sent twice                                                |
        | the parameter scope sent twice, the second time with another value            |
        | the parameter state sent twice, the second time with another value            |
        | the parameter code_challenge sent twice, the second time with another value   |
        | a second redirect_uri of another host                                         |
        | the parameter redirect_uri sent twice                                         |

    # Binds the server, must: an unknown scope is left out and said to be, or it is invalid_scope. Scopes have a case.
    @id:AZ12 @must @rfc6749-3.3 @rfc6749-4.1.2.1 @medium
    Scenario Outline: Scope elevation: a scope that is unknown or malformed is not granted
      When the practitioner signs in to the confidential client with <tampering>
      Then "<scope>" is left out, or refused with "invalid_scope" or "access_denied"

      Examples:
        | tampering                              | scope                  |
        | scope "authmark-no-such-scope" and without nonce | authmark-no-such-scope |
        | "authm\rk" added to scope              | authm\rk               |
        | "OPENID" added to scope                | OPENID                 |
        | "*" added to scope                     | *                      |

    # Binds the server, must not redirect: without a known client no redirect URI is anybody's.
    @id:AZ13 @must @rfc6749-4.1.2.1 @high
    Scenario Outline: Open redirector: without a known client the browser is sent nowhere
      When the practitioner signs in to the confidential client <tampering>, and the browser is sent back
      Then no code comes, and the browser is not sent away

      Examples:
        | tampering                                  |
        | without client_id                          |
        | with an empty client_id                    |
        | with another client_id                     |
        | with a space after client_id               |
        | with a NUL after client_id                 |
        | with client_id "*"                         |
        | with client_id of 10,000 characters        |
        | with a list in place of client_id          |

    # Binds the server, must: what is not the challenge of a verifier is redeemed by none. At which endpoint is open.
    @id:PK15 @must @rfc7636-4.2 @rfc7636-4.6 @rfc6749-3.1 @high
    Scenario Outline: PKCE downgrade: a malformed challenge is not repaired
      When the practitioner signs in to the public client with <tampering>
      Then no token is issued

      Examples:
        | tampering                                                                     |
        | "=" after code_challenge                                                      |
        | a space after code_challenge                                                  |
        | a space before code_challenge                                                 |
        | a NUL after code_challenge                                                    |
        | code_challenge in another case                                                |
        | the first half of code_challenge                                              |
        | an empty code_challenge                                                       |
        | the parameter code_challenge sent twice, the second time with another value   |

    # The grammar is 43 to 128 unreserved characters; that it is looked at here is our reading of a valid request: should.
    @id:PK15b @should @rfc7636-4.2 @rfc6749-4.1.1 @low
    Scenario Outline: A malformed challenge is refused at the authorization endpoint
      When the practitioner signs in to the public client with <tampering>
      Then the authorization request is refused with "invalid_request"

      Examples:
        | tampering                                                      |
        | code_challenge of 42 characters                                |
        | code_challenge of 129 characters                               |
        | code_challenge of 10,000 characters                            |
        | "=" after code_challenge                                       |
        | code_challenge "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+/M"   |
        | an empty code_challenge                                        |

    # Binds the server, must: one that does not support request objects says so instead of using what it can read.
    @id:AZ35 @must @oidc-core-3.1.2.6 @rfc9101-10.4 @high
    Scenario Outline: Server-side request forgery: an unsupported request object is refused
      Given a server that says it takes no <kind>
      When the practitioner signs in to the confidential client with <tampering>
      Then the authorization request is refused with "<error>"

      Examples:
        | kind        | tampering                                               | error                     |
        | request_uri | request_uri "http://127.0.0.1:9/authmark"               | request_uri_not_supported |
        | request_uri | request_uri "file:///etc/passwd"                        | request_uri_not_supported |
        | request     | request "eyJhbGciOiJub25lIn0.e30."                      | request_not_supported     |

  Rule: Tokens do not come by the browser

    # Should not: RFC 9700 would have no access token in an address bar. Such a type may be refused in any way.
    @id:AZ06 @should @rfc9700-2.1.2 @high
    Scenario Outline: Credential leakage: no access token comes by the browser
      When the practitioner signs in to <client> with response_type "<type>", and the browser is sent back
      Then no access token comes by the browser

      Examples:
        | client                  | type                |
        | the confidential client | token               |
        | the confidential client | code token          |
        | the confidential client | id_token token      |
        | the confidential client | code id_token token |
        | the public client       | token               |

    # Binds the server, must not: an implicit grant brings no refresh token.
    @id:AZ07 @must @rfc6749-4.2.2 @high
    Scenario Outline: Credential leakage: no refresh token comes by the browser
      When the practitioner signs in to the confidential client with response_type "<type>" and with scope "openid offline_access", and the browser is sent back
      Then no refresh token comes by the browser

      Examples:
        | type       |
        | token      |
        | code token |

    # Where such types are offered a nonce is required; where they are not, nothing comes of them.
    @id:AZ19 @must @oidc-core-3.2.2.1 @oidc-core-3.3.2.1 @high
    Scenario Outline: Token injection: no ID token comes by the browser without a nonce
      When the practitioner signs in to the confidential client with response_type "<type>" and without nonce, and the browser is sent back
      Then no ID token comes by the browser

      Examples:
        | type          |
        | id_token      |
        | code id_token |

  Rule: The server asks the resource owner as often as the client says

    # Binds the provider, must: an error and no page. Which of the four it is depends on what was lacking.
    @id:AZ20 @must @oidc-core-3.1.2.6 @oidc-core-3.1.2.1 @medium
    Scenario: Without a session and without interaction there is no code
      Given a server that is an OpenID provider
      When the practitioner signs in to the confidential client with prompt "none"
      Then the authorization request is refused with "login_required" or "interaction_required" or "consent_required" or "account_selection_required"

    # Binds the provider, must: a code for who is signed in, or an error, and no page.
    @id:AZ21 @must @oidc-core-3.1.2.1 @high
    Scenario: Without interaction a session speaks for its own resource owner
      Given a server that gives codes without interaction
      And the practitioner has tokens of the confidential client
      When the confidential client asks for a code without interaction in the session of the practitioner
      Then the tokens are those of the same person as before

    # Binds the provider, should; must not be silent: the request asks for the resource owner, and a code comes after.
    @id:AZ22 @must @oidc-core-3.1.2.1 @high
    Scenario Outline: Session fixation: a session alone is not enough where the client asks for a new sign-in
      Given a server that gives codes without interaction
      When the confidential client asks for a code in the session of the practitioner with prompt "<prompt>"
      Then no code comes

      Examples:
        | prompt         |
        | login          |
        | login consent  |

    # Binds the provider, must: who signed in longer ago than max_age has to sign in again; zero is a number.
    @id:AZ23 @must @oidc-core-3.1.2.1 @high
    Scenario Outline: A session that is older than the client allows is not enough
      Given a server that gives codes without interaction
      When the confidential client asks for a code <in the session> of the practitioner with max_age "0"
      Then no code comes

      Examples:
        | in the session                         |
        | in the session                         |
        | without interaction in the session     |

    # Binds the provider, must: prompt=none beside another value is an error, for it contradicts itself.
    @id:AZ22b @must @oidc-core-3.1.2.1 @low
    Scenario: A prompt that contradicts itself is refused
      Given a server that is an OpenID provider
      When the practitioner signs in to the confidential client with prompt "none login"
      Then no code comes

    # Binds the provider, must: the person of the hint is signed in, so the answer is a code.
    @id:AZ24 @must @oidc-core-3.1.2.1 @medium
    Scenario: A hint that names who is signed in changes nothing
      Given a server that gives codes without interaction
      And the practitioner has tokens of the confidential client
      When the confidential client asks for a code without interaction in the session of the practitioner with the id_token as id_token_hint
      Then the tokens are those of the same person as before

    # Binds the provider, must: a positive answer is for the person of the hint alone, whoever has a session.
    @id:AZ24b @must @oidc-core-3.1.2.2 @oidc-core-3.1.2.1 @high
    Scenario: A hint that names somebody else than who is signed in brings no code
      Given a server that gives codes without interaction
      And the second practitioner has tokens of the confidential client
      When the confidential client asks for a code without interaction in the session of the practitioner with the id_token as id_token_hint
      Then no code comes

    # Binds the provider, must: a hint is no credential; whoever it names has to be signed in in this very browser.
    @id:AZ25 @must @oidc-core-3.1.2.1 @critical
    Scenario Outline: Session forgery: an ID token as hint signs nobody in
      Given a server that gives codes without interaction
      And the practitioner has tokens of <client>
      When the confidential client asks for a code without interaction in no session of the practitioner with the id_token as id_token_hint
      Then no code comes

      Examples:
        | client                         |
        | the confidential client        |
        | the second confidential client |

    # Binds the provider, must: who is asked for and not signed in is an error; nobody gets another's token.
    @id:AZ28 @must @oidc-core-5.5.1 @critical
    Scenario Outline: Session forgery: asking for another person's sub does not bring that person's token
      Given a server that gives codes without interaction
      And the second practitioner has tokens of the confidential client
      When the confidential client asks for a code without interaction in the session of the practitioner with <claims>
      Then no token of that person is issued

      Examples:
        | claims                                 |
        | the sub of the ID token in claims      |
        | the sub of the ID token among claims   |

  Rule: The pages of the server keep what they are told

    # Binds the server, must not: what is behind a fragment never reaches it.
    @id:AZ30 @must @rfc6749-3.1 @low
    Scenario: The URL of the authorization endpoint has no fragment
      When the practitioner signs in to the confidential client, and the browser is sent back
      Then the URL of the authorization endpoint has no fragment

    # Binds the server, must not use 307, nor 308, which say the same: the browser would post the password on.
    @id:AZ32 @must @rfc9700-4.12 @critical
    Scenario: Credential leakage: the redirect after the sign-in does not carry the password on
      When the practitioner signs in to the confidential client at the pages of the server
      Then the answer to the credentials lets no browser send them again

    # Binds the server, must: the resource owner's no reaches the client, with its state.
    @id:AZ14 @must @rfc6749-4.1.2.1 @medium
    Scenario: A resource owner who says no is taken at their word
      When the practitioner denies the confidential client at the pages of the server
      Then the authorization request is refused with "access_denied"
      And the state comes back as it was sent

    # Binds the server, must: headers that a browser or proxy may send do not decide who the server is.
    @id:AZ36 @must @rfc9700-4.13 @high
    Scenario Outline: Host header poisoning: no address of the server follows a header
      When the server is asked for its metadata and a sign-in at the confidential client with the header <header>
      Then no address in its answers is of that host

      Examples:
        | header                                                     |
        | X-Forwarded-Host: authmark.example                         |
        | Forwarded: host=authmark.example;proto=https               |
        | X-Original-Host: authmark.example                          |
        | X-Forwarded-Server: authmark.example                       |
        | X-Host: authmark.example                                   |

    # Should not: whatever the page loads from elsewhere learns by the Referer what stands in its address.
    @id:AZ38 @should @rfc9700-4.2.4 @medium
    Scenario: Credential leakage: the sign-in page loads nothing from elsewhere
      When the browser is sent to the sign-in page of the confidential client
      Then the page loads nothing from elsewhere

  Rule: Every path that leads to a code makes the same checks

    # The checks belong to the server, not to one of its routes: client, scope and PKCE, however the person signs in.
    @id:AZ39 @must @rfc6749-4.1.1 @rfc7636-4.4.1 @critical
    Scenario Outline: PKCE downgrade: no path to a code lets a challenge out
      When <attempt> <tampering>
      Then no token is issued

      Examples:
        | attempt | tampering |
        | the practitioner signs in to the public client beside the authorization endpoint | without code_challenge and code_challenge_method |
        | the practitioner signs in to the confidential client beside the authorization endpoint | with code_challenge_method "S512" |
        | the public client asks for a code without interaction in the session of the practitioner | without code_challenge and code_challenge_method |
        | the public client asks for a code without interaction in the session of the practitioner | with code_challenge_method "S512" |

    # The same for scope.
    @id:AZ39b @must @rfc6749-3.3 @high
    Scenario Outline: Scope elevation: no path to a code grants an unknown scope
      When <attempt> with "authmark-no-such-scope" added to scope
      Then "authmark-no-such-scope" is left out, or refused with "invalid_scope" or "access_denied" or "consent_required" or "interaction_required"

      Examples:
        | attempt |
        | the practitioner signs in to the confidential client beside the authorization endpoint |
        | the confidential client asks for a code without interaction in the session of the practitioner |

    # The same for a client that nobody registered.
    @id:AZ39c @must @rfc6749-4.1.1 @high
    Scenario Outline: An unknown client gets no code on any path
      When <attempt> with another client_id
      Then no code comes

      Examples:
        | attempt |
        | the practitioner signs in to the confidential client beside the authorization endpoint |
        | the confidential client asks for a code without interaction in the session of the practitioner |

    # No clause knows a client that is switched off; a server that has the switch means it everywhere.
    @id:AZ39d @should @rfc6749-4.1.1 @high
    Scenario: A client that was switched off gets no code
      Given a new confidential client
      And the practitioner has tokens of the new confidential client
      And the new confidential client has been switched off
      When the practitioner signs in to the new confidential client, and the browser is sent back
      Then no code comes

    # The same beside the authorization endpoint.
    @id:AZ39e @should @rfc6749-4.1.1 @high
    Scenario: A client that was switched off gets no code by another path
      Given a new confidential client
      And the practitioner can sign in to the new confidential client beside the authorization endpoint
      And the new confidential client has been switched off
      When the practitioner signs in to the new confidential client beside the authorization endpoint
      Then no code comes
