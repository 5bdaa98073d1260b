"""Logout at a client's wish: who asks, by which hint, and where the browser is to go."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from pytest_bdd import given, parsers, then, when

from fixtures.flows import logout
from fixtures.flows.actors import Actors, AnyClient, AnyPerson
from fixtures.flows.flows import Flows
from fixtures.flows.logout import SignOut
from fixtures.flows.target import Target
from fixtures.flows.values import Attempt
from fixtures.protocol.request import Params
from reports.deviation import NotApplicable
from reports.exchange import Exchange
from steps.checks import logout as check
from steps.vocabulary.forgeries import FORGERY, Bench, Forgery, token_of
from steps.vocabulary.redirect_uris import REDIRECT_URIS
from steps.vocabulary.roles import CLIENT, PERSON
from steps.vocabulary.words import one_of

PARAMETERS: Mapping[str, Callable[[SignOut, str], Params]] = {
    "a hint alone": lambda found, _: (("id_token_hint", found.tokens.id_token),),
    "a hint and its client_id": lambda found, client_id: (
        ("id_token_hint", found.tokens.id_token),
        ("client_id", client_id),
    ),
    "a hint and a state": lambda found, _: (("id_token_hint", found.tokens.id_token), ("state", "authmark")),
}
WHO = {
    "Client": CLIENT,
    "Person": PERSON,
    "Uri": one_of(REDIRECT_URIS),
    "Forgery": FORGERY,
    "Parameters": one_of(PARAMETERS),
    "How": one_of({"GET": "GET", "POST": "POST"}),
}


@dataclass(frozen=True)
class Away:
    """Where a browser was to go, and the last answer that it got."""

    uri: str
    exchange: Exchange


@when(
    parsers.cfparse(
        "{person:Person} signs out of {client:Client}, which asks to be sent back to", extra_types=WHO
    ),
    target_fixture="signed_out",
)
def sign_out(flows: Flows, actors: Actors, person: AnyPerson, client: AnyClient) -> SignOut:
    return logout.sign_out(flows, actors.client(client), actors.person(person))


@when(
    parsers.cfparse(
        "{client:Client} asks for a code of {person:Person} without interaction after a sign-out",
        extra_types=WHO,
    ),
    target_fixture="attempt",
)
def ask_without_interaction_after_a_sign_out(
    flows: Flows, actors: Actors, client: AnyClient, person: AnyPerson
) -> Attempt:
    found = logout.sign_out(flows, actors.client(client), actors.person(person))
    if found.silently is None:
        raise NotApplicable("the server gave no code without interaction before that either")
    return Attempt(found.silently)


@given(
    parsers.cfparse(
        "after a sign-out of {person:Person} the browser is sent back to {client:Client}", extra_types=WHO
    ),
    target_fixture="signed_out",
)
def is_sent_back(flows: Flows, actors: Actors, person: AnyPerson, client: AnyClient) -> SignOut:
    return logout.sent_back(flows, actors.client(client), actors.person(person))


@when(
    parsers.cfparse("{client:Client} asks for a sign-out to a URI {uri:Uri}", extra_types=WHO),
    target_fixture="away",
)
def ask_for_a_uri(
    target: Target,
    flows: Flows,
    actors: Actors,
    signed_out: SignOut,
    client: AnyClient,
    uri: Callable[[str], str],
) -> Away:
    wanted = uri(actors.client(client).logout_uri)
    return _ask(target, flows, wanted, signed_out.tokens.id_token)


@when(
    parsers.cfparse("{client:Client} asks for a sign-out by an ID token {forgery:Forgery}", extra_types=WHO),
    target_fixture="away",
)
def ask_by_a_forged_hint(
    target: Target,
    flows: Flows,
    actors: Actors,
    bench: Bench,
    signed_out: SignOut,
    client: AnyClient,
    forgery: Forgery,
) -> Away:
    forged = forgery(token_of(signed_out.tokens.id_token, "the ID token"), bench)
    return _ask(target, flows, actors.client(client).logout_uri, forged)


@when(
    parsers.cfparse(
        "somebody asks for a sign-out to the URI of {client:Client} without a hint", extra_types=WHO
    ),
    target_fixture="away",
)
def ask_without_a_hint(target: Target, flows: Flows, actors: Actors, client: AnyClient) -> Away:
    return _ask(target, flows, actors.client(client).logout_uri, "")


def _ask(target: Target, flows: Flows, uri: str, hint: str) -> Away:
    """In a browser that has no session: where it is sent does not depend on one."""
    params = (("post_logout_redirect_uri", uri), ("state", secrets.token_urlsafe(12)))
    named = (("id_token_hint", hint), *params) if hint else params
    return Away(uri, target.adapter.end_session(flows.http.session(), named))


@when(
    parsers.cfparse(
        "{client:Client} asks for a sign-out by {how:How} with {parameters:Parameters}", extra_types=WHO
    ),
    target_fixture="answer",
)
def ask_with_parameters(
    target: Target,
    flows: Flows,
    actors: Actors,
    signed_out: SignOut,
    client: AnyClient,
    how: str,
    parameters: Callable[[SignOut, str], Params],
) -> Exchange:
    params = parameters(signed_out, actors.client(client).id)
    method: Any = cast("Literal['GET', 'POST']", how)
    return target.adapter.end_session(flows.http.session(), params, method)


@then(parsers.cfparse("the browser is sent back to {client:Client} with the state", extra_types=WHO))
def sent_back_with_the_state(actors: Actors, signed_out: SignOut, client: AnyClient) -> None:
    check.sent_back_with_state(signed_out, actors.client(client))


@then("the browser is not sent there after the sign-out")
def not_sent_there(away: Away) -> None:
    check.not_sent_to(away.uri, away.exchange)


@then("the server says or asks whether the session has ended")
def is_served(answer: Exchange) -> None:
    check.served(answer)
