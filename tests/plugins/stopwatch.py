"""A pytest plugin of the benchmark: notes when the first scenario starts, replays every exchange bare at the end."""

from __future__ import annotations

import json
import os
import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from fixtures.http import Http
    from reports.exchange import Exchange


class Stopwatch:
    def __init__(self) -> None:
        self.first: float | None = None
        self.exchanges: list[Exchange] = []

    def pytest_runtest_logstart(self) -> None:
        self.first = self.first or time.time()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        http_of(session).recorder.listeners.append(self.exchanges.append)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Before the target is cleaned up and stopped: the same requests, in order, with nothing around them."""
        http = http_of(session)
        requests = [
            httpx.Request(
                exchange.method,
                exchange.url,
                headers=list(exchange.request_headers),
                content=exchange.request_body.encode(),
            )
            for exchange in self.exchanges
            if exchange.error is None
        ]
        started = time.perf_counter()
        for request in requests:
            http.transport(request.url.scheme).handle_request(request).read()
        bare = time.perf_counter() - started
        figures = {
            "first": self.first,
            "exchanges": len(requests),
            "bare_seconds": bare,
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
        Path(os.environ["AUTHMARK_STOPWATCH"]).write_text(json.dumps(figures))


def http_of(session: pytest.Session) -> Http:
    from fixtures.plugin import HTTP  # noqa: PLC0415  the harness's plugins are not loaded yet when this module is

    return session.config.stash[HTTP]


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Stopwatch())
