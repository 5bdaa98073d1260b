"""A successful access token response (RFC 6749 section 5.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fixtures.flows.values import Tokens, tokens_of
from fixtures.protocol import jwt
from reports.deviation import Deviation
from reports.exchange import Exchange
from steps.checks.bearer import served
from steps.checks.outcome import Outcomes
from steps.checks.refusal import no_server_error, refused, said

_TEXT = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")
_URI = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_ABSOLUTE_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21\x23-\x5b\x5d-\x7e]+")
# IANA's registry of OAuth access token types, in lower case.
_REGISTERED_TYPES = ("bearer", "dpop", "n_a", "pop")


def issued(answer: Exchange) -> Tokens:
    """The answer carries an access token."""
    expected = ["200 with an access token as JSON"]
    no_server_error(answer, expected)
    tokens = tokens_of(answer)
    if tokens is None:
        raise Deviation("refused", expected, f"{said(answer)}: no access token", answer)
    return tokens


def secret_accepted(answer: Exchange) -> None:
    """Who used a secret was recognised: at the token endpoint with a token, at an API with what was asked for."""
    if "grant_type=" in answer.request_body:
        issued(answer)
    served(answer)


def in_form(answer: Exchange) -> None:
    """A successful answer as RFC 6749 section 5.1 has it: 200, JSON, access_token and token_type."""
    expected = ["200 with application/json that has the texts access_token and token_type"]
    issued(answer)
    if answer.status != 200:
        raise Deviation("wrong-status", expected, said(answer), answer)
    _is_json(answer, expected)
    for name in ("access_token", "token_type"):
        if not isinstance(answer.member(name), str) or not answer.member(name):
            raise Deviation("malformed", expected, f"{name} is {answer.member(name)!r}", answer)


def error_in_form(answer: Exchange) -> None:
    """An error answer as RFC 6749 section 5.2 has it: JSON, and only the characters that it allows."""
    expected = ["an error as application/json, in printable ASCII without quotation mark and backslash"]
    carries_no_token(answer)
    if answer.status is None or answer.status < 400:
        raise Deviation("wrong-status", expected, said(answer), answer)
    _is_json(answer, expected)
    if not isinstance(answer.member("error"), str):
        raise Deviation("malformed", expected, f"{said(answer)}, without a text `error`", answer)
    for name, allowed in (
        ("error", _TEXT),
        ("error_description", _TEXT),
        ("error_uri", _URI),
    ):
        value = answer.member(name)
        if value is not None and not (isinstance(value, str) and allowed.fullmatch(value)):
            raise Deviation("malformed", expected, f"{name} is {value!r}", answer)


def carries_no_token(answer: Exchange) -> None:
    """Whatever the answer is, it brings no token, and the server did not break."""
    expected = ["no token"]
    if tokens_of(answer) is not None or answer.member("access_token"):
        raise Deviation("accepted", expected, f"{said(answer)}: tokens were issued", answer)
    no_server_error(answer, expected)


def no_refresh_token(answer: Exchange, refusals: Outcomes) -> None:
    """An access token alone, or one of these refusals (RFC 6749 section 4.4.3)."""
    expected = ["an access token without a refresh token", *map(str, refusals)]
    no_server_error(answer, expected)
    if answer.member("refresh_token") is not None:
        raise Deviation("widened", expected, f"{said(answer)}: with a refresh token", answer)
    if tokens_of(answer) is None:
        refused(answer, refusals)


def no_id_token(answer: Exchange, refusals: Outcomes) -> None:
    """An access token alone, or one of these refusals: an ID token tells of an end-user's authentication."""
    expected = ["an access token without an ID token", *map(str, refusals)]
    no_server_error(answer, expected)
    if answer.member("id_token") is not None:
        raise Deviation("widened", expected, f"{said(answer)}: with an ID token", answer)
    if tokens_of(answer) is None:
        refused(answer, refusals)


def type_is_known(tokens: Tokens) -> None:
    """The token type is registered, in any case, or an absolute URI (RFC 6749 sections 5.1 and 8.1)."""
    said_type = tokens.exchange.member("token_type")
    if isinstance(said_type, str) and (
        said_type.lower() in _REGISTERED_TYPES or _ABSOLUTE_URI.fullmatch(said_type)
    ):
        return
    expected = f"token_type {', '.join(_REGISTERED_TYPES)} in any case, or an absolute URI"
    raise Deviation("malformed", expected, f"token_type is {said_type!r}", tokens.exchange)


def not_cached(tokens: Tokens) -> None:
    """No cache may keep an answer with tokens (RFC 6749 section 5.1)."""
    _has_directive(tokens, "cache-control", "no-store")


def not_cached_by_old_caches(tokens: Tokens) -> None:
    """No cache that knows HTTP/1.0 alone may keep an answer with tokens (RFC 6749 section 5.1)."""
    _has_directive(tokens, "pragma", "no-cache")


def _has_directive(tokens: Tokens, name: str, needed: str) -> None:
    expected = [f"{name.title()} with {needed}"]
    value = tokens.exchange.header(name)
    if value is None:
        raise Deviation("missing-header", expected, f"no {name} header", tokens.exchange, name)
    if needed not in [part.strip().lower() for part in value.split(",")]:
        raise Deviation("wrong-header", expected, f"{name}: {value}", tokens.exchange, name)


def lifetime_is_stated(tokens: Tokens, tolerance_seconds: float = 5) -> None:
    """expires_in is a positive number, and true where the token can be read (RFC 6749 section 5.1)."""
    expected = [f"expires_in, a positive number, within {tolerance_seconds:g} s of the token's own lifetime"]
    stated = tokens.exchange.member("expires_in")
    if stated is None:
        raise Deviation("malformed", expected, "no expires_in", tokens.exchange)
    if isinstance(stated, bool) or not isinstance(stated, int | float) or stated <= 0:
        raise Deviation("malformed", expected, f"expires_in is {stated!r}", tokens.exchange)
    token = jwt.read(tokens.access)
    if token is None or not isinstance(token.claims.get("exp"), int | float):
        return
    begin = token.claims.get("iat", tokens.exchange.started)
    lives = token.claims["exp"] - begin
    if abs(lives - stated) > tolerance_seconds:
        actual = f"expires_in is {stated:g}, and the token lives {lives:g} s"
        raise Deviation("wrong-claim", expected, actual, tokens.exchange)


def _is_json(answer: Exchange, expected: Sequence[str]) -> None:
    media_type = (answer.header("content-type") or "").partition(";")[0].strip().lower()
    if media_type != "application/json" or not isinstance(answer.json(), dict):
        actual = f"content type {media_type or 'missing'}: {said(answer)}"
        raise Deviation("malformed", expected, actual, answer)
