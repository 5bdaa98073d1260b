"""What an authorization response holds (RFC 6749 sections 4.1.2 and 4.1.2.1), and what it must not hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

import lxml.html

from fixtures.flows.values import Attempt, Tokens, summary, tokens_of
from fixtures.protocol import jwt
from fixtures.protocol.authorization import AuthorizationResponse
from reports.deviation import Deviation, Kind, NotApplicable
from reports.exchange import Exchange
from steps.checks.refusal import decided, no_server_error, no_token, said

_TEXT = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")
_URI = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_LOADED = ("src", "srcset", "data", "poster", "background")


def _reached(attempt: Attempt) -> AuthorizationResponse:
    """The response that reached the client. Raises NotApplicable where the server kept the error to itself."""
    response = attempt.response
    no_server_error(response.exchange, ["an answer to the client"])
    if not response.location:
        raise NotApplicable(f"no answer reaches the client: {summary(response)}")
    return response


def state_returned(attempt: Attempt) -> None:
    """The state is there once and to the letter; where none was sent, or an empty one, there is none."""
    sent, response = attempt.request.state or None, _reached(attempt)
    found = [value for name, value in response.parameters if name == "state" and value]
    expected = [f"state {sent!a}, once" if sent else "no state, for none was sent"]
    if found != ([sent] if sent else []):
        actual = f"state {', '.join(map(ascii, found)) or 'is missing'} in {response.location!a}"
        raise Deviation("missing-claim" if not found else "wrong-claim", expected, actual, response.exchange)


def state_returned_or_refused(attempt: Attempt) -> None:
    """The same where the request may also be refused, by a page."""
    no_server_error(attempt.response.exchange, ["the state as it was sent", "a refusal"])
    if attempt.response.location:
        state_returned(attempt)


def error_in_form(attempt: Attempt) -> None:
    """One error code, each parameter once, in the characters that may stand there, and nothing beside it."""
    response = _reached(attempt)
    if response.code is not None and not response.error:
        raise NotApplicable("the server serves the request, as it may")
    expected = ["one error in printable ASCII without quotation mark and backslash, and no code"]
    names = [name for name, _ in response.parameters]
    for name in names:
        if names.count(name) > 1:
            raise Deviation(
                "malformed", expected, f"{name} comes {names.count(name)} times", response.exchange
            )
    if {"code", "access_token", "id_token"} & set(names):
        raise Deviation(
            "accepted", expected, f"{sorted(set(names))} in {response.location!a}", response.exchange
        )
    held = dict(response.parameters)
    for name, allowed in (("error", _TEXT), ("error_description", _TEXT), ("error_uri", _URI)):
        value = held.get(name)
        if (value is None and name == "error") or (value and not allowed.fullmatch(value)):
            raise Deviation("malformed", expected, f"{name} is {value!a}", response.exchange)


def smuggled_nothing(answer: Exchange, header: str) -> None:
    """No header of the answer is one that the request smuggled in."""
    if answer.header(header) is not None:
        actual = f"the answer has the header {header}: {answer.header(header)}"
        raise Deviation("wrong-header", ["no header that came with the request"], actual, answer)


def comes_in(attempt: Attempt, channel: str) -> None:
    """Code or error come by the channel that the response type has (Multiple Response Type Encoding 5)."""
    response = _reached(attempt)
    if response.channel != channel:
        expected, actual = [f"the answer in the {channel}"], f"it is in the {response.channel}"
        raise Deviation("leaked", expected, f"{actual} of {response.location!a}", response.exchange)


def names_issuer(attempt: Attempt, issuer: str) -> None:
    """Iss is there once, and is the issuer to the letter (RFC 9207 section 2)."""
    response = _reached(attempt)
    found = [value for name, value in response.parameters if name == "iss"]
    if found != [issuer]:
        actual = f"iss {', '.join(map(ascii, found)) or 'is missing'}"
        kind: Kind = "wrong-claim" if found else "missing-claim"
        raise Deviation(kind, [f"iss {issuer!a}, once"], actual, response.exchange)


def no_code(attempt: Attempt, *, stays: bool = False) -> None:
    """No code comes, and the server has not failed; where the browser `stays`, it is not sent away either."""
    response = attempt.response
    expected = ["a page that says no"] if stays else ["an error or a page, and no code"]
    if response.code is not None:
        raise Deviation("accepted", expected, summary(response), response.exchange)
    if stays and response.location:
        actual = f"the browser was sent to {response.location!a}"
        raise Deviation("accepted", expected, actual, response.exchange)
    decided(response.exchange, expected)


def nothing_by_the_browser(attempt: Attempt, name: str) -> None:
    """A token of that name is no parameter of the response."""
    response = attempt.response
    no_server_error(response.exchange, [f"no {name} in the address of the client"])
    if name in dict(response.parameters):
        actual = f"{name} is in the {response.channel} of the answer"
        raise Deviation("leaked", [f"no {name} in the address of the client"], actual, response.exchange)


def _subject_of(tokens: Tokens | None) -> str | None:
    read = jwt.read(tokens.id_token) if tokens else None
    return None if read is None else str(read.claims.get("sub"))


def same_person(attempt: Attempt, tokens: Tokens) -> None:
    """The code that came gives tokens of the person of these tokens."""
    expected = ["a code, and tokens of the same person"]
    if attempt.redemption is None:
        no_server_error(attempt.exchange, expected)
        raise Deviation("refused", expected, summary(attempt.response), attempt.response.exchange)
    found, before = _subject_of(tokens_of(attempt.redemption)), _subject_of(tokens)
    if found is None:
        raise Deviation("refused", expected, said(attempt.redemption), attempt.redemption)
    if found != before:
        raise Deviation("wrong-claim", expected, f"sub {found!a} after {before!a}", attempt.redemption)


def not_that_person(attempt: Attempt, tokens: Tokens) -> None:
    """Whatever came of it, it is no token of the person of these tokens."""
    expected = ["an error", "tokens of who is signed in"]
    no_server_error(attempt.exchange, expected)
    found = _subject_of(tokens_of(attempt.redemption)) if attempt.redemption else None
    if found is not None and found == _subject_of(tokens):
        raise Deviation("accepted", expected, f"tokens for the sub {found!a}", attempt.redemption)


def refused_with(attempt: Attempt, errors: Sequence[str]) -> None:
    """An authorization error response (RFC 6749 section 4.1.2.1) with one of these codes, by redirect.

    A later refusal is a deviation of form; a token is one of substance.
    """
    expected = [f'a redirect to the client with error "{error}" and no code' for error in errors]
    no_token(attempt, expected)
    response = attempt.response
    if response.code is not None and attempt.redemption is None:
        raise Deviation("accepted", expected, summary(response), response.exchange)
    if response.stage != "authorization" or response.code is not None:
        stage = "token" if attempt.redemption else response.stage
        actual = f"refused only at the {stage} stage: {said(attempt.exchange)}"
        raise Deviation("late-refusal", expected, actual, attempt.exchange)
    if response.error not in errors:
        raise Deviation("wrong-error", expected, summary(response), response.exchange)


def password_not_sent_on(attempt: Attempt) -> None:
    """The answer to the form with the password is no redirect that repeats the form (RFC 9110 sections 15.4.8, 9)."""
    answer = attempt.response.credentials
    if answer is None:
        raise NotApplicable("no form was sent with the password")
    if answer.status in (307, 308):
        expected = "303, or another answer that lets no form be sent again"
        raise Deviation("leaked", expected, f"the password is answered with {answer.status}", answer)


def loads_nothing_from_elsewhere(page: Exchange) -> None:
    """Nothing that the page loads by itself lies on another host (RFC 9700 section 4.2.4)."""
    try:
        document = lxml.html.document_fromstring(page.response_body.encode(errors="replace"))
    except (lxml.etree.LxmlError, ValueError):
        return
    own = urlsplit(page.url).hostname
    addresses = [
        address
        for element in document.iter()
        for name, address in element.attrib.items()
        if name in _LOADED or (element.tag == "link" and name == "href" and _is_loaded(element.get("rel")))
    ]
    elsewhere = [each for each in addresses if urlsplit(each.strip()).hostname not in (None, own)]
    policy = page.header("referrer-policy") or ""
    if elsewhere and "no-referrer" not in policy.split(","):
        actual = (
            f"the page loads {', '.join(map(ascii, elsewhere[:3]))}, with Referrer-Policy: {policy or 'none'}"
        )
        raise Deviation("leaked", ["nothing from another host", "Referrer-Policy: no-referrer"], actual, page)


def _is_loaded(relation: str | None) -> bool:
    return bool({"stylesheet", "icon", "preload", "modulepreload"} & set((relation or "").lower().split()))


def no_address_of(answers: Sequence[Exchange], host: str) -> None:
    """No header and no body of the answers names the host."""
    for answer in answers:
        no_server_error(answer, ["an answer as ever, or a refusal"])
        said_at = [f"{name}: {value}" for name, value in answer.response_headers if host in value]
        if host in answer.response_body:
            said_at.append("the body")
        if said_at:
            raise Deviation("leaked", f"no address of {host}", f"{host} stands in {said_at[0]}", answer)
