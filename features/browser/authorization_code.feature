@browser @method:authorization-code
Feature: Authorization code
  A code passes through the browser, where it can be seen; it must be good once, soon, and for its own client only.

  Rule: A code is good once

    # Binds the server, must: a code that was redeemed is refused. Whether a lost answer may be repeated is left open.
    @id:AC01 @must @rfc6749-4.1.2 @critical
    Scenario: Code replay: a code that was redeemed is refused
      Given the practitioner has signed in to the confidential client
      And the confidential client has redeemed the code
      When the confidential client redeems the code
      Then the token request is refused with 400 "invalid_grant"

    # Binds the server, should: replay revokes what the code gave, where the server is able to.
    @id:AC02 @should @rfc6749-4.1.2 @high
    Scenario: Code replay ends the access token that the code gave
      Given the practitioner has signed in to the confidential client
      And the confidential client has redeemed the code
      And the API opens to the access token
      When the confidential client redeems the code
      And the API is asked with the access token
      Then the access has ended with 401

    # Binds the server, should: the same for the refresh token, whose refusal is that of a revoked grant.
    @id:AC03 @should @rfc6749-4.1.2 @high
    Scenario: Code replay ends the refresh token that the code gave
      Given the practitioner has signed in to the confidential client
      And the confidential client has redeemed the code
      And the confidential client has got a refresh token with it
      When the confidential client redeems the code
      And the confidential client refreshes
      Then the access has ended with 400 "invalid_grant"

  Rule: A code is good for the client that asked for it

    # Binds the server, must: it checks that the code was issued to the client that authenticates with it.
    @id:AC04 @must @rfc6749-4.1.3 @rfc6749-5.2 @critical
    Scenario: Code injection: another client cannot redeem a code
      Given the practitioner has tokens of the second confidential client
      And the practitioner has signed in to the confidential client
      When the second confidential client redeems the code
      Then the token request is refused with 400 "invalid_grant"

  Rule: A code is good for a short time

    # Binds the server: that a code ends soon is a must, ten minutes at most is recommended; hence should.
    @id:AC05 @should @rfc6749-4.1.2 @medium
    Scenario: A code of more than ten minutes is refused
      Given the practitioner has signed in to the confidential client
      When the confidential client redeems the code 601 seconds later
      Then the token request is refused with 400 "invalid_grant"

  Rule: A code cannot be guessed

    # Binds the server, must: an invalid grant is invalid_grant. An empty parameter counts as left out (3.2).
    @id:AC06 @must @rfc6749-5.2 @high
    Scenario Outline: Code guessing: a code that was never issued is refused
      Given the practitioner has signed in to the confidential client
      When the confidential client redeems the code <tampering>
      Then the token request is refused with <outcomes>

      Examples:
        | tampering                               | outcomes                                       |
        | with another code                       | 400 "invalid_grant"                            |
        | with the last character of code changed | 400 "invalid_grant"                            |
        | with an empty code                             | 400 "invalid_grant" or 400 "invalid_request" |

    # A code is one text: what only resembles it was never issued. An empty or broken one may be a malformed request.
    @id:AC12 @must @rfc6749-4.1.3 @rfc6749-5.2 @high
    Scenario Outline: Code guessing: a code is compared whole
      Given the practitioner has signed in to the confidential client
      When the confidential client redeems the code <tampering>
      Then the token request is refused with 400 "invalid_grant" or 400 "invalid_request"

      Examples:
        | tampering                          |
        | with code in another case          |
        | with the first half of code        |
        | with one more character after code |
        | with "=" after code                |
        | with a space after code            |
        | with a space before code           |
        | with a NUL after code              |
        | with code of 10,000 characters     |

    # Binds the server, must: guessing succeeds at most once in 2^128 (2^160 is recommended). How is left open.
    @id:AC07 @must @rfc6749-10.10 @high
    Scenario Outline: Codes are long and random
      When the practitioner signs in to <client> 3 times
      Then they all differ and cannot be guessed

      Examples:
        | client                  |
        | the public client       |
        | the confidential client |

  Rule: A code gives what still stands when it is redeemed

    # Leans on "revoked" among the reasons of invalid_grant; no clause says that a logout revokes a code: should.
    @id:AC09a @should @rfc6749-5.2 @low
    Scenario: The code of a session that was ended is refused
      Given a server that gives codes without interaction
      And the practitioner has signed in to the confidential client
      And codes that come without interaction can be redeemed
      And the confidential client has redeemed the code
      And the session has given a second code without interaction, with a challenge of its own
      And the practitioner has signed out
      When the confidential client redeems the second code
      Then the token request is refused with 400 "invalid_grant"

    # The same for a resource owner who lost all rights in between: should.
    @id:AC09b @should @rfc6749-5.2 @high
    Scenario: The code of a resource owner who was removed from the project is refused
      Given a new practitioner
      And the new practitioner has signed in to the confidential client
      And the new practitioner has been removed from the project
      When the confidential client redeems the code
      Then the token request is refused with 400 "invalid_grant"

    # Binds the server, must: where the granted scope is less than the asked one, the answer states it.
    @id:AC10 @must @rfc6749-3.3 @high
    Scenario: A scope that the resource owner narrowed is the scope of the token
      Given the practitioner has signed in to the confidential client
      And the practitioner has narrowed the scope to "openid profile"
      When the confidential client redeems the code
      Then the tokens are granted with the scope "openid profile" and no more

    # No clause knows a client that is switched off; it may fail as unknown, as unauthorized, or its grant as revoked.
    @id:AC11 @should @rfc6749-5.2 @high
    Scenario: A client that was switched off cannot redeem a code
      Given a new confidential client
      And the practitioner has signed in to the new confidential client
      And the new confidential client has been switched off
      When the new confidential client redeems the code
      Then the token request is refused with 400 or 401 "invalid_client" or 400 "unauthorized_client" or 400 "invalid_grant"

  Rule: Who asks for no interaction gets none

    # Binds the server, must: with prompt=none it shows no page; it answers the client with a code or with an error.
    @id:AZ21b @must @oidc-core-3.1.2.1 @oidc-core-3.1.2.6 @medium
    Scenario: A request for no interaction is answered at once
      Given a server that gives codes without interaction
      And the practitioner has signed in to the confidential client
      When the session is asked for a second code without interaction
      Then the client gets a code or an error by redirect, and nobody a page
