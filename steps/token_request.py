"""Requests to the token endpoint and what must come of them."""

from __future__ import annotations

from pytest_bdd import parsers, then, when

from fixtures.flows import Flows, Grant
from reports.exchange import Exchange
from steps.checks.refusal import token_refused
from steps.checks.token_response import issued
from steps.words import CODES, TAMPERING, Tampering, codes_in


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


@then("the token request is answered with an access token")
def _(answer: Exchange) -> None:
    issued(answer)


@then(parsers.re(rf"the token request is refused with (?P<codes>{CODES})"), converters={"codes": codes_in})
def _(answer: Exchange, codes: tuple[str, ...]) -> None:
    token_refused(answer, *codes)
