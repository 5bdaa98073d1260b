"""Refusals of a client that did not show who it is: at the token endpoint and at introspection."""

from __future__ import annotations

import re

from reports.deviation import Deviation
from reports.exchange import Exchange
from steps.checks.refusal import no_server_error, said


def challenged_for_basic(answer: Exchange) -> None:
    """A 401 that names the scheme the client used (RFC 6749 section 5.2, RFC 9110 section 11.6.1)."""
    challenge = answer.header("www-authenticate")
    if not re.search(r"(?:^|,)\s*Basic(?:\s|$|,)", challenge or "", re.IGNORECASE):
        raise Deviation(
            "missing-header",
            "WWW-Authenticate with a challenge for Basic, the scheme that the client used",
            f"{answer.status} with WWW-Authenticate: {challenge}",
            answer,
        )


def introspection_refused(answer: Exchange) -> None:
    """Nothing is said about a token to who did not authenticate (RFC 7662 sections 2.1 and 2.3).

    Wrong credentials are answered with 401; for a request without any the RFC names no status. An answer that
    calls a live token inactive gives nothing away, but is no refusal.
    """
    with_secret = "client_secret=" in answer.request_body or any(
        name.lower() == "authorization" for name, _ in answer.request_headers
    )
    expected = ["401"] if with_secret else ["401", "400", "403"]
    active = answer.member("active")
    if active is True:
        raise Deviation("accepted", expected, f"{said(answer)}: the token was described", answer)
    no_server_error(answer, expected)
    if answer.status in (404, 405):
        raise Deviation(
            "unavailable", expected, f"{said(answer)}: no introspection endpoint answered", answer
        )
    if str(answer.status) not in expected:
        raise Deviation("wrong-status", expected, said(answer), answer)
