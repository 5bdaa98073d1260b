"""Whether codes, tokens and generated secrets are long and varied enough (RFC 6749 section 10.10)."""

from __future__ import annotations

import math
import string
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from reports.deviation import Deviation
from reports.exchange import Exchange

BITS = 128

# The smallest of these that holds all characters is taken for the one that the server draws from.
ALPHABETS = (
    string.digits,
    "0123456789abcdef",
    "0123456789ABCDEF",
    string.ascii_lowercase,
    string.ascii_lowercase + string.digits,
    string.ascii_letters + string.digits,
    string.ascii_letters + string.digits + "-_",
)
ANY = 94  # printable ASCII but the space
MANY = 8  # so many random values are not alike in a place by chance
RUN = 6  # so many places in a row are not alike by chance in two values


@dataclass(frozen=True)
class Given:
    """Secrets that a server gave out, all of one kind, with the answer that the last one came in."""

    what: str
    values: tuple[str, ...]
    exchange: Exchange | None = None


def unguessable(values: Sequence[str], what: str, exchange: Exchange | None = None) -> None:
    """All differ, and what varies in them is worth at least 128 bits."""
    expected = [f"{what} that all differ and hold at least {BITS} bits each"]
    if len(set(values)) < len(values):
        raise Deviation(
            "weak", expected, f"{len(values)} {what}, {len(set(values))} of them different", exchange
        )
    bits = entropy(values)
    if bits < BITS:
        raise Deviation("weak", expected, f"{what} hold at most {bits:.0f} bits", exchange)


def entropy(values: Sequence[str]) -> float:
    """The most bits that the shortest of some values can hold, as far as the eye can tell.

    A place where all are alike holds nothing; one that varies holds at most what its alphabet does. Of a few values
    some places are alike by chance, so with fewer than eight only a run of six counts.
    """
    shortest = min(len(value) for value in values)
    alike = [len({value[place] for value in values}) == 1 for place in range(shortest)]
    if len(values) < MANY:
        alike = _runs(alike, RUN)
    return (shortest - sum(alike)) * math.log2(_alphabet(values))


def _runs(alike: Sequence[bool], least: int) -> list[bool]:
    """The same places, without those that do not stand in a run of at least so many."""
    kept: list[bool] = []
    for same, group in groupby(alike):
        length = len(list(group))
        kept += [same and length >= least] * length
    return kept


def _alphabet(values: Sequence[str]) -> int:
    used = set("".join(values)) - (set("-") if _dashed(values) else set())
    return next((len(each) for each in ALPHABETS if used <= set(each)), ANY)


def _dashed(values: Sequence[str]) -> bool:
    """Whether dashes only separate groups, as in a UUID."""
    places = [{index for index, character in enumerate(value) if character == "-"} for value in values]
    return all(each == places[0] for each in places)
