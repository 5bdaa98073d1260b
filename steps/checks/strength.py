"""Whether a secret value can be guessed, as far as a few samples can tell."""

from __future__ import annotations

import math
import string
from collections.abc import Sequence

from reports.deviation import Deviation
from reports.exchange import Exchange

_ALPHABETS = (string.digits, string.digits + "abcdef", string.digits + string.ascii_lowercase)


def bits(value: str) -> float:
    """The most that a value can hold: its length times the bits of the smallest alphabet that it fits in."""
    for alphabet in _ALPHABETS:
        if set(value.lower()) <= set(alphabet):
            mixed = value not in (value.lower(), value.upper())
            return len(value) * math.log2(len(alphabet) + 26 * mixed)
    return len(value) * 6.0


def unguessable(values: Sequence[str], what: str, exchange: Exchange, least: int = 128) -> None:
    """All differ, each could hold `least` bits (RFC 6749 section 10.10), and less than half is the same."""
    expected = [f"{what} that all differ, of {least} bits at least, with less than half in common"]
    if len(set(values)) < len(values):
        raise Deviation("weak", expected, f"{len(values)} {what}, and two are the same", exchange)
    poorest = min(map(bits, values))
    if poorest < least:
        raise Deviation("weak", expected, f"{what} that can hold {poorest:.0f} bits at most", exchange)
    same = sum(len(set(column)) == 1 for column in zip(*values, strict=False))
    if same * 2 >= min(map(len, values)):
        raise Deviation(
            "weak", expected, f"{same} of {min(map(len, values))} characters are the same in all", exchange
        )
