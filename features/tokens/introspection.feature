@tokens
Feature: Token introspection
  Resource servers act on what introspection says: it must be true of a live token, and say nothing of any other.

  Rule: What is said of a live token is true

    # Binds the server, must: active says whether the token is good. All other members are optional; given, they are true.
    @id:IN01 @must @rfc7662-2.2 @high
    Scenario Outline: A live token is called active, and what is said of it is true
      Given <holder> has <tokens>
      And <client> learns by introspection that the access token is live
      When <client> introspects the access token
      Then what is said of the token agrees with what <client> got

      @method:authorization-code
      Examples:
        | holder           | tokens                            | client                  |
        | the practitioner | tokens of the confidential client | the confidential client |

      @method:client-credentials
      Examples:
        | holder       | tokens  | client       |
        | the back end | a token | the back end |

    # Binds a SMART server, must: scope, client_id and exp, and the launch context that came with the token.
    @id:IN01b @must @smart-token-introspection @medium @method:authorization-code
    Scenario Outline: What a resource server needs to know is told
      Given a server with SMART scopes
      And <person> has tokens of the confidential client
      And the confidential client can introspect the access token
      When the confidential client introspects the access token
      Then scope, client and end of the token are told, with its launch context

      Examples:
        | person           |
        | the practitioner |
        | the patient      |

    # Binds the server, must: a hint that leads nowhere makes it look among all kinds of token.
    @id:IN01c @must @rfc7662-2.1 @low @method:authorization-code
    Scenario Outline: A wrong hint is no hindrance
      Given the practitioner has tokens of the confidential client
      And the confidential client learns by introspection that the access token is live
      When the confidential client introspects the access token with token_type_hint "<hint>"
      Then what is said of the token agrees with what the confidential client got

      Examples:
        | hint          |
        | access_token  |
        | refresh_token |
        | authmark      |

    # Binds the server, must: a JSON object as application/json with 200, whatever is said in it.
    @id:IN07 @must @rfc7662-2.2 @low @method:authorization-code
    Scenario Outline: An answer can be read by every resource server
      Given the practitioner has tokens of the confidential client
      And the confidential client can introspect the access token
      When the confidential client introspects <what>
      Then the answer is an introspection response in form

      Examples:
        | what                                |
        | the access token                    |
        | the access token with another token |

  @method:authorization-code
  Rule: Of what is no live token nothing is said

    # Binds the server, must: a token that is unknown, changed or forged is inactive, which is no error.
    @id:IN02 @must @rfc7662-2.2 @rfc7662-4 @critical
    Scenario Outline: Token forgery: what the server did not issue is called inactive
      Given the practitioner has tokens of the confidential client
      And the confidential client can introspect the access token
      When the confidential client introspects the access token <change>
      Then the token is called inactive

      Examples:
        | change                                    |
        | with another token                        |
        | with the last character of token changed  |
        | with one more character after token       |
        | with alg none                             |
        | without its signature                     |
        | with another signature                    |
        | with a later exp                          |
        | signed HS256 with the public key in PEM   |
        | signed with a key that its header carries |
        | signed with an unknown key                |

    # Binds the server, should: no further information about an inactive token, not even why.
    @id:IN02b @should @rfc7662-2.2 @medium
    Scenario: Token scanning: nothing else is said of an inactive token
      Given the practitioner has tokens of the confidential client
      And the confidential client can introspect the access token
      When the confidential client introspects the access token with another token
      Then the token is called inactive, and nothing else is said of it

    # Binds the server, must: it checks whether the token has expired. Leeway for clocks is left open.
    @id:IN04 @must @rfc7662-4 @rfc7662-2.2 @critical
    Scenario: An expired token is called inactive
      Given the practitioner has tokens of the confidential client
      And the confidential client learns by introspection that the access token is live
      When the confidential client introspects the access token after its end
      Then the token is called inactive

    # A resource server takes what is active for an access token: one kind is never taken for another. How is left open.
    @id:IN05 @should @rfc7662-2.2 @rfc8725-3.12 @medium
    Scenario Outline: Token substitution: another kind of token is not called an access token
      Given the practitioner has tokens of the confidential client
      And the confidential client can introspect the access token
      When the confidential client introspects <other>
      Then the token is not called an access token

      Examples:
        | other             |
        | the ID token      |
        | the refresh token |
