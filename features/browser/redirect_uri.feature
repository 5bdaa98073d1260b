@browser @method:authorization-code
Feature: Redirect URIs
  Whoever chooses where the answer goes gets the code; so a code goes to a redirect URI that the client registered, or nowhere.

  Rule: A redirect URI that is not registered gets nothing

    # Binds the server, must not: no redirect there, neither with a code nor with an error. A page, or an error at the
    # registered redirect URI, is left open.
    @id:RU01 @must @rfc6749-3.1.2.4 @rfc6749-4.1.2.1 @critical
    Scenario Outline: Open redirector: an unregistered redirect URI gets no answer
      When the practitioner signs in to the confidential client with a redirect_uri <uri>
      Then the browser is not sent to that redirect URI, and there is no code

      Examples:
        | uri               |
        | of another host   |
        | of another path   |
        | that is relative  |
        | without a scheme  |
        | that is no URL    |
        | that is a wildcard |

    # Binds the server, must: simple string comparison (RFC 3986 section 6.2.1), so no normal form is the same.
    @id:RU02 @must @rfc9700-4.1.3 @rfc6749-3.1.2.3 @critical
    Scenario Outline: Redirect URI manipulation: a variation of the registered URI is refused
      When the practitioner signs in to the public client with a redirect_uri <uri>
      Then the browser is not sent to that redirect URI, and there is no code

      Examples:
        | uri                                          |
        | with one more path segment                   |
        | with one more letter at the end of its path  |
        | with a slash more or less at its end         |
        | with a doubled slash                         |
        | with a traversal                             |
        | with a traversal that leads back             |
        | with an encoded traversal                    |
        | with a doubly encoded traversal              |
        | with a backslash traversal                   |
        | with its path in another case                |
        | with an encoded character                    |
        | with a path parameter                        |
        | with a space at its end                      |
        | with a NUL at its end                        |
        | with a line break at its end                 |
        | with a fragment                              |
        | with an empty fragment                       |
        | with another scheme                          |
        | with another port                            |

    # The same for who is meant by the host: what stands before it, after it or looks like it is another's.
    @id:RU05 @must @rfc9700-4.1.1 @rfc9700-4.1.3 @critical
    Scenario Outline: Redirect URI manipulation: a host that only resembles the registered one is refused
      When the practitioner signs in to the confidential client with a redirect_uri <uri>
      Then the browser is not sent to that redirect URI, and there is no code

      Examples:
        | uri                                        |
        | with its host in another case              |
        | with a dot after its host                  |
        | of a sub-domain                            |
        | of a host that begins alike                |
        | of a host that ends alike                  |
        | of a Unicode look-alike                    |
        | with its host as user name                 |
        | with its host as user name and password    |
        | with a user name before its host           |
        | of another host before a backslash         |
        | of another host after a backslash          |
        | of another host before a fragment          |
        | of another host before a query             |
        | of another host that has it as path        |
        | of another host that has it in its query   |
        | of the same host as IPv4 number            |
        | of the same host as IPv4 address           |
        | of the same host as IPv6 address           |

    # The same for the query: what is added there would reach the client beside the server's own parameters.
    @id:RU06 @must @rfc9700-2.1 @rfc6749-3.1.2.3 @high
    Scenario Outline: Parameter pollution: nothing can be added to the registered URI
      When the practitioner signs in to the confidential client with <tampering>
      Then the browser is not sent to that redirect URI, and there is no code

      Examples:
        | tampering                                          |
        | a redirect_uri with a further query                |
        | a redirect_uri with an empty query                 |
        | a redirect_uri with a code in its query            |
        | a redirect_uri with a state in its query           |
        | a redirect_uri with an encoded code in its path    |
        | a redirect_uri with a code behind an ampersand     |

    # The same for a query that belongs to the registered URI.
    @id:RU03 @must @rfc9700-2.1 @rfc6749-3.1.2.3 @high
    Scenario Outline: Redirect URI manipulation: query and port are compared as well
      Given a client with a query in its redirect URI
      When the practitioner signs in to the client with a query in its redirect URI with a redirect_uri <uri>
      Then the browser is not sent to that redirect URI, and there is no code

      Examples:
        | uri                               |
        | without its query                 |
        | with another value in its query   |
        | with its query in another order   |
        | with its first parameter twice    |
        | with a further query              |
        | with another port                 |
        | with another scheme               |

    # The schemes that run or show something in the server's own name get nothing: must.
    @id:RU11a @must @rfc9700-4.1.3 @rfc8252-8.6 @critical
    Scenario Outline: Script injection: no answer goes to a scheme that runs in the browser
      When the practitioner signs in to the confidential client with a redirect_uri <uri>
      Then the browser is not sent to that redirect URI, and there is no code

      Examples:
        | uri                                    |
        | of the scheme javascript               |
        | of the scheme javascript with its host |
        | of the scheme data                     |
        | of the scheme file                     |

    # Binds the client, must: of several it names one. A server that picks one sends the answer where nobody asked.
    @id:RU07 @must @rfc6749-3.1.2.3 @rfc6749-3.1.2.4 @medium
    Scenario Outline: A request that does not say which of two redirect URIs is refused
      Given a client with two redirect URIs
      When the practitioner signs in to the client with two redirect URIs <tampering>
      Then there is no code, and the browser is not sent to a client

      Examples:
        | tampering                  |
        | without redirect_uri       |
        | with an empty redirect_uri |

    # Binds the server, must not redirect, also when another parameter is wrong: client and URI are looked at first.
    @id:RU12 @must @rfc9700-4.11.2 @rfc6749-4.1.2.1 @high
    Scenario Outline: Open redirector: an error does not go to an unregistered redirect URI
      When the practitioner signs in to the confidential client with a redirect_uri of another host and <tampering>
      Then the browser is not sent to that redirect URI, and there is no code

      Examples:
        | tampering                                      |
        | with scope "authmark-no-such-scope"            |
        | with response_type "authmark"                  |
        | without response_type                          |
        | with response_type "token"                     |
        | with prompt "none"                             |
        | with prompt "authmark"                         |
        | with max_age "authmark"                        |
        | with code_challenge_method "S512"              |
        | without code_challenge                         |
        | with the parameter scope sent twice            |
        | with another client_id                         |
        | without client_id                              |

  Rule: No client has a redirect URI that endangers the answer

    # The URI must have no fragment; a server that registers one may still refuse to use it.
    @id:RU08 @must @rfc6749-3.1.2 @rfc7591-2 @medium
    Scenario: A redirect URI with a fragment cannot be registered and used
      Given a client that offers unsafe redirect URIs
      When the practitioner signs in to the client that offers unsafe redirect URIs with redirect_uri "https://client.authmark.example/callback#fragment"
      Then the browser is not sent to that redirect URI, and there is no code

    # Binds the server, must not allow http but for loopback. A server that registers it may still refuse to use it.
    @id:RU09 @must @rfc9700-2.6 @high
    Scenario: A redirect URI without TLS cannot be registered and used
      Given a client that offers unsafe redirect URIs
      When the practitioner signs in to the client that offers unsafe redirect URIs with redirect_uri "http://client.authmark.example/callback"
      Then the browser is not sent to that redirect URI, and there is no code

    # The same for schemes that run or show something in the server's own name.
    @id:RU11b @must @rfc9700-4.1.3 @rfc8252-8.6 @critical
    Scenario Outline: Script injection: a redirect URI that runs in the browser cannot be registered and used
      Given a client that offers unsafe redirect URIs
      When the practitioner signs in to the client that offers unsafe redirect URIs with redirect_uri "<uri>"
      Then the browser is not sent to that redirect URI, and there is no code

      Examples:
        | uri                       |
        | javascript:alert(1)       |
        | data:text/html,authmark   |
        | file:///tmp/authmark      |

    # Exact matching leaves no room for patterns, whoever registered one.
    @id:RU02b @must @rfc9700-2.1 @rfc9700-4.1.1 @critical
    Scenario: Redirect URI manipulation: a wildcard that was registered stands for nothing else
      Given a client that offers unsafe redirect URIs
      When the practitioner signs in to the client that offers unsafe redirect URIs with redirect_uri "https://evil.authmark.example/callback"
      Then the browser is not sent to that redirect URI, and there is no code

  Rule: A redirect URI that is registered works

    # Binds the server, must: a query of the registered URI is retained beside the parameters of the answer.
    @id:RU04 @must @rfc6749-3.1.2 @oidc-core-3.1.2.1 @medium
    Scenario: A registered query comes back with the answer
      Given a client with a query in its redirect URI
      When the practitioner signs in to the client with a query in its redirect URI, and the browser is sent back
      Then the code comes to that redirect URI

    # Binds the server, must allow: a native app learns its port only when it listens. Whether it may register is open.
    @id:RU10 @must @rfc8252-7.3 @rfc9700-4.1.3 @medium
    Scenario Outline: A native app on a loopback address may come with any port
      Given a native app
      And the practitioner has signed in to the native app with redirect_uri "<registered>", which the server need not take
      When the practitioner signs in to the native app with redirect_uri "<used>"
      Then the code comes to that redirect URI

      Examples:
        | registered                | used                            |
        | http://127.0.0.1/callback | http://127.0.0.1:49152/callback |
        | http://[::1]/callback     | http://[::1]:49152/callback     |

  Rule: The rule holds on every path to a code, and at the token endpoint

    # The comparison is asked of the server, not of one of its routes.
    @id:RU15 @must @rfc9700-2.1 @rfc6749-3.1.2.4 @critical
    Scenario Outline: Open redirector: every path that leads to a code compares the redirect URI
      When <attempt>
      Then the browser is not sent to that redirect URI, and there is no code

      Examples:
        | attempt |
        | the practitioner signs in to the confidential client by POST and with a redirect_uri of another host |
        | the practitioner signs in to the confidential client by POST and with a redirect_uri with one more path segment |
        | the confidential client asks for a code without interaction in the session of the practitioner by POST and with a redirect_uri of another host |
        | the confidential client asks for a code without interaction in the session of the practitioner with a redirect_uri of another host |
        | the confidential client asks for a code without interaction in the session of the practitioner with a redirect_uri with one more path segment |
        | the practitioner signs in to the confidential client beside the authorization endpoint with a redirect_uri of another host |
        | the practitioner signs in to the confidential client beside the authorization endpoint with a redirect_uri with one more path segment |
        | the practitioner signs in to the confidential client beside the authorization endpoint with a redirect_uri of a host that begins alike |

    # Binds the server, must: the value is that of the authorization request. Which refusal tells it is left open.
    @id:RU13 @must @rfc6749-4.1.3 @rfc9700-4.5 @high
    Scenario Outline: Code injection: a code is redeemed with the redirect URI that it was sent to
      Given the practitioner has signed in to the confidential client
      When the confidential client redeems the code <tampering>
      Then the token request is refused with 400 "invalid_grant" or 400 "invalid_request"

      Examples:
        | tampering                                            |
        | without redirect_uri                                 |
        | with a redirect_uri of another host                  |
        | with a redirect_uri with its path in another case    |
        | with a redirect_uri with one more path segment       |
