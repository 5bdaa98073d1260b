"""What is changed about a request: one table for every endpoint, by the protocol names of its parameters.

A sentence may chain changes: "with client_secret_post and without client_secret".
"""

from __future__ import annotations

import json
import re
import secrets
import string
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from fixtures.protocol import client_auth, jwt, pkce
from fixtures.protocol.client_auth import ClientAuth
from fixtures.protocol.request import Request
from reports.deviation import NotApplicable
from steps.vocabulary.assertions import ASSERTION_PATTERN, ASSERTIONS, assertion_of
from steps.vocabulary.redirect_uris import REDIRECT_URIS
from steps.vocabulary.words import alternatives, matching

R = TypeVar("R", bound=Request)

PARAMETERS = [
    "response_type",
    "client_id",
    "client_secret",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "max_age",
    "prompt",
    "request",
    "request_uri",
    "response_mode",
    "id_token_hint",
    "login_hint",
    "display",
    "ui_locales",
    "claims_locales",
    "acr_values",
    "claims",
    "grant_type",
    "code",
    "code_verifier",
    "refresh_token",
    "access_token",
    "id_token",
    "username",
    "password",
    "assertion",
    "client_assertion",
    "client_assertion_type",
    "token",
    "token_type_hint",
    "audience",
    "resource",
    "subject_token",
    "subject_token_type",
    "actor_token",
    "actor_token_type",
    "requested_token_type",
]
SMUGGLED = "X-Authmark"  # a header that nobody but a smuggler would send
UNKNOWN_SCOPE = "authmark-no-such-scope"


class Tampering:
    """A chain of changes to a request; without a phrase the request stays as it is."""

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        self._changes = [_change_of(part) for part in _AND.split(text.strip()) if part]

    def __call__(self, request: R, /) -> R:
        """The request, changed."""
        for change in self._changes:
            request = change(request)
        return request


def _changed(name: str, change: Callable[[str], str]) -> Callable[[R], R]:
    return lambda request: request.having(**{name: change(request.value(name))})


_BASE64URL = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"


def with_other_end(text: str) -> str:
    """The text with another last character: one that no decoder of hex or base64url takes for the same."""
    last = text[-1]
    if all(character in string.hexdigits for character in text):
        return text[:-1] + f"{int(last, 16) ^ 8:x}"
    return text[:-1] + (_BASE64URL[_BASE64URL.index(last) ^ 32] if last in _BASE64URL else "A")


def another(name: str) -> str:
    """A value of the right form that nobody has given out."""
    made: Mapping[str, Callable[[], str]] = {
        "code_verifier": pkce.new_verifier,
        "code_challenge": lambda: pkce.s256(pkce.new_verifier()),
        "client_id": lambda: str(uuid.uuid4()),
        "client_secret": lambda: secrets.token_hex(32),
        "code": lambda: secrets.token_hex(16),
        "scope": lambda: UNKNOWN_SCOPE,
        "grant_type": lambda: "urn:authmark:no-such-grant",
        "redirect_uri": lambda: "http://localhost:4000/another-callback",
    }
    return made.get(name, secrets.token_urlsafe)()


def _in_another_case(held: str) -> str:
    if held.swapcase() == held:
        raise NotApplicable(f"{held} has no letters")
    return held.swapcase()


def _asking_for_sub(request: R, how: Callable[[str], dict[str, Any]]) -> R:
    """Asks for tokens about the person of an ID token (OpenID Connect Core section 5.5.1)."""
    known = jwt.read(request.value("id_token"))
    sub = {**how(str(known.claims["sub"]) if known else ""), "essential": True}
    return request.having(claims=json.dumps({"id_token": {"sub": sub}, "userinfo": {"sub": sub}}))


def _percent_encoded(request: R) -> R:
    encode = client_auth.every_character_encoded
    client_id, secret = request.value("client_id"), request.value("client_secret")
    if (encode(client_id), encode(secret)) == (client_id, secret):
        raise NotApplicable("the client's id and secret hold no character that is encoded")
    return _by(request, client_auth.basic(client_id, secret, encode))


def _by(request: R, auth: ClientAuth) -> R:
    """The request with this client authentication and no credentials elsewhere."""
    return request.authenticated(ClientAuth()).without("client_id", "client_secret").authenticated(auth)


def _basic(request: R) -> R:
    return _by(request, client_auth.basic(request.value("client_id"), request.value("client_secret")))


def _post(request: R) -> R:
    return _by(request, client_auth.post(request.value("client_id"), request.value("client_secret")))


def _asserted_id(request: R) -> str:
    return str(assertion_of(request).claims["sub"])


def _renamed(request: R, names: list[str], suffix: str) -> R:
    for name in names:
        request = request.renamed(name, name + suffix, "x")
    return request


def _like(request: R) -> R:
    challenge = pkce.s256(request.value("code_verifier"))
    return request.having(code_verifier=pkce.verifier_with_challenge_like(challenge))


