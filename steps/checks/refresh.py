"""What a refresh brings (RFC 6749 section 6, RFC 9700 section 4.14.2)."""

from __future__ import annotations

import re
from collections.abc import Collection

from fixtures.flows.values import FirstRefresh, Tokens, tokens_of
from fixtures.protocol import jwt
from reports.deviation import Blocked, Deviation
from reports.exchange import Exchange
from steps.checks.outcome import Outcomes
from steps.checks.refusal import refused
from steps.checks.scope import granted
from steps.checks.token_response import issued

_SMART = re.compile(r"(patient|user|system)/(\*|[A-Z][A-Za-z]*)\.(read|write|\*|(?=.)c?r?u?d?s?)(?:\?(.+))?")
_FIRST_SYNTAX = {"read": "rs", "write": "cud", "*": "cruds"}


def covered(scope: str, held: Collection[str]) -> bool:
    """Whether a scope is one of those held, or narrower than one (SMART App Launch 2.2, scopes)."""
    return scope in held or any(_is_narrower(scope, each) for each in held)


def _is_narrower(scope: str, held: str) -> bool:
    narrow, wide = _SMART.fullmatch(scope), _SMART.fullmatch(held)
    if not narrow or not wide or narrow[1] != wide[1] or wide[2] not in ("*", narrow[2]):
        return False
    letters = [set(_FIRST_SYNTAX.get(each[3], each[3])) for each in (narrow, wide)]
    return letters[0] <= letters[1] and wide[4] in (None, narrow[4])


def no_wider(answer: Exchange, before: Tokens, refusals: Outcomes = ()) -> None:
    """The new tokens have no scope that the refreshed ones had not, or the request is refused in one of these ways.

    An answer without a scope says that the scope is the one that was asked for (RFC 6749 section 5.1).
    """
    if refusals and tokens_of(answer) is None:
        refused(answer, refusals)
        return
    now, had = issued(answer), granted(before)
    expected = [f'a scope of at most "{" ".join(sorted(had))}"', *map(str, refusals)]
    if extra := sorted(each for each in granted(now) if not covered(each, had)):
        raise Deviation("widened", expected, f'scope "{now.scope}": {" ".join(extra)} beyond it', answer)
    if refusals and not now.scope:
        raise Deviation(
            "widened", expected, "no scope in the answer, which says that all was granted", answer
        )


def scope_kept(answer: Exchange, before: Tokens) -> None:
    """The refresh token of a narrowed answer still stands for all that the first one stood for."""
    now, had = issued(answer), granted(before)
    if now.scope and (missing := sorted(had - granted(now))):
        expected = f'the scope "{" ".join(sorted(had))}", as before'
        raise Deviation("refused", expected, f'scope "{now.scope}", without {" ".join(missing)}', answer)


def rotated(first: FirstRefresh) -> None:
    """A new refresh token comes with the answer, unless the tokens are bound to who holds a key (RFC 9700, 4.14.2)."""
    now = tokens_of(first.exchange)
    if now is None:
        raise Blocked("the refresh brought no tokens, which is a finding of its own", first.exchange)
    if now.refresh and now.refresh != first.tokens.refresh:
        return
    token = jwt.read(now.access)
    if str(first.exchange.member("token_type")).lower() == "dpop" or (token and token.claims.get("cnf")):
        return
    expected = ["a refresh token that has not been used", "tokens that are bound to a key (DPoP, mutual TLS)"]
    actual = "the same refresh token again" if now.refresh else "no refresh token: the first one stays good"
    raise Deviation("weak", expected, actual, first.exchange)


def no_refresh_token_given(tokens: Tokens) -> None:
    """Who did not ask for one gets none."""
    if tokens.refresh:
        expected = "no refresh token, since neither offline_access nor online_access was granted"
        raise Deviation(
            "widened", expected, f'a refresh token with the scope "{tokens.scope}"', tokens.exchange
        )
