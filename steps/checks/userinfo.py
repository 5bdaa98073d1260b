"""What the userinfo endpoint tells of whom (OpenID Connect Core 1.0 section 5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fixtures.flows.values import Tokens
from fixtures.protocol import jwt
from fixtures.protocol.opened import opened
from reports.deviation import Deviation, NotApplicable
from reports.exchange import Exchange
from steps.checks.access_token import PERSONAL
from steps.checks.refusal import no_server_error, said
from steps.checks.scope import granted


def claims_of(answer: Exchange) -> Mapping[str, Any]:
    """The claims, from JSON or, where the client asked for that at registration, out of a signed JWT."""
    expected = ["200 with the claims as application/json or application/jwt, with a text sub"]
    no_server_error(answer, expected)
    if answer.status != 200:
        raise Deviation("refused", expected, said(answer), answer)
    media_type = (answer.header("content-type") or "").partition(";")[0].strip().lower()
    signed = jwt.read(answer.response_body.strip()) if media_type == "application/jwt" else None
    held: Any = signed.claims if signed else answer.json()
    if media_type not in ("application/json", "application/jwt"):
        raise Deviation("wrong-header", expected, f"content type {media_type or 'missing'}", answer)
    if not isinstance(held, dict):
        raise Deviation("malformed", expected, said(answer), answer)
    if not isinstance(held.get("sub"), str) or not held["sub"]:
        raise Deviation("missing-claim", expected, f"sub is {held.get('sub')!r}", answer)
    return held


def _held(answer: Exchange) -> Mapping[str, Any]:
    """The claims, whatever is wrong about their form."""
    signed = jwt.read(answer.response_body.strip())
    held: Any = signed.claims if signed else answer.json()
    return held if isinstance(held, dict) else {}


def same_subject(answer: Exchange, tokens: Tokens) -> None:
    """The sub is that of the ID token, to the letter (section 5.3.2)."""
    token = jwt.read(tokens.id_token)
    if token is None:
        raise NotApplicable("the tokens came with no ID token that could be read")
    no_server_error(answer, ["the claims"])
    held, expected = _held(answer).get("sub"), token.claims.get("sub")
    if held != expected:
        raise Deviation("wrong-claim", [f"sub {expected!r}, as in the ID token"], f"sub is {held!r}", answer)


def same_person(answer: Exchange, before: Exchange) -> None:
    """Whatever came with the token, the answer tells of the person of the token, or refuses."""
    known = _held(before)
    expected = [
        f"the claims of {known.get('sub')!r} and of nobody else",
        "a refusal (4xx, or a redirect elsewhere)",
    ]
    no_server_error(answer, expected)
    if answer.status is not None and answer.status >= 300:
        return
    if not opened(answer):
        raise Deviation(
            "malformed", expected, f"{said(answer)}: neither a refusal nor what was asked for", answer
        )
    held = _held(answer)
    for name in ("sub", "email", "name", "preferred_username"):
        if held.get(name) != known.get(name):
            raise Deviation("leaked", expected, f"{name} is {held.get(name)!r}: another person's", answer)


def nothing_beyond_scope(answer: Exchange, tokens: Tokens) -> None:
    """Nothing is told that only a scope which was not granted asks for (section 5.4)."""
    no_server_error(answer, ["the claims"])
    held, had = _held(answer), granted(tokens)
    told = [name for scope, names in PERSONAL.items() if scope not in had for name in names if held.get(name)]
    if told:
        expected = [f'no claim that the scope "{" ".join(sorted(had))}" does not ask for']
        raise Deviation("leaked", expected, f"also {', '.join(told)}", answer)


def tells_email(answer: Exchange, tokens: Tokens) -> None:
    """With the scope email an address is told (section 5.4)."""
    if "email" not in granted(tokens):
        raise NotApplicable("the scope email was not granted")
    no_server_error(answer, ["the claims"])
    held = _held(answer).get("email")
    if not isinstance(held, str) or "@" not in held:
        raise Deviation("missing-claim", ["email, an address"], f"email is {held!r}", answer)
