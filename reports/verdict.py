"""From what a scenario raised to a verdict, and from all verdicts to the outcome of the run. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar, get_args

from reports.deviation import FAILURE_KINDS, FORMAL_KINDS, Blocked, Deviation, Kind, NotApplicable, NotTested

Verdict = Literal["passed", "failed", "warning", "not-applicable", "not-tested", "blocked", "error"]
Outcome = Literal["conformant", "conformant-with-waivers", "not-conformant", "incomplete", "partial"]
Level = Literal["must", "should", "may", "product"]
Severity = Literal["critical", "high", "medium", "low"]
FailOn = Literal["critical", "high", "medium", "low", "none"]

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)  # the gravest first
LEVELS: tuple[Level, ...] = get_args(Level)
FAIL_ON: tuple[FailOn, ...] = get_args(FailOn)

ADVERSE: frozenset[Verdict] = frozenset({"failed", "warning"})
UNJUDGED: frozenset[Verdict] = frozenset(
    {"not-tested", "blocked", "error"}
)  # it applies, and nothing was learned
BINDING: frozenset[Level] = frozenset({"must", "product"})

# Of the rows of one outline the first of these that occurs is the requirement's verdict.
_GRAVEST_FIRST: tuple[Verdict, ...] = (
    "failed",
    "warning",
    "error",
    "blocked",
    "not-tested",
    "passed",
    "not-applicable",
)


class Graded(Protocol):
    """What `gravest` compares."""

    @property
    def verdict(self) -> Verdict:
        """How it was judged."""

    @property
    def severity(self) -> Severity:
        """How grave the finding is."""


_Graded = TypeVar("_Graded", bound=Graded)


@dataclass(frozen=True)
class Judged:
    """One example of a requirement as the outcome of a run sees it."""

    level: Level
    verdict: Verdict
    severity: Severity
    waived: bool = False

    def is_broken(self, fail_on: FailOn) -> bool:
        """Whether it makes a run fail: a binding rule, or a should with a finding as severe as `fail_on` or worse."""
        if self.waived:
            return False
        tolerated = FAIL_ON.index(self.severity) > FAIL_ON.index(fail_on) if fail_on != "none" else True
        return self.verdict == "failed" or (self.verdict == "warning" and not tolerated)

    @property
    def is_missing(self) -> bool:
        """Whether a binding rule applies and nothing was learned about it."""
        return not self.waived and self.level in BINDING and self.verdict in UNJUDGED


def verdict_of(error: BaseException | None, level: Level, step_type: str) -> Verdict:  # noqa: PLR0911  a table
    """The verdict of one scenario.

    `error` is what it raised (None: nothing), `level` the requirement's, `step_type` the Gherkin type of the
    step that raised it: what goes wrong in a Given is a precondition, so it blocks and never fails.
    """
    if error is None:
        return "passed"
    if isinstance(error, NotApplicable):
        return "not-applicable"
    if isinstance(error, NotTested):
        return "not-tested"
    if isinstance(error, Blocked):
        return "blocked"
    if isinstance(error, Deviation):
        if step_type == "given":
            return "blocked"
        return "failed" if level in BINDING else "warning"
    return "error"


def severity_of_finding(severity: Severity, kind: Kind | None) -> Severity:
    """The gravity of a finding: the requirement's, but low where only the form of the answer was wrong.

    A server that failed, or that gave an answer which nobody can read, accepted nothing: medium at most.
    """
    if kind in FORMAL_KINDS:
        return "low"
    if kind in FAILURE_KINDS:
        return max("medium", severity, key=SEVERITIES.index)
    return severity


def gravest(rows: Sequence[_Graded]) -> _Graded:
    """The row that speaks for an outline: by verdict, then by severity of the finding, then the first."""
    return min(rows, key=lambda row: (_GRAVEST_FIRST.index(row.verdict), SEVERITIES.index(row.severity)))


def outcome_of(
    judged: Iterable[Judged],
    *,
    fail_on: FailOn = "high",
    is_whole: bool = True,
    is_selection: bool = False,
    waivers_hold: bool = True,
) -> tuple[Outcome, int]:
    """The outcome of a run and its exit code.

    A broken rule outranks all, for it is broken whatever else there may be. Then what was not learned: it cannot be
    vouched for, and where nothing was judged nothing was learned. `is_whole` says that every requirement that was
    asked has a row, and that nothing was left behind in the target; `is_selection` that not all were asked;
    `waivers_hold` that every entry of the deviations file happened, is in date and names what was seen.
    """
    rows = list(judged)
    if not waivers_hold or any(row.is_broken(fail_on) for row in rows):
        return ("partial" if is_selection else "not-conformant"), 1
    if not is_whole or any(row.is_missing for row in rows):
        return "incomplete", 1
    if not any(row.verdict in ("passed", *ADVERSE) for row in rows):
        return "incomplete", 1
    if is_selection:
        return "partial", 0
    return ("conformant-with-waivers" if any(row.waived for row in rows) else "conformant"), 0


def counts_of(verdicts: Iterable[Verdict]) -> dict[Verdict, int]:
    """How many requirements have each verdict; every verdict is named, also with 0."""
    seen = list(verdicts)
    return {verdict: seen.count(verdict) for verdict in VERDICTS}
