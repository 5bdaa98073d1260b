"""The one place where secrets are taken out of what a run writes.

A `Redactor` learns secrets from the exchanges it sees, by their place in the protocol (header, form, query,
JSON member), and from then on replaces them wherever they stand: `[access_token:3f9a]` says what stood
there, and the four hex digits, a keyed hash of the value, let a reader see that two places held the
same one. Client ids, `state`, `nonce`, S256 challenges and login ids stay readable: without them no finding
could be followed.

Redact first, shorten afterwards: half a secret cannot be recognised.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import html
import json
import re
import shlex
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, quote_plus, unquote, unquote_plus, urlsplit

from reports.exchange import Exchange, Headers
from reports.row import RedactedExchange

BODY_LIMIT = 20_000  # characters of a body that are kept as evidence

_SHORTEST = 6  # a shorter value would be found inside ordinary words; it is masked only in its own place
_SECRET_NAME = re.compile(
    r"(secret|password|passwd|token|codeverifier|assertion|idtokenhint|devicecode|usercode|csrf|apikey|enrollqrcode)$"
)
_LABELS = {"secret": "client_secret", "enroll_qr_code": "totp_secret"}
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
_JWT = re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]*){1,4}")  # `eyJ` is `{"` in base64url: RFC 7515 section 3.3
_PAIR = re.compile(r"(?:^|[?&#]|&amp;)([\w.-]+)=([^&#\s\"'<>\\]*)", re.MULTILINE)
_JSON_MEMBER = re.compile(r"\"([\w-]+)\"\s*:\s*\"([^\"\\]*)\"")
_USER_INFO = re.compile(r"://[^/@:\s]+:([^/@\s]+)@")
_INPUT = re.compile(r"<input\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\b(name|value)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z]?[a-z]{0,10}")
_WORDS = re.compile(r"[A-Za-z]?[a-z]+(?:[-_ .][a-z]+)*|\d+")
_PROTOCOL_WORD = re.compile(
    r"(?:invalid|unsupported)_[a-z_]+|unauthorized_client|(?:access|refresh|id)_token"
    r"|client_(?:credentials|secret(?:_basic|_post|_jwt)?)|authorization_code"
)
_MARK = "\ue000"  # a private code point: stands around a variable's name until the line is quoted
_HEADERS_OF_CURL = frozenset(
    {"host", "content-length", "user-agent", "accept-encoding", "connection", "transfer-encoding"}
)


@dataclass(frozen=True)
class _Secret:
    """One learned value in one of its spellings."""

    text: str
    label: str
    placeholder: str
    bounded: bool  # made of plain words or digits: replaced only where it stands alone


class _Found(NamedTuple):
    """A secret as an exchange shows it: the name it stands beside, and what it is where that says more."""

    place: str
    value: str
    label: str = ""


class Redactor:
    """Takes secrets out of texts and exchanges.

    `key` makes the hashes in the placeholders: all processes of a run share it, so that a placeholder means
    the same in all of them; no two runs do.
    """

    def __init__(self, key: bytes) -> None:
        self.key = key
        self._lock = threading.Lock()
        self._known: set[str] = set()
        # By their last characters, which are random where the first (of JWTs, of prefixed tokens) are not.
        self._by_ending: dict[str, list[_Secret]] = {}

    def learn(self, value: str, label: str) -> None:
        """Replace `value` from now on; `label` says what it is, such as `client_secret`.

        A value of fewer than 6 characters, or one plain word of up to 11, is not learned: it would be found
        everywhere.
        Where it stands as a member of an exchange it is masked all the same.
        """
        if value in self._known or _too_plain(value):
            return
        with self._lock:
            if value in self._known:
                return
            placeholder = self._placeholder(value, label)
            bounded = _WORDS.fullmatch(value) is not None
            for text in _spellings(value):
                secret = _Secret(text, label if text == value else f"{label}_encoded", placeholder, bounded)
                self._by_ending.setdefault(text[-_SHORTEST:], []).append(secret)
            self._known.add(value)

    def learn_from(self, exchange: Exchange) -> None:
        """Learn the secrets that an exchange shows, before anything is said about it."""
        for found in _secrets_of(exchange):
            self.learn(found.value, _label(found.label or found.place))

    def text(self, text: str) -> str:
        """The text without any learned value and without anything that looks like a JWT."""
        return self._without(text, self._present_in(text), _placeholder_of)

    def exchange(self, exchange: Exchange) -> RedactedExchange:
        """The exchange as evidence. A body of more than `BODY_LIMIT` characters is cut, and says so."""
        view = self._view(exchange)
        clean = view.clean
        return RedactedExchange(
            purpose=clean(exchange.purpose),
            method=exchange.method,
            url=clean(exchange.url),
            request_headers=tuple(
                (name, clean(_readable(name, value))) for name, value in exchange.request_headers
            ),
            request_body=_cut(clean(exchange.request_body)),
            status=exchange.status,
            response_headers=tuple((name, clean(value)) for name, value in exchange.response_headers),
            response_body=_cut(clean(exchange.response_body)),
            error=None if exchange.error is None else clean(exchange.error),
            started=exchange.started,
            duration_ms=round(exchange.duration_ms, 3),
            sent=_sent(exchange, view),
            curl=_curl(exchange, view),
        )

    def sent(self, exchange: Exchange) -> str:
        """What was sent, on one line: method, path, parameters as they were meant, credentials."""
        return _sent(exchange, self._view(exchange))

    def curl(self, exchange: Exchange) -> str:
        """One shell line that sends the request again, secrets as variables such as `"$CLIENT_SECRET"`.

        A value that went out percent-encoded, and differs by that, is `"$CLIENT_SECRET_ENCODED"`.
        """
        return _curl(exchange, self._view(exchange))

    def _view(self, exchange: Exchange) -> _View:
        """What must be taken out of an exchange, looked for once in all that will be said of it."""
        plain: list[tuple[re.Pattern[str], _Secret]] = []
        for found in _secrets_of(exchange):
            value, label = found.value, _label(found.label or found.place)
            if not _too_plain(value):
                self.learn(value, label)
            elif value:
                place = re.compile(
                    rf"(\b{re.escape(found.place)}[\"']?\s*[:=]\s*[\"']?){re.escape(value)}(?![\w-])"
                )
                plain.append((place, _Secret(value, label, self._placeholder(value, label), bounded=True)))
        said = (
            exchange.purpose,
            exchange.url,
            *(_readable(name, value) for name, value in exchange.request_headers),
            *(value for _, value in exchange.request_headers + exchange.response_headers),
            exchange.request_body,
            unquote_plus(exchange.request_body),
            exchange.response_body,
            exchange.error or "",
        )
        return _View(self, self._present_in("\0".join(said)), plain)

    def _present_in(self, text: str) -> list[_Secret]:
        """The learned spellings that stand in a text, the longest first."""
        endings = {text[start : start + _SHORTEST] for start in range(len(text) - _SHORTEST + 1)}
        found = [
            secret
            for ending in endings & self._by_ending.keys()
            for secret in self._by_ending[ending]
            if secret.text in text
        ]
        return sorted(found, key=lambda secret: len(secret.text), reverse=True)

    def _without(self, text: str, present: Sequence[_Secret], show: Callable[[_Secret], str]) -> str:
        for secret in present:
            if secret.text not in text:
                continue
            if secret.bounded:
                alone = rf"(?<![\w-]){re.escape(secret.text)}(?![\w-])"
                text = re.sub(alone, lambda _, secret=secret: show(secret), text)  # type: ignore[misc]  # the default binds the loop variable
            else:
                text = text.replace(secret.text, show(secret))
        if "eyJ" not in text:
            return text
        return _JWT.sub(
            lambda match: show(_Secret(match[0], "jwt", self._placeholder(match[0], "jwt"), bounded=False)),
            text,
        )

    def _placeholder(self, value: str, label: str) -> str:
        digest = hmac.new(self.key, value.encode(), hashlib.sha256).hexdigest()[:4]
        return f"[{label}:{digest}{_jose_header(value)}]"


@dataclass(frozen=True)
class _View:
    """An exchange's secrets: those learned that stand in it, and those too plain to be learned, with their place."""

    redactor: Redactor
    present: Sequence[_Secret]
    plain: Sequence[tuple[re.Pattern[str], _Secret]]

    def clean(self, text: str, show: Callable[[_Secret], str] | None = None) -> str:
        """A text of the exchange without them; `show` says what stands in their place (else the placeholder)."""
        show = show or _placeholder_of
        text = self.redactor._without(text, self.present, show)  # noqa: SLF001  one thing in two classes
        for place, secret in self.plain:
            text = place.sub(lambda match, secret=secret: match[1] + show(secret), text)  # type: ignore[misc]  # the default binds the loop variable
        return text


