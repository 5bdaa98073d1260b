"""The command `authmark`: it runs from anywhere, and says what is wrong with a command line."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.harness import ROOT, clean_environment

COMMAND = (sys.executable, str(ROOT / "authmark.py"))


def authmark(
    folder: Path, *words: str, command: tuple[str, ...] = COMMAND
) -> subprocess.CompletedProcess[str]:
    """The command as called in a folder."""
    return subprocess.run(
        [*command, *words], cwd=folder, env=clean_environment(), capture_output=True, text=True, check=False
    )


def test_it_runs_from_another_folder(tmp_path: Path) -> None:
    done = authmark(tmp_path, "--out=out", "browser/pkce.feature", "-k", "PK02", "-q")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout
    assert (tmp_path / "out" / "latest" / "certificate.html").exists()


def test_a_profile_may_lie_anywhere(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[target]\n")
    done = authmark(tmp_path, "--target", "mine.toml", "--out", "out")
    assert done.returncode == 4, done.stdout + done.stderr
    assert "mine.toml: [target]" in done.stdout + done.stderr


WRONG = {
    ("brwoser",): "brwoser is neither an option's value nor a place in features/; did you mean browser?",
    ("/",): "/ is neither an option's value nor a place in features/; there are",
    ("--targte", "x"): "--targte is unknown; did you mean --target?",
    ("--target",): "argument --target: expected one argument",
    ("explain", "PK0"): "PK0 is no requirement; did you mean PK",
    ("explain",): "usage: authmark list | authmark explain ID",
}


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_a_wrong_command_line_is_one_line_and_exit_code_4(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = authmark(tmp_path, *words)
    assert done.returncode == 4, done.stdout
    assert WRONG[words] in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_what_stands_after_two_dashes_goes_to_pytest(tmp_path: Path) -> None:
    done = authmark(tmp_path, "-k", "PK02", "--out=out", "--", "--collect-only", "-q")
    assert done.returncode == 0, done.stderr
    assert "pkce.feature::PK02[another code_verifier]" in done.stdout


def test_requirements_can_be_listed_and_explained(tmp_path: Path) -> None:
    listed = authmark(tmp_path, "list").stdout
    assert "PK02   must    critical Code interception: a wrong verifier is refused" in listed
    assert len(listed.splitlines()) > 100
    explained = authmark(tmp_path, "explain", "PK02").stdout
    assert "https://www.rfc-editor.org/rfc/rfc7636#section-4.6" in explained
    assert "Scenario Outline: Code interception: a wrong verifier is refused" in explained
    assert "@id:PK03" not in explained


@pytest.mark.skipif(shutil.which("uv") is None, reason="uv builds the wheel")
def test_a_wheel_holds_all_that_a_run_needs(tmp_path: Path) -> None:
    """Built, unpacked where nothing of the project is, and run there."""
    subprocess.run(
        ["uv", "build", "--wheel", "--quiet", "--out-dir", str(tmp_path / "dist")],  # noqa: S607  the user's own uv
        cwd=ROOT,
        check=True,
    )
    [wheel] = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert {name.split("/")[0] for name in archive.namelist() if ".dist-info" not in name} == {"authmark"}
        assert not [name for name in archive.namelist() if "reports/out" in name or "tests/" in name]
        archive.extractall(tmp_path / "site")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    launch = "import sys; sys.path.insert(0, sys.argv.pop(1)); import authmark; sys.exit(authmark.main())"
    done = authmark(
        elsewhere, "-k", "PK02", "-q", command=(sys.executable, "-P", "-c", launch, str(tmp_path / "site"))
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout
    assert (elsewhere / "authmark-reports" / "latest" / "run.json").exists()