# {name}: one parameter; {names}: one or several; {text}: a text in quotation marks, without them.
_TABLE: dict[str, Callable[..., Request]] = {
    # a parameter that is not there, or not as it should be
    "without {names}": lambda request, names: request.without(*names),
    "with an empty {name}": lambda request, name: request.having(**{name: ""}),
    "with another {name}": lambda request, name: request.having(**{name: another(name)}),
    'with {name} "{text}"': lambda request, name, text: request.having(**{name: text}),
    'with "{text}" added to {name}': lambda request, text, name: _changed(
        name, lambda held: f"{held} {text}"
    )(request),
    "with the {known} as {name}": lambda request, known, name: request.having(**{name: request.value(known)}),
    "with the {known} of {code}": lambda request, known, code: request.having(
        **{known: request.value(f"{known} of {code}")}
    ),
    "with its former {name}": lambda request, name: request.having(**{name: request.value(f"former {name}")}),
    "with one more character after {name}": lambda request, name: _changed(name, lambda held: f"{held}x")(
        request
    ),
    "with the last character of {name} changed": lambda request, name: _changed(name, with_other_end)(
        request
    ),
    'with "{text}" after {name}': lambda request, text, name: _changed(name, lambda held: held + text)(
        request
    ),
    "with {name} in another case": lambda request, name: _changed(name, _in_another_case)(request),
    "with a space after {name}": lambda request, name: _changed(name, lambda held: f"{held} ")(request),
    "with a NUL after {name}": lambda request, name: _changed(name, lambda held: f"{held}\0")(request),
    "with a space before {name}": lambda request, name: _changed(name, lambda held: f" {held}")(request),
    "with a line break after {name}": lambda request, name: _changed(
        name, lambda held: f"{held}\r\n{SMUGGLED}: 1\r\n"
    )(request),
    "with the first half of {name}": lambda request, name: _changed(
        name, lambda held: held[: len(held) // 2]
    )(request),
    "with {name} of {count} characters": lambda request, name, count: request.having(
        **{name: name[0] * int(count.replace(",", ""))}
    ),
    "with a code_verifier whose challenge begins with the same two characters": _like,
    # parameter pollution
    "with the parameter {name} sent twice": lambda request, name: request.repeated(name),
    "with the parameter {name} sent twice, the second time with another value": lambda request, name: (
        request.repeated(name, another(name))
    ),
    "with a redirect_uri {uri}": lambda request, uri: _changed("redirect_uri", REDIRECT_URIS[uri])(request),
    "with a second redirect_uri {uri}": lambda request, uri: request.adding(
        ("redirect_uri", REDIRECT_URIS[uri](request.value("redirect_uri")))
    ),
    "with a list in place of {names}": lambda request, names: _renamed(request, names, "[]"),
    "with an operator in place of {names}": lambda request, names: _renamed(request, names, "[$ne]"),
    "with the parameters in another order": lambda request: replace(
        request, parameters=request.parameters[::-1]
    ),
    "with the scopes in another order": _changed("scope", lambda held: " ".join(held.split()[::-1])),
    "with the sub of the ID token in claims": lambda request: _asking_for_sub(
        request, lambda sub: {"value": sub}
    ),
    "with the sub of the ID token among claims": lambda request: _asking_for_sub(
        request, lambda sub: {"values": [sub]}
    ),
    "with an unknown parameter": lambda request: request.adding(("authmark", "1")),
    # where and how all is sent
    "with {names} in the URL": lambda request, names: request.in_query(*names),
    "with everything in the URL": lambda request: request.in_query(),
    "with an empty body": lambda request: request.empty(),
    "by POST": lambda request: replace(request, method="POST"),
    "as JSON": lambda request: replace(request, as_json=True),
    "by GET": lambda request: replace(request.in_query(), method="GET"),
    # client authentication (RFC 6749 section 2.3.1)
    "with client_secret_basic": _basic,
    "with client_secret_post": _post,
    "with client_secret_basic and client_secret_post at once": lambda request: request.authenticated(
        replace(_basic(request).auth, params=_post(request).auth.params)
    ),
    "with percent-encoded client_secret_basic": _percent_encoded,
    "without client authentication": lambda request: _by(request, ClientAuth()),
    "with the client_id alone": lambda request: _by(request, client_auth.public(_asserted_id(request))),
    "with the client_id and a client_secret of its invention": lambda request: _by(
        request, client_auth.post(_asserted_id(request), another("client_secret"))
    ),
    "with a client assertion {assertion}": lambda request, assertion: request.having(
        client_assertion=ASSERTIONS[assertion](assertion_of(request))
    ),
}
_NAME = alternatives(PARAMETERS)
_NAMES = rf"(?:{_NAME})(?:, (?:{_NAME}))*(?: and (?:{_NAME}))?"
_PLACEHOLDERS = {
    "{names}": _NAMES,
    "{name}": _NAME,
    "{known}": _NAME,
    "{code}": "the (?:second )?code",
    "{text}": '[^"]*',
    "{count}": r"\d[\d,]*",
    "{uri}": alternatives(REDIRECT_URIS),
    "{assertion}": ASSERTION_PATTERN,
}
_AND = re.compile(r" and (?=(?:with|without|as|by) )")


def _pattern(template: str, group: str) -> str:
    pattern = re.escape(template).replace(r"\{", "{").replace(r"\}", "}")
    for placeholder, value in _PLACEHOLDERS.items():
        pattern = pattern.replace(placeholder, group.format(placeholder.strip("{}"), value))
    return pattern


_RULES = [(re.compile(_pattern(template, "(?P<{}>{})")), change) for template, change in _TABLE.items()]


def _change_of(part: str) -> Callable[[R], R]:
    for pattern, change in _RULES:
        if match := pattern.fullmatch(part):
            given = {
                key: re.split(r", | and ", value) if key == "names" else value
                for key, value in match.groupdict().items()
            }
            return lambda request: change(request, **given)  # type: ignore[return-value]  # the same class
    raise LookupError(part)


_ONE = "|".join(_pattern(template, "(?:{1})") for template in sorted(_TABLE, key=len, reverse=True))
# With its leading blank: "{client} redeems the code{tampering}" is also the request without a change.
TAMPERING_PATTERN = rf"(?: (?:{_ONE})(?: and (?:{_ONE}))*)?"
TAMPERING = matching(TAMPERING_PATTERN, Tampering)
