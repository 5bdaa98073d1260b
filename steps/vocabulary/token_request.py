"""Requests to the token endpoint and what must come of them."""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from fixtures.cast import Client, Person
from fixtures.flows.flows import Flows
from fixtures.flows.target import Target
from fixtures.flows.values import Grant, Tokens
from fixtures.protocol import token
from fixtures.target.clock import later
from reports.exchange import Exchange
from steps.checks.refusal import token_refused
from steps.checks.scope import no_more_than, no_more_than_asked
from steps.checks.token_response import (
    carries_no_token,
    error_in_form,
    in_form,
    issued,
    no_refresh_token,
)
from steps.vocabulary.words import ASKING, CODES, TAMPERING, Asking, Tampering, codes_in


@when("the client redeems the code", target_fixture="answer")
def _(flows: Flows, grant: Grant) -> Exchange:
    return flows.token(grant.token_request())


@when(
    parsers.cfparse(
        "the client redeems the code {tampering:Tampering}", extra_types={"Tampering": TAMPERING}
    ),
    target_fixture="answer",
)
def _(flows: Flows, grant: Grant, tampering: Tampering) -> Exchange:
    return flows.token(tampering(grant.token_request(), grant))


@when(
    parsers.re("the client redeems the code with the verifier of the (other|first) sign-in"),
    target_fixture="answer",
)
def _(flows: Flows, grant: Grant, other_grant: Grant) -> Exchange:
    return flows.token(grant.token_request().having(code_verifier=other_grant.verifier or ""))


@when("another client redeems the code with the right verifier", target_fixture="answer")
def _(flows: Flows, grant: Grant, other_client: Client) -> Exchange:
    return flows.token(grant.token_request().authenticated(other_client.auth()))


@when(parsers.parse("the client redeems the code {seconds:d} seconds later"), target_fixture="answer")
def _(target: Target, flows: Flows, grant: Grant, seconds: int) -> Exchange:
    return flows.token(grant.token_request(), later(target.profile, seconds))


@given("the back end may put its credentials in the body")
def _(target: Target, flows: Flows) -> None:
    flows.body_control(target.client("backend"))


@when("the back end asks for a token", target_fixture="answer")
def _(target: Target, flows: Flows) -> Exchange:
    return flows.token(token.client_credentials_request(target.client("backend").auth()))


@when(
    parsers.cfparse("the back end asks for a token {asking:Asking}", extra_types={"Asking": ASKING}),
    target_fixture="answer",
)
def _(target: Target, flows: Flows, asking: Asking) -> Exchange:
    return flows.token(asking(target, target.client("backend")))


@when("the client asks for a token on its own behalf", target_fixture="answer")
def _(flows: Flows, client: Client) -> Exchange:
    return flows.token(token.client_credentials_request(client.auth()))


@when("the client sends the practitioner's password", target_fixture="answer")
def _(flows: Flows, client: Client, person: Person) -> Exchange:
    return flows.token(token.password_request(person.username, person.password, client.auth(), client.scope))


@then("the token request is answered with an access token", target_fixture="tokens")
def _(answer: Exchange) -> Tokens:
    return issued(answer)


@then(parsers.re(rf"the token request is refused with (?P<codes>{CODES})"), converters={"codes": codes_in})
def _(answer: Exchange, codes: tuple[str, ...]) -> None:
    token_refused(answer, *codes)


@then("the answer is a token response in form")
def _(answer: Exchange) -> None:
    in_form(answer)


@then("the answer is an error response in form")
def _(answer: Exchange) -> None:
    error_in_form(answer)


@then("the answer carries no token")
def _(answer: Exchange) -> None:
    carries_no_token(answer)


@then("no refresh token is issued")
def _(answer: Exchange) -> None:
    no_refresh_token(answer)


@then(parsers.parse('the client gets "{scope}" and no more'))
def _(answer: Exchange, scope: str) -> None:
    no_more_than(issued(answer), scope, stated=True)


@then("the client gets no more scope than it asked for")
def _(answer: Exchange) -> None:
    no_more_than_asked(answer)
