@tokens
Feature: Token endpoint
  Here tokens are handed out: to whoever may have them, in the form that every client can read, and to nobody else.

  Rule: An answer with tokens has the form that every client can read

    @id:TE01 @method:authorization-code @must @rfc6749-5.1 @rfc6749-4.4.3 @high
    Scenario Outline: A good request is answered in form
      Given <who>
      When <request>
      Then the answer is a token response in form

      Examples:
        | who                                            | request                     |
        | a client with a code that the practitioner got | the client redeems the code |
        | a back end that has credentials                | the back end asks for a token |

    @id:TE02 @method:authorization-code @must @rfc6749-5.1 @rfc6749-7.1 @medium
    Scenario Outline: Tokens are bearer tokens
      Given <holder>
      Then the token type is Bearer

      Examples:
        | holder                             |
        | the practitioner has tokens        |
        | a back end with a token of its own |

    @id:TE03 @method:authorization-code @must @rfc6749-5.1 @medium
    Scenario Outline: No cache may keep an answer with tokens
      Given <holder>
      Then no cache may keep the answer

      Examples:
        | holder                             |
        | the practitioner has tokens        |
        | a back end with a token of its own |

    @id:TE04 @method:authorization-code @should @rfc6749-5.1 @low
    Scenario Outline: An answer states how long its token lives
      Given <holder>
      Then the answer states how long the token lives

      Examples:
        | holder                             |
        | the practitioner has tokens        |
        | a back end with a token of its own |

  Rule: Nobody gets more scope than was asked for

    @id:TE05a @method:authorization-code @should @rfc6749-3.3 @rfc6749-5.1 @medium
    Scenario: An unknown scope is not granted
      Given a confidential client registered for the authorization code flow
      And a practitioner who can sign in
      When the client takes the flow with an unknown scope beside its own
      Then the unknown scope is refused or left out

    @id:TE05b @method:client-credentials @should @rfc9700-2.3 @rfc6749-3.3 @high
    Scenario: A client that asks for little gets little
      Given a back end with a token of its own
      When the back end asks for a token with a narrow scope
      Then the client gets no more scope than it asked for

    @id:TE05c @method:authorization-code @should @rfc9700-2.3 @rfc6749-3.3 @high
    Scenario: A person's client that asks for little gets little
      Given the practitioner has tokens with the scope "openid"
      Then the tokens have no more scope than "openid"

  Rule: A token request is a form in the body of a POST

    @id:TE06 @method:client-credentials @must @rfc6749-3.2 @medium
    Scenario: A GET brings no token
      Given a back end with a token of its own
      When the back end asks for a token with a GET
      Then the answer carries no token

    @id:TE07 @method:client-credentials @must @rfc6749-2.3.1 @high
    Scenario Outline: Credentials in the URL bring no token
      Given a back end with a token of its own
      When the back end asks for a token <place>
      Then the answer carries no token

      Examples:
        | place                           |
        | with everything in the URL      |
        | with its credentials in the URL |

    @id:TE08a @method:client-credentials @must @rfc6749-3.2 @rfc6749-5.2 @medium
    Scenario Outline: A parameter that comes twice is refused
      Given a back end with a token of its own
      When the back end asks for a token with the parameter <name> sent twice
      Then the token request is refused with "invalid_request"

      Examples:
        | name       |
        | grant_type |
        | scope      |

    @id:TE08b @method:authorization-code @must @rfc6749-3.2 @rfc6749-5.2 @medium
    Scenario Outline: A parameter of the code grant that comes twice is refused
      Given a confidential client registered for the authorization code flow
      And a practitioner who can sign in
      And the practitioner has signed in with an S256 challenge
      When the client redeems the code with the parameter <name> sent twice
      Then the token request is refused with "invalid_request"

      Examples:
        | name          |
        | code          |
        | code_verifier |
        | redirect_uri  |

    @id:TE08c @method:client-credentials @must @rfc6749-3.2 @rfc6749-5.2 @medium
    Scenario Outline: A credential that comes twice is refused
      Given the back end may put its credentials in the body
      When the back end asks for a token with the parameter <name> sent twice
      Then the token request is refused with "invalid_request"

      Examples:
        | name          |
        | client_id     |
        | client_secret |

    @id:TE09 @method:client-credentials @must @rfc6749-3.2 @low
    Scenario: A parameter that nobody knows is ignored
      Given a back end with a token of its own
      When the back end asks for a token with a parameter that nobody knows
      Then the token request is answered with an access token

  Rule: A refusal says what is wrong

    @id:TE10 @method:client-credentials @must @rfc6749-5.2 @low
    Scenario: A grant type that nobody knows is refused
      Given a back end with a token of its own
      When the back end asks for a token with a grant type that nobody knows
      Then the token request is refused with "unsupported_grant_type"

    @id:TE11 @method:client-credentials @must @rfc6749-5.2 @low
    Scenario Outline: A request without a grant type is refused
      Given a back end with a token of its own
      When the back end asks for a token <form>
      Then the token request is refused with <errors>

      Examples:
        | form                      | errors                                |
        | without a grant type      | "invalid_request"                     |
        | with an empty body        | "invalid_request" or "invalid_client" |
        | with an empty JSON object | "invalid_request" or "invalid_client" |

    @id:TE12 @method:client-credentials @must @rfc6749-5.2 @low
    Scenario Outline: An error response can be read by every client
      Given a back end with a token of its own
      When the back end asks for a token <mistake>
      Then the answer is an error response in form

      Examples:
        | mistake                             |
        | with a grant type that nobody knows |
        | with a wrong secret                 |

    @id:TE19a @method:client-credentials @must @rfc6749-3.2 @rfc6749-5.2 @medium
    Scenario Outline: Brackets in a name make no credentials of it
      Given a back end with a token of its own
      When the back end asks for a token <brackets>
      Then the token request is refused with "invalid_request" or "invalid_client"

      Examples:
        | brackets                                     |
        | with operators in place of its id and secret |
        | with a list in place of its secret           |

    @id:TE19b @method:authorization-code @must @rfc6749-3.2 @rfc6749-5.2 @medium
    Scenario Outline: Brackets in a name make no code of it
      Given a confidential client registered for the authorization code flow
      And a practitioner who can sign in
      And the practitioner has signed in with an S256 challenge
      When the client redeems the code <brackets>
      Then the token request is refused with "invalid_request" or "invalid_grant"

      Examples:
        | brackets                                  |
        | with an operator in place of the code     |
        | with a list in place of the code          |
        | with an operator in place of the verifier |

  Rule: A grant is good for the clients that it is meant for

    @id:TE13 @method:authorization-code @must @rfc6749-3.2.1 @rfc6749-4.1.3 @medium
    Scenario: A public client must say who it is
      Given a public client registered for the authorization code flow
      And a practitioner who can sign in
      And the practitioner has signed in with an S256 challenge
      When the client redeems the code without saying who it is
      Then the token request is refused with "invalid_request" or "invalid_client" or "invalid_grant"

    @id:TE14 @method:client-credentials @must @rfc6749-4.4 @critical
    Scenario: A public client gets no token for itself
      Given a back end with a token of its own
      And a public client registered for the authorization code flow
      And a practitioner who can sign in
      And the practitioner has got tokens through the client
      When the client asks for a token on its own behalf
      Then the token request is refused with "unauthorized_client" or "invalid_client"

    @id:TE15 @method:client-credentials @should @rfc6749-4.4.3 @medium
    Scenario: A client's own token comes without a refresh token
      Given a back end with a token of its own
      When the back end asks for a token for offline access
      Then no refresh token is issued

    @id:TE16 @method:authorization-code @must @rfc9700-2.4 @high
    Scenario Outline: A person's password brings no token
      Given <client> registered for the authorization code flow
      And a practitioner who can sign in
      And the practitioner has got tokens through the client
      When the client sends the practitioner's password
      Then the token request is refused with "unsupported_grant_type" or "unauthorized_client" or "invalid_grant" or "invalid_request"

      Examples:
        | client                |
        | a confidential client |
        | a public client       |

    @id:TE17 @method:client-credentials @must @rfc7523-3 @rfc7523-2.1 @critical
    Scenario Outline: An assertion that nobody vouches for brings no token
      Given a back end with a token of its own
      When the back end asks for a token <assertion>
      Then the token request is refused with "unsupported_grant_type" or "invalid_grant" or "unauthorized_client" or "invalid_client" or "invalid_request"

      Examples:
        | assertion                                    |
        | with an assertion signed by a key of its own |
        | with an unsigned assertion                   |
