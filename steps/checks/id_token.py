"""What an ID token is made of (OpenID Connect Core 1.0 sections 2 and 3.1.3.7)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from fixtures.cast import Client
from fixtures.flows.values import Tokens
from fixtures.protocol import jwt
from fixtures.protocol.jwt import Token
from reports.deviation import Blocked, Deviation, NotApplicable
from reports.exchange import Exchange
from steps.checks.access_token import audiences, is_number

SKEW = 300  # seconds by which clocks may differ
_FIFTY_YEARS = 50 * 365 * 86400
_KEY_HEADERS = ("jwk", "jku", "x5u", "x5c")
# RFC 8176 section 2: what a password alone can never be.
_SECOND_FACTORS = frozenset(
    {"mfa", "mca", "otp", "sms", "tel", "hwk", "swk", "sc", "fpt", "face", "iris", "retina", "vbm"}
)
# OpenID Connect Core 1.0 section 5.1
_TEXTS = (
    "sub", "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile",
    "picture", "website", "email", "gender", "birthdate", "zoneinfo", "locale", "phone_number",
)  # fmt: skip
_TYPES: Mapping[str, tuple[str, type]] = {
    **dict.fromkeys(_TEXTS, ("a text", str)),
    "email_verified": ("true or false", bool),
    "phone_number_verified": ("true or false", bool),
    "address": ("an object", dict),
}
_FHIR_USER = re.compile(
    r"(?:https?://\S+/)?((?:Patient|Practitioner|PractitionerRole|RelatedPerson|Person)/[\w.-]+)"
)


def id_token_of(tokens: Tokens) -> Token:
    """The ID token of a session. Raises Blocked where there is none to look at."""
    token = jwt.read(tokens.id_token)
    if token is None:
        raise Blocked("no ID token to look at: the answer has none that is a signed JWT", tokens.exchange)
    return token


def signed(tokens: Tokens, keys: Sequence[dict[str, Any]], client: Client) -> None:
    """There is an ID token, and a published key or the client's own secret verifies it."""
    expected = "an ID token whose signature a key of jwks_uri (or, with HMAC, the client's secret) verifies"
    if not tokens.id_token:
        raise Deviation("missing-claim", expected, "no id_token in the answer", tokens.exchange)
    token = jwt.read(tokens.id_token)
    if token is None:
        raise Deviation("malformed", expected, "an id_token that is no signed JWT", tokens.exchange)
    if jwt.signature_valid(tokens.id_token, list(keys)):
        return
    if client.secret is not None and jwt.hmac_valid(tokens.id_token, client.secret):
        return
    held = [key.get("kid") for key in keys]
    actual = (
        f"alg {token.header.get('alg')!r}, kid {token.header.get('kid')!r}: not verified by the keys {held}"
    )
    raise Deviation("wrong-claim", expected, actual, tokens.exchange)


def issued_by(issuer: str, token: Token, tokens: Tokens) -> None:
    """Iss is the issuer to the letter."""
    _claim_is("iss", issuer, token, tokens)


def for_client(client_id: str, token: Token, tokens: Tokens) -> None:
    """Aud names the client; whom else it names is between the two (OpenID Connect Core section 2)."""
    expected = "aud names the client"
    held = audiences(token)
    if not held:
        raise Deviation("missing-claim", expected, "no aud", tokens.exchange)
    if client_id not in held:
        raise Deviation("wrong-claim", expected, f"aud is {held}", tokens.exchange)


def authorized_party(client_id: str, token: Token, tokens: Tokens) -> None:
    """Azp, where it is there or has to be, is the client."""
    expected = "azp is the client's id"
    held = token.claims.get("azp")
    if held is None and len(audiences(token)) < 2:
        raise NotApplicable("the ID token has no azp, and with a single audience it need not have one")
    if held != client_id:
        raise Deviation(
            "missing-claim" if held is None else "wrong-claim", expected, f"azp is {held!r}", tokens.exchange
        )


