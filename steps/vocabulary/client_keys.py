"""Clients that sign assertions with keys of their own: what they sign, and what becomes of their key sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import Any

import pytest
from pytest_bdd import given, parsers, then, when

from fixtures.cast import Client
from fixtures.flows import key_sets, races
from fixtures.flows.actors import Actors, AnyClient
from fixtures.flows.flows import Flows
from fixtures.flows.key_sets import JKUS, ChangedKeySets, Fetched
from fixtures.flows.races import RUNNERS, Race
from fixtures.flows.target import Target
from fixtures.flows.values import Tokens
from fixtures.protocol import client_auth, token
from fixtures.protocol.client_assertion import own_key
from fixtures.protocol.request import Request
from reports.deviation import Blocked
from reports.exchange import Exchange
from steps.checks import client_keys as check
from steps.checks.metadata import Document
from steps.checks.token_response import issued
from steps.vocabulary.assertions import assertion_of
from steps.vocabulary.roles import CLIENT
from steps.vocabulary.words import one_of

# ----- an assertion, and another client

Mixing = Callable[[Request, Client], Request]


def _saying(request: Request, **claims: Any) -> Request:
    return request.having(client_assertion=assertion_of(request).with_claims(**claims).signed())


def _signed_by(request: Request, other: Client, **header: Any) -> Request:
    key = key_sets.keys_of(other).usual
    known = assertion_of(request).with_header(alg=key.alg, **{"kid": key.kid, **header})
    return request.having(client_assertion=replace(known, key=key).signed())


MIXING: Callable[[str], Mixing] = one_of(
    {
        "with a client assertion whose iss is": lambda request, other: _saying(request, iss=other.id),
        "with a client assertion whose sub is": lambda request, other: _saying(request, sub=other.id),
        "with a client assertion whose iss and sub are": lambda request, other: _saying(
            request, iss=other.id, sub=other.id
        ),
        "with a client assertion signed by": _signed_by,
        "with a client assertion under its own kid signed by": lambda request, other: _signed_by(
            request, other, kid=assertion_of(request).header["kid"]
        ),
        "with the client_id of": lambda request, other: request.having(client_id=other.id),
        "with the client_secret_basic of": lambda request, other: request.authenticated(
            replace(request.auth, headers=client_auth.basic(other.id, other.secret or "").headers)
        ),
        "with the client_secret_post of": lambda request, other: request.adding(
            *client_auth.post(other.id, other.secret or "").params
        ),
    }
)
# What a server that looks for one key has to pass over (RFC 7517 section 5).
STRANGE_KEYS: dict[str, dict[str, Any]] = {
    "a key of a type that nobody knows": {"kty": "authmark", "kid": "strange", "use": "sig"},
    "a key on a curve that nobody knows": {
        "kty": "EC",
        "crv": "authmark",
        "x": "AA",
        "y": "AA",
        "kid": "strange",
    },
    "an RSA key without its modulus": {"kty": "RSA", "e": "AQAB", "kid": "strange", "use": "sig"},
    "a key for encryption": {**own_key("encryption", "ES256").public_jwk, "use": "enc", "alg": "ECDH-ES"},
}
WHO = {
    "Client": CLIENT,
    "Mixing": MIXING,
    "Jku": one_of(JKUS),
    "Strange": one_of(STRANGE_KEYS),
}


@when(
    parsers.cfparse("{client:Client} asks for a token {mixing:Mixing} {other:Client}", extra_types=WHO),
    target_fixture="answer",
)
def ask_mixed_with_another(
    flows: Flows, actors: Actors, client: AnyClient, mixing: Mixing, other: AnyClient
) -> Exchange:
    request = token.client_credentials_request(actors.client(client).auth())
    return flows.token(mixing(request, actors.client(other)))


# ----- what it is signed with


@given(parsers.cfparse("the server has asked for the keys of {client:Client}", extra_types=WHO))
def has_asked_for_the_keys(actors: Actors, client: AnyClient) -> None:
    """Whether it takes them is another matter. Raises NotTested where it cannot reach them."""
    with suppress(Blocked):
        actors.tokens_through(client)


@when(
    parsers.cfparse("{client:Client} asks for a token with each listed algorithm", extra_types=WHO),
    target_fixture="answers",
)
def ask_with_each_algorithm(flows: Flows, actors: Actors, client: AnyClient) -> list[Exchange]:
    known = actors.client(client)
    used = [replace(known, keys=each) for each in key_sets.keys_of(known).each]
    return [flows.token(token.client_credentials_request(each.auth())) for each in used]


@then("each request is answered with an access token")
def each_is_answered_with_a_token(answers: list[Exchange]) -> None:
    for answer in answers:
        issued(answer)


@given(parsers.cfparse("{client:Client} has got a token with its RSA key", extra_types=WHO))
def has_got_a_token_with_its_rsa_key(flows: Flows, actors: Actors, client: AnyClient) -> None:
    known = actors.client(client)
    key_sets.need_token(flows, replace(known, keys=key_sets.with_rsa_key(known)))


@when(
    parsers.cfparse(
        "{client:Client} asks for a token with its RSA key under another algorithm", extra_types=WHO
    ),
    target_fixture="answer",
)
def ask_under_another_algorithm(target: Target, flows: Flows, actors: Actors, client: AnyClient) -> Exchange:
    made = key_sets.under_another_algorithm(actors.client(client), target.discovery.assertion_algs)
    return flows.token(token.client_credentials_request(client_auth.asserted(made)))


@when(
    parsers.cfparse("{client:Client} asks for a token with its RSA key of 1024 bits", extra_types=WHO),
    target_fixture="answer",
)
def ask_with_a_weak_key(flows: Flows, actors: Actors, client: AnyClient) -> Exchange:
    known = actors.client(client)
    weak = replace(known, keys=key_sets.with_weak_key(known))
    return flows.token(token.client_credentials_request(weak.auth()))


# ----- an assertion that comes again


@when(
    parsers.cfparse("{client:Client} uses a client assertion for a second time", extra_types=WHO),
    target_fixture="answer",
)
def use_twice(flows: Flows, actors: Actors, client: AnyClient) -> Exchange:
    return key_sets.used_twice(flows, actors.client(client))


@when(
    parsers.cfparse("{client:Client} uses the jti of a client assertion for a second time", extra_types=WHO),
    target_fixture="answer",
)
def use_the_jti_twice(flows: Flows, actors: Actors, client: AnyClient) -> Exchange:
    return key_sets.used_twice(flows, actors.client(client), made_anew=True)


@when(
    parsers.cfparse("{client:Client} uses one client assertion {times:d} times at once", extra_types=WHO),
    target_fixture="race",
)
def race_for_an_assertion(flows: Flows, actors: Actors, client: AnyClient, times: int) -> Race:
    assert times == RUNNERS
    return races.of_an_assertion(flows, actors.client(client))


# ----- jku


@when(
    parsers.cfparse(
        "{client:Client} asks for a token with a client assertion whose jku is {jku:Jku}", extra_types=WHO
    ),
    target_fixture="fetched",
)
def ask_with_a_jku(
    target: Target, flows: Flows, actors: Actors, client: AnyClient, jku: key_sets.Jku
) -> Fetched:
    made, path = jku(target.adapter.key_sets, actors.client(client))
    answer = flows.token(token.client_credentials_request(client_auth.asserted(made)))
    return Fetched(answer, target.adapter.key_sets.times_asked(path))


@then("the assertion is refused")
def assertion_is_refused(fetched: Fetched) -> None:
    check.refused(fetched)


@then("the assertion is answered with an access token")
def assertion_is_taken(fetched: Fetched) -> None:
    issued(fetched.exchange)


@then("nobody has asked for what stands there")
def nobody_has_asked(fetched: Fetched) -> None:
    check.not_fetched(fetched)


# ----- a key set that changes


@pytest.fixture
def changed(target: Target) -> Iterator[ChangedKeySets]:
    """The key sets that this scenario changes."""
    with ExitStack() as undo:
        yield ChangedKeySets(target.adapter.key_sets, undo)


@given(parsers.cfparse("{client:Client} has published a second key", extra_types=WHO))
def publish_a_second_key(changed: ChangedKeySets, actors: Actors, client: AnyClient) -> None:
    known = actors.client(client)
    changed.add(known, own_key("second", key_sets.keys_of(known).usual.alg))


@given(parsers.cfparse("{client:Client} has withdrawn the second key", extra_types=WHO))
def withdraw_the_second_key(changed: ChangedKeySets, actors: Actors, client: AnyClient) -> None:
    changed.publish(actors.client(client))


@when(
    parsers.cfparse(
        "{client:Client} asks for a token while its key set holds {strange:Strange} as well", extra_types=WHO
    ),
    target_fixture="fetched",
)
def ask_while_a_strange_key_is_there(
    flows: Flows, changed: ChangedKeySets, actors: Actors, client: AnyClient, strange: dict[str, Any]
) -> Fetched:
    known = actors.client(client)
    changed.publish(known, strange)
    return changed.asked_anew(flows, known)


@when(
    parsers.cfparse(
        "{client:Client} asks for a token while its key set sends on to another address", extra_types=WHO
    ),
    target_fixture="fetched",
)
def ask_while_the_key_set_has_moved(
    flows: Flows, changed: ChangedKeySets, actors: Actors, client: AnyClient
) -> Fetched:
    known = actors.client(client)
    path = changed.move(known)
    return changed.asked_anew(flows, known, path)


@given(parsers.cfparse("{client:Client} has got a token with the second key", extra_types=WHO))
def has_got_a_token_with_the_second_key(
    flows: Flows, changed: ChangedKeySets, actors: Actors, client: AnyClient
) -> None:
    key_sets.need_token(flows, changed.using_the_second(actors.client(client)))


@when(
    parsers.cfparse("{client:Client} asks for a token with the second key", extra_types=WHO),
    target_fixture="answer",
)
def ask_with_the_second_key(
    flows: Flows, changed: ChangedKeySets, actors: Actors, client: AnyClient
) -> Exchange:
    known = changed.using_the_second(actors.client(client))
    return flows.token(token.client_credentials_request(known.auth()))


@when(
    parsers.cfparse("{client:Client} asks for a token {times:d} times", extra_types=WHO),
    target_fixture="fetched",
)
def ask_several_times(target: Target, flows: Flows, actors: Actors, client: AnyClient, times: int) -> Fetched:
    known = actors.client(client)
    path, asked = key_sets.served(known).path, target.adapter.key_sets.times_asked
    before = asked(path)
    answers = [key_sets.need_token(flows, known) for _ in range(times)]
    return Fetched(answers[-1], asked(path) - before)


@then(parsers.parse("the key set was fetched less than {times:d} times"))
def fetched_less_often(fetched: Fetched, times: int) -> None:
    check.fetched_less_often(fetched, times)


# ----- what the server says of it


@then("the metadata lists a way of client authentication without a shared secret")
def lists_asymmetric_authentication(document: Document) -> None:
    check.lists_asymmetric_authentication(document)


@then("the SMART configuration lists private_key_jwt with RS384 or ES384")
def lists_smart_algorithms(document: Document) -> None:
    check.lists_smart_algorithms(document)


# ----- a token of a back end


@then("the token response says all that a back end has to know")
def says_all(tokens: Tokens) -> None:
    check.says_what_smart_requires(tokens)


@then(parsers.parse("the access token lives for {seconds:d} seconds at most"))
def lives_for_at_most(tokens: Tokens, seconds: int) -> None:
    check.lives_at_most(tokens, seconds)
