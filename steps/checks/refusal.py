"""A refusal is refused for the right reason: never by a 5xx, a dead route or an answer that cannot be read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from fixtures.flows.values import Attempt, tokens_of
from fixtures.protocol.fhir import is_batch, is_graphql, resources_of, statuses_of
from fixtures.protocol.opened import opened
from reports.deviation import FAILURE_KINDS, FORMAL_KINDS, Deviation, Kind, NotApplicable, NotTested, quoted
from reports.exchange import Exchange
from steps.checks.outcome import Outcome, Outcomes

#: Rejected, however: where a clause says no more than that.
ANY: Outcomes = (Outcome(),)


def refused(answer: Exchange, outcomes: Outcomes) -> None:
    """The answer is one of these refusals.

    Where an outcome names an error code, the refusal is one of an authorization server (RFC 6749 section 5.2): a
    JSON object whose member `error` says it. A batch is refused as a whole or in each of its entries; GraphQL says no
    with 200 and without a resource.
    """
    expected = [str(outcome) for outcome in outcomes]
    if any(outcome.error for outcome in outcomes):
        _oauth_error(answer, outcomes, expected)
        return
    no_server_error(answer, expected)
    if is_graphql(answer) and answer.status == 200:
        if resources_of(answer):
            raise Deviation("accepted", expected, f"{said(answer)}: the request was served", answer)
    elif is_batch(answer) and answer.status == 200:
        _entries_refused(answer, outcomes, expected)
    elif _finds_nothing(answer):
        if not any(outcome.finds_nothing for outcome in outcomes):
            raise Deviation("accepted", expected, f"{said(answer)}: the request was served", answer)
    elif answer.status == 304 or opened(answer):
        raise Deviation("accepted", expected, f"{said(answer)}: the request was served", answer)
    elif answer.status is not None and answer.status < 300:
        actual = f"{said(answer)}: neither a refusal nor what was asked for"
        raise Deviation("malformed", expected, actual, answer)
    elif not _is_one_of(answer.status, outcomes):
        raise Deviation("wrong-status", expected, said(answer), answer)


def each_refused(answers: Sequence[Exchange], outcomes: Outcomes) -> None:
    """Each answer is one of these refusals; of those that are not the gravest is told, which no other may hide."""
    found = []
    for answer in answers:
        try:
            refused(answer, outcomes)
        except Deviation as deviation:
            found.append((answer, deviation))
    if found:
        answer, worst = min(found, key=lambda each: each[1].kind in FORMAL_KINDS | FAILURE_KINDS)
        others = [f"{each.method} {urlsplit(each.url).path}" for each, _ in found if each is not answer]
        more = f"; not refused so either: {', '.join(others)}" if others else ""
        raise Deviation(worst.kind, worst.expected, worst.actual + more, answer)


def _is_one_of(status: int | None, outcomes: Outcomes) -> bool:
    return any(outcome.has_status(status) for outcome in outcomes if not outcome.finds_nothing)


def _finds_nothing(answer: Exchange) -> bool:
    return answer.status == 200 and answer.member("resourceType") == "Bundle" and not resources_of(answer)


def _entries_refused(answer: Exchange, outcomes: Outcomes, expected: Sequence[str]) -> None:
    statuses, asked = statuses_of(answer), answer.request_body.count('"request"')
    if any(status is not None and status < 400 for status in statuses):
        raise Deviation("accepted", expected, f"the entries were answered with {statuses}", answer)
    if len(statuses) != asked:
        raise Deviation("malformed", expected, f"{said(answer)}: {len(statuses)} entries of {asked}", answer)
    if not all(_is_one_of(status, outcomes) for status in statuses):
        raise Deviation("wrong-status", expected, f"the entries were answered with {statuses}", answer)


def _oauth_error(answer: Exchange, outcomes: Outcomes, expected: Sequence[str]) -> None:
    if tokens_of(answer) is not None or answer.member("access_token"):
        raise Deviation("accepted", expected, f"{said(answer)}: tokens were issued", answer)
    no_server_error(answer, expected)
    if answer.status in (404, 405):
        raise Deviation("unavailable", expected, f"{said(answer)}: no token endpoint answered", answer)
    if (answer.status or 0) < 400:
        raise Deviation("malformed", expected, f"{said(answer)}: no error response", answer)
    error = answer.member("error")
    if not isinstance(error, str):
        # A refusal in another protocol's JSON is still the server's own; a page may come from any proxy.
        kind: Kind = "wrong-error" if isinstance(answer.json(), dict) else "malformed"
        raise Deviation(kind, expected, f"{said(answer)}, without a JSON member `error`", answer)
    named = [outcome for outcome in outcomes if outcome.error == error]
    if not named:
        raise Deviation("wrong-error", expected, f'{said(answer)} with error "{quoted(error)}"', answer)
    if not _is_one_of(answer.status, tuple(named)):
        raise Deviation("wrong-status", expected, f'{said(answer)} with error "{quoted(error)}"', answer)


def looked_at_the_grant(answer: Exchange, unknown: Exchange, *, is_listed: bool) -> None:
    """The server knows a grant type and lets the client use it, so a refusal is about what the grant shows.

    `unknown` is its answer to a grant type that nobody knows. Raises NotApplicable where this one is answered alike,
    and NotTested where the client may not use it though the metadata lists it.
    """
    error = answer.member("error")
    if error == "unsupported_grant_type" or (
        isinstance(error, str) and (answer.status, error) == (unknown.status, unknown.member("error"))
    ):
        raise NotApplicable(f"the token endpoint does not know this grant: {said(answer)}")
    if error == "unauthorized_client":
        reason = "the client may not use this grant (unauthorized_client), so nothing was looked at"
        raise NotTested(f"{reason}; name one that may") if is_listed else NotApplicable(reason)


def ended(answer: Exchange, outcomes: Outcomes) -> None:
    """What was taken away is gone though it is still in its lifetime."""
    expected = [str(outcome) for outcome in outcomes]
    if tokens_of(answer) is not None:
        raise Deviation("not-revoked", expected, f"{said(answer)}: tokens were issued", answer)
    if opened(answer):
        raise Deviation("not-revoked", expected, f"{said(answer)}: it still opens", answer)
    refused(answer, outcomes)


def not_introspected(answer: Exchange, outcomes: Outcomes) -> None:
    """Nothing is said about a token to who did not authenticate (RFC 7662 sections 2.1 and 2.3).

    An answer that calls a live token inactive gives nothing away, but is no refusal.
    """
    expected = [str(outcome) for outcome in outcomes]
    if answer.member("active") is True:
        raise Deviation("accepted", expected, f"{said(answer)}: the token was described", answer)
    no_server_error(answer, expected)
    if answer.status in (404, 405):
        raise Deviation("unavailable", expected, f"{said(answer)}: no introspection endpoint", answer)
    if not _is_one_of(answer.status, outcomes):
        raise Deviation("wrong-status", expected, said(answer), answer)


def challenged(answer: Exchange, scheme: str) -> None:
    """A refusal challenges for an authentication scheme (RFC 9110 section 11.6.1), whatever else it says."""
    expected = [f"a refusal with WWW-Authenticate: {scheme}"]
    if opened(answer):
        raise Deviation("accepted", expected, f"{said(answer)}: the request was served", answer)
    no_server_error(answer, expected)
    held = answer.header("www-authenticate")
    if not re.search(rf"(?:^|,)\s*{scheme}(?:\s|$|,)", held or "", re.IGNORECASE):
        actual = f"{answer.status} with WWW-Authenticate: {held}"
        raise Deviation("missing-header", expected, actual, answer, "www-authenticate")


def challenged_with(answer: Exchange, error: str | None) -> None:
    """The Bearer challenge of a refusal names this error code (RFC 6750 section 3); None: it names none."""
    expected = [f'WWW-Authenticate: Bearer error="{error}"' if error else "a challenge without an error code"]
    if opened(answer):
        raise Deviation("accepted", expected, f"{said(answer)}: the API opened", answer)
    no_server_error(answer, expected)
    if error_of(answer) != error:
        held = answer.header("www-authenticate")
        kind: Kind = "missing-header" if error and error_of(answer) is None else "wrong-header"
        actual = f"{answer.status} with WWW-Authenticate: {held}"
        raise Deviation(kind, expected, actual, answer, "www-authenticate")


def error_of(answer: Exchange) -> str | None:
    """The error code of the Bearer challenge; None where there is no such challenge or it names none."""
    challenge = answer.header("www-authenticate") or ""
    match = re.search(r'\bBearer\b[^"]*?(?:"[^"]*"[^"]*?)*\berror="([^"]*)"', challenge, re.IGNORECASE)
    return match[1] if match else None


def no_token(attempt: Attempt, expected: Sequence[str] = ("a refusal at any stage, and no token",)) -> None:
    """The flow ends without a token, by a refusal and not by a failure of the server."""
    if attempt.redemption is not None and tokens_of(attempt.redemption) is not None:
        raise Deviation(
            "accepted", expected, f"{said(attempt.redemption)}: tokens were issued", attempt.redemption
        )
    no_server_error(attempt.exchange, expected)
    if attempt.exchange.status == 404:
        raise Deviation("unavailable", expected, said(attempt.exchange), attempt.exchange)


def no_server_error(answer: Exchange, expected: Sequence[str]) -> None:
    """Raises Deviation where the server broke."""
    if answer.status is None or answer.status >= 500:
        raise Deviation(
            "server-error", expected, f"{said(answer)}: the server failed instead of deciding", answer
        )


def decided(page: Exchange, expected: Sequence[str]) -> None:
    """The server did not break: a page with a 5xx that names an error of OAuth is a decision in the wrong form."""
    named = re.search(r"\b(invalid_\w+|un\w+_client|unsupported_response_type)\b", page.response_body)
    if page.status is not None and page.status >= 500 and named:
        raise Deviation("wrong-status", expected, f"{page.status} with a page that says {named[0]}", page)
    no_server_error(page, expected)


def said(answer: Exchange) -> str:
    """Status and body of an answer, for a deviation's `actual`."""
    return f"{answer.status} {quoted(answer.response_body)}".rstrip()
