"""The outside identity provider that the harness plays, as a program that somebody starts by hand and as a run does."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

from fixtures.adapters.registry import Registry
from fixtures.http import Http
from fixtures.once import Once
from fixtures.provider import Provider, SignIn
from fixtures.target.profile import parse
from reports.deviation import NotTested
from tests.harness import ROOT, clean_environment

CALLBACK = "http://localhost:4000/callback"
PRESETS = ("standard", "okta", "auth0", "entra", "cognito", "google")
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@contextmanager
def started(key: str = "") -> Iterator[dict[str, Any]]:
    """`python -m fixtures.idp` as a process; gives what it prints."""
    with subprocess.Popen(
        [sys.executable, "-m", "fixtures.idp", "--port=0", "--exit-with-stdin"],
        cwd=ROOT,
        env={**clean_environment(), "AUTHMARK_IDP_KEY": key},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        text = ""
        while True:
            text += process.stdout.readline()
            try:
                yield json.loads(text)
            except json.JSONDecodeError:
                continue
            break
        assert process.stdin
        process.stdin.close()


@pytest.fixture(scope="module")
def by_hand() -> Iterator[dict[str, Any]]:
    with started() as told:
        yield told


def code(metadata: dict[str, Any], client: str, **more: str) -> dict[str, list[str]]:
    """What the browser takes back from authorize."""
    asked = {"response_type": "code", "client_id": client, "redirect_uri": CALLBACK, "scope": "openid email"}
    answer = httpx.get(metadata["authorization_endpoint"], params={**asked, "state": "s", **more})
    assert answer.status_code == 302, answer.text
    return parse_qs(urlsplit(answer.headers["location"]).query)


def redeem(told: dict[str, Any], metadata: dict[str, Any], code_: str, **more: str) -> httpx.Response:
    form = {"grant_type": "authorization_code", "code": code_, "redirect_uri": CALLBACK, **more}
    return httpx.post(metadata["token_endpoint"], data=form, auth=(told["client_id"], told["client_secret"]))


@pytest.mark.parametrize("preset", PRESETS)
def test_it_signs_in_whoever_is_hinted_at(by_hand: dict[str, Any], preset: str) -> None:
    """The whole flow, with an ID token that holds and a userinfo that agrees with it."""
    metadata = by_hand["providers"][preset]
    place = metadata["issuer"].rstrip("/") + "/.well-known/openid-configuration"
    assert httpx.get(place).json() == metadata
    back = code(
        metadata,
        by_hand["client_id"],
        nonce="n",
        login_hint="ada.lovelace@example.com",
        code_challenge=CHALLENGE,
        code_challenge_method="S256",
    )
    tokens = redeem(by_hand, metadata, back["code"][0], code_verifier=VERIFIER).json()
    [key] = httpx.get(metadata["jwks_uri"]).json()["keys"]
    claims = jwt.decode(
        tokens["id_token"],
        jwt.PyJWK(key),
        algorithms=["RS256"],
        audience=by_hand["client_id"],
        issuer=metadata["issuer"],
    )
    told = httpx.get(
        metadata["userinfo_endpoint"], headers={"Authorization": f"Bearer {tokens['access_token']}"}
    ).json()
    assert (claims["nonce"], claims["email"]) == ("n", "ada.lovelace@example.com")
    assert (told["sub"], told["email"]) == (claims["sub"], claims["email"])
    assert (back.get("iss") == [metadata["issuer"]]) == (preset == "standard")


@pytest.mark.parametrize(
    "spoilt", [{"code_verifier": "w" * 43}, {}, {"code_verifier": VERIFIER, "redirect_uri": f"{CALLBACK}/x"}]
)
def test_a_code_is_for_who_asked(by_hand: dict[str, Any], spoilt: dict[str, str]) -> None:
    metadata = by_hand["providers"]["standard"]
    back = code(metadata, by_hand["client_id"], code_challenge=CHALLENGE, code_challenge_method="S256")
    assert redeem(by_hand, metadata, back["code"][0], **spoilt).json() == {"error": "invalid_grant"}


def test_a_code_is_good_once_and_at_its_own_provider(by_hand: dict[str, Any]) -> None:
    standard, okta = (by_hand["providers"][name] for name in ("standard", "okta"))
    first = code(standard, by_hand["client_id"])["code"][0]
    assert redeem(by_hand, standard, first).status_code == 200
    assert redeem(by_hand, standard, first).status_code == 400
    assert redeem(by_hand, okta, code(standard, by_hand["client_id"])["code"][0]).status_code == 400


def test_with_a_key_nobody_signs_in_without_it() -> None:
    """A provider behind a public address on which anybody may be anyone would open the target to all."""
    with started("the-key") as told:
        metadata = told["providers"]["standard"]
        asked = {"response_type": "code", "client_id": "relying-party", "redirect_uri": CALLBACK}
        door = f"http://localhost:{told['port']}/authmark"
        assert httpx.get(metadata["authorization_endpoint"], params=asked).status_code == 400
        assert httpx.post(f"{door}/clients", json={"client_id": "relying-party"}).status_code == 404
        assert httpx.post(f"{door}/tokens", json={}).status_code == 404
        client = {"client_id": "relying-party", "client_secret": "secret"}
        headers = {"Authorization": "Bearer the-key"}
        assert httpx.post(f"{door}/clients", json=client, headers=headers).status_code == 204
        for given in ({}, {"Authorization": "Bearer another"}):
            answer = httpx.get(metadata["authorization_endpoint"], params=asked, headers=given)
            assert answer.status_code == 403
        assert "client_secret" not in told


# ----- as a run has it


def provider(base_url: str, more: str = "") -> Provider:
    text = f'[target]\nbase_url = "{base_url}"\nadapter = "oidc"\n{more}'
    profile = parse(text, Registry(), source="p.toml", folder=Path())
    return Provider(profile, Http(origins=[base_url]), "key", lambda _: None)


def test_a_run_has_it_say_what_it_likes_and_sees_what_the_target_asked() -> None:
    played = provider("http://localhost:1/")
    try:
        client = played.registration(Once(), "test")
        answer = played.issue(
            client, SignIn("ada@example.com", claims={"email_verified": False, "name": None})
        )
        token = str(answer.member("access_token"))
        asked = httpx.get(client.userinfo_endpoint, headers={"Authorization": f"Bearer {token}"})
        assert asked.json()["email_verified"] is False
        assert "name" not in asked.json()
        [seen] = played.asked_with(token)
        assert (seen.method, seen.url, seen.status) == ("GET", client.userinfo_endpoint, 200)
        played.end(token)
        asked = httpx.get(client.userinfo_endpoint, headers={"Authorization": f"Bearer {token}"})
        assert asked.status_code == 401
    finally:
        played.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(client.userinfo_endpoint)


def test_a_far_target_needs_to_be_told_how_it_is_reached() -> None:
    played = provider("https://as.example/")
    with pytest.raises(NotTested, match=r'add \[provider\] public_url = "https://..." and port = 9400'):
        played.registration(Once(), "test")


def test_it_calls_itself_by_its_public_address() -> None:
    with started() as free:
        port = free["port"]
    played = provider(
        "https://as.example/", f'[provider]\npublic_url = "https://idp.example"\nport = {port}\n'
    )
    try:
        assert played.registration(Once(), "test").issuer == "https://idp.example/standard"
    finally:
        played.stop()
