"""A `Redactor` learns secrets from the exchanges it sees, and replaces them wherever they stand.

`[access_token:3f9a]` says what stood there, and the four hex digits, a keyed hash of the value, let a reader see that
two places held the same one. Client ids, `state`, `nonce`, S256 challenges and login ids stay readable: without them no
finding could be followed.

Redact first, shorten afterwards: half a secret cannot be recognised.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from urllib.parse import parse_qsl, urlsplit

from reports.exchange import Exchange
from reports.redaction import curl
from reports.redaction.detect import LOOKED_AT, Found, basic, jose_header, jose_of, jwts_in, secrets_of
from reports.redaction.secret import Index, Place, Secret, is_too_plain
from reports.row import ReadToken, RedactedExchange
from reports.visible import visible

BODY_LIMIT = 20_000  # characters of a body that are kept as evidence
_SENT_LIMIT = 600
_REMEMBERED = 256  # exchanges of which it is remembered what they hold

_LABELS = {"secret": "client_secret", "enroll_qr_code": "totp_secret"}
_Show = Callable[[Secret], str]
_Plain = tuple[re.Pattern[str], Secret]


class Redactor:
    """Takes secrets out of texts and exchanges.

    `key` makes the hashes in the placeholders: all processes of a run share it, so that a placeholder means
    the same in all of them; no two runs do.
    """

    def __init__(self, key: bytes) -> None:
        self.key = key
        self._lock = threading.Lock()
        self._known: dict[str, Secret] = {}
        self._longest = 0
        self._index = Index()
        self._issued: set[str] = set()  # JWTs that answers brought
        self._seen: OrderedDict[Exchange, tuple[_Plain, ...]] = OrderedDict()

    def learn(self, value: str, label: str) -> None:
        """Replace `value` from now on; `label` says what it is, such as `client_secret`.

        A value of fewer than 6 characters, or one plain word of up to 11, is not learned: it would be found
        everywhere. Where it stands as a member of an exchange it is masked all the same.
        """
        if value in self._known or is_too_plain(value):
            return
        with self._lock:
            if value in self._known:
                return
            secret = Secret(value, label, self._placeholder(value, label))
            self._index.add(secret)
            self._longest = max(self._longest, len(value))
            self._known[value] = secret

    def learn_from(self, exchange: Exchange) -> None:
        """Learn the secrets that an exchange shows, before anything is said about it."""
        self._look_at(exchange)

    def text(self, text: str) -> str:
        """The text without any learned value and without anything that looks like a JWT, and fit to be shown."""
        return visible(self._without([text], (), _placeholder_of)[0])

    def exchange(self, exchange: Exchange) -> RedactedExchange:
        """The exchange as evidence. A body of more than `BODY_LIMIT` characters is cut, and says so."""
        plain = self._look_at(exchange)
        sent, came = exchange.request_headers, exchange.response_headers
        texts = self._without(
            [
                exchange.purpose,
                exchange.url,
                exchange.request_body,
                exchange.response_body,
                exchange.error or "",
                *(readable(name, value) for name, value in sent),
                *(value for _, value in came),
            ],
            plain,
            _placeholder_of,
            BODY_LIMIT,
        )
        purpose, url, request_body, response_body, error, *values = map(visible, texts)
        names = [visible(name) for name, _ in (*sent, *came)]
        headers = tuple(zip(names, values, strict=True))
        return RedactedExchange(
            purpose=purpose,
            method=visible(exchange.method),
            url=url,
            request_headers=headers[: len(sent)],
            request_body=request_body,
            status=exchange.status,
            response_headers=headers[len(sent) :],
            response_body=response_body,
            error=None if exchange.error is None else error,
            started=exchange.started,
            duration_ms=round(exchange.duration_ms, 3),
            tokens=tuple(self._tokens(exchange)),
            curl=self.curl(exchange),
        )

    def sent(self, exchange: Exchange) -> str:
        """What was sent, on one line: method, path, parameters as they were meant, credentials."""
        plain = self._look_at(exchange)
        line = " ".join(_parts_sent(exchange)).replace("\r", "\\r").replace("\n", "\\n")
        return visible(self._without([line], plain, _placeholder_of, _SENT_LIMIT)[0])

    def curl(self, exchange: Exchange) -> str:
        """One shell line that sends the request again, secrets as variables such as `"$CLIENT_SECRET"`.

        A value that went out percent-encoded, and differs by that, is `"$CLIENT_SECRET_ENCODED"`; one that nobody had
        given out is `"$WRONG_SECRET"`.
        """
        plain, names = self._look_at(exchange), curl.Names()
        return curl.line(exchange, lambda texts: self._without(texts, plain, names.mark))

    def _look_at(self, exchange: Exchange) -> tuple[_Plain, ...]:
        """Learns the secrets of an exchange; gives those that are too plain to be learned, with their place."""
        if exchange in self._seen:
            self._seen.move_to_end(exchange)
            return self._seen[exchange]
        plain: list[_Plain] = []
        for found in secrets_of(exchange):
            label = self._label(found)
            if not is_too_plain(found.value):
                self.learn(found.value, label)
            elif found.value:
                secret = Secret(found.value, label, self._placeholder(found.value, label))
                plain.append((_at_its_place(found), secret))
        self._seen[exchange] = tuple(plain)
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return tuple(plain)

    def _label(self, found: Found) -> str:
        """What a secret is."""
        name = found.label or found.place
        snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).replace("-", "_").lower()
        if found.sent and snake == "client_secret" and found.value not in self._known:
            return "wrong_secret"  # a client authenticates with it, and nobody has given it to the harness
        return _LABELS.get(snake, snake)

    def _tokens(self, exchange: Exchange) -> Iterator[ReadToken]:
        """The JWTs that an answer brought, and those of a request that no answer had brought."""
        came = exchange.response_body[:LOOKED_AT] + " ".join(exchange.headers("location"))
        sent = " ".join(
            [exchange.url, exchange.request_body, *(value for _, value in exchange.request_headers)]
        )
        tokens = {came[slice(*span)]: None for span in jwts_in(came)}
        self._issued.update(tokens)
        tokens.update(
            (sent[slice(*span)], None) for span in jwts_in(sent) if sent[slice(*span)] not in self._issued
        )
        for token in tokens:
            if read := jose_of(token):
                header, claims = (json.dumps(part, ensure_ascii=False) for part in read)
                yield ReadToken(self._jwt(token).placeholder, self.text(header), self.text(claims))

    def _without(
        self, texts: Sequence[str], plain: Iterable[_Plain], show: _Show, limit: int | None = None
    ) -> list[str]:
        """The texts without secrets. A secret that begins before `limit` is seen as a whole, then a text is cut."""
        seen = texts if limit is None else [text[: limit + self._longest] for text in texts]
        joined = "\0".join(seen)  # looked through once, however many they are
        places = list(self._index.find(joined))
        places += [Place(*span, self._jwt(joined[slice(*span)])) for span in jwts_in(joined)]
        for place, secret in plain:
            places += [Place(*match.span(1), secret) for match in place.finditer(joined)]
        left = deque(_merged(joined, places))
        start, clean = 0, []
        for text in texts:
            cut = limit is not None and len(text) > limit
            end = start + (limit if cut and limit is not None else len(text))
            rest = f" [... {len(text) - limit} more characters]" if cut and limit is not None else ""
            clean.append("".join(_replaced(joined, left, start, end, show)) + rest)
            start += len(text if limit is None else text[: limit + self._longest]) + 1
            while left and left[0].start < start:
                left.popleft()
        return clean

    def _jwt(self, value: str) -> Secret:
        """What has the shape of a JWT, known or not."""
        return self._known.get(value) or Secret(value, "jwt", self._placeholder(value, "jwt"))

    def _placeholder(self, value: str, label: str) -> str:
        digest = hmac.new(self.key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:4]
        header = jose_header(value)
        shown = [(name, header[name]) for name in ("alg", "typ") if isinstance(header.get(name), str)]
        jose = "".join(f" {name}={text}" for name, text in shown if re.fullmatch(r"[\w+./-]{1,20}", text))
        return f"[{label}:{digest}{jose}]"


def _replaced(text: str, places: Iterable[Place], start: int, end: int, show: _Show) -> Iterator[str]:
    """The text from `start` to `end`, with what stands at the places shown."""
    for place in places:
        if place.start >= end:
            break
        yield text[start : place.start]
        yield show(place.secret)
        start = place.end
    yield text[start : max(start, end)]


def _merged(text: str, places: list[Place]) -> list[Place]:
    """The places in order; those that overlap are one, of the longest secret."""
    merged: list[Place] = []
    for place in sorted(places, key=lambda place: (place.start, -place.end)):
        if place.secret.is_words and not _stands_alone(text, place):
            continue
        if merged and place.start < merged[-1].end:
            one, other = merged[-1], place
            longest = max(one, other, key=lambda each: each.end - each.start)
            merged[-1] = Place(one.start, max(one.end, other.end), longest.secret)
        else:
            merged.append(place)
    return merged


def _stands_alone(text: str, place: Place) -> bool:
    around = text[max(place.start - 1, 0) : place.start] + text[place.end : place.end + 1]
    return not re.search(r"[\w-]", around)


def _at_its_place(found: Found) -> re.Pattern[str]:
    return re.compile(
        rf"\b{re.escape(found.place)}[\"']?\s{{0,8}}[:=]\s{{0,8}}[\"']?({re.escape(found.value)})(?![\w-])"
    )


def _placeholder_of(secret: Secret) -> str:
    return secret.placeholder


def readable(name: str, value: str) -> str:
    """Basic credentials decoded, so that the client id can be read and only its secret is replaced."""
    pair = basic(value) if name.lower() == "authorization" else None
    return f"Basic base64({pair[0]}:{pair[1]})" if pair else value


def _parts_sent(exchange: Exchange) -> Iterator[str]:
    url = urlsplit(exchange.url)
    yield exchange.method
    yield (url.path or "/") + (f"?{url.query}" if url.query else "")
    if "form" in next(
        (value for name, value in exchange.request_headers if name.lower() == "content-type"), ""
    ):
        yield from (
            f"{name}={value}" for name, value in parse_qsl(exchange.request_body, keep_blank_values=True)
        )
    elif exchange.request_body:
        yield exchange.request_body
    for name, value in exchange.request_headers:
        if name.lower() in {"authorization", "cookie", "dpop", "origin"}:
            yield f"({name}: {readable(name, value)})"
