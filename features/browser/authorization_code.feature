@browser @method:authorization-code
Feature: Authorization code
  A code passes through the browser, where it can be seen; it must be good once, soon, and for its own client only.

  Background:
    Given a practitioner who can sign in

  Rule: A code is good once

    @id:AC01 @must @rfc6749-4.1.2 @critical
    Scenario: A code that was redeemed is refused
      Given a confidential client registered for the authorization code flow
      And the practitioner has signed in with an S256 challenge
      And the client has redeemed the code
      When the client redeems the code
      Then the token request is refused with "invalid_grant"

    @id:AC02 @should @rfc6749-4.1.2 @high
    Scenario: A code that comes again ends the access token it gave
      Given a confidential client registered for the authorization code flow
      And the practitioner has signed in with an S256 challenge
      And the client has redeemed the code
      And the access token opens the API
      When the client redeems the code
      Then the access token does not open the API any more

    @id:AC03 @should @rfc6749-4.1.2 @high
    Scenario: A code that comes again ends the refresh token it gave
      Given a confidential client registered for the authorization code flow
      And the practitioner has signed in with an S256 challenge
      And the client has redeemed the code
      And the client has got a refresh token with it
      When the client redeems the code
      Then the refresh token gives no tokens any more

  Rule: A code is good for the client that asked for it

    @id:AC04 @must @rfc6749-4.1.3 @rfc6749-5.2 @critical
    Scenario: Another client cannot redeem a code
      Given a confidential client registered for the authorization code flow
      And another client registered for the same flow
      And the practitioner has signed in with an S256 challenge
      When another client redeems the code with the right verifier
      Then the token request is refused with "invalid_grant"

  Rule: A code is good for a short time

    @id:AC05 @should @rfc6749-4.1.2 @medium
    Scenario: A code of more than ten minutes is refused
      Given a confidential client registered for the authorization code flow
      And the practitioner has signed in with an S256 challenge
      When the client redeems the code 601 seconds later
      Then the token request is refused with "invalid_grant"

  Rule: A code cannot be guessed

    @id:AC06 @must @rfc6749-5.2 @high
    Scenario Outline: A code that was never issued is refused
      Given a confidential client registered for the authorization code flow
      And the practitioner has signed in with an S256 challenge
      When the client redeems the code <tampering>
      Then the token request is refused with <errors>

      Examples:
        | tampering                                   | errors                               |
        | with an unknown code                        | "invalid_grant"                      |
        | with the last character of the code changed | "invalid_grant"                      |
        | with an empty code                          | "invalid_grant" or "invalid_request" |

    @id:AC07 @must @rfc6749-10.10 @high
    Scenario: Codes are long and random
      Given a confidential client registered for the authorization code flow
      When the practitioner signs in 3 times
      Then the codes cannot be guessed

  Rule: A code gives what still stands when it is redeemed

    @id:AC09a @should @rfc6749-5.2 @high
    Scenario: The code of a session that was ended is refused
      Given a confidential client registered for the authorization code flow
      And codes that came without interaction can be redeemed
      And the practitioner has a session in a browser
      And the client has redeemed the code of that session
      And the client has got a code without interaction, with a challenge of its own
      And the practitioner has signed out
      When the client redeems the code
      Then the token request is refused with "invalid_grant"

    @id:AC09b @should @rfc6749-5.2 @high
    Scenario: The code of a person who was removed from the project is refused
      Given a practitioner of its own
      And a confidential client registered for the authorization code flow
      And the practitioner has signed in with an S256 challenge
      And the practitioner has been removed from the project
      When the client redeems the code
      Then the token request is refused with "invalid_grant"

    @id:AC10 @must @rfc6749-3.3 @high
    Scenario: A scope that the person narrowed is the scope of the token
      Given a confidential client registered for the authorization code flow
      And the practitioner has signed in with an S256 challenge
      And the practitioner has narrowed the scope to "openid profile"
      When the client redeems the code
      Then the client gets "openid profile" and no more

    @id:AC11 @should @rfc6749-5.2 @high
    Scenario: A client that was switched off cannot redeem a code
      Given a confidential client of its own
      And the practitioner has signed in with an S256 challenge
      And the client has been switched off
      When the client redeems the code
      Then the token request is refused with "invalid_client" or "unauthorized_client" or "invalid_grant"
