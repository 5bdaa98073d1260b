"""What has ended must not work any more."""

from __future__ import annotations

from fixtures.flows.values import tokens_of
from reports.deviation import Deviation
from reports.exchange import Exchange
from steps.checks import bearer, refusal


def access_token_ended(answer: Exchange) -> None:
    """The API does not open any more (RFC 6750 section 3.1: 401)."""
    if answer.status is not None and answer.status < 400:
        raise Deviation("not-revoked", ["401"], f"{refusal.said(answer)}: the API still opens", answer)
    bearer.token_refused(answer, error=None)


def refresh_token_ended(answer: Exchange) -> None:
    """A refresh request is refused with invalid_grant (RFC 6749 section 5.2)."""
    if tokens_of(answer) is not None:
        expected = ['400 with error "invalid_grant" as JSON, and no token']
        raise Deviation("not-revoked", expected, f"{refusal.said(answer)}: tokens were issued", answer)
    refusal.token_refused(answer, "invalid_grant")
