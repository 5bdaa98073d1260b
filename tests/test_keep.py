"""`--keep` leaves the cast standing, says who it is and how to remove it; and when a run stops for want of answers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from fixtures import ledger
from fixtures.stop import Silence
from tests.harness import ROOT, Reference, clean_environment, reference, run, selecting


@pytest.fixture(scope="module")
def server() -> Iterator[Reference]:
    with reference() as started:
        yield started


def values_of(path: Path) -> dict[str, str]:
    lines = [line.removeprefix("export ") for line in path.read_text().splitlines()]
    return {name: value.strip("'") for name, _, value in (line.partition("=") for line in lines)}


def test_a_kept_cast_can_be_used_and_removed(server: Reference, tmp_path: Path) -> None:
    profile = server.profile(tmp_path / "profile.toml")
    finished = run(
        tmp_path / "out", f"--target={profile}", "--keep", *selecting(["CA02", "PK01"]), env=server.env
    )
    assert finished.directory is not None, finished.output
    cast, path = finished.directory / "cast.env", finished.directory / "ledger.jsonl"
    assert f"the cast stands: {cast} says who it is; to remove it: authmark cleanup {path}" in finished.output
    assert cast.stat().st_mode & 0o777 == 0o600
    known = values_of(cast)
    assert {"BACKEND_CLIENT_SECRET", "PRACTITIONER_PASSWORD"} <= known.keys()
    answer = httpx.post(
        f"{server.base_url}oauth2/token",
        data={
            "grant_type": "client_credentials",
            "client_id": known["BACKEND_CLIENT_ID"],
            "client_secret": known["BACKEND_CLIENT_SECRET"],
        },
    )
    assert answer.status_code == 200, answer.text
    assert ledger.read(path).open_entries
    removed = subprocess.run(
        [sys.executable, "-m", "authmark", "cleanup", str(path)],
        cwd=ROOT,
        env={**clean_environment(), **server.env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert removed.returncode == 0, removed.stderr
    assert ledger.read(path).open_entries == ()


def test_nothing_of_the_embedded_target_can_be_kept(tmp_path: Path) -> None:
    finished = run(tmp_path / "out", "--keep")
    assert finished.code == 4
    assert finished.errors[0].startswith("ERROR: --keep: the embedded reference target ends with the run")


def test_three_scenarios_in_a_row_without_an_answer_are_enough() -> None:
    silence = Silence()
    assert [silence.note("error", [None]) for _ in range(3)] == [False, False, True]


@pytest.mark.parametrize(
    ("verdict", "statuses"),
    [
        ("error", [200, None]),  # one of its requests was answered
        ("passed", []),  # it needed no request
        ("not-applicable", []),
        ("failed", [500]),
    ],
)
def test_a_scenario_that_got_an_answer_begins_the_count_anew(
    verdict: str, statuses: list[int | None]
) -> None:
    silence = Silence()
    for _ in range(2):
        silence.note("error", [None])
    assert not silence.note(verdict, statuses)
    assert not silence.note("error", [None])


def test_a_scenario_that_leaned_on_another_counts_only_where_that_got_no_answer() -> None:
    silence = Silence()
    assert not any(silence.note("blocked", []) for _ in range(9)), "a control that the server refused"
    silence.note("error", [None])
    assert [silence.note("blocked", []) for _ in range(2)] == [False, True]
