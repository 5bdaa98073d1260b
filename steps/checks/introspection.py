"""What introspection says of a token (RFC 7662 section 2.2)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from fixtures.cast import Client
from fixtures.flows.values import Tokens
from fixtures.protocol import jwt
from reports.deviation import Deviation
from reports.exchange import Exchange
from steps.checks.access_token import is_number
from steps.checks.refusal import no_server_error, said
from steps.checks.scope import granted

TOLERANCE = 60  # seconds by which a stated end may differ from the promised one


def told(answer: Exchange) -> Mapping[str, Any]:
    """The claims of a live token, which is called active."""
    expected = ["200 and a JSON object with active true"]
    body = _object(answer, expected)
    if not body["active"]:
        raise Deviation("refused", expected, f"{said(answer)}: a live token is called inactive", answer)
    return body


def true(held: Mapping[str, Any], tokens: Tokens, client: Client, issuer: str, answer: Exchange) -> None:
    """What is said agrees with what was issued; members that are left out are no matter."""
    wrong = list(_untrue(held, tokens, client, issuer))
    if wrong:
        raise Deviation("wrong-claim", ["claims that agree with the token"], "; ".join(wrong), answer)


def _untrue(held: Mapping[str, Any], tokens: Tokens, client: Client, issuer: str) -> Iterator[str]:
    wanted = {"client_id": client.id, "iss": issuer}
    token = jwt.read(tokens.access)
    if token:
        wanted |= {name: token.claims[name] for name in ("sub", "jti") if name in token.claims}
    for name, value in wanted.items():
        if name in held and held[name] != value:
            yield f"{name} is {held[name]!r}, not {value!r}"
    if "scope" in held and isinstance(held["scope"], str) and tokens.scope:
        extra = sorted(set(held["scope"].split()) - granted(tokens))
        if extra:
            yield f"scope has {' '.join(extra)}, which was not granted"
    elif "scope" in held and not isinstance(held["scope"], str):
        yield f"scope is {held['scope']!r}, which is no text"
    if "token_type" in held and str(held["token_type"]).lower() not in ("bearer", "dpop"):
        yield f"token_type is {held['token_type']!r}"
    yield from _untrue_times(held, tokens)


def _untrue_times(held: Mapping[str, Any], tokens: Tokens) -> Iterator[str]:
    for name in ("exp", "iat", "nbf"):
        if name in held and not is_number(held[name]):
            yield f"{name} is {held[name]!r}, which is no number"
            return
    lifetime = tokens.exchange.member("expires_in")
    if "exp" in held and is_number(lifetime):
        promised = tokens.exchange.started + lifetime
        if abs(held["exp"] - promised) > TOLERANCE:
            yield f"exp is {held['exp']}, and the answer promised {promised:.0f}"
    if held.get("iat", 0) > time.time() + TOLERANCE:
        yield f"iat is {held['iat']}, which is ahead"


def complete(held: Mapping[str, Any], tokens: Tokens, answer: Exchange) -> None:
    """SMART App Launch 2.2: scope, client_id and exp, and the launch context that came with the token."""
    context = [name for name in ("patient", "encounter", "fhirUser") if tokens.exchange.member(name)]
    required = ["active", "scope", "client_id", "exp", *context]
    missing = [name for name in required if held.get(name) in (None, "")]
    if missing:
        expected = [f"the members {', '.join(required)}"]
        raise Deviation("missing-claim", expected, f"no {', '.join(missing)}", answer)
    for name in context:
        if held[name] != tokens.exchange.member(name):
            actual = f"{name} is {held[name]!r}"
            raise Deviation("wrong-claim", [f"{name} {tokens.exchange.member(name)}"], actual, answer)


def inactive(answer: Exchange) -> None:
    """A token that is not good is called inactive, with 200."""
    expected = ["200 and a JSON object with active false"]
    if _object(answer, expected)["active"]:
        raise Deviation("accepted", expected, f"{said(answer)}: the token is called active", answer)


def nothing_else(answer: Exchange) -> None:
    """Of a token that is not good nothing else is said."""
    inactive(answer)
    more = sorted(set(answer.json()) - {"active"})
    if more:
        raise Deviation("leaked", ["active false and no other member"], f"also {', '.join(more)}", answer)


def no_access_token(answer: Exchange) -> None:
    """Another kind of token is called inactive, or at least no bearer token."""
    expected = ["active false", "active true without token_type Bearer"]
    body = _object(answer, expected)
    if body["active"] and str(body.get("token_type", "")).lower() == "bearer":
        raise Deviation("accepted", expected, f"{said(answer)}: it is called a bearer token", answer)
    if body["active"] and "token_type" not in body and "token_use" not in body and "typ" not in body:
        raise Deviation(
            "accepted", expected, f"{said(answer)}: nothing tells it from an access token", answer
        )


def in_form(answer: Exchange) -> None:
    """200 with a JSON object in application/json."""
    expected = ["200 with application/json that has active, true or false"]
    _object(answer, expected)
    media_type = (answer.header("content-type") or "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Deviation("wrong-header", expected, f"content type {media_type or 'missing'}", answer)


def _object(answer: Exchange, expected: list[str]) -> dict[str, Any]:
    no_server_error(answer, expected)
    body = answer.json()
    if answer.status != 200:
        raise Deviation("wrong-status", expected, said(answer), answer)
    if not isinstance(body, dict) or not isinstance(body.get("active"), bool):
        raise Deviation("malformed", expected, f"{said(answer)}: no active, true or false", answer)
    return body


def agrees_with_the_api(answer: Exchange, api: Exchange) -> None:
    """A token that has ended is not active: what the API refuses, introspection does not recommend."""
    no_server_error(api, ["an answer of the API"])
    expected = [f"active false, since the API answers {api.status}", "active true where the API opens"]
    body = _object(answer, expected)
    if body["active"] and (api.status or 0) >= 400:
        raise Deviation("not-revoked", expected, f"{said(answer)}: the token is called active", answer)
