"""Whom a token names that a client got for itself (RFC 9068 section 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fixtures.cast import Client
from reports.deviation import Deviation
from reports.exchange import Exchange
from steps.checks.refusal import no_server_error

# What only a person has (OpenID Connect Core section 5.1). A server may name the client itself in `name` or
# `preferred_username`.
PERSONAL = ("email", "email_verified", "phone_number", "given_name", "family_name", "birthdate", "address")
PROFILES = ("profile", "fhirUser")


def names_nobody_else(claims: Mapping[str, Any] | None, client: Client, answer: Exchange) -> None:
    """The claims of the access token in the answer name the client, and nobody else; None: there is no token."""
    no_server_error(answer, [f"a refusal, or a token that names the client {client.id} and no person"])
    if claims is not None:
        names_the_client(claims, client, answer)


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
