"""How a protected resource answers to a token (RFC 6750 section 3)."""

from __future__ import annotations

from fixtures.protocol.fhir import is_batch, statuses_of
from fixtures.protocol.opened import opened
from reports.deviation import Deviation
from reports.exchange import Exchange
from steps.checks.refusal import no_server_error, said


def served(answer: Exchange) -> None:
    """The API opened to the token, and showed something: neither a page nor nothing; each entry of a batch as well."""
    expected = ["200 with the resource, a JSON object"]
    no_server_error(answer, expected)
    if answer.status is None or not 200 <= answer.status < 300:
        raise Deviation("refused", expected, said(answer), answer)
    if not opened(answer):
        raise Deviation("malformed", expected, f"{said(answer)}: it shows nothing", answer)
    statuses = statuses_of(answer) if is_batch(answer) else []
    if any(status is None or not 200 <= status < 300 for status in statuses):
        raise Deviation("refused", expected, f"the entries were answered with {statuses}", answer)
