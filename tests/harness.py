"""Runs the harness through its front door, as a user does, and reads what it wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Finished:
    """A run that ended: what it printed, its exit code, its folder and its record (None: it wrote none)."""

    code: int
    output: str
    directory: Path | None
    record: dict[str, Any] | None

    @property
    def verdicts(self) -> dict[str, str]:
        return {} if self.record is None else {row["id"]: row["verdict"] for row in self.record["results"]}

    @property
    def outcome(self) -> str | None:
        return None if self.record is None else self.record["footer"]["outcome"]

    def result(self, id_: str) -> dict[str, Any]:
        assert self.record is not None, self.output
        return next(row for row in self.record["results"] if row["id"] == id_)


def run(
    out: Path, *arguments: str, env: Mapping[str, str] | None = None, paths: tuple[str, ...] = ("features",)
) -> Finished:
    """`pytest features ...` in a process of its own, with its reports under `out`."""
    command = [sys.executable, "-m", "pytest", *paths, "-p", "no:cacheprovider", f"--out={out}", *arguments]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**clean_environment(), **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    latest = out / "latest"
    record = latest / "run.json"
    return Finished(
        code=done.returncode,
        output=done.stdout + done.stderr,
        directory=latest.resolve() if latest.exists() else None,
        record=json.loads(record.read_text()) if record.exists() else None,
    )


def selecting(ids: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """Options that select requirements by id."""
    return ("-m", " or ".join(f"id(value='{id_}')" for id_ in ids))


def clean_environment() -> dict[str, str]:
    """The environment without what the outer pytest and the user's credentials put there."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST_", "MEDPLUM_", "COV_")) and name != "CI"
    }
