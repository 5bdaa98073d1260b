"""A pytest plugin of the benchmark: notes when the first scenario starts, and at the end what all processes used.

Exchanges are those of the evidence, replayed bare: the same requests with as many connections as the run had
processes, and nothing around them.
"""

from __future__ import annotations

import json
import os
import resource
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from fixtures.http import Http

FIGURES = Path(os.environ["AUTHMARK_STOPWATCH"])


class Stopwatch:
    """Notes moments, and writes every exchange to a file of its process."""

    def __init__(self) -> None:
        self.first: float | None = None
        self.last = 0.0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        self.first = time.time()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        http_of(session).recorder.listeners.append(note)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Before the target is cleaned up and stopped."""
        self.last = time.time()
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        files = sorted(FIGURES.parent.glob("exchanges-*"))
        lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
        requests = [
            httpx.Request(each["method"], each["url"], headers=each["headers"], content=each["body"].encode())
            for each in lines
        ]
        processes = len({each["process"] for each in lines})
        transport = httpx.HTTPTransport()
        started = time.perf_counter()
        with ThreadPoolExecutor(processes) as pool:
            list(pool.map(lambda request: transport.handle_request(request).read(), requests))
        bare = time.perf_counter() - started
        transport.close()
        figures = {
            "first": self.first,
            "last": self.last,
            "processes": processes,
            "exchanges": len(requests),
            "bare_seconds": bare,
            "cpu_seconds": sum(each.ru_utime + each.ru_stime for each in used),
            "peak_mib": used[0].ru_maxrss / 1024,
            "memory_mib": memory(),
        }
        FIGURES.write_text(json.dumps(figures))


def note(exchange: Any) -> None:
    """One line for each exchange that got an answer, in a file of the process's own."""
    if exchange.error is None:
        line = {
            "process": os.getpid(),
            "method": exchange.method,
            "url": exchange.url,
            "headers": list(exchange.request_headers),
            "body": exchange.request_body,
        }
        with (FIGURES.parent / f"exchanges-{os.getpid()}").open("a") as file:
            file.write(json.dumps(line) + "\n")
            end = file.tell()
        if end % 20 == 0:  # now and then: it costs more than the exchange
            (FIGURES.parent / f"memory-{os.getpid()}").write_text(str(private_kib()))


def private_kib() -> int:
    """The memory of this process alone, without what it shares with those that it was forked from or with."""
    text = Path("/proc/self/smaps_rollup").read_text()
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))


def memory() -> float:
    """The memory of all processes together, in MiB: each one's share at its last exchange."""
    return sum(int(path.read_text()) for path in FIGURES.parent.glob("memory-*")) / 1024


def http_of(session: pytest.Session) -> Http:
    from fixtures.plugin import HTTP  # noqa: PLC0415  the harness's plugins are not loaded yet when this module is

    return session.config.stash[HTTP]


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Stopwatch())
