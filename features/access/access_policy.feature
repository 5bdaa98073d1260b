@access @method:client-credentials
Feature: Access policies
  A project's data is opened to each of its people and applications by a policy, and by nothing else.

  Rule: A policy that lets somebody only read lets nobody write

    # The product's promise: a read-only type is for reading. 403 rather than 404, since the record may be read.
    @id:AP01a @product @medplum-access.access-policies @owasp-api-API5 @critical
    Scenario Outline: Broken function level authorization: a write to a read-only type changes nothing
      Given a bound back end whose policy opens patients to be read only
      And the records hold the patient Inside
      And the bound back end can read the patient Inside
      When the bound back end tries to <interaction> the patient Inside
      Then the patient Inside has not changed
      And the request is refused with 403

      Examples:
        | interaction      |
        | create a copy of |
        | update           |
        | patch            |
        | delete           |

    # The product's promise: where interactions are listed, the others are refused.
    @id:AP01d @product @medplum-access.access-policies @owasp-api-API5 @high
    Scenario Outline: Broken function level authorization: an interaction that the policy does not list is refused
      Given a bound back end whose policy opens patients to be read and searched only
      And the records hold the patient Inside
      And the bound back end can read the patient Inside
      When the bound back end tries to <interaction> the patient Inside
      Then the patient Inside has not changed
      And the request is refused with 403

      Examples:
        | interaction         |
        | read the history of |
        | create a copy of    |
        | update              |
        | delete              |

  Rule: A type that the policy does not name is closed

    # The product's promise: what no entry names is forbidden, whatever the interaction.
    @id:AP01b @product @medplum-access.access-policies @owasp-api-API5 @critical
    Scenario Outline: Broken function level authorization: a type that the policy does not name is closed
      Given a bound back end whose policy opens patients to be read only
      And the bound back end can read the visible patient
      And the records hold the condition of the visible patient
      When the bound back end tries to <interaction> the condition of the visible patient
      Then the condition of the visible patient has not changed
      And the request is refused with 403

      Examples:
        | interaction         |
        | read                |
        | search for          |
        | read the history of |
        | create a copy of    |
        | update              |
        | delete              |

    # The same for each entry of a batch; a server may refuse the whole.
    @id:AP01c @product @medplum-access.access-policies @owasp-api-API5 @critical
    Scenario: Broken function level authorization: a batch opens nothing that the policy closes
      Given a bound back end whose policy opens patients to be read only
      And the bound back end can read in a batch the visible patient
      And the records hold the condition of the visible patient
      When the bound back end tries to read, search for, update and copy in a batch the condition of the visible patient
      Then the condition of the visible patient has not changed
      And the request is refused with 403

  Rule: Criteria bound every interaction

    # The product's promise: criteria hide a record. Whether its existence is told (403 or 404) is left open.
    @id:AP02a @product @medplum-access.access-policies @owasp-api-API1 @critical
    Scenario Outline: Broken object level authorization: a record outside the criteria cannot be read
      Given a bound back end whose policy opens patients named Inside only
      And the records hold the patient Inside
      And the records hold the patient Outside
      And the bound back end can read the patient Inside
      When the bound back end tries to <interaction> the patient Outside
      Then the request is refused with 403 or 404

      Examples:
        | interaction               |
        | read                      |
        | read the first version of |

    # The same for searches: what is out of reach is not matched.
    @id:AP02b @product @medplum-access.access-policies @owasp-api-API1 @critical
    Scenario Outline: Broken object level authorization: a search shows what is inside the criteria only
      Given a bound back end whose policy opens patients named Inside only
      And the records hold the patient Inside
      And the records hold the patient Outside
      When the bound back end tries to <interaction> the patient Inside and the patient Outside
      Then the search shows the patient Inside and not the patient Outside

      Examples:
        | interaction      |
        | search for       |
        | search by id for |

    # The same for totals, which else tell that there is more.
    @id:AP02c @product @medplum-access.access-policies @owasp-api-API1 @high
    Scenario Outline: Broken object level authorization: a count counts what is inside the criteria only
      Given a bound back end whose policy opens patients named Inside only
      And the records hold the patient Inside
      And the records hold the patient Outside
      When the bound back end tries to count, with <parameter>, the patient Inside and the patient Outside
      Then the total is 1

      Examples:
        | parameter       |
        | _summary=count  |
        | _total=accurate |

    # The same for the history of a record.
    @id:AP02d @product @medplum-access.access-policies @owasp-api-API1 @critical
    Scenario: Broken object level authorization: the history of a record outside the criteria is closed
      Given a bound back end whose policy opens patients named Inside only
      And the records hold the patient Inside
      And the records hold the patient Outside
      And the bound back end can read the patient Inside
      When the bound back end tries to read the history of the patient Outside
      Then the request is refused with 403 or 404

    # The same for new records: they have to meet the criteria.
    @id:AP02e @product @medplum-access.access-policies @owasp-api-API1 @high
    Scenario: Broken object level authorization: a record outside the criteria cannot be created
      Given a bound back end whose policy opens patients named Inside only
      And the records hold the patient Inside
      And the records hold the patient Outside
      And the bound back end can read the patient Inside
      When the bound back end tries to create a copy of the patient Outside
      Then the patient Outside has not changed
      And the request is refused with 403

    # The same for what a record would become.
    @id:AP02f @product @medplum-access.access-policies @owasp-api-API1 @high
    Scenario: Broken object level authorization: a record cannot be moved out of the criteria
      Given a bound back end whose policy opens patients named Inside only
      And the records hold the patient Inside
      And the bound back end can read the patient Inside
      When the bound back end tries to give the name Outside to the patient Inside
      Then the patient Inside has not changed
      And the request is refused with 403

    # The same for what a record is before the change.
    @id:AP02g @product @medplum-access.access-policies @owasp-api-API1 @critical
    Scenario Outline: Broken object level authorization: a record outside the criteria cannot be changed
      Given a bound back end whose policy opens patients named Inside only
      And the records hold the patient Inside
      And the records hold the patient Outside
      And the bound back end can read the patient Inside
      When the bound back end tries to <interaction> the patient Outside
      Then the patient Outside has not changed
      And the request is refused with 403 or 404

      Examples:
        | interaction |
        | update      |
        | patch       |
        | delete      |

    # The product's promise: the compartments of a resource are the server's to say. Control: what is in the compartment
    # opens.
    @id:AP02i @product @medplum-access.access-policies @owasp-api-API3 @critical
    Scenario Outline: Mass assignment: nobody claims a compartment for a record
      Given a new back end
      And the records hold the patient Inside
      And the records hold the observation of the patient Inside
      And the records hold the patient Outside
      And the records hold the observation of the patient Outside
      And the new back end has been put under a policy that opens observations in the compartment of %ward only, with the patient Inside as %ward
      And the new back end can update the observation of the patient Inside
      When the new back end tries to <deed> the observation of the patient Outside, claiming the compartment of the patient Inside
      Then the request is refused with 403 or 404
      And the observation of the patient Outside has not changed

      Examples:
        | deed             |
        | create a copy of |
        | update           |

    # The same for what a record would become.
    @id:AP02m @product @medplum-access.access-policies @owasp-api-API3 @critical
    Scenario: Mass assignment: nobody moves a record out of its compartment
      Given a new back end
      And the records hold the patient Inside
      And the records hold the observation of the patient Inside
      And the records hold the patient Outside
      And the new back end has been put under a policy that opens observations in the compartment of %ward only, with the patient Inside as %ward
      And the new back end can read the observation of the patient Inside
      When the new back end tries to give to the patient Outside the observation of the patient Inside, claiming the compartment of the patient Inside
      Then the request is refused with 403
      And the observation of the patient Inside has not changed

  Rule: Fields have rules of their own

    # The product's promise: a hidden field is taken out of every answer.
    @id:AP03a @product @medplum-access.access-policies @owasp-api-API3 @high
    Scenario Outline: Excessive data exposure: a hidden field is shown nowhere
      Given a bound back end whose policy hides the telecom of patients
      And the records hold the patient Inside
      When the bound back end tries to <interaction> the patient Inside
      Then the telecom of the patient Inside is not shown

      Examples:
        | interaction               |
        | read                      |
        | search for                |
        | read the first version of |
        | read the history of       |

    # The product's promise: a read-only field keeps its value. Whether the write is refused is left open.
    @id:AP03b @product @medplum-access.access-policies @owasp-api-API3 @high
    Scenario Outline: Mass assignment: a read-only field keeps its value
      Given a bound back end whose policy keeps the birth date of patients as it is
      And the records hold the patient Inside
      And the bound back end can read the patient Inside
      When the bound back end tries to <interaction> the birth date of the patient Inside
      Then the birth date of the patient Inside is kept, served or refused with 400 or 403

      Examples:
        | interaction |
        | update      |
        | patch       |

    # What is hidden is not to be found out by guessing at it either. The search may be refused.
    @id:AP03c @product @medplum-access.access-policies @owasp-api-API3 @medium
    Scenario Outline: Search oracle: a search cannot ask for what a hidden field holds
      Given a bound back end whose policy hides the telecom of patients
      And the records hold the patient Inside
      And the bound back end can read the patient Inside
      And the administrator finds the patient Inside when they <interaction> it
      When the bound back end tries to <interaction> the patient Inside
      Then the search finds nothing, or is refused with 400 or 403

      Examples:
        | interaction           |
        | search by telecom for |
        | search by email for   |

    # The product's promise: a hidden field is taken out of every answer. Control: an administrator is shown it this way.
    @id:AP03d @product @medplum-access.access-policies @owasp-api-API3 @high
    Scenario Outline: Excessive data exposure: a hidden field is shown on no other way
      Given a bound back end whose policy hides the telecom of patients
      And the records hold the patient Inside
      And the records hold the observation of the patient Inside
      And a server whose administrator is shown the telecom of the patient Inside when they <interaction> <asked>
      And the bound back end can read the patient Inside
      When the bound back end tries to <interaction> <asked>
      Then the telecom of the patient Inside stands nowhere in the answer

      Examples:
        | interaction                        | asked                                 |
        | find, of which only the telecom,   | the patient Inside                    |
        | find, of which some elements,      | the patient Inside                    |
        | tabulate the telecom of            | the patient Inside                    |
        | read in a batch                    | the patient Inside                    |
        | read in a transaction              | the patient Inside                    |
        | search by POST for                 | the patient Inside                    |
        | read by GraphQL the telecom of     | the patient Inside                    |
        | list by GraphQL the telecom of     | the patient Inside                    |
        | find, with its subject,            | the observation of the patient Inside |
        | read everything about              | the patient Inside                    |
        | patch, with a copy of its telecom, | the patient Inside                    |
        | update                             | the patient Inside                    |

    # What is hidden is not to be guessed by a condition of a patch either.
    @id:AP03e @product @medplum-access.access-policies @owasp-api-API3 @medium
    Scenario: Guessing: a patch cannot ask for what a hidden field holds
      Given a bound back end whose policy hides the telecom of patients
      And the records hold the patient Inside
      And the bound back end can patch a twin of the patient Inside
      And the administrator can patch, where its telecom is that, a twin of the patient Inside
      When the bound back end tries to patch, where its telecom is that, the patient Inside
      Then the request is refused with 400 or 403 or 409 or 412 or 422
      And the patient Inside has not changed

    # Nor by the order of a search. The search may be refused.
    @id:AP03f @product @medplum-access.access-policies @owasp-api-API3 @medium
    Scenario: Guessing: the order of a search tells nothing of a hidden field
      Given a bound back end whose policy hides the birth date of patients
      And the records hold the patient Inside
      And the records hold the patient Outside, born later
      And a server that sorts for its administrator by birth date the patient Inside and the patient Outside
      When the bound back end sorts by birth date, up and down, the patient Inside and the patient Outside
      Then the order is the same both ways, or the search is refused with 400 or 403

    # The product's promise: a field that is hidden or for reading is nobody's to write, from the first version on.
    @id:AP03g @product @medplum-access.access-policies @owasp-api-API3 @high
    Scenario Outline: Mass assignment: a field that may not be written is not set on a new record
      Given a bound back end whose policy <policy>
      And the records hold the patient Inside
      And the bound back end can read the patient Inside
      When the bound back end tries to <interaction> the patient Inside
      Then no copy of the patient Inside has its <field>, served or refused with 400 or 403

      Examples:
        | policy                                    | interaction                                    | field      |
        | keeps the birth date of patients as it is | create a copy of                               | birth date |
        | keeps the birth date of patients as it is | create in a batch a copy of                    | birth date |
        | keeps the birth date of patients as it is | create, unless there is one like it, a copy of | birth date |
        | hides the telecom of patients             | create a copy of                               | telecom    |

  Rule: The variables of a policy stand for who is signed in

    # The product's promise: %patient is the caller's own record; any other is out of reach.
    @id:AP04a @product @medplum-access.access-policies @owasp-api-API1 @critical
    Scenario Outline: Broken object level authorization: a patient sees the own records and no one else's
      Given a server with access policies
      And the records hold <record>
      And the patient can read the patient's own observation
      When the patient tries to read <record>
      Then the request is refused with 403 or 404

      Examples:
        | record                                 |
        | the patient Outside                    |
        | the observation of the visible patient |

    # The product's promise: %profile is the caller's own profile.
    @id:AP04b @product @medplum-access.access-policies @owasp-api-API1 @critical
    Scenario: Broken object level authorization: criteria by the own profile open to no one else
      Given a new practitioner whose policy opens patients in their own care only
      And the records hold the patient Inside in the care of the new practitioner
      And the records hold the patient Outside
      And the new practitioner can read the patient Inside
      When the new practitioner tries to read the patient Outside
      Then the request is refused with 403 or 404

    # The product's promise: a parameter stands for what the membership says, a reference or a text.
    @id:AP04c @product @medplum-access.access-policies @owasp-api-API1 @critical
    Scenario Outline: Broken object level authorization: a parameter of the membership bounds what its holder sees
      Given a new back end
      And the records hold the patient Inside
      And the records hold the observation of the patient Inside
      And the records hold the patient Outside
      And the records hold the observation of the patient Outside
      And the new back end has been put under a policy that <policy>, with <value> as <parameter>
      And the new back end can read <open>
      When the new back end tries to <interaction> <closed>
      Then the request is refused with 403 or 404 or an empty Bundle

      Examples:
        | policy                             | value              | parameter | open                                  | interaction      | closed                                 |
        | opens observations of %ward only   | the patient Inside | %ward     | the observation of the patient Inside | read             | the observation of the patient Outside |
        | opens observations of %ward only   | the patient Inside | %ward     | the observation of the patient Inside | search for       | the observation of the patient Outside |
        | opens observations of %ward only   | the patient Inside | %ward     | the observation of the patient Inside | create a copy of | the observation of the patient Outside |
        | opens patients called %called only | "Inside"           | %called   | the patient Inside                    | read             | the patient Outside                    |
        | opens patients called %called only | "Inside"           | %called   | the patient Inside                    | search for       | the patient Outside                    |
        | opens patients called %called only | "Inside"           | %called   | the patient Inside                    | update           | the patient Outside                    |

  Rule: A right that is taken away is gone at once

    # The product's promise: the policy is read at each request, so it binds a token that is out.
    @id:AP10a @product @medplum-access.access-policies @owasp-api-API5 @critical
    Scenario: A changed policy binds a live token
      Given a new practitioner
      And the records hold the patient Inside
      And the new practitioner can read the patient Inside
      And the new practitioner has been put under a policy that opens observations only
      When the new practitioner tries to read the patient Inside
      Then the access has ended with 401 or 403 or 404 or 410

    # The same for who is no longer a member: the token stands for a membership that is gone.
    @id:AP10b @product @medplum-access.access-policies @owasp-api-API2 @critical
    Scenario: A member who was taken out of the project keeps no live token
      Given a new practitioner
      And the records hold the patient Inside
      And the new practitioner can read the patient Inside
      And the new practitioner has been removed from the project
      When the new practitioner tries to read the patient Inside
      Then the access has ended with 401 or 403 or 404 or 410