def sane_times(token: Token, tokens: Tokens) -> None:
    """Exp lies ahead, iat is about now, and the life between is no life sentence."""
    now = tokens.exchange.started
    expected = "numbers: iat within 5 minutes of now, exp later than now and less than 50 years after iat"
    for name in ("iat", "exp"):
        if name not in token.claims:
            raise Deviation("missing-claim", expected, f"no {name}", tokens.exchange)
        if not is_number(token.claims[name]):
            raise Deviation("wrong-claim", expected, f"{name} is {token.claims[name]!r}", tokens.exchange)
    issued, expires = token.claims["iat"], token.claims["exp"]
    if (
        abs(issued - now) > SKEW
        or expires <= now - SKEW
        or expires <= issued
        or expires - issued > _FIFTY_YEARS
    ):
        actual = f"iat is {issued - now:+.0f} s and exp {expires - now:+.0f} s from now"
        raise Deviation("wrong-claim", expected, actual, tokens.exchange)


def well_formed_subject(token: Token, tokens: Tokens) -> None:
    """Sub is there: 1 to 255 ASCII characters."""
    expected = "sub, a text of 1 to 255 ASCII characters"
    subject = token.claims.get("sub")
    if subject is None:
        raise Deviation("missing-claim", expected, "no sub", tokens.exchange)
    if not isinstance(subject, str) or not 1 <= len(subject) <= 255 or not subject.isascii():
        shown = f"{len(subject)} characters" if isinstance(subject, str) else repr(subject)
        raise Deviation("wrong-claim", expected, f"sub is {shown}", tokens.exchange)


def same_subject(first: Token, second: Token, tokens: Tokens) -> None:
    """One person keeps one sub."""
    if first.claims.get("sub") != second.claims.get("sub"):
        actual = f"{first.claims.get('sub')!r}, then {second.claims.get('sub')!r}"
        raise Deviation("wrong-claim", "the same sub at both sign-ins", actual, tokens.exchange)


def other_subject(first: Token, second: Token, tokens: Tokens) -> None:
    """Two people never share a sub."""
    if first.claims.get("sub") == second.claims.get("sub"):
        actual = f"both have {first.claims.get('sub')!r}"
        raise Deviation("wrong-claim", "another sub for another person", actual, tokens.exchange)


def nonce_is(nonce: str | None, token: Token, tokens: Tokens) -> None:
    """The nonce of the request comes back unmodified."""
    _claim_is("nonce", str(nonce), token, tokens)


def no_nonce(token: Token, tokens: Tokens) -> None:
    """Where none was sent there is none."""
    if "nonce" in token.claims:
        raise Deviation(
            "wrong-claim", "no nonce, since none was sent", "a nonce nobody sent", tokens.exchange
        )


def authenticated_between(start: float, token: Token, tokens: Tokens) -> None:
    """The claim auth_time is a JSON number, from the beginning of the sign-in to the token request."""
    expected = "auth_time, a number of seconds: the time of this sign-in"
    if "auth_time" not in token.claims:
        raise Deviation("missing-claim", expected, "no auth_time though max_age was asked", tokens.exchange)
    held = token.claims["auth_time"]
    if not is_number(held):
        raise Deviation("wrong-claim", expected, f"auth_time is {held!r}", tokens.exchange)
    if not start - SKEW <= held <= tokens.exchange.started + SKEW:
        actual = f"auth_time is {held - start:+.0f} s from the sign-in"
        raise Deviation("wrong-claim", expected, actual, tokens.exchange)


def access_token_hash(token: Token, tokens: Tokens) -> None:
    """The claim at_hash, where it is there, is that of the access token beside it."""
    if "at_hash" not in token.claims:
        raise NotApplicable("the ID token has no at_hash; with the code flow it need not have one")
    right = jwt.half_hash(tokens.access, str(token.header.get("alg")))
    if right is None:
        raise NotApplicable(f"the hash of alg {token.header.get('alg')!r} is not known here")
    if token.claims["at_hash"] != right:
        raise Deviation(
            "wrong-claim",
            "at_hash: left half of the hash of the access token, base64url",
            f"at_hash is {token.claims['at_hash']!r}, which does not fit the access token",
            tokens.exchange,
        )


def password_only(token: Token, tokens: Tokens) -> None:
    """Amr, where it is there, claims no second factor after a sign-in by password."""
    if "amr" not in token.claims:
        raise NotApplicable("the ID token has no amr, and need not have one")
    expected = "amr: a list of texts without a second factor"
    held = token.claims["amr"]
    if not isinstance(held, list) or not all(isinstance(each, str) for each in held):
        raise Deviation("wrong-claim", expected, f"amr is {held!r}", tokens.exchange)
    if claimed := sorted(_SECOND_FACTORS.intersection(held)):
        actual = f"amr claims {', '.join(claimed)}; there was a password only"
        raise Deviation("wrong-claim", expected, actual, tokens.exchange)


