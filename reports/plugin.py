"""The recorder, a pytest plugin: turns what a scenario raised into a row, and all rows into the run's reports.

Rows are made, and redacted, in the process that ran the scenario (it knows the secrets) and travel to the controller
on pytest's own test report, so that a parallel run has one record. Only the controller writes.
"""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest

from reports import certificate, evidence, record, terminal
from reports.deviation import Blocked, Deviation, HarnessError, NotApplicable
from reports.exchange import Exchange
from reports.redaction import Redactor
from reports.requirement import Requirement
from reports.verdict import Verdict, severity_of_finding, verdict_of
from reports.waivers import Waiver

REQUIREMENT = pytest.StashKey[Requirement]()
CATALOGUE = pytest.StashKey[
    tuple[Requirement, ...]
]()  # all requirements of features/, where this run has scenarios
_TRAIL = pytest.StashKey["_Trail"]()
_ROW = pytest.StashKey[dict[str, Any]]()
_DESELECTED = "authmark_deselected"

EXIT_NOT_CONFORMANT = 1
QUOTATION = 200  # characters of an answer that a finding shows; the evidence has it whole


class Trace(Protocol):
    """What the recorder asks of whoever speaks to the target."""

    total: int
    auth_requests: int

    def take(self) -> list[Exchange]:
        """The exchanges since the last call."""


@dataclass
class Run:
    """One run in one process. In a worker `directory` is None: it makes rows and writes nothing."""

    redactor: Redactor
    trace: Trace
    header: dict[str, Any]
    directory: Path | None
    waivers: tuple[Waiver, ...] = ()
    rows: list[dict[str, Any]] = field(default_factory=list)
    collected: list[str] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)  # requirements of scenarios whose worker died
    deselected: int = 0
    traffic: dict[str, tuple[int, int]] = field(default_factory=dict)  # process -> exchanges, auth requests
    before: tuple[int, int] = (0, 0)  # of preflight and provisioning
    result: dict[str, Any] | None = None
    finishers: list[Callable[[], list[str]]] = field(default_factory=list)


RUN = pytest.StashKey[Run]()


@dataclass
class _Trail:
    """The Gherkin steps of the running scenario, and the one that is open."""

    steps: list[dict[str, str]] = field(default_factory=list)
    open_type: str = ""
    line: str = ""


class ScenarioEnded(Exception):  # noqa: N818  carries a verdict to pytest
    """Replaces what a scenario raised: its text is redacted and says all that there is to say."""


# ----- while a scenario runs


def pytest_bdd_before_step(request: pytest.FixtureRequest, feature: Any, step: Any) -> None:
    """Notes the step that is about to run."""
    trail = request.node.stash.setdefault(_TRAIL, _Trail())
    trail.steps.append({"keyword": step.keyword, "name": step.name, "status": "failed"})
    trail.open_type = step.type
    trail.line = f"features/{feature.rel_filename}:{step.line_number}"


