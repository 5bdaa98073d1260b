@browser @method:authorization-code
Feature: Proof Key for Code Exchange
  A public client keeps no secret, so a stolen code must be worthless without the verifier.

  Rule: A client that proves possession of the verifier gets its tokens

    # Binds the server, must: equal values continue as without PKCE. Every verifier that the grammar allows counts.
    @id:PK01 @must @rfc7636-4.6 @high
    Scenario Outline: The right verifier redeems the code
      Given the practitioner has signed in to the public client with the challenge of <verifier>
      When the public client redeems the code
      Then the token request is answered with an access token

      Examples:
        | verifier                                        |
        | a code_verifier of 43 characters                |
        | a code_verifier of 128 characters               |
        | a code_verifier with every unreserved character |

  Rule: The verifier decides

    # Binds the server, must: unequal values end in invalid_grant; RFC 6749 5.2 gives 400. The description is free.
    @id:PK02 @must @rfc7636-4.6 @critical
    Scenario Outline: Code interception: a wrong verifier is refused
      Given the practitioner has signed in to the public client with the challenge of a code_verifier of 43 characters
      When the public client redeems the code with <tampering>
      Then the token request is refused with 400 "invalid_grant"

      Examples:
        | tampering                                                            |
        | another code_verifier                                                |
        | one more character after code_verifier                               |
        | a code_verifier whose challenge begins with the same two characters  |

    # Binds the server, must: a challenge that was sent is enforced. A missing parameter is invalid_request as well.
    @id:PK03 @must @rfc7636-4.6 @rfc9700-4.8.2 @critical
    Scenario: PKCE downgrade: a missing verifier is refused
      Given the practitioner has signed in to the public client
      When the public client redeems the code without code_verifier
      Then the token request is refused with 400 "invalid_grant" or 400 "invalid_request"

    # The grammar asks for 43 characters; an empty parameter counts as left out, so both codes are right.
    @id:PK04 @must @rfc7636-4.1 @critical
    Scenario: PKCE downgrade: an empty verifier is refused
      Given the practitioner has signed in to the public client
      When the public client redeems the code with an empty code_verifier
      Then the token request is refused with 400 "invalid_grant" or 400 "invalid_request"

    # Binds the server, must: the verifier is hashed by the announced method and never compared as it is.
    @id:PK05 @must @rfc7636-4.6 @rfc9700-4.8.2 @critical
    Scenario: PKCE downgrade: the challenge itself is refused as a verifier
      Given the practitioner has signed in to the public client
      When the public client redeems the code with the code_challenge as code_verifier
      Then the token request is refused with 400 "invalid_grant"

    # Binds the server, must: the challenge belongs to the code, not to the client or the session.
    @id:PK12 @must @rfc7636-4.6 @critical
    Scenario: Code injection: the verifier of another sign-in is refused
      Given the practitioner has signed in to the public client
      And the practitioner has signed in to the public client for a second code
      When the public client redeems the code with the code_verifier of the second code
      Then the token request is refused with 400 "invalid_grant"

    # Binds the server, must: the challenge is kept with each code that is issued, also with one of a silent sign-in.
    @id:PK14 @must @rfc7636-4.4 @high
    Scenario: A silent sign-in is bound to its own challenge
      Given a server that gives codes without interaction
      And the practitioner has signed in to the public client
      And the public client has redeemed the code
      And the session has given a second code without interaction, with a challenge of its own
      When the public client redeems the second code with the code_verifier of the code
      Then the token request is refused with 400 "invalid_grant"
      When the practitioner signs in to the public client, which redeems a second code without interaction
      Then the token request is answered with an access token

  Rule: A verifier is long and plain enough to be safe

    # The grammar binds the client; that the server holds it to it is our reading: should.
    @id:PK09 @should @rfc7636-4.1 @medium
    Scenario Outline: A malformed verifier is refused though its challenge matches
      Given the practitioner has signed in to the public client with the challenge of <verifier>
      When the public client redeems the code
      Then the token request is refused with 400 "invalid_grant" or 400 "invalid_request"

      Examples:
        | verifier                          |
        | a code_verifier of 42 characters  |
        | a code_verifier of 129 characters |
        | a code_verifier with a plus sign  |

  Rule: A challenge is asked for and its method is taken at its word

    # Binds the server, must: RFC 9700 has public clients use PKCE, RFC 7636 names the error where it is required.
    @id:PK06 @must @rfc9700-2.1.1 @rfc7636-4.4.1 @critical
    Scenario: PKCE downgrade: a public client that sends no challenge is refused
      When the practitioner signs in to the public client without code_challenge and code_challenge_method
      Then the authorization request is refused with "invalid_request"

    # Binds the server, must: a method that it does not support is invalid_request at the authorization endpoint.
    @id:PK10 @must @rfc7636-4.4.1 @medium
    Scenario: An unknown challenge method is refused
      When the practitioner signs in to the public client with code_challenge_method "S512"
      Then the authorization request is refused with "invalid_request"

    # Clients should use a method that does not expose the verifier; the server may refuse at any stage.
    @id:PK07 @should @rfc9700-2.1.1 @medium
    Scenario: PKCE downgrade: the method plain is not accepted
      When the practitioner signs in to the public client with the code_verifier as code_challenge and with code_challenge_method "plain"
      Then no token is issued

    # Binds the server, must: without a method the challenge counts as plain, which an S256 challenge cannot match.
    @id:PK11 @must @rfc7636-4.3 @medium
    Scenario: A challenge without a method is not taken for S256
      When the practitioner signs in to the public client without code_challenge_method
      Then no token is issued

  Rule: A verifier that was not announced is not accepted

    # Binds the server, must: a verifier is taken only where the authorization request had a challenge.
    @id:PK08 @must @rfc9700-2.1.1 @rfc9700-4.8.2 @high
    Scenario: PKCE downgrade: a verifier without a challenge is refused
      Given the practitioner has signed in to the PKCE-optional client without code_challenge and code_challenge_method
      When the PKCE-optional client redeems the code with another code_verifier
      Then the token request is refused with 400 "invalid_grant" or 400 "invalid_request"
