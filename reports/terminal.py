"""What the terminal shows of a run, as lines of text. Pure functions of a row or a record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from reports import wording
from reports.requirement import clause_of
from reports.verdict import SEVERITIES, VERDICTS

_SHORT = {"not-applicable": "n/a"}
_ORDER = ("failed", "error", "blocked", "warning")
_LONGEST = 1_000  # characters of one line of a finding; the record and the evidence have it whole


def finding(row: Mapping[str, Any]) -> str:
    """One finding: what was sent, what the clauses require, what came back, and how to see it again.

    A row that is blocked or in error has its reason in place of the first three.
    """
    kind = f" {row['kind']}" if row["kind"] else ""
    example = f" [{row['example']}]" if row.get("example") else ""
    lines = [f"{row['id']} {row['severity']} {row['verdict']}{kind}: {row['title']}{example}"]
    outcomes = [("Required" if index == 0 else "or", text) for index, text in enumerate(row["expected"])]
    pairs = [("Sent", row["sent"]), *outcomes, ("Received", row["actual"]), ("Reason", row["reason"])]
    pairs += [("Step", _step(row)), ("Clause", _clauses(row))]
    lines += [f"  {name:<9} {_short(text)}" for name, text in pairs if text]
    if row["reproduce"]:
        lines.append(f"  {'Reproduce':<9} {row['reproduce']}")  # whole: half a command is none
    return "\n".join(lines)


def summary(record: Mapping[str, Any], directory: Path, root: Path) -> list[str]:
    """The end of a run: what is not passed, verdicts by method, the outcome, and where the report lies."""
    results, footer = record["results"], record["footer"]
    return [
        *_not_passed(results),
        *_table(results),
        "",
        *[f"waiver does not hold: {problem}" for problem in footer["waivers"]["problems"]],
        *[f"left behind in the target: {problem}" for problem in footer["left_behind"]],
        *[f"no result: {id_}" for id_ in footer["unreported"]],
        f"{_target(record)}: {wording.words(footer['outcome'])}{_why(record)}",
        f"report: {_place(directory / 'certificate.html', root)}",
    ]


def _not_passed(results: Iterable[Mapping[str, Any]]) -> list[str]:
    rows = [result for result in results if result["verdict"] in _ORDER]
    rows.sort(
        key=lambda row: (row["waived"], _ORDER.index(row["verdict"]), SEVERITIES.index(row["severity"]))
    )
    cells = [
        (
            row["id"],
            "waived" if row["waived"] else row["verdict"],
            row["severity"],
            row["kind"] or "",
            row["title"]
            + _rows_of_outline(row)
            + (f": {_short(row['reason'], 160)}" if row["reason"] else ""),
        )
        for row in rows
    ]
    widths = [max((len(cell[column]) for cell in cells), default=0) for column in range(4)]
    lines = [
        "  ".join([*(f"{text:<{width}}" for text, width in zip(cell, widths, strict=False)), cell[-1]])
        for cell in cells
    ]
    return [*lines, ""] if lines else []


def _rows_of_outline(row: Mapping[str, Any]) -> str:
    alike = [example for example in row["examples"] if example["verdict"] == row["verdict"]]
    return f" ({len(alike)} of {len(row['examples'])} examples)" if row["examples"] else ""


def _table(results: Iterable[Mapping[str, Any]]) -> list[str]:
    by_method: dict[str, Counter[str]] = {}
    for result in results:
        by_method.setdefault(result["method"], Counter())[result["verdict"]] += 1
    lines = [f"{'method':<40}" + "".join(f"{_SHORT.get(verdict, verdict):>9}" for verdict in VERDICTS)]
    total: Counter[str] = Counter()
    for slug in sorted(by_method, key=lambda slug: [*wording.METHODS, slug].index(slug)):
        total += by_method[slug]
        lines.append(_line(wording.method(slug), by_method[slug]))
    return [*lines, _line("all", total)] if len(by_method) > 1 else lines


def _line(name: str, counts: Counter[str]) -> str:
    return f"{name:<40}" + "".join(f"{counts[verdict] or '.':>9}" for verdict in VERDICTS)


def _why(record: Mapping[str, Any]) -> str:
    footer = record["footer"]
    counts, waived = footer["counts"], len(footer["waivers"]["used"])
    findings = {severity: number for severity, number in footer["findings_by_severity"].items() if number}
    parts = []
    if findings:
        detail = ", ".join(f"{number} {severity}" for severity, number in findings.items())
        parts.append(f"{wording.count(sum(findings.values()), 'finding')} ({detail})")
    parts += [f"{waived} waived"] if waived else []
    parts += [f"{counts[verdict]} {verdict}" for verdict in ("blocked", "error") if counts[verdict]]
    judged = sum(counts[verdict] for verdict in ("passed", "failed", "warning", "blocked", "error"))
    parts += ["nothing was applicable"] if counts["not-applicable"] and not judged else []
    parts += [f"{len(footer['unreported'])} without a result"] if footer["unreported"] else []
    return " - " + ", ".join(parts) if parts else ""


def _target(record: Mapping[str, Any]) -> str:
    header, footer = record["header"], record["footer"]
    total = header["requirement_set"]["total"]
    part = (
        f", {footer['collected']} of {wording.count(total, 'requirement')}"
        if footer["collected"] < total
        else ""
    )
    return f"{header['target']['name']}{part}"


def _place(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _step(row: Mapping[str, Any]) -> str:
    return f"{row['step']} ({row['line']})" if row["step"] else row["line"]


def _clauses(row: Mapping[str, Any]) -> str:
    return ", ".join(clause.title if (clause := clause_of(tag)) else tag for tag in row["clauses"])


def _short(text: str, limit: int = _LONGEST) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[:limit]} ..."
