"""A refusal is refused for the right reason: never by a 5xx, a dead route or an answer that cannot be read."""

from __future__ import annotations

from collections.abc import Sequence

from fixtures.flows.values import Attempt, summary, tokens_of
from reports.deviation import Deviation, Kind, quoted
from reports.exchange import Exchange

FORM = "application/x-www-form-urlencoded"


def no_server_error(answer: Exchange, expected: Sequence[str]) -> None:
    """Raises Deviation where the server broke or the route is not there."""
    if answer.status is None or answer.status >= 500:
        raise Deviation(
            "server-error", expected, f"{said(answer)}: the server failed instead of deciding", answer
        )


def token_refused(answer: Exchange, *codes: str) -> None:
    """A token error response (RFC 6749 section 5.2) with one of these error codes.

    The status is 400; for invalid_client 401 is right as well, and needed where the client used the Authorization
    header.
    """
    expected = [f'{_status_words(code, answer)} with error "{code}" as JSON, and no token' for code in codes]
    if tokens_of(answer) is not None or answer.member("access_token"):
        raise Deviation("accepted", expected, f"{said(answer)}: tokens were issued", answer)
    no_server_error(answer, expected)
    if answer.status in (404, 405) or (answer.status or 0) < 400:
        raise Deviation("unavailable", expected, f"{said(answer)}: no token endpoint answered", answer)
    error = answer.member("error")
    if not isinstance(error, str):
        # A refusal in another protocol's JSON is still the server's own; a page may come from any proxy.
        kind: Kind = "wrong-error" if isinstance(answer.json(), dict) else "malformed"
        raise Deviation(kind, expected, f"{said(answer)}, without a JSON member `error`", answer)
    if error not in codes:
        raise Deviation("wrong-error", expected, f'{said(answer)} with error "{error}"', answer)
    if answer.status not in _statuses(error, answer):
        raise Deviation("wrong-status", expected, f'{said(answer)} with error "{error}"', answer)


def refused_at_authorization(attempt: Attempt, *codes: str) -> None:
    """An authorization error response (RFC 6749 section 4.1.2.1) with one of these codes, by redirect.

    A later refusal is a deviation of form; a token is one of substance.
    """
    expected = [f'a redirect to the client with error "{code}" and no code' for code in codes]
    no_token(attempt, expected)
    response = attempt.response
    if response.stage != "authorization" or response.code is not None:
        stage = "token" if attempt.redemption else response.stage
        raise Deviation(
            "late-refusal",
            expected,
            f"refused only at the {stage} stage: {said(attempt.exchange)}",
            attempt.exchange,
        )
    if response.error not in codes:
        raise Deviation("wrong-error", expected, summary(response), response.exchange)


def no_token(attempt: Attempt, expected: Sequence[str] = ("a refusal at any stage, and no token",)) -> None:
    """The flow ends without a token, by a refusal and not by a failure of the server."""
    if attempt.redemption is not None and tokens_of(attempt.redemption) is not None:
        raise Deviation(
            "accepted", expected, f"{said(attempt.redemption)}: tokens were issued", attempt.redemption
        )
    no_server_error(attempt.exchange, expected)
    if attempt.exchange.status == 404:
        raise Deviation("unavailable", expected, said(attempt.exchange), attempt.exchange)


def said(answer: Exchange) -> str:
    """Status and body of an answer, for a deviation's `actual`."""
    return f"{answer.status} {quoted(answer.response_body)}".rstrip()


def _statuses(code: str, answer: Exchange) -> tuple[int, ...]:
    if code != "invalid_client":
        sent = {name.lower(): value for name, value in answer.request_headers}
        # A server may also say that it takes no such body (RFC 9110 section 15.5.16).
        return (400,) if sent.get("content-type", FORM).startswith(FORM) else (400, 415)
    sent_header = any(name.lower() == "authorization" for name, _ in answer.request_headers)
    return (401,) if sent_header else (400, 401)


def _status_words(code: str, answer: Exchange) -> str:
    return " or ".join(map(str, _statuses(code, answer)))
