"""How a client shows who it is at the token endpoint and at introspection."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from pytest_bdd import given, parsers, then, when

from fixtures.adapters.capabilities import AnyClientAuthentication
from fixtures.cast import Client, Person
from fixtures.flows.flows import Flows
from fixtures.flows.target import Target
from fixtures.flows.values import Grant, Tokens
from fixtures.protocol import client_auth, token
from fixtures.protocol.client_auth import ClientAuth
from reports.deviation import NotApplicable
from reports.exchange import Exchange
from steps.checks.client_refusal import challenged_for_basic, introspection_refused
from steps.vocabulary.words import one_of

Credentials = Callable[[Client], ClientAuth]


def _percent_encoded(client: Client) -> ClientAuth:
    encode = client_auth.every_character_encoded
    if (encode(client.id), encode(_secret(client))) == (client.id, client.secret):
        raise NotApplicable("the client's id and secret hold no character that is encoded")
    return client_auth.basic(client.id, _secret(client), encode)


def _secret(client: Client) -> str:
    return client.secret or ""


CREDENTIALS: Callable[[str], Credentials] = one_of(
    {
        "with its own secret": Client.auth,
        "with client_secret_basic": lambda client: client_auth.basic(client.id, _secret(client)),
        "with percent-encoded Basic credentials": _percent_encoded,
        "with client_secret_post": lambda client: client_auth.post(client.id, _secret(client)),
        "with a secret that is wrong in its last character": lambda client: (
            client.having_wrong_secret().auth()
        ),
        "with a wrong secret in Basic credentials": lambda client: client_auth.basic(
            client.id, _secret(client.having_wrong_secret())
        ),
        "with a wrong secret in the body": lambda client: client_auth.post(
            client.id, _secret(client.having_wrong_secret())
        ),
        "with an empty secret in Basic credentials": lambda client: client_auth.basic(client.id, ""),
        "with an empty secret in the body": lambda client: client_auth.post(client.id, ""),
        "with an unknown client_id": lambda client: client_auth.basic(str(uuid.uuid4()), _secret(client)),
        "with its client_id alone": lambda client: client_auth.public(client.id),
        "without a client_id": lambda _: ClientAuth(),
        "without credentials": lambda _: ClientAuth(),
    }
)


@given(parsers.re(r"the client may authenticate with (?P<method>client_secret_\w+)"))
def _(target: Target, client: Client, method: str) -> None:
    """Basic has to be supported, client_secret_post may be (RFC 6749 section 2.3.1).

    A server may hold a client to the one that it is registered for (RFC 7591 section 2).
    """
    if method == "client_secret_post" and method not in target.discovery.auth_methods:
        raise NotApplicable(f"token_endpoint_auth_methods_supported does not list {method}")
    if client.auth_method != method and not target.offers(AnyClientAuthentication):
        raise NotApplicable(f"the {client.role} client is registered for {client.auth_method}, not {method}")


@given("the back end has got a token")
def _(flows: Flows, client: Client) -> None:
    flows.client_tokens(client)


@given("the back end has got a token with its secret in Basic credentials")
def _(flows: Flows, client: Client) -> None:
    flows.client_tokens(client, auth=client_auth.basic(client.id, _secret(client)))


@given("the back end has got a token with its secret in the body")
def _(flows: Flows, client: Client) -> None:
    flows.client_tokens(client, auth=client_auth.post(client.id, _secret(client)))


@given("the client holds a refresh token that works", target_fixture="tokens")
def _(target: Target, flows: Flows, client: Client, person: Person) -> Tokens:
    target.need_feature("refresh-token")
    return flows.refresh(client, flows.redeem(flows.sign_in(client, person)))


@given("the client can introspect the practitioner's token", target_fixture="tokens")
def _(target: Target, flows: Flows, client: Client, person: Person) -> Tokens:
    target.need_feature("introspection")
    tokens = flows.person_tokens(client, person)
    flows.introspection_control(client, tokens.access)
    return tokens


@when(
    parsers.cfparse(
        "the back end asks for a token {credentials:Credentials}", extra_types={"Credentials": CREDENTIALS}
    ),
    target_fixture="answer",
)
def _(flows: Flows, client: Client, credentials: Credentials) -> Exchange:
    return flows.token(token.client_credentials_request(credentials(client)))


@when(
    parsers.cfparse(
        "the client redeems the code {credentials:Credentials}", extra_types={"Credentials": CREDENTIALS}
    ),
    target_fixture="answer",
)
def _(flows: Flows, grant: Grant, client: Client, credentials: Credentials) -> Exchange:
    return flows.token(grant.token_request().authenticated(credentials(client)))


@when(
    parsers.cfparse(
        "the client refreshes {credentials:Credentials}", extra_types={"Credentials": CREDENTIALS}
    ),
    target_fixture="answer",
)
def _(flows: Flows, client: Client, tokens: Tokens, credentials: Credentials) -> Exchange:
    return flows.token(token.refresh_request(tokens.refresh, credentials(client)))


@when(
    parsers.cfparse(
        "the token is introspected {credentials:Credentials}", extra_types={"Credentials": CREDENTIALS}
    ),
    target_fixture="answer",
)
def _(flows: Flows, client: Client, tokens: Tokens, credentials: Credentials) -> Exchange:
    return flows.introspect(tokens.access, credentials(client))


@then("the refusal challenges for Basic")
def _(answer: Exchange) -> None:
    challenged_for_basic(answer)


@then("the introspection is refused")
def _(answer: Exchange) -> None:
    introspection_refused(answer)
