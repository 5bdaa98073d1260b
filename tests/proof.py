"""Which requirements each fault breaks, found out by one process a core (`tests.plugins.prover` runs inside them).

proof = Proof(directory, faults, provers=2)
proof.start(["pkce-verifier-ignored"])
proof.of("pkce-verifier-ignored").verdicts     # of all requirements, as a whole run with this fault gives them
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from reports.verdict import _GRAVEST_FIRST
from tests.harness import ROOT, clean_environment, command, run

Rows = dict[str, tuple[str, str]]  # item -> requirement, verdict

Job = tuple[str, tuple[str, ...] | None]  # a fault, and where not all are asked for the requirements to judge

PATIENCE_SECONDS = 600


@dataclass(frozen=True)
class Outcome:
    """What one fault does: the verdict of every requirement, how many rows were run to know it, and what went wrong."""

    verdicts: Mapping[str, str]
    rows: int
    output: str = ""

    @property
    def deviating(self) -> set[str]:
        """The requirements that see the fault."""
        return {id_ for id_, verdict in self.verdicts.items() if verdict in ("failed", "warning")}

    @property
    def unjudged(self) -> dict[str, str]:
        """The requirements that were not judged, and why."""
        return {id_: v for id_, v in self.verdicts.items() if v not in ("passed", "failed", "warning")}


class Prover:
    """A pytest process that runs scenarios under one fault after another."""

    def __init__(self, out: Path, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        ours, theirs = socket.socketpair()
        ours.settimeout(PATIENCE_SECONDS)
        self._output = out.with_suffix(".txt")
        with theirs, self._output.open("w") as output:
            self._process = subprocess.Popen(
                command(out, "-p", "tests.plugins.prover", *arguments),
                cwd=ROOT,
                env={**clean_environment(), **(env or {}), "AUTHMARK_PROVER": str(theirs.fileno())},
                pass_fds=[theirs.fileno()],
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        self._channel = ours
        self._lines = ours.makefile("rw")

    def ask(self, **question: Any) -> Any:
        """Has the process do one thing and gives its answer. Raises AssertionError where it died or hangs."""
        try:
            self._lines.write(json.dumps(question) + "\n")
            self._lines.flush()
            answer = self._lines.readline()
        except OSError:
            answer = ""
        if not answer:
            self._channel.close()
            self._process.wait(PATIENCE_SECONDS)
        assert answer, f"the prover gave no answer to {question}:\n{self._output.read_text()}"
        return json.loads(answer)

    def kill(self) -> None:
        """Ends the process and its target, whatever they do."""
        self._lines.close()
        self._channel.close()
        self._process.kill()
        self._process.wait()

    @property
    def cpu_seconds(self) -> float:
        """What the process and its children have used until now."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        pids = [str(self._process.pid), *(children.read_text().split() if children.exists() else ())]
        used = 0
        for pid in pids:
            with suppress(OSError):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                used += sum(map(int, fields[11:15]))
        return used / os.sysconf("SC_CLK_TCK")


