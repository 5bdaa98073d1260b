"""Parse types out of tables: a phrase that is in no table is an undefined step."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")


def one_of(phrases: Mapping[str, T]) -> Callable[[str], T]:
    """A parse type that matches one of the phrases and gives what it means."""
    return matching(alternatives(phrases), phrases.__getitem__)


def matching(pattern: str, convert: Callable[[str], T]) -> Callable[[str], T]:
    """A parse type that matches a pattern, which must not capture, and converts the text."""

    def converted(text: str) -> T:
        return convert(text)

    converted.__dict__["pattern"] = pattern  # where the `parse` library looks for it
    return converted


def alternatives(phrases: Iterable[str]) -> str:
    """A pattern for one of the phrases, the longest first."""
    return "|".join(re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True))