def pytest_bdd_after_step(request: pytest.FixtureRequest) -> None:
    """Notes that it passed."""
    request.node.stash[_TRAIL].steps[-1]["status"] = "passed"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Runs a scenario and puts its verdict in place of whatever it raised."""
    run = item.config.stash.get(RUN, None)
    if run is None or REQUIREMENT not in item.stash:
        return (yield)
    trail = item.stash[_TRAIL] = _Trail()
    run.trace.take()
    started = time.perf_counter()
    error: Exception | None = None
    try:
        yield
    except Exception as caught:  # noqa: BLE001  every exception is a verdict; Ctrl-C and exits pass through
        error = caught
    row = _row(run, item, trail, error, run.trace.take(), (time.perf_counter() - started) * 1000)
    item.stash[_ROW] = row
    item.user_properties += [("requirement", row["id"]), ("verdict", row["verdict"])]
    if row["verdict"] == "not-applicable":
        raise pytest.skip.Exception(row["reason"], _use_item_location=True)
    if row["verdict"] != "passed":
        raise ScenarioEnded(terminal.finding(row)) from None
    return None


def _row(
    run: Run,
    item: pytest.Item,
    trail: _Trail,
    error: Exception | None,
    exchanges: list[Exchange],
    took: float,
) -> dict[str, Any]:
    requirement = item.stash[REQUIREMENT]
    clean = run.redactor.text
    verdict: Verdict = verdict_of(error, requirement.level, trail.open_type)
    deviation = error if isinstance(error, Deviation) else None
    if isinstance(error, Blocked):
        exchanges = [*(e for e in error.exchanges if e not in exchanges), *exchanges]
    if deviation and deviation.exchange and deviation.exchange not in exchanges:
        exchanges = [*exchanges, deviation.exchange]
    judged = (
        deviation.exchange
        if deviation
        else error.exchanges[-1]
        if isinstance(error, Blocked) and error.exchanges
        else None
    )
    kind = deviation.kind if deviation and verdict in ("failed", "warning") else None
    step = trail.steps[-1] if trail.steps and error else None
    return {
        "id": requirement.id,
        "title": requirement.title,
        "feature": requirement.feature,
        "rule": requirement.rule,
        "method": requirement.method,
        "level": requirement.level,
        "requirement_severity": requirement.severity,
        "clauses": list(requirement.clauses),
        "example": example_of(item),
        "verdict": verdict,
        "kind": kind,
        "severity": severity_of_finding(requirement.severity, kind),
        "expected": [clean(outcome) for outcome in deviation.expected] if deviation else [],
        "actual": _shortened(deviation.actual, clean) if deviation else "",
        "reason": clean(_reason(error, clean)) if error and verdict not in ("failed", "warning") else "",
        "step": clean(f"{step['keyword']} {step['name']}") if step else "",
        "line": trail.line,
        "duration_ms": round(took, 3),
        "sent": run.redactor.sent(judged) if judged else "",
        "reproduce": run.redactor.curl(judged) if judged else "",
        "exchanges": [run.redactor.exchange(exchange) for exchange in exchanges],
        "steps": [{**each, "name": clean(each["name"])} for each in trail.steps],
    }


def _shortened(actual: str, clean: Callable[[str], str]) -> str:
    """What came, redacted, and only then with its quotations cut to a readable length."""

    def cut(match: re.Match[str]) -> str:
        text = clean(match[1])
        return text if len(text) <= QUOTATION else f"{text[:QUOTATION]}..."

    return clean(re.sub("\ue000(.*?)\ue001", cut, actual, flags=re.DOTALL))


def _reason(error: Exception, clean: Callable[[str], str]) -> str:
    """Why nothing was learned; for a defect of the harness also where."""
    if isinstance(error, NotApplicable | Blocked | HarnessError):
        return str(error)
    if isinstance(error, Deviation):
        came, required = _shortened(error.actual, clean), " or ".join(error.expected)
        return f"a precondition did not hold: {came} (required: {required})"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "site-packages" not in f.filename]
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"harness defect{where}: {type(error).__name__}: {error}"


def example_of(item: pytest.Item) -> str:
    """The outline row of a scenario as text; empty where the scenario is no outline."""
    params = getattr(getattr(item, "callspec", None), "params", {})
    return ", ".join(str(value) for value in params.get("_pytest_bdd_example", {}).values())


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Puts the row on the report, and makes the report say what the row says."""
    report = yield
    run = item.config.stash.get(RUN, None)
    if run is None or REQUIREMENT not in item.stash:
        return report
    if report.when != "call":
        if report.failed:  # set-up or teardown of a fixture failed: the harness, not the target
            trail = item.stash.get(_TRAIL, _Trail())
            error = HarnessError(f"{report.when}: {report.longreprtext.strip().splitlines()[-1]}")
            report.longrepr = run.redactor.text(str(error))
            report.__dict__["authmark_row"] = _row(run, item, trail, error, [], 0.0)
        return report
    row = item.stash[_ROW]
    report.__dict__["authmark_row"] = row
    report.__dict__["authmark_traffic"] = (run.trace.total, run.trace.auth_requests)
    if row["verdict"] == "not-applicable":
        report.longrepr = (row["line"].partition(":")[0], 0, row["reason"])
    elif row["verdict"] != "passed":
        text = terminal.finding(row)
        waived = any(waiver.covers(row) for waiver in run.waivers)
        if row["verdict"] == "warning" or (row["verdict"] == "failed" and waived):
            report.outcome = "skipped"
            report.wasxfail = ("waived: " if waived else "warning: ") + text
        report.longrepr = text
    return report