class Proof:
    """The outcomes of faults, each found out once: those that `start` names, as soon as a process is free."""

    def __init__(
        self,
        out: Path,
        *,
        alone: Iterable[str] = (),
        provers: int | None = None,
        env: Mapping[str, str] | None = None,
        until_seen: bool = False,
        sure: Mapping[str, list[str]] | None = None,
    ) -> None:
        """`alone` names faults that get a process of their own, beside those that act when the target starts.

        With `until_seen` the first scenario that sees a fault is enough. With `sure` a fault is proven by the scenarios
        of the requirements that stand there for it, and by a sample of the others that it touches.
        """
        self._out, self._env, self._until_seen, self._sure = out, env, until_seen, sure or {}
        self._cpu = 0.0
        self._alone = set(alone)
        self._jobs: list[Job] = []
        self._outcomes: dict[Job, Future[Outcome]] = {}
        self._lock = threading.Condition()
        self._closed = False
        self._numbers = count()
        self._known: Future[dict[str, Any]] = Future()
        self._parts: list[dict[str, Any]] = []
        self._threads = [
            threading.Thread(target=self._work, args=[n]) for n in range(provers or os.cpu_count() or 1)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def baseline(self) -> Outcome:
        """What no fault does."""
        known = self._known.result()
        return Outcome(verdicts_of(known["rows"]), len(known["rows"]))

    @property
    def reached(self) -> set[str]:
        """The faults that any request asks for, also while the target is prepared."""
        known = self._known.result()
        return set(known["preparing"]).union(*known["asked"].values())

    def touching(self, id_: str) -> set[str]:
        """The faults that the requests of a requirement's scenario ask for."""
        known = self._known.result()
        return {
            fault
            for item, (each, _) in known["rows"].items()
            if each == id_
            for fault in known["asked"][item]
        }

    def start(self, faults: Sequence[str], only: str | None = None) -> None:
        """Puts faults on the list; `only` is the one requirement that is to be judged under them."""
        with self._lock:
            for fault in faults:
                key = (fault, None if only is None else (only,))
                if key not in self._outcomes and (fault, None) not in self._outcomes:
                    self._outcomes[key] = Future()
                    self._jobs.append(key)
            self._lock.notify_all()

    def of(self, fault: str, only: str | None = None) -> Outcome:
        """The outcome of a fault; waits for it."""
        self.start([fault], only)
        whole = self._outcomes.get((fault, None))
        return (whole or self._outcomes[fault, (only or "",)]).result()

    def close(self) -> str:
        """Ends the processes; gives the figures as one line."""
        with self._lock:
            self._closed = True
            self._lock.notify_all()
        for thread in self._threads:
            thread.join()
        done = [
            future.result() for future in self._outcomes.values() if future.done() and not future.exception()
        ]
        cpu = self._cpu
        return (
            f"faults: {len(done)}, rows touched: {sum(outcome.rows for outcome in done)}, "
            f"CPU seconds: {cpu:.1f}, CPU seconds a fault: {cpu / max(1, len(done)):.2f}"
        )

    def _work(self, number: int) -> None:
        prover: Prover | None = None
        try:
            prover = self._prover()
            self._learn(number, prover)
        except BaseException as problem:  # noqa: BLE001  whoever waits has to know
            if not self._known.done():
                self._known.set_exception(problem)
        while job := self._next():
            try:
                prover = prover or self._further_prover()
                self._outcomes[job].set_result(self._find_out(prover, *job))
            except BaseException as problem:  # noqa: BLE001  whoever waits has to know
                self._outcomes[job].set_exception(problem)
                if prover:
                    with self._lock:
                        self._cpu += prover.cpu_seconds
                    prover.kill()
                prover = None
        if prover:
            with self._lock:
                self._cpu += prover.cpu_seconds
            prover.kill()  # what it made is gone with its target

    def _next(self) -> Job | None:
        with self._lock:
            self._lock.wait_for(lambda: self._jobs or self._closed)
            return self._jobs.pop(0) if self._jobs else None

    def _prover(self) -> Prover:
        return Prover(self._out / f"prover-{next(self._numbers)}", env=self._env)

    def _learn(self, number: int, prover: Prover) -> None:
        """Each process runs its part of the scenarios without a fault, and is told what the others saw."""
        part = prover.ask(do="alone", part=number, of=len(self._threads))
        with self._lock:
            self._parts.append(part)
            if len(self._parts) == len(self._threads):
                known = {name: {} for name in ("rows", "asked", "leans")}
                for each in self._parts:
                    for name, found in known.items():
                        found.update(each[name])
                known |= {name: part[name] for name in ("preparing", "at_start")}
                self._known.set_result(known)
        self._tell(prover)

    def _further_prover(self) -> Prover:
        """One in the place of one that died or was spoilt."""
        self._known.result()
        prover = self._prover()
        prover.ask(do="alone", part=0, of=0)
        self._tell(prover)
        return prover

    def _tell(self, prover: Prover) -> None:
        known = self._known.result(PATIENCE_SECONDS)
        prover.ask(do="know", asked=known["asked"], leans=known["leans"])

    def _find_out(self, prover: Prover, fault: str, only: tuple[str, ...] | None) -> Outcome:
        known = self._known.result()
        if fault in self._alone or fault in known["at_start"]:
            finished = run(self._out / fault, "--fault", fault)
            assert finished.record is not None, finished.output
            return Outcome(finished.verdicts, len(known["rows"]), finished.output)
        sure = None if only else self._sure.get(fault)
        answer = prover.ask(do="fault", fault=fault, only=only, until_seen=self._until_seen, sure=sure)
        rows = {**known["rows"], **answer["rows"]}
        if self._until_seen and answer["rows"]:
            *_, last = answer["rows"]
            assert prover.ask(do="control", item=last) == "passed", (
                f"{fault} has spoilt the target for {last}"
            )
        return Outcome(verdicts_of(rows), len(answer["rows"]), answer["problem"])


def verdicts_of(rows: Rows) -> dict[str, str]:
    """The verdict of each requirement from those of its rows."""
    found: dict[str, set[str]] = {}
    for id_, verdict in rows.values():
        found.setdefault(id_, set()).add(verdict)
    return {id_: min(verdicts, key=_GRAVEST_FIRST.index) for id_, verdicts in found.items()}


def listed_faults() -> dict[str, dict[str, Any]]:
    """Every fault of the reference target by its name, as its command lists them."""
    listed = subprocess.run(
        [sys.executable, "-m", "fixtures.reference", "faults", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {row["name"]: row for row in json.loads(listed.stdout)}
