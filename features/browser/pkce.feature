@browser @method:authorization-code
Feature: Proof Key for Code Exchange
  A public client keeps no secret, so a stolen code must be worthless without the verifier.

  Background:
    Given a public client registered for the authorization code flow
    And a practitioner who can sign in

  Rule: A client that proves possession of the verifier gets its tokens

    @id:PK01 @must @rfc7636-4.6 @high
    Scenario Outline: The right verifier redeems the code
      Given the practitioner has signed in with the challenge of <verifier>
      When the client redeems the code
      Then the token request is answered with an access token

      Examples:
        | verifier                                  |
        | a verifier of 43 characters               |
        | a verifier of 128 characters              |
        | a verifier with every unreserved character |

  Rule: The verifier decides

    @id:PK02 @must @rfc7636-4.6 @critical
    Scenario Outline: A wrong verifier is refused
      Given the practitioner has signed in with the challenge of a verifier of 43 characters
      When the client redeems the code with <tampering>
      Then the token request is refused with "invalid_grant"

      Examples:
        | tampering                                                     |
        | another verifier                                              |
        | one more character after the verifier                         |
        | a verifier whose challenge begins with the same two characters |

    @id:PK03 @must @rfc7636-4.6 @rfc9700-4.8.2 @critical
    Scenario: A missing verifier is refused
      Given the practitioner has signed in with an S256 challenge
      When the client redeems the code without a verifier
      Then the token request is refused with "invalid_grant" or "invalid_request"

    @id:PK04 @must @rfc7636-4.1 @critical
    Scenario: An empty verifier is refused
      Given the practitioner has signed in with an S256 challenge
      When the client redeems the code with an empty verifier
      Then the token request is refused with "invalid_grant" or "invalid_request"

    @id:PK05 @must @rfc7636-4.6 @rfc9700-4.8.2 @critical
    Scenario: The challenge itself is refused as a verifier
      Given the practitioner has signed in with an S256 challenge
      When the client redeems the code with the challenge as verifier
      Then the token request is refused with "invalid_grant"

    @id:PK12 @must @rfc7636-4.6 @critical
    Scenario: The verifier of another sign-in is refused
      Given the practitioner has signed in with an S256 challenge
      And the practitioner has signed in once more with another challenge
      When the client redeems the code with the verifier of the other sign-in
      Then the token request is refused with "invalid_grant"

    @id:PK14 @must @rfc7636-4.4 @high
    Scenario: A silent sign-in is bound to its own challenge
      Given the practitioner has a session in a browser
      And the client has redeemed the code of that session
      And the client has got a code without interaction, with a challenge of its own
      When the client redeems the code with the verifier of the first sign-in
      Then the token request is refused with "invalid_grant"
      And a code that comes without interaction is redeemed with its own verifier

  Rule: A verifier is long and plain enough to be safe

    @id:PK09 @must @rfc7636-4.1 @medium
    Scenario Outline: A malformed verifier is refused though its challenge matches
      Given the practitioner has signed in with the challenge of <verifier>
      When the client redeems the code
      Then the token request is refused with "invalid_grant" or "invalid_request"

      Examples:
        | verifier                       |
        | a verifier of 42 characters    |
        | a verifier of 129 characters   |
        | a verifier with a plus sign    |

  Rule: A challenge is asked for and its method is taken at its word

    @id:PK06 @must @rfc9700-2.1.1 @rfc7636-4.4.1 @critical
    Scenario: A public client that sends no challenge is refused
      When the client takes the flow with no challenge
      Then the authorization endpoint refuses with "invalid_request"

    @id:PK10 @must @rfc7636-4.4.1 @medium
    Scenario: An unknown challenge method is refused
      When the client takes the flow with the challenge method S512
      Then the authorization endpoint refuses with "invalid_request"

    @id:PK07 @should @rfc9700-2.1.1 @medium
    Scenario: The method plain is not accepted
      When the client takes the flow with the challenge method plain
      Then no token is issued

    @id:PK11 @must @rfc7636-4.3 @medium
    Scenario: A challenge without a method is not taken for S256
      When the client takes the flow with an S256 challenge and no method
      Then no token is issued

    @id:PK13 @must @rfc8414-2 @rfc7636-4.2 @medium
    Scenario Outline: A challenge method is accepted exactly where it is advertised
      When the client takes the flow with the challenge method <method>
      Then the flow succeeds exactly where the metadata lists <method> in code_challenge_methods_supported

      Examples:
        | method |
        | S256   |
        | plain  |

  Rule: A verifier that was not announced is not accepted

    @id:PK08 @must @rfc9700-2.1.1 @rfc9700-4.8.2 @high
    Scenario: A verifier without a challenge is refused
      Given a PKCE-optional client registered for the authorization code flow
      And the practitioner has signed in without a challenge
      When the client redeems the code with another verifier
      Then the token request is refused with "invalid_grant" or "invalid_request"
