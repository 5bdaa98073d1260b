"""A product is one package and one TOML: nothing of the harness was touched for this one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acme.server import acme
from tests.harness import ROOT, Finished, run

PROFILE = (ROOT / "tests/acme/acme.toml").read_text()


def acme_run(folder: Path, base_url: str, key: str, *options: str) -> Finished:
    profile = folder / "acme.toml"
    profile.write_text(PROFILE.replace("http://localhost/", base_url))
    return run(
        folder / "out",
        f"--target={profile}",
        *options,
        env={"ACME_KEY": key},
        paths=("features/server", "features/tokens/token_endpoint.feature"),
    )


def test_its_clients_are_made_tested_and_removed(tmp_path: Path) -> None:
    with acme() as server:
        finished = acme_run(tmp_path, server.base_url, server.key, "--adapter-package=tests.acme")
        assert finished.record is not None, finished.output
        assert finished.record["footer"]["left_behind"] == []
        assert server.ever
        assert server.clients == {}
        assert server.key not in finished.output
    assert finished.code == 0, finished.output
    assert list(finished.verdicts.values()).count("passed") > 10, finished.output


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), '[target] adapter "acme" is unknown; known are "medplum", "oidc"'),
        (("--adapter-package=tests.acne",), "the adapter package tests.acne cannot be imported"),
        (
            ("--adapter-package=tests.acme.server",),
            "the adapter package tests.acme.server defines no ADAPTER",
        ),
    ],
)
def test_an_adapter_that_is_not_there_is_told_in_one_line(
    tmp_path: Path, options: tuple[str, ...], says: str
) -> None:
    finished = acme_run(tmp_path, "http://localhost:1/", "x", *options)
    assert finished.code == 4
    assert len(finished.errors) == 1
    assert says in finished.errors[0]
