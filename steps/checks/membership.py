"""Who has become a member of which project, by which account."""

from __future__ import annotations

from collections.abc import Sequence

from fixtures.accounts import Member
from reports.deviation import Deviation
from reports.exchange import Exchange
from steps.checks.outcome import Outcomes
from steps.checks.refusal import no_server_error, said


def none(answer: Exchange, members: Sequence[Member], refusals: Outcomes = ()) -> None:
    """An invitation made none of these members; `refusals`: how it may be refused where it was not served."""
    expected = ["no member", *map(str, refusals)]
    no_server_error(answer, expected)
    if members:
        found = ", ".join(each.reference for each in members)
        raise Deviation("accepted", expected, f"{said(answer)}: it made {found}", answer)
    refused = answer.status is None or answer.status >= 400
    if refused and refusals and not any(refusal.has_status(answer.status) for refusal in refusals):
        raise Deviation("wrong-status", expected, said(answer), answer)


def count(answer: Exchange, members: Sequence[Member], number: int) -> None:
    """A person has so many memberships in a project."""
    expected = [f"{number} membership(s) of that person"]
    no_server_error(answer, expected)
    if len(members) > number:
        raise Deviation("accepted", expected, f"{said(answer)}: {len(members)} memberships", answer)
    if len(members) < number:
        raise Deviation("refused", expected, f"{said(answer)}: {len(members)} memberships", answer)


def accounts(answer: Exchange, found: Sequence[str], number: int) -> None:
    """The memberships of one address in two projects stand for so many accounts (references)."""
    expected = [f"{number} account(s)"]
    if len(found) != 2 or not all(found):
        raise Deviation("malformed", expected, f"{said(answer)}: no membership with its account", answer)
    if len(set(found)) != number:
        raise Deviation("accepted", expected, f"the memberships are of {' and '.join(found)}", answer)


def offered(answer: Exchange, choices: Sequence[str], number: int) -> None:
    """A sign-in asks which of so many memberships is meant, before there is a code."""
    expected = [f"{number} memberships to choose from, and no code"]
    no_server_error(answer, expected)
    if answer.member("code"):
        raise Deviation("accepted", expected, f"{said(answer)}: a code without a choice", answer)
    if len(choices) != number:
        raise Deviation("refused", expected, f"{said(answer)}: {len(choices)} memberships", answer)
