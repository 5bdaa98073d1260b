@server @method:client-credentials
Feature: A back end acts as itself
  A token of the client credentials grant stands for the client application: its policy, its name, nobody else's.

  Rule: The client's own access policy decides

    @id:CI01 @product @medplum-access.access-policies @medplum-auth.client-credentials @critical
    Scenario Outline: A client's token opens what the client's policy holds and nothing else
      Given a back end whose policy holds patients only
      And the practitioner has read an observation
      When the back end <does something> with its token
      Then the API <answers>

      Examples:
        | does something        | answers           |
        | reads a patient       | shows what it has |
        | reads an observation  | forbids it        |
        | searches observations | forbids it        |

    @id:CI04 @product @medplum-access.access-policies @high
    Scenario: A changed policy applies to a live token at once
      Given a back end whose policy holds patients only
      And the back end has read a patient with its token
      When the policy of the client changes to observations only
      And the back end reads a patient with its token
      Then the API forbids it
      When the back end reads an observation with its token
      Then the API shows what it has

  Rule: The client is named, and nobody else

    @id:CI02 @product @medplum-auth.client-credentials @medium
    Scenario Outline: What a client writes names the client as its author
      Given a back end registered for the client credentials grant
      When the back end writes <something>
      Then the client is named as its author

      Examples:
        | something                                        |
        | a patient                                        |
        | a patient that names somebody else as its author |

    @id:CI03 @product @medplum-auth.client-credentials @rfc9068-2.2 @medium
    Scenario: A client's token names the client and no person
      Given a back end registered for the client credentials grant
      When the back end asks for a token with its own secret
      Then the access token names the client and no person
