@access @method:client-credentials
Feature: SMART scopes beside the policy
  A token opens what both its scope and the policy of its holder allow: neither widens the other.

  Rule: The scope narrows the policy

    # Binds a SMART server: scopes limit what a token opens, letter by letter. The status comes from RFC 6750.
    @id:AP05a @must @smart-scopes-and-launch-context @rfc6750-3.1 @high
    Scenario Outline: Scope elevation: a request that the scope does not name is refused though the policy allows it
      Given a server with SMART scopes
      And the back end has a token for the scope "<scope>", which the server need not give
      And the records hold the patient Inside
      And the records hold <record>
      And the back end can <control> a twin of the patient Inside
      When the back end tries to <interaction> <record>
      Then <record> has not changed
      And the request is refused with <outcomes>

      Examples:
        | scope             | control          | record                                 | interaction         | outcomes               |
        | system/Patient.rs | read             | the patient Inside                     | create a copy of    | 403                    |
        | system/Patient.rs | read             | the patient Inside                     | update              | 403                    |
        | system/Patient.rs | read             | the patient Inside                     | delete              | 403                    |
        | system/Patient.rs | read             | the observation of the visible patient | read                | 403                    |
        | system/Patient.rs | read             | the observation of the visible patient | read the history of | 403                    |
        | system/Patient.r  | read             | the patient Inside                     | search for          | 403 or an empty Bundle |
        | system/Patient.s  | search for       | the patient Inside                     | read                | 403                    |
        | system/Patient.c  | create a copy of | the patient Inside                     | read                | 403                    |
        | system/Patient.c  | create a copy of | the patient Inside                     | search for          | 403 or an empty Bundle |
        | system/Patient.c  | create a copy of | the patient Inside                     | update              | 403                    |
        | system/Patient.u  | update           | the patient Inside                     | read                | 403                    |
        | system/Patient.u  | update           | the patient Inside                     | create a copy of    | 403                    |
        | system/Patient.u  | update           | the patient Inside                     | delete              | 403                    |
        | system/Patient.d  | delete           | the patient Inside                     | read                | 403                    |
        | system/Patient.d  | delete           | the patient Inside                     | update              | 403                    |

    # The same for each entry of a batch; a server may refuse the whole.
    @id:AP05c @must @smart-scopes-and-launch-context @high
    Scenario Outline: Scope elevation: a batch opens nothing that the scope closes
      Given a server with SMART scopes
      And the back end has a token for the scope "system/Patient.rs", which the server need not give
      And the back end can read in a batch the visible patient
      And the records hold <record>
      When the back end tries to <interaction> in a batch <record>
      Then <record> has not changed
      And the request is refused with 403

      Examples:
        | record                                 | interaction                       |
        | the patient Inside                     | update and copy                   |
        | the observation of the visible patient | read, search for, update and copy |

    # The same for a search, which a server may also answer with nothing: here the product's way is judged.
    @id:AP05d @must @smart-scopes-and-launch-context @high
    Scenario: Scope elevation: a search of a type that the scope does not name is refused
      Given a server with SMART scopes
      And the back end has a token for the scope "system/Patient.rs", which the server need not give
      And the back end can read the visible patient
      And the records hold the observation of the visible patient
      When the back end tries to search for the observation of the visible patient
      Then the request is refused with 403

  Rule: The policy narrows the scope

    # Scopes never give more than the underlying rights of client and user.
    @id:AP05b @must @smart-scopes-and-launch-context @medplum-access.smart-scopes @critical
    Scenario Outline: Scope elevation: a request that the policy does not allow is refused though the scope names it
      Given a server with SMART scopes
      And a bound back end whose policy opens patients to be read only
      And the bound back end has a token with scope "system/Patient.cruds system/Condition.cruds"
      And the bound back end can read the visible patient
      And the records hold <record>
      When the bound back end tries to <interaction> <record>
      Then <record> has not changed
      And the request is refused with 403

      Examples:
        | record                               | interaction      |
        | the patient Inside                   | create a copy of |
        | the patient Inside                   | update           |
        | the condition of the visible patient | read             |
        | the condition of the visible patient | search for       |
