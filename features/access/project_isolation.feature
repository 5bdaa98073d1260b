@access @method:client-credentials
Feature: Projects are closed to one another
  Each project holds one organization's data; not even its administrator sees over its edge.

  Rule: What lies in another project might as well not exist

    @id:AP06 @product @owasp-api-API1 @medplum-access.projects @critical
    Scenario Outline: The id of another project's record is answered as an unknown one
      Given the administrator of a project
      And a patient in the records
      And the administrator can read the record
      And a patient of another project beside it
      When the administrator tries to <attempt>
      And the administrator tries, with an id that never existed, to <attempt>
      Then the answer is the one for a record that never existed
      And nothing in the records has changed

      Examples:
        | attempt                              |
        | read the record                      |
        | ask for the history of the record    |
        | read the first version of the record |
        | update the record                    |
        | patch the record                     |
        | delete the record                    |

    @id:AP06b @product @owasp-api-API1 @medplum-access.projects @critical
    Scenario Outline: A search stays within the project
      Given the administrator of a project
      And a patient in the records
      And a patient of another project beside it
      When the administrator tries to <attempt>
      Then the search shows the record within reach and no other

      Examples:
        | attempt                         |
        | search for the record           |
        | search for the record by its id |

    @id:AP07b @product @owasp-api-API1 @medplum-access.projects @high
    Scenario: A reference into another project leads nowhere
      Given the administrator of a project
      And a patient in the records
      And the administrator finds an observation of the record together with the record
      And a patient of another project beside it
      When the administrator searches for an observation of the record together with the record
      Then the record of the other project is not shown

  Rule: Nothing is put into another project

    @id:AP07a @product @owasp-api-API3 @medplum-access.projects @critical
    Scenario: A record that names another project stays where it was made
      Given the administrator of a project
      And a patient in the records
      When the administrator creates a copy of the record with the other project in its meta
      Then the other project does not hold the record

    @id:AP11b @product @owasp-api-API1 @medplum-access.projects @critical
    Scenario: A record of another project cannot be erased
      Given the administrator of a project
      And a patient in the records
      And a patient of another project beside it
      When the administrator tries to erase the record for good
      Then nothing in the records has changed

  Rule: The server is its operator's

    @id:AP11 @product @owasp-api-API5 @medplum-access.projects @critical
    Scenario Outline: What the operator of the server may do is closed to a project's administrator
      Given the operator of the server can <deed>
      When the administrator of a project tries the same
      Then the request is refused with status 403 or 404
      And nothing has come of it

      Examples:
        | deed                 |
        | maintain the server  |
        | make a project       |
        | read another project |
