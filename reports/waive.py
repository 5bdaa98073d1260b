"""A deviations file made from a run, for somebody to fill in: `authmark waive DIR`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import date, datetime, timedelta

from reports import waivers
from reports.journal import Contents
from reports.row import Row
from reports.waivers import Waiver


def written(contents: Contents) -> str:
    """A deviations file for what a run found and nobody answers for yet, with those entries that hold.

    Reason and owner are empty, and the next run refuses the file until they are filled.
    """
    ended = contents.end.finished if contents.end else contents.header.started
    blocks, today = [], datetime.fromisoformat(ended).date()
    for row in contents.rows:
        kind = waivers.kind_of(row)
        if kind is None:
            continue
        waiver = next((each for each in contents.header.waivers if each.covers(row, today)), None)
        waiver = waiver or Waiver(row.id, kind, "", "", today + timedelta(days=90), row.example)
        blocks.append("".join(f"# {line}\n" for line in _about(row)) + _entry(waiver))
    head = (
        f"# What {_one_line(contents.header.target.name)} did otherwise than required in run {contents.header.run}.\n"
        "# An entry excuses what it names until its date, and needs a reason and an owner who answers for it.\n"
    )
    return "\n".join([head, *blocks])


def _about(row: Row) -> Iterator[str]:
    yield f"{row.severity} {row.verdict}: {_one_line(row.title)}"
    if row.required:
        yield f"required: {_one_line(' or '.join(row.required))}"
    if row.received or row.reason:
        yield f"received: {_one_line(row.received)}" if row.received else _one_line(row.reason)


def _entry(waiver: Waiver) -> str:
    lines = ["[[deviation]]"]
    for name in [field.name for field in fields(Waiver)]:
        value = getattr(waiver, name)
        if value or name not in ("example", "sometimes"):
            said = value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)
            lines.append(f"{name} = {said}")
    return "\n".join(lines) + "\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())
