"""The certification report, `certificate.html`: one file, no network, for a reader who was not there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import jinja2

from reports import evidence, record, wording
from reports.record import Record, Result, counts_by_method
from reports.requirement import Clause, clause_of
from reports.row import Row
from reports.verdict import ADVERSE, SEVERITIES, UNJUDGED, VERDICTS, Severity, Verdict, counts_of
from reports.waivers import Waiver

FILE_NAME = "certificate.html"
_TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True)
class _Entry:
    """A result with all that the report shows beside it."""

    result: Result
    clauses: tuple[Clause, ...]
    method_name: str
    runs: tuple[evidence.JudgedExample, ...]
    waivers: tuple[Waiver, ...]


def render(run: Record, rows: Iterable[Row]) -> str:
    """The report as HTML, from the record of a run and its rows."""
    header, results, footer = run.header, run.results, run.footer
    documents = evidence.documents(rows)
    entries = [_entry(result, run, documents) for result in results]
    open_ = [entry for entry in entries if entry.result.verdict in ADVERSE and not entry.result.waived]
    return _template().render(
        run=run,
        header=header,
        footer=footer,
        outcome=run.outcome,
        started=_moment(header.started),
        took=_took(header.started, footer.finished) if footer else "",
        asked=len(run.selection.ids),
        methods=_methods(results),
        total=counts_of(result.verdict for result in results),
        findings=[(severity, _of(open_, severity)) for severity in SEVERITIES if _of(open_, severity)],
        number_of_findings=len(open_),
        waived=[entry for entry in entries if entry.result.waived],
        unjudged=[entry for entry in entries if entry.result.verdict in UNJUDGED and not entry.result.waived],
        features=_grouped(entries),
        number_of_entries=len(entries),
        verdicts=VERDICTS,
        severities=SEVERITIES,
        wording=wording,
        record_digest=hashlib.sha256(record.text(run).encode()).hexdigest(),
    )


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["words"] = wording.words
    return environment.get_template("certificate.html.j2")


def _entry(
    result: Result,
    run: Record,
    documents: Mapping[str, evidence.Document],
) -> _Entry:
    return _Entry(
        result,
        clauses=tuple(clause_of(tag) or Clause(tag, tag, "", tag, "") for tag in result.clauses),
        method_name=", ".join(map(wording.method, result.methods)),
        runs=documents[result.id].examples if result.id in documents else (),
        waivers=tuple(waiver for waiver in run.header.waivers if waiver.id == result.id),
    )


def _of(entries: Iterable[_Entry], severity: Severity) -> list[_Entry]:
    mine = [entry for entry in entries if entry.result.severity == severity]
    return sorted(mine, key=lambda entry: entry.result.verdict != "failed")


def _methods(results: Iterable[Result]) -> list[tuple[str, str, dict[Verdict, int]]]:
    """Slug, name and counts by verdict of each method that has results, in the order of the documentation."""
    return [(slug, wording.method(slug), counts) for slug, counts in counts_by_method(results).items()]


def _grouped(entries: Sequence[_Entry]) -> list[tuple[str, list[_Entry]]]:
    order = dict.fromkeys(entry.result.feature for entry in entries)
    return [(feature, [entry for entry in entries if entry.result.feature == feature]) for feature in order]


def _moment(text: str) -> str:
    moment = datetime.fromisoformat(text)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def _took(started: str, finished: str) -> str:
    """How long a run took, such as `1 min 20 s`; empty where it did not end."""
    if not finished:
        return ""
    seconds = round((datetime.fromisoformat(finished) - datetime.fromisoformat(started)).total_seconds())
    minutes, seconds = divmod(max(seconds, 0), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
