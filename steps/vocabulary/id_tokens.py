"""ID tokens: who signed in, when, how, and for whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_bdd import parsers, then, when

from fixtures.adapters.capabilities import FhirApi
from fixtures.flows.actors import Actors, AnyClient, AnyPerson
from fixtures.flows.flows import Flows
from fixtures.flows.grants import Grants
from fixtures.flows.target import Target
from fixtures.flows.values import Tokens
from fixtures.protocol import jwt
from fixtures.target.discovery import Discovery
from reports.exchange import Exchange
from steps.checks import id_token as check
from steps.checks.bearer import served
from steps.vocabulary.roles import CLIENT, PERSON
from steps.vocabulary.words import one_of


@dataclass(frozen=True)
class Claims:
    """Claims about a person, with the answer that they came in."""

    held: Mapping[str, Any]
    exchange: Exchange


def _of_the_id_token(_target: Target, _flows: Flows, tokens: Tokens) -> Claims:
    return Claims(check.id_token_of(tokens).claims, tokens.exchange)


def _of_userinfo(target: Target, flows: Flows, tokens: Tokens) -> Claims:
    answer = flows.get(target.protected_url("userinfo"), tokens.access)
    served(answer)
    held = answer.json()
    return Claims(held if isinstance(held, dict) else {}, answer)


SOURCE: Callable[[str], Callable[[Target, Flows, Tokens], Claims]] = one_of(
    {"the ID token": _of_the_id_token, "the userinfo endpoint": _of_userinfo}
)
# What needs the token, the answer that it came in, and the metadata.
ID_TOKEN: Callable[[str], Callable[[jwt.Token, Tokens, Discovery], Any]] = one_of(
    {
        "has the issuer of the metadata as iss": lambda token, tokens, discovery: check.issued_by(
            discovery.issuer, token, tokens
        ),
        "has an alg that is advertised": lambda token, tokens, discovery: check.advertised_algorithm(
            discovery.id_token_algs, token, tokens
        ),
        "has the times of a token just issued": lambda token, tokens, _: check.sane_times(token, tokens),
        "has the at_hash of the access token": lambda token, tokens, _: check.access_token_hash(
            token, tokens
        ),
        "has a header that points to no key but by kid": lambda token, tokens, _: check.header_without_key(
            token, tokens
        ),
        "has a sub of 1 to 255 ASCII characters": lambda token, tokens, _: check.well_formed_subject(
            token, tokens
        ),
        "claims no second factor in amr": lambda token, tokens, _: check.password_only(token, tokens),
        "has the URL of a person's resource in fhirUser": lambda token, tokens, _: check.fhir_user(
            token, tokens
        ),
        "has no nonce": lambda token, tokens, _: check.no_nonce(token, tokens),
    }
)
# What an ID token says of a client, by its client_id.
NAMING: Callable[[str], Callable[[str, jwt.Token, Tokens], None]] = one_of(
    {"in aud": check.for_client, "in azp": check.authorized_party}
)
PAIR: Callable[[str], Callable[[jwt.Token, jwt.Token, Tokens], None]] = one_of(
    {"have the same sub": check.same_subject, "differ in sub": check.other_subject}
)
WHO = {
    "Client": CLIENT,
    "Person": PERSON,
    "IdToken": ID_TOKEN,
    "Naming": NAMING,
    "Pair": PAIR,
    "Source": SOURCE,
}


@then(parsers.cfparse("the ID token {rule:IdToken}", extra_types=WHO))
def id_token_keeps(
    target: Target, tokens: Tokens, rule: Callable[[jwt.Token, Tokens, Discovery], Any]
) -> None:
    rule(check.id_token_of(tokens), tokens, target.discovery)


@then(parsers.cfparse("the ID token names {client:Client} {naming:Naming}", extra_types=WHO))
def id_token_names(
    actors: Actors, tokens: Tokens, client: AnyClient, naming: Callable[[str, jwt.Token, Tokens], None]
) -> None:
    naming(actors.client(client).id, check.id_token_of(tokens), tokens)


@then(parsers.cfparse("the ID token for {client:Client} is signed with a published key", extra_types=WHO))
def id_token_is_signed(target: Target, actors: Actors, tokens: Tokens, client: AnyClient) -> None:
    check.signed(tokens, target.keys, actors.client(client))


@then(parsers.cfparse("the two ID tokens {relation:Pair}", extra_types=WHO))
def two_id_tokens(
    tokens: Tokens, other_tokens: Tokens, relation: Callable[[jwt.Token, jwt.Token, Tokens], None]
) -> None:
    relation(check.id_token_of(tokens), check.id_token_of(other_tokens), other_tokens)


@then("the ID token carries the nonce of the authorization request")
def nonce_comes_back(grants: Grants, tokens: Tokens) -> None:
    check.nonce_is(grants["the code"].request.nonce, check.id_token_of(tokens), tokens)


@then(parsers.cfparse("the ID token tells when {person:Person} signed in", extra_types=WHO))
def auth_time_is_told(actors: Actors, grants: Grants, tokens: Tokens, person: AnyPerson) -> None:
    grant = grants["the code"]
    assert grant.person == actors.person(person)
    check.authenticated_between(grant.exchange.started, check.id_token_of(tokens), tokens)


@when(
    parsers.cfparse("the standard claims are taken from {source:Source}", extra_types=WHO),
    target_fixture="claims",
)
def take_the_standard_claims(
    target: Target, flows: Flows, tokens: Tokens, source: Callable[[Target, Flows, Tokens], Claims]
) -> Claims:
    return source(target, flows, tokens)


@then("each standard claim has its type")
def standard_claims_have_their_types(claims: Claims) -> None:
    check.standard_claim_types(claims.held, claims.exchange)


@when(
    parsers.cfparse(
        "{person:Person} reads the resource that fhirUser of the ID token names", extra_types=WHO
    ),
    target_fixture="answer",
)
def read_fhir_user(target: Target, actors: Actors, tokens: Tokens, person: AnyPerson) -> Exchange:
    named = check.fhir_user(check.id_token_of(tokens), tokens)
    return target.need(FhirApi).fhir(actors.tokens(person).access).read(named)


@then(parsers.cfparse("it is the own record of {person:Person}", extra_types=WHO))
def own_record(actors: Actors, answer: Exchange, person: AnyPerson) -> None:
    check.own_record(actors.person(person).profile, answer)


@then("every signing key is public and strong")
def signing_keys_are_strong(target: Target, flows: Flows) -> None:
    answer = flows.get(str(target.discovery.jwks_uri))
    check.strong_keys(answer, jwt.keys_of(answer))
