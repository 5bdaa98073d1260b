@users @method:authorization-code
Feature: Provisioning to the end
  A person comes, signs in, and leaves: then nothing opens any more, whatever was given before.

  Rule: Who was deactivated is let in nowhere

    # The product's promise: a membership that is not active gives no access, at once. How it is refused is left open.
    @id:SC16a @product @medplum-user-management @owasp-api-API2 @critical
    Scenario Outline: Insufficient session expiration: who was deactivated by SCIM is let in nowhere
      Given a practitioner who came by <arrival> signed in to the confidential client, and was <departure>
      When <way> is tried
      Then <way> lets nobody in

      Examples: by the usual request
        | arrival       | departure           | way                                       |
        | an invitation | deactivated by SCIM | the password                              |
        | an invitation | deactivated by SCIM | the session of the browser                |
        | an invitation | deactivated by SCIM | a code that was not redeemed yet          |
        | an invitation | deactivated by SCIM | the refresh token                         |
        | an invitation | deactivated by SCIM | the access token at the API               |
        | an invitation | deactivated by SCIM | the access token at the userinfo endpoint |
        | an invitation | deactivated by SCIM | the access token at introspection         |

      Examples: as other directories do it, and of who came by SCIM
        | arrival | departure                             | way                         |
        | SCIM    | deactivated by a PATCH without a path | the password                |
        | SCIM    | deactivated by a PATCH without a path | the refresh token           |
        | SCIM    | deactivated by a PATCH without a path | the access token at the API |
        | SCIM    | deactivated by a PUT                  | the password                |
        | SCIM    | deactivated by a PUT                  | the access token at the API |

    # The same by administration, which the product prefers to a removal.
    @id:IV11 @product @medplum-user-management @owasp-api-API2 @critical
    Scenario Outline: Insufficient session expiration: who was deactivated by the administrator is let in nowhere
      Given a practitioner who came by an invitation signed in to the confidential client, and was deactivated by the administrator
      When <way> is tried
      Then <way> lets nobody in

      Examples:
        | way                                       |
        | the password                              |
        | the session of the browser                |
        | a code that was not redeemed yet          |
        | the refresh token                         |
        | the access token at the API               |
        | the access token at the userinfo endpoint |
        | the access token at introspection         |

  Rule: Who was removed is let in nowhere

    # The same for who is a member no more, and without a failure of the server.
    @id:SC17 @product @medplum-user-management @owasp-api-API2 @critical
    Scenario Outline: Insufficient session expiration: who was removed is let in nowhere
      Given a practitioner who came by <arrival> signed in to the confidential client, and was <departure>
      When <way> is tried
      Then <way> lets nobody in

      Examples:
        | arrival       | departure                    | way                                       |
        | SCIM          | removed by SCIM              | the password                              |
        | SCIM          | removed by SCIM              | the session of the browser                |
        | SCIM          | removed by SCIM              | a code that was not redeemed yet          |
        | SCIM          | removed by SCIM              | the refresh token                         |
        | SCIM          | removed by SCIM              | the access token at the API               |
        | SCIM          | removed by SCIM              | the access token at the userinfo endpoint |
        | SCIM          | removed by SCIM              | the access token at introspection         |
        | an invitation | removed by the administrator | the password                              |
        | an invitation | removed by the administrator | the session of the browser                |
        | an invitation | removed by the administrator | the refresh token                         |
        | an invitation | removed by the administrator | the access token at the API               |

  Rule: What a project provisions stays its own affair

    # The product's promise: only the server's operator changes an account of the whole server.
    @id:SC18 @product @medplum-user-management.project-vs-server-scoped-users @owasp-api-API1 @critical
    Scenario Outline: Account takeover: a project does not change how somebody signs in to another
      Given the practitioner of both projects is a member of both projects by one account
      And the practitioner of both projects can sign in to the other project
      When the provisioner gives the practitioner of both projects <what> by SCIM
      Then the practitioner of both projects can still sign in to the other project, served or refused with 400 or 403 or 409

      Examples:
        | what                      |
        | another address           |
        | another password          |
        | another id from elsewhere |

    # The product's promise: patients come under the policy that the project has for them, or not at all.
    @id:SC22a @product @medplum-api.fhir.medplum.project @owasp-api-API5 @high
    Scenario: A patient does not come by SCIM where the project has no policy for patients
      Given a server with SCIM
      And the provisioner of the other project has made the user Bea
      When the provisioner of the other project makes the user Ada as a patient
      Then the request is refused with 400 or 403 or 409 or 422

    # The same where it has one.
    @id:SC22b @product @medplum-api.fhir.medplum.project @owasp-api-API5 @critical
    Scenario: A patient who comes by SCIM is under the policy for patients
      Given the main project has a policy for patients
      When the provisioner makes the user Ada as a patient
      Then the membership of the user Ada is under the policy for patients

    # The product's promise: what SCIM says of a person makes nobody an administrator.
    @id:SC23a @product @medplum-access.admin @owasp-api-API3 @critical
    Scenario: Mass assignment: nobody becomes an administrator by saying so
      Given a server with SCIM
      When the provisioner makes the user Ada who says to be an administrator
      Then the membership of the user Ada is not an administrator's, served or refused with 400

    # The product's promise: invitedBy names who it was.
    @id:SC23b @product @medplum-api.fhir.medplum.projectmembership @low
    Scenario: Who provisioned a person is recorded
      Given a server with SCIM
      When the provisioner makes the user Ada
      Then the membership of the user Ada names who invited
