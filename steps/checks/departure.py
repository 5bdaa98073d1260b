"""What is left of the ways in of somebody who has left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.deviation import Deviation
from reports.exchange import Exchange
from steps.checks.outcome import Outcomes
from steps.checks.refusal import no_server_error, said


def lets_nobody_in(answer: Exchange, *, opened: bool) -> None:
    """A way in that worked is closed, by a decision and not by a failure of the server."""
    expected = ["a refusal, or a page to sign in: no code, no token, nothing shown"]
    if opened:
        raise Deviation("not-revoked", expected, f"{said(answer)}: it still opens", answer)
    no_server_error(answer, expected)


def still_lets_in(answer: Exchange, sign_in: Exchange, refusals: Outcomes) -> None:
    """Whatever became of a change, somebody signs in elsewhere as before."""
    expected = ["a sign-in as before", *map(str, refusals)]
    no_server_error(answer, expected)
    if sign_in.status != 200 or not sign_in.member("code"):
        actual = f"{said(answer)}; then the sign-in is answered with {sign_in.status}"
        raise Deviation("accepted", expected, actual, answer)
    refused = answer.status is None or answer.status >= 400
    if refused and not any(refusal.has_status(answer.status) for refusal in refusals):
        raise Deviation("wrong-status", expected, said(answer), answer)


def under_policy(membership: Mapping[str, Any], policy: str, answer: Exchange) -> None:
    """A membership has this policy, and no other way around it."""
    held = membership.get("accessPolicy")
    if not isinstance(held, dict) or held.get("reference") != policy or membership.get("admin"):
        raise Deviation("widened", [f"a membership under {policy}"], f"it is under {held}", answer)


def not_admin(membership: Mapping[str, Any], answer: Exchange) -> None:
    """A membership is not that of an administrator."""
    if membership.get("admin"):
        raise Deviation("widened", ["a membership that is no administrator's"], "admin is true", answer)


def names_inviter(membership: Mapping[str, Any], answer: Exchange) -> None:
    """A membership says who invited."""
    held = membership.get("invitedBy")
    if not isinstance(held, dict) or not held.get("reference"):
        raise Deviation(
            "missing-claim", ["a membership with invitedBy"], f"it is {held}", answer, "invitedby"
        )
