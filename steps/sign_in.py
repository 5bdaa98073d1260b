"""Signing a person in, up to a code or to a refusal."""

from __future__ import annotations

from collections.abc import Callable

from pytest_bdd import given, parsers, then, when

from fixtures.actors import Client, Person
from fixtures.flows import Attempt, Flows, Grant, authorization_request
from fixtures.protocol import pkce
from fixtures.protocol.authorization import AuthorizationRequest
from fixtures.target.target import Target
from steps.checks.refusal import no_token, refused_at_authorization
from steps.checks.token_response import accepted_as_advertised
from steps.words import REQUEST_CHANGE, VERIFIER


@given("the practitioner has signed in with an S256 challenge", target_fixture="grant")
def _(flows: Flows, client: Client, person: Person) -> Grant:
    flows.control(client, person)
    return flows.sign_in(client, person)


@given(
    parsers.cfparse(
        "the practitioner has signed in with the challenge of {verifier:Verifier}",
        extra_types={"Verifier": VERIFIER},
    ),
    target_fixture="grant",
)
def _(flows: Flows, client: Client, person: Person, verifier: Callable[[], str]) -> Grant:
    flows.control(client, person)
    return flows.sign_in(client, person, verifier=verifier())


@given("the practitioner has signed in without a challenge", target_fixture="grant")
def _(flows: Flows, client: Client, person: Person) -> Grant:
    return flows.sign_in(client, person, verifier=None)


@given("the practitioner has signed in once more with another challenge", target_fixture="other_grant")
def _(flows: Flows, client: Client, person: Person) -> Grant:
    return flows.sign_in(client, person)


@given("the practitioner has a session in a browser", target_fixture="other_grant")
def _(target: Target, flows: Flows, client: Client, person: Person) -> Grant:
    target.need("silent-sign-in")
    grant = flows.sign_in(client, person)
    flows.redeem(grant)
    return grant


@given("the client has got a code without interaction, with a challenge of its own", target_fixture="grant")
def _(flows: Flows, other_grant: Grant) -> Grant:
    return flows.silent_sign_in(other_grant)


@when(
    parsers.cfparse("the client takes the flow with {change:Change}", extra_types={"Change": REQUEST_CHANGE}),
    target_fixture="attempt",
)
def _(
    flows: Flows,
    client: Client,
    person: Person,
    change: Callable[[AuthorizationRequest, str], AuthorizationRequest],
) -> Attempt:
    flows.control(client, person)
    verifier = pkce.new_verifier()
    request = change(authorization_request(client, verifier=verifier), verifier)
    return flows.attempt(client, person, request, verifier=verifier if request.code_challenge else None)


@then(parsers.parse('the authorization endpoint refuses with "{code}"'))
def _(attempt: Attempt, code: str) -> None:
    refused_at_authorization(attempt, code)


@then("no token is issued")
def _(attempt: Attempt) -> None:
    no_token(attempt)


@then(
    parsers.parse(
        "the flow succeeds exactly where the metadata lists {method} in code_challenge_methods_supported"
    )
)
def _(target: Target, attempt: Attempt, method: str) -> None:
    accepted_as_advertised(attempt, method, target.discovery.challenge_methods)
