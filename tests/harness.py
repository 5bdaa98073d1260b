"""Runs the harness through its front door, as a user does, and reads what it wrote."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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

    @property
    def errors(self) -> list[str]:
        """The lines with which a run says why it could not start."""
        return [line for line in self.output.splitlines() if line.startswith("ERROR")]

    def result(self, id_: str) -> dict[str, Any]:
        assert self.record is not None, self.output
        return next(row for row in self.record["results"] if row["id"] == id_)


def run(
    out: Path, *arguments: str, env: Mapping[str, str] | None = None, paths: tuple[str, ...] = ("features",)
) -> Finished:
    """`pytest features ...` in a process of its own, with its reports under `out`."""
    done = subprocess.run(
        command(out, *arguments, paths=paths),
        cwd=ROOT,
        env={**clean_environment(), **(env or {})},
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    return finished(out, done.returncode, done.stdout + done.stderr)


def command(out: Path, *arguments: str, paths: tuple[str, ...] = ("features",)) -> list[str]:
    return [sys.executable, "-m", "pytest", *paths, "-p", "no:cacheprovider", f"--out={out}", *arguments]


def finished(out: Path, code: int, output: str) -> Finished:
    latest = out / "latest"
    record = latest / "run.json"
    return Finished(
        code=code,
        output=output,
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
        if not name.startswith(("PYTEST_", "MEDPLUM_", "COV_"))
        and name not in ("CI", "PYTHONDONTWRITEBYTECODE")  # each start would compile all that it imports
    }


@dataclass(frozen=True)
class Reference:
    """A reference target that the run did not start: its address, and the credentials for a run."""

    base_url: str
    env: Mapping[str, str]
    process: subprocess.Popen[str]

    def profile(self, path: Path, *changes: tuple[str, str]) -> Path:
        """A profile of it, as a user would write one: the shipped one with some words replaced."""
        text = (ROOT / "fixtures/target/profiles/medplum.toml").read_text()
        for old, new in (("http://localhost:8103/", self.base_url), ("= 150 ", "= 100000 "), *changes):
            assert old in text, old
            text = text.replace(old, new)
        path.write_text(text)
        return path


@contextmanager
def reference(*options: str) -> Iterator[Reference]:
    """`python -m fixtures.reference ...` as a process, ended behind the test."""
    env = {
        "MEDPLUM_CLIENT_ID": "11111111-1111-4111-8111-111111111111",
        "MEDPLUM_CLIENT_SECRET": secrets.token_hex(32),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "fixtures.reference", "--port", "0", "--exit-with-stdin", *options],
        cwd=ROOT,
        env={**clean_environment(), **env},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        try:
            yield Reference(json.loads(process.stdout.readline())["base_url"], env, process)
        finally:
            process.kill()
