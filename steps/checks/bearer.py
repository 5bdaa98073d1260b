"""How a protected resource answers to a token (RFC 6750 section 3)."""

from __future__ import annotations

import re

from reports.deviation import Deviation
from reports.exchange import Exchange
from steps.checks.refusal import no_server_error, said


def served(answer: Exchange) -> None:
    """The API opened to the token."""
    expected = ["200 with the resource"]
    no_server_error(answer, expected)
    if answer.status is None or not 200 <= answer.status < 300:
        raise Deviation("refused", expected, said(answer), answer)


def token_refused(answer: Exchange, *, error: str | None = "invalid_token", status: int = 401) -> None:
    """The API did not open: the status, and the challenge with the error code (None: whatever challenge).

    RFC 6750 section 3.1 names the code with SHOULD; ask for it only where the requirement is about it.
    """
    challenge = f' with WWW-Authenticate: Bearer error="{error}"' if error else ""
    expected = [f"{status}{challenge}"]
    if answer.status is not None and answer.status < 400:
        raise Deviation("accepted", expected, f"{said(answer)}: the API opened", answer)
    no_server_error(answer, expected)
    if answer.status != status:
        raise Deviation("wrong-status", expected, said(answer), answer)
    if error and error_of(answer) != error:
        held = answer.header("www-authenticate")
        raise Deviation("missing-header", expected, f"{answer.status} with WWW-Authenticate: {held}", answer)


def challenged(answer: Exchange) -> None:
    """A refusal names the Bearer scheme (RFC 6750 section 3), whatever else it says."""
    expected = ["a refusal with WWW-Authenticate: Bearer"]
    if answer.status is not None and answer.status < 400:
        raise Deviation("accepted", expected, f"{said(answer)}: the API opened", answer)
    no_server_error(answer, expected)
    held = answer.header("www-authenticate")
    if not re.search(r"(?:^|,)\s*Bearer(?:\s|$)", held or "", re.IGNORECASE):
        raise Deviation("missing-header", expected, f"{answer.status} with WWW-Authenticate: {held}", answer)


def without_error(answer: Exchange) -> None:
    """A refusal for want of credentials says no more than how to authenticate (RFC 6750 section 3.1)."""
    expected = ["a refusal whose challenge has no error code"]
    if answer.status is not None and answer.status < 400:
        raise Deviation("accepted", expected, f"{said(answer)}: the API opened", answer)
    no_server_error(answer, expected)
    if error_of(answer) is not None:
        held = answer.header("www-authenticate")
        raise Deviation("wrong-header", expected, f"{answer.status} with WWW-Authenticate: {held}", answer)


def error_of(answer: Exchange) -> str | None:
    """The error code of the Bearer challenge; None where there is no such challenge or it names none."""
    challenge = answer.header("www-authenticate") or ""
    match = re.search(r'\bBearer\b[^"]*?(?:"[^"]*"[^"]*?)*\berror="([^"]*)"', challenge, re.IGNORECASE)
    return match[1] if match else None
