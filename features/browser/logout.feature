@browser @method:authorization-code
Feature: Logout
  Who signs out leaves the browser to the next one who sits down at it.

  Rule: A session that was ended is gone

    # Binds the provider: the session at it is what a logout ends, so nobody is signed in by it any more.
    @id:LO04b @must @oidc-core-3.1.2.1 @owasp-api-API2 @critical
    Scenario: Insufficient session expiration: after a sign-out the browser brings no code
      When after the resource owner signed out, the second confidential client asks for a code of the second practitioner without interaction
      Then no code comes without signing in

    # The same where a client asks for the logout, by the endpoint for it.
    @id:LO04c @must @oidc-rpinitiated-2 @oidc-core-3.1.2.1 @critical
    Scenario: Insufficient session expiration: after a sign-out at a client's wish the browser brings no code
      When the second confidential client asks for a code of the second practitioner without interaction after a sign-out
      Then no code comes without signing in

  Rule: A client may ask for a logout, and to be sent back to

    # Binds the provider: to a URI that is registered the browser is sent, with the state. It may ask the person first.
    @id:LO01 @must @oidc-rpinitiated-2 @oidc-rpinitiated-3 @medium
    Scenario: After a sign-out the browser is sent back to the client with its state
      When the second practitioner signs out of the second confidential client, which asks to be sent back to
      Then the browser is sent back to the second confidential client with the state

    # Binds the provider, must: GET and POST; all parameters but the hint may be left out, also in a browser without session.
    @id:LO02 @must @oidc-rpinitiated-2 @low
    Scenario Outline: A logout may come by GET and POST and needs no more than a hint
      Given after a sign-out of the second practitioner the browser is sent back to the second confidential client
      When the second confidential client asks for a sign-out by <how> with <parameters>
      Then the server says or asks whether the session has ended

      Examples:
        | how  | parameters               |
        | GET  | a hint alone             |
        | POST | a hint alone             |
        | GET  | a hint and its client_id |
        | GET  | a hint and a state       |

    # Binds the provider, must not: without a valid hint, or other means, it sends nobody anywhere. It may ask, or refuse.
    @id:LO03 @must @oidc-rpinitiated-2 @oidc-rpinitiated-3 @high
    Scenario Outline: Token forgery: a forged hint sends the browser nowhere
      Given after a sign-out of the second practitioner the browser is sent back to the second confidential client
      When the second confidential client asks for a sign-out by an ID token <forgery>
      Then the browser is not sent there after the sign-out

      Examples:
        | forgery                                   |
        | with alg none                             |
        | without its signature                     |
        | with another signature                    |
        | signed HS256 with the public key in PEM   |
        | signed with a key that its header carries |
        | signed with an unknown key                |

    # The same without any hint: nothing says whose the URI is.
    @id:LO03b @must @oidc-rpinitiated-3 @medium
    Scenario: Open redirect: without a hint the browser is sent nowhere
      Given after a sign-out of the second practitioner the browser is sent back to the second confidential client
      When somebody asks for a sign-out to the URI of the second confidential client without a hint
      Then the browser is not sent there after the sign-out

    # Binds the provider, must not: a URI that is not registered to the letter.
    @id:LO05 @must @oidc-rpinitiated-3 @rfc9700-4.11.2 @high
    Scenario Outline: Open redirect: a URI that is nearly the registered one is not taken after a logout
      Given after a sign-out of the second practitioner the browser is sent back to the second confidential client
      When the second confidential client asks for a sign-out to a URI <uri>
      Then the browser is not sent there after the sign-out

      Examples:
        | uri                                          |
        | of another host                              |
        | of another path                              |
        | with one more path segment                   |
        | with one more letter at the end of its path  |
        | with a slash more or less at its end         |
        | with a traversal                             |
        | with an encoded traversal                    |
        | with its path in another case                |
        | with a space at its end                      |
        | with another scheme                          |
        | of a sub-domain                              |
        | of a host that begins alike                  |
        | of a host that ends alike                    |
        | with its host as user name                   |
        | with a user name before its host             |
        | of another host before a backslash           |
        | of another host that has it in its query     |
        | with a further query                         |
        | of the scheme javascript                     |
        | of the scheme data                           |
