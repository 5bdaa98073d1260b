"""Where a browser is sent with the answer to an authorization request (RFC 6749 section 3.1.2)."""

from __future__ import annotations

from fixtures.flows.values import Attempt, summary
from fixtures.protocol.authorization import AuthorizationResponse, leads_to
from reports.deviation import Deviation, NotApplicable
from steps.checks.refusal import decided, no_server_error, said


def not_sent_there(attempt: Attempt) -> None:
    """A redirect URI that is not the client's gets neither a code nor an error.

    An error may go to the redirect URI that is registered; a code may go nowhere, for the request has failed.
    """
    wanted, response = attempt.request.redirect_uri, attempt.response
    expected = ["a page that says no", "an error, and no code, at the registered redirect URI"]
    if response.code is not None:
        raise Deviation("accepted", expected, f"{summary(response)} for {wanted!a}", response.exchange)
    at_registered = response.redirect_uri == attempt.request.registered_redirect_uri
    if response.location and not at_registered and leads_to(response.location, wanted or response.location):
        actual = f"the browser was sent to {response.location!a}"
        raise Deviation("accepted", expected, actual, response.exchange)
    decided(response.exchange, expected)
    if response.exchange.method == "POST" and response.exchange.status in (404, 405):
        raise NotApplicable(f"the server has no such way to a code: {response.exchange.status} to POST")


def sent_there(attempt: Attempt) -> None:
    """The browser is sent to the redirect URI that was asked for, with a code."""
    wanted, response = attempt.request.redirect_uri, attempt.response
    expected = [f"a code at {wanted}"]
    no_server_error(response.exchange, expected)
    if response.code is None:
        raise Deviation("refused", expected, summary(response), response.exchange)
    if response.location and response.redirect_uri != wanted:
        raise Deviation(
            "malformed", expected, f"the code was sent to {response.location!a}", response.exchange
        )


def answered_at_once(response: AuthorizationResponse) -> None:
    """The answer to prompt=none: a redirect to the client with a code or an error (OpenID Connect Core 3.1.2.6)."""
    if response.code is not None or response.error:
        return
    expected = ["a redirect to the client with a code or an error"]
    no_server_error(response.exchange, expected)
    raise Deviation("malformed", expected, said(response.exchange), response.exchange)
