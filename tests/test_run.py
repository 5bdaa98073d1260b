"""Whole runs through the front door: what they leave behind, and how they end when something ends them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from lxml import etree, html

from fixtures import ledger
from reports import journal, record
from reports.__main__ import main
from reports.requirement import clause_of
from reports.row import to_json
from tests.harness import (
    ROOT,
    Finished,
    Reference,
    reference,
    run,
    selecting,
)

FAULT = "pkce-verifier-ignored"
FOUND = {"PK02", "PK05", "PK12", "PK14", "PK15"}  # by the fault, in the feature below
PKCE = ("features/browser/pkce.feature",)
SIGNALLED = ("-p", "tests.plugins.signalled")


@pytest.fixture(scope="module")
def server() -> Iterator[Reference]:
    with reference("--test-clock") as started:
        yield started


class Runs:
    """The runs that several tests look at; they go on side by side."""

    def __init__(self, folder: Path, server: Reference) -> None:
        self.folder = folder
        self.server = server
        self.profile = str(server.profile(folder / "profile.toml"))
        self._pool = ThreadPoolExecutor(max_workers=os.cpu_count())
        self._runs: dict[str, Future[Finished]] = {}
        fault = f"--fault={FAULT}"
        junit, allure = folder / "junit.xml", folder / "allure"
        self._start("default", run)
        self._start(
            "faulty",
            lambda out: run(out, fault, f"--junitxml={junit}", f"--alluredir={allure}"),
        )
        self._start("parallel", lambda out: run(out, fault, "-n4"))
        self._start(
            "crashed",
            lambda out: run(out, *SIGNALLED, "-n2", env=_signal(out, "SIGKILL", "PK02[one"), paths=PKCE),
        )
        self._start("interrupted", lambda out: self._against_server(out, _signal(out, "SIGINT", "PK09")))
        self._start("killed", lambda out: self._against_server(out, _signal(out, "SIGKILL", "PK09")))

    def _start(self, name: str, make: Callable[[Path], Finished]) -> None:
        self._runs[name] = self._pool.submit(make, self.folder / name)

    def _against_server(self, out: Path, env: dict[str, str]) -> Finished:
        return run(out, f"--target={self.profile}", *SIGNALLED, env={**self.server.env, **env}, paths=PKCE)

    def __getitem__(self, name: str) -> Finished:
        return self._runs[name].result()

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


def _signal(out: Path, name: str, scenario: str) -> dict[str, str]:
    sent = out.with_name(f"{out.name}-{name}-sent")
    return {"AUTHMARK_SIGNAL": name, "AUTHMARK_SIGNAL_IN": scenario, "AUTHMARK_SIGNAL_SENT": str(sent)}


@pytest.fixture(scope="module")
def runs(server: Reference, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    started = Runs(tmp_path_factory.mktemp("runs"), server)
    yield started
    started.close()


def ledger_of(finished: Finished) -> Path:
    assert finished.directory is not None, finished.output
    return finished.directory / "ledger.jsonl"


# ----- a run in which all goes well


def test_the_default_run_is_conformant(runs: Runs) -> None:
    finished = runs["default"]
    assert (finished.code, finished.outcome) == (0, "conformant"), finished.output
    assert finished.directory is not None
    read = record.derive(journal.read(finished.directory))
    assert read.outcome == "conformant"
    assert read.footer
    assert read.footer.unreported == ()
    assert read.footer.left_behind == ()
    assert read.header.requirement_set.total == len(read.results) == read.footer.collected
    assert json.loads(to_json(read)) == finished.record
    assert "Reference target: conformant" in finished.output


def test_latest_points_to_the_newest_run(runs: Runs) -> None:
    assert runs["default"].directory is not None
    latest = runs.folder / "default" / "latest"
    assert latest.is_symlink()
    assert not latest.readlink().is_absolute()
    assert {path.name for path in (runs.folder / "default").iterdir()} == {
        latest.name,
        runs["default"].directory.name,
    }


def test_each_requirement_has_its_evidence_passes_too(runs: Runs) -> None:
    finished = runs["default"]
    assert finished.directory is not None
    assert finished.record is not None
    for result in finished.record["results"]:
        evidence = json.loads((finished.directory / result["evidence"]).read_text())
        assert result["id"] in json.dumps(evidence)
        assert all(row["steps"] and row["exchanges"] for row in evidence["examples"]), result["id"]
    exchanges = [
        exchange
        for row in json.loads((finished.directory / "evidence/PK02.json").read_text())["examples"]
        for exchange in row["exchanges"]
    ]
    assert any("/oauth2/token" in exchange["url"] and exchange["status"] == 400 for exchange in exchanges)


def test_the_ledger_knew_each_object_before_it_was_made_and_all_are_removed(runs: Runs) -> None:
    path = ledger_of(runs["default"])
    events = [json.loads(line) for line in path.read_text().splitlines()[1:]]
    states: dict[str, list[str]] = {}
    for event in events:
        states.setdefault(event["entry"], []).append(event["state"])
    # What an attack might have made is planned too, and was never made.
    assert set(map(tuple, states.values())) == {("planned", "made", "removed"), ("planned", "removed")}
    assert ledger.read(path).open_entries == ()


# ----- a run with a finding


def test_a_finding_fails_the_run(runs: Runs) -> None:
    finished = runs["faulty"]
    assert (finished.code, finished.outcome) == (1, "not-conformant"), finished.output
    assert set(pkce_findings(finished)) == FOUND
    assert finished.result("PK02")["kind"] == "accepted"


def pkce_findings(finished: Finished) -> list[str]:
    return [id_ for id_, verdict in finished.verdicts.items() if verdict == "failed" and id_.startswith("PK")]


def four_things(finished: Finished, id_: str) -> list[str]:
    """What was sent, what is required, what came, and how to see it again, as the record says them."""
    result = finished.result(id_)
    things = [result["sent"], *result["required"], result["received"], result["reproduce"]]
    assert all(things), result
    assert "code_verifier" in result["sent"]
    assert "invalid_grant" in result["required"][0]
    assert result["received"].startswith("200 ")
    assert result["reproduce"].startswith("curl ")
    return things


def test_the_terminal_says_the_four_things(runs: Runs) -> None:
    finished = runs["faulty"]
    for thing in four_things(finished, "PK02"):
        assert " ".join(thing.split()) in finished.output


def test_junit_names_requirement_and_step_and_says_the_four_things(runs: Runs) -> None:
    things = four_things(runs["faulty"], "PK02")
    cases = [
        case
        for case in etree.parse(runs.folder / "junit.xml").iter("testcase")
        if case.get("name", "").startswith("PK02")
    ]
    assert len(cases) == 3, "one for each example"
    for case in cases:
        properties = {each.get("name"): each.get("value") for each in case.iter("property")}
        assert properties == {"requirement": "PK02", "verdict": "failed"}
    texts = ["".join(failure.itertext()) for case in cases for failure in case.iter("failure")]
    assert any(all(" ".join(thing.split()) in text for thing in things) for text in texts)
    assert all('Then the token request is refused with 400 "invalid_grant"' in text for text in texts)
    assert all("features/browser/pkce.feature:" in text for text in texts)


def test_allure_says_the_four_things_with_the_exchange_in_its_step(runs: Runs) -> None:
    things = four_things(runs["faulty"], "PK02")
    results = [json.loads(path.read_text()) for path in (runs.folder / "allure").glob("*-result.json")]
    mine = [result for result in results if result["name"].startswith("PK02 ")]
    assert len(mine) == 3
    details = [result["statusDetails"]["message"] + result["statusDetails"]["trace"] for result in mine]
    assert any(all(" ".join(thing.split()) in text for thing in things) for text in details)
    for result in mine:
        when = next(step for step in result["steps"] if step["name"].startswith("When "))
        assert any("/oauth2/token" in attachment["name"] for attachment in when["attachments"])
        assert result["status"] == "failed"
    passed = [result for result in results if result["status"] == "passed"]
    assert {result["name"].partition(" ")[0] for result in passed} >= {"PK01", "PK07"}


def test_the_certificate_says_the_four_things(runs: Runs) -> None:
    finished = runs["faulty"]
    assert finished.directory is not None
    page = html.fromstring((finished.directory / "certificate.html").read_text())
    text = " ".join(page.text_content().split())
    for thing in four_things(finished, "PK02"):
        assert " ".join(thing.split()) in text
    assert str(clause_of("rfc7636-4.6").title) in text  # type: ignore[union-attr]


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl, as its users do")
def test_the_curl_line_of_a_finding_shows_it_again(tmp_path: Path) -> None:
    """With the secrets that the line names in the environment, and a POST, a GET and a header among the requests."""
    faults = {
        "CA05b": "client-wrong-secret-post-accepted",
        "TE06": "token-get-accepted",
        "RS02": "bearer-query-token-accepted",
        "RS03": "bearer-scheme-case-sensitive",
    }
    noted = tmp_path / "again"
    finished = run(
        tmp_path / "out",
        "-p",
        "tests.plugins.again",
        *(f"--fault={fault}" for fault in faults.values()),
        *selecting(list(faults)),
        env={"AUTHMARK_AGAIN": str(noted)},
    )
    again = {row["id"]: row for row in map(json.loads, noted.read_text().splitlines())}
    assert again.keys() == faults.keys(), finished.output
    for id_, row in again.items():
        assert row["error"] == "", id_
        assert row["head"].split()[1] == str(row["before"]), id_
    assert "access_token" in json.loads(again["CA05b"]["body"])
    assert "access_token" in json.loads(again["TE06"]["body"])
    assert json.loads(again["RS02"]["body"])["resourceType"] == "Patient"
    assert again["RS03"]["before"] == 401


# ----- a parallel run


def test_a_parallel_run_gives_the_same_verdicts_in_one_record_and_one_ledger(runs: Runs) -> None:
    serial, parallel = runs["faulty"], runs["parallel"]
    assert parallel.verdicts == serial.verdicts, parallel.output
    assert (parallel.code, parallel.outcome) == (1, "not-conformant")
    assert parallel.record is not None
    assert serial.record is not None
    for each in ("collected", "reported", "unreported", "counts", "left_behind"):
        assert parallel.record["footer"][each] == serial.record["footer"][each]
    assert parallel.record["selection"] == serial.record["selection"]
    assert {row["id"]: row["kind"] for row in parallel.record["results"]} == {
        row["id"]: row["kind"] for row in serial.record["results"]
    }
    assert len([path for path in (runs.folder / "parallel").iterdir() if not path.is_symlink()]) == 1
    entries = ledger.read(ledger_of(parallel)).entries
    assert len(entries) > 20
    assert {entry.state for entry in entries} == {"removed"}


# ----- runs of a part


@pytest.mark.parametrize("selection", [("-k", "PK02 or PK05"), selecting(["PK02", "PK05"])])
def test_a_run_of_a_part_says_so(tmp_path: Path, selection: tuple[str, ...]) -> None:
    finished = run(tmp_path, *selection, paths=PKCE)
    assert (finished.code, finished.outcome) == (0, "partial"), finished.output
    assert set(finished.verdicts) == {"PK02", "PK05"}
    assert finished.record is not None
    total = len(finished.record["header"]["requirement_set"]["ids"])
    assert f"Reference target: partial, 2 of {total} requirements" in finished.output
    assert finished.directory is not None
    certificate = (finished.directory / "certificate.html").read_text()
    assert "A partial run." in certificate
    said = html.fromstring(certificate).xpath("//header")[0].text_content()
    assert "conformant" not in f"{finished.output} {said}".lower()


def test_a_run_of_one_row_of_an_outline_says_so_too(tmp_path: Path) -> None:
    """Also where workers select, which tell the controller only what is left."""
    finished = run(tmp_path, "-k", "PK02 and another", "-n1", paths=PKCE)
    assert finished.record is not None, finished.output
    assert finished.verdicts == {"PK02": "passed"}
    assert finished.record["selection"]["collected"] == 1
    assert finished.record["selection"]["deselected"] > 1


def test_a_selection_of_nothing_is_not_green(tmp_path: Path) -> None:
    finished = run(tmp_path, "-k", "nothing_is_called_so")
    assert (finished.code, finished.outcome) == (1, "incomplete"), finished.output


# ----- runs that end early


def test_a_full_disk_is_told_in_one_line_and_the_target_is_clean(server: Reference, tmp_path: Path) -> None:
    """A limit of what one file may hold stands for it: the rows no longer fit."""
    profile = server.profile(tmp_path / "profile.toml")
    finished = run(
        tmp_path / "out", f"--target={profile}", "-p", "tests.plugins.full_disk", env=server.env, paths=PKCE
    )
    assert (finished.code, finished.record) == (1, None), finished.output
    assert finished.output.count("cannot be written: File too large") == 1
    assert "Traceback" not in finished.output
    assert "INTERNALERROR" not in finished.output
    assert ledger.read(ledger_of(finished)).open_entries == ()


def test_a_worker_that_dies_leaves_the_run_incomplete(runs: Runs) -> None:
    """The scenario is named, though another worker runs it again and its outline's other rows passed."""
    finished = runs["crashed"]
    assert (finished.code, finished.outcome) == (1, "incomplete"), finished.output
    assert finished.record is not None
    assert finished.record["footer"]["unreported"] == ["PK02"]
    assert "no result: PK02" in finished.output
    assert finished.verdicts["PK12"] == "passed"
    assert ledger.read(ledger_of(finished)).open_entries == ()