# ----- in the controller


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Counts what the user's selection leaves out: scenarios, and rows of outlines."""
    for config in {item.config for item in items}:
        if run := config.stash.get(RUN, None):
            run.deselected += sum(REQUIREMENT in item.stash for item in items)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Notes what was collected; in a parallel run the workers do, and xdist tells."""
    _collected(session.config, [item.nodeid for item in session.items if REQUIREMENT in item.stash])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: list[str]) -> None:
    """Notes what the workers collected."""
    _collected(node.config, [nodeid for nodeid in ids if ".feature::" in nodeid])


def _collected(config: pytest.Config, nodeids: list[str]) -> None:
    if run := config.stash.get(RUN, None):
        run.collected = [_id_of(nodeid) for nodeid in nodeids]


def _id_of(nodeid: str) -> str:
    return nodeid.rpartition(".feature::")[2].partition("[")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Takes from a worker what its selection left out: all workers select alike."""
    if run := node.config.stash.get(RUN, None):
        run.deselected = getattr(node, "workeroutput", {}).get(_DESELECTED, run.deselected)


class Collector:
    """Gathers the rows in the controller."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Takes the row off a report."""
        row = getattr(report, "authmark_row", None)
        if row is not None:
            self._run.rows.append(row)
        traffic = getattr(report, "authmark_traffic", None)
        if traffic is not None:
            self._run.traffic[getattr(report, "worker_id", "")] = tuple(traffic)

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str) -> None:
        """Notes whose worker died: xdist may run it again, yet what it did the first time is unknown."""
        self._run.lost.add(_id_of(crashitem))


def begin(config: pytest.Config, run: Run) -> None:
    """Starts recording; called by whoever prepared the target."""
    config.stash[RUN] = run
    run.before = (run.trace.total, run.trace.auth_requests)
    if run.directory is not None:
        config.pluginmanager.register(Collector(run), "authmark-collector")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Cleans up behind the run, writes the record and all that is rendered from it, and decides the exit code."""
    run = session.config.stash.get(RUN, None)
    if run is not None and run.directory is None:
        session.config.workeroutput[_DESELECTED] = run.deselected  # type: ignore[attr-defined]  # set by xdist
    if run is None or run.directory is None:
        return
    left_behind = [problem for finisher in run.finishers for problem in finisher()]
    serial = "" in run.traffic
    extra = (0, 0) if serial else run.before
    traffic = list(run.traffic.values()) or [run.before]
    run.result = record.build(
        header=run.header,
        rows=run.rows,
        collected=run.collected,
        lost=run.lost,
        deselected=run.deselected,
        waivers=run.waivers,
        exchanges=sum(each[0] for each in traffic) + extra[0],
        auth_requests=sum(each[1] for each in traffic) + extra[1],
        left_behind=[run.redactor.text(problem) for problem in left_behind],
    )
    record.write(run.directory, run.result)
    evidence.write(run.directory, run.rows)
    certificate.write(run.directory, run.result, run.rows)
    _point_latest(run.directory)
    good = run.result["footer"]["outcome"] in ("conformant", "conformant-with-waivers")
    if not good and exitstatus != pytest.ExitCode.INTERNAL_ERROR:
        session.exitstatus = EXIT_NOT_CONFORMANT
    elif exitstatus == pytest.ExitCode.TESTS_FAILED:
        session.exitstatus = pytest.ExitCode.OK  # what pytest counts as failed is waived or a warning


def _point_latest(directory: Path) -> None:
    latest = directory.parent / "latest"
    if latest.is_symlink() or latest.is_file():
        latest.unlink()
    latest.symlink_to(directory.name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """One line for each requirement that is not passed, the table of verdicts, the outcome."""
    run = config.stash.get(RUN, None)
    if run is not None and run.result is not None and run.directory is not None:
        for line in terminal.summary(run.result, run.directory, root=config.rootpath):
            terminalreporter.write_line(line)
