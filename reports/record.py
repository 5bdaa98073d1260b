"""The run record, `run.json`: the one source of every rendering.

A record is `header` (what was run against what), `results` (one for each requirement that reported) and
`footer` (what came of it). A run that was killed leaves no footer, and one that lost a worker leaves a
collected id without a result: both read as incomplete. `run.schema.json` beside this module is the contract
for readers.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from reports.verdict import SEVERITIES, Outcome, counts_of, gravest, outcome_of
from reports.waivers import Waiver, apply

SCHEMA_VERSION = 1
FILE_NAME = "run.json"
_SCHEMA = Path(__file__).with_name("run.schema.json")

_OF_REQUIREMENT = ("id", "title", "feature", "rule", "method", "level")
_OF_FINDING = ("severity", "requirement_severity", "clauses", "verdict", "kind")
_OF_FAILURE = ("expected", "actual", "reason", "sent", "reproduce", "step", "line")


class RecordError(ValueError):
    """A file that should be a run record is not; the message is one line."""


def header(
    *,
    target: Mapping[str, str],
    claims: Mapping[str, Sequence[str]],
    started: datetime,
    options: Sequence[str],
    features: Path,
    total: int,
) -> dict[str, Any]:
    """What is run against what, as far as it is known at the start.

    `target` needs name, base_url, adapter and environment; `claims` methods and features; `options` is the
    command line, redacted; `total` is the number of requirements in `features`, selected or not.
    """
    return {
        "tool": {"name": "authmark", "version": _version()},
        "requirement_set": {"version": requirement_set(features), "total": total},
        "target": dict(target),
        "claims": {name: list(values) for name, values in claims.items()},
        "started": started.astimezone(UTC).isoformat(timespec="seconds"),
        "options": list(options),
    }


def requirement_set(features: Path) -> str:
    """Which requirements there are, as a version: it changes with any feature file."""
    digest = hashlib.sha256()
    for path in sorted(features.rglob("*.feature")):
        digest.update(f"{path.relative_to(features).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _version() -> str:
    project = Path(__file__).parent.parent / "pyproject.toml"
    return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])


def build(
    *,
    header: Mapping[str, Any],
    rows: Iterable[Mapping[str, Any]],
    collected: Sequence[str],
    lost: Collection[str] = (),
    deselected: int = 0,
    waivers: Sequence[Waiver] = (),
    exchanges: int = 0,
    auth_requests: int = 0,
    left_behind: Sequence[str] = (),
    today: date | None = None,
) -> dict[str, Any]:
    """The record of a run that ended, in whatever way.

    `collected` names the requirement of every collected item, so an outline's id once for each of its rows:
    a requirement has reported only when all its rows have, and not where it is among `lost`: the process that
    ran one of them died. `left_behind` says what could not be removed from
    the target. `today` (in UTC, default: now) decides about the expiry of waivers.
    """
    by_id: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_id.setdefault(row["id"], []).append(row)
    ids = Counter(collected)  # in the order of collection
    unreported = [id_ for id_, items in ids.items() if id_ in lost or len(by_id.get(id_, ())) < items]
    finished = datetime.now(UTC)
    results, problems = apply(
        [result_of(by_id[id_]) for id_ in ids if id_ in by_id], waivers, today or finished.date()
    )
    return {
        "header": {
            "schema_version": SCHEMA_VERSION,
            **header,
            "selection": {"collected": len(collected), "deselected": deselected},
            "collected": list(ids),
        },
        "results": results,
        "footer": {
            "finished": finished.isoformat(timespec="seconds"),
            "collected": len(ids),
            "reported": len(ids) - len(unreported),
            "unreported": unreported,
            "counts": counts_of(results),
            "findings_by_severity": findings_by_severity(results),
            "waivers": {
                "entries": [{**asdict(waiver), "expires": waiver.expires.isoformat()} for waiver in waivers],
                "used": [row["id"] for row in results if row["waived"]],
                "problems": problems,
            },
            "exchanges": exchanges,
            "auth_requests": auth_requests,
            "left_behind": list(left_behind),
            "outcome": outcome_of(results, complete=not unreported, waivers_hold=not problems),
        },
    }


def result_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The result of one requirement from its rows: one of a scenario, several of an outline."""
    speaker = gravest(rows)
    result = {name: speaker[name] for name in (*_OF_REQUIREMENT, *_OF_FINDING, *_OF_FAILURE)}
    result["clauses"] = list(speaker["clauses"])
    result["expected"] = list(speaker["expected"])
    if result["verdict"] not in {"failed", "warning"}:
        result["kind"] = None
    result["waived"] = False
    result["duration_ms"] = round(sum(row["duration_ms"] for row in rows), 3)
    result["evidence"] = f"evidence/{speaker['id']}.json"
    result["examples"] = [
        {name: row[name] for name in ("example", "verdict", "kind", "actual")}
        for row in rows
        if row["example"]
    ]
    return result


def findings_by_severity(results: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many findings (failed or warning, not waived) there are of each severity."""
    tally = Counter(
        row["severity"] for row in results if row["verdict"] in {"failed", "warning"} and not row["waived"]
    )
    return {severity: tally[severity] for severity in SEVERITIES}


def write(directory: Path, record: Mapping[str, Any]) -> Path:
    """Write `run.json` whole or not at all; return its path."""
    path = directory / FILE_NAME
    write_whole(path, json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    return path


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all: a reader, or a kill, never meets half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.write_text(text, encoding="utf-8")
    half.replace(path)


def read(path: Path) -> dict[str, Any]:
    """A record from its file, or from the directory of its run.

    Raises `RecordError` where there is none or it breaks the schema.
    """
    file = path / FILE_NAME if path.is_dir() else path
    try:
        record: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecordError(f"{file}: {error.strerror or 'cannot be read'}") from error
    except ValueError as error:
        raise RecordError(f"{file}: is no JSON: {error}") from error
    if problem := schema_problem(record):
        raise RecordError(f"{file}: is no run record: {problem}")
    return record


def schema_problem(record: Any) -> str:
    """How a record breaks the schema: the place and the reason; empty where it does not."""
    error = min(_validator().iter_errors(record), key=lambda one: len(one.path), default=None)
    return f"{error.json_path}: {error.message[:200]}" if error else ""


@cache
def _validator() -> Any:
    # Only readers validate; a run should not wait 100 ms for an import that it does not need.
    from jsonschema import Draft202012Validator  # noqa: PLC0415  see the line above

    return Draft202012Validator(json.loads(_SCHEMA.read_text(encoding="utf-8")))


def outcome_on_reading(record: Mapping[str, Any]) -> Outcome:
    """The outcome as the record's own results give it, not as its footer says.

    Incomplete where there is no footer, where a collected id has no result, or where a result is blocked or
    in error.
    """
    footer = record.get("footer")
    if footer is None:
        return "incomplete"
    missing = set(record["header"]["collected"]) - {result["id"] for result in record["results"]}
    return outcome_of(
        record["results"],
        complete=not missing and not footer["unreported"],
        waivers_hold=not footer["waivers"]["problems"],
    )
