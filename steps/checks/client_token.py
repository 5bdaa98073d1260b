"""Whom a token names that a client got for itself (RFC 9068 section 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fixtures.cast import Client
from fixtures.flows.values import Tokens, tokens_of
from fixtures.protocol import jwt
from reports.deviation import Deviation, NotApplicable
from reports.exchange import Exchange
from steps.checks.refusal import no_server_error

# What only a person has (OpenID Connect Core section 5.1). A server may name the client itself in `name` or
# `preferred_username`.
PERSONAL = ("email", "email_verified", "phone_number", "given_name", "family_name", "birthdate", "address")
PROFILES = ("profile", "fhirUser")


def names_the_same(before: Tokens, answer: Exchange) -> None:
    """A further token, which the server may refuse, names whom an earlier one names.

    Raises NotApplicable where nothing can be read of the earlier one.
    """
    known, tokens = _holder(before), tokens_of(answer)
    expected = ["a refusal", f"a token that names {known}"]
    no_server_error(answer, expected)
    if not known:
        raise NotApplicable("neither the access token nor the answer that it came in tells whose it is")
    if tokens and _holder(tokens) != known:
        raise Deviation("wrong-claim", expected, f"a token that names {_holder(tokens)}", answer)


def _holder(tokens: Tokens) -> dict[str, Any]:
    """What a token, where it is a JWT, and the answer that it came in say of its holder."""
    token, answer = jwt.read(tokens.access), tokens.exchange.json()
    told = {**(answer if isinstance(answer, dict) else {}), **(token.claims if token else {})}
    return {name: told[name] for name in ("sub", "client_id", "azp", "username", *PROFILES) if name in told}


def names_the_client(claims: Mapping[str, Any], client: Client, answer: Exchange) -> None:
    """The claims name the client, and nobody else."""
    expected = [f"claims that name the client {client.id} and no person"]
    personal = [name for name in PERSONAL if claims.get(name) not in (None, "")]
    if personal:
        raise Deviation("leaked", expected, f"the token carries {', '.join(personal)}", answer)
    for name in PROFILES:
        value = claims.get(name)
        if isinstance(value, str) and value.rpartition("/")[2] != client.id:
            raise Deviation("wrong-claim", expected, f"{name} is {value}", answer)
    named = {name: claims.get(name) for name in ("sub", "client_id", "azp")}
    if client.id not in named.values():
        raise Deviation("wrong-claim", expected, f"the token names {named}", answer)
