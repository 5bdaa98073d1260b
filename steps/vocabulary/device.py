"""A device: what it makes of its own records, that nobody signs in to it, and how long its tokens live."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pytest_bdd import given, parsers, then, when

from fixtures.cast import Client, client_role
from fixtures.flows.actors import NEW_DEVICE, Actors, AnyClient, AnyPerson
from fixtures.flows.flows import Flows
from fixtures.flows.records import Records
from fixtures.flows.values import Attempt, Tokens, authorization_request
from fixtures.protocol import pkce
from fixtures.target.clock import after_expiry, late_enough
from reports.deviation import NotTested
from reports.exchange import Exchange
from steps.checks import access_token
from steps.vocabulary.interactions import INTERACTION, RECORD, Interaction
from steps.vocabulary.records import MEANS, Means
from steps.vocabulary.roles import CALLER, CLIENT, MADE_CLIENT, PERSON
from steps.vocabulary.words import one_of

SignIn = Callable[[Flows, Client, AnyPerson, Actors], Attempt]


def _with_the_other_uri(flows: Flows, client: Client, person: AnyPerson, actors: Actors) -> Attempt:
    """As far as the authorization endpoint lets it; the same works for the client whose redirect URI it is."""
    usual, whom = actors.client(client_role("confidential")), actors.person(person)
    flows.control(usual, whom)
    verifier = pkce.new_verifier()
    request = authorization_request(replace(client, redirect_uri=usual.redirect_uri), verifier=verifier)
    return flows.attempt(client, whom, request, verifier=verifier)


def _beside(*, with_uri: bool) -> SignIn:
    def sign_in(flows: Flows, client: Client, person: AnyPerson, actors: Actors) -> Attempt:
        usual = actors.client(client_role("confidential"))
        tried = replace(client, redirect_uri=usual.redirect_uri if with_uri else "")
        return flows.attempt_directly(tried, actors.person(person), usual=usual)

    return sign_in


_BESIDE, _URI = "beside the authorization endpoint", "redirect URI of the confidential client"
HOW: Callable[[str], SignIn] = one_of(
    {
        f"with the {_URI}": _with_the_other_uri,
        f"{_BESIDE}, with the {_URI}": _beside(with_uri=True),
        f"{_BESIDE}, without a redirect URI": _beside(with_uri=False),
    }
)
WHO = {
    "Caller": CALLER,
    "Client": CLIENT,
    "MadeClient": MADE_CLIENT,
    "Person": PERSON,
    "How": HOW,
    "Interaction": INTERACTION,
    "Record": RECORD,
    "Means": MEANS,
}


@when(
    parsers.cfparse(
        "{client:Client} tries to {interaction:Interaction} what it creates as a copy of {name:Record}{means:Means}",
        extra_types=WHO,
    ),
    target_fixture="answer",
)
def try_with_its_own(
    actors: Actors,
    records: Records,
    client: AnyClient,
    interaction: Interaction,
    name: str,
    means: Means,
) -> Exchange:
    api = means(actors, client)
    return interaction(api, (records[name].copied_by(api),))


@when(
    parsers.cfparse("{person:Person} tries to sign in to {client:Client} {how:How}", extra_types=WHO),
    target_fixture="attempt",
)
def try_to_sign_in_somehow(
    flows: Flows, actors: Actors, person: AnyPerson, client: AnyClient, how: SignIn
) -> Attempt:
    return how(flows, actors.client(client), person, actors)


@when(
    parsers.cfparse(
        "{client:Client} tries to {interaction:Interaction} {name:Record} after the end of its token",
        extra_types=WHO,
    ),
    target_fixture="answer",
)
def try_after_the_end(
    actors: Actors, records: Records, client: AnyClient, interaction: Interaction, name: str
) -> Exchange:
    api, lifetime = actors.api(client), access_token.lifetime_of(actors.tokens(client))
    headers, beyond = after_expiry(actors.target.profile, lifetime)
    answer = interaction(replace(api, headers=(*api.headers, *headers)), (records[name],))
    if answer.status in (200, 201) and not beyond:
        raise NotTested(late_enough(lifetime))
    return answer


@given(
    parsers.re(r"a new device whose access tokens live for (?P<lifetime>\d+[smh])"),
)
def a_device_with_short_lived_tokens(actors: Actors, lifetime: str) -> None:
    actors.make_short_lived(NEW_DEVICE, lifetime)


@then(parsers.parse("the access token lives for {seconds:d} seconds"))
def access_token_lives_for(tokens: Tokens, seconds: int) -> None:
    access_token.lives_for(tokens, seconds)
