"""ID tokens: who signed in, when, how, and for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_bdd import given, parsers, then, when

from fixtures.adapters.capabilities import FhirApi
from fixtures.cast import Client, Person, PersonName
from fixtures.flows.flows import Flows
from fixtures.flows.target import Target
from fixtures.flows.values import Grant, Tokens, authorization_request
from fixtures.protocol import jwt, pkce
from reports.deviation import Blocked, NotApplicable
from reports.exchange import Exchange
from steps.checks import id_token as check
from steps.checks.bearer import served
from steps.checks.token_response import issued


@dataclass(frozen=True)
class Identity:
    """An ID token with the answer that it came in."""

    token: jwt.Token
    tokens: Tokens


@dataclass(frozen=True)
class Claims:
    """Claims about a person with the answer that they came in."""

    held: Mapping[str, Any]
    answer: Exchange


def _identity(target: Target, flows: Flows, role: PersonName, fresh: str) -> Identity:
    target.need_method("authorization-code")
    tokens = flows.person_tokens(target.client("confidential"), target.person(role), fresh=fresh)
    return Identity(check.id_token_of(tokens), tokens)


# ----- who has one


@given("the practitioner has an ID token", target_fixture="identity")
def _(target: Target, flows: Flows) -> Identity:
    return _identity(target, flows, "practitioner", "")


@given("the practitioner has an ID token of another sign-in", target_fixture="other_identity")
def _(target: Target, flows: Flows) -> Identity:
    return _identity(target, flows, "practitioner", "second")


@given("the second practitioner has an ID token", target_fixture="other_identity")
def _(target: Target, flows: Flows) -> Identity:
    return _identity(target, flows, "second-practitioner", "")


@given("the practitioner has tokens of that client", target_fixture="tokens")
def _(flows: Flows, client: Client, person: Person) -> Tokens:
    return flows.person_tokens(client, person)


@given("the practitioner has signed in without a nonce", target_fixture="grant")
def _(flows: Flows, client: Client, person: Person) -> Grant:
    flows.control(client, person)
    verifier = pkce.new_verifier()
    request = authorization_request(client, verifier=verifier, nonce=None)
    try:
        return flows.sign_in(client, person, request, verifier=verifier)
    except Blocked as refusal:
        raise NotApplicable(f"the server asks for a nonce: {refusal}") from refusal


@given(parsers.parse("the practitioner has signed in with max_age {seconds}"), target_fixture="grant")
def _(flows: Flows, client: Client, person: Person, seconds: str) -> Grant:
    verifier = pkce.new_verifier()
    request = authorization_request(client, verifier=verifier, extra=(("max_age", seconds),))
    return flows.sign_in(client, person, request, verifier=verifier, check_request=True)


@given("a server that publishes keys")
def _(target: Target) -> None:
    if not target.keys:
        raise NotApplicable("the server publishes no keys")


# ----- what is asked


@when("the standard claims are taken from the ID token", target_fixture="claims")
def _(identity: Identity) -> Claims:
    return Claims(identity.token.claims, identity.tokens.exchange)


@when("the standard claims are taken from the userinfo endpoint", target_fixture="claims")
def _(target: Target, flows: Flows, identity: Identity) -> Claims:
    answer = flows.get(target.protected_url("userinfo"), identity.tokens.access)
    served(answer)
    held = answer.json()
    return Claims(held if isinstance(held, dict) else {}, answer)


@when("the client reads the resource that the ID token names in fhirUser", target_fixture="answer")
def _(target: Target, tokens: Tokens) -> Exchange:
    named = check.fhir_user(check.id_token_of(tokens), tokens)
    return target.need(FhirApi).fhir(tokens.access).read(named)


# ----- what it must hold


@then("the ID token is signed with a published key")
def _(target: Target, tokens: Tokens, client: Client) -> None:
    check.signed(tokens, target.keys, client)


@then("its iss is the issuer of the metadata")
def _(target: Target, identity: Identity) -> None:
    check.issued_by(target.discovery.issuer, identity.token, identity.tokens)


@then("its aud is the client alone")
def _(target: Target, identity: Identity) -> None:
    check.for_client_alone(target.client("confidential").id, identity.token, identity.tokens)


@then("its azp is the client")
def _(target: Target, identity: Identity) -> None:
    check.authorized_party(target.client("confidential").id, identity.token, identity.tokens)


@then("its times are those of a token just issued")
def _(identity: Identity) -> None:
    check.sane_times(identity.token, identity.tokens)


@then("its at_hash is that of the access token")
def _(identity: Identity) -> None:
    check.access_token_hash(identity.token, identity.tokens)


@then("its header points to no key but by kid")
def _(identity: Identity) -> None:
    check.header_without_key(identity.token, identity.tokens)


@then("every signing key is public and strong")
def _(target: Target, flows: Flows) -> None:
    answer = flows.get(str(target.discovery.jwks_uri))
    check.strong_keys(answer, jwt.keys_of(answer))


@then("its alg is advertised")
def _(target: Target, identity: Identity) -> None:
    check.advertised_algorithm(target.discovery.id_token_algs, identity.token, identity.tokens)


@then("its sub is a text of 255 ASCII characters at most")
def _(identity: Identity) -> None:
    check.well_formed_subject(identity.token, identity.tokens)


@then("both have the same sub")
def _(identity: Identity, other_identity: Identity) -> None:
    check.same_subject(identity.token, other_identity.token, other_identity.tokens)


@then("they differ in sub")
def _(identity: Identity, other_identity: Identity) -> None:
    check.other_subject(identity.token, other_identity.token, other_identity.tokens)


@then("the ID token carries the nonce of the request")
def _(grant: Grant, answer: Exchange) -> None:
    tokens = issued(answer)
    check.nonce_is(grant.request.nonce, check.id_token_of(tokens), tokens)


@then("the ID token carries no nonce")
def _(answer: Exchange) -> None:
    tokens = issued(answer)
    check.nonce_is(None, check.id_token_of(tokens), tokens)


@then("the ID token tells when the practitioner signed in")
def _(grant: Grant, answer: Exchange) -> None:
    tokens = issued(answer)
    check.authenticated_between(grant.response.exchange.started, check.id_token_of(tokens), tokens)


@then("its amr claims no second factor")
def _(identity: Identity) -> None:
    check.password_only(identity.token, identity.tokens)


@then("each has its type")
def _(claims: Claims) -> None:
    check.standard_claim_types(claims.held, claims.answer)


@then("the fhirUser of the ID token is the URL of a person's resource")
def _(tokens: Tokens) -> None:
    check.fhir_user(check.id_token_of(tokens), tokens)


@then("it is the practitioner's own record")
def _(target: Target, answer: Exchange) -> None:
    check.own_record(target.person("practitioner").profile, answer)
