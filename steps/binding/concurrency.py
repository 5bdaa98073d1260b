"""Scenarios overlap while they wait for the network: they are shared out among processes forked after preparation.

Children inherit the parsed features, the prepared target and all that was made for it, so that one costs a few
milliseconds and no request. Threads would not do: fixtures of pytest belong to one running test at a time. The parent
hands out scenarios, keeps what all share (see `fixtures.once`), and logs reports in the order of collection, so that
record, evidence and output are those of a run in one process.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from fixtures.once import Key
from fixtures.plugin import TARGET, begin_in_fork
from reports.deviation import Blocked
from reports.row import Row

MOST = 16  # processes
WAITING_MS = 10  # an answer that takes less is not waited for: its server needs the processor itself
WORTH_A_PROCESS_MS = 4  # of latency: about what one scenario's request costs this machine, twice over

Reports = list[pytest.TestReport]


@dataclass
class _Child:
    """A process, its end of the pipe, the scenario it is at (its number), and what it is making."""

    pid: int
    pipe: Connection
    number: int
    at: int | None = None
    making: set[Key] = field(default_factory=set)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Runs the scenarios in several processes where that was asked for or pays; else leaves it to pytest."""
    config = session.config
    if config.option.collectonly or session.testsfailed or TARGET not in config.stash:
        return None
    processes = min(_processes(config), len(session.items))
    if processes < 2 or hasattr(config, "workerinput") or getattr(config.option, "dist", "no") != "no":
        return None
    _Parent(session, processes).run()
    return True


def _processes(config: pytest.Config) -> int:
    """As many as asked for; else by the time that an answer takes at the least: what is more, a busy machine adds."""
    asked: str = config.option.concurrency
    if asked != "auto":
        return int(asked)
    took = [each.duration_ms for each in config.stash[TARGET].discovery.exchanges]
    return min(MOST, int(min(took) / WORTH_A_PROCESS_MS)) if took and min(took) >= WAITING_MS else 1


def _may_be_of_the_crowd(report: pytest.TestReport) -> bool:
    """Whether a server that is asked too much at once would have answered like this."""
    row: Row | None = getattr(report, "authmark_row", None)
    return row is not None and (row.verdict in ("error", "blocked") or row.kind == "server-error")


