@browser @method:authorization-code
Feature: A client that may leave PKCE out
  A client that proves itself with a secret may be let off the challenge; the code is then worth what the secret is.

  Rule: Only a client that is marked so, and has a secret, may leave PKCE out

    # The product's setting: confidential clients may go without PKCE, and here only those that are marked.
    @id:PO01 @product @rfc9700-2.1.1 @medplum-api.fhir.medplum.clientapplication @high
    Scenario: PKCE downgrade: a confidential client that is not marked so needs a challenge
      Given a server that asks PKCE of every client but those marked otherwise
      When the practitioner signs in to the confidential client without code_challenge and code_challenge_method
      Then no token is issued

    # Binds the public client, must; a server that supports such clients has to be able to insist.
    @id:PO04 @must @rfc9700-2.1.1 @high
    Scenario: PKCE downgrade: a public client cannot be let off PKCE
      Given a server that asks PKCE of every client but those marked otherwise
      And a new public client
      And the administrator has tried to make PKCE optional for the new public client
      When the practitioner signs in to the new public client without code_challenge and code_challenge_method
      Then no token is issued

  Rule: A challenge that was sent is checked, whether it was needed or not

    # Binds the server, must: a challenge in the authorization request is enforced at the token endpoint.
    @id:PO02a @must @rfc9700-2.1.1 @rfc7636-4.6 @critical
    Scenario: Code interception: a wrong verifier is refused though PKCE is optional
      Given the practitioner has signed in to the PKCE-optional client
      When the PKCE-optional client redeems the code with another code_verifier
      Then the token request is refused with 400 "invalid_grant"

    # The same for a verifier that is left out; it may count as a missing parameter.
    @id:PO02b @must @rfc9700-2.1.1 @rfc7636-4.6 @critical
    Scenario: PKCE downgrade: a missing verifier is refused though PKCE is optional
      Given the practitioner has signed in to the PKCE-optional client
      When the PKCE-optional client redeems the code without code_verifier
      Then the token request is refused with 400 "invalid_grant" or 400 "invalid_request"

  Rule: Without a challenge the secret decides

    # Binds the server, must: a confidential client authenticates. 401 is a must only after an Authorization header.
    @id:PO03 @must @rfc6749-3.2.1 @rfc6749-4.1.3 @critical
    Scenario Outline: Code interception: a client that left PKCE out must authenticate
      Given the practitioner has signed in to the PKCE-optional client without code_challenge and code_challenge_method
      When the PKCE-optional client redeems the code <tampering>
      Then the token request is refused with 400 or 401 "invalid_client"

      Examples:
        | tampering                  |
        | without client_secret      |
        | with another client_secret |
