"""The checks of tokens let pass all that a clause allows; most of what they refuse, the faults show."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from fixtures.flows.values import Tokens
from fixtures.protocol.jwt import Token, b64
from reports.deviation import Blocked, Deviation, NotApplicable
from reports.exchange import Exchange
from steps.checks import access_token, id_token, refusal
from steps.checks.outcome import Outcome

NOW = 1_800_000_000.0
ANSWER = Exchange("POST", "https://as.example/token", status=200, started=NOW, response_body="{}")


def tokens(access: str = "a.b.c", scope: str = "openid") -> Tokens:
    return Tokens(access, "", "", scope, ANSWER)


def token(**claims: Any) -> Token:
    return Token("a.b.c", {"alg": "ES256"}, claims)


def compact(**claims: Any) -> str:
    return f"{b64({'alg': 'ES256'})}.{b64(claims)}.c2ln"


@pytest.mark.parametrize("make", [secrets.token_hex, secrets.token_urlsafe])
def test_random_opaque_tokens_of_128_bits_are_never_called_weak(make: Any) -> None:
    for _ in range(300):
        access_token.hard_to_guess(tokens(make(16)), tokens(make(16)), [])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("12345678", "87654321"),
        (f"{'k' * 40}00000001", f"{'k' * 40}00000002"),
        ("66770c8250e021be7a8bdda2", "bab7f8fa37b968a4c1aab772"),
        ("same" * 20, "same" * 20),
    ],
)
def test_short_numbered_and_repeated_tokens_are_weak(first: str, second: str) -> None:
    with pytest.raises(Deviation, match="weak"):
        access_token.hard_to_guess(tokens(first), tokens(second), [])


@pytest.mark.parametrize("text", ["abc", "a-._~+/z", "YWJj=="])
def test_characters_that_a_bearer_token_may_hold(text: str) -> None:
    access_token.allowed_characters(tokens(text))


@pytest.mark.parametrize("text", ["a!", "a b", "=a", "a=b", "\u00e4"])
def test_characters_that_it_may_not_hold(text: str) -> None:
    with pytest.raises(Deviation, match="malformed"):
        access_token.allowed_characters(tokens(text))


def test_an_opaque_token_cannot_be_forged_and_says_so() -> None:
    with pytest.raises(NotApplicable, match="no JWT"):
        access_token.jwt_of(tokens("opaque"))


def test_a_life_that_nobody_states_is_not_judged() -> None:
    with pytest.raises(NotApplicable, match="how long"):
        access_token.short_lived(tokens("opaque"))


def test_the_scope_that_was_asked_for_opens_its_claims_and_not_the_one_that_was_granted() -> None:
    held = compact(email="pia@example.com", sub="1")
    access_token.nothing_personal(tokens(held), "pia@example.com", "openid email")
    with pytest.raises(Deviation, match="leaked"):
        access_token.nothing_personal(tokens(held, scope="openid email"), "pia@example.com", "openid")


def test_an_address_under_another_name_is_told_as_well() -> None:
    with pytest.raises(Deviation, match="username in the token"):
        access_token.nothing_personal(
            tokens(compact(username="pia@example.com")), "pia@example.com", "openid"
        )


def test_clocks_may_differ_by_five_minutes() -> None:
    id_token.sane_times(token(iat=NOW + 290, exp=NOW + 400), tokens())
    with pytest.raises(Deviation):
        id_token.sane_times(token(iat=NOW + 310, exp=NOW + 400), tokens())


def test_true_is_no_time() -> None:
    with pytest.raises(Deviation, match="iat is True"):
        id_token.sane_times(token(iat=True, exp=NOW + 400), tokens())


@pytest.mark.parametrize("aud", ["app", ["app"], ["api", "app"]])
def test_an_audience_may_be_a_text_or_a_list(aud: Any) -> None:
    id_token.for_client("app", token(aud=aud), tokens())


def test_several_audiences_need_an_authorized_party() -> None:
    with pytest.raises(NotApplicable):
        id_token.authorized_party("app", token(aud="app"), tokens())
    with pytest.raises(Deviation, match="missing-claim"):
        id_token.authorized_party("app", token(aud=["app", "api"]), tokens())


@pytest.mark.parametrize(
    ("held", "reference"),
    [
        ("Practitioner/1", "Practitioner/1"),
        ("https://ehr.example/fhir/R4/PractitionerRole/a.b-c", "PractitionerRole/a.b-c"),
        ("https://ehr.example/Patient/Person/7", "Person/7"),
    ],
)
def test_a_fhir_user_may_be_absolute_or_relative(held: str, reference: str) -> None:
    assert id_token.fhir_user(token(fhirUser=held), tokens()) == reference


@pytest.mark.parametrize(
    "held", ["1", "Device/1", "Practitioner/", "https://ehr.example/Practitioner/1/x", 7]
)
def test_what_names_no_person_is_no_fhir_user(held: Any) -> None:
    with pytest.raises(Deviation, match="wrong-claim"):
        id_token.fhir_user(token(fhirUser=held), tokens())


@pytest.mark.parametrize(
    "key", [{"kty": "oct", "k": "c2VjcmV0"}, {"kty": "EC", "d": "c2VjcmV0", "kid": "1"}, {"kty": "RSA"}]
)
def test_a_key_set_must_hold_readable_public_keys_only(key: dict[str, Any]) -> None:
    with pytest.raises(Deviation, match=r"leaked|malformed"):
        id_token.strong_keys(None, [key])


def test_a_key_for_encryption_is_not_judged_as_one_for_signing() -> None:
    id_token.strong_keys(None, [{"kty": "RSA", "use": "enc"}])


def test_an_answer_without_id_token_blocks_what_is_about_its_claims() -> None:
    with pytest.raises(Blocked, match="no ID token"):
        id_token.id_token_of(tokens())


def answer(status: int, body: str, request_body: str = "") -> Exchange:
    return Exchange("GET", "https://ehr.example/fhir", (), request_body, status=status, response_body=body)


REFUSED = Outcome((403, 404))


def test_a_search_beyond_the_scope_may_find_nothing() -> None:
    empty = answer(200, '{"resourceType": "Bundle", "type": "searchset"}')
    refusal.refused(empty, (REFUSED, Outcome(finds_nothing=True)))
    with pytest.raises(Deviation, match="accepted"):
        refusal.refused(empty, (REFUSED,))


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, '{"entry": [{"response": {"status": "201 Created"}}]}', "accepted"),
        (200, '{"entry": []}', "malformed"),
        (200, "{}", "malformed"),
        (500, "{}", "server-error"),
        (401, "{}", "wrong-status"),
    ],
)
def test_a_batch_that_says_nothing_of_its_entry_has_not_refused_it(status: int, body: str, kind: str) -> None:
    sent = '{"resourceType": "Bundle", "type": "batch", "entry": [{"request": {}}]}'
    with pytest.raises(Deviation, match=kind):
        refusal.refused(answer(status, body, sent), (REFUSED,))
