"""Tokens whose session has ended, and what is left of them."""

from __future__ import annotations

from typing import Any

from pytest_bdd import given, parsers, then, when

from fixtures.adapters.capabilities import SmartScopes
from fixtures.cast import client_role
from fixtures.flows.actors import Actors, AnyClient, AnyPerson, NewClient
from fixtures.flows.endings import ENDINGS, Ended, Use, ended
from fixtures.flows.flows import Flows
from fixtures.flows.target import Target
from fixtures.flows.values import Attempt, Tokens, summary
from fixtures.protocol import fhir, token
from reports.deviation import Blocked, Deviation, NotApplicable
from reports.exchange import Exchange
from steps.checks.introspection import agrees_with_the_api
from steps.checks.refusal import no_server_error
from steps.vocabulary.roles import CLIENT, PERSON
from steps.vocabulary.words import one_of

USES: dict[str, Use] = {
    "opened the API": "api",
    "opened the userinfo endpoint": "userinfo",
    "were called active": "introspection",
    "could be refreshed": "refresh",
}
WHO = {
    "Client": CLIENT,
    "Person": PERSON,
    "Use": one_of(USES),
    "Cause": one_of({cause: cause for cause in ENDINGS}),
}


@given(
    parsers.cfparse(
        "{person:Person} had tokens of {client:Client} that {use:Use} until {cause:Cause}", extra_types=WHO
    ),
    target_fixture="tokens",
)
def had_tokens(
    flows: Flows, actors: Actors, person: AnyPerson, client: AnyClient, use: Use, cause: str
) -> Tokens:
    found = _ended(flows, actors, person, client, cause)
    if use not in found.worked:
        raise NotApplicable(f"the target has nothing that the tokens could be used for in this way: {use}")
    if not found.worked[use]:
        if use == "introspection" and not flows.target.offers(SmartScopes):
            raise NotApplicable("introspection tells nothing about the token")
        raise Blocked(f"control: before {cause}, the tokens were not good for {use}", found.exchange)
    return found.tokens


@given(parsers.cfparse("{client:Client} can revoke an access token of {person:Person}", extra_types=WHO))
def can_revoke_an_access_token(flows: Flows, actors: Actors, client: AnyClient, person: AnyPerson) -> None:
    """Raises NotApplicable where the server revokes no such tokens."""
    _ended(flows, actors, person, client, "the client revoked the access token")


@when(
    parsers.cfparse(
        "after {cause:Cause}, {client:Client} asks for a code of {person:Person} without interaction",
        extra_types=WHO,
    ),
    target_fixture="attempt",
)
def ask_without_interaction_after_an_ending(
    flows: Flows, actors: Actors, cause: str, client: AnyClient, person: AnyPerson
) -> Attempt:
    found = _ended(flows, actors, person, client, cause)
    if found.silently is None:
        raise NotApplicable("the server gave no code without interaction before that either")
    return Attempt(found.silently)


@then("no code comes without signing in")
def no_code_comes_without_signing_in(attempt: Attempt) -> None:
    expected = ["no code: login_required, or a page to sign in"]
    no_server_error(attempt.exchange, expected)
    if attempt.response.code is not None:
        raise Deviation("not-revoked", expected, summary(attempt.response), attempt.exchange)


def _ended(flows: Flows, actors: Actors, person: AnyPerson, client: AnyClient, cause: str) -> Ended:
    flows.target.need_method("authorization-code")
    made = isinstance(
        client, NewClient
    )  # it cannot ask any more once it has ended: the confidential one does
    introspector = actors.client(client_role("confidential") if made else client)
    return ended(flows, actors.client(client), actors.person(person), introspector, cause)


@when(
    parsers.cfparse(
        "the API and, for {client:Client}, introspection are asked about the access token", extra_types=WHO
    ),
    target_fixture="answers",
)
def ask_both(
    target: Target, flows: Flows, actors: Actors, tokens: Tokens, client: AnyClient
) -> list[Exchange]:
    request = token.introspection_request(tokens.access, actors.client(client).auth())
    return [flows.get(target.protected_url("api"), tokens.access), flows.introspect(request)]


@then("introspection calls the token active only where the API opens to it")
def introspection_agrees(answers: list[Exchange]) -> None:
    api, introspection = answers
    agrees_with_the_api(introspection, api)


@when("each route is asked with the access token", target_fixture="answers")
def ask_each_route_with_the_token(
    flows: Flows, tokens: Tokens, routes: list[tuple[str, str, Any]]
) -> list[Exchange]:
    bearer = fhir.bearer(tokens.access)
    return [flows.http.session().send(method, url, headers=bearer, json=body) for method, url, body in routes]
