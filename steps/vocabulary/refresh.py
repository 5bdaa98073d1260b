"""Refresh tokens: what their use brings, and what is left of one that was used."""

from __future__ import annotations

from dataclasses import replace

from pytest_bdd import given, parsers, then, when

from fixtures.cast import Client, Person
from fixtures.flows.actors import Actors, AnyClient, AnyPerson
from fixtures.flows.endings import need_rotation
from fixtures.flows.flows import Flows
from fixtures.flows.target import Target
from fixtures.flows.values import Tokens, tokens_of
from fixtures.protocol import token
from fixtures.target.clock import later
from reports.deviation import NotApplicable
from reports.exchange import Exchange
from steps.checks import refresh as check
from steps.checks.access_token import hard_to_guess
from steps.checks.outcome import Outcomes
from steps.vocabulary.forgeries import FORGERY, Bench, Forgery, token_of
from steps.vocabulary.outcomes import OUTCOMES
from steps.vocabulary.roles import CLIENT, PERSON
from steps.vocabulary.tampering import TAMPERING, Tampering

WHO = {
    "Client": CLIENT,
    "Person": PERSON,
    "Tampering": TAMPERING,
    "Forgery": FORGERY,
    "Outcomes": OUTCOMES,
}

# ----- tokens to refresh


@given(
    parsers.cfparse(
        "{person:Person} has new tokens of {client:Client}{tampering:Tampering}", extra_types=WHO
    ),
    target_fixture="tokens",
)
def has_new_tokens(
    target: Target, flows: Flows, actors: Actors, person: AnyPerson, client: AnyClient, tampering: Tampering
) -> Tokens:
    """Of a session that no other scenario has, since its refresh token may be used up."""
    return _new_tokens(target, flows, actors.client(client), actors.person(person), tampering)


@given(
    parsers.cfparse(
        "{person:Person} has new tokens of {client:Client} with less scope than the client may have",
        extra_types=WHO,
    ),
    target_fixture="tokens",
)
def has_new_tokens_with_less_scope(
    target: Target, flows: Flows, actors: Actors, person: AnyPerson, client: AnyClient
) -> Tokens:
    """With no more than what a refresh token may take: many servers give one for offline_access only."""
    whole = actors.client(client).scope.split()
    less = [scope for scope in whole if scope in ("openid", "offline_access")]
    if not less or len(less) == len(whole):
        raise NotApplicable(f"{client.title} has no more scope than {' '.join(whole)}")
    narrow = Tampering(f'with scope "{" ".join(less)}"')
    return _new_tokens(target, flows, actors.client(client), actors.person(person), narrow)


def _new_tokens(target: Target, flows: Flows, client: Client, person: Person, change: Tampering) -> Tokens:
    target.need_feature("refresh-token")
    tokens = flows.redeem(flows.grant(client, person, change))
    flows.need_refresh_token(client, tokens)
    return tokens


@given(
    parsers.cfparse("{client:Client} has refreshed the tokens of {person:Person} once", extra_types=WHO),
    target_fixture="tokens",
)
def has_refreshed_once(
    target: Target, flows: Flows, actors: Actors, client: AnyClient, person: AnyPerson
) -> Tokens:
    """Shared by all scenarios, so none may use the new refresh token up."""
    target.need_feature("refresh-token")
    return flows.refreshed_tokens(actors.client(client), actors.person(person))


@given(
    parsers.cfparse('{client:Client} has narrowed the scope to "{scope}" by a refresh', extra_types=WHO),
    target_fixture="narrowed_tokens",
)
def has_narrowed_by_a_refresh(
    flows: Flows, actors: Actors, tokens: Tokens, client: AnyClient, scope: str
) -> Tokens:
    """Whether the server narrows the scope is a requirement of its own."""
    request = token.refresh_request(tokens.refresh, actors.client(client).auth(), scope)
    narrowed = tokens_of(flows.token(request))
    return replace(narrowed, refresh=narrowed.refresh or tokens.refresh) if narrowed else tokens


@given(parsers.cfparse("the refresh token of {client:Client} was rotated", extra_types=WHO))
def refresh_token_was_rotated(actors: Actors, tokens: Tokens, client: AnyClient) -> None:
    need_rotation(actors.client(client), tokens)


# ----- a refresh token is used


