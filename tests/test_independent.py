"""A server that nobody here wrote is judged through the oidc adapter, and every finding on it has been looked at."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import ROOT, Finished, clean_environment, run

pytest.importorskip("canaille", reason="the dependency group `independent` is not installed")

HERE = Path(__file__).parent / "independent"
PROFILE = (HERE / "canaille.toml").read_text(encoding="utf-8")
DEVIATIONS = HERE / "canaille-deviations.toml"


@pytest.fixture(scope="module")
def canaille(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    """One run against Canaille, started with the clients and people of the profile."""
    folder = tmp_path_factory.mktemp("canaille")
    entries = tomllib.loads(PROFILE)
    env = {
        reference.removeprefix("env:"): secrets.token_urlsafe(24)
        for entry in [*entries["clients"], *entries["users"]]
        for reference in [entry.get("secret") or entry.get("password")]
        if reference
    }
    actors = {
        "clients": [
            {
                "id": entry["id"],
                "secret": env.get(entry.get("secret", "").removeprefix("env:")),
                "redirect_uri": entry.get("redirect_uri", "http://localhost:4000/unused"),
            }
            for entry in entries["clients"]
        ],
        "people": [
            {"username": entry["username"], "password": env[entry["password"].removeprefix("env:")]}
            for entry in entries["users"]
        ],
    }
    server = subprocess.Popen(
        [sys.executable, str(HERE / "serve_canaille.py"), str(folder / "canaille.sqlite")],
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with server:
        assert server.stdin
        assert server.stdout
        server.stdin.write(json.dumps(actors) + "\n")
        server.stdin.flush()
        ready = server.stdout.readline()
        assert ready, "Canaille did not start"
        base_url = json.loads(ready)["base_url"]
        profile = folder / "canaille.toml"
        text = PROFILE.replace('base_url = "http://localhost/"', f'base_url = "{base_url}"')
        profile.write_text(text.replace('issuer = "http://localhost"', f'issuer = "{base_url.rstrip("/")}"'))
        yield run(folder / "out", f"--target={profile}", f"--deviations={DEVIATIONS}", env=env)
        server.terminate()


def test_every_finding_on_it_is_known_and_true(canaille: Finished) -> None:
    assert canaille.outcome == "conformant-with-waivers", canaille.output
    assert canaille.code == 0


def test_nothing_on_it_is_blocked_or_in_error(canaille: Finished) -> None:
    assert canaille.record is not None
    assert canaille.record["footer"]["counts"]["blocked"] == 0
    assert canaille.record["footer"]["counts"]["error"] == 0


def test_what_any_openid_provider_has_is_judged_on_it(canaille: Finished) -> None:
    judged = {id_ for id_, verdict in canaille.verdicts.items() if verdict in ("passed", "failed", "warning")}
    assert {"PK01", "PK02", "AC01", "TE01", "CA02", "ID01", "RS01"} <= judged
