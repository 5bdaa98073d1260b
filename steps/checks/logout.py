"""Where a browser is sent after a logout (OpenID Connect RP-Initiated Logout 1.0 section 3)."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from fixtures.cast import Client
from fixtures.flows.logout import SignOut
from fixtures.protocol.authorization import location_of
from reports.deviation import Deviation
from reports.exchange import Exchange
from steps.checks.refusal import no_server_error, said

EVIL = "authmark.example"  # the host of URIs that are somebody else's


def sent_back_with_state(found: SignOut, client: Client) -> None:
    """The browser is sent to the client's own URI, and the state comes along untouched."""
    expected = [f"a redirect to {client.logout_uri} with the state that was sent"]
    no_server_error(found.exchange, expected)
    if not found.sent_to.startswith(client.logout_uri):
        actual = f"a redirect to {found.sent_to}" if found.sent_to else said(found.exchange)
        raise Deviation("refused", expected, actual, found.exchange)
    state = parse_qs(urlsplit(found.sent_to).query).get("state", [])
    if state != [found.state]:
        raise Deviation("wrong-claim", expected, f"state is {state}", found.exchange)


def not_sent_to(uri: str, answer: Exchange) -> None:
    """Whatever the server says, the browser does not go to this URI."""
    expected = [f"no redirect to {uri!a}"]
    no_server_error(answer, expected)
    location = answer.header("location") or ""
    where = location_of(answer) or ""
    if location.startswith(uri) or where.startswith(uri) or (urlsplit(where).hostname or "").endswith(EVIL):
        raise Deviation("accepted", expected, f"{answer.status} with Location: {location}", answer)


def served(answer: Exchange) -> None:
    """A page or a redirect, and no error."""
    expected = ["a page that says or asks whether the session has ended, or a redirect"]
    no_server_error(answer, expected)
    if answer.status is None or answer.status >= 400:
        raise Deviation("refused", expected, said(answer), answer)
