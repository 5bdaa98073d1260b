@access @method:client-credentials
Feature: Access policies
  A project's data is opened to each of its people and applications by a policy, and by nothing else.

  Rule: A policy that lets somebody only read lets nobody write

    @id:AP01a @product @medplum-access.access-policies @owasp-api-API5 @critical
    Scenario Outline: A write to a read-only type is refused and changes nothing
      Given a back end whose policy lets it only read patients
      And a patient in the records
      And the back end can read the record
      When the back end tries to <attempt>
      Then the request is refused with status 403
      And nothing in the records has changed

      Examples:
        | attempt           |
        | create one like it |
        | update the record |
        | patch the record  |
        | delete the record |

    @id:AP01d @product @medplum-access.access-policies @owasp-api-API5 @high
    Scenario Outline: An interaction that the policy does not list is refused
      Given a back end whose policy lets it read and search patients, no more
      And a patient in the records
      And the back end can read the record
      When the back end tries to <attempt>
      Then the request is refused with status 403
      And nothing in the records has changed

      Examples:
        | attempt                           |
        | ask for the history of the record |
        | create one like it                |
        | update the record                 |
        | delete the record                 |

  Rule: A type that the policy does not name is closed

    @id:AP01b @product @medplum-access.access-policies @owasp-api-API5 @critical
    Scenario Outline: A type that the policy does not name is closed to every interaction
      Given a back end whose policy lets it only read patients
      And the back end can read a patient
      And a condition in the records
      When the back end tries to <attempt>
      Then the request is refused with status 403
      And nothing in the records has changed

      Examples:
        | attempt                           |
        | read the record                   |
        | search for the record             |
        | ask for the history of the record |
        | create one like it                |
        | update the record                 |
        | delete the record                 |

    @id:AP01c @product @medplum-access.access-policies @owasp-api-API5 @critical
    Scenario: A batch opens nothing that the policy closes
      Given a back end whose policy lets it only read patients
      And a batch of the back end can read a patient
      And a condition in the records
      When the back end tries to send a batch that reads, searches, updates and copies the record
      Then each of the 4 entries is refused
      And nothing in the records has changed

  Rule: Criteria bound every interaction

    @id:AP02a @product @medplum-access.access-policies @owasp-api-API1 @critical
    Scenario Outline: A record outside the criteria cannot be read
      Given a back end whose policy lets it see and change patients named Inside
      And a patient in the records
      And the back end can read the record
      And a patient named Outside beside it
      When the back end tries to <attempt>
      Then the request is refused with status 404 or 403

      Examples:
        | attempt                              |
        | read the record                      |
        | read the first version of the record |

    @id:AP02b @product @medplum-access.access-policies @owasp-api-API1 @critical
    Scenario Outline: A search shows what is inside the criteria only
      Given a back end whose policy lets it see and change patients named Inside
      And a patient in the records
      And a patient named Outside beside it
      When the back end tries to <attempt>
      Then the search shows the record within reach and no other

      Examples:
        | attempt                         |
        | search for the record           |
        | search for the record by its id |

    @id:AP02c @product @medplum-access.access-policies @owasp-api-API1 @high
    Scenario Outline: A count counts what is inside the criteria only
      Given a back end whose policy lets it see and change patients named Inside
      And a patient in the records
      And a patient named Outside beside it
      When the back end tries to count with <parameter>
      Then the total is 1

      Examples:
        | parameter       |
        | _summary=count  |
        | _total=accurate |

    @id:AP02d @product @medplum-access.access-policies @owasp-api-API1 @critical
    Scenario: The history of a record outside the criteria is closed
      Given a back end whose policy lets it see and change patients named Inside
      And a patient in the records
      And the back end can read the record
      And a patient named Outside beside it
      When the back end tries to ask for the history of the record
      Then the request is refused with status 404 or 403

    @id:AP02e @product @medplum-access.access-policies @owasp-api-API1 @high
    Scenario: A record outside the criteria cannot be created
      Given a back end whose policy lets it see and change patients named Inside
      And a patient in the records
      And the back end can read the record
      And a patient named Outside beside it
      When the back end tries to create one like it
      Then the request is refused with status 403
      And nothing in the records has changed

    @id:AP02f @product @medplum-access.access-policies @owasp-api-API1 @high
    Scenario: A record cannot be moved out of the criteria
      Given a back end whose policy lets it see and change patients named Inside
      And a patient in the records
      And the back end can read the record
      When the back end tries to rename the record to Outside
      Then the request is refused with status 403
      And nothing in the records has changed

    @id:AP02g @product @medplum-access.access-policies @owasp-api-API1 @critical
    Scenario Outline: A record outside the criteria cannot be changed
      Given a back end whose policy lets it see and change patients named Inside
      And a patient in the records
      And the back end can read the record
      And a patient named Outside beside it
      When the back end tries to <attempt>
      Then the request is refused with status 404 or 403
      And nothing in the records has changed

      Examples:
        | attempt           |
        | update the record |
        | patch the record  |
        | delete the record |

  Rule: Fields have rules of their own

    @id:AP03a @product @medplum-access.access-policies @owasp-api-API3 @high
    Scenario Outline: A hidden field is shown nowhere
      Given a back end whose policy hides the telecom of patients
      And a patient in the records
      When the back end tries to <attempt>
      Then the telecom is not shown

      Examples:
        | attempt                              |
        | read the record                      |
        | search for the record                |
        | read the first version of the record |
        | ask for the history of the record    |

    @id:AP03b @product @medplum-access.access-policies @owasp-api-API3 @high
    Scenario Outline: A read-only field keeps its value
      Given a back end whose policy lets it change all of a patient but the birth date
      And a patient in the records
      And the back end can read the record
      When the back end tries to <attempt>
      Then the birth date is what it was

      Examples:
        | attempt                             |
        | update the birth date of the record |
        | patch the birth date of the record  |

    @id:AP03c @product @medplum-access.access-policies @owasp-api-API3 @medium
    Scenario Outline: A search cannot ask for what a hidden field holds
      Given a back end whose policy hides the telecom of patients
      And a patient in the records
      And the back end can read the record
      And the administrator finds it: they search by the <field> of the record
      When the back end tries to search by the <field> of the record
      Then the search does not match

      Examples:
        | field          |
        | telecom        |
        | e-mail address |

  Rule: The variables of a policy stand for who is signed in

    @id:AP04a @product @medplum-access.access-policies @owasp-api-API1 @critical
    Scenario Outline: A patient sees the own records and no one else's
      Given the patient is signed in
      And the patient can read an observation of its own
      And <another record>
      When the patient tries to read the record
      Then the request is refused with status 404 or 403

      Examples:
        | another record                |
        | a patient in the records      |
        | an observation in the records |

    @id:AP04b @product @medplum-access.access-policies @owasp-api-API1 @critical
    Scenario: Criteria by the own profile open to no one else
      Given a practitioner whose policy shows only patients in its own care
      And that practitioner is signed in
      And a patient in the care of that practitioner
      And the practitioner can read the record
      And a patient named Outside beside it
      When the practitioner tries to read the record
      Then the request is refused with status 404 or 403

  Rule: A right that is taken away is gone at once

    @id:AP10a @product @medplum-access.access-policies @owasp-api-API5 @critical
    Scenario: A changed policy binds a live token
      Given a practitioner of its own
      And that practitioner is signed in
      And a patient in the records
      And the practitioner can read the record
      When the policy of the practitioner is changed to one without patients
      And the practitioner tries to read the record
      Then the access has ended

    @id:AP10b @product @medplum-access.access-policies @owasp-api-API2 @critical
    Scenario: A member who was taken out of the project keeps no live token
      Given a practitioner of its own
      And that practitioner is signed in
      And a patient in the records
      And the practitioner can read the record
      When the practitioner is taken out of the project
      And the practitioner tries to read the record
      Then the access has ended
