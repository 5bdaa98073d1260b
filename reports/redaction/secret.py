"""A secret, the ways in which it may be written, and where it stands in a text."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple
from urllib.parse import quote, quote_plus, unquote

SHORTEST = 6  # a shorter value would be found inside ordinary words; it is masked only in its own place

_WORD = re.compile(r"[A-Za-z]?[a-z]{0,10}")
_WORDS = re.compile(r"[A-Za-z]?[a-z]+(?:[-_ .][a-z]+)*|\d+")
_PROTOCOL_WORD = re.compile(
    r"(?:invalid|unsupported)_[a-z_]+|unauthorized_client|(?:access|refresh|id)_token"
    r"|client_(?:credentials|secret(?:_basic|_post|_jwt)?)|authorization_code"
)
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}|&[#\w]{2,10};|\\[ux/\"]")
_GRAM, _STEP = 8, 4  # a text is looked at in pieces of so many characters, at every so many


@dataclass(frozen=True)
class Secret:
    """One learned value; `label` says what it is, `placeholder` stands in its place."""

    value: str
    label: str
    placeholder: str

    @cached_property
    def is_words(self) -> bool:
        """Made of plain words or digits: replaced only where it stands alone."""
        return _WORDS.fullmatch(self.value) is not None

    @cached_property
    def encoded(self) -> Secret:
        """The same, as it is written in a URL, a form, a JSON string or HTML: another variable in a command."""
        return Secret(self.value, f"{self.label}_encoded", self.placeholder)


class Place(NamedTuple):
    """Where a secret stands in a text."""

    start: int
    end: int
    secret: Secret


class Index:
    """Finds learned secrets in a text, in time that does not grow with their number.

    The last characters of each, which are random where the first (of JWTs, of prefixed tokens) are not, are kept in
    pieces; a text is looked at in pieces of the same length. Base64 and hex are found at every alignment.
    """

    def __init__(self) -> None:
        self._pieces: dict[str, list[tuple[str, Secret]]] = {}
        self._short: list[tuple[str, Secret]] = []

    def add(self, secret: Secret) -> None:
        """Finds this one from now on."""
        for written, meant in _spellings(secret):
            if len(written) < _GRAM + _STEP - 1:
                self._short.append((written, meant))
                continue
            for shift in range(_STEP):
                end = len(written) - shift
                self._pieces.setdefault(written[end - _GRAM : end], []).append((written, meant))

    def find(self, text: str) -> Iterator[Place]:
        """Every secret in a text, in any spelling; places may overlap."""
        plain = list(self._written(text))
        yield from plain
        if _ESCAPE.search(text):
            yield from self._escaped(text, plain)

    def _written(self, text: str) -> Iterator[Place]:
        # Both loops run within the interpreter: of the pieces of a text hardly any is known.
        pieces = map(text.__getitem__, _slices(len(text)))
        known = [(at, piece) for at, piece in enumerate(pieces) if piece in self._pieces]
        for at, piece in known:
            for written, secret in self._pieces[piece]:
                start = at * _STEP - written.rfind(piece)
                if start >= 0 and text.startswith(written, start):
                    yield Place(start, start + len(written), secret)
        for written, secret in self._short:
            start = text.find(written)
            while start >= 0:
                yield Place(start, start + len(written), secret)
                start = text.find(written, start + 1)

    def _escaped(self, text: str, plain: list[Place]) -> Iterator[Place]:
        """Where a secret stands with some of its characters escaped, once or more than once."""
        decoded, known = text, {place.secret.value for place in plain}
        for _ in range(3):
            before, decoded = decoded, html.unescape(unquote(_unslashed(decoded)))
            if decoded == before:
                return
            for place in list(self._written(decoded)):
                if place.secret.value not in known:
                    known.add(place.secret.value)
                    for match in _in_any_spelling(place.secret.value).finditer(text):
                        yield Place(*match.span(), place.secret.encoded)


_SLICES: list[slice] = []


def _slices(length: int) -> list[slice]:
    """The pieces in which a text of this length is looked at; made once, for most texts are short."""
    number = max(0, (length - _GRAM) // _STEP + 1)
    if number > 10_000:
        return [slice(at, at + _GRAM) for at in range(0, number * _STEP, _STEP)]
    _SLICES.extend(slice(at * _STEP, at * _STEP + _GRAM) for at in range(len(_SLICES), number))
    return _SLICES[:number]


def is_too_plain(value: str) -> bool:
    """Whether a value would be found everywhere: too short, one plain word, or a word of the protocols."""
    return (
        len(value) < SHORTEST
        or _WORD.fullmatch(value) is not None
        or _PROTOCOL_WORD.fullmatch(value) is not None
    )


def _spellings(secret: Secret) -> Iterator[tuple[str, Secret]]:
    """The ways in which a secret is usually written, each with what it then is."""
    value = secret.value
    yield value, secret
    escaped = {
        quote(value, safe=""),
        quote(value),
        quote_plus(value),
        json.dumps(value)[1:-1],
        html.escape(value),
    }
    lower = {re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), text) for text in escaped}
    for text in (escaped | lower) - {value}:
        yield text, secret.encoded
    if len(value) >= 2 * SHORTEST:
        data = value.encode("utf-8", "surrogatepass")
        yield data.hex(), secret.encoded
        yield data.hex().upper(), secret.encoded
        for skipped in range(3):
            # Whatever stands before and behind it, these groups of three bytes are encoded by themselves.
            whole = data[skipped : skipped + (len(data) - skipped) // 3 * 3]
            standard = base64.b64encode(whole).decode()
            yield standard, secret.encoded
            if "+" in standard or "/" in standard:
                yield standard.translate(_URL_SAFE), secret.encoded


_URL_SAFE = str.maketrans("+/", "-_")


@cache
def _in_any_spelling(value: str) -> re.Pattern[str]:
    """The value with each character as it is, percent-encoded, or escaped for JSON, JavaScript or HTML."""
    return re.compile("".join(map(_any_of, value)))


@cache
def _any_of(character: str) -> str:
    code = ord(character)
    percent = "".join(rf"{_PERCENT}(?:25)*{byte:02x}" for byte in character.encode("utf-8", "surrogatepass"))
    entity = rf"&(?:amp;)*(?:#0*{code};?|#x0*{code:x};?|{_ENTITIES.get(character, '#')};)"
    written = [rf"\\*{re.escape(character)}", rf"\\*u{code:04x}", rf"\\*x{code:02x}", percent, entity]
    if character == " ":
        written.append(r"\+")
    return f"(?:{written[0]}|(?i:{'|'.join(written[1:])}))"


_PERCENT = r"(?:%|&(?:amp;)*#0*37;|&(?:amp;)*#x0*25;|\\*u0025|\\*x25)"
_ENTITIES = {
    "&": "amp",
    "<": "lt",
    ">": "gt",
    '"': "quot",
    "'": "apos",
    "/": "sol",
    "+": "plus",
    "=": "equals",
}


def _unslashed(text: str) -> str:
    """JSON and JavaScript escapes undone."""
    if "\\" not in text:
        return text
    return re.sub(
        r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([/\"'\\]))",
        lambda match: match[3] or chr(int(match[1] or match[2], 16)),
        text,
    )
