"""A successful access token response (RFC 6749 section 5.1)."""

from __future__ import annotations

from collections.abc import Sequence

from fixtures.flows import Attempt, Tokens, tokens_of
from reports.deviation import Deviation
from reports.exchange import Exchange
from steps.checks.refusal import no_server_error, said


def issued(answer: Exchange) -> Tokens:
    """The answer carries an access token."""
    expected = ["200 with an access token as JSON"]
    no_server_error(answer, expected)
    tokens = tokens_of(answer)
    if tokens is None:
        raise Deviation("refused", expected, f"{said(answer)}: no access token", answer)
    return tokens


def accepted_as_advertised(attempt: Attempt, method: str, advertised: Sequence[str]) -> None:
    """A flow with a challenge method leads to tokens exactly where the metadata lists the method (RFC 8414)."""
    works = attempt.redemption is not None and tokens_of(attempt.redemption) is not None
    listed = method in advertised
    if works == listed:
        no_server_error(attempt.exchange, ["a refusal, since the method is not listed"])
        return
    expected = [
        f"tokens, since the metadata lists {method}" if listed else f"a refusal: {method} is not listed"
    ]
    actual = f"the metadata lists {list(advertised)}, and the flow ended with {said(attempt.exchange)}"
    raise Deviation("accepted" if works else "refused", expected, actual, attempt.exchange)
