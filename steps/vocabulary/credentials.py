"""What is sent to the API in the place of an access token: the right one, another one, a forged one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fixtures.flows.values import Tokens
from fixtures.protocol import jwt
from reports.deviation import Blocked, NotApplicable
from steps.vocabulary.words import one_of

Keys = Sequence[dict[str, Any]]
Credential = Callable[[Tokens, Keys], str]


def jwt_of(tokens: Tokens) -> jwt.Token:
    """The access token taken apart. Raises NotApplicable for one that is no signed JWT."""
    token = jwt.read(tokens.access)
    if token is None:
        raise NotApplicable("the access token is no JWT")
    return token


def key_of(token: jwt.Token, keys: Keys) -> dict[str, Any]:
    """The published key of a token, by its kid, else the first. Raises NotApplicable where there is none."""
    public = [key for key in keys if key.get("kty") in ("RSA", "EC", "OKP")]
    if not public:
        raise NotApplicable("the server publishes no public key")
    return next((key for key in public if key.get("kid") == token.header.get("kid")), public[0])


def _forged(make: Callable[[jwt.Token], str]) -> Credential:
    return lambda tokens, _: make(jwt_of(tokens))


def _keyed_with_public_key(form: str) -> Credential:
    def make(tokens: Tokens, keys: Keys) -> str:
        token = jwt_of(tokens)
        forms = jwt.encodings_of(key_of(token, keys))
        if form not in forms:
            raise NotApplicable(f"the published key has no {form} form here")
        return jwt.hmac_signed(token, forms[form])

    return make


def _prolonged(token: jwt.Token) -> str:
    """One hour more, under the old signature."""
    ends = token.claims.get("exp")
    return jwt.altered(token, exp=(ends if isinstance(ends, int) else 0) + 3600)


def _with_key_in_header(token: jwt.Token) -> str:
    alg = str(token.header.get("alg"))
    key = jwt.own_key(alg)
    jwk = jwt.public_jwk(key, "authmark", alg)
    return jwt.signed_by(key, token.claims, {**token.header, "kid": "authmark", "jwk": jwk})


def _with_unknown_kid(token: jwt.Token) -> str:
    key = jwt.own_key(str(token.header.get("alg")))
    return jwt.signed_by(key, token.claims, {**token.header, "kid": "authmark"})


def _id_token(tokens: Tokens, _: Keys) -> str:
    """Whether there has to be one is a requirement of its own."""
    if not tokens.id_token:
        raise NotApplicable("the answer has no ID token")
    return tokens.id_token


def _refresh_token(tokens: Tokens, _: Keys) -> str:
    if not tokens.refresh:
        raise Blocked("the server claims refresh tokens, but gave none", tokens.exchange)
    return tokens.refresh


PLACE = one_of({"the API": "api", "the userinfo endpoint": "userinfo"})
CREDENTIAL: Callable[[str], Credential] = one_of(
    {
        "the access token": lambda tokens, _: tokens.access,
        "the ID token": _id_token,
        "the refresh token": _refresh_token,
        "the access token with alg none": _forged(lambda token: jwt.unsigned(token, "none")),
        "the access token with alg None": _forged(lambda token: jwt.unsigned(token, "None")),
        "the access token without its signature": _forged(lambda token: jwt.with_signature(token, b"")),
        "the access token with another signature": _forged(jwt.with_other_signature),
        "the access token with a later exp": _forged(_prolonged),
        "a token signed HS256 with the public key in PEM": _keyed_with_public_key("PEM"),
        "a token signed HS256 with the public key in DER": _keyed_with_public_key("DER"),
        "a token signed HS256 with the public key as JWK": _keyed_with_public_key("JWK"),
        "a token signed with the key in its header": _forged(_with_key_in_header),
        # An empty file makes an empty secret.
        "a token whose kid is the path of an empty file": _forged(
            lambda token: jwt.hmac_signed(token, b"", kid="../../../../../../../../dev/null")
        ),
        "a token of an unknown key": _forged(_with_unknown_kid),
    }
)
