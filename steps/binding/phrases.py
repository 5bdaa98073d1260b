"""Matches a step against its sentence, placeholder by placeholder.

The `parse` library makes one regular expression of each sentence with all that its placeholders may be, which takes a
second for a vocabulary of phrases: here the pattern of a kind of phrase is compiled once, whatever sentences hold it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pytest_bdd.parsers import StepParser, parse

_PLACEHOLDER = re.compile(r"\{(\w+)(?::(\w+))?\}")


@dataclass(frozen=True)
class Placeholder:
    """A part of a sentence that varies: its name, what it may be, and what is made of it."""

    name: str
    pattern: re.Pattern[str]
    convert: Callable[[str], Any]


class Phrases(StepParser):
    """Takes the place of `parse` and `cfparse`, whose sentences it reads; case counts."""

    def __init__(self, parser: parse) -> None:
        super().__init__(parser.name)
        inner: Any = parser.parser
        self._parts = list(_parts_of(parser.name, inner._extra_types))  # noqa: SLF001  what the library was given

    def is_matching(self, name: str) -> bool:
        """Whether a step says this sentence."""
        return (
            all(part in name for part in self._parts if isinstance(part, str))
            and self._spans(name) is not None
        )

    def parse_arguments(self, name: str) -> dict[str, Any] | None:
        """What the placeholders stand for in a step, converted; None where it says another sentence."""
        spans = self._spans(name)
        if spans is None:
            return None
        placeholders = [part for part in self._parts if isinstance(part, Placeholder)]
        return {each.name: each.convert(text) for each, text in zip(placeholders, spans, strict=True)}

    @property
    def placeholders(self) -> set[str]:
        """The names of the placeholders."""
        return {part.name for part in self._parts if isinstance(part, Placeholder)}

    def _spans(self, text: str) -> list[str] | None:
        return _match(self._parts, text, 0)


def _parts_of(sentence: str, types: dict[str, Any]) -> Iterator[str | Placeholder]:
    at = 0
    for found in _PLACEHOLDER.finditer(sentence):
        if found.start() > at:
            yield sentence[at : found.start()]
        name, kind = found[1], found[2] or ""
        if kind == "d":
            yield Placeholder(name, _compiled(r"\d+"), int)
        elif kind:
            yield Placeholder(name, _compiled(types[kind].pattern), types[kind])
        else:
            yield Placeholder(name, _compiled(".+"), str)
        at = found.end()
    if at < len(sentence):
        yield sentence[at:]


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _match(parts: Sequence[str | Placeholder], text: str, at: int) -> list[str] | None:
    """The texts of the placeholders, the first as short as can be; None where the text is another sentence."""
    if not parts:
        return [] if at == len(text) else None
    first, rest = parts[0], parts[1:]
    if isinstance(first, str):
        return _match(rest, text, at + len(first)) if text.startswith(first, at) else None
    for end in _ends(rest, text, at):
        if first.pattern.fullmatch(text, at, end):
            found = _match(rest, text, end)
            if found is not None:
                return [text[at:end], *found]
    return None


def _ends(rest: Sequence[str | Placeholder], text: str, at: int) -> Iterator[int]:
    """Where a placeholder may end: where what comes after it begins."""
    if not rest:
        yield len(text)
    elif isinstance(rest[0], str):
        end = text.find(rest[0], at)
        while end >= 0:
            yield end
            end = text.find(rest[0], end + 1)
    else:
        yield from range(at, len(text) + 1)
