"""What a sentence says is changed about a request is changed about it, wherever the parameter stands."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from fixtures.protocol import client_auth, pkce
from fixtures.protocol.request import Request
from steps.vocabulary.outcomes import outcomes_in
from steps.vocabulary.tampering import TAMPERING, Tampering, another, with_other_end

VERIFIER = "v" * 43
CODE = "c0de"
PARAMS = (
    ("grant_type", "authorization_code"),
    ("code", CODE),
    ("code_verifier", VERIFIER),
    ("scope", "openid"),
)
KNOWN = (
    ("code_challenge", pkce.s256(VERIFIER)),
    ("former client_secret", "o1d"),
    ("code_verifier of the second code", "second"),
)
BASIC = Request(PARAMS, client_auth.basic("an id", "s3cret"), known=KNOWN)
POST = Request(PARAMS, client_auth.post("an id", "s3cret"), known=KNOWN)


def sent(request: Request) -> tuple[tuple[str, str], ...]:
    return request.parameters + request.auth.params + client_auth.in_basic(request.auth)


def changed(text: str, request: Request = POST) -> Request:
    assert re.fullmatch(TAMPERING.pattern, f" {text}"), text  # type: ignore[attr-defined]  # what a step matches
    return Tampering(text)(request)


def values(request: Request, name: str) -> list[str]:
    return [value for key, value in sent(request) if key == name]


@pytest.mark.parametrize(
    ("text", "name", "held"),
    [
        ("with an empty code", "code", [""]),
        ("without code", "code", []),
        ('with code "x y"', "code", ["x y"]),
        ('with "offline_access" added to scope', "scope", ["openid offline_access"]),
        ("with the code_challenge as code_verifier", "code_verifier", [pkce.s256(VERIFIER)]),
        ("with the code_verifier of the second code", "code_verifier", ["second"]),
        ("with its former client_secret", "client_secret", ["o1d"]),
        ("with one more character after code", "code", [f"{CODE}x"]),
        ("with code in another case", "code", ["C0DE"]),
        ("with a space after code", "code", [f"{CODE} "]),
        ("with a NUL after code", "code", [f"{CODE}\0"]),
        ("with code of 10,000 characters", "code", ["c" * 10_000]),
        ("with the last character of code changed", "code", ["c0d6"]),
        ("with the parameter code sent twice", "code", [CODE, CODE]),
        ("with a list in place of code", "code[]", ["x"]),
        ("with an operator in place of code", "code[$ne]", ["x"]),
        ("with an operator in place of code", "code", []),
        ("with an unknown parameter", "authmark", ["1"]),
        ("with code in the URL", "code", []),
        ("with an empty body", "client_id", []),
    ],
)
def test_a_change_of_a_parameter(text: str, name: str, held: list[str]) -> None:
    assert values(changed(text), name) == held


@pytest.mark.parametrize("request_", [BASIC, POST], ids=["Basic", "post"])
def test_the_rest_of_the_request_stays(request_: Request) -> None:
    before, after = Counter(sent(request_)), Counter(sent(changed("with another code", request_)))
    assert (before - after).keys() == {("code", CODE)}
    assert [name for name, _ in (after - before)] == ["code"]


@pytest.mark.parametrize("request_", [BASIC, POST], ids=["Basic", "post"])
@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("with another client_id", None),
        ("with an empty client_secret", [("client_id", "an id"), ("client_secret", "")]),
        ("without client_secret", [("client_id", "an id")]),
        ("without client authentication", []),
        (
            "with a list in place of client_secret",
            [("client_id", "an id"), ("client_secret[]", "x")],
        ),
        (
            "with an operator in place of client_id and client_secret",
            [("client_id[$ne]", "x"), ("client_secret[$ne]", "x")],
        ),
        (
            "with client_secret_post and with the parameter client_secret sent twice",
            [("client_id", "an id"), ("client_secret", "s3cret"), ("client_secret", "s3cret")],
        ),
    ],
)
def test_credentials_are_parameters_wherever_they_stand(request_: Request, text: str, held: Any) -> None:
    found = [pair for pair in sent(changed(text, request_)) if pair[0].startswith("client_")]
    if held is None:
        assert ("client_secret", "s3cret") in found
        assert dict(found)["client_id"] != "an id"
    else:
        assert sorted(found) == held


def test_a_way_of_client_authentication_is_the_only_one() -> None:
    as_post = changed("with client_secret_post", BASIC)
    assert not as_post.auth.headers
    assert as_post.auth.params == (("client_id", "an id"), ("client_secret", "s3cret"))
    as_basic = changed("with client_secret_basic", POST)
    assert client_auth.in_basic(as_basic.auth) == as_post.auth.params
    assert as_basic.auth.params == ()


def test_percent_encoded_basic_reads_the_same() -> None:
    encoded = changed("with percent-encoded client_secret_basic", BASIC).auth
    assert encoded != BASIC.auth
    assert client_auth.in_basic(encoded) == client_auth.in_basic(BASIC.auth)


def test_changes_are_chained() -> None:
    request = changed("with client_secret_post and with client_id and client_secret in the URL", BASIC)
    assert request.query == (("client_id", "an id"), ("client_secret", "s3cret"))
    assert request.parameters == PARAMS


@pytest.mark.parametrize("request_", [BASIC, POST], ids=["Basic", "post"])
def test_everything_but_a_header_goes_into_the_url(request_: Request) -> None:
    moved = changed("by GET", request_)
    assert moved.method == "GET"
    assert moved.query == request_.parameters + request_.auth.params
    assert (moved.parameters, moved.auth.params) == ((), ())


def test_a_second_value_is_another() -> None:
    first, second = values(
        changed("with the parameter code sent twice, the second time with another value"), "code"
    )
    assert first == CODE != second


def test_a_verifier_whose_challenge_begins_alike() -> None:
    (verifier,) = values(
        changed("with a code_verifier whose challenge begins with the same two characters"), "code_verifier"
    )
    assert verifier != VERIFIER
    assert pkce.s256(verifier)[:2] == pkce.s256(VERIFIER)[:2]


def test_another_value_is_another_each_time() -> None:
    for name in ("code", "code_verifier", "client_secret", "client_id", "nonce"):
        assert another(name) != another(name)


@pytest.mark.parametrize("text", ["a0", "0a", "Zz", "-_", "a.b="])
def test_another_end_decodes_to_something_else(text: str) -> None:
    assert with_other_end(text)[:-1] == text[:-1]
    assert with_other_end(text) != text


@pytest.mark.parametrize(
    ("text", "outcomes"),
    [
        ('400 "invalid_grant"', [((400,), "invalid_grant")]),
        (
            '400 or 401 "invalid_client" or 400 "invalid_request"',
            [((400, 401), "invalid_client"), ((400,), "invalid_request")],
        ),
        ("403 or 404", [((403, 404), "")]),
        ("403 or 404 or an empty Bundle", [((403, 404), ""), ((), "")]),
    ],
)
def test_a_phrase_lists_outcomes(text: str, outcomes: list[tuple[tuple[int, ...], str]]) -> None:
    assert [(each.statuses, each.error) for each in outcomes_in(text)] == outcomes
