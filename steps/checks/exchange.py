"""Answers to token exchange requests (RFC 8693 section 2.2)."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

from fixtures.flows.values import tokens_of
from fixtures.protocol import jwt
from fixtures.protocol.token import ACCESS_TOKEN, TOKEN_TYPE
from reports.deviation import Deviation, NotApplicable
from reports.exchange import Exchange
from steps.checks.outcome import Outcomes
from steps.checks.refusal import no_server_error, refused, said
from steps.checks.scope import granted
from steps.checks.token_response import issued

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21\x23-\x5b\x5d-\x7e]+")
#: A provider that fails is nobody's fault at the token endpoint: these say so.
_GATEWAY = (502, 503, 504)


def speaks_for_the_same(answer: Exchange, told: Exchange) -> None:
    """Userinfo tells of the same subject by an exchanged token as without an exchange (RFC 8693 section 2.1)."""
    expected = f"sub {told.member('sub')!r}, as without an exchange"
    no_server_error(answer, [expected])
    if answer.status != 200:
        raise Deviation("refused", expected, said(answer), answer)
    if answer.member("sub") != told.member("sub"):
        raise Deviation("leaked", expected, f"sub {answer.member('sub')!r}", answer)


def names_the_type(answer: Exchange) -> None:
    """issued_token_type is there, and a URI (RFC 8693 section 2.2.1)."""
    issued(answer)
    kind = answer.member("issued_token_type")
    if not isinstance(kind, str) or not _URI.fullmatch(kind):
        expected = "issued_token_type, a URI such as " + ACCESS_TOKEN
        raise Deviation("malformed", expected, f"issued_token_type is {kind!r}", answer)


def names_the_true_type(answer: Exchange) -> None:
    """Where a type was asked for that is not issued: a refusal, or the type that was issued in its place.

    Raises NotApplicable where the answer names no type, which a requirement of its own judges.
    """
    expected = ["a refusal", "issued_token_type, which is that of the token in access_token"]
    no_server_error(answer, expected)
    tokens = tokens_of(answer)
    if tokens is None:
        return
    kind = answer.member("issued_token_type")
    if kind is None:
        raise NotApplicable("the answer names no type of token, which a requirement of its own judges")
    if not _may_be(str(kind), tokens.access):
        raise Deviation("malformed", expected, f"issued_token_type is {kind!r}", answer)


def _may_be(kind: str, text: str) -> bool:
    match kind.removeprefix(TOKEN_TYPE):
        case "access_token":
            return kind == ACCESS_TOKEN
        case "jwt" | "id_token":
            return jwt.read(text) is not None
        case "saml1" | "saml2":
            try:
                return base64.urlsafe_b64decode(text + "==").lstrip().startswith(b"<")
            except ValueError:
                return False
    return False


def leaves_out(answer: Exchange, scope: str, refusals: Outcomes) -> None:
    """A scope that nobody knows is not granted, and the answer says what is (RFC 8693 section 2.2.1)."""
    tokens = tokens_of(answer)
    if tokens is None:
        refused(answer, refusals)
        return
    expected = [f"a scope without {scope}, stated in the answer", *map(str, refusals)]
    if scope in granted(tokens):
        raise Deviation("widened", expected, f'scope "{tokens.scope}"', answer)
    if not tokens.scope:
        raise Deviation("malformed", expected, "no scope, which says that all was granted", answer)


def is_for_what_was_asked(answer: Exchange, refusals: Outcomes) -> None:
    """The audience of the issued token has the resource or audience that was asked for (RFC 8693 section 2.1).

    Raises NotApplicable for a token whose audience cannot be read.
    """
    tokens = tokens_of(answer)
    if tokens is None:
        refused(answer, refusals)
        return
    sent = parse_qs(answer.request_body)
    asked = {value for name in ("resource", "audience") for value in sent.get(name, [])}
    read = jwt.read(tokens.access)
    if read is None:
        raise NotApplicable("the token is opaque: for whom it is cannot be seen")
    held = read.claims.get("aud")
    audiences = set(held if isinstance(held, list) else [held])
    if not asked <= audiences:
        expected = [f"aud with {' and '.join(sorted(asked))}", *map(str, refusals)]
        raise Deviation("accepted", expected, f"a token with aud {held!r}", answer)


def without_a_token(answer: Exchange) -> None:
    """Whatever became of the provider: no token, and an answer that the server gave on purpose."""
    expected = ["a refusal, or 502, 503 or 504, without a token"]
    if tokens_of(answer) is not None or answer.member("access_token"):
        raise Deviation("accepted", expected, f"{said(answer)}: tokens were issued", answer)
    if answer.status not in _GATEWAY:
        refused_or_failed(answer, expected)


def refused_or_failed(answer: Exchange, expected: Sequence[str]) -> None:
    """Raises Deviation for a success and for a failure of the server."""
    no_server_error(answer, expected)
    if answer.status is not None and answer.status < 300:
        raise Deviation("accepted", expected, f"{said(answer)}: the request was served", answer)


def asked_nobody_else(answer: Exchange, asked: Sequence[Exchange]) -> None:
    """The target asked where its settings lead, and followed nobody from there (OWASP API7:2023)."""
    elsewhere = [each for each in asked if "/inside/" in urlsplit(each.url).path]
    if elsewhere:
        actual = f"{elsewhere[0].method} {urlsplit(elsewhere[0].url).netloc} was asked, where a redirect led"
        raise Deviation("accepted", "no request to the address of the redirect", actual, answer)
