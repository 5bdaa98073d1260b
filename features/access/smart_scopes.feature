@access @method:client-credentials
Feature: SMART scopes beside the policy
  A token opens what both its scope and the policy of its holder allow: neither widens the other.

  Rule: The scope narrows the policy

    @id:AP05a @must @smart-scopes-and-launch-context @rfc6750-3.1 @high
    Scenario Outline: A request that the scope does not name is refused though the policy allows it
      Given a back end with a token for the scope "system/Patient.rs"
      And the back end can read a patient
      And <record>
      When the back end tries to <attempt>
      Then the request is refused with status 403
      And nothing in the records has changed

      Examples:
        | record                        | attempt                           |
        | a patient in the records      | create one like it                |
        | a patient in the records      | update the record                 |
        | a patient in the records      | delete the record                 |
        | an observation in the records | read the record                   |
        | an observation in the records | ask for the history of the record |

    @id:AP05c @must @smart-scopes-and-launch-context @high
    Scenario Outline: A batch opens nothing that the scope closes
      Given a back end with a token for the scope "system/Patient.rs"
      And a batch of the back end can read a patient
      And <record>
      When the back end tries to send a batch that <requests> the record
      Then each of the <count> entries is refused
      And nothing in the records has changed

      Examples:
        | record                        | requests                               | count |
        | a patient in the records      | updates and copies                     | 2     |
        | an observation in the records | reads, searches, updates and copies    | 4     |

    @id:AP05d @must @smart-scopes-and-launch-context @high
    Scenario: A search of a type that the scope does not name is refused
      Given a back end with a token for the scope "system/Patient.rs"
      And the back end can read a patient
      And an observation in the records
      When the back end tries to search for the record
      Then the request is refused with status 403

  Rule: The policy narrows the scope

    @id:AP05b @must @smart-scopes-and-launch-context @medplum-access.smart-scopes @critical
    Scenario Outline: A request that the policy does not allow is refused though the scope names it
      Given a back end whose policy lets it only read patients, with a token for the scope "system/Patient.cruds system/Condition.cruds"
      And the back end can read a patient
      And <record>
      When the back end tries to <attempt>
      Then the request is refused with status 403
      And nothing in the records has changed

      Examples:
        | record                   | attempt            |
        | a patient in the records | create one like it |
        | a patient in the records | update the record  |
        | a condition in the records | read the record  |
        | a condition in the records | search for the record  |
