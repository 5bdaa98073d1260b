"""The recorder, a pytest plugin: turns what a scenario raised into a row, and all rows into the run's reports.

Rows are made, and redacted, in the process that ran the scenario (it knows the secrets) and travel to the controller
on pytest's own test report, so that a parallel run has one record. Only the controller writes.
"""

from __future__ import annotations

import logging
import re
import time
import traceback
from collections.abc import Callable, Collection, Generator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from reports import journal, seal, terminal
from reports.control_after import Again, ControlAfter, Endpoint
from reports.deviation import Blocked, Deviation, HarnessError, NotApplicable, NotTested, kind_of, quoted
from reports.exchange import Exchange
from reports.journal import End, Header, Journal, Withdrawal
from reports.problem import UsageProblem
from reports.record import Record
from reports.redaction import Redactor
from reports.render import render
from reports.requirement import Requirement
from reports.row import Row, Step, from_json, to_json
from reports.verdict import ADVERSE, FailOn, Judged, severity_of_finding, verdict_of
from reports.waivers import Waiver

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

REQUIREMENT = pytest.StashKey[Requirement]()
CATALOGUE = pytest.StashKey[
    tuple[Requirement, ...]
]()  # all requirements of features/, where this run has scenarios
_TRAIL = pytest.StashKey["_Trail"]()
_ROW = pytest.StashKey[Row]()
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
    """One run in one process. A worker has no journal: it makes rows and writes nothing."""

    redactor: Redactor
    trace: Trace
    waivers: tuple[Waiver, ...] = ()
    fail_on: FailOn = "high"
    directory: Path | None = None
    journal: Journal | None = None
    collector: Collector | None = None
    key: Ed25519PrivateKey | None = None  # that signs the seal
    deselected: int = 0
    traffic: dict[str, tuple[int, int]] = field(default_factory=dict)  # process -> exchanges, auth requests
    before: tuple[int, int] = (0, 0)  # of preflight and provisioning
    result: Record | None = None
    trouble: str = ""  # why there is no record
    finishers: list[Callable[[], list[str]]] = field(default_factory=list)
    take_asked: Callable[[], Collection[str]] = (
        tuple  # the methods and features asked for since the last call
    )

    # Where a URL belongs, and what comes of the usual requests to such places.
    endpoint_of: Callable[[str], Endpoint | None] = lambda _url: None
    ask_again: Callable[[Collection[Endpoint]], Sequence[Again]] = lambda _endpoints: ()


RUN = pytest.StashKey[Run]()


@dataclass
class _Trail:
    """The Gherkin steps of the running scenario, the one that is open, and what the Thens held against what."""

    steps: list[Step] = field(default_factory=list)
    open_type: str = ""
    line: str = ""
    thens: list[str] = field(default_factory=list)
    judged: tuple[Exchange, ...] = ()


class ScenarioEnded(Exception):  # noqa: N818  carries a verdict to pytest
    """Replaces what a scenario raised: its text is redacted and says all that there is to say."""


def pytest_configure() -> None:
    """Keeps what HTTP libraries log out of every report: requests and answers as they are, secrets and all."""
    for name in ("httpx", "httpcore", "urllib3"):
        logging.getLogger(name).propagate = False


# ----- while a scenario runs


def pytest_bdd_before_step(request: pytest.FixtureRequest, feature: Any, step: Any) -> None:
    """Notes the step that is about to run."""
    trail = request.node.stash.setdefault(_TRAIL, _Trail())
    trail.steps.append(Step(step.keyword, step.name, "failed"))
    trail.open_type = step.type
    trail.line = f"features/{feature.rel_filename}:{step.line_number}"


def pytest_bdd_after_step(request: pytest.FixtureRequest, step: Any, step_func_args: dict[str, Any]) -> None:
    """Notes that it passed, and of a Then what it judged."""
    trail = request.node.stash[_TRAIL]
    trail.steps[-1] = replace(trail.steps[-1], status="passed")
    if step.type == "then":
        trail.thens.append(step.name)
        for value in step_func_args.values():
            trail.judged = _exchanges_in(value) or trail.judged


