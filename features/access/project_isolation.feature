@access @method:client-credentials
Feature: Projects are closed to one another
  Each project holds one organization's data; not even its administrator sees over its edge.

  Rule: What lies in another project might as well not exist

    # The product's promise: projects are isolated. That existence stays hidden too is how the product answers.
    @id:AP06 @product @owasp-api-API1 @medplum-access.projects @critical
    Scenario Outline: Tenant isolation: the id of another project's record is answered as an unknown one
      Given the records hold the patient Inside
      And the administrator can read the patient Inside
      And the records of the other project hold the patient Foreign
      When the administrator tries to <interaction> the patient Foreign
      And the administrator tries to <interaction> the patient Foreign under an id that never existed
      Then the patient Foreign has not changed
      And the answer for the patient Foreign is that for one that never existed

      Examples:
        | interaction               |
        | read                      |
        | read the history of       |
        | read the first version of |
        | update                    |
        | patch                     |
        | delete                    |

    # The same for searches.
    @id:AP06b @product @owasp-api-API1 @medplum-access.projects @critical
    Scenario Outline: Tenant isolation: a search stays within the project
      Given the records hold the patient Inside
      And the records of the other project hold the patient Foreign
      When the administrator tries to <interaction> the patient Inside and the patient Foreign
      Then the search shows the patient Inside and not the patient Foreign

      Examples:
        | interaction      |
        | search for       |
        | search by id for |

    # The same for what a search includes. Whether such a reference may be written is left open.
    @id:AP07b @product @owasp-api-API1 @medplum-access.projects @high
    Scenario: Tenant isolation: a reference into another project leads nowhere
      Given the records hold the patient Inside
      And the records of the other project hold the patient Foreign
      And the administrator finds the patient Inside when they file and find, with its subject, an observation of it
      When the administrator tries to file and find, with its subject, an observation of the patient Foreign
      Then the patient Foreign is not shown, served or refused with 400 or 403

  Rule: Nothing is put into another project

    # The product's promise: the project of a new record is the caller's, whatever its meta says.
    @id:AP07a @product @owasp-api-API3 @medplum-access.projects @critical
    Scenario: Mass assignment: a record that names another project stays where it was made
      Given the records hold the patient Inside
      When the administrator tries to create a copy of the patient Inside in the other project
      Then the other project holds no copy of the patient Inside, served or refused with 400 or 403

    # The product's promise: an administrator may erase within the own project only. The status is left open.
    @id:AP11b @product @owasp-api-API1 @medplum-access.projects @critical
    Scenario: Tenant isolation: a record of another project cannot be erased
      Given the records of the other project hold the patient Foreign
      When the administrator tries to erase the patient Foreign for good
      Then the patient Foreign has not changed

  Rule: The server is its operator's

    # The product's promise: these routes are the super administrator's. 404 hides that there is such a thing.
    @id:AP11 @product @owasp-api-API5 @medplum-access.projects @critical
    Scenario Outline: Privilege escalation: what the operator of the server may do is closed to a project's administrator
      Given the operator of the server can <deed>
      When the administrator tries the same
      Then nothing has come of it
      And the request is refused with 403 or 404

      Examples:
        | deed                 |
        | maintain the server  |
        | make a project       |
        | read another project |
