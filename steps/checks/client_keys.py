"""Client authentication with keys: how it is advertised, what is fetched for it, what a back end is told."""

from __future__ import annotations

from fixtures.flows.key_sets import Fetched
from fixtures.flows.values import Tokens
from reports.deviation import Deviation, NotApplicable
from steps.checks import refusal
from steps.checks.metadata import Document
from steps.checks.refusal import said

ASYMMETRIC = ("private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth")


def refused(fetched: Fetched) -> None:
    """The request was refused, in whichever way."""
    refusal.refused(fetched.exchange, refusal.ANY)


def not_fetched(fetched: Fetched) -> None:
    """The server asked for nothing where it was pointed to (RFC 8725 section 3.10)."""
    if fetched.times:
        actual = f"it was asked for {fetched.times} times"
        raise Deviation("accepted", "nothing is asked for at that address", actual, fetched.exchange)


def fetched_less_often(fetched: Fetched, times: int) -> None:
    """A key set that may be kept was kept."""
    if fetched.times >= times:
        actual = f"it was fetched {fetched.times} times for {times} requests, though it says max-age=3600"
        raise Deviation(
            "refused", f"the key set is fetched less than {times} times", actual, fetched.exchange
        )


def lists_asymmetric_authentication(document: Document) -> None:
    """A client can do without a shared secret (RFC 9700 section 2.5)."""
    listed = document.held.get("token_endpoint_auth_methods_supported")
    if not isinstance(listed, list) or not any(each in ASYMMETRIC for each in listed):
        expected = f"token_endpoint_auth_methods_supported with one of {', '.join(ASYMMETRIC)}"
        raise Deviation("unavailable", expected, f"{listed}", document.exchange)


def lists_smart_algorithms(document: Document) -> None:
    """Who promises SMART's client-confidential-asymmetric lists private_key_jwt, and one of its algorithms."""
    methods = document.held.get("token_endpoint_auth_methods_supported")
    listed = document.held.get("token_endpoint_auth_signing_alg_values_supported")
    known = [
        isinstance(methods, list) and "private_key_jwt" in methods,
        isinstance(listed, list) and any(each in listed for each in ("RS384", "ES384")),
    ]
    if not all(known):
        expected = "private_key_jwt among the methods, RS384 or ES384 among the algorithms"
        raise Deviation("malformed", expected, f"{methods} and {listed}", document.exchange)


def says_what_smart_requires(tokens: Tokens) -> None:
    """access_token, token_type bearer, expires_in and scope, all of them required (SMART Backend Services)."""
    answer = tokens.exchange
    expected = "access_token, token_type bearer, expires_in as a number, and scope"
    kind, seconds, scope = (answer.member(name) for name in ("token_type", "expires_in", "scope"))
    is_bearer = isinstance(kind, str) and kind.lower() == "bearer"
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not (is_bearer and is_number and isinstance(scope, str) and scope):
        raise Deviation("malformed", expected, said(answer), answer)


def lives_at_most(tokens: Tokens, seconds: int) -> None:
    """expires_in is no more than that."""
    answer = tokens.exchange
    stated = answer.member("expires_in")
    if not isinstance(stated, int | float):
        raise NotApplicable("the answer states no expires_in, which a requirement of its own judges")
    if stated > seconds:
        raise Deviation("weak", f"expires_in of {seconds} at most", f"expires_in is {stated!r}", answer)
