"""Forged JSON Web Tokens: one table for every place that takes a JWT (RFC 8725 says what each stands for)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from fixtures.flows.target import Target
from fixtures.protocol import jwt
from reports.deviation import NotApplicable
from steps.vocabulary.words import alternatives, one_of

Keys = Sequence[dict[str, Any]]
OURS = "authmark"  # the kid of a key that only the harness has


@dataclass(frozen=True)
class Bench:
    """What a forger has at hand: the keys that the target publishes, and a place to publish others."""

    keys: Keys
    publish: Callable[[dict[str, Any]], str]


@pytest.fixture
def bench(target: Target) -> Bench:
    """A forger's bench, which publishes where the target can fetch it."""
    return Bench(target.keys, lambda jwk: target.adapter.key_sets.publish([jwk]))


Forgery = Callable[[jwt.Token, Bench], str]


def token_of(compact: str, what: str = "the access token") -> jwt.Token:
    """A token taken apart. Raises NotApplicable for one that is no signed JWT."""
    token = jwt.read(compact)
    if token is None:
        raise NotApplicable(f"{what} is no JWT")
    return token


def _published_key(token: jwt.Token, keys: Keys) -> dict[str, Any]:
    """The published key of a token, by its kid, else the first. Raises NotApplicable where there is none."""
    public = [key for key in keys if key.get("kty") in ("RSA", "EC", "OKP")]
    if not public:
        raise NotApplicable("the server publishes no public key")
    return next((key for key in public if key.get("kid") == token.header.get("kid")), public[0])


def _keyed_with_public_key(form: str) -> Forgery:
    def make(token: jwt.Token, bench: Bench) -> str:
        forms = jwt.encodings_of(_published_key(token, bench.keys))
        if form not in forms:
            raise NotApplicable(f"the published key has no {form} form here")
        return jwt.hmac_signed(token, forms[form])

    return make


def _prolonged(token: jwt.Token, _: Bench) -> str:
    """One hour more, in the form that the token has, under the old signature."""
    ends = token.claims.get("exp")
    if isinstance(ends, str) and ends.replace(".", "", 1).isdigit():
        return jwt.altered(token, exp=str(float(ends) + 3600 if "." in ends else int(ends) + 3600))
    if isinstance(ends, bool) or not isinstance(ends, int | float):
        raise NotApplicable(f"the token has no end to put off: exp is {ends!r}")
    return jwt.altered(token, exp=ends + 3600)


def _signed_with_our_key(token: jwt.Token, **header: Any) -> str:
    key = jwt.own_key(str(token.header.get("alg")))
    return jwt.signed_by(key, token.claims, {**token.header, "kid": OURS, **header})


def _with_key_in_header(token: jwt.Token, _: Bench) -> str:
    alg = str(token.header.get("alg"))
    key = jwt.own_key(alg)
    return jwt.signed_by(
        key, token.claims, {**token.header, "kid": OURS, "jwk": jwt.public_jwk(key, OURS, alg)}
    )


def _pointing_to_our_key_set(token: jwt.Token, bench: Bench) -> str:
    alg = str(token.header.get("alg"))
    key = jwt.own_key(alg)
    url = bench.publish(jwt.public_jwk(key, OURS, alg))
    return jwt.signed_by(key, token.claims, {**token.header, "kid": OURS, "jku": url})


FORGERIES: dict[str, Forgery] = {
    "with alg none": lambda token, _: jwt.unsigned(token, "none"),
    "with alg None": lambda token, _: jwt.unsigned(token, "None"),
    "without its signature": lambda token, _: jwt.with_signature(token, b""),
    "with another signature": lambda token, _: jwt.with_other_signature(token),
    "with a later exp": _prolonged,
    "signed HS256 with the public key in PEM": _keyed_with_public_key("PEM"),
    "signed HS256 with the public key in DER": _keyed_with_public_key("DER"),
    "signed HS256 with the public key as JWK": _keyed_with_public_key("JWK"),
    "signed with a key that its header carries": _with_key_in_header,
    "signed with a key that its header points to": _pointing_to_our_key_set,
    # An empty file makes an empty secret.
    "signed with the empty file that its kid names": lambda token, _: jwt.hmac_signed(
        token, b"", kid="../../../../../../../../dev/null"
    ),
    "signed with an unknown key": lambda token, _: _signed_with_our_key(token),
}
FORGERY = one_of(FORGERIES)
FORGERY_PATTERN = alternatives(FORGERIES)
