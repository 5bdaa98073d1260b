@browser @method:authorization-code
Feature: A client that may leave PKCE out
  A client that proves itself with a secret may be let off the challenge; the code is then worth what the secret is.

  Background:
    Given a practitioner who can sign in

  Rule: Only a client that is marked so, and has a secret, may leave PKCE out

    @id:PO01 @product @rfc9700-2.1.1 @medplum-api.fhir.medplum.clientapplication @high
    Scenario: A confidential client that is not marked so needs a challenge
      Given a server that asks PKCE of every client but those marked otherwise
      And a confidential client registered for the authorization code flow
      When the client takes the flow with no challenge
      Then no token is issued

    @id:PO04 @must @rfc9700-2.1.1 @high
    Scenario: A public client cannot be let off PKCE
      Given a server that asks PKCE of every client but those marked otherwise
      And a public client of its own
      And the administrator has tried to make PKCE optional for the client
      When the client takes the flow with no challenge
      Then no token is issued

  Rule: A challenge that was sent is checked, whether it was needed or not

    @id:PO02a @must @rfc9700-2.1.1 @rfc7636-4.6 @critical
    Scenario: A wrong verifier is refused though PKCE is optional
      Given a PKCE-optional client registered for the authorization code flow
      And the practitioner has signed in with an S256 challenge
      When the client redeems the code with another verifier
      Then the token request is refused with "invalid_grant"

    @id:PO02b @must @rfc9700-2.1.1 @rfc7636-4.6 @critical
    Scenario: A missing verifier is refused though PKCE is optional
      Given a PKCE-optional client registered for the authorization code flow
      And the practitioner has signed in with an S256 challenge
      When the client redeems the code without a verifier
      Then the token request is refused with "invalid_grant" or "invalid_request"

  Rule: Without a challenge the secret decides

    @id:PO03 @must @rfc6749-3.2.1 @rfc6749-4.1.3 @critical
    Scenario Outline: A client that left PKCE out must authenticate
      Given a PKCE-optional client registered for the authorization code flow
      And the practitioner has signed in without a challenge
      When the client redeems the code <credentials>
      Then the token request is refused with "invalid_client"

      Examples:
        | credentials         |
        | without its secret  |
        | with a wrong secret |
