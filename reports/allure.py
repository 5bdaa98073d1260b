"""Allure results, a pytest plugin: the only module that imports allure. It needs `--alluredir`.

allure-pytest writes the results; this plugin tells it what a scenario is. Title, feature, story (the Rule),
severity, clauses as links and the requirement's id as a label come from the requirement; each Gherkin step
becomes a step, with the exchanges made in it as attachments; the verdict becomes the status. What would name
the machine or show a raw exception is replaced before it is written: the host and thread labels, the
description (a path), the traces of steps and fixtures.

It takes requirement, run and row from `reports.plugin`; nothing calls into it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Protocol, cast

import pytest
from allure_commons import model2
from allure_commons.reporter import AllureReporter
from allure_commons.types import AttachmentType, LabelType, LinkType
from allure_commons.utils import now, uuid4

from reports import terminal, wording
from reports.deviation import Deviation, NotApplicable
from reports.exchange import Exchange
from reports.plugin import REQUIREMENT, RUN, example_of
from reports.requirement import Requirement, clause_of
from reports.row import RedactedExchange

_allure: Any = model2  # its classes are attrs without types
_now = cast("Callable[[], int]", now)
_new_id = cast("Callable[[], str]", uuid4)

_PASSED, _FAILED, _BROKEN, _SKIPPED = "passed", "failed", "broken", "skipped"
_STATUSES = {
    "passed": _PASSED,
    "failed": _FAILED,
    "warning": _FAILED,
    "not-tested": _BROKEN,
    "blocked": _BROKEN,
    "error": _BROKEN,
}
_SEVERITIES = {"critical": "blocker", "high": "critical", "medium": "normal", "low": "minor"}
_OF_THE_MACHINE = {LabelType.HOST, LabelType.THREAD}


class _Listened(Protocol):
    listeners: list[Callable[[Exchange], None]]


class _Reporter(AllureReporter):
    """Writes results without what names the machine, and no containers of fixtures (seven a scenario)."""

    def close_test(self, uuid: str) -> None:
        result = cast("Any", self).get_item(uuid)
        result.labels = [label for label in result.labels if label.name not in _OF_THE_MACHINE]
        cast("Any", super()).close_test(uuid)

    def stop_group(self, uuid: str, **_: Any) -> None:
        cast("Any", self)._items.pop(uuid)  # noqa: SLF001  the same object, its type taken off


@dataclass
class _Open:
    """Allure's writer, and the Gherkin step that is running (its id; empty between steps)."""

    reporter: Any
    step: str = ""


