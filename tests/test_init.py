"""`authmark init` writes a profile that a run can begin with, and registers clients only where it may."""

from __future__ import annotations

import json
import re
import secrets
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures import cleanup, init, ledger
from fixtures.adapters.registry import Registry
from fixtures.protocol.client_assertion import thumbprint
from fixtures.target.profile import load
from reports.problem import UsageProblem
from tests.hostile import BEHAVIOURS, Asked, Wire, hostile


class Server:
    """Describes itself and registers clients; what it answers is a behaviour of the hostile server."""

    def __init__(self) -> None:
        self.metadata: dict[str, Any] = {}
        self.clients: dict[str, dict[str, Any]] = {}
        self.base_url = ""
        BEHAVIOURS["registers clients"] = self.answer

    def rule(self, _asked: Asked) -> str:
        return "registers clients"

    async def answer(self, wire: Wire) -> None:
        asked = wire.asked
        if asked.path == "/.well-known/openid-configuration":
            await wire.json(self.metadata)
        elif asked.path == "/register":
            client_id = secrets.token_hex(8)
            made = json.loads(asked.body) | {"client_id": client_id, "client_secret": secrets.token_hex(16)}
            made["registration_access_token"] = secrets.token_hex(16)
            made["registration_client_uri"] = f"{self.base_url}register/{client_id}"
            self.clients[client_id] = made
            await wire.json(made, 201)
        elif (client := self.clients.get(asked.path.removeprefix("/register/"))) is None:
            await wire.json({}, 404)
        elif asked.headers.get("authorization") != f"Bearer {client['registration_access_token']}":
            await wire.json({}, 401)
        elif asked.method == "DELETE":
            del self.clients[client["client_id"]]
            await wire.answer(204)
        else:
            await wire.json(client)


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    with hostile(made.rule) as listening:
        made.base_url = listening.base_url
        made.metadata = {
            "issuer": listening.base_url,
            "token_endpoint": f"{listening.base_url}token",
            "authorization_endpoint": "https://sso.example/authorize",
            "userinfo_endpoint": f"{listening.base_url}me",
            "registration_endpoint": f"{listening.base_url}register",
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
            "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
            "scopes_supported": ["openid", "email", "nonsense"],
        }
        yield made


def written(server: Server, path: Path, *options: str) -> dict[str, Any]:
    assert init.main(["init", server.base_url, "--profile", str(path), *options]) == 0
    return tomllib.loads(path.read_text())


def variables_of(path: Path) -> dict[str, str]:
    return dict.fromkeys(re.findall(r"env:(\w+)", path.read_text()), "x")


def test_it_writes_what_discovery_says(server: Server, tmp_path: Path) -> None:
    profile = written(server, tmp_path / "acme.toml")
    assert profile["claims"] == {
        "methods": ["authorization-code", "client-credentials"],
        "features": ["refresh-token", "userinfo"],
    }
    assert profile["target"]["origins"] == ["https://sso.example"]
    assert [(each["role"], each.get("auth_method")) for each in profile["clients"]] == [
        ("public", None),
        ("confidential", "client_secret_basic"),
        ("second-confidential", "client_secret_basic"),
        ("backend", "client_secret_basic"),
        ("backend", "client_secret_post"),
    ]
    assert profile["clients"][0]["scopes"] == ["openid", "email"]
    assert [each["role"] for each in profile["users"]] == ["practitioner", "second-practitioner"]
    assert server.clients == {}, "nobody was asked"


def test_where_keys_are_offered_it_makes_and_registers_them(server: Server, tmp_path: Path) -> None:
    server.metadata["token_endpoint_auth_methods_supported"].append("private_key_jwt")
    server.metadata["token_endpoint_auth_signing_alg_values_supported"] = ["RS256", "ES256"]
    path = tmp_path / "acme.toml"
    profile = written(server, path, "--register")
    keyed = {each["role"]: each for each in profile["clients"] if "private_key" in each}
    assert set(keyed) == {
        "keyed-backend",
        "second-keyed-backend",
        "rotating-backend",
        "keyed-confidential",
    }
    for entry in keyed.values():
        known = server.clients[entry["id"]]
        assert "secret" not in entry
        assert {known["token_endpoint_auth_method"], entry["auth_method"]} == {"private_key_jwt"}
        assert [each["alg"] for each in known["jwks"]["keys"]] == ["ES256"]
        pem = (tmp_path / entry["private_key"].removeprefix("file:")).read_text()
        assert thumbprint(pem) == known["jwks"]["keys"][0]["kid"]


def test_what_is_missing_is_told_when_it_is_run(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "acme.toml"
    written(server, path)
    with pytest.raises(UsageProblem) as caught:
        load(path, Registry()).resolve({})
    assert len(caught.value.lines) == path.read_text().count('"env:') > 5


def test_it_writes_over_nothing(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "acme.toml"
    path.write_text("mine")
    assert init.main(["init", server.base_url, "--profile", str(path)]) == 4
    assert "is there already" in capsys.readouterr().err
    assert path.read_text() == "mine"


def test_clients_are_registered_where_that_is_open_and_removed_by_their_ledger(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, noted = tmp_path / "acme.toml", tmp_path / "acme.ledger.jsonl"
    profile = written(server, path, "--register")
    assert {each["id"] for each in profile["clients"]} == set(server.clients)
    names = [entry.name for entry in ledger.read(noted).entries]
    assert names == [each["client_name"] for each in server.clients.values()]
    assert all(name.startswith("authmark-") for name in names)
    said = capsys.readouterr().err
    for client in server.clients.values():
        for text in (path.read_text(), noted.read_text(), said):
            assert client["client_secret"] not in text
            assert client["registration_access_token"] not in text
    assert {each.stat().st_mode & 0o777 for each in (tmp_path / "acme.secrets").iterdir()} == {0o600}
    server.clients["theirs"] = {
        "client_id": "theirs",
        "client_name": "theirs",
        "registration_access_token": "t",
    }
    assert cleanup.main(["cleanup", str(noted), "--yes"], variables_of(path)) == 0, capsys.readouterr().err
    assert list(server.clients) == ["theirs"]


def test_a_client_that_has_become_another_is_left_alone(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, noted = tmp_path / "acme.toml", tmp_path / "acme.ledger.jsonl"
    written(server, path, "--register")
    for client in server.clients.values():
        client["client_name"] = "a customer's"
    left = len(server.clients)
    assert cleanup.main(["cleanup", str(noted), "--yes"], variables_of(path)) == 1
    assert "left alone" in capsys.readouterr().err
    assert len(server.clients) == left