def _placeholder_of(secret: _Secret) -> str:
    return secret.placeholder


def _sent(exchange: Exchange, view: _View) -> str:
    url = urlsplit(exchange.url)
    parts = [exchange.method, (url.path or "/") + (f"?{url.query}" if url.query else "")]
    content_type = _header(exchange.request_headers, "content-type")
    if "form" in content_type:
        parts += [
            f"{name}={value}" for name, value in parse_qsl(exchange.request_body, keep_blank_values=True)
        ]
    elif exchange.request_body:
        parts.append(exchange.request_body)
    for name, value in exchange.request_headers:
        if name.lower() in {"authorization", "cookie", "dpop", "origin"}:
            parts.append(f"({name}: {_readable(name, value)})")
    return _cut(view.clean(" ".join(parts).replace("\r", "\\r").replace("\n", "\\n")), 600)


def _curl(exchange: Exchange, view: _View) -> str:
    names: dict[str, str] = {}

    def name(key: str) -> str:
        # Two secrets of one kind are two variables, numbered as they stand in the line.
        kind = re.sub(r"\W", "_", key.partition("[")[0]).upper()
        if key not in names:
            alike = sum(other.startswith(f"{key.partition('[')[0]}[") for other in names)
            names[key] = f"{kind}_{alike + 1}" if alike else kind
        return names[key]

    def clean(text: str) -> str:
        return view.clean(text, lambda secret: f"{_MARK}{secret.label}{secret.placeholder}{_MARK}")

    words = ["curl", "-sS", "-i"]
    if exchange.method == "HEAD":
        words = ["curl", "-sS", "-I"]
    elif exchange.method != ("POST" if exchange.request_body else "GET"):
        words += ["-X", _quote(exchange.method, name)]
    if re.search(r"[\[\]{}]", exchange.url):
        words.append("-g")
    words.append(_quote(clean(exchange.url), name))
    for option, value in _options_of_curl(exchange):
        words += [option, _quote(clean(value), name)]
    return " ".join(words)


