"""Signing a person in, up to a code or to a refusal."""

from __future__ import annotations

from collections.abc import Callable

from pytest_bdd import given, parsers, then, when

from fixtures.adapters.capabilities import Logout, ScopeStep, SilentSignIn
from fixtures.cast import Client, Person
from fixtures.flows.flows import Flows
from fixtures.flows.target import Target
from fixtures.flows.values import Attempt, Grant, Tokens, authorization_request
from fixtures.protocol import pkce
from fixtures.protocol.authorization import AuthorizationRequest
from reports.deviation import Blocked, NotApplicable
from steps.checks.guessing import unguessable
from steps.checks.refusal import no_token, refused_at_authorization
from steps.checks.scope import unknown_left_out
from steps.checks.token_response import accepted_as_advertised, issued
from steps.vocabulary.words import REQUEST_CHANGE, UNKNOWN_SCOPE, VERIFIER


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
    flows.control(client, person, challenge=False)
    return flows.sign_in(client, person, verifier=None)


@given("the practitioner has signed in once more with another challenge", target_fixture="other_grant")
def _(flows: Flows, client: Client, person: Person) -> Grant:
    return flows.sign_in(client, person)


@given("the practitioner has a session in a browser", target_fixture="other_grant")
def _(target: Target, flows: Flows, client: Client, person: Person) -> Grant:
    target.need(SilentSignIn)
    return flows.sign_in(client, person)


@given("the client has redeemed the code of that session", target_fixture="tokens")
def _(flows: Flows, other_grant: Grant) -> Tokens:
    return flows.redeem(other_grant)


@given("the client has got a code without interaction, with a challenge of its own", target_fixture="grant")
def _(flows: Flows, other_grant: Grant) -> Grant:
    return flows.silent_sign_in(other_grant)


@given("codes that came without interaction can be redeemed")
def _(flows: Flows, client: Client, person: Person) -> None:
    flows.silent_control(client, person)


@then("a code that comes without interaction is redeemed with its own verifier")
def _(flows: Flows, client: Client, person: Person) -> None:
    first = flows.sign_in(client, person)
    flows.redeem(first)
    issued(flows.token(flows.silent_sign_in(first).token_request()))


@given("the practitioner has signed out")
def _(target: Target, flows: Flows, tokens: Tokens) -> None:
    target.need(Logout)
    answer = target.need(Logout).sign_out(
        flows.http.session(), access_token=tokens.access, id_token=tokens.id_token
    )
    if answer.status is None or answer.status >= 400:
        raise Blocked(f"the practitioner could not sign out: {answer.status}", answer)


@given(parsers.parse('the practitioner has narrowed the scope to "{scope}"'))
def _(target: Target, grant: Grant, scope: str) -> None:
    target.need(ScopeStep)
    if not set(scope.split()) < set(grant.request.scope.split()):
        raise NotApplicable(f"the client did not ask for more than {scope}")
    answer = target.need(ScopeStep).narrow_scope(grant.response, scope)
    if answer.status != 200:
        raise Blocked(f"the scope could not be narrowed: {answer.status}", answer)


@when(parsers.parse("the practitioner signs in {times:d} times"), target_fixture="grants")
def _(flows: Flows, client: Client, person: Person, times: int) -> list[Grant]:
    return [flows.sign_in(client, person) for _ in range(times)]


@then("the codes cannot be guessed")
def _(grants: list[Grant]) -> None:
    unguessable([grant.code for grant in grants], "codes", grants[-1].response.exchange)


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
    # A verifier that no challenge announced would be a reason of its own to refuse (RFC 9700 section 4.8.2).
    return flows.attempt(client, person, request, verifier=verifier if request.code_challenge else None)


@then(parsers.parse('the authorization endpoint refuses with "{code}"'))
def _(attempt: Attempt, code: str) -> None:
    refused_at_authorization(attempt, code)


@then("the unknown scope is refused or left out")
def _(attempt: Attempt) -> None:
    unknown_left_out(attempt, UNKNOWN_SCOPE)


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
