"""The ways in which a scenario can end other than well, as exceptions.

`Deviation` says that the target broke a rule, `NotApplicable` that the rule does not concern this target,
`Blocked` that nothing could be learned, `HarnessError` that the harness or the network failed. A scenario that
raises none of them passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from reports.exchange import Exchange

Kind = Literal[
    "accepted",  # a request that had to be refused was served
    "refused",  # a request that had to be served was refused
    "late-refusal",  # refused, but at a later endpoint than the clause says
    "wrong-error",  # refused with another error code than the clause allows
    "wrong-status",  # right in substance, wrong HTTP status
    "missing-header",
    "wrong-header",
    "missing-claim",
    "wrong-claim",
    "malformed",  # an answer that cannot be read as the clause says
    "widened",  # more was granted than was asked for
    "weak",  # guessable or too short a secret
    "leaked",  # something was shown to who must not see it
    "not-revoked",  # something that had ended still works
    "server-error",  # a 5xx where an answer was due
    "unavailable",  # an offered route is not there
]
KINDS: tuple[str, ...] = get_args(Kind)

# The substance is right and the form is wrong: never as grave as the requirement itself.
FORMAL_KINDS = frozenset({"late-refusal", "wrong-error", "wrong-status"})
# There was no decision that could be read: nothing was accepted.
FAILURE_KINDS = frozenset({"malformed", "server-error", "unavailable"})


class Deviation(AssertionError):  # noqa: N818  the field's word for a finding
    """The target answered otherwise than the clause requires.

    `expected` lists every acceptable outcome; `actual` says what came; `exchange` is the request and its answer;
    `about` names the header or claim that the kind is about, such as `pragma`: two findings, not one.
    """

    def __init__(
        self,
        kind: Kind,
        expected: str | Sequence[str],
        actual: str,
        exchange: Exchange | None = None,
        about: str = "",
    ) -> None:
        self.kind: Kind = kind
        self.about = about.lower()
        self.expected: tuple[str, ...] = (expected,) if isinstance(expected, str) else tuple(expected)
        self.actual = actual
        self.exchange = exchange
        super().__init__(f"{kind}: {actual} (required: {' | '.join(self.expected)})")


QUOTED = 20_000  # characters of an answer that are looked at for a quotation


def quoted(text: str) -> str:
    """A piece of an answer within `actual`. The record shortens it after redaction: a cut secret is not recognised."""
    words = " ".join(text[:QUOTED].split())
    if len(text) > QUOTED:
        words = words[: max(words.rfind(mark) for mark in ' ,;&<>"') + 1]  # without what may be half a secret
    return f"\ue000{words}\ue001" if words else ""


def kind_of(deviation: Deviation) -> str:
    """The kind as a row and a waiver have it: `accepted`, or `missing-header:pragma` where it is about something."""
    return f"{deviation.kind}:{deviation.about}" if deviation.about else deviation.kind


class NotApplicable(Exception):  # noqa: N818  a verdict, not an error
    """The target neither claims nor advertises what the requirement is about."""


class NotTested(Exception):  # noqa: N818  a verdict, not an error
    """The requirement applies, but the run lacked a means that its profile could give; the reason names the remedy."""


class Blocked(Exception):  # noqa: N818  a verdict, not an error
    """A precondition or a control did not hold, so nothing was learned about the requirement."""

    def __init__(self, reason: str, *exchanges: Exchange) -> None:
        self.exchanges = exchanges
        super().__init__(reason)


class HarnessError(Exception):
    """The harness or the network failed; this says nothing about the target's conformance."""
