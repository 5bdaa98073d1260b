"""The control after the attack: a refusal proves something only of a server that goes on serving whom it should.

An answer that only a working endpoint gives (a token, a code, a record) is a *sign of life* of that endpoint. A passed
row whose last answer of an endpoint is none *leans* on the next sign of life. Where none comes by itself, the usual
request is made again; where that fails too, what leans on it proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from reports.exchange import Exchange
from reports.row import RedactedExchange, Row

Endpoint = Literal["api", "authorization endpoint", "introspection", "token endpoint", "userinfo"]

# What an answer holds that only a working server gives; bodies are JSON. Each API has answers of its own.
_LIFE: Mapping[Endpoint, re.Pattern[str]] = MappingProxyType(
    {
        "authorization endpoint": re.compile(r'"code"\s*:'),
        "introspection": re.compile(r'"active"\s*:\s*true'),
        "token endpoint": re.compile(r'"access_token"\s*:'),
        "userinfo": re.compile(r'"sub"\s*:'),
    }
)
_CODE = re.compile(r"[?&#]code=")
_MEMBER = re.compile(r'"(\w+)"\s*:')


@dataclass(frozen=True)
class Again:
    """What came of the usual request, made again after the attacks."""

    endpoint: Endpoint
    holds: bool
    said: str = ""  # where it does not: what came
    exchanges: tuple[Exchange, ...] = ()  # the answers that show it, where it takes a look at them


@dataclass
class ControlAfter:
    """Which rows lean on which endpoints. Rows have the number under which the journal keeps them."""

    endpoint_of: Callable[[str], Endpoint | None]  # of a URL
    _alive: dict[Endpoint, float] = field(
        default_factory=dict
    )  # the last sign of life, seconds since the epoch
    _leaning: dict[Endpoint, dict[int, float]] = field(default_factory=dict)
    _api: set[str] = field(default_factory=set)  # the members of the first record that the API gave

    def is_sign_of_life(self, endpoint: Endpoint, exchange: RedactedExchange) -> bool:
        """Whether only a working endpoint answers like this: of the API, with a record as it gave before."""
        if endpoint == "authorization endpoint":
            locations = (value for name, value in exchange.response_headers if name.lower() == "location")
            if any(_CODE.search(each) for each in locations):
                return True
        if exchange.status not in (200, 201):
            return False
        if endpoint != "api":
            return _LIFE[endpoint].search(exchange.response_body) is not None
        members = set(_MEMBER.findall(exchange.response_body))
        self._api = self._api or members
        return not members.isdisjoint(self._api)

    def note(self, number: int, row: Row) -> None:
        """A row that was judged; its requests may be earlier or later than those of the one before."""
        last: dict[Endpoint, RedactedExchange] = {}
        for exchange in sorted(row.exchanges, key=_ended):
            if endpoint := self.endpoint_of(exchange.url):
                last[endpoint] = exchange
                if self.is_sign_of_life(endpoint, exchange):
                    self.confirm(endpoint, _ended(exchange))
        for endpoint, exchange in last.items():
            if row.verdict == "passed" and _ended(exchange) > self._alive.get(endpoint, 0):
                self._leaning.setdefault(endpoint, {})[number] = _ended(exchange)

    @property
    def wanting(self) -> frozenset[Endpoint]:
        """The endpoints that have shown life, and on whose next sign of it a row leans."""
        return frozenset(each for each, leaning in self._leaning.items() if leaning and each in self._alive)

    def confirm(self, endpoint: Endpoint, at: float) -> None:
        """A sign of life, in seconds since the epoch: what was asked before it stands."""
        self._alive[endpoint] = max(at, self._alive.get(endpoint, 0))
        leaning = self._leaning.get(endpoint, {})
        self._leaning[endpoint] = {
            number: asked for number, asked in leaning.items() if asked > self._alive[endpoint]
        }

    def withdraw(self, endpoint: Endpoint) -> tuple[int, ...]:
        """The numbers of the rows that lean on an endpoint which does not answer as it did."""
        return tuple(self._leaning.pop(endpoint, ()))


def _ended(exchange: RedactedExchange) -> float:
    return exchange.started + exchange.duration_ms / 1000
