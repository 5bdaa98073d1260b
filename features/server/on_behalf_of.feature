@server @method:on-behalf-of
Feature: A back end acts on behalf of a user
  With an administrator's rights a client may act for a member of its project, and has that member's rights then.

  Rule: The access policy is that of whom the client acts for

    # The product's promise: a profile or a membership names a member, whose access policy decides. The policies of
    # client and member have nothing in common here, but that the client may look up whom it acts for.
    @id:OB01a @product @medplum-auth.on-behalf-of @high
    Scenario Outline: What the member may do, the client may do for the member
      Given a represented practitioner whose policy opens patients only
      And a proxy whose policy opens observations and practitioners only
      And the records hold the patient Inside
      When the proxy tries to <interaction> the patient Inside <how> on behalf of the represented practitioner, named <form>
      Then the request is served

      Examples:
        | interaction                | how       | form          |
        | read                       | by Bearer | by profile    |
        | read                       | by Bearer | by membership |
        | read                       | by Basic  | by profile    |
        | read                       | by Basic  | by membership |
        | read the history of        | by Bearer | by profile    |
        | create a copy of           | by Basic  | by membership |
        | update                     | by Bearer | by profile    |
        | patch                      | by Basic  | by profile    |
        | delete                     | by Bearer | by membership |
        | read in a batch            | by Basic  | by profile    |
        | update and copy in a batch | by Bearer | by membership |

    # The product's promise: neither the client's own policy counts nor both together. Control: alone the client may.
    @id:OB01b @product @medplum-auth.on-behalf-of @owasp-api-API5 @critical
    Scenario Outline: Privilege escalation: the client's own policy opens nothing while it acts for a member
      Given a represented practitioner whose policy opens patients only
      And a proxy whose policy opens observations and practitioners only
      And the proxy can read the visible patient <how> on behalf of the represented practitioner, named <form>
      And the records hold the observation of the visible patient
      And the proxy can <control> the observation of the visible patient <how>
      When the proxy tries to <interaction> the observation of the visible patient <how> on behalf of the represented practitioner, named <form>
      Then the request is refused with 403 or 404
      And the observation of the visible patient has not changed

      Examples:
        | control             | interaction                                  | how       | form          |
        | read                | read                                         | by Bearer | by profile    |
        | read                | read                                         | by Basic  | by membership |
        | read the history of | read the history of                          | by Bearer | by membership |
        | search for          | search for                                   | by Basic  | by profile    |
        | search by POST for  | search by POST for                           | by Bearer | by profile    |
        | read                | create a copy of                             | by Bearer | by membership |
        | read                | update                                       | by Basic  | by profile    |
        | read                | patch                                        | by Bearer | by profile    |
        | read                | delete                                       | by Basic  | by membership |
        | read in a batch     | read, search for, update and copy in a batch | by Bearer | by profile    |
        | read in a batch     | read, search for, update and copy in a batch | by Basic  | by membership |

    # The same for criteria, which bound what a search shows.
    @id:OB01c @product @medplum-auth.on-behalf-of @owasp-api-API1 @critical
    Scenario Outline: Broken object level authorization: a search shows what the member may see
      Given a represented practitioner whose policy opens patients named Inside only
      And a proxy whose policy opens patients and practitioners only
      And the records hold the patient Inside
      And the records hold the patient Outside
      And the proxy can read the patient Outside <how>
      When the proxy tries to <interaction> the patient Inside and the patient Outside <how> on behalf of the represented practitioner, named <form>
      Then the search shows the patient Inside and not the patient Outside

      Examples:
        | interaction      | how       | form          |
        | search for       | by Bearer | by profile    |
        | search for       | by Basic  | by membership |
        | search by id for | by Bearer | by membership |
        | search by id for | by Basic  | by profile    |

    # The product's promise: a member who is no administrator lends no administrator's rights. Control: alone the
    # client has them.
    @id:OB08a @product @medplum-auth.on-behalf-of @owasp-api-API5 @critical
    Scenario Outline: Privilege escalation: an administrator's routes are closed while the client acts for one who is none
      Given a server with the FHIR API
      And a proxy
      And the protected routes that open to the proxy and are closed to the practitioner
      When the proxy asks each route on behalf of the practitioner, named <form>
      Then each request is refused with 401 or 403 or 404

      Examples:
        | form          |
        | by profile    |
        | by membership |

    # The product's promise: policies are read at each request.
    @id:OB10a @product @medplum-auth.on-behalf-of @medplum-access.access-policies @high
    Scenario Outline: A changed policy applies to the next request on behalf of its member
      Given a new practitioner whose policy opens patients only
      And a proxy
      And the proxy can read the visible patient on behalf of the new practitioner, named <form>
      And the new practitioner has been put under a policy that opens observations only
      When the proxy tries to read the visible patient on behalf of the new practitioner, named <form>
      Then the request is refused with 403 or 404
      When the proxy tries to read the visible observation on behalf of the new practitioner, named <form>
      Then the request is served

      Examples:
        | form          |
        | by profile    |
        | by membership |

  Rule: Only an administrator of the project acts for others

    # The product's promise: whoever is no administrator is refused, whomever the header names. Control: the same
    # caller may do it alone, and a client with the rights may do it for the same member.
    @id:OB02 @product @medplum-auth.on-behalf-of @owasp-api-API5 @critical
    Scenario Outline: Privilege escalation: who is no administrator acts for nobody
      Given a represented practitioner
      And a proxy
      And the proxy can read the visible patient on behalf of the represented practitioner, named by profile
      And <caller> can read the visible patient <how>
      When <caller> tries to read the visible patient <how> on behalf of <subject>, named <form>
      Then the request is refused with 403

      Examples:
        | caller           | how       | subject                      | form          |
        | the back end     | by Bearer | the represented practitioner | by profile    |
        | the back end     | by Bearer | the represented practitioner | by membership |
        | the back end     | by Basic  | the represented practitioner | by profile    |
        | the back end     | by Basic  | the represented practitioner | by membership |
        | the back end     | by Bearer | the administrator            | by profile    |
        | the back end     | by Basic  | the back end                 | by membership |
        | the practitioner | by Bearer | the represented practitioner | by profile    |
        | the practitioner | by Bearer | the represented practitioner | by membership |
        | the practitioner | by Bearer | the practitioner             | by profile    |
        | the practitioner | by Bearer | the administrator            | by membership |
        | the practitioner | by Bearer | the operator of the server   | by membership |

    # The header proves nothing by itself: without credentials, or with wrong ones, nobody is recognised.
    @id:OB02b @product @medplum-auth.on-behalf-of @owasp-api-API2 @critical
    Scenario Outline: Authentication bypass: the header is no credential
      Given a represented practitioner
      And a proxy
      And the proxy can read the visible patient by Basic on behalf of the represented practitioner, named by profile
      When the proxy tries to read the visible patient <how> on behalf of the represented practitioner, named <form>
      Then the request is refused with 401 or 403

      Examples:
        | caller    | how                                                       | form          |
        | the proxy | without credentials                                       | by profile    |
        | the proxy | by a Bearer token that nobody issued                      | by membership |
        | the proxy | by Basic with the last character of client_secret changed | by profile    |
        | the proxy | by Basic with an empty client_secret                      | by membership |

    # The product's promise: rights are read at each request.
    @id:OB10b @product @medplum-auth.on-behalf-of @owasp-api-API5 @critical
    Scenario Outline: A client that has lost its rights acts for nobody any more
      Given a represented practitioner
      And a new proxy
      And the new proxy can read the visible patient <how> on behalf of the represented practitioner, named by profile
      And the new proxy has lost its administrator's rights
      And the new proxy can read the visible patient <how>
      When the new proxy tries to read the visible patient <how> on behalf of the represented practitioner, named by profile
      Then the request is refused with 403

      Examples:
        | how       |
        | by Bearer |
        | by Basic  |

  Rule: Only a member of the own project is acted for

    # The product's promise: projects are isolated; 404 hides that there is such a member.
    @id:OB03 @product @medplum-auth.on-behalf-of @medplum-access.projects @owasp-api-API1 @critical
    Scenario Outline: Tenant isolation: nobody acts for a member of another project
      Given a represented practitioner
      And a proxy
      And the proxy can read the visible patient <how> on behalf of the represented practitioner, named <form>
      When <caller> tries to read <record> <how> on behalf of <subject>, named <form>
      Then the request is refused with 403 or 404

      Examples:
        | caller                                 | how       | record              | subject                                | form          |
        | the proxy                              | by Bearer | the visible patient | the administrator of the other project | by profile    |
        | the proxy                              | by Bearer | the visible patient | the administrator of the other project | by membership |
        | the proxy                              | by Basic  | the visible patient | the administrator of the other project | by profile    |
        | the proxy                              | by Basic  | the visible patient | the administrator of the other project | by membership |
        | the proxy                              | by Bearer | the foreign patient | the administrator of the other project | by profile    |
        | the proxy                              | by Bearer | the foreign patient | the administrator of the other project | by membership |
        | the administrator of the other project | by Bearer | the foreign patient | the represented practitioner           | by profile    |
        | the administrator of the other project | by Bearer | the foreign patient | the represented practitioner           | by membership |
        | the administrator of the other project | by Bearer | the visible patient | the represented practitioner           | by profile    |
        | the administrator of the other project | by Bearer | the visible patient | the represented practitioner           | by membership |

    # The product documents `active` as whether a membership is in use; one that is not lends nobody its rights.
    @id:OB04a @product @medplum-api.fhir.medplum.projectmembership @owasp-api-API5 @high
    Scenario Outline: Nobody acts for a member who is inactive
      Given a new practitioner
      And a proxy
      And the proxy can read the visible patient <how> on behalf of the new practitioner, named <form>
      And the new practitioner has been made inactive in the project
      When the proxy tries to read the visible patient <how> on behalf of the new practitioner, named <form>
      Then the request is refused with 403 or 404
      Given the new practitioner has been made active again in the project
      When the proxy tries to read the visible patient <how> on behalf of the new practitioner, named <form>
      Then the request is served

      Examples:
        | how       | form          |
        | by Bearer | by profile    |
        | by Bearer | by membership |
        | by Basic  | by profile    |
        | by Basic  | by membership |

    # The product's promise: who was removed is a member no more.
    @id:OB04b @product @medplum-auth.on-behalf-of @medplum-access.access-policies @owasp-api-API5 @critical
    Scenario Outline: Nobody acts for a member who was removed
      Given a new practitioner
      And a proxy
      And the proxy can read the visible patient <how> on behalf of the new practitioner, named <form>
      And the new practitioner has been removed from the project
      When the proxy tries to read the visible patient <how> on behalf of the new practitioner, named <form>
      Then the request is refused with 403 or 404 or 410

      Examples:
        | how       | form          |
        | by Bearer | by profile    |
        | by Bearer | by membership |
        | by Basic  | by membership |

    # The product's promise: the operator of the server is no member of the project.
    @id:OB05a @product @medplum-auth.on-behalf-of @medplum-access.projects @owasp-api-API5 @critical
    Scenario Outline: Privilege escalation: nobody acts for the operator of the server
      Given a represented practitioner
      And a proxy
      And the proxy can read the visible patient <how> on behalf of the represented practitioner, named <form>
      When the proxy tries to read <record> <how> on behalf of the operator of the server, named <form>
      Then the request is refused with 403 or 404

      Examples:
        | record              | how       | form          |
        | the visible patient | by Bearer | by profile    |
        | the visible patient | by Bearer | by membership |
        | the foreign patient | by Basic  | by membership |

    # The product speaks of acting for its users. Least privilege: nobody acts for a client, or gains an
    # administrator's unbound sight by acting for one. Should: no page says that it is refused.
    @id:OB05b @should @medplum-auth.on-behalf-of @owasp-api-API5 @medium
    Scenario Outline: Privilege escalation: nobody acts for an administrator or for a client
      Given a represented practitioner
      And a proxy whose policy opens patients and practitioners only
      And the proxy can read the visible patient on behalf of the represented practitioner, named <form>
      When the proxy tries to read <record> on behalf of <subject>, named <form>
      Then the request is refused with 403 or 404

      Examples:
        | record              | subject           | form          |
        | the condition       | the administrator | by profile    |
        | the condition       | the administrator | by membership |
        | the visible patient | the back end      | by profile    |
        | the visible patient | the back end      | by membership |

  Rule: A name that names nobody gives no rights

    # The product's promise: with the header the rights are a member's. Whether another spelling of a name is understood
    # is left open: the record is closed to the member, and open to the client alone.
    @id:OB06a @product @medplum-auth.on-behalf-of @owasp-api-API5 @critical
    Scenario Outline: Fail open: a header that is not understood leaves the client none of its own rights
      Given a represented practitioner whose policy opens patients only
      And a proxy whose policy opens observations and practitioners only
      And the proxy can read the visible patient <how> on behalf of the represented practitioner, named by profile
      And the proxy can read the visible observation <how>
      When the proxy tries to read the visible observation <how> on behalf of the represented practitioner, named <form>
      Then the request is refused

      Examples: It names nobody
        | form                                       | how       |
        | by a word                                  | by Bearer |
        | by a profile that nobody ever had          | by Basic  |
        | by a membership that nobody ever had       | by Bearer |
        | by a profile of another type               | by Bearer |
        | by a membership with the id of the profile | by Basic  |
        | by the type of the profile alone           | by Bearer |
        | by a profile without an id                 | by Bearer |
        | by a profile with a wildcard               | by Bearer |
        | by a search                                | by Basic  |
        | by a long text                             | by Bearer |
        | by an injection                            | by Bearer |
        | by a traversal                             | by Bearer |

      Examples: It names the member in another spelling
        | form                                        | how       |
        | by the bare id of the profile               | by Bearer |
        | by the address of the profile               | by Bearer |
        | by an encoded profile                       | by Basic  |
        | by a profile in another case                | by Bearer |
        | by a version of the profile                 | by Bearer |
        | by a reference in JSON                      | by Bearer |
        | by profile in two headers                   | by Bearer |
        | by profile in a list                        | by Basic  |
        | by profile and by membership in two headers | by Bearer |

    # What a header without a value means no page says: should, for a client that lost the name acts with all its rights.
    @id:OB06b @should @medplum-auth.on-behalf-of @owasp-api-API5 @medium
    Scenario Outline: Fail open: an empty header leaves the client none of its own rights
      Given a proxy whose policy opens observations and practitioners only
      And the proxy can read the visible observation <how>
      And a represented practitioner whose policy opens patients only
      And the proxy can read the visible patient <how> on behalf of the represented practitioner, named by profile
      When the proxy tries to read the visible observation <how> on behalf of the represented practitioner, named by an empty value
      Then the request is refused

      Examples:
        | how       |
        | by Bearer |
        | by Basic  |

    # A field that is no list comes once (RFC 9110, which binds the sender). Of two members no rights can be told:
    # should refuse, lest the order decide.
    @id:OB06c @should @rfc9110-5.3 @medplum-auth.on-behalf-of @owasp-api-API5 @medium
    Scenario Outline: Parameter pollution: a header that names two members gives the rights of neither
      Given a represented practitioner whose policy opens patients only
      And a second represented practitioner whose policy opens observations only
      And a proxy
      And the proxy can read the visible patient on behalf of the represented practitioner, named by profile
      And the proxy can read the visible observation on behalf of the second represented practitioner, named by profile
      When the proxy tries to read <record> on behalf of the represented practitioner and of the second represented practitioner, <where>
      Then the request is refused

      Examples:
        | record                  | where          |
        | the visible patient     | in two headers |
        | the visible observation | in two headers |
        | the visible patient     | in one header  |
        | the visible observation | in one header  |

  Rule: The record says who acted, and for whom

    # The product's promise: the author is who authenticated, and meta.onBehalfOf names whom it was for.
    @id:OB07 @product @medplum-auth.on-behalf-of @high
    Scenario Outline: What is written names the client as author and the member as whom it was for
      Given a represented practitioner
      And a proxy
      And the records hold the patient Inside
      When the proxy tries to <interaction> the patient Inside <how> on behalf of the represented practitioner, named <form>
      Then what was written of the patient Inside names the proxy as its author and the represented practitioner as whom it was for

      Examples:
        | interaction                                         | how       | form          |
        | create a copy of                                    | by Bearer | by profile    |
        | create a copy of                                    | by Basic  | by membership |
        | create a copy that names somebody else as author of | by Bearer | by profile    |
        | create a copy that names somebody else as author of | by Basic  | by membership |
        | update                                              | by Bearer | by membership |
        | update                                              | by Basic  | by profile    |
        | patch                                               | by Bearer | by profile    |
        | create in a batch a copy of                         | by Bearer | by membership |

  Rule: The header changes nothing about who somebody is

    # The product's promise is about requests of the API: a token of the client stays the client's. A server may refuse.
    @id:OB08b @product @medplum-auth.on-behalf-of @medplum-auth.client-credentials @rfc9068-2.2 @high
    Scenario Outline: Token substitution: a token that is asked for on behalf of a member is the client's own
      Given a represented practitioner
      And a proxy
      And the proxy can read the visible patient on behalf of the represented practitioner, named <form>
      And the proxy has a token
      When the proxy asks for a token of its own on behalf of the represented practitioner, named <form>
      Then the access token, if any, names the same holder

      Examples:
        | form          |
        | by profile    |
        | by membership |

    # Binds the server, must: the sub is that of the resource owner whose token it is, and of the ID token.
    @id:UI09 @must @oidc-core-5.3 @oidc-core-5.3.2 @high
    Scenario Outline: Token substitution: the header does not change of whom userinfo tells
      Given the administrator has tokens of the confidential client
      And the userinfo endpoint tells of the administrator
      When the userinfo endpoint is asked with the tokens of the administrator on behalf of the practitioner, named <form>
      Then the answer tells of the same person as before, or is a refusal

      Examples:
        | form          |
        | by profile    |
        | by membership |
