"""Revocation: who asks for the end of which token."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from pytest_bdd import given, parsers, then, when

from fixtures.flows.actors import Actors, AnyClient
from fixtures.flows.endings import need_revoked
from fixtures.flows.flows import Flows
from fixtures.flows.target import Target
from fixtures.flows.values import Tokens
from fixtures.protocol import token
from reports.deviation import Deviation
from reports.exchange import Exchange
from steps.checks.refusal import no_server_error, said
from steps.vocabulary.roles import CLIENT
from steps.vocabulary.tampering import TAMPERING, Tampering
from steps.vocabulary.words import one_of

WHICH: Callable[[str], Callable[[Tokens], str]] = one_of(
    {
        "the access token": lambda tokens: tokens.access,
        "the refresh token": lambda tokens: tokens.refresh,
    }
)
WHO = {"Client": CLIENT, "Tampering": TAMPERING, "Which": WHICH}


@given(parsers.cfparse("{client:Client} can revoke", extra_types=WHO))
def can_revoke(target: Target, flows: Flows, actors: Actors, client: AnyClient) -> None:
    """It is let in: a token that nobody issued is as good as revoked (RFC 7009 section 2.2)."""
    need_revoked(actors.client(client), _revoke(target, flows, actors, client, secrets.token_urlsafe()))


@given(parsers.cfparse("{client:Client} has tried to revoke {which:Which}", extra_types=WHO))
def has_tried_to_revoke(
    target: Target,
    flows: Flows,
    actors: Actors,
    tokens: Tokens,
    client: AnyClient,
    which: Callable[[Tokens], str],
) -> None:
    """Whatever the server says to it."""
    _revoke(target, flows, actors, client, which(tokens))


@when(parsers.cfparse("{client:Client} revokes {which:Which}", extra_types=WHO), target_fixture="answer")
def revoke(
    target: Target,
    flows: Flows,
    actors: Actors,
    tokens: Tokens,
    client: AnyClient,
    which: Callable[[Tokens], str],
) -> Exchange:
    return _revoke(target, flows, actors, client, which(tokens))


@when(
    parsers.cfparse(
        "{client:Client} revokes a token that nobody issued{tampering:Tampering}", extra_types=WHO
    ),
    target_fixture="answer",
)
def revoke_what_nobody_issued(
    target: Target, flows: Flows, actors: Actors, client: AnyClient, tampering: Tampering
) -> Exchange:
    return _revoke(target, flows, actors, client, secrets.token_urlsafe(), tampering)


def _revoke(
    target: Target,
    flows: Flows,
    actors: Actors,
    client: AnyClient,
    text: str,
    tampering: Tampering | None = None,
) -> Exchange:
    target.need_feature("revocation")
    request = token.revocation_request(text, actors.client(client).auth())
    return flows.revoke(tampering(request) if tampering else request)


@then("the revocation is answered with 200")
def revocation_is_answered(answer: Exchange) -> None:
    expected = ["200"]
    no_server_error(answer, expected)
    if answer.status != 200:
        raise Deviation("wrong-status", expected, said(answer), answer)
