"""What the profile gets wrong is a refused profile, what the server gets wrong a finding: neither passes for the other.

The reference target plays a server that nobody knows: its clients and people stand in a profile.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.harness import Finished, Reference, reference, run, selecting
from tests.hostile import BEHAVIOURS, Asked, answering, hostile
from tests.test_keep import values_of

CALLBACK = "http://localhost:4000/callback"
PROFILE = """[target]
base_url = "{base_url}"
adapter = "oidc"
[claims]
methods = ["authorization-code", "client-credentials"]
[limits]
auth_requests_per_minute = 100000
[[clients]]
role = "confidential"
id = "env:CONFIDENTIAL_CLIENT_ID"
secret = "env:CONFIDENTIAL_CLIENT_SECRET"
redirect_uri = "{callback}"
scopes = ["openid", "profile"]
[[clients]]
role = "backend"
id = "env:BACKEND_CLIENT_ID"
secret = "env:BACKEND_CLIENT_SECRET"
[[users]]
role = "practitioner"
username = "env:PRACTITIONER_USERNAME"
password = "env:PRACTITIONER_PASSWORD"
"""
FEW = selecting(["CA02", "AC01", "TE06"])


@dataclass(frozen=True)
class Cast:
    """A server with a cast, and the values that a profile refers to."""

    server: Reference
    env: Mapping[str, str]

    def run(self, folder: Path, text: str = PROFILE, url: str = "", **env: str) -> Finished:
        profile = folder / "oidc.toml"
        profile.write_text(
            text.replace("{base_url}", url or self.server.base_url).replace("{callback}", CALLBACK)
        )
        return run(folder / "out", f"--target={profile}", *FEW, env={**self.env, **env})


def cast_on(server: Reference, folder: Path) -> Cast:
    made = run(
        folder / "made",
        f"--target={server.profile(folder / 'profile.toml')}",
        "--keep",
        *selecting(["CA02", "AC01"]),
        env=server.env,
    )
    assert made.directory is not None, made.output
    return Cast(server, values_of(made.directory / "cast.env"))


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    with reference() as server:
        yield cast_on(server, tmp_path_factory.mktemp("cast"))


def test_a_right_profile_is_taken(cast: Cast, tmp_path: Path) -> None:
    finished = cast.run(tmp_path)
    assert {finished.verdicts[id_] for id_ in ("CA02", "AC01", "TE06")} == {"passed"}, finished.output


WRONG = {
    "secret": (
        {"CONFIDENTIAL_CLIENT_SECRET": "0" * 64},
        ("", ""),
        "[[clients]] number 1 (confidential): secret is refused: /oauth2/token answered ",
    ),
    "secret of a back end": (
        {"BACKEND_CLIENT_SECRET": "0" * 64},
        ("", ""),
        "[[clients]] number 2 (backend): secret is refused: /oauth2/token answered 401 invalid_client",
    ),
    "id": (
        {"CONFIDENTIAL_CLIENT_ID": "11111111-1111-4111-8111-111111111112"},
        ("", ""),
        "[[clients]] number 1 (confidential): id or redirect_uri is refused: /oauth2/authorize answered 400",
    ),
    "redirect URI": (
        {},
        ("{callback}", "http://localhost:4000/other"),
        "[[clients]] number 1 (confidential): id or redirect_uri is refused: /oauth2/authorize answered 400",
    ),
    "password": (
        {"PRACTITIONER_PASSWORD": "nonsense"},
        ("", ""),
        "[[users]] number 1 (practitioner): username or password is refused: ",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_the_profile_gets_wrong_is_told_with_the_remedy(cast: Cast, tmp_path: Path, name: str) -> None:
    env, (old, new), says = WRONG[name]
    finished = cast.run(tmp_path, PROFILE.replace(old, new) if old else PROFILE, **env)
    assert finished.code == 4, finished.output
    assert len(finished.errors) == 1, finished.output
    assert says in finished.errors[0], finished.errors
    assert "check" in finished.errors[0]
    assert all(value not in finished.output for value in env.values())
    assert finished.record is None


def test_all_that_is_wrong_is_told_at_once(cast: Cast, tmp_path: Path) -> None:
    finished = cast.run(tmp_path, PRACTITIONER_PASSWORD="no", BACKEND_CLIENT_SECRET="no")  # noqa: S106
    assert (finished.code, len(finished.errors)) == (4, 2), finished.output


def test_a_scope_that_the_server_does_not_know_is_told(cast: Cast, tmp_path: Path) -> None:
    BEHAVIOURS["no such scope"] = answering(400, json.dumps({"error": "invalid_scope"}))
    text = PROFILE.replace('role = "backend"', 'role = "backend"\nscopes = ["nonsense"]')

    def rule(asked: Asked) -> str | None:
        return "no such scope" if b"scope=nonsense" in asked.body else None

    with hostile(rule, cast.server.base_url) as between:
        finished = cast.run(tmp_path, text, between.base_url)
    assert finished.code == 4, finished.output
    assert "[[clients]] number 2 (backend): scopes are refused: nonsense" in finished.errors[0]


# ----- what the server gets wrong


def test_a_server_that_refuses_right_credentials_in_one_way_is_judged_and_not_the_profile(
    tmp_path: Path,
) -> None:
    with reference("--fault", "client-secret-basic-refused") as server:
        finished = cast_on(server, tmp_path).run(tmp_path)
    assert finished.verdicts["CA02"] == "failed", finished.output
    assert "auth_method client_secret_basic is refused, while client_secret_post works" in finished.output


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, "Internal Server Error"), (405, ""), (200, "<html>"), (400, '{"error": "invalid_grant"}')],
)
def test_a_server_that_fails_at_its_token_endpoint_is_recorded(
    cast: Cast, tmp_path: Path, status: int, body: str
) -> None:
    BEHAVIOURS["front door"] = answering(status, body)
    with hostile(
        lambda asked: "front door" if asked.path == "/oauth2/token" else None, cast.server.base_url
    ) as it:
        finished = cast.run(tmp_path, url=it.base_url)
    assert finished.code == 1, finished.output
    assert set(finished.verdicts.values()) <= {"blocked", "failed"}, finished.output
    assert finished.outcome in ("incomplete", "not-conformant", "partial")


@pytest.mark.parametrize(
    ("path", "status"), [("/oauth2/token", 500), ("/fhir/R4/Project", 401), ("/fhir/R4/Project", 500)]
)
def test_a_server_that_cannot_be_prepared_is_recorded_and_the_user_not_blamed(
    cast: Cast, tmp_path: Path, path: str, status: int
) -> None:
    BEHAVIOURS["front door"] = answering(status, "{}")
    with hostile(lambda asked: "front door" if asked.path == path else None, cast.server.base_url) as it:
        profile = Reference(it.base_url, cast.server.env, cast.server.process).profile(
            tmp_path / "profile.toml"
        )
        finished = run(tmp_path / "out", f"--target={profile}", *FEW, env=cast.server.env)
    assert finished.code == 1, finished.output
    assert set(finished.verdicts.values()) == {"blocked"}
    reason = finished.result("CA02")["reason"]
    assert path in reason
    assert str(status) in reason
    assert "check that both" not in finished.output
    assert "name a client" not in finished.output