def _exchanges_in(value: object) -> tuple[Exchange, ...]:
    """The exchange that an argument of a step is, or came by; those of a list of such."""
    if isinstance(value, Exchange):
        return (value,)
    if isinstance(value, list | tuple):
        return tuple(exchange for each in value for exchange in _exchanges_in(each))
    came_by = getattr(value, "exchange", None)
    return (came_by,) if isinstance(came_by, Exchange) else ()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Runs a scenario and puts its verdict in place of whatever it raised."""
    run = item.config.stash.get(RUN, None)
    if run is None or REQUIREMENT not in item.stash:
        return (yield)
    trail = item.stash[_TRAIL] = _Trail()
    run.trace.take()
    run.take_asked()
    started = time.perf_counter()
    error: Exception | None = None
    try:
        yield
    except Exception as caught:  # noqa: BLE001  every exception is a verdict; Ctrl-C and exits pass through
        error = caught
    row = _row(run, item, trail, error, run.trace.take(), (time.perf_counter() - started) * 1000)
    item.stash[_ROW] = row
    item.user_properties += [("requirement", row.id), ("verdict", row.verdict)]
    if row.verdict == "not-applicable":
        raise pytest.skip.Exception(row.reason, _use_item_location=True)
    if row.verdict != "passed":
        raise ScenarioEnded(terminal.finding(row)) from None
    return None


def _row(
    run: Run,
    item: pytest.Item,
    trail: _Trail,
    error: Exception | None,
    exchanges: list[Exchange],
    took: float,
) -> Row:
    requirement, clean = item.stash[REQUIREMENT], run.redactor.text
    verdict = verdict_of(error, requirement.level, trail.open_type)
    deviation = error if isinstance(error, Deviation) else None
    judged = _judged(error, trail)
    found = deviation if verdict in ADVERSE else None
    step = trail.steps[-1] if trail.steps and error else None
    # First of all: whatever secrets they hold are learned by that.
    evidence = _evidence(judged, exchanges, first=isinstance(error, Blocked))
    redacted = tuple(map(run.redactor.exchange, evidence))
    return Row(
        id=requirement.id,
        title=requirement.title,
        feature=requirement.feature,
        rule=requirement.rule,
        method=requirement.method,
        level=requirement.level,
        requirement_severity=requirement.severity,
        clauses=requirement.clauses,
        example=example_of(item),
        verdict=verdict,
        kind=kind_of(found) if found else None,
        severity=severity_of_finding(requirement.severity, found.kind if found else None),
        required=_required(error, trail, clean),
        received=_received(error, judged, clean),
        reason=clean(_reason(error, clean)) if error and verdict not in ADVERSE else "",
        sent=run.redactor.sent(judged[-1]) if judged else "",
        reproduce=redacted[evidence.index(judged[-1])].curl if judged and error else "",
        step=clean(f"{step.keyword} {step.name}") if step else "",
        line=trail.line,
        duration_ms=round(took, 3),
        asked=tuple(sorted(run.take_asked())),
        steps=tuple(replace(each, name=clean(each.name)) for each in trail.steps),
        exchanges=redacted,
    )


def _judged(error: Exception | None, trail: _Trail) -> tuple[Exchange, ...]:
    """What a verdict rests on: what the deviation names, or what the last Then was given to judge."""
    if isinstance(error, Deviation):
        return (error.exchange,) if error.exchange else ()
    if isinstance(error, Blocked):
        return error.exchanges
    return trail.judged if error is None else ()


def _evidence(judged: tuple[Exchange, ...], exchanges: list[Exchange], *, first: bool) -> list[Exchange]:
    """What went over the wire in a scenario, and what its verdict rests on that went before it."""
    others = [exchange for exchange in judged if exchange not in exchanges]
    return [*others, *exchanges] if first else [*exchanges, *others]


def _required(error: Exception | None, trail: _Trail, clean: Callable[[str], str]) -> tuple[str, ...]:
    """Every acceptable outcome, by the deviation; where there is none, the sentences that were held to be true."""
    if isinstance(error, Deviation):
        return tuple(_shortened(outcome, clean) for outcome in error.expected)
    return tuple(map(clean, trail.thens)) if error is None else ()


def _received(error: Exception | None, judged: tuple[Exchange, ...], clean: Callable[[str], str]) -> str:
    """What came: by the deviation, else the answers that were judged."""
    if isinstance(error, Deviation):
        return _shortened(error.actual, clean)
    return "; ".join(_shortened(_answer(each), clean) for each in judged) if error is None else ""


def _answer(exchange: Exchange) -> str:
    """An answer in one line: status, the headers that say what it is, the body as a quotation."""
    if exchange.status is None:
        return exchange.error or "no answer"
    telling = ("location", "www-authenticate")
    headers = [f"{name}: {value}" for name, value in exchange.response_headers if name.lower() in telling]
    return " ".join([str(exchange.status), *headers, quoted(exchange.response_body)]).strip()


def _shortened(said: str, clean: Callable[[str], str]) -> str:
    """What came, redacted, and only then with its quotations cut to a readable length."""

    def cut(match: re.Match[str]) -> str:
        text = clean(match[1])
        return text if len(text) <= QUOTATION else f"{text[:QUOTATION]}..."

    return clean(re.sub("\ue000(.*?)\ue001", cut, said, flags=re.DOTALL))


def _reason(error: Exception, clean: Callable[[str], str]) -> str:
    """Why nothing was learned; for a defect of the harness also where."""
    if isinstance(error, NotApplicable | NotTested | Blocked | HarnessError):
        return str(error)
    if isinstance(error, Deviation):
        came = _shortened(error.actual, clean)
        required = " or ".join(_shortened(outcome, clean) for outcome in error.expected)
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
    report.sections = [(name, run.redactor.text(captured)) for name, captured in report.sections]
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
    if row.verdict == "not-applicable":
        report.longrepr = (row.line.partition(":")[0], 0, row.reason)
    elif row.verdict != "passed":
        text = terminal.finding(row)
        waived = any(waiver.covers(row) for waiver in run.waivers)
        judged = Judged(row.level, row.verdict, row.severity, waived)
        if not judged.is_broken(run.fail_on) and not judged.is_missing:
            report.outcome = "skipped"
            report.wasxfail = f"waived: {text}" if waived else f"{row.verdict}: {text}"
        report.longrepr = text
    return report


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable(
    report: object,
) -> Generator[None, dict[str, Any] | None, dict[str, Any] | None]:
    """Turns a row into JSON on its way from a worker."""
    data = yield
    if data and isinstance(row := getattr(report, "authmark_row", None), Row):
        data["authmark_row"] = to_json(row)
    return data


@pytest.hookimpl(wrapper=True)
def pytest_report_from_serializable() -> Generator[None, object, object]:
    """Turns it back in the controller."""
    report = yield
    if isinstance(text := getattr(report, "authmark_row", None), str):
        report.__dict__["authmark_row"] = from_json(text)
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
    run = config.stash.get(RUN, None)
    if run and run.journal:
        run.journal.collect([_id_of(nodeid) for nodeid in nodeids])


def _id_of(nodeid: str) -> str:
    return nodeid.rpartition(".feature::")[2].partition("[")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Takes from a worker what its selection left out: all workers select alike."""
    if run := node.config.stash.get(RUN, None):
        run.deselected = getattr(node, "workeroutput", {}).get(_DESELECTED, run.deselected)


