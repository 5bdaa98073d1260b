"""What an outside identity provider says of a person, and how it answers: one table, by the phrase of a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fixtures.provider import SignIn
from steps.vocabulary.words import one_of

Said = Callable[[str], SignIn]  # of whoever the provider knows by this: an address or a subject identifier


def _claims(**changes: Any) -> Said:
    return lambda _: SignIn(claims=changes)


def _changed(name: str, change: Callable[[str], Any]) -> Said:
    return lambda who: SignIn(claims={name: change(who)})


def _answering(endpoint: str, way: str) -> Said:
    return lambda _: SignIn(answers={endpoint: way} if way else {})


def _tagged(address: str) -> str:
    local, _, domain = address.partition("@")
    return f"{local}+authmark@{domain}"


# How an endpoint answers, by what a sentence says of it; see `fixtures.idp.answers`.
_ANSWERS: Mapping[str, str] = {
    "answers": "",  # as it should
    "refuses": "refuses",
    "refuses and tells the claims": "refuses-with-claims",
    "fails": "server-error",
    "fails and tells the claims": "server-error-with-claims",
    "is out of service": "unavailable",
    "is asked too often": "too-many-requests",
    "answers with a page": "page",
    "answers with half an object": "half",
    "answers with a list": "list",
    "answers with a text": "text",
    "answers with null": "null",
    "answers with nothing": "empty",
    "answers with no claims": "no-claims",
    "answers without end": "huge",
    "breaks off": "drops",
    "redirects to an inner address": "redirects-inside",
    "answers with a signed token": "jwt",
    "answers with an unsigned token": "jwt-unsigned",
    "answers with a token that a stranger signed": "jwt-of-a-stranger",
}
SAID: dict[str, Said] = {
    "that has expired": lambda _: SignIn(live=False),
    # what is said of the address
    "whose address is not verified": _claims(email_verified=False),
    "whose address is not verified, as a text says": _claims(email_verified="false"),
    "without an address": _claims(email=None),
    "with the address in a list": _changed("email", lambda who: [who]),
    "with the address in another case": _changed("email", str.swapcase),
    "with a space after the address": _changed("email", lambda who: f"{who} "),
    "with a tag in the address": _changed("email", _tagged),
    "with a full-width letter in the address": _changed("email", lambda who: who.replace("x", "\uff58")),
    "with an address that nobody has": _claims(email="nobody.authmark@example.com"),
    # what is said of the subject
    "without a subject identifier": _claims(sub=None),
    "with an empty subject identifier": _claims(sub=""),
    "with the subject identifier in another case": _changed("sub", str.swapcase),
    "with the subject identifier as a number": _changed("sub", int),
    "with the subject identifier in a list": _changed("sub", lambda who: [who]),
    "with a space after the subject identifier": _changed("sub", lambda who: f"{who} "),
    "with a prefix before the subject identifier": _changed("sub", lambda who: f"other|{who}"),
    "with more after the subject identifier": _changed("sub", lambda who: f"{who}9"),
    **{f"for which userinfo {phrase}": _answering("userinfo", way) for phrase, way in _ANSWERS.items()},
}
WHAT_IS_SAID = one_of(SAID)
