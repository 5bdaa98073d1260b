@tokens
Feature: Userinfo
  Clients believe what it tells of a resource owner: it must tell of the one whose token it is, and of nobody else.

  @method:authorization-code
  Rule: The endpoint tells of the resource owner of the token

    # Binds the server, must: GET and POST; a JSON object with sub, or a signed JWT where the client registered for that.
    @id:UI01 @must @oidc-core-5.3.1 @oidc-core-5.3.2 @medium
    Scenario Outline: The claims come as JSON with a sub
      Given the practitioner has tokens of the confidential client
      When <place> is asked with the access token
      Then the answer is a userinfo response in form

      Examples:
        | place                         |
        | the userinfo endpoint         |
        | the userinfo endpoint by POST |

    # Binds both, must: the sub equals that of the ID token, else the client must not use the answer.
    @id:UI03 @must @oidc-core-5.3.2 @critical
    Scenario Outline: Token substitution: the sub is that of the ID token
      Given <person> has tokens of <client>
      When the userinfo endpoint is asked with the access token
      Then the sub of the answer is that of the ID token

      Examples:
        | person                  | client                  |
        | the practitioner        | the confidential client |
        | the practitioner        | the public client       |
        | the second practitioner | the confidential client |

    # Binds the server, must: the claims are those of the resource owner whose token it is, whoever else is signed in.
    @id:UI10a @must @oidc-core-5.3 @oidc-core-5.3.2 @critical
    Scenario Outline: Broken object level authorization: who signed in last does not matter
      Given the practitioner has tokens of the confidential client
      And the userinfo endpoint tells of the practitioner
      And the second practitioner has signed in to the confidential client after that
      When the userinfo endpoint is asked with the tokens of the practitioner <how>
      Then the answer tells of the same person as before, or is a refusal

      Examples:
        | how                                |
        | once more                          |
        | in the browser that signed in last |

    # The same: nobody chooses by a parameter of whom is told. What it does not know the endpoint may refuse.
    @id:UI10b @must @oidc-core-5.3 @owasp-api-API1 @critical
    Scenario Outline: Broken object level authorization: nobody chooses the person by a parameter
      Given the practitioner has tokens of the confidential client
      And the userinfo endpoint tells of the practitioner
      And the second practitioner has tokens of the public client
      When the userinfo endpoint is asked with the tokens of the practitioner and the <name> of the second practitioner <where>
      Then the answer tells of the same person as before, or is a refusal

      Examples:
        | name       | where        |
        | sub        | in the query |
        | user_id    | in the query |
        | id         | in the query |
        | uid        | in the query |
        | subject    | in the query |
        | username   | in the query |
        | email      | in the query |
        | login_hint | in the query |
        | user       | in the query |
        | sub        | in the form  |
        | username   | in the form  |

  Rule: A token opens what its scope asks for

    # Scope values ask for claims; that no others are told is data minimisation, which no clause states as a must.
    @id:UI04a @should @oidc-core-5.4 @oidc-core-5.3.2 @high @method:authorization-code
    Scenario: Excessive data exposure: a small scope opens few claims
      Given the practitioner has tokens of the confidential client with scope "openid"
      When the userinfo endpoint is asked with the access token
      Then the answer tells nothing that the granted scope does not ask for

    # The scope email asks for the address. A server may leave voluntary claims out: should.
    @id:UI04b @should @oidc-core-5.4 @low @method:authorization-code
    Scenario: The scope email opens the email address
      Given the practitioner has tokens of the confidential client
      When the userinfo endpoint is asked with the access token
      Then the answer tells an email address

    # Binds the server, should: a token without openid is no token of OpenID Connect, and its scope does not reach.
    @id:UI07 @should @oidc-core-5.3 @rfc6750-3.1 @medium
    Scenario Outline: Scope elevation: a token without openid does not open userinfo
      Given <holder> has <tokens>
      When the userinfo endpoint is asked with the access token
      Then the request is refused with 401 or 403

      @method:authorization-code
      Examples:
        | holder           | tokens                                                                              |
        | the practitioner | tokens of the confidential client with scope "profile", which the server need not give |

      @method:client-credentials
      Examples:
        | holder       | tokens  |
        | the back end | a token |

  @method:authorization-code
  Rule: Without a good token nothing is told

    # Binds the server, must: errors are those of bearer tokens, so every refusal carries a challenge.
    @id:UI06a @must @oidc-core-5.3.3 @rfc6750-3 @medium
    Scenario Outline: A request without a good token is refused with a challenge
      Given the practitioner has tokens of the confidential client
      And the userinfo endpoint opens to the access token
      When <place> is asked with <credentials>
      Then the refusal challenges for Bearer

      Examples:
        | place                         | credentials                |
        | the userinfo endpoint         | no credentials             |
        | the userinfo endpoint         | a token that nobody issued |
        | the userinfo endpoint by POST | no credentials             |
        | the userinfo endpoint by POST | a token that nobody issued |

    # Binds the server, must: an expired token opens nothing. Leeway for clocks is left open.
    @id:UI06b @must @oidc-core-5.3.3 @rfc6750-3.1 @critical
    Scenario: An expired token is refused
      Given the practitioner has tokens of the confidential client
      And the userinfo endpoint opens to the access token
      When the userinfo endpoint is asked with the access token after its end
      Then the request is refused with 401
