"""The checks of refresh, introspection and logout, against answers that are nearly right."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from fixtures.cast import Client
from fixtures.flows.values import Tokens
from reports.deviation import Deviation
from reports.exchange import Exchange
from steps.checks import introspection, logout, refresh
from steps.checks.outcome import Outcome

CLIENT = Client("confidential", "c1", "s")


def answer(body: dict[str, Any], status: int = 200, **headers: str) -> Exchange:
    held = (("Content-Type", "application/json"), *((name, value) for name, value in headers.items()))
    return Exchange(
        "POST", "https://as.example/", "", "", status, held, json.dumps(body), started=time.time()
    )


def tokens(scope: str, **members: Any) -> Tokens:
    came = answer({"access_token": "a", "scope": scope, **members})
    return Tokens("a", "r", "", scope, came)


@pytest.mark.parametrize(
    ("scope", "held", "is_covered"),
    [
        ("user/Patient.rs", "user/*.cruds", True),
        ("user/Patient.r", "user/Patient.read", True),
        ("user/*.rs", "user/Patient.rs", False),
        ("user/Patient.cruds", "user/Patient.rs", False),
        ("patient/Patient.rs", "user/Patient.rs", False),
        ("user/Observation.rs", "user/Patient.rs", False),
        ("email", "email", True),
    ],
)
def test_a_scope_is_covered_by_what_is_as_wide(scope: str, held: str, *, is_covered: bool) -> None:
    assert refresh.covered(scope, {held}) is is_covered


def test_an_answer_without_scope_grants_what_was_asked_for() -> None:
    bare = answer({"access_token": "b"})
    refresh.no_wider(bare, tokens("openid"))
    with pytest.raises(Deviation, match="no scope in the answer"):
        refresh.no_wider(bare, tokens("openid"), (Outcome((400,), "invalid_scope"),))


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("client_id", "c2"),
        ("iss", "https://other.example"),
        ("exp", "soon"),
        ("exp", 1),
        ("scope", "openid email"),
    ],
)
def test_what_introspection_says_has_to_agree(member: str, value: object) -> None:
    came = tokens("openid", expires_in=60)
    held = {"active": True, "client_id": "c1", "exp": time.time() + 60, "scope": "openid"}
    introspection.true(held, came, CLIENT, "https://as.example", came.exchange)
    with pytest.raises(Deviation, match=member):
        introspection.true({**held, member: value}, came, CLIENT, "https://as.example", came.exchange)


@pytest.mark.parametrize(
    "location",
    ["https://client.example/outx?state=1", "https://out.authmark.example/", "https://client.example/outx"],
)
def test_a_browser_that_is_sent_to_the_other_uri_is_noticed(location: str) -> None:
    sent = answer({}, 302, Location=location)
    with pytest.raises(Deviation, match="Location"):
        logout.not_sent_to("https://client.example/outx", sent)
    logout.not_sent_to(
        "https://client.example/outx", answer({}, 302, Location="https://client.example/out?state=1")
    )