class _Parent:
    """Hands out the scenarios and keeps what their processes share."""

    def __init__(self, session: pytest.Session, processes: int) -> None:
        self._session, self._processes = session, processes
        self._once = session.config.stash[TARGET].adapter.once
        self._children: list[_Child] = []
        self._waiting: dict[Key, deque[_Child]] = {}
        self._left = deque(range(len(session.items)))
        self._reports: dict[int, Reports] = {}
        self._doubtful: set[int] = set()
        self._logged = 0

    def run(self) -> None:
        """Until every scenario has its reports; raises as pytest's own loop does where the run is to stop."""
        try:
            self._serve(range(self._processes))
            if self._doubtful:
                # A verdict must not depend on how many scenarios ask at once: what may come of that is asked alone.
                self._left.extend(sorted(self._doubtful))
                self._once.forget(Blocked)
                self._serve([self._processes])
        finally:
            self._end()

    def _serve(self, numbers: Sequence[int]) -> None:
        """Has so many children work through what is left, and lets them end."""
        self._alone = len(numbers) == 1
        for number in numbers:
            self._children.append(self._fork(number))
        for child in self._children:
            self._hand_out(child)
        while self._children:
            for pipe in wait([child.pipe for child in self._children]):
                child = next(each for each in self._children if each.pipe is pipe)
                self._hear(child)

    def _fork(self, number: int) -> _Child:
        ours, theirs = Pipe()
        pid = os.fork()
        if pid == 0:
            _live(self._session, theirs, number)  # does not return
        theirs.close()
        return _Child(pid, ours, number)

    def _hear(self, child: _Child) -> None:
        """Takes one message of a child; the end of its pipe is the end of the child."""
        try:
            what, *rest = child.pipe.recv()
        except (EOFError, OSError):
            self._lost(child)
            return
        match what:
            case "ask":
                self._asked(child, rest[0])
            case "tell":
                self._told(child, *rest)
            case "give up":
                self._given_up(child, rest[0])
            case _:
                self._done(child, *rest)

    def _asked(self, child: _Child, key: Key) -> None:
        if key in self._once.made:
            child.pipe.send((True, self._once.made[key]))
        elif key in self._waiting:
            self._waiting[key].append(child)
        else:
            self._let_make(child, key)

    def _let_make(self, child: _Child, key: Key) -> None:
        self._waiting.setdefault(key, deque())
        child.making.add(key)
        child.pipe.send((False, None))

    def _told(self, child: _Child, key: Key, made: object) -> None:
        self._once.made[key] = made
        child.making.discard(key)
        for each in self._waiting.pop(key, ()):
            each.pipe.send((True, made))

    def _given_up(self, child: _Child, key: Key) -> None:
        child.making.discard(key)
        waiting = self._waiting.pop(key, deque())
        if waiting:
            self._waiting[key] = waiting
            self._let_make(waiting.popleft(), key)

    def _done(self, child: _Child, at: int, reports: Reports) -> None:
        if not self._alone and any(map(_may_be_of_the_crowd, reports)):
            self._doubtful.add(at)
        else:
            self._reports[at] = reports
        child.at = None
        self._hand_out(child)
        self._log()

    def _hand_out(self, child: _Child) -> None:
        """The next scenario; None where there is none left, which ends the child."""
        child.at = self._left.popleft() if self._left else None
        child.pipe.send(child.at)

    def _lost(self, child: _Child) -> None:
        """A child that ended: as it was told to, or in the middle of a scenario, which then has no result."""
        self._children.remove(child)
        child.pipe.close()
        os.waitpid(child.pid, 0)
        for key in list(child.making):
            self._given_up(child, key)
        for queue in self._waiting.values():
            while child in queue:
                queue.remove(child)
        if child.at is not None:
            item = self._session.items[child.at]
            self._session.config.hook.pytest_handlecrashitem(crashitem=item.nodeid, report=None, sched=None)
            self._reports[child.at] = []
            self._log()

    def _log(self) -> None:
        """Logs what is complete in the order of collection."""
        hook = self._session.config.hook
        while self._logged in self._reports:
            item = self._session.items[self._logged]
            hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
            for report in self._reports.pop(self._logged):
                hook.pytest_runtest_logreport(report=report)
            hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
            self._logged += 1
            if self._session.shouldfail:
                raise self._session.Failed(self._session.shouldfail)
            if self._session.shouldstop:
                raise self._session.Interrupted(self._session.shouldstop)

    def _end(self) -> None:
        """Nobody is left behind, whatever ended the run."""
        for child in self._children:
            os.kill(child.pid, signal.SIGKILL)
            child.pipe.close()
            os.waitpid(child.pid, 0)
        self._children.clear()


# ----- in a child


class _Elsewhere:
    """The parent, as a child asks it."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def ask(self, key: Key) -> tuple[bool, Any]:
        """See `fixtures.once.Elsewhere`."""
        self._pipe.send(("ask", key))
        is_made, made = self._pipe.recv()
        return is_made, made

    def tell(self, key: Key, made: object) -> None:
        """See `fixtures.once.Elsewhere`."""
        self._pipe.send(("tell", key, made))

    def give_up(self, key: Key) -> None:
        """See `fixtures.once.Elsewhere`."""
        self._pipe.send(("give up", key))


class _Between(pytest.Item):
    """No scenario: as the next item it has pytest take down all but the session."""

    def runtest(self) -> None:
        """Never called."""


class _Quiet:
    """Keeps the reports of a scenario, which the parent will log."""

    def __init__(self) -> None:
        self.reports: Reports = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item) -> bool:
        """Runs it as pytest does, without a word."""
        self.reports = runtestprotocol(item, log=False, nextitem=nextitem)
        return True


def _live(session: pytest.Session, pipe: Connection, number: int) -> None:
    """The life of a child: scenarios as they are handed out. Ends the process."""
    code = 1
    try:
        signal.signal(
            signal.SIGINT, signal.SIG_IGN
        )  # the keyboard speaks to the parent, which ends its children
        begin_in_fork(session.config, number, _Elsewhere(pipe))
        quiet = _Quiet()
        session.config.pluginmanager.register(quiet)
        between = _Between.from_parent(session, name="between two scenarios")
        while (at := pipe.recv()) is not None:
            session.items[at].ihook.pytest_runtest_protocol(item=session.items[at], nextitem=between)
            for report in quiet.reports:
                report.__dict__["worker_id"] = (
                    f"f{number}"  # as xdist does: counts of requests are by process
                )
            pipe.send(("done", at, quiet.reports))
        code = 0
    finally:
        os._exit(code)