@when(
    parsers.cfparse("{client:Client} refreshes the tokens of {person:Person}", extra_types=WHO),
    target_fixture="answer",
)
def refresh_for_the_first_time(
    target: Target, flows: Flows, actors: Actors, client: AnyClient, person: AnyPerson
) -> Exchange:
    target.need_feature("refresh-token")
    return flows.first_refresh(actors.client(client), actors.person(person)).exchange


@when(
    parsers.cfparse("{client:Client} refreshes with the narrowed tokens", extra_types=WHO),
    target_fixture="answer",
)
def refresh_with_the_narrowed(
    flows: Flows, actors: Actors, narrowed_tokens: Tokens, client: AnyClient
) -> Exchange:
    return flows.token(token.refresh_request(narrowed_tokens.refresh, actors.client(client).auth()))


@when(
    parsers.cfparse("{client:Client} refreshes for all the scope that it may have", extra_types=WHO),
    target_fixture="answer",
)
def refresh_for_all_scope(flows: Flows, actors: Actors, tokens: Tokens, client: AnyClient) -> Exchange:
    known = actors.client(client)
    return flows.token(token.refresh_request(tokens.refresh, known.auth(), known.scope))


@when(
    parsers.cfparse("{client:Client} refreshes with the refresh token {forgery:Forgery}", extra_types=WHO),
    target_fixture="answer",
)
def refresh_with_a_forgery(
    flows: Flows, actors: Actors, bench: Bench, tokens: Tokens, client: AnyClient, forgery: Forgery
) -> Exchange:
    forged = forgery(token_of(tokens.refresh, "the refresh token"), bench)
    return flows.token(token.refresh_request(forged, actors.client(client).auth()))


@when(
    parsers.cfparse(
        "{client:Client} refreshes and names {owner:Client} beside its own credentials", extra_types=WHO
    ),
    target_fixture="answer",
)
def refresh_and_name_the_owner(
    flows: Flows, actors: Actors, tokens: Tokens, client: AnyClient, owner: AnyClient
) -> Exchange:
    request = token.refresh_request(tokens.refresh, actors.client(client).auth())
    return flows.token(request.adding(("client_id", actors.client(owner).id)))


@when(
    parsers.cfparse("{client:Client} refreshes {days:d} days later", extra_types=WHO),
    target_fixture="answer",
)
def refresh_later(
    target: Target, flows: Flows, actors: Actors, tokens: Tokens, client: AnyClient, days: int
) -> Exchange:
    request = token.refresh_request(tokens.refresh, actors.client(client).auth())
    return flows.token(request, later(target.profile, days * 86400))


# ----- what must come of it


@then(
    parsers.cfparse(
        "the scope is no wider than the one that {person:Person} granted to {client:Client}", extra_types=WHO
    )
)
def scope_is_no_wider(
    flows: Flows, actors: Actors, answer: Exchange, person: AnyPerson, client: AnyClient
) -> None:
    check.no_wider(answer, flows.first_refresh(actors.client(client), actors.person(person)).tokens)


@then(
    parsers.cfparse(
        "no scope is added, or the token request is refused with {outcomes:Outcomes}", extra_types=WHO
    )
)
def no_scope_is_added(answer: Exchange, tokens: Tokens, outcomes: Outcomes) -> None:
    check.no_wider(answer, tokens, outcomes)


@then("the scope is again what it was before")
def scope_is_what_it_was(answer: Exchange, tokens: Tokens) -> None:
    check.scope_kept(answer, tokens)


@then(
    parsers.cfparse(
        "{client:Client} gets another refresh token for {person:Person}, or tokens that are bound to a key",
        extra_types=WHO,
    )
)
def refresh_token_is_rotated(
    flows: Flows, actors: Actors, answer: Exchange, client: AnyClient, person: AnyPerson
) -> None:
    first = flows.first_refresh(actors.client(client), actors.person(person))
    assert first.exchange == answer
    check.rotated(first)


@then("no refresh token came with the tokens")
def no_refresh_token_came(tokens: Tokens) -> None:
    check.no_refresh_token_given(tokens)


@then("the two refresh tokens differ and cannot be guessed")
def refresh_tokens_cannot_be_guessed(target: Target, tokens: Tokens, other_tokens: Tokens) -> None:
    hard_to_guess(tokens, other_tokens, target.keys, what="refresh")
