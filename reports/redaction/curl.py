"""A request as a curl line that sends it again, with variables in the place of secrets."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator

from reports.exchange import Exchange
from reports.redaction.detect import basic
from reports.redaction.secret import Secret

# Two private code points stand around the name of a variable until the line is quoted.
_OPEN, _CLOSE = "\ue002", "\ue003"
_VARIABLE = re.compile(f"{_OPEN}(\\w+){_CLOSE}")
_LEFT_TO_CURL = frozenset(
    {"host", "content-length", "user-agent", "accept-encoding", "connection", "transfer-encoding"}
)


class Names:
    """The variables of one command: two secrets of one kind have two names, numbered as they stand in it."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], str] = {}

    def of(self, secret: Secret) -> str:
        """The variable of a secret, such as CLIENT_SECRET."""
        kind = re.sub(r"\W", "_", secret.label).upper()
        key = (kind, secret.value)
        if key not in self._names:
            alike = sum(other == kind for other, _ in self._names)
            self._names[key] = f"{kind}_{alike + 1}" if alike else kind
        return self._names[key]

    def mark(self, secret: Secret) -> str:
        """The variable of a secret, marked for `quoted`."""
        return f"{_OPEN}{self.of(secret)}{_CLOSE}"


def line(exchange: Exchange, clean: Callable[[list[str]], list[str]]) -> str:
    """The line; `clean` puts the marks of `Names` in the place of secrets, in all texts at once."""
    words = list(_words(exchange))
    meant = [_unmarked(word[1]) for word in words if isinstance(word, tuple)]
    texts = iter(clean(meant))
    return " ".join(quoted(next(texts)) if isinstance(word, tuple) else word for word in words)


def _words(exchange: Exchange) -> Iterator[str | tuple[str, str]]:
    """The words of the command: options as they are, texts of the exchange behind a mark that they are such."""
    yield from ("curl", "-sS", "-I" if exchange.method == "HEAD" else "-i")
    if exchange.method not in ("HEAD", "POST" if exchange.request_body else "GET"):
        yield from ("-X", ("text", exchange.method))
    if re.search(r"[\[\]{}]", exchange.url):
        yield "-g"
    yield ("text", exchange.url)
    for option, value in _options(exchange):
        yield from (option, ("text", value))


def _options(exchange: Exchange) -> Iterator[tuple[str, str]]:
    has_type = False
    for name, value in exchange.request_headers:
        has_type = has_type or name.lower() == "content-type"
        pair = basic(value) if name.lower() == "authorization" else None
        if pair:
            yield "-u", f"{pair[0]}:{pair[1]}"
        elif name.lower() not in _LEFT_TO_CURL and (name.lower(), value) != ("accept", "*/*"):
            yield "-H", f"{name}: {value}" if value else f"{name};"  # `X:` would take the header away
    if exchange.request_body:
        if not has_type:
            yield "-H", "Content-Type:"  # else curl adds one of its own
        yield "--data-raw", exchange.request_body


def _unmarked(text: str) -> str:
    """A text of the request, in which none of our marks may stand."""
    return text.replace(_OPEN, "").replace(_CLOSE, "") if not text.isascii() else text


def quoted(text: str) -> str:
    """The text as one shell word; what `Names.mark` has marked is a variable in it."""
    words = []
    for index, piece in enumerate(_VARIABLE.split(text)):
        if index % 2:
            words.append(f'"${piece}"')
        elif not piece.isprintable():
            escaped = piece.replace("\\", "\\\\").replace("'", "\\'")
            words.append("$'" + "".join(map(_escaped, escaped)) + "'")
        elif piece:
            words.append(shlex.quote(piece))
    return "".join(words) or "''"


def _escaped(character: str) -> str:
    """A character within $'...', byte by byte where it cannot be seen: the shell's locale does not matter then."""
    if character.isprintable():
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogatepass"))
