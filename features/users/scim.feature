@users @method:provisioning
Feature: SCIM 2.0
  A directory makes, changes and removes the people of a server, by a protocol that both can know beforehand.

  Rule: The server says what it is

    # Binds the server, shall: each endpoint gives its structure. The RFC lets a client do without them.
    @id:SC01a @must @rfc7644-4 @rfc7643-5 @low
    Scenario Outline: The discovery endpoints are served
      Given a server with SCIM
      When the provisioner asks for <endpoint>
      Then the answer is a <kind> in form

      Examples:
        | endpoint              | kind                    |
        | ServiceProviderConfig | "ServiceProviderConfig" |
        | ResourceTypes         | "ListResponse"          |
        | Schemas               | "ListResponse"          |

    # Binds the server, required: six features, each with a boolean, and the ways to authenticate.
    @id:SC01b @must @rfc7643-5 @low
    Scenario: The configuration says of each feature whether there is one
      Given a server with SCIM
      When the provisioner asks for ServiceProviderConfig
      Then the configuration says of each feature whether there is one

    # Binds the server, required: name, endpoint and schema of each type; and what is named has to be there.
    @id:SC01c @must @rfc7643-6 @rfc7643-7 @low
    Scenario: Every type of resource has a schema that is served
      Given a server with SCIM
      When the provisioner asks for types and schemas
      Then the types are those of schemas that are served

    # Binds the server, should: nobody is to believe that a filter was applied.
    @id:SC01d @should @rfc7644-4 @low
    Scenario Outline: A filter on what the server says of itself is refused
      Given a server with SCIM
      When the provisioner filters <endpoint>
      Then the request is refused with 403

      Examples:
        | endpoint      |
        | ResourceTypes |
        | Schemas       |

    # Binds the server, must be honest: Bulk and /Me are optional, and what is not there is answered so.
    @id:SC20 @must @rfc7644-3.7 @rfc7644-3.11 @rfc7644-3.12 @low
    Scenario Outline: What the server does not claim is not there, and what it claims is
      Given a server with SCIM
      When the provisioner asks for <endpoint>
      Then <endpoint> is there where the server says so, and else is not

      Examples:
        | endpoint |
        | Bulk     |
        | Me       |
        | Groups   |

  Rule: A user is made once

    # Binds the server, shall: 201, and the user as it was made.
    @id:SC02a @must @rfc7644-3.3 @rfc7643-3.1 @medium
    Scenario: A user is made
      Given a server with SCIM
      When the provisioner makes the user Ada
      Then the user is made
      And the answer shows the user as it was sent

    # Binds the server, shall: its address stands in the header and in meta.
    @id:SC02b @must @rfc7644-3.3 @rfc7643-3.1 @low
    Scenario: The answer says where the new user is
      Given a server with SCIM
      When the provisioner makes the user Ada
      Then the user Ada is where the answer says

    # Binds the server, must: 409 for a userName that is taken; it is compared without regard to case.
    @id:SC13a @must @rfc7644-3.3 @rfc7643-4.1.1 @high
    Scenario Outline: A userName that is taken is refused
      Given a server with SCIM
      When the provisioner makes the user Dot <name>
      Then the request is refused with 409

      Examples:
        | name                                      |
        | under the userName of Ada                 |
        | under the userName of Ada in another case |

    # The same for who is to be renamed. The status is that of a conflict; the RFC gives it for creation.
    @id:SC13b @must @rfc7643-4.1.1 @rfc7643-7 @high
    Scenario Outline: Account confusion: nobody takes another's userName by a change
      Given a server with SCIM
      And the provisioner has made the user Ada
      And the provisioner can replace the user Ada
      And the provisioner has made the user Ada
      When the provisioner asks to <change> the user Ada
      Then the user Ada is as it was, served or refused with 400 or 409

      Examples:
        | change                               |
        | replace, under the userName of Bea,  |
        | patch the userName to that of Bea of |

    # The same in a race: all are held at their last byte and let go together, twice.
    @id:CC06 @must @rfc7644-3.3 @rfc7643-4.1.1 @high
    Scenario: Race condition: one user who is made four times at once is made once
      Given a server with SCIM
      When the provisioner makes one user 4 times at once
      Then one of each try makes the user, and the others are told of the conflict

  Rule: A user can be read

    # Binds the server, must: the user by its id.
    @id:SC03a @must @rfc7644-3.4.1 @medium
    Scenario: A user is read by its id
      Given a server with SCIM
      And the provisioner has made the user Ada
      When the provisioner asks to read the user Ada
      Then the answer is a user in form
      And the answer shows the user Ada

    # Binds the server, shall: where meta says it is, it is.
    @id:SC14a @must @rfc7643-3.1 @low
    Scenario: The meta of a user says where it is
      Given a server with SCIM
      When the provisioner asks to read the user Ada
      Then the meta of the user Ada names where the user is

    # Binds the server, must: DateTime values; creation is not repeated by a change.
    @id:SC14b @must @rfc7643-3.1 @rfc7643-2.3.5 @low
    Scenario: The times of a user can be read, and the first stays
      Given a server with SCIM
      And the provisioner has made the user Ada
      When the provisioner asks to replace the user Ada
      Then the times of the user Ada are those of making and of the change

    # Binds a server that supports ETags, must: header and meta.version are one; If-None-Match and If-Match are followed.
    @id:SC14c @must @rfc7644-3.14 @low
    Scenario: A user has a version
      Given a server that takes ETags by SCIM
      When the provisioner asks to read the user Ada
      Then the answer has an ETag that is the version of the user

    # The same for who asks only for what is new.
    @id:SC14d @must @rfc7644-3.14 @rfc9110-13.1.2 @low
    Scenario: A user who has not changed is not sent again
      Given a server that takes ETags by SCIM
      When the provisioner reads the user Ada unless the version is the one of before
      Then the user has not changed since

    # The same for who would undo what somebody else did.
    @id:SC14e @must @rfc7644-3.14 @rfc9110-13.1.1 @medium
    Scenario: Lost update: a version that is no longer the present one is not replaced
      Given a server that takes ETags by SCIM
      And the provisioner has made the user Ada
      When the provisioner replaces the user Ada by its version before a change
      Then the request is refused with 412
      And the user Ada has name.familyName "Hopper", whatever was answered

  Rule: A list can be narrowed

    # Binds the server, shall: only what matches is returned; what it cannot compare it refuses with invalidFilter.
    @id:SC11a @must @rfc7644-3.4.2.2 @rfc7644-3.12 @high
    Scenario Outline: A filter finds what matches, and nothing else
      Given a server with SCIM
      When the provisioner lists the users that match <filter>
      Then of the three standing users <names> are found, or the filter is refused

      Examples: one comparison
        | filter                                                                        | names               |
        | userName eq "MARK-ada@example.com"                                            | Ada                 |
        | userName eq "MARK-ADA@EXAMPLE.COM"                                            | Ada                 |
        | username EQ "MARK-ada@example.com"                                            | Ada                 |
        | urn:ietf:params:scim:schemas:core:2.0:User:userName eq "MARK-ada@example.com" | Ada                 |
        | userName eq "MARK-nobody@example.com"                                         | nobody              |
        | externalId eq "MARK-bea"                                                      | Bea                 |
        | name.familyName sw "LoveMARK"                                                 | Ada and Bea         |
        | name.familyName co "veMARK"                                                   | Ada and Bea         |
        | userName sw "MARK-b"                                                          | Bea                 |
        | userName sw "-bea@example.com"                                                | nobody              |
        | userName ew "MARK-cid@example.com"                                            | Cid                 |
        | userName ew "MARK-cid"                                                        | nobody              |
        | userName co "MARK"                                                            | Ada and Bea and Cid |
        | emails.value eq "MARK-bea@example.com"                                        | Bea                 |
        | noSuchAttribute eq "x"                                                        | nobody              |

      Examples: several comparisons
        | filter                                                                                        | names               |
        | userName ne "MARK-ada@example.com" and userName sw "MARK"                                     | Bea and Cid         |
        | title pr and userName sw "MARK"                                                               | Bea                 |
        | active eq false and userName sw "MARK"                                                        | Cid                 |
        | active eq true and userName sw "MARK"                                                         | Ada and Bea         |
        | userName gt "MARK-bea@example.com" and userName sw "MARK"                                     | Cid                 |
        | userName ge "MARK-bea@example.com" and userName sw "MARK"                                     | Bea and Cid         |
        | userName lt "MARK-bea@example.com" and userName sw "MARK"                                     | Ada                 |
        | userName le "MARK-bea@example.com" and userName sw "MARK"                                     | Ada and Bea         |
        | meta.created gt "2011-05-13T04:42:34Z" and userName sw "MARK"                                 | Ada and Bea and Cid |
        | meta.created lt "2011-05-13T04:42:34Z" and userName sw "MARK"                                 | nobody              |
        | userName eq "MARK-ada@example.com" or userName eq "MARK-cid@example.com"                      | Ada and Cid         |
        | userName eq "MARK-ada@example.com" or userName eq "MARK-bea@example.com" and active eq false  | Ada                 |
        | (userName eq "MARK-cid@example.com" or userName eq "MARK-ada@example.com") and active eq true | Ada                 |
        | not (userName eq "MARK-ada@example.com") and userName sw "MARK"                               | Bea and Cid         |
        | userName sw "MARK" and not (active eq false or title pr)                                      | Ada                 |
        | emails[type eq "work" and value co "-ada"]                                                    | Ada                 |
        | emails[type eq "home" and value co "-ada-at-bea"]                                             | Bea                 |

    # The same for a server that says it has filters: it should not refuse what directories ask all the time.
    @id:SC11b @should @rfc7644-3.4.2.2 @rfc7643-5 @low
    Scenario Outline: A server that says it supports filters takes the usual ones
      Given a server that says it supports filters
      When the provisioner lists the users that match <filter>
      Then the filter is taken

      Examples:
        | filter                                                     |
        | userName eq "MARK-ada@example.com"                         |
        | externalId eq "MARK-ada"                                   |
        | userName sw "MARK" and active eq true                      |
        | emails[type eq "work" and value eq "MARK-ada@example.com"] |

    # Binds a server that takes filters, must: a filter that breaks the grammar is an error, not everybody.
    @id:SC11c @must @rfc7644-3.4.2.2 @rfc7644-3.12 @medium
    Scenario Outline: A filter that cannot be read is refused
      Given a server that takes filters by SCIM
      When the provisioner sends <mistake>
      Then the request is refused with 400

      Examples:
        | mistake                                  |
        | a filter that ends too soon              |
        | a filter with an unknown operator        |
        | a filter with a value that is none       |
        | a filter with a group that is not closed |
        | a filter that joins nothing              |

    # Binds the server, must: no more than count, and totalResults tells of all. Nothing orders the pages but the server.
    @id:SC12a @must @rfc7644-3.4.2.4 @medium
    Scenario Outline: Pages hold everybody once
      Given a server with SCIM
      When the provisioner lists the three users in pages of <count>
      Then the pages of <count> hold everybody once

      Examples:
        | count |
        | 1     |
        | 2     |

    # The same at the edges: a negative count is zero, of zero there are none, and the first is the first.
    @id:SC12b @must @rfc7644-3.4.2.4 @low
    Scenario Outline: A count below one gives nobody and says how many there are
      Given a server with SCIM
      When the provisioner lists users with count "<count>"
      Then the list has 0 users at most and tells how many there are

      Examples:
        | count |
        | 0     |
        | -1    |

    # The same: a startIndex below one is one.
    @id:SC12c @must @rfc7644-3.4.2.4 @low
    Scenario Outline: A start before the first is the first
      Given a server with SCIM
      When the provisioner lists users with startIndex "<start>"
      Then the list is in form

      Examples:
        | start |
        | 0     |
        | -1    |

    # Binds the server, must: what is asked for, and what always comes; sub-attributes too.
    @id:SC07a @must @rfc7644-3.9 @rfc7643-7 @low
    Scenario Outline: A user is shown with the attributes that are asked for
      Given a server with SCIM
      When the provisioner reads <place> with attributes <names>
      Then the user Ada is shown with <shown> and no more

      Examples:
        | place             | names                                                 | shown                      |
        | the user Ada      | "userName"                                            | "userName"                 |
        | the user Ada      | "USERNAME"                                            | "userName"                 |
        | the user Ada      | "userName,name.familyName"                            | "userName,name.familyName" |
        | the user Ada      | "urn:ietf:params:scim:schemas:core:2.0:User:userName" | "userName"                 |
        | the list of users | "userName"                                            | "userName"                 |

    # The same for what is not wanted; the id comes all the same.
    @id:SC07b @must @rfc7644-3.9 @rfc7643-7 @low
    Scenario Outline: A user is shown without the attributes that are not wanted
      Given a server with SCIM
      When the provisioner reads <place> with excludedAttributes <names>
      Then the user Ada is shown without <hidden>

      Examples:
        | place             | names             | hidden            |
        | the user Ada      | "emails,name"     | "emails,name"     |
        | the user Ada      | "id,emails"       | "emails"          |
        | the user Ada      | "name.familyName" | "name.familyName" |
        | the list of users | "emails"          | "emails"          |

  Rule: A user is replaced as a whole

    # Binds the server, must: the values that are sent are the user's from then on.
    @id:SC04a @must @rfc7644-3.5.1 @medium
    Scenario: A user is replaced
      Given a server with SCIM
      And the provisioner has made the user Ada
      When the provisioner asks to replace the user Ada
      Then the user Ada has name.familyName "Hopper" and name.givenName "Grace"

    # Binds the server, must: the address says who is replaced; the id in the body is read-only, so it counts for nothing.
    @id:SC04b @must @rfc7644-3.5.1 @rfc7643-7 @owasp-api-API1 @critical
    Scenario: Account takeover: the id in the body does not say who is replaced
      Given a server with SCIM
      And the provisioner has made the user Bea
      And the provisioner has made the user Ada
      And the provisioner can replace the user Ada
      When the provisioner asks to replace, under the id of Bea in the body, the user Ada
      Then the user Bea is as it was

    # Binds the server, must not make a user by PUT.
    @id:SC04c @must @rfc7644-3.5.1 @rfc7644-3.12 @medium
    Scenario: Who is not there is not replaced
      Given a server with SCIM
      When the provisioner replaces a user who never was
      Then the request is refused with 404

    # Binds the server, must: read-only values are ignored, or a patch of them is refused; they never change.
    @id:SC19a @must @rfc7643-2.2 @rfc7643-7 @rfc7644-3.5.1 @medium
    Scenario Outline: Mass assignment: id and meta are the server's
      Given a server with SCIM
      And the provisioner has made the user Ada
      When the provisioner asks to <change> the user Ada
      Then the id and the meta of the user Ada are the server's

      Examples:
        | change                                            |
        | replace, with an id and a meta of its own choice, |
        | patch the id of                                   |
        | patch the time of creation of                     |

    # The same when a user is made.
    @id:SC19b @must @rfc7643-3.1 @rfc7643-2.2 @medium
    Scenario: Mass assignment: a new user gets id and meta from the server
      Given a server with SCIM
      When the provisioner makes the user Ada with an id and a meta of its own choice
      Then the id and the meta of the user Ada are the server's

    # Binds the server, must: a password is returned by nothing.
    @id:SC19c @must @rfc7643-4.1.1 @rfc7643-7 @critical
    Scenario: Excessive data exposure: a password is not shown
      Given a server with SCIM
      And the provisioner has made the user Ada with a password
      When the user Ada is read in every way
      Then the password of the user Ada is not shown

  Rule: A user is patched

    # Binds a server that offers it, must: each operation does what it says, in order; the answer is the user, or nothing.
    @id:SC05a @must @rfc7644-3.5.2 @medium
    Scenario Outline: An operation does what it says
      Given a server that takes PATCH by SCIM
      And users have <values> where the server keeps that
      And the provisioner has made the user Bea
      When the provisioner patches the user Bea to <patch>
      Then the user Bea has <values>

      Examples:
        | patch                                        | values                                            |
        | replace the title                            | title "Chief"                                     |
        | replace the title by a name in another case  | title "Chief"                                     |
        | replace the title by the URN of its schema   | title "Chief"                                     |
        | replace the family name                      | name.familyName "Hopper" and name.givenName "Bea" |
        | replace parts of the name                    | name.familyName "Hopper" and name.givenName "Bea" |
        | replace title and family name without a path | title "Chief" and name.familyName "Hopper"        |
        | replace the address at work                  | emails[work] "new@example.com" and 2 emails       |
        | replace the title twice                      | title "Captain"                                   |
        | add a preferred language                     | preferredLanguage "de"                            |
        | add a preferred language without a path      | preferredLanguage "de"                            |
        | add an address                               | 3 emails and emails[other] "new@example.com"      |
        | remove the title                             | no title                                          |
        | remove the address at home                   | 1 emails and no emails[home]                      |
        | replace active without a path                | active false                                      |

    # The same, must: all of a request is done, or nothing.
    @id:SC05b @must @rfc7644-3.5.2 @medium
    Scenario Outline: Half a PATCH is not done
      Given a server that takes PATCH by SCIM
      And users have title "Baker" where the server keeps that
      And the provisioner has made the user Bea
      When the provisioner patches the user Bea to <patch>
      Then the request is refused with 400
      And the user Bea is as it was

      Examples:
        | patch                                                   |
        | replace the title and then remove nothing in particular |
        | replace the title and then an address that is none      |

    # The same, must: nothing is removed without a target, and nothing replaced that is not there.
    @id:SC05c @must @rfc7644-3.5.2.2 @rfc7644-3.5.2.3 @rfc7644-3.12 @medium
    Scenario Outline: A PATCH that has no target is refused
      Given a server that takes PATCH by SCIM
      And the provisioner has made the user Ada
      When the provisioner sends <mistake>
      Then the request is refused with 400

      Examples:
        | mistake                                     |
        | a PATCH with an unknown operation           |
        | a PATCH that removes without a path         |
        | a PATCH that replaces what it does not find |
        | a PATCH by a path that is none              |

    # Nobody is bound: directories send capitals, truth as text and dotted names, and a server may take them as meant.
    @id:SC21 @may @rfc7644-3.5.2 @low
    Scenario Outline: A server takes what directories really send
      Given a server that takes PATCH by SCIM
      And the provisioner has made the user Bea
      When the provisioner patches the user Bea to <patch>
      Then the user Bea has <values>

      Examples:
        | patch                                               | values                                              |
        | Replace, with a capital, the family name            | name.familyName "Hopper"                            |
        | Add, with a capital, the family name                | name.familyName "Hopper"                            |
        | Replace active by the text False                    | active false                                        |
        | replace active by the text False without a path     | active false                                        |
        | Replace, without a path, by dotted names            | name.familyName "Hopper" and name.givenName "Grace" |
        | Add, with a capital, a department of the enterprise | name.familyName "Hopper"                            |

  Rule: A user is removed

    # Binds the server, shall: 204.
    @id:SC06a @must @rfc7644-3.6 @medium
    Scenario: A user is removed
      Given a server with SCIM
      And the provisioner has made the user Ada
      When the provisioner asks to delete the user Ada
      Then the answer is 204

    # Binds the server, must: 404 for all that is asked of it afterwards, and no list shows it.
    @id:SC06b @must @rfc7644-3.6 @medium
    Scenario Outline: Who was removed is not found any more
      Given a server with SCIM
      And the provisioner has made the user Ada
      And the provisioner can delete the user Ada
      When the provisioner asks to <deed> the user Ada
      Then the request is refused with 404

      Examples:
        | deed    |
        | read    |
        | replace |
        | delete  |

    # The same for lists.
    @id:SC06c @must @rfc7644-3.6 @medium
    Scenario: Who was removed is in no list
      Given a server with SCIM
      And the provisioner has made the user Ada
      And the provisioner finds the user Ada when they ask to list it
      And the provisioner can delete the user Ada
      When the provisioner asks to list the user Ada
      Then the list does not show the user Ada

  Rule: A refusal can be read

    # Binds the server, must: errors have SCIM's schema and the status as a text.
    @id:SC09a @must @rfc7644-3.12 @low
    Scenario Outline: A refusal is a SCIM error
      Given a server with SCIM
      When the provisioner sends <mistake>
      Then the refusal is a SCIM error

      Examples:
        | mistake                          |
        | a body that is no JSON           |
        | a user without a userName        |
        | a user whose active is a number  |
        | a user whose name is a text      |
        | a user under the userName of Ada |
        | a read of who never was          |
        | a PUT of who never was           |
        | a DELETE of who never was        |

    # The same where there is nothing at all.
    @id:SC08 @must @rfc7644-3.12 @low
    Scenario: An unknown path is answered with 404 as a SCIM error
      Given a server with SCIM
      When the provisioner sends a request for what there is not
      Then the refusal is a SCIM error
      And the request is refused with 404

    # The keyword is optional but where the RFC says must: a userName that is taken, section 3.3.
    @id:SC09b @must @rfc7644-3.3 @rfc7644-3.12 @low
    Scenario: A conflict is called one of uniqueness
      Given a server with SCIM
      When the provisioner sends a user under the userName of Ada
      Then the refusal has the scimType "uniqueness"

    # The others help a directory to tell what to do: should.
    @id:SC09c @should @rfc7644-3.12 @low
    Scenario Outline: A refusal says what was wrong
      Given a server with SCIM
      And the provisioner has made the user Ada
      When the provisioner sends <mistake>
      Then the refusal has the scimType <keyword>

      Examples:
        | mistake                                     | keyword         |
        | a body that is no JSON                      | "invalidSyntax" |
        | a user without a userName                   | "invalidValue"  |
        | a user whose active is a number             | "invalidValue"  |
        | a PATCH that removes without a path         | "noTarget"      |
        | a PATCH that replaces what it does not find | "noTarget"      |
        | a filter with an unknown operator           | "invalidFilter" |

    # Binds the server, must: it takes and gives application/scim+json.
    @id:SC10a @must @rfc7644-3.1 @rfc7644-8.1 @low
    Scenario: SCIM has a media type of its own
      Given a server with SCIM
      When the provisioner makes and reads the user Dot as application/scim+json
      Then the answer is of SCIM's own media type

    # Binds the server, should: plain JSON as well.
    @id:SC10b @should @rfc7644-3.1 @low
    Scenario: Plain JSON is taken as well
      Given a server with SCIM
      When the provisioner makes and reads the user Dot as application/json
      Then the answer is served as JSON

  Rule: Who may not provision sees and changes nothing

    # Binds the server: it says how to authenticate, shall. Without credentials nothing opens.
    @id:SC15a @must @rfc7644-2 @rfc9110-11.6.1 @owasp-api-API2 @critical
    Scenario Outline: Broken authentication: without credentials nothing opens
      Given a server with SCIM
      And the provisioner has made the user Ada
      And the provisioner can read the user Ada
      When anybody asks to <deed> the user Ada
      Then the request is refused with 401
      And the user Ada is as it was
      And the refusal challenges for Bearer

      Examples:
        | deed    |
        | read    |
        | list    |
        | replace |
        | patch   |
        | delete  |

    # The product's promise: SCIM is for a project's administrators.
    @id:SC15b @product @medplum-access.admin @owasp-api-API5 @critical
    Scenario Outline: Broken function level authorization: who is no administrator does not provision
      Given a server with SCIM
      And the provisioner has made the user Ada
      And the provisioner can read the user Ada
      When <who> asks to <deed> the user Ada
      Then the request is refused with 403
      And the user Ada is as it was

      Examples:
        | who              | deed    |
        | the practitioner | read    |
        | the practitioner | list    |
        | the practitioner | patch   |
        | the patient      | read    |
        | the back end     | delete  |
        | the back end     | replace |

    # The product's promise: projects are isolated, for those who provision too.
    @id:SC15c @product @medplum-access.projects @owasp-api-API1 @critical
    Scenario Outline: Tenant isolation: who provisions for another project cannot touch a user
      Given a server with SCIM
      And the provisioner has made the user Ada
      And the provisioner can read the user Ada
      When the provisioner of the other project asks to <deed> the user Ada
      Then the request is refused with 403 or 404
      And the user Ada is as it was

      Examples:
        | deed       |
        | read       |
        | replace    |
        | patch      |
        | deactivate |
        | delete     |

    # The same for lists.
    @id:SC15d @product @medplum-access.projects @owasp-api-API1 @critical
    Scenario Outline: Tenant isolation: who provisions for another project does not find a user
      Given a server with SCIM
      And the provisioner has made the user Ada
      And the provisioner finds the user Ada when they ask to <deed> it
      When the provisioner of the other project asks to <deed> the user Ada
      Then the list does not show the user Ada

      Examples:
        | deed       |
        | list       |
        | search for |
