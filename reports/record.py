"""The run record, `run.json`: what one run asked of one target and what came of it, requirement by requirement.

It is derived from the run's journal (`rows.jsonl`) and from nothing else. Without a footer the run did not end, and
its outcome is incomplete. `run.schema.json` beside this module, made from the types below, is the contract for readers.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, ClassVar

from reports.journal import Claims, Contents, Header, RequirementSet, TargetInfo, Tool
from reports.row import Row, to_json
from reports.verdict import (
    ADVERSE,
    SEVERITIES,
    UNJUDGED,
    FailOn,
    Judged,
    Level,
    Outcome,
    Severity,
    Verdict,
    counts_of,
    gravest,
    outcome_of,
)
from reports.waivers import Waiver, problems_of
from reports.wording import METHODS

FILE_NAME = "run.json"
SCHEMA = Path(__file__).with_name("run.schema.json")
_ROOT = Path(__file__).parent.parent
_CLOSED = {"extra": "forbid"}

# What decides a verdict: the questions, the words they are asked in, the checks, and the rules of verdicts.
_DECIDING = (
    "features/**/*.feature",
    "steps/**/*.py",
    "fixtures/flows/**/*.py",
    "fixtures/protocol/**/*.py",
    "reports/deviation.py",
    "reports/plugin.py",
    "reports/record.py",
    "reports/requirement.py",
    "reports/verdict.py",
    "reports/waivers.py",
)


@dataclass(frozen=True)
class Example:
    """One row of an outline."""

    example: str
    method: str
    verdict: Verdict
    kind: str | None
    severity: Severity
    sent: str
    required: tuple[str, ...]
    received: str
    reason: str
    waived: bool

    __pydantic_config__: ClassVar = _CLOSED


@dataclass(frozen=True)
class Result:
    """The verdict on one requirement: that of the gravest of its rows, which also says what was sent and what came."""

    id: str
    title: str
    feature: str
    rule: str
    methods: tuple[str, ...]  # of its rows
    level: Level
    requirement_severity: Severity
    clauses: tuple[str, ...]
    verdict: Verdict
    kind: str | None  # which wrong answer it was; null unless failed or warning
    severity: Severity  # of the finding
    required: tuple[str, ...]  # every acceptable outcome
    received: str
    reason: str  # why nothing was learned
    sent: str  # the request on one line
    reproduce: str  # a curl line that sends it again
    step: str  # the Gherkin step that raised
    line: str  # feature file and line
    waived: bool
    duration_ms: float
    evidence: str  # path of the evidence file, relative to the record
    examples: tuple[Example, ...]  # the rows of an outline

    __pydantic_config__: ClassVar = _CLOSED


@dataclass(frozen=True)
class Selection:
    """Items (an outline has one for each row) that were collected and deselected; the ids of what had to report."""

    collected: int
    deselected: int
    ids: tuple[str, ...]

    __pydantic_config__: ClassVar = _CLOSED


@dataclass(frozen=True)
class WaiverUse:
    """The ids of the waived results, and a sentence for each entry of the deviations file that does not hold."""

    used: tuple[str, ...]
    problems: tuple[str, ...]

    __pydantic_config__: ClassVar = _CLOSED


@dataclass(frozen=True)
class LeftOut:
    """Requirements, or examples of them, of which nothing was learned, and why."""

    verdict: Verdict
    reason: str
    ids: tuple[str, ...]

    __pydantic_config__: ClassVar = _CLOSED


@dataclass(frozen=True)
class Footer:
    """What came of a run that ended."""

    finished: str
    collected: int  # requirements
    reported: int
    unreported: tuple[str, ...]
    counts: dict[Verdict, int]
    findings_by_severity: dict[Severity, int]  # failed or warning, not waived
    waivers: WaiverUse
    exchanges: int
    auth_requests: int
    left_behind: tuple[str, ...]
    unasked: tuple[str, ...]  # requirements that the selection left out
    left_out: tuple[LeftOut, ...]
    unjudged_claims: tuple[str, ...]  # what the profile claims and no requirement asks for
    outcome: Outcome
    exit_code: int

    __pydantic_config__: ClassVar = _CLOSED


@dataclass(frozen=True)
class Record:
    """A run."""

    header: Header
    selection: Selection
    results: tuple[Result, ...]
    footer: Footer | None

    __pydantic_config__: ClassVar = _CLOSED

    @property
    def outcome(self) -> Outcome:
        """The outcome; incomplete where the run did not end."""
        return self.footer.outcome if self.footer else "incomplete"

    @property
    def unreported(self) -> tuple[str, ...]:
        """The requirements that were asked and have no result."""
        if self.footer:
            return self.footer.unreported
        reported = {result.id for result in self.results}
        return tuple(id_ for id_ in self.selection.ids if id_ not in reported)


def derive(contents: Contents) -> Record:
    """The record of what a journal holds."""
    header, end = contents.header, contents.end
    by_id: dict[str, list[Row]] = {}
    for row in contents.rows:
        by_id.setdefault(row.id, []).append(row)
    items = Counter(contents.collected)  # in the order of collection
    ids = tuple(items) or tuple(by_id)
    today = datetime.fromisoformat(end.finished if end else header.started).date()
    results = tuple(result_of(by_id[id_], header.waivers, today) for id_ in ids if id_ in by_id)
    selection = Selection(len(contents.collected), end.deselected if end else 0, ids)
    record = Record(header, selection, results, None)
    if end is None:
        return record
    unreported = tuple(
        id_ for id_, number in items.items() if id_ in contents.lost or len(by_id.get(id_, ())) < number
    )
    unasked = tuple(id_ for id_ in header.requirement_set.ids if id_ not in items)
    is_selection = end.deselected > 0 or bool(unasked)
    problems = problems_of(header.waivers, contents.rows, today, is_selection=is_selection)
    outcome, exit_code = outcome_of(
        (judged for result in results for judged in _judged(result)),
        fail_on=header.fail_on,
        is_whole=not unreported and not end.left_behind,
        is_selection=is_selection,
        waivers_hold=not problems,
    )
    footer = Footer(
        finished=end.finished,
        collected=len(ids),
        reported=len(ids) - len(unreported),
        unreported=unreported,
        counts=counts_of(result.verdict for result in results),
        findings_by_severity=findings_by_severity(results),
        waivers=WaiverUse(tuple(result.id for result in results if result.waived), tuple(problems)),
        exchanges=end.exchanges,
        auth_requests=end.auth_requests,
        left_behind=end.left_behind,
        unasked=unasked,
        left_out=left_out(contents.rows),
        unjudged_claims=() if is_selection else _unjudged(header.claims, contents.rows),
        outcome=outcome,
        exit_code=exit_code,
    )
    return replace(record, footer=footer)


def left_out(rows: Iterable[Row]) -> tuple[LeftOut, ...]:
    """Of what nothing was learned, by verdict and reason: what a user can mend first."""
    grouped: dict[tuple[Verdict, str], dict[str, None]] = {}
    for row in rows:
        if row.verdict in (*UNJUDGED, "not-applicable"):
            grouped.setdefault((row.verdict, row.reason), {})[row.id] = None
    order: tuple[Verdict, ...] = ("not-tested", "blocked", "error", "not-applicable")
    return tuple(
        LeftOut(verdict, reason, tuple(ids))
        for (verdict, reason), ids in sorted(grouped.items(), key=lambda group: order.index(group[0][0]))
    )


def _unjudged(claims: Claims, rows: Iterable[Row]) -> tuple[str, ...]:
    asked = {word for row in rows for word in row.asked}
    return tuple(claim for claim in (*claims.methods, *claims.features) if claim not in asked)


def result_of(rows: Sequence[Row], waivers: Sequence[Waiver], today: date) -> Result:
    """The result of one requirement from its rows: one of a scenario, several of an outline.

    It is waived where every row that breaks the rule, or should have been judged, has an entry that holds.
    """
    speaker = gravest(rows)
    examples = tuple(_example(row, waivers, today) for row in rows)
    excusable = [example for example in examples if example.verdict in ADVERSE or _waived(example)]
    return Result(
        id=speaker.id,
        title=speaker.title,
        feature=speaker.feature,
        rule=speaker.rule,
        methods=tuple(dict.fromkeys(row.method for row in rows)),
        level=speaker.level,
        requirement_severity=speaker.requirement_severity,
        clauses=speaker.clauses,
        verdict=speaker.verdict,
        kind=speaker.kind,
        severity=speaker.severity,
        required=speaker.required,
        received=speaker.received,
        reason=speaker.reason,
        sent=speaker.sent,
        reproduce=speaker.reproduce,
        step=speaker.step,
        line=speaker.line,
        waived=bool(excusable) and all(map(_waived, excusable)),
        duration_ms=round(sum(row.duration_ms for row in rows), 3),
        evidence=f"evidence/{speaker.id}.json",
        examples=examples if any(row.example for row in rows) else (),
    )


def _waived(example: Example) -> bool:
    return example.waived


def _example(row: Row, waivers: Sequence[Waiver], today: date) -> Example:
    return Example(
        example=row.example,
        method=row.method,
        verdict=row.verdict,
        kind=row.kind,
        severity=row.severity,
        sent=row.sent,
        required=row.required,
        received=row.received,
        reason=row.reason,
        waived=any(waiver.covers(row, today) for waiver in waivers),
    )


def _judged(result: Result) -> list[Judged]:
    """What the outcome is made from: every row, for one that is not waived may hide behind one that is."""
    if not result.examples:
        return [Judged(result.level, result.verdict, result.severity, result.waived)]
    return [Judged(result.level, each.verdict, each.severity, each.waived) for each in result.examples]


def findings_by_severity(results: Iterable[Result]) -> dict[Severity, int]:
    """How many findings (failed or warning, not waived) there are of each severity."""
    tally = Counter(result.severity for result in results if result.verdict in ADVERSE and not result.waived)
    return {severity: tally[severity] for severity in SEVERITIES}


def counts_by_method(results: Iterable[Result]) -> dict[str, dict[Verdict, int]]:
    """The number of requirements by verdict for each method, in the order of the documentation.

    An outline whose rows use several methods counts for each of them, with the gravest verdict among its rows.
    """
    verdicts: dict[str, list[Verdict]] = {}
    for result in results:
        for method in result.methods:
            mine = [example for example in result.examples if example.method == method]
            verdicts.setdefault(method, []).append(gravest(mine).verdict if mine else result.verdict)
    order = [slug for slug in METHODS if slug in verdicts] + sorted(verdicts.keys() - METHODS.keys())
    return {slug: counts_of(verdicts[slug]) for slug in order}


# ----- the header


def header(
    *,
    run: str,
    target: TargetInfo,
    claims: Claims,
    started: datetime,
    options: Sequence[str],
    ids: Sequence[str],
    fail_on: FailOn = "high",
    waivers: Sequence[Waiver] = (),
    signed_by: str = "",
) -> Header:
    """What is run against what; `options` is the command line, redacted, `ids` are those of all requirements."""
    return Header(
        run=run,
        tool=tool(),
        requirement_set=RequirementSet(requirement_set(), tuple(ids)),
        target=target,
        claims=claims,
        started=started.astimezone(UTC).isoformat(timespec="seconds"),
        options=tuple(options),
        fail_on=fail_on,
        waivers=tuple(waivers),
        signed_by=signed_by,
    )


def tool() -> Tool:
    """What runs: version of the program, and the commit where it stands in a git repository."""
    project = _ROOT / "pyproject.toml"
    version = str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])
    try:
        asked = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],  # noqa: S607  whichever git there is
            cwd=_ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return Tool("authmark", version, "")
    return Tool("authmark", version, asked.stdout.strip())


def requirement_set(root: Path = _ROOT) -> str:
    """Which questions are asked, as a version: it changes with anything that decides a verdict."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in _DECIDING for path in root.glob(pattern)):
        digest.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


# ----- files


def text(record: Record) -> str:
    """The text of `run.json`."""
    return to_json(record, indent=1) + "\n"


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all, for its owner alone: a reader, or a kill, never meets half of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    half.replace(path)


def schema() -> str:
    """The schema of `run.json`, as `run.schema.json` must have it."""
    from pydantic import TypeAdapter  # noqa: PLC0415  a run needs none

    made: Mapping[str, Any] = TypeAdapter(Record).json_schema(mode="serialization")
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **made}, indent=1) + "\n"
