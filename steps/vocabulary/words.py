"""Phrases that a step may hold, and what each means; a phrase that is not listed here is an undefined step."""

from __future__ import annotations

import re
import secrets
import string
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar

from fixtures.adapters.capabilities import Capability, PkceSetting
from fixtures.cast import Client, ClientName, PersonName
from fixtures.flows.target import Target
from fixtures.flows.values import Grant
from fixtures.protocol import client_auth, jwt, pkce, token
from fixtures.protocol.authorization import AuthorizationRequest
from fixtures.protocol.client_auth import ClientAuth
from fixtures.protocol.token import TokenRequest

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
UNKNOWN_SCOPE = "authmark-no-such-scope"

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


CLIENT: Callable[[str], ClientName] = one_of(
    {
        "a public client": "public",
        "a confidential client": "confidential",
        "a PKCE-optional client": "pkce-optional",
    }
)
OWN_CLIENT: Callable[[str], ClientName] = one_of(
    {"a public client": "public", "a confidential client": "confidential"}
)
CAPABILITY: Callable[[str], type[Capability]] = one_of(
    {"that asks PKCE of every client but those marked otherwise": PkceSetting}
)
PERSON: Callable[[str], PersonName] = one_of({"practitioner": "practitioner", "patient": "patient"})

_BASE64URL = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"


def with_other_end(text: str) -> str:
    """The text with another last character: one that no decoder of hex or base64url takes for the same."""
    last = text[-1]
    if all(character in string.hexdigits for character in text):
        return text[:-1] + f"{int(last, 16) ^ 8:x}"
    return text[:-1] + (_BASE64URL[_BASE64URL.index(last) ^ 32] if last in _BASE64URL else "A")


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
        "with an unknown code": lambda request, _: request.having(code=secrets.token_hex(16)),
        "with the last character of the code changed": lambda request, grant: request.having(
            code=with_other_end(grant.code)
        ),
        "with an empty code": lambda request, _: request.having(code=""),
        "with an operator in place of the code": lambda request, _: request.without("code").adding(
            ("code[$ne]", "x")
        ),
        "with a list in place of the code": lambda request, _: request.without("code").adding(
            ("code[]", "x")
        ),
        "with an operator in place of the verifier": lambda request, _: request.without(
            "code_verifier"
        ).adding(("code_verifier[$ne]", "x")),
        "with the parameter code sent twice": lambda request, _: request.repeated("code"),
        "with the parameter code_verifier sent twice": lambda request, _: request.repeated("code_verifier"),
        "with the parameter redirect_uri sent twice": lambda request, _: request.repeated("redirect_uri"),
        "without saying who it is": lambda request, _: request.authenticated(ClientAuth()),
        "without its secret": lambda request, grant: request.authenticated(
            client_auth.public(grant.client.id)
        ),
        "with a wrong secret": lambda request, grant: request.authenticated(
            replace(grant.client, secret=secrets.token_hex(32)).auth()
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
        "an unknown scope beside its own": lambda request, _: request.having(
            scope=f"{request.scope} {UNKNOWN_SCOPE}"
        ),
    }
)


def _own(client: Client, scope: str | None = None) -> TokenRequest:
    return token.client_credentials_request(client.auth(), scope)


def _in_body(client: Client) -> TokenRequest:
    return token.client_credentials_request(client_auth.post(client.id, client.secret or ""))


def _empty(client: Client) -> TokenRequest:
    return TokenRequest((), ClientAuth(headers=client.auth().headers))


def _asserting(target: Target, client: Client, *, signed: bool) -> TokenRequest:
    """A JWT bearer grant (RFC 7523 section 2.1) whose assertion no key of the target vouches for."""
    now = int(time.time())
    claims: dict[str, Any] = {"iss": client.id, "sub": client.id, "aud": target.discovery.token_endpoint}
    claims |= {"iat": now, "exp": now + 300, "jti": secrets.token_hex(16)}
    assertion = jwt.signed_by(jwt.own_key(), claims, {"kid": "authmark"})
    if not signed:
        assertion = f"{jwt.b64({'alg': 'none', 'typ': 'JWT'})}.{jwt.b64(claims)}."
    return TokenRequest((("grant_type", JWT_BEARER), ("assertion", assertion)), client.auth())


Asking = Callable[[Target, Client], TokenRequest]

# "the back end asks for a token ..."
ASKING: Callable[[str], Asking] = one_of(
    {
        "with a GET": lambda _, client: replace(_own(client).in_query(), method="GET"),
        "with everything in the URL": lambda _, client: _in_body(client).in_query(),
        "with its credentials in the URL": lambda _, client: _in_body(client).credentials_in_query(),
        "with the parameter grant_type sent twice": lambda _, client: _own(client).repeated("grant_type"),
        "with the parameter scope sent twice": lambda target, client: _own(
            client, target.narrow_scope(client)
        ).repeated("scope"),
        "with the parameter client_id sent twice": lambda _, client: _in_body(client).repeated("client_id"),
        "with the parameter client_secret sent twice": lambda _, client: _in_body(client).repeated(
            "client_secret"
        ),
        "with a parameter that nobody knows": lambda _, client: _own(client).adding(("authmark", "1")),
        "with a grant type that nobody knows": lambda _, client: _own(client).having(
            grant_type="urn:authmark:no-such-grant"
        ),
        "without a grant type": lambda _, client: _own(client).without("grant_type"),
        "with an empty body": lambda _, client: _empty(client),
        "with an empty JSON object": lambda _, client: replace(_empty(client), as_json=True),
        "with a wrong secret": lambda _, client: _own(replace(client, secret=secrets.token_hex(32))),
        "with a narrow scope": lambda target, client: _own(client, target.narrow_scope(client)),
        "for offline access": lambda target, client: _own(
            client, f"{target.narrow_scope(client)} offline_access"
        ),
        "with operators in place of its id and secret": lambda _, client: _own(client).authenticated(
            ClientAuth(params=(("client_id[$gt]", ""), ("client_secret[$gt]", "")))
        ),
        "with a list in place of its secret": lambda _, client: _own(client).authenticated(
            ClientAuth(params=(("client_id", client.id), ("client_secret[]", "x")))
        ),
        "with an assertion signed by a key of its own": lambda target, client: _asserting(
            target, client, signed=True
        ),
        "with an unsigned assertion": lambda target, client: _asserting(target, client, signed=False),
    }
)
