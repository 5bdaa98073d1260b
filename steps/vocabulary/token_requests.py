"""Requests to the token endpoint and to introspection, and what must come of them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pytest_bdd import given, parsers, then, when

from fixtures.flows.actors import Actors, AnyClient, AnyPerson
from fixtures.flows.flows import Flows
from fixtures.flows.grants import Grants
from fixtures.flows.target import Target
from fixtures.flows.values import Tokens, tokens_of
from fixtures.protocol import jwt, token
from fixtures.target.clock import later
from reports.deviation import Blocked, NotApplicable
from reports.exchange import Exchange
from steps.checks import refusal
from steps.checks.outcome import Outcomes
from steps.checks.scope import granted, no_more_than, no_more_than_asked
from steps.checks.token_response import (
    carries_no_token,
    error_in_form,
    in_form,
    issued,
    no_id_token,
    no_refresh_token,
    secret_accepted,
)
from steps.vocabulary.forgeries import FORGERY, Bench, Forgery
from steps.vocabulary.outcomes import OUTCOMES
from steps.vocabulary.roles import CLIENT, PERSON
from steps.vocabulary.tampering import TAMPERING, Tampering, another
from steps.vocabulary.words import one_of

ANSWER: Callable[[str], Callable[[Exchange], None]] = one_of(
    {
        "is a token response in form": in_form,
        "is an error response in form": error_in_form,
        "carries no token": carries_no_token,
        "shows that the secret was accepted": secret_accepted,
    }
)
WHO = {
    "Answer": ANSWER,
    "Code": one_of({code: code for code in ("the code", "the second code")}),
    "Client": CLIENT,
    "Person": PERSON,
    "Tampering": TAMPERING,
    "Forgery": FORGERY,
    "Outcomes": OUTCOMES,
}

# ----- a code is redeemed


@given(parsers.cfparse("{client:Client} has redeemed the code", extra_types=WHO), target_fixture="tokens")
def redeemed(flows: Flows, actors: Actors, grants: Grants, client: AnyClient) -> Tokens:
    return flows.redeem(replace(grants["the code"], client=actors.client(client)))


@when(
    parsers.cfparse("{client:Client} redeems {code:Code}{tampering:Tampering}", extra_types=WHO),
    target_fixture="answer",
)
def redeem(
    flows: Flows, actors: Actors, grants: Grants, client: AnyClient, code: str, tampering: Tampering
) -> Exchange:
    return flows.token(tampering(grants.token_request(code, actors.client(client))))


@when(
    parsers.cfparse("{client:Client} redeems {code:Code} {seconds:d} seconds later", extra_types=WHO),
    target_fixture="answer",
)
def redeem_later(
    target: Target, flows: Flows, actors: Actors, grants: Grants, client: AnyClient, code: str, seconds: int
) -> Exchange:
    request = grants.token_request(code, actors.client(client))
    return flows.token(request, later(target.profile, seconds))


# ----- a client asks on its own behalf


@given(
    parsers.cfparse("{client:Client} has a token{tampering:Tampering}", extra_types=WHO),
    target_fixture="tokens",
)
def has_a_token(actors: Actors, client: AnyClient, tampering: Tampering) -> Tokens:
    return actors.hold(client, actors.client_tokens(client, tampering))


@given(
    parsers.cfparse(
        '{client:Client} has a token for the scope "{scope}", which the server need not give', extra_types=WHO
    ),
    target_fixture="tokens",
)
def has_a_token_for_the_scope(actors: Actors, client: AnyClient, scope: str) -> Tokens:
    """Raises NotApplicable where the server refuses this scope, or gives another one instead."""
    try:
        tokens = actors.client_tokens(client, Tampering(f'with scope "{scope}"'))
    except Blocked as refusal:
        if any(answer.member("error") == "invalid_scope" for answer in refusal.exchanges):
            raise NotApplicable(f"the server gives no token for the scope {scope} (invalid_scope)") from None
        raise
    if held := granted(tokens) - {scope}:
        raise NotApplicable(f"asked for the scope {scope} the server gives {' '.join(sorted(held))}")
    return actors.hold(client, tokens)


@when(
    parsers.cfparse("{client:Client} asks for a token{tampering:Tampering}", extra_types=WHO),
    target_fixture="answer",
)
def ask_for_a_token(flows: Flows, actors: Actors, client: AnyClient, tampering: Tampering) -> Exchange:
    request = token.client_credentials_request(actors.client(client).auth())
    return flows.token(tampering(replace(request, known=actors.known_of(client))))


@when(
    parsers.cfparse(
        "{client:Client} asks for a token for a narrow scope{tampering:Tampering}", extra_types=WHO
    ),
    target_fixture="answer",
)
def ask_for_a_narrow_scope(
    target: Target, flows: Flows, actors: Actors, client: AnyClient, tampering: Tampering
) -> Exchange:
    known = actors.client(client)
    request = token.client_credentials_request(known.auth(), target.narrow_scope(known))
    return flows.token(tampering(request))


@when(
    parsers.cfparse("{client:Client} asks for a token with {person:Person}'s password", extra_types=WHO),
    target_fixture="answer",
)
def ask_with_a_password(flows: Flows, actors: Actors, client: AnyClient, person: AnyPerson) -> Exchange:
    known, owner = actors.client(client), actors.person(person)
    return flows.token(token.password_request(owner.username, owner.password, known.auth(), known.scope))


@when(
    parsers.cfparse(
        "{client:Client} asks for a token with an assertion of its own {forgery:Forgery}", extra_types=WHO
    ),
    target_fixture="answer",
)
def ask_with_an_assertion(
    target: Target, flows: Flows, actors: Actors, bench: Bench, client: AnyClient, forgery: Forgery
) -> Exchange:
    """A JWT bearer grant (RFC 7523 section 2.1) whose assertion no key of the target vouches for."""
    known, now = actors.client(client), int(time.time())
    claims: dict[str, Any] = {"iss": known.id, "sub": known.id, "aud": target.discovery.token_endpoint}
    claims |= {"iat": now, "exp": now + 300, "jti": secrets.token_hex(16)}
    unsigned = jwt.Token("", {"alg": "ES256", "typ": "JWT"}, claims)
    return flows.token(token.assertion_request(forgery(unsigned, bench), known.auth()))


@given(
    parsers.cfparse("{client:Client} is told that a grant type is unknown", extra_types=WHO),
    target_fixture="unknown_grant",
)
def told_that_a_grant_type_is_unknown(flows: Flows, actors: Actors, client: AnyClient) -> Exchange:
    """What the token endpoint answers to a grant type that nobody knows. Raises Blocked where that brings a token."""
    request = token.client_credentials_request(actors.client(client).auth())
    answer = flows.token(request.having(grant_type=another("grant_type")))
    if tokens_of(answer) is not None:
        raise Blocked("control: a grant type that nobody knows brings a token", answer)
    return answer


@then(
    parsers.cfparse(
        "the assertion is refused with {outcomes:Outcomes}, by a server that knows the grant", extra_types=WHO
    )
)
def assertion_is_refused_as_a_grant(
    target: Target, answer: Exchange, unknown_grant: Exchange, outcomes: Outcomes
) -> None:
    refusal.looked_at_the_grant(
        answer, unknown_grant, is_listed=token.JWT_BEARER in target.discovery.grant_types
    )
    refusal.refused(answer, outcomes)


# ----- a refresh token is used


@given(
    parsers.cfparse(
        "{person:Person} has tokens of {client:Client} that were refreshed once", extra_types=WHO
    ),
    target_fixture="tokens",
)
def has_refreshed(
    target: Target, flows: Flows, actors: Actors, person: AnyPerson, client: AnyClient
) -> Tokens:
    target.need_feature("refresh-token")
    known = actors.client(client)
    first = flows.redeem(flows.sign_in(known, actors.person(person)))
    return replace(flows.refresh(known, first), id_token=first.id_token)


@given(parsers.cfparse("{client:Client} has got a refresh token with it", extra_types=WHO))
def got_a_refresh_token(
    target: Target, actors: Actors, flows: Flows, tokens: Tokens, client: AnyClient
) -> None:
    if not tokens.refresh:
        target.need_feature("refresh-token")
    flows.need_refresh_token(actors.client(client), tokens)


@when(
    parsers.cfparse("{client:Client} refreshes{tampering:Tampering}", extra_types=WHO),
    target_fixture="answer",
)
def refresh(
    flows: Flows, actors: Actors, tokens: Tokens, client: AnyClient, tampering: Tampering
) -> Exchange:
    request = token.refresh_request(tokens.refresh, actors.client(client).auth())
    return flows.token(tampering(replace(request, known=tokens.known)))


# ----- introspection


@given(parsers.cfparse("{client:Client} can introspect the access token", extra_types=WHO))
def can_introspect(target: Target, flows: Flows, actors: Actors, tokens: Tokens, client: AnyClient) -> None:
    target.need_feature("introspection")
    flows.introspection_control(actors.client(client), tokens.access)


@when(
    parsers.cfparse("{client:Client} introspects the access token{tampering:Tampering}", extra_types=WHO),
    target_fixture="answer",
)
def introspect(
    flows: Flows, actors: Actors, tokens: Tokens, client: AnyClient, tampering: Tampering
) -> Exchange:
    return flows.introspect(
        tampering(token.introspection_request(tokens.access, actors.client(client).auth()))
    )


@then(parsers.cfparse("the introspection is refused with {outcomes:Outcomes}", extra_types=WHO))
def introspection_is_refused(answer: Exchange, outcomes: Outcomes) -> None:
    refusal.not_introspected(answer, outcomes)


# ----- how all of them are answered


@then("the token request is answered with an access token", target_fixture="tokens")
def answered_with_an_access_token(answer: Exchange) -> Tokens:
    return issued(answer)


@then(parsers.cfparse("the token request is refused with {outcomes:Outcomes}", extra_types=WHO))
@then(parsers.cfparse("the request is refused with {outcomes:Outcomes}", extra_types=WHO))
def request_is_refused(answer: Exchange, outcomes: Outcomes) -> None:
    refusal.refused(answer, outcomes)


@then("the request is refused")
def request_is_refused_somehow(answer: Exchange) -> None:
    refusal.refused(answer, refusal.ANY)


@then(parsers.cfparse("the access has ended with {outcomes:Outcomes}", extra_types=WHO))
def access_has_ended(answer: Exchange, outcomes: Outcomes) -> None:
    refusal.ended(answer, outcomes)


@then(parsers.parse("the refusal challenges for {scheme}"))
def refusal_challenges_for(answer: Exchange, scheme: str) -> None:
    refusal.challenged(answer, scheme)


@then(parsers.cfparse("the answer {rule:Answer}", extra_types=WHO))
def answer_keeps(answer: Exchange, rule: Callable[[Exchange], None]) -> None:
    rule(answer)


@then(
    parsers.cfparse(
        "no refresh token is issued, or the token request is refused with {outcomes:Outcomes}",
        extra_types=WHO,
    )
)
def no_refresh_token_is_issued(answer: Exchange, outcomes: Outcomes) -> None:
    no_refresh_token(answer, outcomes)


@then(
    parsers.cfparse(
        "no ID token is issued, or the token request is refused with {outcomes:Outcomes}", extra_types=WHO
    )
)
def no_id_token_is_issued(answer: Exchange, outcomes: Outcomes) -> None:
    no_id_token(answer, outcomes)


@then(parsers.parse('the tokens are granted with the scope "{scope}" and no more'))
def granted_with_no_more_than(answer: Exchange, scope: str) -> None:
    no_more_than(issued(answer), scope, stated=True)


@then("no more scope is granted than was asked for")
def no_more_scope_than_asked(answer: Exchange) -> None:
    no_more_than_asked(answer)