class Collector:
    """Notes the rows in the controller, as they are judged. Where it cannot any more, it stops the run."""

    def __init__(self, run: Run, noted: Journal, config: pytest.Config) -> None:
        self._run = run
        self._control = ControlAfter(run.endpoint_of)
        self._journal = noted
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Takes the row off a report."""
        row = getattr(report, "authmark_row", None)
        if row is not None:
            self._control.note(len(self._journal.rows), row)
            self._note(lambda: self._journal.add(row))
        traffic = getattr(report, "authmark_traffic", None)
        if traffic is not None:
            self._run.traffic[getattr(report, "worker_id", "")] = tuple(traffic)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        """After the last scenario of a feature, where they run one after another in this process."""
        done = yield
        if nextitem is not None and nextitem.path != item.path and isinstance(nextitem, pytest.Function):
            self.ask_again()
        return done

    def ask_again(self) -> None:
        """Makes the usual requests on which rows lean, and withdraws those rows where they fail now."""
        run = self._run
        for again in run.ask_again(self._control.wanting):
            exchanges = tuple(map(run.redactor.exchange, again.exchanges))
            if again.holds and all(self._control.is_sign_of_life(again.endpoint, each) for each in exchanges):
                self._control.confirm(again.endpoint, time.time())
                continue
            said = again.said or "another answer came than before"
            reason = run.redactor.text(f"the control after it failed at the {again.endpoint}: {said}")
            for number in self._control.withdraw(again.endpoint):
                self._note(partial(self._journal.withdraw, Withdrawal(number, reason, exchanges)))

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str) -> None:
        """Notes whose worker died: xdist may run it again, yet what it did the first time is unknown."""
        self._note(lambda: self._journal.lose(_id_of(crashitem)))

    def _note(self, note: Callable[[], None]) -> None:
        try:
            note()
        except OSError as problem:
            self._run.trouble = _cannot_be_written(problem, self._run)
            for name in ("session", "dsession"):  # pytest's own, and that of a parallel run
                if (session := self._config.pluginmanager.getplugin(name)) is not None:
                    session.shouldstop = "the reports cannot be written"


def _cannot_be_written(problem: OSError, run: Run) -> str:
    return f"the reports in {run.directory} cannot be written: {problem.strerror}"


def begin(
    config: pytest.Config, run: Run, header: Header | None = None, directory: Path | None = None
) -> None:
    """Starts recording; called by whoever prepared the target.

    The controller gives the header and the folder of the run; a worker gives neither, makes rows and writes nothing.
    Raises UsageProblem, after cleaning up, where the folder cannot be written.
    """
    config.stash[RUN] = run
    run.before = (run.trace.total, run.trace.auth_requests)
    if header is None or directory is None:
        return
    run.directory = directory
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)
        run.journal = Journal(directory / journal.FILE_NAME, header)
        _point_latest(directory)
    except OSError as problem:
        del config.stash[RUN]
        raise UsageProblem(_cannot_be_written(problem, run), *_finish(run)) from None
    run.collector = Collector(run, run.journal, config)
    config.pluginmanager.register(run.collector, "authmark-collector")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Cleans up behind the run, writes the record and all that is rendered from it, and decides the exit code."""
    run = session.config.stash.get(RUN, None)
    if run is None:
        return
    if run.journal is None or run.directory is None:
        getattr(session.config, "workeroutput", {})[_DESELECTED] = run.deselected  # in a worker, by xdist
        return
    if exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and run.collector:
        run.collector.ask_again()
    end = _end(run, _finish(run))
    try:
        run.result = render(run.directory, run.journal.finish(end))
        seal.write(run.directory, run.key)
    except OSError as problem:
        run.result, run.trouble = None, _cannot_be_written(problem, run)
    footer = run.result.footer if run.result else None
    exit_code = footer.exit_code if footer else EXIT_NOT_CONFORMANT
    if exit_code and exitstatus != pytest.ExitCode.INTERNAL_ERROR:
        session.exitstatus = exit_code
    elif exitstatus == pytest.ExitCode.TESTS_FAILED:
        session.exitstatus = pytest.ExitCode.OK  # what pytest counts as failed is waived or a warning


