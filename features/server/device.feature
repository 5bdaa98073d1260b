@server @method:device
Feature: A device that may create one type and nothing else
  A device that nobody watches holds a secret that may be taken from it: whoever has it may do one thing.

  Rule: Nothing else does

    # The product's promise: what the policy does not list is closed. Control: the device creates at the same place, and
    # an administrator does the same to such a record.
    @id:DC02a @product @medplum-access.access-policies @owasp-api-API5 @critical
    Scenario Outline: Broken function level authorization: a device does nothing else with the type that it creates
      Given the records hold the observation of the visible patient
      And the device can create a copy of a twin of the observation of the visible patient
      And a server whose administrator can <interaction> a twin of the observation of the visible patient
      When the device tries to <interaction> the observation of the visible patient <how>
      Then the request is refused with 400 or 403 or 404 or 405 or 412
      And the observation of the visible patient has not changed

      Examples: What is there
        | interaction                                | how       |
        | read                                       | by Bearer |
        | read                                       | by Basic  |
        | read the history of                        | by Bearer |
        | read the first version of                  | by Bearer |
        | search for                                 | by Bearer |
        | search for                                 | by Basic  |
        | search by POST for                         | by Bearer |
        | search by id for                           | by Basic  |
        | count, with _summary=count,                | by Bearer |
        | search the whole type of                   | by Bearer |
        | ask for the head of                        | by Bearer |
        | read, if it is another version,            | by Bearer |
        | ask whether anything has changed in        | by Bearer |
        | read in a batch                            | by Bearer |
        | read in a batch                            | by Basic  |
        | search in a batch for                      | by Bearer |
        | read in a transaction                      | by Bearer |
        | read by GraphQL                            | by Bearer |
        | list by GraphQL                            | by Bearer |
        | list by GraphQL                            | by Basic  |
        | tabulate                                   | by Bearer |
        | read, with a slash at the end of its path, | by Bearer |
        | read, with two slashes before its path,    | by Bearer |

      Examples: What could become of it
        | interaction                            | how       |
        | update                                 | by Bearer |
        | update                                 | by Basic  |
        | patch                                  | by Bearer |
        | delete                                 | by Bearer |
        | delete                                 | by Basic  |
        | update, if it is this version,         | by Bearer |
        | update by search                       | by Bearer |
        | patch by search                        | by Bearer |
        | delete by search                       | by Bearer |
        | update in a transaction                | by Bearer |
        | delete in a batch                      | by Bearer |
        | update by GraphQL                      | by Bearer |
        | delete by GraphQL                      | by Bearer |
        | update by POST, overriding the method, | by Bearer |

    # The same for what the device has created itself.
    @id:DC02b @product @medplum-access.access-policies @owasp-api-API1 @critical
    Scenario Outline: Broken object level authorization: a device does not see again what it has created
      Given the records hold the observation of the visible patient
      When the device tries to <interaction> what it creates as a copy of the observation of the visible patient <how>
      Then the request is refused with 403 or 404

      Examples:
        | interaction         | how       |
        | read                | by Bearer |
        | read                | by Basic  |
        | read the history of | by Bearer |
        | search by id for    | by Bearer |
        | update              | by Bearer |
        | delete              | by Basic  |

    # The same for every other type.
    @id:DC02c @product @medplum-access.access-policies @owasp-api-API5 @critical
    Scenario Outline: Broken function level authorization: a device opens no other type
      Given the records hold the patient Inside
      And the records hold the observation of the patient Inside
      And the device can create a copy of a twin of the observation of the patient Inside
      And a server whose administrator can <interaction> a twin of the patient Inside
      When the device tries to <interaction> the patient Inside <how>
      Then the request is refused with 400 or 403 or 404 or 405 or 412
      And the patient Inside has not changed

      Examples:
        | interaction                                    | how       |
        | read                                           | by Bearer |
        | read                                           | by Basic  |
        | read the history of                            | by Bearer |
        | search for                                     | by Bearer |
        | search by POST for                             | by Basic  |
        | create a copy of                               | by Bearer |
        | create a copy of                               | by Basic  |
        | update                                         | by Bearer |
        | patch                                          | by Basic  |
        | delete                                         | by Bearer |
        | read, search for, update and copy in a batch   | by Bearer |
        | read, search for, update and copy in a batch   | by Basic  |
        | copy in a transaction                          | by Bearer |
        | create, unless there is one like it, a copy of | by Bearer |
        | read by GraphQL                                | by Bearer |
        | list by GraphQL                                | by Basic  |
        | create by GraphQL a copy of                    | by Bearer |
        | tabulate                                       | by Bearer |
        | read everything about                          | by Bearer |
        | find, with the observations of it,             | by Bearer |

  Rule: A device has an access token and nothing more

    # Binds the server, should: no refresh token in this grant.
    @id:DC03a @should @rfc6749-4.4.3 @medium
    Scenario Outline: A device gets no refresh token
      When the device asks for a token <tampering>
      Then no refresh token is issued, or the token request is refused with 400 "invalid_scope"

      Examples:
        | tampering                          |
        | with client_secret_post            |
        | with scope "openid offline_access" |

    # An ID token tells of the authentication of an end-user, and there is none: should, for no clause forbids it.
    @id:DC03b @should @oidc-core-2 @low
    Scenario Outline: A device gets no ID token
      When the device asks for a token <tampering>
      Then no ID token is issued, or the token request is refused with 400 "invalid_scope"

      Examples:
        | tampering               |
        | with client_secret_post |
        | with scope "openid"     |

    # Binds the server, must: a client uses the grants that it is authorized for. That a device without a redirect URI is
    # for no browser is our reading: should.
    @id:DC04a @should @rfc6749-5.2 @rfc6749-3.1.2.2 @medium
    Scenario Outline: Nobody signs in to a device
      When the practitioner tries to sign in to the device <how>
      Then no token is issued

      Examples:
        | how                                                                                 |
        | with the redirect URI of the confidential client                                    |
        | beside the authorization endpoint, with the redirect URI of the confidential client |
        | beside the authorization endpoint, without a redirect URI                           |

    # Binds the server, must: a refresh token is for the client that it was issued to.
    @id:DC04b @must @rfc6749-6 @rfc6749-5.2 @critical
    Scenario: A device cannot use another client's refresh token
      Given the practitioner has tokens of the confidential client
      And the confidential client has got a refresh token with it
      When the device refreshes
      Then the token request is refused with 400 "invalid_grant" or 400 or 401 "invalid_client" or 400 "unauthorized_client"

  Rule: A scope narrows and never widens

    # Binds a SMART server: scopes give no more than the rights that the client has.
    @id:DC05a @must @smart-scopes-and-launch-context @rfc6749-3.3 @critical
    Scenario Outline: Scope elevation: a wider scope opens nothing that the policy closes
      Given a server with SMART scopes
      And the device has a token with scope "<scope>"
      And the records hold the observation of the visible patient
      And the records hold the patient Inside
      And the device can create a copy of a twin of the observation of the visible patient
      When the device tries to <interaction> <record>
      Then the request is refused with 403 or 404
      And <record> has not changed

      Examples:
        | scope                                      | interaction | record                                 |
        | system/*.cruds                             | read        | the observation of the visible patient |
        | system/*.cruds                             | search for  | the observation of the visible patient |
        | system/*.cruds                             | delete      | the observation of the visible patient |
        | system/Observation.cruds                   | update      | the observation of the visible patient |
        | system/Observation.cruds system/Patient.rs | read        | the patient Inside                     |
        | system/*.*                                 | read        | the patient Inside                     |

    # The same clause: what was asked for is all that is granted.
    @id:DC05b @must @smart-scopes-and-launch-context @rfc6749-3.3 @high
    Scenario Outline: A narrower scope closes what the policy opens
      Given a server with SMART scopes
      And the records hold the observation of the visible patient
      And the device can create a copy of a twin of the observation of the visible patient
      And the device has a token with scope "<scope>"
      When the device tries to create a copy of the observation of the visible patient
      Then the request is refused with 403
      And the observation of the visible patient has not changed

      Examples:
        | scope                 |
        | system/Observation.rs |
        | system/Patient.cruds  |

  Rule: A token of a device lives as long as its client says

    # The product's promise: the lifetime is a setting of the client.
    @id:DC06a @product @medplum-api.fhir.medplum.clientapplication @medium
    Scenario Outline: The lifetime that is set is the one that the token has
      Given a new device whose access tokens live for <lifetime>
      And the new device has a token
      Then the access token lives for <seconds> seconds

      Examples:
        | lifetime | seconds |
        | 2s       | 2       |
        | 5m       | 300     |

    # Binds whoever takes the token, must: an expired token is refused. Leeway for clocks is left open.
    @id:DC06b @must @rfc6750-3.1 @medplum-api.fhir.medplum.clientapplication @critical
    Scenario: A device's token is refused after its end
      Given a new device whose access tokens live for 2s
      And the new device has been put under a policy that opens observations to be created only
      And the records hold the observation of the visible patient
      And the new device can create a copy of a twin of the observation of the visible patient
      When the new device tries to create a copy of the observation of the visible patient after the end of its token
      Then the request is refused with 401
      And the observation of the visible patient has not changed
