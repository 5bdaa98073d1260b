"""Introspection: who asks about which token, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable

from pytest_bdd import given, parsers, then, when

from fixtures.adapters.capabilities import SmartScopes
from fixtures.flows.actors import Actors, AnyClient
from fixtures.flows.flows import Flows
from fixtures.flows.target import Target
from fixtures.flows.values import Tokens
from fixtures.protocol import token
from fixtures.target.clock import after_expiry
from reports.deviation import Blocked, NotApplicable
from reports.exchange import Exchange
from steps.checks import introspection as check
from steps.checks.access_token import lifetime_of
from steps.vocabulary.forgeries import FORGERY, Bench, Forgery, token_of
from steps.vocabulary.roles import CLIENT
from steps.vocabulary.words import one_of

_VERDICT: dict[str, Callable[[Exchange], None]] = {
    "is called inactive": check.inactive,
    "is called inactive, and nothing else is said of it": check.nothing_else,
    "is not called an access token": check.no_access_token,
}
OTHER = {"the ID token": "id_token", "the refresh token": "refresh"}
WHO = {"Client": CLIENT, "Forgery": FORGERY, "Verdict": one_of(_VERDICT), "Other": one_of(OTHER)}


def _ask(target: Target, flows: Flows, actors: Actors, client: AnyClient, text: str) -> Exchange:
    target.need_feature("introspection")
    return flows.introspect(token.introspection_request(text, actors.client(client).auth()))


@given(
    parsers.cfparse("{client:Client} learns by introspection that the access token is live", extra_types=WHO)
)
def learns_that_it_is_live(
    target: Target, flows: Flows, actors: Actors, tokens: Tokens, client: AnyClient
) -> None:
    """Where a server tells the client nothing of the token, nothing can be learned of its end either."""
    target.need_feature("introspection")
    answer = flows.introspection_control(actors.client(client), tokens.access)
    if not answer.member("active"):
        reason = f"introspection tells {client.title} nothing about the token"
        # A SMART server has to tell (Token Introspection); of all others RFC 7662 section 2.2 leaves it open.
        raise Blocked(f"control: {reason}", answer) if target.offers(SmartScopes) else NotApplicable(reason)


@when(
    parsers.cfparse("{client:Client} introspects the access token {forgery:Forgery}", extra_types=WHO),
    target_fixture="answer",
)
def introspect_a_forgery(
    target: Target,
    flows: Flows,
    actors: Actors,
    bench: Bench,
    tokens: Tokens,
    client: AnyClient,
    forgery: Forgery,
) -> Exchange:
    return _ask(target, flows, actors, client, forgery(token_of(tokens.access), bench))


@when(parsers.cfparse("{client:Client} introspects {other:Other}", extra_types=WHO), target_fixture="answer")
def introspect_another_token(
    target: Target, flows: Flows, actors: Actors, tokens: Tokens, client: AnyClient, other: str
) -> Exchange:
    text: str = getattr(tokens, other)
    if not text:
        raise NotApplicable("the answer brought no such token")
    return _ask(target, flows, actors, client, text)


@when(
    parsers.cfparse("{client:Client} introspects the access token after its end", extra_types=WHO),
    target_fixture="answer",
)
def introspect_after_the_end(
    target: Target, flows: Flows, actors: Actors, tokens: Tokens, client: AnyClient
) -> Exchange:
    request = token.introspection_request(tokens.access, actors.client(client).auth())
    headers, beyond = after_expiry(target.profile, lifetime_of(tokens))
    endpoint = str(target.discovery.introspection_endpoint)
    answer = token.send(flows.http.session(), endpoint, request, headers)
    if answer.member("active") and not beyond:
        raise Blocked(
            "the token is still active one second after its end, which leeway for clock skew would allow; "
            "[limits] patience_seconds of 310 would tell",
            answer,
        )
    return answer


@then(parsers.cfparse("what is said of the token agrees with what {client:Client} got", extra_types=WHO))
def what_is_said_is_true(
    target: Target, actors: Actors, tokens: Tokens, answer: Exchange, client: AnyClient
) -> None:
    held = check.told(answer)
    check.true(held, tokens, actors.client(client), target.discovery.issuer, answer)


@then("scope, client and end of the token are told, with its launch context")
def enough_is_said(tokens: Tokens, answer: Exchange) -> None:
    held = check.told(answer)
    check.complete(held, tokens, answer)


@then(parsers.cfparse("the token {verdict:Verdict}", extra_types=WHO))
def token_is_called(answer: Exchange, verdict: Callable[[Exchange], None]) -> None:
    verdict(answer)


@then("the answer is an introspection response in form")
def introspection_response_in_form(answer: Exchange) -> None:
    check.in_form(answer)
