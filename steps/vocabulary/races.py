"""Races: what is sent several times at once, and what is left of it."""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from fixtures.flows import races
from fixtures.flows.actors import Actors, AnyClient, AnyPerson
from fixtures.flows.flows import Flows
from fixtures.flows.races import RUNNERS, Race
from fixtures.flows.target import Target
from fixtures.flows.values import Tokens
from reports.deviation import Blocked
from reports.exchange import Exchange
from steps.checks.outcome import Outcomes
from steps.checks.race import one_winner
from steps.checks.refusal import ended
from steps.vocabulary.outcomes import OUTCOMES
from steps.vocabulary.roles import CLIENT, PERSON

WHO = {"Client": CLIENT, "Person": PERSON, "Outcomes": OUTCOMES}


@when(
    parsers.cfparse(
        "{client:Client} redeems one code of {person:Person} {times:d} times at once", extra_types=WHO
    ),
    target_fixture="race",
)
def race_for_a_code(flows: Flows, actors: Actors, client: AnyClient, person: AnyPerson, times: int) -> Race:
    return _race_for_a_code(flows, actors, client, person, times)


def _race_for_a_code(flows: Flows, actors: Actors, client: AnyClient, person: AnyPerson, times: int) -> Race:
    assert times == RUNNERS
    flows.target.need_method("authorization-code")
    return races.of_a_code(flows, actors.client(client), actors.person(person))


@when(
    parsers.cfparse(
        "{client:Client} uses one refresh token of {person:Person} {times:d} times at once", extra_types=WHO
    ),
    target_fixture="race",
)
def race_for_a_refresh(
    target: Target, flows: Flows, actors: Actors, client: AnyClient, person: AnyPerson, times: int
) -> Race:
    assert times == RUNNERS
    target.need_feature("refresh-token")
    return races.of_a_refresh_token(flows, actors.client(client), actors.person(person))


@given(
    parsers.cfparse(
        "{client:Client} got tokens for one code of {person:Person} that it redeemed {times:d} times at once",
        extra_types=WHO,
    ),
    target_fixture="tokens",
)
def tokens_of_the_winner(
    flows: Flows, actors: Actors, client: AnyClient, person: AnyPerson, times: int
) -> Tokens:
    winners = _race_for_a_code(flows, actors, client, person, times).winners[0]
    if len(winners) != 1:
        raise Blocked(f"{len(winners)} requests brought tokens, which is a finding of its own")
    return winners[0]


@when(
    parsers.cfparse(
        "{client:Client} refreshes for {person:Person} and revokes the refresh token at once", extra_types=WHO
    ),
    target_fixture="answers",
)
def race_with_a_revocation(
    target: Target, flows: Flows, actors: Actors, client: AnyClient, person: AnyPerson
) -> list[Exchange]:
    """Then the API is asked with each access token that the refreshes brought."""
    target.need_feature("refresh-token")
    brought = races.of_refresh_and_revocation(flows, actors.client(client), actors.person(person))
    return [flows.get(target.protected_url("api"), tokens.access) for tokens in brought]


@then(
    parsers.cfparse(
        "what the refresh brought, if anything, has ended with {outcomes:Outcomes}", extra_types=WHO
    )
)
def what_it_brought_has_ended(answers: list[Exchange], outcomes: Outcomes) -> None:
    for answer in answers:
        ended(answer, outcomes)


@then("at most one request of each try brings tokens")
def at_most_one_winner(race: Race) -> None:
    one_winner(race)