def _finish(run: Run) -> list[str]:
    """Cleans up; a sentence for each thing that is left."""
    left = []
    for finisher in run.finishers:
        try:
            left += finisher()
        except OSError as problem:  # of the ledger, where the disk is full
            left.append(f"the cleanup ended early: {problem.strerror}")
    return [run.redactor.text(problem) for problem in left]


def _end(run: Run, left_behind: Sequence[str]) -> End:
    traffic = list(run.traffic.values())
    if "" not in run.traffic:  # the workers' own, beside what the controller sent before them
        traffic.append(run.before)
    return End(
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        deselected=run.deselected,
        exchanges=sum(each[0] for each in traffic),
        auth_requests=sum(each[1] for each in traffic),
        left_behind=tuple(left_behind),
    )


def _point_latest(directory: Path) -> None:
    latest = directory.parent / "latest"
    if latest.is_symlink() or latest.is_file():
        latest.unlink()
    latest.symlink_to(directory.name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """One line for each requirement that is not passed, the table of verdicts, the outcome."""
    run = config.stash.get(RUN, None)
    if run is not None and run.trouble:
        terminalreporter.write_line(run.trouble)
    if run is not None and run.result is not None and run.directory is not None:
        for line in terminal.summary(run.result, run.directory, root=config.rootpath):
            terminalreporter.write_line(line)
