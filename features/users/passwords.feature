@users @method:authorization-code
Feature: Links that set a password
  Who holds such a link takes over the account: it must be the owner's, work once, and not for ever.

  Rule: A link opens to its own secret

    # The product's promise: a link carries a secret of its own. That it is compared whole is what a secret is for.
    @id:IV07 @product @owasp-api-API2 @medplum-user-management.custom-emails @critical
    Scenario Outline: Account takeover: a link does not open without its own secret
      Given the link of an invitation sets a password, with which its owner can sign in
      When an unused link of an invitation is used with <secret>
      Then the request is refused with 400 or 401 or 403 or 404 or 422

      Examples:
        | secret                              |
        | the secret of another link          |
        | another secret                      |
        | an empty secret                     |
        | no secret                           |
        | the first half of the secret        |
        | the secret in another case          |
        | one more character after the secret |
        | an operator in place of the secret  |
        | a list in place of the secret       |

  Rule: A link works once, and not for ever

    # Nobody is bound but by good practice: should. What an invitation carries is used once, ASVS 2.3.1.
    @id:RL08a @should @owasp-asvs-2.3.1 @high
    Scenario: Account takeover: the link of an invitation is used once
      Given the link of an invitation sets a password, with which its owner can sign in
      When the same link of an invitation is used again
      Then the request is refused with 400 or 401 or 403 or 404 or 409 or 410 or 422

    # The same, and it expires after a short time; a month is short for nobody.
    @id:RL08b @should @owasp-asvs-2.3.1 @medium
    Scenario: Account takeover: the link of an invitation expires
      Given the link of an invitation sets a password, with which its owner can sign in
      When an unused link of an invitation is used 30 days after it was sent
      Then the request is refused with 400 or 401 or 403 or 404 or 410 or 422

    # The same for what helps who forgot the password: single use, an appropriate period.
    @id:RL07a @should @owasp-cheatsheets-Forgot_Password @high
    Scenario: Account takeover: the link of a reset is used once
      Given the link of a reset sets a password, with which its owner can sign in
      When the same link of a reset is used again
      Then the request is refused with 400 or 401 or 403 or 404 or 409 or 410 or 422

    # The same; a week is no appropriate period.
    @id:RL07b @should @owasp-cheatsheets-Forgot_Password @medium
    Scenario: Account takeover: the link of a reset expires
      Given the link of a reset sets a password, with which its owner can sign in
      When an unused link of a reset is used 7 days after it was sent
      Then the request is refused with 400 or 401 or 403 or 404 or 410 or 422

  Rule: A new password ends what the old one opened

    # ASVS 3.3.3 wants the person to be able to end all other sessions with a new password: should.
    @id:IV10 @should @owasp-asvs-3.3.3 @medium
    Scenario: Insufficient session expiration: a changed password ends the refresh tokens of other sessions
      Given the careful practitioner had tokens of the confidential client that could be refreshed until the resource owner changed the password elsewhere
      When the confidential client refreshes
      Then the access has ended with 400 "invalid_grant"

    # After a reset there is a reason to: somebody else may be signed in. Should.
    @id:RL07c @should @owasp-cheatsheets-Forgot_Password @owasp-asvs-3.3.3 @high
    Scenario: Insufficient session expiration: a reset of the password ends the refresh tokens
      Given the forgetful practitioner had tokens of the confidential client that could be refreshed until the resource owner reset the password
      When the confidential client refreshes
      Then the access has ended with 400 "invalid_grant"

    # The same for access tokens, which a server may let live to their end; a short life is half an answer: should.
    @id:RL07d @should @owasp-cheatsheets-Forgot_Password @owasp-asvs-3.3.3 @low
    Scenario Outline: Insufficient session expiration: a new password ends access tokens
      Given <owner> had tokens of the confidential client that opened the API until <cause>
      When the API is asked with the access token
      Then the access has ended with 401 or 403

      Examples:
        | owner                      | cause                                             |
        | the careful practitioner   | the resource owner changed the password elsewhere |
        | the forgetful practitioner | the resource owner reset the password             |
