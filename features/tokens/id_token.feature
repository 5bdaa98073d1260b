@tokens @method:authorization-code
Feature: ID tokens
  An ID token tells a client who signed in, so the client must be able to check every word of it.

  Rule: The client can tell that the token is the issuer's, and meant for it

    @id:ID01 @must @oidc-core-2 @oidc-core-3.1.3.7 @critical
    Scenario Outline: An ID token comes with the scope openid and its signature verifies
      Given <client> registered for the authorization code flow
      And a practitioner who can sign in
      And the practitioner has tokens of that client
      Then the ID token is signed with a published key

      Examples:
        | client                |
        | a public client       |
        | a confidential client |

    @id:ID02 @must @oidc-core-2 @oidc-core-3.1.3.7 @high
    Scenario: The issuer is named to the letter
      Given the practitioner has an ID token
      Then its iss is the issuer of the metadata

    @id:ID03 @must @oidc-core-2 @oidc-core-3.1.3.7 @high
    Scenario: The client is the audience, and nobody else is
      Given the practitioner has an ID token
      Then its aud is the client alone

    @id:ID04 @should @oidc-core-3.1.3.7 @medium
    Scenario: The authorized party is the client
      Given the practitioner has an ID token
      Then its azp is the client

    @id:ID05 @must @oidc-core-2 @medium
    Scenario: The token was issued now and ends some day
      Given the practitioner has an ID token
      Then its times are those of a token just issued

    @id:ID09 @must @oidc-core-3.1.3.6 @medium
    Scenario: The hash of the access token fits
      Given the practitioner has an ID token
      Then its at_hash is that of the access token

    @id:ID11 @should @oidc-core-2 @low
    Scenario: The header carries no key
      Given the practitioner has an ID token
      Then its header points to no key but by kid

    @id:ID12 @must @rfc7518-3.3 @rfc7518-3.4 @high
    Scenario: The published keys are strong
      Given a server that publishes keys
      Then every signing key is public and strong

    @id:ID15 @must @oidc-discovery-3 @oidc-core-2 @medium
    Scenario: The signing algorithm is one of the metadata
      Given the practitioner has an ID token
      Then its alg is advertised

  Rule: The subject is one person for good

    @id:ID06a @must @oidc-core-2 @high
    Scenario: The subject is short and plain
      Given the practitioner has an ID token
      Then its sub is a text of 255 ASCII characters at most

    @id:ID06b @must @oidc-core-2 @oidc-core-5.7 @high
    Scenario: A person keeps the subject at the next sign-in
      Given the practitioner has an ID token
      And the practitioner has an ID token of another sign-in
      Then both have the same sub

    @id:ID06c @must @oidc-core-2 @oidc-core-5.7 @critical
    Scenario: Two people have two subjects
      Given the practitioner has an ID token
      And the second practitioner has an ID token
      Then they differ in sub

  Rule: The token answers this request and tells how the person signed in

    @id:ID07a @must @oidc-core-2 @oidc-core-3.1.3.7 @high
    Scenario: The nonce of the request comes back
      Given a confidential client registered for the authorization code flow
      And a practitioner who can sign in
      And the practitioner has signed in with an S256 challenge
      When the client redeems the code
      Then the ID token carries the nonce of the request

    @id:ID07b @should @oidc-core-2 @low
    Scenario: No nonce comes where none was sent
      Given a confidential client registered for the authorization code flow
      And a practitioner who can sign in
      And the practitioner has signed in without a nonce
      When the client redeems the code
      Then the ID token carries no nonce

    @id:ID08 @must @oidc-core-2 @oidc-core-3.1.2.1 @medium
    Scenario: The time of the sign-in is told to a client that asks for max_age
      Given a confidential client registered for the authorization code flow
      And a practitioner who can sign in
      And the practitioner has signed in with max_age 3600
      When the client redeems the code
      Then the ID token tells when the practitioner signed in

    @id:ID10 @must @oidc-core-2 @rfc8176-2 @medium
    Scenario: A password alone is not called a second factor
      Given the practitioner has an ID token
      Then its amr claims no second factor

  Rule: Claims about the person are what they should be

    @id:ID14 @must @oidc-core-5.1 @low
    Scenario Outline: Standard claims have their types
      Given the practitioner has an ID token
      When the standard claims are taken from <source>
      Then each has its type

      Examples:
        | source                |
        | the ID token          |
        | the userinfo endpoint |

    @id:ID16 @must @smart-scopes-and-launch-context @medium
    Scenario: The person's record is named to a client with the scope fhirUser
      Given a server with the FHIR API
      And the practitioner has tokens with the scope "openid fhirUser"
      Then the fhirUser of the ID token is the URL of a person's resource

    @id:ID17 @must @smart-scopes-and-launch-context @medium
    Scenario: The record that is named is the person's own and can be read
      Given a server with the FHIR API
      And the practitioner has tokens with the scope "openid fhirUser"
      When the client reads the resource that the ID token names in fhirUser
      Then it is the practitioner's own record
