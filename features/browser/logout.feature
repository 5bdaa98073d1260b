@browser @method:authorization-code
Feature: Logout
  Who signs out leaves the browser to the next one who sits down at it.

  Rule: A session that was ended is gone

    # Binds the provider: the session at it is what a logout ends, so nobody is signed in by it any more.
    @id:LO04b @must @oidc-core-3.1.2.1 @owasp-api-API2 @critical
    Scenario: Insufficient session expiration: after a sign-out the browser brings no code
      When after the resource owner signed out, the second confidential client asks for a code of the second practitioner without interaction
      Then no code comes without signing in
