"""Tokens in somebody's hands: shared sessions, which are also the control of what is done to them."""

from __future__ import annotations

from pytest_bdd import given, parsers, then

from fixtures.cast import Client, Person
from fixtures.flows.flows import Flows
from fixtures.flows.target import Target
from fixtures.flows.values import Grant, Tokens
from fixtures.protocol import token
from reports.deviation import Blocked
from steps.checks.bearer import served
from steps.checks.revocation import access_token_ended, refresh_token_ended
from steps.checks.scope import no_more_than
from steps.checks.token_response import lifetime_is_stated, not_cached, type_is_bearer


@given("the practitioner has tokens", target_fixture="tokens")
def _(target: Target, flows: Flows) -> Tokens:
    target.need_method("authorization-code")
    return flows.person_tokens(target.client("confidential"), target.person("practitioner"))


@given(parsers.parse('the practitioner has tokens with the scope "{scope}"'), target_fixture="tokens")
def _(target: Target, flows: Flows, scope: str) -> Tokens:
    target.need_method("authorization-code")
    return flows.person_tokens(target.client("confidential"), target.person("practitioner"), scope)


@given("a back end with a token of its own", target_fixture="tokens")
def _(target: Target, flows: Flows) -> Tokens:
    target.need_method("client-credentials")
    return flows.client_tokens(target.client("backend"))


@given("a client with a code that the practitioner got", target_fixture="grant")
def _(target: Target, flows: Flows) -> Grant:
    target.need_method("authorization-code")
    return flows.sign_in(target.client("confidential"), target.person("practitioner"))


@given("a back end that has credentials")
def _(target: Target) -> None:
    target.need_method("client-credentials")
    target.client("backend")


@given("the practitioner has got tokens through the client")
def _(flows: Flows, client: Client, person: Person) -> None:
    flows.control(client, person)


@given("the client has redeemed the code", target_fixture="tokens")
def _(flows: Flows, grant: Grant) -> Tokens:
    return flows.redeem(grant)


@given("the access token opens the API")
def _(target: Target, flows: Flows, tokens: Tokens) -> None:
    served(flows.get(target.protected_url("api"), tokens.access))


@given("the client has got a refresh token with it")
def _(target: Target, tokens: Tokens) -> None:
    if not tokens.refresh:
        target.need_feature("refresh-token")
        raise Blocked("the token response holds no refresh token", tokens.exchange)


@then("the token type is Bearer")
def _(tokens: Tokens) -> None:
    type_is_bearer(tokens)


@then("no cache may keep the answer")
def _(tokens: Tokens) -> None:
    not_cached(tokens)


@then("the answer states how long the token lives")
def _(tokens: Tokens) -> None:
    lifetime_is_stated(tokens)


@then(parsers.parse('the tokens have no more scope than "{scope}"'))
def _(tokens: Tokens, scope: str) -> None:
    no_more_than(tokens, scope)


@then("the access token does not open the API any more")
def _(target: Target, flows: Flows, tokens: Tokens) -> None:
    access_token_ended(flows.get(target.protected_url("api"), tokens.access))


@then("the refresh token gives no tokens any more")
def _(flows: Flows, grant: Grant, tokens: Tokens) -> None:
    refresh_token_ended(flows.token(token.refresh_request(tokens.refresh, grant.client.auth())))
