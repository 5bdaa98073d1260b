"""The evidence of a run: one JSON file for each requirement, the passed ones included, all text redacted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from reports.record import write_whole
from reports.verdict import gravest

FOLDER = "evidence"
_OF_EXAMPLE = (
    "example",
    "verdict",
    "kind",
    "severity",
    "expected",
    "actual",
    "reason",
    "step",
    "line",
    "duration_ms",
    "steps",
    "exchanges",
)


def documents(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The evidence of each requirement by its id; an exchange carries the curl line that repeats it."""
    by_id: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_id.setdefault(row["id"], []).append(row)
    return {
        id_: {
            "id": id_,
            "title": mine[0]["title"],
            "verdict": gravest(mine)["verdict"],
            "examples": [{name: row[name] for name in _OF_EXAMPLE} for row in mine],
        }
        for id_, mine in by_id.items()
    }


def write(directory: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write `evidence/<id>.json` below the directory of a run, one for each requirement that has a row."""
    for id_, document in documents(rows).items():
        write_whole(
            directory / FOLDER / f"{id_}.json", json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        )


def read(directory: Path) -> dict[str, dict[str, Any]]:
    """The evidence in the directory of a run, by requirement id; one without a file is left out."""
    found = {}
    for path in sorted((directory / FOLDER).glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        found[document["id"]] = document
    return found


def digest(path: Path) -> str:
    """SHA-256 of a file in hex, as `sha256sum` prints it; empty where there is no such file."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
