"""Finds the secrets that an exchange shows by their place: header, form, query, JSON member, field of a page.

All of it takes time and memory in proportion to what a server sends, and no more than for `LOOKED_AT` characters of a
body: no pattern here can be made to begin its search anew at each character.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote, unquote_plus

from reports.exchange import Exchange, Headers

LOOKED_AT = (
    500_000  # characters of a body; a secret far behind them is learned when it is used, by its place there
)

# The end of a name, its letters only: `login_verifier`, `X-Api-Key`, `codeVerifier`.
_SECRET_NAME = re.compile(
    r"(?:secret|secretkey|password|passwd|passphrase|passcode|token|verifier|assertion|idtokenhint|devicecode|usercode"
    r"|csrf|xsrf|apikey|accesskey|privatekey|hmac|signature|sessionid|sessionkey|credential|credentials|ticket|jwt|otp"
    r"|enrollqrcode|loginchallenge|consentchallenge|logoutchallenge|samlresponse|cookie)$"
)
_SECRET_HEADER = re.compile(r"(?:auth|authorization|authentication|session|sid|key|oidcdata|oidcidentity)$")
_PUBLIC_HEADER = re.compile(r"accesscontrol|allow|policy|websocket|wwwauthenticate|idempotency")
_CODE_COMPANIONS = frozenset(
    {
        "grant_type",
        "redirect_uri",
        "redirectUri",
        "client_id",
        "clientId",
        "code_verifier",
        "codeVerifier",
        "state",
        "login",
    }
)
_PRIVATE_JWK_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})  # RFC 7518 section 6
_PAIR = re.compile(r"(?:^|[?&#;]|&amp;)([\w.-]{1,100})=([^&#\s\"'<>\\]*)", re.MULTILINE)
_JSON_MEMBER = re.compile(r"\"([\w-]{1,100})\"\s{0,8}:\s{0,8}\"([^\"\\]*)\"")
_USER_INFO = re.compile(r"://[^/@:\s]{1,1000}:([^/@\s]{1,1000})@")
_INPUT = re.compile(r"(?i)<input\b")
_ATTRIBUTE = re.compile(
    r"\b(name|value)\s{0,8}=\s{0,8}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE
)
_RUN = re.compile(r"[\w.-]{12,}", re.ASCII)
_JWT = re.compile(
    r"eyJ[\w-]{8,}(?:\.[\w-]*){1,4}", re.ASCII
)  # `eyJ` is `{"` in base64url: RFC 7515 section 3.3


class Found(NamedTuple):
    """A secret as an exchange shows it: the name it stands beside, what it is where that says more, who sent it."""

    place: str
    value: str
    label: str = ""
    sent: bool = False  # in the request


def secrets_of(exchange: Exchange) -> Iterator[Found]:
    """Every secret that the exchange shows by its place in the protocol."""
    for found in _of_message(exchange.request_headers, exchange.request_body):
        yield found._replace(sent=True)
    for found in _of_pairs(exchange.url):
        yield found._replace(sent=True)
    yield from _of_message(exchange.response_headers, exchange.response_body)
    for value in exchange.headers("location"):
        yield from _of_pairs(value, is_redirect=True)


def jwts_in(text: str) -> Iterator[tuple[int, int]]:
    """Where anything of the shape of a JWT stands: from, to."""
    if "eyJ" not in text:
        return
    for run in _RUN.finditer(text):
        start, end = run.span()
        while (start := text.find("eyJ", start, end)) >= 0:
            if found := _JWT.match(text, start, end):
                yield found.span()
                start = found.end()
            else:  # no dot behind it, or too short before one: what follows the next dot may be one
                start = text.find(".", start, end)
                if start < 0:
                    break


def jose_of(token: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Header and claims of a signed JWT, unverified (RFC 7515 section 7.1); None where it is none."""
    if not token.startswith("eyJ") or token.count(".") != 2:
        return None
    header, claims = (_json_of(part) for part in token.split(".")[:2])
    return (header, claims) if isinstance(header, dict) and isinstance(claims, dict) else None


def jose_header(token: str) -> dict[str, Any]:
    """The header of a JWT or JWE; empty where it cannot be read."""
    header = _json_of(token.partition(".")[0]) if token.startswith("eyJ") else None
    return header if isinstance(header, dict) else {}


def _json_of(part: str) -> Any:
    try:
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return None


