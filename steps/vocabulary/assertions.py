"""What is changed about a client's assertion: what it claims, then signed as it should be, or how it is signed."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NoReturn

from fixtures.protocol.client_assertion import Assertion, SigningKey
from fixtures.protocol.request import Request
from reports.deviation import NotApplicable
from steps.vocabulary.forgeries import FORGERIES, Bench, Forgery, token_of
from steps.vocabulary.words import alternatives

OTHER_SERVERS = ("https://as.example/token", "https://as.example/")


def _after(seconds: int) -> int:
    return int(time.time()) + seconds


# Four minutes ahead is beyond any leeway, and the end stays within the five minutes that SMART allows.
_CLAIMS: dict[str, Callable[[Assertion], Assertion]] = {
    "without iss": lambda known: known.without("iss"),
    "without sub": lambda known: known.without("sub"),
    "without aud": lambda known: known.without("aud"),
    "without exp": lambda known: known.without("exp"),
    "without jti": lambda known: known.without("jti"),
    "with another iss": lambda known: known.with_claims(iss=str(uuid.uuid4())),
    "with another sub": lambda known: known.with_claims(sub=str(uuid.uuid4())),
    "with another iss and sub": lambda known: known.with_claims(
        **dict.fromkeys(("iss", "sub"), str(uuid.uuid4()))
    ),
    "for another server": lambda known: known.with_claims(aud=OTHER_SERVERS[0]),
    "for a list of other servers": lambda known: known.with_claims(aud=list(OTHER_SERVERS)),
    "for an empty list of servers": lambda known: known.with_claims(aud=[]),
    "for a server whose address goes on after ours": lambda known: known.with_claims(
        aud=f"{known.claims['aud']}.example"
    ),
    "for a server whose address is the beginning of ours": lambda known: known.with_claims(
        aud=str(known.claims["aud"])[:-1]
    ),
    "that expired an hour ago": lambda known: known.with_claims(iat=_after(-3700), exp=_after(-3600)),
    "that is good for an hour": lambda known: known.with_claims(exp=_after(3600)),
    "that is good for ten years": lambda known: known.with_claims(exp=_after(10 * 365 * 86400)),
    "whose exp is a text": lambda known: known.with_claims(exp=str(known.claims["exp"])),
    "that begins in four minutes": lambda known: known.with_claims(nbf=_after(240), exp=_after(290)),
    "under another secret": lambda known: replace(known, key=secrets.token_bytes(32)),
    "with crit of something unknown": lambda known: known.with_header(crit=["authmark"], authmark=True),
}
_PUBLISHING = "signed with a key that its header points to"


def _publish(_: dict[str, Any]) -> NoReturn:
    raise NotImplementedError("this table is for forgeries that publish nothing")


def _forged(forgery: Forgery) -> Callable[[Assertion], str]:
    def make(known: Assertion) -> str:
        keys = [known.key.public_jwk] if isinstance(known.key, SigningKey) else []
        return forgery(token_of(known.signed(), "the client assertion"), Bench(keys, _publish))

    return make


def _signed(change: Callable[[Assertion], Assertion]) -> Callable[[Assertion], str]:
    return lambda known: change(known).signed()


ASSERTIONS: dict[str, Callable[[Assertion], str]] = {
    **{name: _signed(change) for name, change in _CLAIMS.items()},
    **{name: _forged(forgery) for name, forgery in FORGERIES.items() if name != _PUBLISHING},
}
ASSERTION_PATTERN = alternatives(ASSERTIONS)


def assertion_of(request: Request) -> Assertion:
    """The assertion of a request. Raises NotApplicable where its client authenticates in another way."""
    if request.auth.assertion is None:
        raise NotApplicable("the client does not authenticate with an assertion")
    return request.auth.assertion
