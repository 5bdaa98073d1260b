@access @method:client-credentials
Feature: A policy holds on every way to a record
  Other methods, bundles, GraphQL, conditions and links lead to the same records, and so to the same rules.

  Rule: What is closed is closed on every way

    # The product's promise: what no entry names is forbidden. Control: an administrator comes to such a record this way.
    @id:AP01e @product @medplum-access.access-policies @owasp-api-API5 @critical
    Scenario Outline: Broken function level authorization: no other way opens a type that the policy does not name
      Given a bound back end whose policy opens patients to be read only
      And the bound back end can read the visible patient
      And the records hold the condition of the visible patient
      And a server whose administrator can <interaction> a twin of the condition of the visible patient
      When the bound back end tries to <interaction> the condition of the visible patient
      Then the request is refused with 400 or 403 or 404 or 405
      And the condition of the visible patient has not changed

      Examples: Other requests
        | interaction                                    |
        | ask for the head of                            |
        | read, if it is another version,                |
        | ask whether anything has changed in            |
        | search by POST for                             |
        | search in a batch for                          |
        | read in a transaction                          |
        | read by GraphQL                                |
        | list by GraphQL                                |
        | tabulate                                       |
        | find, with its subject,                        |
        | create, unless there is one like it, a copy of |
        | update by search                               |
        | patch by search                                |
        | delete by search                               |
        | copy in a transaction                          |
        | delete in a batch                              |
        | create by GraphQL a copy of                    |
        | update by GraphQL                              |
        | delete by GraphQL                              |
        | update by POST, overriding the method,         |

      Examples: The same path in other letters
        | interaction                                |
        | read, with a slash at the end of its path, |
        | read, with two slashes before its path,    |
        | read, with an encoded letter in its path,  |
        | read, with an encoded slash in its path,   |
        | read, with its type in lower case,         |
        | read, with a dot segment in its path,      |
        | read, with a query,                        |
        | read, with a parameter in its path,        |

    # The product's promise: a read-only type is for reading, whatever the request looks like.
    @id:AP01f @product @medplum-access.access-policies @owasp-api-API5 @critical
    Scenario Outline: Broken function level authorization: no other way writes a read-only type
      Given a bound back end whose policy opens patients to be read only
      And the records hold the patient Inside
      And the bound back end can read the patient Inside
      And a server whose administrator can <interaction> a twin of the patient Inside
      When the bound back end tries to <interaction> the patient Inside
      Then the request is refused with 400 or 403 or 404 or 405
      And the patient Inside has not changed

      Examples:
        | interaction                                    |
        | create, unless there is one like it, a copy of |
        | update, if it is this version,                 |
        | update by search                               |
        | patch by search                                |
        | delete by search                               |
        | update in a transaction                        |
        | copy in a transaction                          |
        | delete in a batch                              |
        | create by GraphQL a copy of                    |
        | update by GraphQL                              |
        | delete by GraphQL                              |
        | update by POST, overriding the method,         |
        | delete by POST, overriding the method,         |

  Rule: Criteria bound every way

    # The product's promise: criteria hide a record on every way to it. Control: what is inside is shown this way.
    @id:AP02h @product @medplum-access.access-policies @owasp-api-API1 @critical
    Scenario Outline: Broken object level authorization: nothing that leads to a record outside the criteria shows it
      Given a bound back end whose policy <policy>
      And the records hold the patient Inside
      And the records hold the observation of the patient Inside
      And the records hold the preliminary observation of the patient Inside
      And the records hold the patient Outside
      And the records hold the observation of the patient Outside
      And a server whose administrator sees <hidden> when they <interaction> <asked>
      And the bound back end sees <shown> when they <interaction> <open>, or is refused
      When the bound back end tries to <interaction> <asked>
      Then <hidden> is not shown, served or refused with 400 or 403 or 404

      Examples: What refers to a patient outside
        | policy                                            | interaction                              | asked                                  | hidden                                 | open                                  | shown                                 |
        | opens observations and patients named Inside only | find, with its subject,                  | the observation of the patient Outside | the patient Outside                    | the observation of the patient Inside | the patient Inside                    |
        | opens observations and patients named Inside only | list by GraphQL, with its subject,       | the observation of the patient Outside | the patient Outside                    | the observation of the patient Inside | the patient Inside                    |
        | opens observations and patients named Inside only | find an observation by the identifier of | the patient Outside                    | the observation of the patient Outside | the patient Inside                    | the observation of the patient Inside |
        | opens observations and patients named Inside only | read everything about                    | the patient Outside                    | the observation of the patient Outside | the patient Inside                    | the observation of the patient Inside |

      Examples: What is about a patient inside
        | policy                                     | interaction                                   | asked                                             | hidden                                            | open                                  | shown                                 |
        | opens patients and final observations only | find, with the observations of it,            | the patient Inside                                | the preliminary observation of the patient Inside | the patient Inside                    | the observation of the patient Inside |
        | opens patients and final observations only | read by GraphQL, with the observations of it, | the patient Inside                                | the preliminary observation of the patient Inside | the patient Inside                    | the observation of the patient Inside |
        | opens patients and final observations only | read everything about                         | the patient Inside                                | the preliminary observation of the patient Inside | the patient Inside                    | the observation of the patient Inside |
        | opens patients and final observations only | find a patient by the identifier of           | the preliminary observation of the patient Inside | the patient Inside                                | the observation of the patient Inside | the patient Inside                    |

      Examples: The record itself
        | policy                           | interaction                                | asked               | hidden              | open               | shown              |
        | opens patients named Inside only | search by POST for                         | the patient Outside | the patient Outside | the patient Inside | the patient Inside |
        | opens patients named Inside only | search in a batch for                      | the patient Outside | the patient Outside | the patient Inside | the patient Inside |
        | opens patients named Inside only | list by GraphQL                            | the patient Outside | the patient Outside | the patient Inside | the patient Inside |
        | opens patients named Inside only | tabulate                                   | the patient Outside | the patient Outside | the patient Inside | the patient Inside |
        | opens patients named Inside only | create a patient, unless there is one like | the patient Outside | the patient Outside | the patient Inside | the patient Inside |

    # The same where the policy closes the type of what is linked: nothing of it is shown, nor can it be asked about.
    @id:AP02k @product @medplum-access.access-policies @owasp-api-API5 @critical
    Scenario Outline: Broken function level authorization: nothing that leads to a closed type shows it
      Given a bound back end whose policy <policy>
      And the records hold the patient Inside
      And the records hold the condition of the patient Inside
      And the records hold the observation of the patient Inside
      And a server whose administrator sees <hidden> when they <interaction> <asked>
      And the bound back end can read <open>
      When the bound back end tries to <interaction> <asked>
      Then <hidden> is not shown, served or refused with 400 or 403 or 404

      Examples:
        | policy                  | interaction                                 | asked                                 | hidden                                | open                                  |
        | opens patients only     | find, with the conditions of it,            | the patient Inside                    | the condition of the patient Inside   | the patient Inside                    |
        | opens patients only     | read by GraphQL, with the conditions of it, | the patient Inside                    | the condition of the patient Inside   | the patient Inside                    |
        | opens patients only     | read everything about                       | the patient Inside                    | the condition of the patient Inside   | the patient Inside                    |
        | opens patients only     | find a patient by the identifier of         | the condition of the patient Inside   | the patient Inside                    | the patient Inside                    |
        | opens observations only | find, with its subject,                     | the observation of the patient Inside | the patient Inside                    | the observation of the patient Inside |
        | opens observations only | list by GraphQL, with its subject,          | the observation of the patient Inside | the patient Inside                    | the observation of the patient Inside |
        | opens observations only | find an observation by the identifier of    | the patient Inside                    | the observation of the patient Inside | the observation of the patient Inside |

    # The same for what is asked of one record, and for what would change it. What finds nothing to change may be served.
    @id:AP02j @product @medplum-access.access-policies @owasp-api-API1 @critical
    Scenario Outline: Broken object level authorization: no other way reaches a record outside the criteria
      Given a bound back end whose policy opens patients named Inside only
      And the records hold the patient Inside
      And the records hold the patient Outside
      And the bound back end can read the patient Inside
      And a server whose administrator can <interaction> a twin of the patient Outside
      When the bound back end tries to <interaction> the patient Outside
      Then the request is refused with 400 or 403 or 404 or 405 or 412
      And the patient Outside has not changed

      Examples:
        | interaction                                    |
        | ask for the head of                            |
        | read, if it is another version,                |
        | ask whether anything has changed in            |
        | read in a batch                                |
        | read in a transaction                          |
        | read by GraphQL                                |
        | read, with a slash at the end of its path,     |
        | read, with two slashes before its path,        |
        | read, with an encoded letter in its path,      |
        | create, unless there is one like it, a copy of |
        | update, if it is this version,                 |
        | update by search                               |
        | patch by search                                |
        | update in a transaction                        |
        | copy in a transaction                          |
        | delete in a batch                              |
        | create by GraphQL a copy of                    |
        | update by GraphQL                              |
        | update by POST, overriding the method,         |
        | delete by POST, overriding the method,         |

    # What deletes by a search that finds nothing, or nothing that may be found, may be served: it does nothing.
    @id:AP02l @product @medplum-access.access-policies @owasp-api-API1 @critical
    Scenario Outline: Broken object level authorization: nothing outside the criteria is deleted
      Given a bound back end whose policy opens patients named Inside only
      And the records hold the patient Inside
      And the records hold the patient Outside
      And the bound back end can read the patient Inside
      And a server whose administrator can <interaction> a twin of the patient Outside
      When the bound back end tries to <interaction> the patient Outside
      Then the patient Outside has not changed

      Examples:
        | interaction       |
        | delete by search  |
        | delete by GraphQL |
