"""What was granted, beside what was asked for (RFC 6749 section 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qs

from fixtures.flows.values import Attempt, Tokens, tokens_of
from fixtures.protocol import jwt
from reports.deviation import Deviation, NotApplicable
from reports.exchange import Exchange
from steps.checks.outcome import Outcome
from steps.checks.refusal import no_server_error, refused, said


def granted(tokens: Tokens) -> set[str]:
    """The scope that a token response states, and that the token itself states where it is a JWT."""
    token = jwt.read(tokens.access)
    claimed = token.claims.get("scope", "") if token else ""
    values = claimed if isinstance(claimed, list) else str(claimed).split()
    return {*tokens.scope.split(), *map(str, values)}


def no_more_than(tokens: Tokens, allowed: str, *, stated: bool = False) -> None:
    """Nothing beyond `allowed` was granted; `stated`: and the answer says what was.

    An answer without a scope says that the scope is the one that was asked for (RFC 6749 section 5.1).
    """
    expected = [f'a scope of at most "{allowed}"' + (", stated in the answer" if stated else "")]
    if extra := granted(tokens) - set(allowed.split()):
        actual = f'scope "{tokens.scope}": {" ".join(sorted(extra))} was granted beyond it'
        raise Deviation("widened", expected, actual, tokens.exchange)
    if stated and not tokens.scope:
        raise Deviation("malformed", expected, "no scope in the answer", tokens.exchange)


def no_more_than_asked(answer: Exchange) -> None:
    """A token request with a scope gives at most that scope. Raises NotApplicable where it is refused altogether."""
    tokens = tokens_of(answer)
    if tokens is None:
        refused(answer, (Outcome((400,), "invalid_scope"),))
        raise NotApplicable("the server refuses to give this client a scope so narrow (invalid_scope)")
    no_more_than(tokens, parse_qs(answer.request_body).get("scope", [""])[0])


def left_out(attempt: Attempt, scope: str, errors: Sequence[str]) -> None:
    """A scope that nobody knows ends in one of these errors, or the rest is granted, and the answer says so."""
    expected = [
        f"a refusal with {' or '.join(errors)}",
        f"tokens with a stated scope that is without {scope}",
    ]
    no_server_error(attempt.exchange, expected)
    response, tokens = attempt.response, attempt.redemption and tokens_of(attempt.redemption)
    if tokens:
        if scope in granted(tokens):
            raise Deviation("widened", expected, f'scope "{tokens.scope}"', tokens.exchange)
        if not tokens.scope:
            raise Deviation(
                "malformed", expected, "no scope, which says that all was granted", tokens.exchange
            )
        return
    if attempt.redemption:
        refused(attempt.redemption, tuple(Outcome((400,), error) for error in errors))
    elif response.error not in (*errors, ""):
        raise Deviation("wrong-error", expected, f'error "{response.error}"', response.exchange)
    elif not response.error and not 400 <= (response.exchange.status or 0) < 500:
        raise Deviation(
            "malformed", expected, f"{said(response.exchange)}: neither code nor error", response.exchange
        )
