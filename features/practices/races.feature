@practices @method:authorization-code
Feature: Races
  What is good once must be good once also when it comes several times in one instant.

  Rule: One request wins at most

    # Binds the server, must: a code is used once. All requests are held at their last byte and let go together, twice.
    @id:CC01 @must @rfc6749-4.1.2 @rfc9700-4.5 @critical
    Scenario: Race condition: one code that comes eight times at once brings tokens once at most
      When the confidential client redeems one code of the practitioner 8 times at once
      Then at most one request of each try brings tokens

    # Binds a server that rotates, must: what was rotated away is invalid. It holds for public clients, see RT08.
    @id:CC02 @must @rfc9700-4.14.2 @rfc9700-2.2.2 @high
    Scenario: Race condition: one refresh token that comes eight times at once brings tokens once at most
      When the public client uses one refresh token of the practitioner 8 times at once
      Then at most one request of each try brings tokens

  Rule: What was won in a race does not outlive it

    # Binds the server, should: a code that comes again revokes what it gave, also when it comes in the same instant.
    @id:CC03 @should @rfc6749-4.1.2 @high
    Scenario: Race condition: who redeemed the code first loses the tokens
      Given the confidential client got tokens for one code of the practitioner that it redeemed 8 times at once
      When the API is asked with the access token
      Then the access has ended with 401 or 403

    # Revocation ends the grant with all that came of it; a refresh under way in the same instant is no way out: should.
    @id:CC05 @should @rfc7009-2.1 @rfc7009-2 @high
    Scenario: Race condition: a refresh that races with the revocation saves nothing
      When the confidential client refreshes for the practitioner and revokes the refresh token at once
      Then what the refresh brought, if anything, has ended with 401 or 403
