"""Forged tokens are wrong in the one way that is meant, and right in all others."""

from __future__ import annotations

import hashlib

import jwt as pyjwt
import pytest

from fixtures.protocol import jwt
from fixtures.protocol.jwt import Token
from reports.deviation import NotApplicable
from steps.vocabulary.forgeries import FORGERIES, Bench

BENCH = Bench([], lambda _: "")
CLAIMS = {"sub": "pia", "exp": 2_000_000_000}


def token_by(alg: str) -> tuple[Token, list[dict[str, object]]]:
    key = jwt.own_key(alg)
    found = jwt.read(jwt.signed_by(key, CLAIMS, {"alg": alg, "kid": "k1"}))
    assert found is not None
    return found, [jwt.public_jwk(key, "k1", alg)]


@pytest.mark.parametrize("alg", ["ES256", "ES384", "ES512", "RS256", "PS384", "EdDSA"])
def test_a_key_of_our_own_signs_by_the_algorithm_of_the_target(alg: str) -> None:
    token, keys = token_by(alg)
    assert token.header["alg"] == alg
    assert jwt.signature_valid(token.compact, keys)


def test_another_signature_keeps_all_but_the_signature() -> None:
    token, keys = token_by("ES256")
    forged = jwt.with_other_signature(token)
    assert forged.rpartition(".")[0] == token.compact.rpartition(".")[0]
    assert len(forged) == len(token.compact)
    assert not jwt.signature_valid(forged, keys)


def test_without_its_signature_a_token_still_has_three_parts() -> None:
    token, _ = token_by("ES256")
    assert jwt.with_signature(token, b"").split(".")[2] == ""


def test_hmac_takes_further_header_members() -> None:
    token, _ = token_by("ES256")
    forged = jwt.hmac_signed(token, b"", kid="/dev/null")
    assert pyjwt.get_unverified_header(forged) == {**token.header, "alg": "HS256", "kid": "/dev/null"}
    assert jwt.hmac_valid(forged, "")
    assert not jwt.hmac_valid(forged, "other")


def test_the_half_hash_is_that_of_the_specification() -> None:
    # The example of OpenID Connect Core 1.0, appendix A.3 (response_type id_token token).
    hashed = jwt.half_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", "RS256")
    assert hashed == "77QmUPtjPfzWtF2AnpK9RQ"


@pytest.mark.parametrize(("alg", "octets"), [("ES256", 16), ("PS384", 24), ("RS512", 32), ("EdDSA", 32)])
def test_the_half_hash_follows_the_algorithm(alg: str, octets: int) -> None:
    name = {16: "sha256", 24: "sha384", 32: "sha512"}[octets]
    assert jwt.half_hash("t", alg) == jwt.b64(hashlib.new(name, b"t").digest()[:octets])


def test_no_hash_is_invented_for_an_unknown_algorithm() -> None:
    assert jwt.half_hash("t", "none") is None


@pytest.mark.parametrize(("alg", "bits"), [("RS256", 2048), ("ES256", 256), ("ES512", 521), ("EdDSA", 255)])
def test_the_size_of_a_key(alg: str, bits: int) -> None:
    assert jwt.key_bits(jwt.public_jwk(jwt.own_key(alg), "k1", alg)) == bits


@pytest.mark.parametrize(
    ("ends", "later"),
    [
        (2_000_000_000, 2_000_003_600),
        (2_000_000_000.5, 2_000_003_600.5),
        ("2000000000", "2000003600"),
        ("2000000000.5", "2000003600.5"),
    ],
    ids=["whole", "fraction", "text", "text of a fraction"],
)
def test_a_later_end_has_the_form_of_the_end_that_the_token_has(ends: object, later: object) -> None:
    """So that a token is refused for its signature, and never for its end."""
    compact = f"{jwt.b64({'alg': 'ES256'})}.{jwt.b64({'exp': ends})}.c2ln"
    token = jwt.read(compact)
    assert token is not None
    found = jwt.read(FORGERIES["with a later exp"](token, BENCH))
    assert found is not None
    assert found.claims == {"exp": later}


@pytest.mark.parametrize("ends", [None, True, "tomorrow", [1]])
def test_an_end_that_is_no_number_cannot_be_put_off(ends: object) -> None:
    with pytest.raises(NotApplicable, match="no end to put off"):
        FORGERIES["with a later exp"](Token("a.b.c", {}, {"exp": ends}), BENCH)


def test_no_other_forgery_changes_when_a_token_ends() -> None:
    token, keys = token_by("ES256")
    bench = Bench(keys, lambda _: "https://client.example/keys")
    for name, forge in FORGERIES.items():
        found = jwt.read(forge(token, bench))
        assert found is not None, name
        assert name == "with a later exp" or found.claims["exp"] == CLAIMS["exp"], name
