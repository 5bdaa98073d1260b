"""Tokens in somebody's hands: shared sessions, which are also the control; and what they must be made of."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from pytest_bdd import given, parsers, then

from fixtures.adapters.capabilities import ClientLifetimes
from fixtures.cast import client_role, person_role
from fixtures.flows.actors import NEW_CLIENTS, Actors, AnyClient, AnyPerson
from fixtures.flows.flows import Flows
from fixtures.flows.target import Target
from fixtures.flows.values import Tokens
from reports.deviation import Blocked, NotApplicable
from reports.exchange import Exchange
from steps.checks import access_token, token_response
from steps.checks.client_token import names_the_client
from steps.checks.scope import no_more_than
from steps.checks.token_response import issued
from steps.vocabulary.forgeries import token_of
from steps.vocabulary.roles import CLIENT, PERSON
from steps.vocabulary.tampering import TAMPERING, Tampering
from steps.vocabulary.words import one_of

# ----- who holds what

WHO = {"Client": CLIENT, "Person": PERSON, "Tampering": TAMPERING}


@given(
    parsers.cfparse("{person:Person} has tokens of {client:Client}{tampering:Tampering}", extra_types=WHO),
    target_fixture="tokens",
)
def has_tokens(actors: Actors, person: AnyPerson, client: AnyClient, tampering: Tampering) -> Tokens:
    return actors.hold(person, actors.person_tokens(person, client, tampering))


@given(
    parsers.cfparse("{person:Person} has further tokens of {client:Client}", extra_types=WHO),
    target_fixture="other_tokens",
)
def has_further_tokens(actors: Actors, person: AnyPerson, client: AnyClient) -> Tokens:
    return actors.person_tokens(person, client, fresh="second")


@given(parsers.cfparse("{client:Client} has a further token", extra_types=WHO), target_fixture="other_tokens")
def has_a_further_token(actors: Actors, client: AnyClient) -> Tokens:
    return actors.client_tokens(client, fresh="second")


@given(
    parsers.cfparse("{person:Person} has tokens of {client:Client} as well", extra_types=WHO),
    target_fixture="other_tokens",
)
def has_tokens_as_well(actors: Actors, person: AnyPerson, client: AnyClient) -> Tokens:
    return actors.person_tokens(person, client)


@given("an access token that expires soon, if the server can be told so", target_fixture="tokens")
def short_lived_token(target: Target, actors: Actors) -> Tokens:
    if not target.offers(ClientLifetimes):
        return actors.person_tokens(person_role("practitioner"), client_role("confidential"))
    back_end = next(each for each in NEW_CLIENTS if each.title == "the new back end")
    actors.make_short_lived(back_end, "2s")
    return actors.client_tokens(back_end)


@given("the access token is a JWT")
def access_token_is_a_jwt(tokens: Tokens) -> None:
    token_of(tokens.access)


# ----- what a token response must be

RESPONSE: Callable[[str], Callable[[Tokens], None]] = one_of(
    {
        "names a type that is registered or a URI": token_response.type_is_known,
        "may be kept by no cache": token_response.not_cached,
        "may be kept by no cache of HTTP/1.0": token_response.not_cached_by_old_caches,
        "states how long its token lives": token_response.lifetime_is_stated,
    }
)
ACCESS_TOKEN: Callable[[str], Callable[[Tokens], None]] = one_of(
    {
        "holds only characters that a bearer token may hold": access_token.allowed_characters,
        "lives for an hour at most": access_token.short_lived,
        "has the claims that its type requires": access_token.has_claims_of_rfc9068,
    }
)
RULES = {"Response": RESPONSE, "AccessToken": ACCESS_TOKEN, **WHO}


@then(parsers.cfparse("the token response {rule:Response}", extra_types=RULES))
def token_response_keeps(tokens: Tokens, rule: Callable[[Tokens], None]) -> None:
    rule(tokens)


@then(
    parsers.cfparse(
        'the tokens have no more scope than "{scope}", as far as {client:Client} is told', extra_types=WHO
    )
)
def tokens_have_no_more_scope(
    flows: Flows, actors: Actors, tokens: Tokens, scope: str, client: AnyClient
) -> None:
    """By the answer, by the token where it can be read, else by introspection where there is such."""
    no_more_than(tokens, scope)
    with suppress(NotApplicable, Blocked):
        told = flows.claims(actors.client(client), tokens.access).get("scope")
        no_more_than(replace(tokens, scope=told if isinstance(told, str) else ""), scope)


# ----- what an access token must be


@then(parsers.cfparse("the access token {rule:AccessToken}", extra_types=RULES))
def access_token_keeps(tokens: Tokens, rule: Callable[[Tokens], None]) -> None:
    rule(tokens)


@then("the two access tokens differ and cannot be guessed")
def access_tokens_cannot_be_guessed(target: Target, tokens: Tokens, other_tokens: Tokens) -> None:
    access_token.hard_to_guess(tokens, other_tokens, target.keys)


@then("a published key verifies the access token")
def published_key_verifies(target: Target, tokens: Tokens) -> None:
    access_token.verifies(tokens, target.keys)


@then(parsers.cfparse("the audience of the access token is not {client:Client}", extra_types=WHO))
def audience_is_not(actors: Actors, tokens: Tokens, client: AnyClient) -> None:
    access_token.audience_is_not(actors.client(client).id, tokens)


@then(
    parsers.cfparse(
        "the access token names the session, {client:Client}, the own record of {person:Person} and the scope",
        extra_types=WHO,
    )
)
def access_token_names(actors: Actors, tokens: Tokens, client: AnyClient, person: AnyPerson) -> None:
    access_token.has_product_claims(tokens, actors.client(client).id, actors.person(person).profile)


@then(
    parsers.cfparse(
        'the access token says nothing about {person:Person} that "{scope}" does not ask for', extra_types=WHO
    )
)
def access_token_says_nothing_about(actors: Actors, tokens: Tokens, person: AnyPerson, scope: str) -> None:
    access_token.nothing_personal(tokens, actors.person(person).username, scope)


@then(parsers.cfparse("the access token names {client:Client} and no person", extra_types=WHO))
def access_token_names_the_client(actors: Actors, flows: Flows, answer: Exchange, client: AnyClient) -> None:
    known = actors.client(client)
    names_the_client(flows.claims(known, issued(answer).access), known, answer)
