"""The certification report, `certificate.html`: one file, no network, for a reader who was not there."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from reports import evidence, record, wording
from reports.record import Example, Record, Result, counts_by_method, left_out
from reports.requirement import Clause, clause_of
from reports.row import RedactedExchange, Row, to_json
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
    has_finding: bool  # stands among the findings
    waivers: tuple[Waiver, ...]


def render(run: Record, rows: Sequence[Row]) -> str:
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
        left_out=left_out(rows),
        unasked=footer.unasked if footer else (),
        unjudged_claims=footer.unjudged_claims if footer else (),
        grave_waivers=[(entry, example) for entry in entries for example in _waived(entry.result)],
        packed=Markup(packed(rows)),  # noqa: S704  base64
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


def packed(rows: Iterable[Row]) -> str:
    """The evidence as the report carries it: each exchange once, compressed (RFC 1950), in base64."""
    exchanges: dict[RedactedExchange, int] = {}
    by_id: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_id.setdefault(row.id, []).append(
            {
                "example": row.example,
                "steps": [[step.keyword, step.name, step.status] for step in row.steps],
                "exchanges": [exchanges.setdefault(each, len(exchanges)) for each in row.exchanges],
            }
        )
    text = to_json({"exchanges": list(exchanges), "rows": by_id})
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


_PACKED = re.compile(r'(id="packed">)([^<]*)')


def unpacked(page: str) -> str:
    """A report with its evidence as text: two compressors may pack the same differently."""
    return _PACKED.sub(lambda match: match[1] + zlib.decompress(base64.b64decode(match[2])).decode(), page)


def _waived(result: Result) -> list[str]:
    """The examples in which a critical rule was broken by acceptance and somebody answers for it."""
    examples: list[tuple[str, Example | Result]] = [(each.example, each) for each in result.examples]
    return [
        name
        for name, each in examples or [("", result)]
        if each.waived and each.severity == "critical" and each.kind == "accepted"
    ]


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
        has_finding=result.waived or result.verdict in ADVERSE or result.verdict in UNJUDGED,
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
