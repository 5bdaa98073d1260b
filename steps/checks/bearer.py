"""How a protected resource answers to a token (RFC 6750 section 3)."""

from __future__ import annotations

from reports.deviation import Deviation
from reports.exchange import Exchange
from steps.checks.refusal import no_server_error, said


def served(answer: Exchange) -> None:
    """The API opened to the token."""
    expected = ["200 with the resource"]
    no_server_error(answer, expected)
    if answer.status is None or not 200 <= answer.status < 300:
        raise Deviation("refused", expected, said(answer), answer)