@pytest.mark.parametrize("options", [("-x",), ("--maxfail=1",), ("-x", "-n2")])
def test_a_run_that_stops_at_the_first_finding_names_what_it_did_not_ask(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    finished = run(tmp_path, f"--fault={FAULT}", *options, paths=PKCE)
    assert (finished.code, finished.outcome) == (1, "partial"), finished.output
    assert finished.record is not None
    assert finished.verdicts["PK02"] == "failed"
    assert {"PK02", "PK08"} <= set(finished.record["footer"]["unreported"]), "two rows of PK02 never ran"
    assert ledger.read(ledger_of(finished)).open_entries == ()


def projects(server: Reference) -> set[str]:
    """The names of all projects on a server."""
    with httpx.Client(base_url=server.base_url) as client:
        token = client.post(
            "oauth2/token",
            data={
                "grant_type": "client_credentials",
                "client_id": server.env["MEDPLUM_CLIENT_ID"],
                "client_secret": server.env["MEDPLUM_CLIENT_SECRET"],
            },
        ).json()["access_token"]
        bundle = client.get(
            "fhir/R4/Project?_count=1000", headers={"Authorization": f"Bearer {token}"}
        ).json()
    return {entry["resource"]["name"] for entry in bundle["entry"]}


def test_ctrl_c_leaves_a_record_and_a_clean_target(runs: Runs) -> None:
    finished = runs["interrupted"]
    assert finished.outcome == "incomplete", finished.output
    assert finished.code == 1
    assert finished.record is not None
    assert finished.verdicts["PK02"] == "passed"
    assert "PK09" in finished.record["footer"]["unreported"]
    assert finished.record["footer"]["left_behind"] == []
    path = ledger_of(finished)
    assert ledger.read(path).open_entries == ()
    run_id = ledger.read(path).run
    assert not any(run_id in name for name in projects(runs.server))
    assert "Traceback" not in finished.output


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_sigterm_and_sighup_end_a_run_as_ctrl_c_does(runs: Runs, name: str) -> None:
    out = runs.folder / name
    finished = runs._against_server(out, _signal(out, name, "PK09"))
    assert (finished.code, finished.outcome) == (1, "incomplete"), finished.output
    assert finished.record is not None
    assert finished.verdicts["PK02"] == "passed"
    assert finished.record["footer"]["left_behind"] == []
    assert ledger.read(ledger_of(finished)).open_entries == ()
    assert "Traceback" not in finished.output


def test_ctrl_c_against_the_embedded_target_cleans_up_too(tmp_path: Path) -> None:
    """The interrupt reaches every process of the terminal's group; the target must outlive it."""
    for number, workers in enumerate(((), ("-n2",))):
        out = tmp_path / str(number)
        finished = run(out, *SIGNALLED, *workers, env=_signal(out, "SIGINT", "PK09"), paths=PKCE)
        assert finished.outcome == "incomplete", finished.output
        assert finished.record is not None
        assert finished.record["footer"]["left_behind"] == []
        assert ledger.read(ledger_of(finished)).open_entries == ()


def assert_it_can_still_be_rendered(killed: Finished) -> None:
    """With what it has, as incomplete; `latest` points to it and not to a run before it."""
    assert killed.directory is not None
    assert main(["render", str(killed.directory)]) == 0
    rendered = json.loads((killed.directory / "run.json").read_text())
    assert rendered["footer"] is None
    assert {row["id"]: row["verdict"] for row in rendered["results"]}["PK02"] == "passed"
    assert ">Incomplete<" in (killed.directory / "certificate.html").read_text()
    assert (killed.directory / "evidence/PK02.json").exists()


def test_a_killed_run_is_cleaned_up_from_its_ledger(runs: Runs) -> None:
    finished = runs["killed"]
    assert finished.code == -9
    assert finished.record is None
    assert_it_can_still_be_rendered(finished)
    path = ledger_of(finished)
    run_id = ledger.read(path).run
    assert any(run_id in name for name in projects(runs.server))
    assert len(ledger.read(path).open_entries) > 4

    def cleanup() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "fixtures.cleanup", "cleanup", str(path)],
            cwd=ROOT,
            env={**os.environ, **runs.server.env},
            capture_output=True,
            text=True,
            check=False,
        )

    first = cleanup()
    assert first.returncode == 0, first.stderr
    assert ledger.read(path).open_entries == ()
    assert not any(run_id in name for name in projects(runs.server))
    again = cleanup()
    assert (again.returncode, "nothing is left" in again.stderr) == (0, True), again.stderr