def _too_plain(value: str) -> bool:
    return (
        len(value) < _SHORTEST
        or _WORD.fullmatch(value) is not None
        or _PROTOCOL_WORD.fullmatch(value) is not None
    )


def _spellings(value: str) -> set[str]:
    """The value as it may stand in a URL, a form, a JSON string or HTML."""
    encoded = {quote(value, safe=""), quote(value), quote_plus(value)}
    lower = {re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), text) for text in encoded}
    return {value, json.dumps(value)[1:-1], html.escape(value)} | encoded | lower


def _label(name: str) -> str:
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).replace("-", "_").lower()
    return _LABELS.get(snake, snake)


def _jose_header(value: str) -> str:
    """What a JWT's header says of it, for the placeholder: the algorithm and the type are no secret."""
    if not _JWT.fullmatch(value):
        return ""
    first = value.split(".", maxsplit=1)[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
        shown = [(name, header[name]) for name in ("alg", "typ") if isinstance(header.get(name), str)]
    except (ValueError, AttributeError):
        return ""
    return "".join(f" {name}={text}" for name, text in shown if re.fullmatch(r"[\w+./-]{1,20}", text))


def _basic(authorization: str) -> tuple[str, str] | None:
    """Id and secret of Basic credentials (RFC 7617 section 2); None where they cannot be read."""
    scheme, _, blob = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, secret = base64.b64decode(blob, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, secret) if colon else None


def _readable(name: str, value: str) -> str:
    """Basic credentials decoded, so that the client id can be read and only its secret is replaced."""
    pair = _basic(value) if name.lower() == "authorization" else None
    return f"Basic base64({pair[0]}:{pair[1]})" if pair else value


def _header(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


def _cut(text: str, limit: int = BODY_LIMIT) -> str:
    return text if len(text) <= limit else f"{text[:limit]} [... {len(text) - limit} more characters]"


def _options_of_curl(exchange: Exchange) -> Iterator[tuple[str, str]]:
    for name, value in exchange.request_headers:
        pair = _basic(value) if name.lower() == "authorization" else None
        if pair:
            yield "-u", f"{pair[0]}:{pair[1]}"
        elif name.lower() not in _HEADERS_OF_CURL and (name.lower(), value) != ("accept", "*/*"):
            yield "-H", f"{name}: {value}"
    if exchange.request_body:
        if not _header(exchange.request_headers, "content-type"):
            yield "-H", "Content-Type:"  # else curl adds one of its own
        yield "--data-raw", exchange.request_body


def _quote(text: str, name: Callable[[str], str]) -> str:
    """The text as one shell word; what stands between two marks is a secret: `name` gives its variable."""
    pieces = text.split(_MARK)
    words = []
    for index, piece in enumerate(pieces):
        if index % 2:
            words.append(f'"${name(piece)}"')
        elif any(not character.isprintable() for character in piece):
            escaped = piece.replace("\\", "\\\\").replace("'", "\\'")
            words.append(
                "$'" + re.sub(r"[\x00-\x1f\x7f]", lambda match: f"\\x{ord(match[0]):02x}", escaped) + "'"
            )
        elif piece or len(pieces) == 1:
            words.append(shlex.quote(piece))
    return "".join(words)


def _secrets_of(exchange: Exchange) -> Iterator[_Found]:
    """Every secret that the exchange shows by its place in the protocol."""
    for headers in (exchange.request_headers, exchange.response_headers):
        for name, value in headers:
            yield from _secrets_of_header(name.lower(), value)
    redirected = _header(exchange.response_headers, "location")
    yield from _secrets_of_pairs(exchange.url)
    yield from _secrets_of_pairs(redirected, is_redirect=True)
    for body in (exchange.request_body, exchange.response_body):
        yield from _secrets_of_body(body)


def _secrets_of_header(name: str, value: str) -> Iterator[_Found]:
    if name in {"authorization", "proxy-authorization"}:
        scheme, _, credentials = value.partition(" ")
        if pair := _basic(value):
            yield _Found(pair[0], pair[1], "client_secret")
            # RFC 6749 section 2.3.1: percent-encoded before id and secret are joined
            yield _Found(pair[0], unquote_plus(pair[1]), "client_secret")
        if scheme.lower() == "basic":
            yield _Found(name, credentials.strip(), "basic_credentials")
        else:
            yield _Found(name, credentials.strip(), "access_token")
    elif name == "cookie":
        for cookie in value.split(";"):
            key, _, content = cookie.strip().partition("=")
            yield _Found(key, content.strip('"'), "cookie")
    elif name == "set-cookie":
        key, _, content = value.partition(";")[0].strip().partition("=")
        yield _Found(key, content.strip('"'), "cookie")
    elif _is_secret(name):
        yield _Found(name, value)


def _secrets_of_body(body: str) -> Iterator[_Found]:
    if not body:
        return
    if body.lstrip()[:1] in {"{", "["}:
        try:
            yield from _secrets_of_json(json.loads(body))
        except ValueError:
            yield from _secrets_of_members(dict(_JSON_MEMBER.findall(body)))  # broken, and sent all the same
        else:
            return
    yield from _secrets_of_pairs(body)
    fields: dict[str, str] = {}
    for tag in _INPUT.findall(body):
        attributes = {key.lower(): html.unescape(one or two) for key, one, two in _ATTRIBUTE.findall(tag)}
        if attributes.get("name"):
            fields[attributes["name"]] = attributes.get("value", "")
    yield from _secrets_of_members(fields)


def _secrets_of_pairs(text: str, *, is_redirect: bool = False) -> Iterator[_Found]:
    """The secrets among `name=value` pairs: a query, a fragment, a form, links in a page."""
    if match := _USER_INFO.search(text):
        yield _Found("", unquote(match[1]), "password")
    pairs = [(name, unquote_plus(value)) for name, value in _PAIR.findall(text)]
    names = {name for name, _ in pairs}
    for name, value in pairs:
        # A form may hold one name twice, so the pairs are judged one by one, each beside all the names.
        yield from _secrets_of_members({name: value}, names=names | ({"state"} if is_redirect else set()))
    methods = [value for name, value in pairs if name == "code_challenge_method"]
    if not methods or "plain" in methods:
        yield from (_Found(name, value, "code_verifier") for name, value in pairs if name == "code_challenge")


def _secrets_of_members(members: dict[str, Any], names: set[str] | None = None) -> Iterator[_Found]:
    beside = names if names is not None else set(members)
    for name, value in members.items():
        # `code` is an authorization code only in the company of OAuth; FHIR has codes of its own.
        secret = _is_secret(name) or (name == "code" and beside & _CODE_COMPANIONS)
        if secret and isinstance(value, str):
            yield _Found(name, value)
            yield from _secrets_in_claims(value)


def _secrets_of_json(value: Any) -> Iterator[_Found]:
    if isinstance(value, dict):
        yield from _secrets_of_members(value)
        challenge = value.get("codeChallenge", value.get("code_challenge"))
        method = value.get("codeChallengeMethod", value.get("code_challenge_method"))
        if isinstance(challenge, str) and method in {None, "plain"}:
            yield _Found(
                "codeChallenge", challenge, "code_verifier"
            )  # RFC 7636 section 4.2: a plain challenge is the verifier
        if "kty" in value:
            yield from (
                _Found(name, value[name], "private_key")
                for name in _PRIVATE_JWK_MEMBERS
                if isinstance(value.get(name), str)
            )
        # A FHIR parameter or a JSON Patch operation names its member in another one.
        named = str(value.get("name") or value.get("path") or "").rpartition("/")[2]
        content = value.get("valueString", value.get("value"))
        if isinstance(content, str) and _is_secret(named):
            yield _Found("value", content, named)
        for member in value.values():
            yield from _secrets_of_json(member)
    elif isinstance(value, list):
        for member in value:
            yield from _secrets_of_json(member)
    elif isinstance(value, str) and "=" in value:
        yield from _secrets_of_pairs(value)


def _secrets_in_claims(token: str) -> Iterator[_Found]:
    """Secrets that a token carries inside, such as the one that a refresh token is compared by."""
    parts = token.split(".")
    if not _JWT.fullmatch(token) or len(parts) != 3:
        return
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return
    if isinstance(claims, dict):
        yield from (
            _Found(name, value)
            for name, value in claims.items()
            if isinstance(value, str) and _is_secret(name)
        )


def _is_secret(name: str) -> bool:
    return _SECRET_NAME.search(re.sub(r"[^a-z]", "", name.lower())) is not None