def header_without_key(token: Token, tokens: Tokens) -> None:
    """The header points to no key but by its kid."""
    if found := [name for name in _KEY_HEADERS if name in token.header]:
        raise Deviation(
            "wrong-header", "a header without jwk, jku, x5u and x5c", f"{', '.join(found)}", tokens.exchange
        )


def strong_keys(jwks: Exchange | None, keys: Sequence[dict[str, Any]]) -> None:
    """Keys for signing: RSA of 2048 bits, a curve of 256 bits, and no secret among them."""
    expected = "only public keys: RSA of at least 2048 bits, elliptic curves of at least 255 bits"
    signing = [key for key in keys if key.get("use", "sig") == "sig"]
    for key in signing:
        name = f"key {key.get('kid')!r}"
        if key.get("kty") == "oct" or "d" in key:
            raise Deviation("leaked", expected, f"{name} is published with its secret", jwks)
        size, least = jwt.key_bits(key), 2048 if key.get("kty") == "RSA" else 255
        if size is None and key.get("kty") in ("RSA", "EC"):
            raise Deviation("malformed", expected, f"{name} ({key.get('kty')}) cannot be read", jwks)
        if size is not None and size < least:
            raise Deviation("weak", expected, f"{name} is {key.get('kty')} of {size} bits", jwks)


def standard_claim_types(claims: Mapping[str, Any], answer: Exchange) -> None:
    """The JSON types of OpenID Connect Core 1.0 section 5.1, of the claims that are there."""
    for name, (words, kind) in _TYPES.items():
        if name in claims and not isinstance(claims[name], kind):
            raise Deviation("wrong-claim", f"{name} is {words}", f"{name} is {claims[name]!r}", answer)
    if "updated_at" in claims and not is_number(claims["updated_at"]):
        actual = f"updated_at is {claims['updated_at']!r}"
        raise Deviation("wrong-claim", "updated_at is a number", actual, answer)


def advertised_algorithm(advertised: Sequence[str], token: Token, tokens: Tokens) -> None:
    """Alg is one that the metadata lists, and never none."""
    alg = str(token.header.get("alg"))
    if alg.lower() == "none":
        raise Deviation("weak", "a signature", "alg is none", tokens.exchange)
    if not advertised:
        raise NotApplicable("the metadata has no id_token_signing_alg_values_supported to compare with")
    if alg not in advertised:
        raise Deviation(
            "wrong-header",
            f"an alg of id_token_signing_alg_values_supported: {', '.join(advertised)}",
            f"alg is {alg}",
            tokens.exchange,
        )


def fhir_user(token: Token, tokens: Tokens) -> str:
    """The claim fhirUser is the URL of a person's resource; gives it as `Type/id`."""
    expected = (
        "fhirUser: the URL, absolute or relative, of a Patient, Practitioner(Role), RelatedPerson or Person"
    )
    held = token.claims.get("fhirUser")
    if held is None:
        raise Deviation(
            "missing-claim", expected, "no fhirUser though its scope was granted", tokens.exchange
        )
    match = _FHIR_USER.fullmatch(held) if isinstance(held, str) else None
    if match is None:
        raise Deviation("wrong-claim", expected, f"fhirUser is {held!r}", tokens.exchange)
    return match[1]


def own_record(own: str, answer: Exchange) -> None:
    """The resource that fhirUser names can be read with the token, and is the person's own."""
    expected = f"200 with {own}, the person's own record"
    if answer.status != 200:
        raise Deviation("refused", expected, f"{answer.status}", answer)
    found = f"{answer.member('resourceType')}/{answer.member('id')}"
    if found != own:
        raise Deviation("wrong-claim", expected, f"{found}, another record", answer)


def _claim_is(name: str, value: str, token: Token, tokens: Tokens) -> None:
    held = token.claims.get(name)
    if held is None:
        raise Deviation("missing-claim", f"{name} is {value}", f"no {name}", tokens.exchange)
    if held != value:
        raise Deviation("wrong-claim", f"{name} is {value}", f"{name} is {held!r}", tokens.exchange)
