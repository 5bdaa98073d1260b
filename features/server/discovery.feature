@server @method:authorization-code
Feature: Server metadata
  Clients believe what a server says of itself: where to send a password, which keys to trust, what to leave out.

  Rule: The document is found under the issuer that it names

    # Binds the server, must: the address is made from the issuer. Both insertions of the well-known part are in use.
    @id:DM01 @must @rfc8414-3 @oidc-discovery-4 @medium
    Scenario: The metadata is published at the address that its issuer gives
      When the metadata is fetched from the address that its issuer gives
      Then the metadata is there

    # Binds the server, must: a successful answer is application/json.
    @id:DM02 @must @rfc8414-3.2 @oidc-discovery-4.2 @low
    Scenario: The metadata is JSON by its media type
      When the metadata is fetched
      Then the metadata is JSON by its media type

    # Binds the server, must: the issuer in the document is the one that it was asked of, character by character.
    @id:DM03 @must @rfc8414-3.3 @oidc-discovery-4.3 @high
    Scenario: Mix-up: the metadata names the issuer that it was found under
      When the metadata is fetched
      Then the metadata names the issuer that it was found under

    # Binds the server, must: https, no query, no fragment. We let plain http pass on the loopback interface.
    @id:DM04 @must @rfc8414-2 @medium
    Scenario: The issuer is a plain https URL
      When the metadata is fetched
      Then the metadata names an issuer that is an https URL without query and fragment

    # The two documents of one server may differ in members; where both state one, a client takes it for the same.
    @id:DM21 @should @rfc8414-3 @rfc9700-2.6 @medium
    Scenario: Two documents of one issuer agree
      When the metadata is fetched from both well-known addresses
      Then the two documents agree

  Rule: What it says can be read by every client

    # Binds the server, must: members that are required are there, and each that is there has the type it is registered with.
    @id:DM05 @must @rfc8414-2 @oidc-discovery-3 @medium
    Scenario: Every member of the metadata has its registered type
      When the metadata is fetched
      Then the metadata has its required members, and each of its type

    # Binds the server, must: endpoint addresses are absolute; those of authorization and token carry no fragment.
    @id:DM07 @must @rfc6749-3.1 @rfc6749-3.2 @medium
    Scenario: The endpoints are absolute addresses without fragment
      When the metadata is fetched
      Then the metadata names endpoints that are absolute URLs without fragment

    # Binds the provider, must: TLS at every endpoint. We let plain http pass on the loopback interface.
    @id:DM08 @must @rfc6749-3.1 @rfc6749-3.2 @oidc-discovery-3 @high
    Scenario: Eavesdropping: every address in the metadata is https
      When the metadata is fetched
      Then the metadata names https addresses only

    # Binds the server, must: scope values are made of the characters of a scope token.
    @id:DM14 @must @rfc6749-3.3 @low
    Scenario: Scopes are listed in the syntax of scopes
      When the metadata is fetched
      Then the metadata lists scopes in their syntax

    # Binds the server, must: languages are BCP 47 tags, where they are listed.
    @id:DM15 @must @rfc8414-2 @oidc-discovery-3 @low
    Scenario: Languages are listed by their tags
      When the metadata is fetched
      Then the metadata lists languages as BCP 47 tags

  Rule: What it promises, it does

    # Binds the provider, must: a server of the code flow lists the response type code.
    @id:DM09 @must @oidc-discovery-3 @rfc8414-2 @medium
    Scenario: The code flow is listed where it works
      Given the practitioner has tokens of the confidential client
      When the metadata is fetched
      Then the metadata lists the response type code

    # Binds the provider, must: public and pairwise are all there is.
    @id:DM10 @must @oidc-discovery-3 @low
    Scenario: Subject types are those that exist
      When the metadata is fetched
      Then the metadata lists subject types that exist

    # Binds the OpenID provider, must: RS256 is in the list, whatever else is.
    @id:DM11 @must @oidc-discovery-3 @low
    Scenario: ID tokens can be had with RS256
      When the metadata is fetched
      Then the metadata lists RS256 among the algorithms of ID tokens

    # Binds the server, must: the key set holds keys that verify, and no secret.
    @id:DM12a @must @rfc7517-5 @oidc-core-10.1 @rfc8414-2 @critical
    Scenario: Key disclosure: the key set holds public keys and nothing else
      Given a server that publishes keys
      When the key set is fetched
      Then the key set holds public keys only

    # Nothing says that a listed algorithm must have a key at all times, so this is a should by our reading.
    @id:DM12b @should @oidc-discovery-3 @rfc8414-2 @low
    Scenario: Every listed algorithm has a key
      Given a server that publishes keys
      When the key set is fetched
      Then the key set has a key for every listed algorithm of ID tokens

    # Binds the provider, must: with several keys each has a kid; that they differ is what makes it one.
    @id:DM13 @must @oidc-core-10.1 @rfc7517-4.5 @medium
    Scenario: Keys are told apart by their kid
      Given a server that publishes keys
      When the key set is fetched
      Then the key set names each of several keys by a kid of its own

    # Binds the server, must: the list is that of the grant types it supports; a listed one cannot be unknown to it.
    @id:DM16 @must @rfc8414-2 @medium
    Scenario: Every listed grant type is known at the token endpoint
      Given the practitioner has tokens of the confidential client
      When the confidential client asks for each listed grant type without its parameters
      Then no listed grant type is called unsupported

    # The list is recommended, and sub is a claim that every provider has.
    @id:DM17 @should @oidc-discovery-3 @low
    Scenario: The claims that can be had are listed
      When the metadata is fetched
      Then the metadata lists sub among the claims

    # The server must let clients find out about PKCE; to do it by this member is recommended.
    @id:DM19 @should @rfc9700-2.1.1 @rfc8414-2 @medium
    Scenario: PKCE downgrade: a client can see that S256 is supported
      Given the practitioner has tokens of the confidential client
      When the metadata is fetched
      Then the metadata lists S256 among the code challenge methods

    # Binds the server, must: the list (client_secret_basic, where there is none) holds what clients use.
    @id:DM22 @must @rfc8414-2 @oidc-discovery-3 @medium
    Scenario: The way in which a client authenticates is listed
      Given the practitioner has tokens of the confidential client
      When the metadata is fetched
      Then the metadata lists how the confidential client authenticates

  Rule: A FHIR server describes its SMART launch

    # Binds the server, shall not: plain is not listed.
    @id:DM20 @must @smart-conformance @medium
    Scenario: PKCE downgrade: the SMART configuration does not offer plain
      Given a server with a SMART configuration
      When the SMART configuration is fetched
      Then the SMART configuration lists S256 and not plain

    # Binds the server, shall: capabilities are a list of texts, and not an empty one.
    @id:DM27 @must @smart-conformance @low
    Scenario: The SMART configuration lists capabilities
      Given a server with a SMART configuration
      When the SMART configuration is fetched
      Then the SMART configuration lists capabilities and the endpoints that go with them

    # Binds the server, shall: single sign-on needs issuer and keys.
    @id:DM28 @must @smart-conformance @medium
    Scenario: The SMART configuration names issuer and keys with single sign-on
      Given a server with a SMART configuration
      When the SMART configuration is fetched
      Then the SMART configuration names issuer and jwks_uri with the capability sso-openid-connect

  Rule: A protected resource names its authorization server

    # Binds the resource, must: the identifier that comes back is the one that was asked, and the list holds issuers.
    @id:DM31 @must @rfc9728-3.3 @medium
    Scenario: Impersonation: the metadata of a protected resource is about that resource
      Given a server with metadata of its protected resource
      When the metadata of the protected resource is fetched
      Then the metadata of the protected resource names that resource and an issuer that is https
