"""A row: one judged example of a requirement, redacted. Every rendering of a run is made from its rows.

Rows go through pipes (from worker to controller) and files (`rows.jsonl`) as JSON; `to_json` and `from_json` are the
only places where that happens.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any, ClassVar, Literal

from reports.exchange import Headers
from reports.verdict import Level, Severity, Verdict


@dataclass(frozen=True)
class Step:
    """One Gherkin step of a scenario as far as it ran."""

    keyword: str
    name: str
    status: Literal["passed", "failed"]


@dataclass(frozen=True)
class ReadToken:
    """A JWT of an exchange as it can be read, without its signature: nobody can use it, and anybody can judge it."""

    mark: str  # what stands in its place, such as [access_token:3f9a alg=ES256 typ=at+jwt]
    header: str  # JSON
    claims: str  # JSON


@dataclass(frozen=True)
class RedactedExchange:
    """An exchange as evidence: without secrets, long bodies cut, with a curl line that sends it again."""

    purpose: str
    method: str
    url: str
    request_headers: Headers
    request_body: str
    status: int | None
    response_headers: Headers
    response_body: str
    error: str | None
    started: float  # seconds since the epoch
    duration_ms: float
    tokens: tuple[ReadToken, ...]  # that the target issued here, and that the harness forged
    curl: str

    @property
    def answer(self) -> str:
        """The status, or why there is none."""
        return str(self.status or self.error or "no answer")


@dataclass(frozen=True)
class Row:
    """The verdict on one example of a requirement, and all that it rests on.

    `required` and `received` are filled for passed rows as well: there they are the sentences that were judged, and
    the answer that they were held against.
    """

    id: str
    title: str
    feature: str
    rule: str
    method: str
    level: Level
    requirement_severity: Severity
    clauses: tuple[str, ...]
    example: str  # the cells of an outline's row; empty where the scenario is no outline
    verdict: Verdict
    kind: str | None  # of the deviation; None unless failed or warning
    severity: Severity  # of the finding
    required: tuple[str, ...]  # every acceptable outcome
    received: str
    reason: str  # why nothing was learned
    sent: str
    reproduce: str
    step: str  # the one that raised
    line: str
    duration_ms: float
    asked: tuple[str, ...]  # the methods and features that it asked of the target
    steps: tuple[Step, ...]
    exchanges: tuple[RedactedExchange, ...]

    __pydantic_config__: ClassVar = {"extra": "forbid"}


def withdrawn(row: Row, reason: str, exchanges: tuple[RedactedExchange, ...]) -> Row:
    """A row whose verdict proves nothing after all, with what shows that."""
    return replace(row, verdict="blocked", reason=reason, required=(), exchanges=(*row.exchanges, *exchanges))


def to_json(value: Any, indent: int | None = None) -> str:
    """A value of the reports as JSON; on one line where nothing is said of indenting."""
    return json.dumps(value, default=_plain, indent=indent, ensure_ascii=False)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else vars(value)


def from_json(text: str) -> Row:
    """The row that `to_json` wrote. Raises ValueError where the text is none."""
    row: Row = _reader().validate_json(text)
    return row


@cache
def _reader() -> Any:
    # A serial run reads no row, and should not wait for this import.
    from pydantic import TypeAdapter  # noqa: PLC0415  see the line above

    return TypeAdapter(Row)
