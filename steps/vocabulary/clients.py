"""Clients that a scenario has for itself: registered, switched off, with rotated secrets, under a policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_bdd import given, parsers, then, when

from fixtures.adapters.capabilities import AccessPolicies, Administration, BasicAtApi, SecretRotation
from fixtures.cast import Client
from fixtures.flows.flows import Flows
from fixtures.flows.target import Target
from fixtures.protocol import client_auth, token
from reports.exchange import Exchange
from steps.checks import access, bearer, refusal
from steps.checks.guessing import unguessable
from steps.checks.token_response import issued
from steps.vocabulary.words import one_of

PATIENTS_ONLY = ({"resourceType": "Patient"},)
OBSERVATIONS_ONLY = ({"resourceType": "Observation"},)


# A back end made here authenticates in the body, so that a server whose Basic is broken is found out where
# Basic is asked about and stays testable everywhere else.
POST = "client_secret_post"


@given("a back end registered for the client credentials grant", target_fixture="client")
def _(target: Target) -> Client:
    target.need_method("client-credentials")
    return target.client("backend")


@given("a back end registered for this scenario alone", target_fixture="client")
def _(target: Target) -> Client:
    target.need(Administration)
    return target.need(AccessPolicies).new_client("backend", auth_method=POST)


@given("a back end whose policy holds patients only", target_fixture="client")
def _(target: Target) -> Client:
    target.need(AccessPolicies)
    target.need(Administration)
    return target.need(AccessPolicies).new_client("backend", auth_method=POST, policy=PATIENTS_ONLY)


@when("the policy of the client changes to observations only")
def _(target: Target, client: Client) -> None:
    target.need(AccessPolicies).set_policy(client.membership, OBSERVATIONS_ONLY)


# ----- generated and rotated secrets


@given("the server has generated the secrets of several clients", target_fixture="generated")
def _(target: Target) -> list[str]:
    target.need(Administration)
    return [client.secret or "" for client in (target.client("confidential"), target.client("backend"))]


@when("the server generates the secret of one more client", target_fixture="client")
def _(target: Target) -> Client:
    return target.need(AccessPolicies).new_client("backend")


@then("every secret has at least 128 bits, and no two are the same")
def _(generated: list[str], client: Client) -> None:
    unguessable([*generated, client.secret or ""], "client secrets")


@given("the secret of the client has been rotated", target_fixture="rotated")
def _(target: Target, client: Client) -> Client:
    return target.need(SecretRotation).rotate_secret(client)


@given("the retirement of the old secret has ended")
def _(target: Target, client: Client) -> None:
    target.need(SecretRotation).retire_secret(client)


def _ask_for_a_token(_target: Target, flows: Flows, client: Client) -> Exchange:
    return flows.token(token.client_credentials_request(client.auth()))


def _read_with_basic(target: Target, _flows: Flows, client: Client) -> Exchange:
    target.need(BasicAtApi)
    auth = client_auth.basic(client.id, client.secret or "")
    return target.need(BasicAtApi).fhir_with_basic(auth).read(target.record("visible-patient"))


@dataclass(frozen=True)
class Place:
    """Where a secret is used, and how a good and a bad one are answered there."""

    use: Callable[[Target, Flows, Client], Exchange]
    accepted: Callable[[Exchange], object]
    refused: Callable[[Exchange], None]


PLACE: Callable[[str], Place] = one_of(
    {
        # Which error code a wrong secret gets is what CA05 asks; here it counts that there is no token.
        "at the token endpoint": Place(
            _ask_for_a_token,
            issued,
            lambda answer: refusal.token_refused(answer, "invalid_client", "invalid_request"),
        ),
        "with Basic at the API": Place(
            _read_with_basic, bearer.served, lambda answer: access.refused(answer, 401)
        ),
    }
)


@given(parsers.cfparse("the old secret has worked {place:Place}", extra_types={"Place": PLACE}))
def _(target: Target, flows: Flows, client: Client, place: Place) -> None:
    place.accepted(place.use(target, flows, client))


@when(
    parsers.cfparse("the back end uses both secrets {place:Place}", extra_types={"Place": PLACE}),
    target_fixture="answers",
)
def _(target: Target, flows: Flows, client: Client, rotated: Client, place: Place) -> list[Exchange]:
    return [place.use(target, flows, each) for each in (client, rotated)]


@then(parsers.cfparse("both secrets are accepted {place:Place}", extra_types={"Place": PLACE}))
def _(answers: list[Exchange], place: Place) -> None:
    for answer in answers:
        place.accepted(answer)


@when(
    parsers.cfparse("the back end uses the old secret {place:Place}", extra_types={"Place": PLACE}),
    target_fixture="answer",
)
def _(target: Target, flows: Flows, client: Client, place: Place) -> Exchange:
    return place.use(target, flows, client)


@then(parsers.cfparse("the old secret is refused {place:Place}", extra_types={"Place": PLACE}))
def _(answer: Exchange, place: Place) -> None:
    place.refused(answer)
