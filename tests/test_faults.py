"""Who tests the tests: every requirement can fail, and every fault is seen by exactly what it names."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.harness import ROOT, Finished, run, selecting

FAULTS: dict[str, dict[str, Any]] = {
    row["name"]: row
    for row in json.loads(
        subprocess.run(
            [sys.executable, "-m", "fixtures.reference", "faults", "--json"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )
}


class Runs:
    """Runs with one fault each, as many at once as there are cores; each is started when it is first asked for."""

    def __init__(self, out: Path, *, exact: bool) -> None:
        self._out, self._exact = out, exact
        self._pool = ThreadPoolExecutor(max_workers=os.cpu_count())
        self._baseline = self._pool.submit(run, out / "no-fault")
        self._runs: dict[str, Future[Finished]] = {}

    def start_all(self, names: list[str]) -> None:
        for name in names:
            self._runs.setdefault(name, self._pool.submit(self._with, name))

    def baseline(self) -> Finished:
        return self._baseline.result()

    def of(self, name: str) -> Finished:
        self.start_all([name])
        return self._runs[name].result()

    def _with(self, name: str) -> Finished:
        selection = () if self._exact else selecting(FAULTS[name]["requirements"] + FAULTS[name]["blocks"])
        return run(self._out / name, "--fault", name, *selection)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    made = Runs(tmp_path_factory.mktemp("faults"), exact=request.config.option.exact)
    made.start_all(
        [
            item.callspec.params["name"]
            for item in request.session.items
            if hasattr(item, "callspec") and "name" in item.callspec.params and item.path == request.path
        ]
    )
    yield made
    made.close()


def test_the_reference_target_without_a_fault_is_conformant(runs: Runs) -> None:
    finished = runs.baseline()
    assert finished.outcome == "conformant", finished.output
    assert set(finished.verdicts.values()) == {"passed"}, finished.output


def test_every_requirement_has_a_fault(runs: Runs) -> None:
    named = {id_ for fault in FAULTS.values() for id_ in fault["requirements"]}
    assert set(runs.baseline().verdicts) - named == set()


def test_every_fault_names_requirements_that_exist(runs: Runs) -> None:
    known = set(runs.baseline().verdicts)
    assert {name: ids for name, row in FAULTS.items() if (ids := set(row["requirements"]) - known)} == {}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_seen_by_what_it_names(runs: Runs, name: str) -> None:
    """The named requirements deviate; with --exact, also nothing else changes its verdict.

    What a fault `blocks` has lost its control: it must not be judged at all, and is no proof of that requirement.
    """
    finished = runs.of(name)
    assert finished.record is not None, finished.output
    deviating = {id_ for id_, verdict in finished.verdicts.items() if verdict in ("failed", "warning")}
    others = {id_: v for id_, v in finished.verdicts.items() if v not in ("passed", "failed", "warning")}
    assert deviating == set(FAULTS[name]["requirements"]), finished.output
    assert others == dict.fromkeys(FAULTS[name]["blocks"], "blocked"), finished.output
