"""From what a scenario raised to a verdict, and from all verdicts to the outcome of the run. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, get_args

from reports.deviation import FORMAL_KINDS, Blocked, Deviation, NotApplicable

Verdict = Literal["passed", "failed", "warning", "not-applicable", "blocked", "error"]
Outcome = Literal["conformant", "conformant-with-waivers", "not-conformant", "incomplete"]
Level = Literal["must", "should", "may", "product"]
Severity = Literal["critical", "high", "medium", "low"]

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)  # the gravest first
LEVELS: tuple[Level, ...] = get_args(Level)

# Of the rows of one outline the first of these that occurs is the requirement's verdict.
_GRAVEST_FIRST: tuple[Verdict, ...] = ("failed", "error", "blocked", "warning", "passed", "not-applicable")


def verdict_of(error: BaseException | None, level: str, step_type: str) -> Verdict:
    """The verdict of one scenario.

    `error` is what it raised (None: nothing), `level` the requirement's, `step_type` the Gherkin type of the
    step that raised it: what goes wrong in a Given is a precondition, so it blocks and never fails.
    """
    if error is None:
        return "passed"
    if isinstance(error, NotApplicable):
        return "not-applicable"
    if isinstance(error, Blocked):
        return "blocked"
    if isinstance(error, Deviation):
        if step_type == "given":
            return "blocked"
        return "failed" if level in ("must", "product") else "warning"
    return "error"


def severity_of_finding(severity: str, kind: str | None) -> str:
    """The gravity of a finding: the requirement's, but low where only the form of the answer was wrong."""
    return "low" if kind in FORMAL_KINDS else severity


def gravest(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The row that speaks for an outline: by verdict, then by severity of the finding, then the first."""

    def rank(row: Mapping[str, Any]) -> tuple[int, int]:
        return _GRAVEST_FIRST.index(row["verdict"]), SEVERITIES.index(row["severity"])

    return min(rows, key=rank)


def outcome_of(results: Iterable[Mapping[str, Any]], *, complete: bool, waivers_hold: bool) -> Outcome:
    """The outcome of a run.

    Incomplete comes first: what was not learned cannot be vouched for, and where nothing was applicable nothing
    was learned. `complete` says that every collected requirement has a result; `waivers_hold` that every entry of
    the deviations file happened, is in date and names the kind that was seen.
    """
    rows = list(results)
    judged = any(row["verdict"] in ("passed", "failed", "warning") for row in rows)
    if not complete or not judged or any(row["verdict"] in ("blocked", "error") for row in rows):
        return "incomplete"
    if not waivers_hold or any(row["verdict"] == "failed" and not row["waived"] for row in rows):
        return "not-conformant"
    return "conformant-with-waivers" if any(row["waived"] for row in rows) else "conformant"


def counts_of(results: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many requirements have each verdict; every verdict is named, also with 0."""
    tally = Counter(row["verdict"] for row in results)
    return {verdict: tally[verdict] for verdict in VERDICTS}
