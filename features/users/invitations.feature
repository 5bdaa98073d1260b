@users @method:authorization-code
Feature: Invitations
  An administrator makes people members of a project; an account belongs to that project or to the whole server.

  Rule: Administrators invite, into their own project

    # The product's promise: only a project's administrators invite. The two statuses are those of RFC 6750.
    @id:IV01a @product @owasp-api-API5 @medplum-user-management @critical
    Scenario Outline: Broken function level authorization: who is no administrator cannot invite
      Given the administrator can invite a practitioner
      When <caller> tries to invite a practitioner
      Then the request is refused with 401 or 403
      And nobody has been invited

      Examples:
        | caller           |
        | anybody          |
        | the practitioner |
        | the patient      |
        | the back end     |

    # The product's promise: projects are isolated. Whether the path is refused or overlooked is left open.
    @id:IV01b @product @owasp-api-API1 @medplum-access.projects @critical
    Scenario: Tenant isolation: an administrator cannot invite into another project
      Given the administrator can invite a practitioner
      When the administrator of the other project tries to invite a practitioner to the main project
      Then the main project has gained no member, served or refused with 400 or 403 or 404

    # The product's promise: three kinds of person, a name, and an address or an id from elsewhere.
    @id:IV01c @product @medplum-api.project-admin.invite @medium
    Scenario Outline: An invitation that does not say whom, or as what, is refused
      Given the administrator can invite a practitioner
      When the administrator tries to invite <guest>
      Then the request is refused with 400 or 422

      Examples:
        | guest                             |
        | somebody as a group               |
        | somebody as an observation        |
        | somebody as nothing in particular |
        | somebody without a first name     |
        | somebody without a last name      |
        | somebody without an address       |
        | somebody whose address is none    |

    # The product's promise: a membership is the project's own, though an invitation may override its fields.
    @id:IV06 @product @owasp-api-API3 @medplum-api.project-admin.invite @medplum-access.projects @critical
    Scenario: Mass assignment: an invitation that names another project makes no member there
      Given the administrator can invite a practitioner
      When the administrator tries to invite a practitioner as a member of the other project
      Then the other project has gained no member, served or refused with 400 or 403 or 404 or 422

  Rule: What an invitation gives lies in the project

    # The product's promise: projects are isolated, so another project's policy opens nothing in this one.
    @id:IV04a @product @owasp-api-API1 @medplum-access.projects @high
    Scenario: Tenant isolation: a policy of another project opens nothing
      Given the administrator can invite a practitioner
      And the practitioner can read the visible patient
      When the administrator tries to invite a practitioner under a policy of the other project
      And who was invited, if anybody, tries to read the visible patient
      Then the request is refused with 400 or 403 or 404 or 422

    # The same for the record that a member acts as.
    @id:IV04b @product @owasp-api-API1 @medplum-access.projects @critical
    Scenario: Tenant isolation: nobody is invited as a person of another project
      Given the administrator can invite a practitioner
      When the administrator tries to invite a practitioner with a profile of the other project
      Then nobody acts as that profile, served or refused with 400 or 403 or 404 or 422

  Rule: An account belongs to one project, or to the server

    # The product's promise: patients to the project, practitioners to the server, unless the invitation says otherwise.
    @id:IV02 @product @medplum-user-management.project-vs-server-scoped-users @medplum-user-management.external-ids @high
    Scenario Outline: An address in two projects is one account or two, as its scope says
      When the administrator of each project invites <guest>
      Then that person has <accounts>

      Examples:
        | guest                                  | accounts     |
        | a patient                              | two accounts |
        | a practitioner                         | one account  |
        | a practitioner, with the scope project | two accounts |
        | a practitioner, with the scope server  | one account  |
        | a practitioner by an external id       | two accounts |
        | a patient by an external id            | two accounts |

    # The product's promise: a project-scoped account exists inside a single project.
    @id:IV03a @product @owasp-api-API2 @medplum-user-management.project-vs-server-scoped-users @critical
    Scenario: Account confusion: the password of a namesake in another project opens nothing
      Given the namesake of the main project and the namesake of the other project have an account each, with one address and two passwords
      And the namesake of the main project can sign in to the confidential client
      And the namesake of the other project can sign in to the other project
      When the namesake of the other project tries to sign in to the confidential client
      Then no token is issued

    # The product's promise: one account may be in several projects; a token is of the one that was signed in to.
    @id:IV03b @product @owasp-api-API1 @medplum-user-management.project-vs-server-scoped-users @medplum-access.projects @critical
    Scenario: Tenant isolation: a token for one project does not open another of the same account
      Given the practitioner of both projects is a member of both projects by one account
      And the practitioner of both projects can read the visible patient
      When the practitioner of both projects tries to read the foreign patient
      Then the request is refused with 403 or 404 or 410

    # The same for who belongs to the other project alone.
    @id:IV03c @product @owasp-api-API2 @medplum-user-management @critical
    Scenario: Tenant isolation: who is no member of a client's project cannot sign in to it
      Given the practitioner of the other project is a member of the other project alone
      And the practitioner of the other project can sign in to the other project
      When the practitioner of the other project tries to sign in to the confidential client
      Then no token is issued

  Rule: One person is one member, unless somebody means it

    # The product's promise: inviting a member again is an error. The statuses are those of a conflict or bad request.
    @id:IV05a @product @medplum-user-management.multiple-memberships @medium
    Scenario: Who is a member already is not invited again
      Given the administrator can invite a practitioner
      When the administrator invites the same person again
      Then the request is refused with 400 or 409 or 422
      And that person has one membership in the main project

    # The product's promise: forceNewMembership makes another.
    @id:IV05b @product @medplum-user-management.multiple-memberships @low
    Scenario: A further membership can be had by force
      Given the administrator can invite a practitioner
      When the administrator invites the same person again, by force
      Then that person has two memberships in the main project

    # The same in a race: all are held at their last byte and let go together, twice.
    @id:CC07 @product @medplum-user-management.multiple-memberships @high
    Scenario: Race condition: one person who is invited four times at once becomes a member once
      When the administrator invites one practitioner 4 times at once
      Then each try makes one membership

  Rule: Who has several memberships says which

    # The product's promise: who has several memberships chooses one of them at the sign-in.
    @id:IV09a @product @medplum-user-management.multiple-memberships @medium
    Scenario: A person with two memberships is asked which one
      Given the practitioner with two memberships has been invited twice
      When the practitioner with two memberships gives the password to the confidential client
      Then two memberships are offered, and there is no code yet

    # The same: one of them, and nobody else's.
    @id:IV09b @product @owasp-api-API1 @medplum-user-management.multiple-memberships @critical
    Scenario Outline: Impersonation: nobody signs in by somebody else's membership
      Given the practitioner with two memberships has been invited twice
      And the practitioner with two memberships can sign in to the confidential client by choosing the membership of the practitioner with two memberships
      When the practitioner with two memberships signs in to the confidential client by choosing <membership>
      Then the request is refused with 400 or 403 or 404 or 410 or 422

      Examples:
        | membership                                               |
        | the membership of the second practitioner                |
        | the membership of the administrator                      |
        | the membership of the administrator of the other project |
        | a membership that never existed                          |
