"""One HTTP request with its response: the unit of evidence.

It stands here, not in `fixtures`, because a report must be readable without the harness that made it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Exchange:
    """A request as it left and the answer as it came, unredacted; `error` is set where no answer came."""

    method: str
    url: str
    request_headers: Headers = ()
    request_body: str = ""
    status: int | None = None
    response_headers: Headers = ()
    response_body: str = ""
    error: str | None = None
    started: float = 0.0  # seconds since the epoch
    duration_ms: float = 0.0
    purpose: str = field(default="", compare=False)  # what the harness was doing, for the reader

    def headers(self, name: str) -> list[str]:
        """All values of a response header, in order; field names are case-insensitive (RFC 9110 section 5.1)."""
        return [value for key, value in self.response_headers if key.lower() == name.lower()]

    def header(self, name: str) -> str | None:
        """The values of a response header joined as RFC 9110 section 5.3 allows; None where it is absent."""
        values = self.headers(name)
        return ", ".join(values) if values else None

    def json(self) -> Any:
        """The response body as JSON; None where it is no JSON.

        NaN and Infinity are no JSON (RFC 8259 section 6), though Python takes them. A lone surrogate, which no text
        file can hold, reads as U+FFFD.
        """
        try:
            value = json.loads(self.response_body, parse_constant=_refuse)
        except (ValueError, RecursionError):
            return None
        return _without_surrogates(value) if _SURROGATE.search(self.response_body) else value

    def member(self, name: str) -> Any:
        """A member of the response's JSON object; None where there is none."""
        body = self.json()
        return body.get(name) if isinstance(body, dict) else None


def _refuse(constant: str) -> None:
    raise ValueError(constant)


_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode(errors="surrogatepass").decode(errors="replace")
    if isinstance(value, list):
        return [_without_surrogates(each) for each in value]
    if isinstance(value, dict):
        return {_without_surrogates(name): _without_surrogates(each) for name, each in value.items()}
    return value
