"""The evidence of a run: one JSON file for each requirement, the passed ones included, all text redacted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reports.row import RedactedExchange, Row, Step, to_json
from reports.verdict import Severity, Verdict, gravest

FOLDER = "evidence"


@dataclass(frozen=True)
class JudgedExample:
    """One example with its steps and with every request and answer that its verdict rests on."""

    example: str
    verdict: Verdict
    kind: str | None
    severity: Severity
    sent: str
    required: tuple[str, ...]
    received: str
    reason: str
    step: str
    line: str
    duration_ms: float
    steps: tuple[Step, ...]
    exchanges: tuple[RedactedExchange, ...]


@dataclass(frozen=True)
class Document:
    """The evidence of one requirement; an exchange carries the curl line that repeats it."""

    id: str
    title: str
    verdict: Verdict
    examples: tuple[JudgedExample, ...]


def documents(rows: Iterable[Row]) -> dict[str, Document]:
    """The evidence of each requirement by its id."""
    by_id: dict[str, list[Row]] = {}
    for row in rows:
        by_id.setdefault(row.id, []).append(row)
    return {
        id_: Document(id_, mine[0].title, gravest(mine).verdict, tuple(map(_example, mine)))
        for id_, mine in by_id.items()
    }


def _example(row: Row) -> JudgedExample:
    return JudgedExample(**{name: getattr(row, name) for name in JudgedExample.__dataclass_fields__})


def texts(rows: Iterable[Row]) -> Iterator[tuple[str, str]]:
    """`evidence/<id>.json`, name and text, one for each requirement that has a row."""
    for id_, document in documents(rows).items():
        yield f"{FOLDER}/{id_}.json", to_json(document, indent=1) + "\n"
