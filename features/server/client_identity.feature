@server @method:client-credentials
Feature: A back end acts as itself
  A token of the client credentials grant stands for the client application: its policy, its name, nobody else's.

  Rule: The client's own access policy decides

    # The product's promise: a client is a member of its project, bound by its own access policy.
    @id:CI01 @product @medplum-access.access-policies @medplum-auth.client-credentials @critical
    Scenario Outline: A client's token opens nothing but what the client's policy holds
      Given a bound back end whose policy opens patients only
      And the bound back end can read the visible patient
      And the practitioner can <interaction> the visible observation
      When the bound back end tries to <interaction> the visible observation
      Then the request is refused with 403 or 404

      Examples:
        | interaction              |
        | read                     |
        | search the whole type of |

    # The product's promise: policies are read at each request, so a change binds a token that is out.
    @id:CI04 @product @medplum-access.access-policies @high
    Scenario: A changed policy applies to a live token at once
      Given a new back end whose policy opens patients only
      And the new back end can read the visible patient
      And the new back end has been put under a policy that opens observations only
      When the new back end tries to read the visible patient
      Then the request is refused with 403 or 404
      When the new back end tries to read the visible observation
      Then the request is served

  Rule: The client is named, and nobody else

    # The product's promise: the client is the author of what it writes, whomever the body names.
    @id:CI02 @product @medplum-auth.client-credentials @medium
    Scenario Outline: What a client writes names the client as its author
      Given the records hold the patient Inside
      When the back end creates a copy of the patient Inside <naming>
      Then the back end is named as its author

      Examples:
        | naming                                       |
        | that names nobody as its author              |
        | that names the practitioner as its author    |

    # The product's promise; RFC 9068 has the subject of such a token be the client application.
    @id:CI03 @product @medplum-auth.client-credentials @rfc9068-2.2 @medium
    Scenario: A client's token names the client and no person
      When the back end asks for a token
      Then the access token names the back end and no person
