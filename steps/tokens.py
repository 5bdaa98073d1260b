"""Tokens in somebody's hands: shared sessions, which are also the control of what is done to them."""

from __future__ import annotations

from pytest_bdd import given, parsers

from fixtures.flows import Flows, Tokens
from fixtures.target.target import Target


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
