"""What the terminal shows of a run, as lines of text. Pure functions of a row or a record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from reports import wording
from reports.record import Record, Result, counts_by_method
from reports.requirement import clause_of
from reports.row import Row
from reports.verdict import SEVERITIES, UNJUDGED, VERDICTS, Verdict, counts_of

_SHORT = {"not-applicable": "n/a", "not-tested": "untested"}
_ORDER = ("failed", "error", "blocked", "not-tested", "warning")
_LONGEST = 1_000  # characters of one line of a finding; the record and the evidence have it whole


def finding(row: Row) -> str:
    """One finding: what was sent, what the clauses require, what came back, and how to see it again.

    A row of which nothing was learned has its reason in place of the first three.
    """
    kind = f" {row.kind}" if row.kind else ""
    example = f" [{row.example}]" if row.example else ""
    lines = [f"{row.id} {row.severity} {row.verdict}{kind}: {row.title}{example}"]
    outcomes = [("Required" if index == 0 else "or", text) for index, text in enumerate(row.required)]
    pairs = [("Sent", row.sent), *outcomes, ("Received", row.received), ("Reason", row.reason)]
    pairs += [("Step", f"{row.step} ({row.line})" if row.step else row.line), ("Clause", _clauses(row))]
    lines += [f"  {name:<9} {_short(text)}" for name, text in pairs if text]
    if row.reproduce:
        lines.append(f"  {'Reproduce':<9} {row.reproduce}")  # whole: half a command is none
    return "\n".join(lines)


def summary(record: Record, directory: Path, root: Path) -> list[str]:
    """The end of a run: what is not passed, verdicts by method, the outcome, and where the report lies."""
    results, footer = record.results, record.footer
    return [
        *_not_passed(results),
        *_table(results),
        "",
        *[f"waiver does not hold: {problem}" for problem in (footer.waivers.problems if footer else ())],
        *[f"left behind in the target: {problem}" for problem in (footer.left_behind if footer else ())],
        *[f"no result: {id_}" for id_ in record.unreported],
        f"{record.header.target.name}: {_outcome(record)}{_why(record)}",
        f"report: {_place(directory / 'certificate.html', root)}",
    ]


def _not_passed(results: Iterable[Result]) -> list[str]:
    rows = [result for result in results if result.verdict in _ORDER]
    rows.sort(key=lambda row: (row.waived, _ORDER.index(row.verdict), SEVERITIES.index(row.severity)))
    cells = [
        (
            row.id,
            "waived" if row.waived else row.verdict,
            row.severity,
            row.kind or "",
            row.title + _rows_of_outline(row) + (f": {_short(row.reason, 160)}" if row.reason else ""),
        )
        for row in rows
    ]
    widths = [max((len(cell[column]) for cell in cells), default=0) for column in range(4)]
    lines = [
        "  ".join([*(f"{text:<{width}}" for text, width in zip(cell, widths, strict=False)), cell[-1]])
        for cell in cells
    ]
    return [*lines, ""] if lines else []


def _rows_of_outline(row: Result) -> str:
    alike = [example for example in row.examples if example.verdict == row.verdict]
    return f" ({len(alike)} of {len(row.examples)} examples)" if row.examples else ""


def _table(results: Iterable[Result]) -> list[str]:
    results = list(results)
    by_method = counts_by_method(results)
    lines = [f"{'method':<40}" + "".join(f"{_SHORT.get(verdict, verdict):>9}" for verdict in VERDICTS)]
    lines += [_line(wording.method(slug), counts) for slug, counts in by_method.items()]
    total = counts_of(result.verdict for result in results)
    return [*lines, _line("all", total)] if len(by_method) > 1 else lines


def _line(name: str, counts: Mapping[Verdict, int]) -> str:
    return f"{name:<40}" + "".join(f"{counts[verdict] or '.':>9}" for verdict in VERDICTS)


def _outcome(record: Record) -> str:
    """The outcome in words; a partial run says how much of the whole it asked."""
    asked, total = len(record.selection.ids), record.header.requirement_set.total
    if record.outcome == "partial":
        rows = "" if asked < total else f", {record.selection.deselected} examples left out"
        return f"partial, {asked} of {wording.count(total, 'requirement')}{rows}"
    part = f", {asked} of {wording.count(total, 'requirement')}" if asked < total else ""
    return wording.words(record.outcome) + part


def _why(record: Record) -> str:
    footer = record.footer
    if footer is None:
        return " - the run did not end"
    counts, waived = footer.counts, len(footer.waivers.used)
    findings = {severity: number for severity, number in footer.findings_by_severity.items() if number}
    parts = []
    if findings:
        detail = ", ".join(f"{number} {severity}" for severity, number in findings.items())
        parts.append(f"{wording.count(sum(findings.values()), 'finding')} ({detail})")
    parts += [f"{waived} waived"] if waived else []
    parts += [
        f"{counts[verdict]} {wording.words(verdict)}"
        for verdict in VERDICTS
        if verdict in UNJUDGED and counts[verdict]
    ]
    judged = sum(number for verdict, number in counts.items() if verdict != "not-applicable")
    parts += ["nothing was applicable"] if counts["not-applicable"] and not judged else []
    parts += [f"{len(footer.unreported)} without a result"] if footer.unreported else []
    return " - " + ", ".join(parts) if parts else ""


def _place(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _clauses(row: Row) -> str:
    return ", ".join(clause.title if (clause := clause_of(tag)) else tag for tag in row.clauses)


def _short(text: str, limit: int = _LONGEST) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[:limit]} ..."