def basic(authorization: str) -> tuple[str, str] | None:
    """Id and secret of Basic credentials (RFC 7617 section 2); None where they cannot be read."""
    scheme, _, blob = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, secret = base64.b64decode(blob, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (user, secret) if colon else None


def is_secret(name: str) -> bool:
    """Whether a member, parameter or field of this name holds a secret."""
    return _SECRET_NAME.search(_letters(name)) is not None


def _letters(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _of_message(headers: Headers, body: str) -> Iterator[Found]:
    for name, value in headers:
        yield from _of_header(name.lower(), value)
    if body:
        yield from _of_body(body[:LOOKED_AT], is_whole=len(body) <= LOOKED_AT)


def _of_header(name: str, value: str) -> Iterator[Found]:
    if name in {"authorization", "proxy-authorization"}:
        scheme, _, credentials = value.partition(" ")
        if pair := basic(value):
            yield Found(pair[0], pair[1], "client_secret")
            # RFC 6749 section 2.3.1: percent-encoded before id and secret are joined
            yield Found(pair[0], unquote_plus(pair[1]), "client_secret")
        if scheme.lower() == "basic":
            yield Found(name, credentials.strip(), "basic_credentials")
        else:
            yield Found(name, credentials.strip() or scheme, "access_token")  # without a scheme, too
    elif name == "cookie":
        for cookie in value.split(";"):
            key, _, content = cookie.strip().partition("=")
            yield Found(key, content.strip('"'), "cookie")
    elif name == "set-cookie":
        key, _, content = value.partition(";")[0].strip().partition("=")
        yield Found(key, content.strip('"'), "cookie")
    elif not _PUBLIC_HEADER.search(letters := _letters(name)) and (
        _SECRET_NAME.search(letters) or _SECRET_HEADER.search(letters)
    ):
        yield Found(name, value.strip())
        yield Found(name, value.rpartition(" ")[2])  # behind a scheme


def _of_body(body: str, *, is_whole: bool) -> Iterator[Found]:
    if body.lstrip()[:1] in {"{", "["}:
        try:
            read = json.loads(body) if is_whole else None
        except (ValueError, RecursionError):
            read = None
        if read is not None:
            yield from _of_json(read)
            return
        yield from _of_members(_JSON_MEMBER.findall(body))  # broken, too deep or too long
    yield from _of_pairs(body)
    fields = []
    for piece in _INPUT.split(body)[1:]:
        attributes = {
            key.lower(): html.unescape(one or two or three)
            for key, one, two, three in _ATTRIBUTE.findall(piece.partition(">")[0])
        }
        fields.append((attributes.get("name", ""), attributes.get("value", "")))
    yield from _of_members(fields)


def _of_pairs(text: str, *, is_redirect: bool = False) -> Iterator[Found]:
    """The secrets among `name=value` pairs: a query, a fragment, a form, links in a page."""
    if match := _USER_INFO.search(text):
        yield Found("", unquote(match[1]), "password")
    if "=" not in text:
        return
    pairs = [(name, unquote_plus(value)) for name, value in _PAIR.findall(text)]
    yield from _of_members(pairs, {"state"} if is_redirect else set())
    methods = [value for name, value in pairs if name == "code_challenge_method"]
    if not methods or "plain" in methods:
        yield from (Found(name, value, "code_verifier") for name, value in pairs if name == "code_challenge")


def _of_members(members: Iterable[tuple[str, Any]], beside: Iterable[str] = ()) -> Iterator[Found]:
    """A form may hold one name twice, so the members are judged one by one, each beside all the names."""
    members = list(members)
    names = {name for name, _ in members}.union(beside)
    for name, value in members:
        # `code` is an authorization code only in the company of OAuth; FHIR has codes of its own.
        if isinstance(value, str) and (is_secret(name) or (name == "code" and names & _CODE_COMPANIONS)):
            yield Found(name, value)
            yield from _of_claims(value)


def _of_json(document: Any) -> Iterator[Found]:
    """Without recursion: a server may nest as it likes."""
    left = [document]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            yield from _of_object(value)
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)
        elif isinstance(value, str) and "=" in value:
            yield from _of_pairs(value)


def _of_object(value: dict[str, Any]) -> Iterator[Found]:
    yield from _of_members(value.items())
    challenge = value.get("codeChallenge", value.get("code_challenge"))
    method = value.get("codeChallengeMethod", value.get("code_challenge_method"))
    if isinstance(challenge, str) and method in (None, "plain"):
        # RFC 7636 section 4.2: a plain challenge is the verifier
        yield Found("codeChallenge", challenge, "code_verifier")
    if "kty" in value:
        for name in _PRIVATE_JWK_MEMBERS & value.keys():
            if isinstance(value[name], str):
                yield Found(name, value[name], "private_key")
    # A FHIR parameter or a JSON Patch operation names its member in another one.
    named = value.get("name") or value.get("path")
    content = value.get("valueString", value.get("value"))
    if isinstance(content, str) and isinstance(named, str) and is_secret(named.rpartition("/")[2]):
        yield Found("value", content, named.rpartition("/")[2])


def _of_claims(token: str) -> Iterator[Found]:
    """Secrets that a token carries inside, such as the one that a refresh token is compared by."""
    if read := jose_of(token):
        for name, value in read[1].items():
            if isinstance(value, str) and is_secret(name):
                yield Found(name, value)
