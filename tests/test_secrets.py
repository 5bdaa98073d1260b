"""No secret of a run stands in anything that it writes: all that went over the wire is looked for."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus, unquote

import pytest

from tests.harness import ROOT, Finished, run

# Findings of many kinds: tokens in answers, URLs and error pages, wrong secrets that pass, broken controls.
FAULTS = (
    "pkce-verifier-ignored",
    "bearer-query-token-accepted",
    "bearer-two-tokens-accepted",
    "client-wrong-secret-post-accepted",
    "client-retired-secret-accepted",
    "api-error-stack-trace",
    "id-token-accepted-as-access-token",
    "refresh-token-accepted-as-access-token",
    "token-query-credentials-accepted",
    "code-reusable",
    "introspection-open",
    "client-secret-basic-refused",
)
RUNS = {
    "all goes well": (),
    "findings": tuple(f"--fault={name}" for name in FAULTS),
    "findings in parallel": ("-n2",),
}
RUNS["findings in parallel"] += RUNS["findings"]
LOUD = ("--log-level=DEBUG", "-o", "junit_logging=all")  # all that any library logs, into JUnit and Allure
RUNS["findings"] += LOUD


@dataclass(frozen=True)
class Written:
    """What a run wrote, by name, and the secrets that it saw."""

    finished: Finished
    texts: dict[str, str]
    secrets: frozenset[str]


def _write(folder: Path, options: tuple[str, ...]) -> Written:
    canaries = folder.with_name(f"{folder.name}-canaries")
    finished = run(
        folder,
        "-p",
        "tests.plugins.canaries",
        f"--junitxml={folder}/junit.xml",
        f"--alluredir={folder}/allure",
        *options,
        env={"AUTHMARK_CANARIES": str(canaries)},
    )
    files = [path for path in folder.rglob("*") if path.is_file()]
    texts = {str(path.relative_to(folder)): path.read_text(errors="replace") for path in files}
    return Written(
        finished, {**texts, "the terminal": finished.output}, frozenset(canaries.read_text().splitlines())
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Written]]:
    folder = tmp_path_factory.mktemp("secrets")
    with ThreadPoolExecutor(max_workers=2) as pool:
        runs = {
            name: pool.submit(_write, folder / name.replace(" ", "-"), options)
            for name, options in RUNS.items()
        }
        yield lambda name: runs[name].result()


def forms(secret: str) -> set[str]:
    """The ways in which a secret can stand in a file."""
    data = secret.encode()
    inner = {base64.b64encode(data[skip : skip + (len(data) - skip) // 3 * 3]).decode() for skip in range(3)}
    return {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        quote(quote(secret, safe=""), safe=""),
        html.escape(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        data.hex(),
        *inner,
        *(text.replace("+", "-").replace("/", "_") for text in inner),
    }


SHORTEST = 12  # characters of a secret
WORD = re.compile(rf"[A-Za-z0-9._~%+/=-]{{{SHORTEST},}}")


def leaks(text: str, secrets: frozenset[str]) -> list[str]:
    """The secrets in a text. Most are one word, and a text has few different ones: those are searched."""
    whole = "\n".join((text, unquote(text), html.unescape(text)))
    words = "\n".join(set(WORD.findall(whole)))
    beginnings = {words[at : at + SHORTEST] for at in range(len(words) - SHORTEST + 1)}

    def holds(form: str) -> bool:
        if not WORD.fullmatch(form):
            return form in whole
        return form[:SHORTEST] in beginnings and form in words

    return [secret for secret in secrets if any(map(holds, forms(secret)))]


@pytest.mark.parametrize("name", RUNS)
def test_nothing_that_a_run_writes_holds_a_secret(written: Callable[[str], Written], name: str) -> None:
    made = written(name)
    assert made.finished.record is not None, made.finished.output
    assert len(made.secrets) > 300
    leaked = frozenset(leaks("\n".join(made.texts.values()), made.secrets))
    assert {place: found for place, text in made.texts.items() if (found := leaks(text, leaked))} == {}


@pytest.mark.parametrize("name", RUNS)
def test_every_kind_of_report_was_looked_at(written: Callable[[str], Written], name: str) -> None:
    kinds = {
        Path(place).name if "allure" not in place else Path(place).suffix for place in written(name).texts
    }
    assert kinds >= {
        "run.json",
        "certificate.html",
        "ledger.jsonl",
        "PK02.json",
        "junit.xml",
        ".json",
        ".txt",
    }


def test_the_runs_with_faults_have_findings_of_every_verdict(written: Callable[[str], Written]) -> None:
    assert {"passed", "failed", "blocked"} <= set(written("findings").finished.verdicts.values())


@pytest.mark.parametrize("name", RUNS)
def test_no_report_names_a_path_of_this_machine(written: Callable[[str], Written], name: str) -> None:
    places = [
        place for place, text in written(name).texts.items() if str(ROOT) in text and place != "the terminal"
    ]
    assert places == []


def test_a_secret_would_be_found() -> None:
    """The search itself, in each form that it looks for."""
    secret = "pa&ss wörd+/=0123"  # noqa: S105  nobody's
    for form in forms(secret):
        assert leaks(f"before {form} after", frozenset([secret])) == [secret]
    assert leaks("code=abcdefghijkl&", frozenset(["abcdefghijkl"])) == ["abcdefghijkl"]
    assert leaks("nothing of the kind here", frozenset([secret])) == []
