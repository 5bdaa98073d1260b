"""Phrases that a step may hold, and what each means; a phrase that is not listed here is an undefined step."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from fixtures.flows import Grant
from fixtures.protocol import pkce
from fixtures.protocol.authorization import AuthorizationRequest
from fixtures.protocol.token import TokenRequest

T = TypeVar("T")


def one_of(phrases: dict[str, T]) -> Callable[[str], T]:
    """A parse type that matches one of the phrases and gives what it means."""

    def convert(text: str) -> T:
        return phrases[text]

    convert.__dict__["pattern"] = alternatives(phrases)  # where the `parse` library looks for it
    return convert


def alternatives(phrases: Iterable[str]) -> str:
    """A pattern for one of the phrases, the longest first."""
    return "|".join(re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True))


# Acceptable error codes: "invalid_grant" or "invalid_request"
CODES = r'"\w+"(?: or "\w+")*'


def codes_in(text: str) -> tuple[str, ...]:
    """The error codes of a phrase."""
    return tuple(re.findall(r"\w+(?=\")", text))


CLIENT = one_of(
    {
        "a public client": "public",
        "a confidential client": "confidential",
        "a PKCE-optional client": "pkce-optional",
    }
)
PERSON = one_of({"practitioner": "practitioner", "patient": "patient"})

VERIFIER = one_of(
    {
        "a verifier of 42 characters": lambda: pkce.new_verifier(42),
        "a verifier of 43 characters": lambda: pkce.new_verifier(43),
        "a verifier of 128 characters": lambda: pkce.new_verifier(128),
        "a verifier of 129 characters": lambda: pkce.new_verifier(129),
        "a verifier with every unreserved character": lambda: pkce.UNRESERVED,
        "a verifier with a plus sign": lambda: pkce.new_verifier(63) + "+",
    }
)

Tampering = Callable[[TokenRequest, Grant], TokenRequest]

# "the client redeems the code ..."
TAMPERING = one_of(
    {
        "with another verifier": lambda request, _: request.having(code_verifier=pkce.new_verifier()),
        "with one more character after the verifier": lambda request, grant: request.having(
            code_verifier=f"{grant.verifier}x"
        ),
        "with a verifier whose challenge begins with the same two characters": lambda request, grant: (
            request.having(
                code_verifier=pkce.verifier_with_challenge_like(grant.request.code_challenge or "")
            )
        ),
        "without a verifier": lambda request, _: request.without("code_verifier"),
        "with an empty verifier": lambda request, _: request.having(code_verifier=""),
        "with the challenge as verifier": lambda request, grant: request.having(
            code_verifier=grant.request.code_challenge or ""
        ),
    }
)

# "the client takes the flow with ..."
REQUEST_CHANGE: Callable[[str], Callable[[AuthorizationRequest, str], AuthorizationRequest]] = one_of(
    {
        "no challenge": lambda request, _: request.having(code_challenge=None, code_challenge_method=None),
        "the challenge method S256": lambda request, _: request,
        "the challenge method S512": lambda request, _: request.having(code_challenge_method="S512"),
        "the challenge method plain": lambda request, verifier: request.having(
            code_challenge=verifier, code_challenge_method="plain"
        ),
        "an S256 challenge and no method": lambda request, _: request.having(code_challenge_method=None),
    }
)
