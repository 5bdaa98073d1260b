@server
Feature: Client authentication
  Whoever can pass for a confidential client can redeem its codes and act in its name.

  @method:client-credentials
  Rule: A client proves who it is with its secret

    # Binds the server, must: it supports Basic for clients that were issued a password.
    @id:CA02 @must @rfc6749-2.3.1 @high
    Scenario: A client authenticates with client_secret_basic
      Given the back end may authenticate with client_secret_basic
      When the back end asks for a token with client_secret_basic
      Then the token request is answered with an access token

    # Binds both sides: id and secret are form-urlencoded before Basic, so the server has to decode them.
    @id:CA03 @must @rfc6749-2.3.1 @rfc6749-B @medium
    Scenario: Basic credentials are form-urldecoded
      Given the back end may authenticate with client_secret_basic
      When the back end asks for a token with percent-encoded client_secret_basic
      Then the token request is answered with an access token

  @method:client-credentials
  Rule: Nobody passes for a client without its secret

    # Binds the server, must: who tried with an Authorization header gets 401.
    @id:CA05a @must @rfc6749-5.2 @rfc6749-2.3.1 @medium
    Scenario: A wrong secret is refused
      Given the back end may authenticate with client_secret_basic
      And the back end has a token with client_secret_basic
      When the back end asks for a token with client_secret_basic and with the last character of client_secret changed
      Then the token request is refused with 401 "invalid_client"

    # Binds the server, must: and a challenge of the same scheme, whatever the refusal is called.
    @id:CA05d @must @rfc6749-5.2 @rfc9110-11.6.1 @medium
    Scenario: A wrong secret is refused with a challenge for Basic
      Given the back end may authenticate with client_secret_basic
      And the back end has a token with client_secret_basic
      When the back end asks for a token with client_secret_basic and with the last character of client_secret changed
      Then the refusal challenges for Basic

    # Binds the server, must: failed authentication is invalid_client; 401 is allowed, 400 the rule.
    @id:CA05b @must @rfc6749-5.2 @rfc6749-2.3.1 @critical
    Scenario: A wrong secret in the body is refused
      Given the back end may authenticate with client_secret_post
      And the back end has a token with client_secret_post
      When the back end asks for a token with client_secret_post and with the last character of client_secret changed
      Then the token request is refused with 400 or 401 "invalid_client"

    # Binds the server, must: an unknown client is a case of failed authentication.
    @id:CA05c @must @rfc6749-5.2 @low
    Scenario: A client that nobody registered is refused
      Given the back end has a token
      When the back end asks for a token with client_secret_basic and with another client_id
      Then the token request is refused with 401 "invalid_client"

    # Binds the server, must: a confidential client authenticates. An empty secret may be left out of the request.
    @id:CA06 @must @rfc6749-2.3.1 @rfc6749-5.2 @critical
    Scenario Outline: A client that sends no secret to speak of is refused
      Given the back end may authenticate with <way>
      And the back end has a token with <way>
      When the back end asks for a token with <way> and <tampering>
      Then the token request is refused with <outcomes>

      Examples:
        | way                 | tampering                   | outcomes                      |
        | client_secret_basic | with an empty client_secret | 401 "invalid_client"          |
        | client_secret_post  | with an empty client_secret | 400 or 401 "invalid_client" |
        | client_secret_basic | without client_secret       | 400 or 401 "invalid_client" |

  @method:authorization-code
  Rule: A code is redeemed by the client that it was issued to

    # Binds the server, must: it requires client authentication of confidential clients at the token endpoint.
    @id:CA01 @must @rfc6749-3.2.1 @rfc6749-4.1.3 @critical
    Scenario Outline: A confidential client that does not authenticate gets no token for a code
      Given the practitioner has signed in to the confidential client
      When the confidential client redeems the code <tampering>
      Then the token request is refused with <outcomes>

      Examples:
        | tampering                                        | outcomes                                              |
        | without client_secret                            | 400 or 401 "invalid_client"                           |
        | with the last character of client_secret changed | 400 or 401 "invalid_client"                           |
        | without client authentication                    | 400 or 401 "invalid_client" or 400 "invalid_request" |

    # A server may support credentials in the body; where its metadata lists them they have to work.
    @id:CA04 @may @rfc6749-2.3.1 @rfc8414-2 @low
    Scenario: A client authenticates with client_secret_post where that is advertised
      Given the confidential client may authenticate with client_secret_post
      And the practitioner has signed in to the confidential client
      When the confidential client redeems the code with client_secret_post
      Then the token request is answered with an access token

    # Binds the server, must: the refresh grant asks for client authentication as the code grant does.
    @id:CA26b @must @rfc6749-6 @critical
    Scenario Outline: A confidential client that does not authenticate gets nothing for a refresh token
      Given the practitioner has tokens of the confidential client that were refreshed once
      When the confidential client refreshes <tampering>
      Then the token request is refused with <outcomes>

      Examples:
        | tampering                                        | outcomes                                              |
        | without client_secret                            | 400 or 401 "invalid_client"                           |
        | with the last character of client_secret changed | 400 or 401 "invalid_client"                           |
        | without client authentication                    | 400 or 401 "invalid_client" or 400 "invalid_request" |

  @method:authorization-code
  Rule: Only who is known may introspect

    # Binds the server, must: some authorization is required. Wrong credentials are 401; without any no status is named.
    @id:CA26a @must @rfc7662-2.1 @rfc7662-2.3 @high
    Scenario Outline: Token scanning: introspection without the right credentials is refused
      Given the practitioner has tokens of the confidential client
      And the confidential client can introspect the access token
      When the confidential client introspects the access token <tampering>
      Then the introspection is refused with <outcomes>

      Examples:
        | tampering                                        | outcomes          |
        | without client authentication                    | 400 or 401 or 403 |
        | with the last character of client_secret changed | 401               |
        | without client_secret                            | 400 or 401 or 403 |

  @method:client-credentials
  Rule: Secrets that the server makes cannot be guessed

    # Binds the server, must: guessing a credential succeeds at most once in 2^128; end users' passwords are exempt.
    @id:CA22 @must @rfc6749-10.10 @high
    Scenario: A generated secret has at least 128 bits
      When the server generates the secrets of 5 clients
      Then they all differ and cannot be guessed

  @method:client-credentials
  Rule: A client that was switched off has no more access

    # No clause knows a switched-off client; the product's setting promises it. Either code describes it.
    @id:CA27a @should @rfc6749-5.2 @medplum-api.fhir.medplum.clientapplication @critical
    Scenario: A client that was switched off gets no token
      Given a new back end
      And the new back end has a token
      And the new back end has been switched off
      When the new back end asks for a token
      Then the token request is refused with 400 or 401 "invalid_client" or 400 "unauthorized_client"

    # The same at the API, where credentials that are no longer good are answered with 401.
    @id:CA27b @should @rfc6749-5.2 @medplum-api.fhir.medplum.clientapplication @critical
    Scenario: A client that was switched off is refused with Basic at the API
      Given a new back end
      And the new back end can read the visible patient by Basic
      And the new back end has been switched off
      When the new back end tries to read the visible patient by Basic
      Then the request is refused with 401

  @method:authorization-code
  Rule: A client that was switched off gets no more tokens for its resource owners

    # The same with a refresh token, whose grant may count as revoked.
    @id:CA27c @should @rfc6749-5.2 @rfc6749-6 @medplum-api.fhir.medplum.clientapplication @high
    Scenario: A client that was switched off cannot refresh
      Given a new confidential client
      And the practitioner has tokens of the new confidential client that were refreshed once
      And the new confidential client has been switched off
      When the new confidential client refreshes
      Then the token request is refused with 400 or 401 "invalid_client" or 400 "unauthorized_client" or 400 "invalid_grant"

  @method:client-credentials
  Rule: A secret is rotated without a gap, and the old one ends

    # The product's promise: while the former secret is retiring both are good.
    @id:CA28a @product @medplum-api.fhir.operations.rotate-client-secret @high
    Scenario Outline: The former secret works beside the new one while it is retiring
      Given a new back end
      And the secret of the new back end has been rotated
      When the new back end <use> with its former client_secret
      Then the answer shows that the secret was accepted
      When the new back end <use>
      Then the answer shows that the secret was accepted

      Examples:
        | use                                        |
        | asks for a token                           |
        | tries to read the visible patient by Basic |

    # The product's promise: after that the former one is worth nothing, anywhere.
    @id:CA28b @product @medplum-api.fhir.operations.rotate-client-secret @critical
    Scenario Outline: The former secret is refused once its retirement has ended
      Given a new back end
      And the new back end <control>
      And the secret of the new back end has been rotated
      And the retirement of the former secret of the new back end has ended
      When the new back end <use> with its former client_secret
      Then the request is refused with <outcomes>

      Examples:
        | control                               | use                                        | outcomes                    |
        | has a token                           | asks for a token                           | 400 or 401 "invalid_client" |
        | can read the visible patient by Basic | tries to read the visible patient by Basic | 401                         |
