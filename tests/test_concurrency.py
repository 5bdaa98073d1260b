"""Scenarios that run at once give what they give one after another: verdicts, evidence, order, one record."""

from __future__ import annotations

import itertools
import json
import subprocess
from pathlib import Path

import pytest

from tests.harness import ROOT, Finished, Reference, clean_environment, command, reference, run
from tests.proxy import Trouble, proxy


def test_verdicts_are_those_of_a_run_in_one_process(tmp_path: Path) -> None:
    """With a fault, so that not all are passed; and with more processes than the machine has cores."""
    fault = "--fault=pkce-verifier-ignored"
    serial = run(tmp_path / "serial", fault, "--concurrency=1", paths=("features/browser",))
    forked = run(tmp_path / "forked", fault, "--concurrency=4", paths=("features/browser",))
    assert forked.verdicts == serial.verdicts
    assert set(forked.verdicts.values()) == {"passed", "failed"}
    assert forked.code == serial.code == 1
    assert [row["id"] for row in forked.record["results"]] == [row["id"] for row in serial.record["results"]]
    for row in forked.record["results"]:
        assert (forked.directory / row["evidence"]).exists()


def test_what_is_made_once_is_made_once(tmp_path: Path) -> None:
    """People, clients and sessions that scenarios share are not made again by every process."""
    serial = run(tmp_path / "serial", "--concurrency=1", paths=("features/tokens",))
    forked = run(tmp_path / "forked", "--concurrency=4", paths=("features/tokens",))
    # One after another they are asked for a sign of life at the end of each feature, else at the end of the run.
    features = len(list(Path("features/tokens").glob("*.feature")))
    more = serial.record["footer"]["auth_requests"] - forked.record["footer"]["auth_requests"]
    assert 0 <= more <= features
    kinds = [sorted(planned(each.directory / "ledger.jsonl")) for each in (serial, forked)]
    assert kinds[0] == kinds[1]


def planned(ledger: Path) -> list[str]:
    events = [json.loads(line) for line in ledger.read_text().splitlines()]
    return [event["kind"] for event in events if event.get("state") == "planned"]


def test_what_a_crowd_may_have_caused_is_asked_once_more_alone(tmp_path: Path) -> None:
    """A target that cannot serve many at once is not blamed for what it answers then."""
    calls = itertools.count()

    def some_of_the_first(_: str, path: str) -> Trouble | None:
        return "busy" if path == "/auth/login" and 3 <= next(calls) < 8 else None

    with reference("--test-clock") as target, proxy(target.base_url, some_of_the_first) as between:
        profile = Reference(between.base_url, target.env, target.process).profile(tmp_path / "slow.toml")
        options = (f"--target={profile}", "--concurrency=3")
        done = run(tmp_path / "out", *options, env=target.env, paths=("features/browser/pkce.feature",))
    assert between.troubled
    assert set(done.verdicts.values()) <= {"passed", "not-applicable"}, done.output


def signalled(folder: Path, name: str) -> Finished:
    """A run of three processes with a signal in the middle of PK03."""
    env = {
        "AUTHMARK_SIGNAL": name,
        "AUTHMARK_SIGNAL_IN": "PK03",
        "AUTHMARK_SIGNAL_SENT": str(folder / "sent"),
    }
    options = ("-p", "tests.plugins.signalled", "--concurrency=3")
    return run(folder / "out", *options, env=env, paths=("features/browser/pkce.feature",))


def test_a_process_that_dies_takes_one_result_with_it_and_says_so(tmp_path: Path) -> None:
    env = {
        "AUTHMARK_SIGNAL": "SIGKILL",
        "AUTHMARK_SIGNAL_IN": "PK03",
        "AUTHMARK_SIGNAL_SENT": str(tmp_path / "sent"),
    }
    done = run(
        tmp_path / "out",
        "-p",
        "tests.plugins.signalled",
        "--concurrency=3",
        env=env,
        paths=("features/browser/pkce.feature",),
    )
    assert done.outcome == "incomplete", done.output
    assert done.code == 1
    assert done.record["footer"]["unreported"] == ["PK03"]
    assert {verdict for id_, verdict in done.verdicts.items() if id_ != "PK03"} == {"passed"}


def test_an_interrupt_ends_all_and_leaves_nothing(tmp_path: Path) -> None:
    env = {
        "AUTHMARK_SIGNAL": "SIGINT",
        "AUTHMARK_SIGNAL_IN": "PK03",
        "AUTHMARK_SIGNAL_SENT": str(tmp_path / "sent"),
    }
    done = run(
        tmp_path / "out",
        "-p",
        "tests.plugins.signalled",
        "--concurrency=3",
        env=env,
        paths=("features/browser/pkce.feature",),
    )
    assert done.outcome == "incomplete", done.output
    assert done.record["footer"]["left_behind"] == []
    assert "Traceback" not in done.output


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_a_number_of_processes_is_a_number(tmp_path: Path, number: str) -> None:
    done = subprocess.run(
        [*command(tmp_path), f"--concurrency={number}"],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert "--concurrency" in done.stderr
