"""What an access token is made of (RFC 6749, RFC 6750, RFC 9068)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from fixtures.flows.values import Tokens
from fixtures.protocol.jwt import Token, key_bits, read, signature_valid
from reports.deviation import Deviation, Kind, NotApplicable
from steps.checks.guessing import BITS, unguessable

HOUR = 3600
_B64TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_SIGNATURES = re.compile(r"(RS|PS|ES|HS)(256|384|512)|EdDSA|Ed25519|Ed448|ES256K")

# OpenID Connect Core 1.0 section 5.4: the claims that a scope asks for.
PERSONAL: Mapping[str, tuple[str, ...]] = {
    "email": ("email",),
    "phone": ("phone_number",),
    "address": ("address",),
    "profile": (
        "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "picture",
        "website", "gender", "birthdate",
    ),
}  # fmt: skip


def jwt_of(tokens: Tokens) -> Token:
    """The access token taken apart. Raises NotApplicable for one that is no signed JWT."""
    token = read(tokens.access)
    if token is None:
        raise NotApplicable("the access token is no JWT")
    return token


def hard_to_guess(
    first: Tokens,
    second: Tokens,
    keys: Sequence[dict[str, Any]],
    what: Literal["access", "refresh"] = "access",
) -> None:
    """Two tokens that one client got in a row differ, and in enough characters.

    Of a signed token nobody can guess the signature; of any other at most the characters count that are not
    the same in both. That bounds the randomness from above: a token that passes may still be predictable.
    """
    texts = [getattr(each, what) for each in (first, second)]
    token = read(texts[1])
    if texts[0] != texts[1] and token is not None and _SIGNATURES.fullmatch(str(token.header.get("alg"))):
        size = _signature_bits(token, keys)
        if size < 2 * BITS:
            expected = f"a signature that takes at least 2^{BITS} guesses"
            raise Deviation("weak", expected, f"a signature of {size} bits", second.exchange)
        return
    unguessable(texts, f"{what} tokens", second.exchange)


def _signature_bits(token: Token, keys: Sequence[dict[str, Any]]) -> int:
    """The bits of a signature, or of the key that made it where that is less."""
    size = len(token.signature) * 6
    for jwk in keys:
        if jwk.get("kid") == token.header.get("kid"):
            size = min(size, (key_bits(jwk) or size) + 1)  # Ed25519 counts as 255
    return size


def allowed_characters(tokens: Tokens) -> None:
    """b64token of RFC 6750 section 2.1, which is also within the VSCHAR of RFC 6749 appendix A.12."""
    if not _B64TOKEN.fullmatch(tokens.access):
        wrong = sorted(set(re.sub(r"[A-Za-z0-9\-._~+/]", "", tokens.access.rstrip("="))))
        raise Deviation(
            "malformed",
            "letters, digits and -._~+/, with = at the end only",
            f"a token with {' '.join(map(repr, wrong)) or 'nothing before ='}",
            tokens.exchange,
        )


def lifetime_of(tokens: Tokens) -> float:
    """The seconds that an access token lives, as it says itself, else as the answer says.

    Raises NotApplicable where neither does (RFC 6749 section 5.1 only recommends it).
    """
    token = read(tokens.access)
    claims = token.claims if token else {}
    if is_number(claims.get("exp")):
        issued = claims.get("iat")
        return float(claims["exp"] - (issued if is_number(issued) else tokens.exchange.started))
    seconds = tokens.exchange.member("expires_in")
    if not is_number(seconds):
        raise NotApplicable("neither the token nor the answer says how long the token lives")
    return float(seconds)


def short_lived(tokens: Tokens) -> None:
    """RFC 6750 section 5.3: one hour or less."""
    seconds = lifetime_of(tokens)
    if seconds > HOUR + 5:  # seconds are rounded, and clocks differ a little
        raise Deviation("weak", "a lifetime of one hour or less", f"{seconds:g} s", tokens.exchange)


def lives_for(tokens: Tokens, seconds: int, tolerance_seconds: float = 1) -> None:
    """The lifetime is the one that was set."""
    expected, actual = [f"a lifetime of {seconds} s"], lifetime_of(tokens)
    if abs(actual - seconds) > tolerance_seconds:
        kind: Kind = "weak" if actual > seconds else "wrong-claim"
        raise Deviation(kind, expected, f"{actual:g} s", tokens.exchange)


def has_claims_of_rfc9068(tokens: Tokens) -> None:
    """Where the header says at+jwt, the claims that RFC 9068 section 2.2 requires."""
    token = jwt_of(tokens)
    typ = str(token.header.get("typ", "")).lower().removeprefix("application/")
    if typ != "at+jwt":
        raise NotApplicable(f"the token does not say that it follows RFC 9068: typ is {typ or 'absent'}")
    required = ("iss", "exp", "aud", "sub", "client_id", "iat", "jti")
    missing = [name for name in required if token.claims.get(name) in (None, "")]
    if missing:
        raise Deviation(
            "missing-claim", f"the claims {', '.join(required)}", f"no {', '.join(missing)}", tokens.exchange
        )


def audience_is_not(client_id: str, tokens: Tokens) -> None:
    """RFC 9700 section 2.3: a token is for a resource server, and a client is none."""
    token = jwt_of(tokens)
    expected = "aud names the resource server, and not the client"
    audience = audiences(token)
    if not audience:
        raise Deviation("missing-claim", expected, "no aud", tokens.exchange)
    if client_id in audience:
        raise Deviation("wrong-claim", expected, "aud names the client itself", tokens.exchange)


def audiences(token: Token) -> list[str]:
    """The values of aud, which may be one text or a list (RFC 7519 section 4.1.3)."""
    held = token.claims.get("aud")
    return [str(each) for each in held] if isinstance(held, list) else [held] if isinstance(held, str) else []


def has_product_claims(tokens: Tokens, client_id: str, profile: str) -> None:
    """The session, the client, the person's own record and the scope, each as text."""
    token = jwt_of(tokens)
    wanted = {"login_id": None, "client_id": client_id, "profile": profile, "scope": None}
    expected = f"the texts login_id, client_id {client_id}, profile {profile} and scope"
    for name, value in wanted.items():
        held = token.claims.get(name)
        if held is None:
            raise Deviation("missing-claim", expected, f"no {name}", tokens.exchange)
        if not isinstance(held, str) or not held or value not in (None, held):
            raise Deviation("wrong-claim", expected, f"{name} is {held!r}", tokens.exchange)


def nothing_personal(tokens: Tokens, username: str, asked: str) -> None:
    """No claim about the person that no scope in `asked` asks for, whatever the server granted (RFC 9068 section 6)."""
    token = jwt_of(tokens)
    scopes = asked.split()
    secret = [name for scope, names in PERSONAL.items() if scope not in scopes for name in names]
    told = [name for name in secret if token.claims.get(name)]
    if "@" in username and "email" not in scopes:
        told += [name for name, value in token.claims.items() if value == username and name not in told]
    if told:
        raise Deviation(
            "leaked",
            f"no claim about the person that the scope {asked} does not ask for",
            f"{', '.join(told)} in the token",
            tokens.exchange,
        )


def verifies(tokens: Tokens, keys: Sequence[dict[str, Any]]) -> None:
    """The published keys verify the token (RFC 9068 section 4)."""
    if not signature_valid(tokens.access, list(keys)):
        token = read(tokens.access)
        held = [key.get("kid") for key in keys]
        raise Deviation(
            "wrong-claim",
            "a signature that a key of jwks_uri verifies, found by its kid",
            f"kid {token.header.get('kid') if token else None!r} does not verify with the keys {held}",
            tokens.exchange,
        )


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)
