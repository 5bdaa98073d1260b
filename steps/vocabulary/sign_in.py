"""Signing a person in, up to a code or to a refusal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_bdd import given, parsers, then, when

from fixtures.adapters.capabilities import Logout, ScopeStep
from fixtures.flows.actors import Actors, AnyClient, AnyPerson
from fixtures.flows.flows import Flows
from fixtures.flows.grants import Grants
from fixtures.flows.target import Target
from fixtures.flows.values import Attempt, Tokens, authorization_request
from fixtures.protocol import pkce
from fixtures.protocol.authorization import AuthorizationResponse
from reports.deviation import Blocked, NotApplicable
from reports.exchange import Exchange
from steps.checks import redirects
from steps.checks.guessing import Given, unguessable
from steps.checks.refusal import no_token
from steps.vocabulary.roles import CLIENT, PERSON
from steps.vocabulary.tampering import TAMPERING, Tampering
from steps.vocabulary.words import one_of

VERIFIER: Callable[[str], Callable[[], str]] = one_of(
    {
        "a code_verifier of 42 characters": lambda: pkce.new_verifier(42),
        "a code_verifier of 43 characters": lambda: pkce.new_verifier(43),
        "a code_verifier of 128 characters": lambda: pkce.new_verifier(128),
        "a code_verifier of 129 characters": lambda: pkce.new_verifier(129),
        "a code_verifier with every unreserved character": lambda: pkce.UNRESERVED,
        "a code_verifier with a plus sign": lambda: pkce.new_verifier(63) + "+",
    }
)
WHO = {"Client": CLIENT, "Person": PERSON, "Tampering": TAMPERING, "Verifier": VERIFIER}


@pytest.fixture
def grants() -> Grants:
    """The codes of this scenario."""
    return Grants()


# ----- up to a code


@given(
    parsers.cfparse("{person:Person} has signed in to {client:Client}{tampering:Tampering}", extra_types=WHO)
)
def signed_in(
    flows: Flows, actors: Actors, grants: Grants, person: AnyPerson, client: AnyClient, tampering: Tampering
) -> None:
    grants["the code"] = flows.grant(actors.client(client), actors.person(person), tampering)


@given(parsers.cfparse("{person:Person} has got a code for {client:Client}", extra_types=WHO))
def has_got_a_code(
    flows: Flows, actors: Actors, grants: Grants, person: AnyPerson, client: AnyClient
) -> None:
    """As above; whether such codes can be redeemed is what the scenario asks, so there is no control."""
    grants["the code"] = flows.sign_in(actors.client(client), actors.person(person))


@given(
    parsers.cfparse(
        "{person:Person} has signed in to {client:Client}{tampering:Tampering}, which the server need not take",
        extra_types=WHO,
    )
)
def signed_in_where_the_server_takes_it(
    flows: Flows, actors: Actors, grants: Grants, person: AnyPerson, client: AnyClient, tampering: Tampering
) -> None:
    try:
        grants["the code"] = flows.grant(actors.client(client), actors.person(person), tampering)
    except Blocked as refusal:
        raise NotApplicable(f"the server does not take such a request: {refusal}") from refusal


@given(
    parsers.cfparse(
        "{person:Person} has signed in to {client:Client} with the challenge of {verifier:Verifier}",
        extra_types=WHO,
    )
)
def signed_in_with_a_verifier(
    flows: Flows,
    actors: Actors,
    grants: Grants,
    person: AnyPerson,
    client: AnyClient,
    verifier: Callable[[], str],
) -> None:
    flows.control(actors.client(client), actors.person(person))
    grants["the code"] = flows.sign_in(actors.client(client), actors.person(person), verifier=verifier())


@given(parsers.cfparse("{person:Person} has signed in to {client:Client} for a second code", extra_types=WHO))
def signed_in_for_a_second_code(
    flows: Flows, actors: Actors, grants: Grants, person: AnyPerson, client: AnyClient
) -> None:
    grants["the second code"] = flows.sign_in(actors.client(client), actors.person(person))


@given("codes that come without interaction can be redeemed")
def silent_codes_can_be_redeemed(flows: Flows, grants: Grants) -> None:
    flows.silent_control(grants["the code"].client, grants["the code"].person)


@given("the session has given a second code without interaction, with a challenge of its own")
def second_code_without_interaction(flows: Flows, grants: Grants) -> None:
    grants["the second code"] = flows.silent_sign_in(grants["the code"])


@when("the session is asked for a second code without interaction", target_fixture="silent")
def ask_for_a_second_code_silently(flows: Flows, grants: Grants) -> AuthorizationResponse:
    return flows.ask_silently(grants["the code"])[1]


@then("the client gets a code or an error by redirect, and nobody a page")
def answered_without_interaction(silent: AuthorizationResponse) -> None:
    redirects.answered_at_once(silent)


@when(
    parsers.cfparse(
        "{person:Person} signs in to {client:Client}, which redeems a second code without interaction",
        extra_types=WHO,
    ),
    target_fixture="answer",
)
def redeem_a_silent_code(flows: Flows, actors: Actors, person: AnyPerson, client: AnyClient) -> Exchange:
    grant = flows.sign_in(actors.client(client), actors.person(person))
    flows.redeem(grant)
    return flows.token(flows.silent_sign_in(grant).token_request())


@given(parsers.cfparse("{person:Person} has signed out", extra_types=WHO))
def signed_out(target: Target, grants: Grants, tokens: Tokens, person: AnyPerson) -> None:
    session = grants["the code"].session
    answer = target.need(Logout).sign_out(session, access_token=tokens.access, id_token=tokens.id_token)
    if answer.status is None or answer.status >= 400:
        raise Blocked(f"{person.title} could not sign out: {answer.status}", answer)


@given(parsers.cfparse('{person:Person} has narrowed the scope to "{scope}"', extra_types=WHO))
def narrowed_the_scope(target: Target, grants: Grants, person: AnyPerson, scope: str) -> None:
    step, grant = target.need(ScopeStep), grants["the code"]
    if not set(scope.split()) < set(grant.request.scope.split()):
        raise NotApplicable(f"the client did not ask for more than {scope}")
    answer = step.narrow_scope(grant.response, scope)
    if answer.status != 200:
        raise Blocked(f"{person.title} could not narrow the scope: {answer.status}", answer)


@when(
    parsers.cfparse("{person:Person} signs in to {client:Client} {times:d} times", extra_types=WHO),
    target_fixture="secrets_given",
)
def sign_in_several_times(
    flows: Flows, actors: Actors, person: AnyPerson, client: AnyClient, times: int
) -> Given:
    made = [flows.sign_in(actors.client(client), actors.person(person)) for _ in range(times)]
    return Given("codes", tuple(grant.code for grant in made), made[-1].exchange)


@then("they all differ and cannot be guessed")
def they_cannot_be_guessed(secrets_given: Given) -> None:
    unguessable(secrets_given.values, secrets_given.what, secrets_given.exchange)


# ----- as far as the server lets it


@when(
    parsers.cfparse("{person:Person} signs in to {client:Client}{tampering:Tampering}", extra_types=WHO),
    target_fixture="attempt",
)
def sign_in(
    flows: Flows, actors: Actors, person: AnyPerson, client: AnyClient, tampering: Tampering
) -> Attempt:
    who, whom = actors.client(client), actors.person(person)
    flows.control(who, whom)
    verifier = pkce.new_verifier()
    request = tampering(authorization_request(who, verifier=verifier))
    # A verifier that no challenge announced would be a reason of its own to refuse (RFC 9700 section 4.8.2).
    return flows.attempt(who, whom, request, verifier=verifier if request.code_challenge else None)


@then("no token is issued")
def no_token_is_issued(attempt: Attempt) -> None:
    no_token(attempt)