_OPEN = pytest.StashKey[_Open]()


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Takes the place of allure-pytest's own writer where that is at work."""
    listener = session.config.pluginmanager.get_plugin("allure_listener")
    if listener is None:
        return
    listener.allure_logger = cast("Any", _Reporter)()
    allure = session.config.stash[_OPEN] = _Open(listener.allure_logger)
    run = session.config.stash.get(RUN, None)
    if run is not None:

        def listen(exchange: Exchange) -> None:
            if allure.step:
                attach(allure.reporter, run.redactor.exchange(exchange))

        cast("_Listened", run.trace).listeners.append(listen)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Describes the scenario, also where its set-up fails."""
    try:
        return (yield)
    finally:
        allure, requirement = item.config.stash.get(_OPEN, None), item.stash.get(REQUIREMENT, None)
        if allure and requirement and (result := allure.reporter.get_test(None)):
            _describe(result, requirement, example_of(item))


def _describe(result: Any, requirement: Requirement, example: str) -> None:
    clauses = [clause for tag in requirement.clauses if (clause := clause_of(tag))]
    result.name = f"{requirement.id} {requirement.title}" + (f" [{example}]" if example else "")
    result.description = (
        f"Level {requirement.level}, severity {requirement.severity}. "
        f"{'; '.join(clause.title for clause in clauses)}."
    )
    result.parameters = [_allure.Parameter(name="example", value=example)] if example else []
    result.links += [_allure.Link(LinkType.LINK, clause.url, clause.title) for clause in clauses]
    labels = [
        (LabelType.EPIC, wording.method(requirement.method)),
        (LabelType.FEATURE, requirement.feature),
        (LabelType.STORY, requirement.rule),
        (LabelType.SEVERITY, _SEVERITIES[requirement.severity]),
        ("requirement", requirement.id),
        ("requirement_severity", requirement.severity),
        ("level", requirement.level),
        *(("spec", tag) for tag in requirement.clauses),
    ]
    result.labels += [_allure.Label(name, value) for name, value in labels if value]


def pytest_bdd_before_step(request: pytest.FixtureRequest, step: Any) -> None:
    """Opens a step."""
    if allure := request.config.stash.get(_OPEN, None):
        allure.step = _new_id()
        result = _allure.TestStepResult(name=f"{step.keyword} {step.name}", start=_now())
        allure.reporter.start_step(None, allure.step, result)


def pytest_bdd_after_step(request: pytest.FixtureRequest) -> None:
    """Closes a step that went well."""
    if allure := request.config.stash.get(_OPEN, None):
        _close(allure, _PASSED)


def pytest_bdd_step_error(request: pytest.FixtureRequest, exception: Exception) -> None:
    """Closes a step that raised; the exception is shown redacted, without its trace, which names paths."""
    allure, run = request.config.stash.get(_OPEN, None), request.config.stash.get(RUN, None)
    if allure and run:
        status = _BROKEN
        if isinstance(exception, Deviation):
            status = _FAILED
        elif isinstance(exception, NotApplicable):
            status = _SKIPPED
        _close(allure, status, run.redactor.text(str(exception)))


def pytest_bdd_after_scenario(request: pytest.FixtureRequest) -> None:
    """Closes the step that a skip left open: pytest-bdd calls no hook of the step then."""
    if (allure := request.config.stash.get(_OPEN, None)) and allure.step:
        _close(allure, _SKIPPED)


def _close(allure: _Open, status: str, message: str = "") -> None:
    details = _allure.StatusDetails(message=message) if message else None
    allure.reporter.stop_step(allure.step, stop=_now(), status=status, statusDetails=details)
    allure.step = ""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Gives the result the verdict of its row, after allure-pytest has judged by the type of an exception."""
    report = yield
    allure, row = item.config.stash.get(_OPEN, None), getattr(report, "authmark_row", None)
    if allure and row and (result := allure.reporter.get_test(None)):
        # What pytest calls skipped (a warning, a waived failure, not applicable) stays so, with its reason.
        result.status = _SKIPPED if report.skipped else _STATUSES[row.verdict]
        result.statusDetails = None
        if row.verdict != "passed":
            first, _, rest = terminal.finding(row).partition("\n")
            result.statusDetails = _allure.StatusDetails(message=first, trace=rest)
        result.labels.append(_allure.Label("verdict", row.verdict))
        if row.kind:
            result.labels.append(_allure.Label("deviation", row.kind))
    return report


def attach(reporter: Any, exchange: RedactedExchange) -> None:
    """Attach a redacted exchange to the open step, as one text that reads as it went over the wire."""
    lines = [
        f"# {exchange.purpose}" if exchange.purpose else "",
        f"{exchange.method} {exchange.url}",
        *(f"{name}: {value}" for name, value in exchange.request_headers),
        f"\n{exchange.request_body}" if exchange.request_body else "",
        f"\n--> {exchange.answer} after {exchange.duration_ms:.0f} ms",
        *(f"{name}: {value}" for name, value in exchange.response_headers),
        f"\n{exchange.response_body}" if exchange.response_body else "",
        f"\n# {exchange.curl}",
    ]
    path = exchange.url.partition("?")[0].partition("://")[2].partition("/")[2]
    reporter.attach_data(
        _new_id(),
        "\n".join(line for line in lines if line),
        name=f"{exchange.method} /{path}: {exchange.answer}",
        attachment_type=AttachmentType.TEXT,
    )
