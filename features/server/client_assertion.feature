@server
Feature: Client assertions: keys instead of secrets
  Whoever signs with a key of its own has no secret to lose; whoever can make such an assertion is that client.

  @method:client-credentials
  Rule: A client says who it is with an assertion that it has signed

    # Binds a server that lists private_key_jwt, must: what is listed works. The audience is the token endpoint.
    @id:CA09a @must @rfc8414-2 @rfc7523-2.2 @smart-client-confidential-asymmetric @high
    Scenario: A back end authenticates with private_key_jwt where that is advertised
      Given the server has asked for the keys of the back end with a key
      When the back end with a key asks for a token
      Then the token request is answered with an access token

    # Binds the server, must: the list holds what is supported. Only algorithms that we have a key for are tried.
    @id:CA18a @must @rfc8414-2 @smart-client-confidential-asymmetric @medium
    Scenario: Every listed algorithm works
      Given the back end with a key has a token
      When the back end with a key asks for a token with each listed algorithm
      Then each request is answered with an access token

    # Binds a SMART server, shall: RS384 or ES384 at least.
    @id:CA18d @must @smart-client-confidential-asymmetric @medium
    Scenario: A SMART server lists one of the algorithms that every client has
      Given a server that promises SMART client authentication with keys
      When the SMART configuration is fetched
      Then the SMART configuration lists private_key_jwt with RS384 or ES384

    # Recommended to every server: a way without a secret that both sides keep.
    @id:CA23 @should @rfc9700-2.5 @low
    Scenario: A client can do without a shared secret
      Given the back end has a token
      When the metadata is fetched
      Then the metadata lists a way of client authentication without a shared secret

  @method:authorization-code
  Rule: A client that acts for a resource owner signs as well

    # The same for a client that acts for a resource owner.
    @id:CA09b @must @rfc8414-2 @rfc7523-2.2 @smart-client-confidential-asymmetric @high
    Scenario: A confidential client redeems a code with private_key_jwt
      Given the server has asked for the keys of the confidential client with a key
      And the practitioner has got a code for the confidential client with a key
      When the confidential client with a key redeems the code
      Then the token request is answered with an access token

  @method:client-credentials
  Rule: Nobody makes an assertion but who has the key

    # Binds the server, must: an invalid signature is rejected. Which status says so is CA10d's matter.
    @id:CA10a @must @rfc7523-3 @rfc8725-3.1 @critical
    Scenario Outline: Signature stripping: an assertion without a valid signature is refused
      Given the back end with a key has a token
      When the back end with a key asks for a token with a client assertion <forgery>
      Then the request is refused

      Examples:
        | forgery                    |
        | with alg none              |
        | with alg None              |
        | without its signature      |
        | with another signature     |
        | with a later exp           |
        | signed with an unknown key |

    # Binds the same, must: keys in a header are nothing to trust, kid is no path, and crit has to be understood.
    @id:CA10b @must @rfc8725-3.10 @rfc7515-4.1.11 @critical
    Scenario Outline: Header injection: an assertion whose header brings or names a key of its own is refused
      Given the back end with a key has a token
      When the back end with a key asks for a token with a client assertion <forgery>
      Then the request is refused

      Examples:
        | forgery                                       |
        | signed with a key that its header carries     |
        | signed with the empty file that its kid names |
        | with crit of something unknown                |

    # Binds the same, must: the algorithm belongs to the key, not to the header.
    @id:CA18b @must @rfc8725-2.1 @rfc8725-3.1 @critical
    Scenario Outline: Algorithm confusion: an assertion signed with the public key as a shared secret is refused
      Given the back end with a key has a token
      When the back end with a key asks for a token with a client assertion signed HS256 with the public key <form>
      Then the request is refused

      Examples:
        | form   |
        | in PEM |
        | in DER |
        | as JWK |

    # Binds the same, must: a key is used with one algorithm, which is checked. Our key sets name it.
    @id:CA18c @must @rfc8725-3.1 @rfc7517-4.4 @medium
    Scenario: Algorithm confusion: a key is good for its own algorithm only
      Given the back end that changes its keys has a token
      And the back end that changes its keys has got a token with its RSA key
      When the back end that changes its keys asks for a token with its RSA key under another algorithm
      Then the request is refused

    # Binds the same, must: the keys are those of the client that the assertion names.
    @id:CA17a @must @rfc7523-3 @smart-client-confidential-asymmetric @critical
    Scenario Outline: Impersonation: an assertion that another client has signed is refused
      Given the back end with a key has a token
      And the second back end with a key has a token
      When the back end with a key asks for a token with a client assertion <kid> the second back end with a key
      Then the request is refused

      Examples:
        | kid                           |
        | signed by                     |
        | under its own kid signed by   |

    # Binds the server, must: an RSA key has 2048 bits.
    @id:CA21 @must @rfc7518-3.3 @rfc8725-3.5 @medium
    Scenario: A key that is too short is refused
      Given the back end that changes its keys has a token
      When the back end that changes its keys asks for a token with its RSA key of 1024 bits
      Then the request is refused

    # Binds the server, must: a confidential client authenticates; one with a key has that to do it with.
    @id:CA08a @must @rfc6749-3.2.1 @rfc6749-2.3 @critical
    Scenario Outline: A client with a key gets nothing without an assertion
      Given the back end with a key has a token
      When the back end with a key asks for a token <tampering>
      Then the request is refused

      Examples:
        | tampering                                              |
        | with the client_id alone                               |
        | with the client_id and a client_secret of its invention |
        | without client_assertion                               |
        | with an empty client_assertion                         |

  @method:client-credentials
  Rule: An assertion is about this client, for this server, for now

    # Binds the server, must: an assertion of another type is none that it knows.
    @id:CA11 @must @rfc7523-2.2 @rfc7521-4.2 @medium
    Scenario Outline: An assertion under another type is refused
      Given the back end with a key has a token
      When the back end with a key asks for a token <tampering>
      Then the request is refused

      Examples:
        | tampering                                                                                      |
        | with client_assertion_type "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"          |
        | with client_assertion_type "urn:ietf:params:oauth:grant-type:jwt-bearer"                       |
        | without client_assertion_type                                                                  |

    # Binds the server, must: iss and sub are there, and both are the client.
    @id:CA12 @must @rfc7523-3 @critical
    Scenario Outline: Impersonation: an assertion that does not name the client twice is refused
      Given the back end with a key has a token
      When the back end with a key asks for a token <assertion>
      Then the request is refused

      Examples:
        | assertion                                                         |
        | with a client assertion without iss                               |
        | with a client assertion without sub                               |
        | with a client assertion with another iss                          |
        | with a client assertion with another sub                          |
        | with a client assertion with another iss and sub                  |
        | with a client assertion whose iss is the back end                 |
        | with a client assertion whose sub is the back end                 |
        | with a client assertion whose iss and sub are the back end        |

    # Binds a SMART server, shall: a client_id beside the assertion is the client that the assertion names.
    @id:CA17b @must @smart-client-confidential-asymmetric @rfc7521-4.2 @high
    Scenario: Impersonation: a client_id beside the assertion names no other client
      Given a server that promises SMART client authentication with keys
      And the back end with a key has a token
      When the back end with a key asks for a token with the client_id of the back end
      Then the request is refused

    # Binds the server, must: it is the audience, to the letter, or one of those in a list. Its issuer may pass as well.
    @id:CA13 @must @rfc7523-3 @rfc7519-4.1.3 @critical
    Scenario Outline: Assertion replay elsewhere: an assertion for another server is refused
      Given the back end with a key has a token
      When the back end with a key asks for a token with a client assertion <audience>
      Then the request is refused

      Examples:
        | audience                                              |
        | without aud                                           |
        | for another server                                    |
        | for a list of other servers                           |
        | for an empty list of servers                          |
        | for a server whose address goes on after ours         |
        | for a server whose address is the beginning of ours   |

    # Binds the server, must: exp is there, is a number, and has not passed.
    @id:CA14a @must @rfc7523-3 @rfc7519-4.1.4 @high
    Scenario Outline: An assertion that has no end, or has reached it, is refused
      Given the back end with a key has a token
      When the back end with a key asks for a token with a client assertion <end>
      Then the request is refused

      Examples:
        | end                      |
        | without exp              |
        | that expired an hour ago |
        | whose exp is a text      |

    # SMART has the client look no more than five minutes ahead; RFC 7523 lets a server reject what is unreasonable.
    @id:CA14b @should @smart-client-confidential-asymmetric @rfc7523-3 @medium
    Scenario Outline: An assertion that is good for too long is refused
      Given a server that promises SMART client authentication with keys
      And the back end with a key has a token
      When the back end with a key asks for a token with a client assertion <end>
      Then the request is refused

      Examples:
        | end                        |
        | that is good for an hour   |
        | that is good for ten years |

    # Binds the server, must: before nbf it is not accepted. Leeway for clocks is left open, up to four minutes here.
    @id:CA15 @must @rfc7523-3 @rfc7519-4.1.5 @medium
    Scenario: An assertion that is not good yet is refused
      Given the back end with a key has a token
      When the back end with a key asks for a token with a client assertion that begins in four minutes
      Then the request is refused

  @method:client-credentials
  Rule: An assertion is good for one use

    # Binds a SMART server, shall: a jti of this issuer is taken once.
    @id:CA16a @must @smart-client-confidential-asymmetric @high
    Scenario Outline: Assertion replay: an assertion that was used before is refused
      Given a server that promises SMART client authentication with keys
      And the back end with a key has a token
      When the back end with a key uses <what> for a second time
      Then the request is refused

      Examples:
        | what                          |
        | a client assertion            |
        | the jti of a client assertion |

    # Binds a SMART server: jti is required, and what has none cannot be known again.
    @id:CA16b @must @smart-client-confidential-asymmetric @medium
    Scenario: Assertion replay: an assertion without jti is refused
      Given a server that promises SMART client authentication with keys
      And the back end with a key has a token
      When the back end with a key asks for a token with a client assertion without jti
      Then the request is refused

    # OpenID Connect has an assertion used once, unless both sides agree otherwise; RFC 7523 leaves it to the server.
    @id:CA16c @should @oidc-core-9 @rfc7523-3 @medium
    Scenario: Assertion replay: an OpenID provider refuses an assertion that was used before
      Given a server that is an OpenID provider
      And the back end with a key has a token
      When the back end with a key uses a client assertion for a second time
      Then the request is refused

    # Binds a SMART server, shall: the jti of an assertion is taken once, also in one instant.
    @id:CC04 @must @smart-client-confidential-asymmetric @high
    Scenario: Race condition: one client assertion that comes eight times at once brings tokens once at most
      Given a server that promises SMART client authentication with keys
      When the back end with a key uses one client assertion 8 times at once
      Then at most one request of each try brings tokens

  @method:client-credentials
  Rule: A refusal says what is wrong

    # Binds the server, must: an assertion that is not valid ends in invalid_client.
    @id:CA10d @must @rfc7521-4.2.1 @rfc6749-5.2 @low
    Scenario: An assertion that is not valid is called invalid_client
      Given the back end with a key has a token
      When the back end with a key asks for a token with a client assertion without its signature
      Then the token request is refused with 400 or 401 "invalid_client"

    # Binds the server, must: what is no JWT is rejected, and breaks nothing.
    @id:CA10c @must @rfc7523-3 @rfc7519-7.2 @low
    Scenario Outline: What is no assertion is refused
      Given the back end with a key has a token
      When the back end with a key asks for a token <tampering>
      Then the request is refused

      Examples:
        | tampering                                 |
        | with client_assertion "x.y"               |
        | with client_assertion "x.y.z"             |
        | with client_assertion "e30.e30.e30"       |
        | with the first half of client_assertion   |
        | with client_assertion "W10.W10.AA"        |
        | with client_assertion "a.b.c.d.e"         |

    # Binds the server: more than one way of client authentication in a request is invalid_request.
    @id:CA07 @must @rfc6749-2.3 @rfc6749-5.2 @medium
    Scenario Outline: Parameter pollution: two ways of client authentication in one request are refused
      Given the back end with a key has a token
      And the back end has a token
      When the back end with a key asks for a token with the <way> of the back end
      Then the token request is refused with 400 "invalid_request" or 400 or 401 "invalid_client"

      Examples:
        | way                 |
        | client_secret_basic |
        | client_secret_post  |

  @method:client-credentials
  Rule: Keys are fetched from where the client registered them, and as often as it takes

    # Binds a SMART server, shall: a jku that is not the registered address ends in a refusal.
    @id:CA19a @must @smart-client-confidential-asymmetric @rfc8725-3.10 @critical
    Scenario Outline: Header injection: a jku that nobody registered is refused
      Given <client> has a token
      When <client> asks for a token with a client assertion whose jku is <jku>
      Then the assertion is refused

      Examples:
        | client                         | jku                                            |
        | the back end with a key        | the address of another key set                 |
        | the back end that changes its keys | an address that begins like the registered one |

    # Binds a SMART server, shall: the registered address is looked at as it is without jku.
    @id:CA19b @must @smart-client-confidential-asymmetric @low
    Scenario: A jku that is the registered address is taken
      Given a server that promises SMART client authentication with keys
      And the back end with a key has a token
      When the back end with a key asks for a token with a client assertion whose jku is the registered address
      Then the assertion is answered with an access token

    # Whatever is in a header may come from anybody, so nothing there should be asked for.
    @id:CA19c @should @rfc8725-3.10 @high
    Scenario: Server-side request forgery: a jku that nobody registered is not fetched
      Given the back end with a key has a token
      When the back end with a key asks for a token with a client assertion whose jku is the address of another key set
      Then nobody has asked for what stands there

    # A verifier that meets a kid it does not know looks at the key set again.
    @id:CA20a @should @oidc-core-10.1.1 @smart-client-confidential-asymmetric @medium
    Scenario: Key rotation: a new key is good as soon as it is published
      Given the back end that changes its keys has a token
      And the back end that changes its keys has published a second key
      When the back end that changes its keys asks for a token with the second key
      Then the token request is answered with an access token

    # Binds a SMART server, shall not: no key set is kept longer than the client allows, and this one allows nothing.
    @id:CA20b @must @smart-client-confidential-asymmetric @critical
    Scenario: Key rotation: a key that was withdrawn is good no more
      Given a server that promises SMART client authentication with keys
      And the back end that changes its keys has published a second key
      And the back end that changes its keys has got a token with the second key
      And the back end that changes its keys has withdrawn the second key
      When the back end that changes its keys asks for a token with the second key
      Then the request is refused

    # Recommended to a SMART server: what may be kept is kept. Several nodes may each fetch once.
    @id:CA20c @should @smart-client-confidential-asymmetric @low
    Scenario: A key set that may be kept is not fetched for each request
      Given a server that promises SMART client authentication with keys
      And the second back end with a key has a token
      When the second back end with a key asks for a token 4 times
      Then the key set was fetched less than 4 times

    # No clause speaks of redirects; what goes for an address in a header goes for where a registered one leads: should.
    @id:CA20d @should @rfc8725-3.10 @low
    Scenario: Server-side request forgery: the address of a key set leads nowhere else
      Given the back end that changes its keys has a token
      When the back end that changes its keys asks for a token while its key set sends on to another address
      Then nobody has asked for what stands there

    # Recommended to the server: keys in a set that it cannot use are passed over.
    @id:CA29 @should @rfc7517-5 @medium
    Scenario Outline: A key that the server cannot use does not spoil the key set
      Given the back end that changes its keys has a token
      When the back end that changes its keys asks for a token while its key set holds <key> as well
      Then the assertion is answered with an access token

      Examples:
        | key                                |
        | a key of a type that nobody knows  |
        | a key on a curve that nobody knows |
        | an RSA key without its modulus     |
        | a key for encryption               |

  @method:client-credentials
  Rule: A back end that SMART describes gets short-lived tokens

    # Binds a SMART server, shall: access_token, token_type, expires_in and scope are there.
    @id:SM12a @must @smart-backend-services @medium
    Scenario: A back end with a key is told all about its token
      Given a server that promises SMART client authentication with keys
      And the back end with a key has a token with scope "system/Patient.rs"
      Then the token response says all that a back end has to know

    # Recommended to a SMART server: five minutes at most.
    @id:SM12b @should @smart-backend-services @medium
    Scenario: A token of a back end with a key is short-lived
      Given a server that promises SMART client authentication with keys
      And the back end with a key has a token with scope "system/Patient.rs"
      Then the access token lives for 300 seconds at most

  @method:client-credentials
  Rule: A secret can sign as well

    # A server may offer it; where its metadata lists it, it has to work.
    @id:CA25a @may @oidc-core-9 @rfc8414-2 @low
    Scenario: A client authenticates with client_secret_jwt where that is advertised
      Given the back end authenticates with client_secret_jwt
      When the back end asks for a token
      Then the token request is answered with an access token

    # Binds the server, must: an invalid MAC is rejected as an invalid signature is.
    @id:CA25b @must @rfc7523-3 @critical
    Scenario Outline: An assertion that the secret does not fit is refused
      Given the back end authenticates with client_secret_jwt
      And the back end has a token
      When the back end asks for a token with a client assertion <forgery>
      Then the request is refused

      Examples:
        | forgery               |
        | under another secret  |
        | without its signature |
        | with alg none         |
        | with a later exp      |
        | for another server    |
