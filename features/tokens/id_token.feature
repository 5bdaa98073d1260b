@tokens @method:authorization-code
Feature: ID tokens
  An ID token tells a client who signed in, so the client must be able to check every word of it.

  Rule: The client can tell that the token is the issuer's, and meant for it

    # Binds the provider, must: with openid there is an ID token, and it is signed.
    @id:ID01 @must @oidc-core-2 @oidc-core-3.1.3.7 @critical
    Scenario Outline: An ID token comes with the scope openid and its signature verifies
      Given the practitioner has tokens of <client>
      Then the ID token for <client> is signed with a published key

      Examples:
        | client                  |
        | the public client       |
        | the confidential client |

    # Binds the provider, must: iss is required, and equals the issuer of the metadata character by character.
    @id:ID02 @must @oidc-core-2 @oidc-core-3.1.3.7 @high
    Scenario Outline: Mix-up: the issuer is named to the letter
      Given the practitioner has tokens of <client>
      Then the ID token has the issuer of the metadata as iss

      Examples:
        | client                  |
        | the public client       |
        | the confidential client |

    # Binds the provider, must: aud holds the client. Further audiences may be there if the client trusts them.
    @id:ID03 @must @oidc-core-2 @oidc-core-3.1.3.7 @high
    Scenario Outline: The client is an audience
      Given the practitioner has tokens of <client>
      Then the ID token names <client> in aud

      Examples:
        | client                  |
        | the public client       |
        | the confidential client |

    # The client should check azp where it is there; the provider may leave it out with a single audience.
    @id:ID04 @should @oidc-core-3.1.3.7 @medium
    Scenario Outline: The authorized party is the client
      Given the practitioner has tokens of <client>
      Then the ID token names <client> in azp

      Examples:
        | client                  |
        | the public client       |
        | the confidential client |

    # Binds the provider, must: exp and iat are required numbers. How long a token lives is left open.
    @id:ID05 @must @oidc-core-2 @medium
    Scenario Outline: The token was issued now and ends some day
      Given the practitioner has tokens of <client>
      Then the ID token has the times of a token just issued

      Examples:
        | client                  |
        | the public client       |
        | the confidential client |

    # With the code flow at_hash is optional; where it is there it has to fit.
    @id:ID09 @must @oidc-core-3.1.3.6 @medium
    Scenario Outline: Token substitution: the hash of the access token fits
      Given the practitioner has tokens of <client>
      Then the ID token has the at_hash of the access token

      Examples:
        | client                  |
        | the public client       |
        | the confidential client |

    # Binds the provider, should: no key and no address of one in the header.
    @id:ID11 @should @oidc-core-2 @low
    Scenario Outline: The header carries no key
      Given the practitioner has tokens of <client>
      Then the ID token has a header that points to no key but by kid

      Examples:
        | client                  |
        | the public client       |
        | the confidential client |

    # Binds whoever signs, must: RSA of 2048 bits at least, and curves of their own size.
    @id:ID12 @must @rfc7518-3.3 @rfc7518-3.4 @high
    Scenario: Weak keys: the published keys are strong
      Given a server that publishes keys
      Then every signing key is public and strong

    # The metadata must list every algorithm that is used.
    @id:ID15 @must @oidc-discovery-3 @oidc-core-2 @medium
    Scenario Outline: The signing algorithm is one of the metadata
      Given the practitioner has tokens of <client>
      Then the ID token has an alg that is advertised

      Examples:
        | client                  |
        | the public client       |
        | the confidential client |

  Rule: The subject is one person for good

    # Binds the provider, must: at most 255 ASCII characters.
    @id:ID06a @must @oidc-core-2 @high
    Scenario Outline: The subject is short and plain
      Given the practitioner has tokens of <client>
      Then the ID token has a sub of 1 to 255 ASCII characters

      Examples:
        | client                  |
        | the public client       |
        | the confidential client |

    # Binds the provider, must: within an issuer a person keeps the sub for good; pairwise ones differ by client only.
    @id:ID06b @must @oidc-core-2 @oidc-core-5.7 @high
    Scenario Outline: A person keeps the subject at the next sign-in
      Given the practitioner has tokens of <client>
      And the practitioner has further tokens of <client>
      Then the two ID tokens have the same sub

      Examples:
        | client                  |
        | the public client       |
        | the confidential client |

    # Binds the provider, must: a sub is never given to another person.
    @id:ID06c @must @oidc-core-2 @oidc-core-5.7 @critical
    Scenario Outline: Account confusion: two people have two subjects
      Given the practitioner has tokens of <client>
      And the second practitioner has tokens of <client> as well
      Then the two ID tokens differ in sub

      Examples:
        | client                  |
        | the public client       |
        | the confidential client |

  Rule: The token answers this request and tells how the person signed in

    # Binds the provider, must: a nonce comes back unmodified.
    @id:ID07a @must @oidc-core-2 @oidc-core-3.1.3.7 @high
    Scenario Outline: Token injection: the nonce of the request comes back
      Given the practitioner has signed in to <client>
      When <client> redeems the code
      Then the token request is answered with an access token
      And the ID token carries the nonce of the authorization request

      Examples:
        | client                  |
        | the public client       |
        | the confidential client |

    # A nonce is there if one was sent; with the code flow a client may leave it out, and a server may insist.
    @id:ID07b @should @oidc-core-2 @low
    Scenario Outline: No nonce comes where none was sent
      Given the practitioner has signed in to <client> without nonce, which the server need not take
      When <client> redeems the code
      Then the token request is answered with an access token
      And the ID token has no nonce

      Examples:
        | client                  |
        | the public client       |
        | the confidential client |

    # Binds the provider, must: with max_age in the request auth_time is in the token.
    @id:ID08 @must @oidc-core-2 @oidc-core-3.1.2.1 @medium
    Scenario Outline: The time of the sign-in is told to a client that asks for max_age
      Given the practitioner has signed in to <client> with max_age "3600"
      When <client> redeems the code
      Then the token request is answered with an access token
      And the ID token tells when the practitioner signed in

      Examples:
        | client                  |
        | the public client       |
        | the confidential client |

    # What amr says is left to the provider, but the values have registered meanings: a password is no second factor.
    @id:ID10 @must @oidc-core-2 @rfc8176-2 @medium
    Scenario Outline: A password alone is not called a second factor
      Given the practitioner has tokens of <client>
      Then the ID token claims no second factor in amr

      Examples:
        | client                  |
        | the public client       |
        | the confidential client |

  Rule: Claims about the person are what they should be

    # Binds the provider, must: where a standard claim is there it has the type of the table.
    @id:ID14 @must @oidc-core-5.1 @low
    Scenario Outline: Standard claims have their types
      Given the practitioner has tokens of the confidential client
      When the standard claims are taken from <source>
      Then each standard claim has its type

      Examples:
        | source                |
        | the ID token          |
        | the userinfo endpoint |

    # Binds a SMART server, must: with the scope fhirUser the ID token names the resource of the person.
    @id:ID16 @must @smart-scopes-and-launch-context @medium
    Scenario: The person's record is named to a client with the scope fhirUser
      Given a server with the FHIR API
      And the practitioner has tokens of the confidential client with scope "openid fhirUser"
      Then the ID token has the URL of a person's resource in fhirUser

    # The same: it is the current user's resource. That the token opens it is our reading.
    @id:ID17 @must @smart-scopes-and-launch-context @medium
    Scenario Outline: The record that is named is the person's own and can be read
      Given a server with the FHIR API
      And the practitioner has tokens of <client> with scope "openid fhirUser"
      When the practitioner reads the resource that fhirUser of the ID token names
      Then it is the own record of the practitioner

      Examples:
        | client                  |
        | the public client       |
        | the confidential client |
