"""No server breaks the harness: whatever it sends, the run ends in bounded time and memory with a whole record."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from fixtures import ledger
from tests.harness import ROOT, Finished, Reference, clean_environment, command, finished, reference
from tests.hostile import BEHAVIOURS, Asked, Hostile, Rule, hostile

FEATURES = (
    "features/browser/pkce.feature",
    "features/browser/pkce_optional.feature",
    "features/browser/authorization_code.feature",
    "features/tokens/token_endpoint.feature",
    "features/tokens/bearer.feature",
)
MOST_MIB = 250
MOST_SECONDS = 120  # until a run is given up; it takes a few

# What can be read, however odd: such an answer is judged, and may be a finding.
LEGIBLE = {
    "a lone surrogate",
    "a list",
    "a list of lists",
    "a number of 10,000 digits",
    "not a number",
    "escape sequences",
    "bytes that are no text",
    "HTML that is none",
    "a status that is none",
    "a body just within the limit",
    "a token of 8 MB",
    "words without end",
    "the beginning of a JWT 66,000 times",
    "a redirect to another origin",
    "a redirect to itself",
    "a redirect to no address",
    "503",
    "a line break in a header",
}
# Of these the answers of 4xx, which are a refusal where a clause does not say how to refuse.
REFUSING = {
    "a lone surrogate",
    "a list of lists",
    "a number of 10,000 digits",
    "escape sequences",
    "bytes that are no text",
    "a body just within the limit",
    "words without end",
    "the beginning of a JWT 66,000 times",
    "a line break in a header",
}
FOR_SIGN_IN = {name for name in BEHAVIOURS if re.search(r"form|button|base of|page", name)}
WAITING = {name for name in BEHAVIOURS if name.startswith("429")}
UNREAD = [name for name in BEHAVIOURS if name not in FOR_SIGN_IN | WAITING | LEGIBLE]
# A target that gives no answer to three scenarios in a row ends the run, so what can be read comes in between.
IN_WHEN = [name for pair in zip_longest(UNREAD, sorted(LEGIBLE)) for name in pair if name]


@pytest.fixture(scope="module")
def server() -> Iterator[Reference]:
    with reference("--test-clock") as started:
        yield started


@dataclass(frozen=True)
class Bounded:
    """A run with the most memory that it held."""

    finished: Finished
    mib: int


def run_bounded(out: Path, *arguments: str, env: Mapping[str, str], paths: tuple[str, ...]) -> Bounded:
    """A run whose memory is measured, and which is killed where it does not end."""
    memory = out.parent / "memory"
    done = subprocess.run(
        command(out, "-p", "tests.plugins.memory", *arguments, paths=paths),
        cwd=ROOT,
        env={**clean_environment(), **env, "AUTHMARK_MEMORY": str(memory)},
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
        timeout=MOST_SECONDS,
    )
    return Bounded(finished(out, done.returncode, done.stdout + done.stderr), int(memory.read_text()))


def run_against(
    server: Reference, folder: Path, rule: Rule, *arguments: str, paths: tuple[str, ...] = FEATURES
) -> tuple[Bounded, Hostile]:
    with hostile(rule, server.base_url) as between:
        profile = Reference(between.base_url, server.env, server.process).profile(
            folder / "profile.toml", ("[limits]", "[limits]\ntimeout_seconds = 1")
        )
        ended = run_bounded(
            folder / "out",
            f"--target={profile}",
            "--concurrency=1",  # the signpost shows one scenario
            "-p",
            "tests.plugins.signpost",
            *arguments,
            env={**server.env, "AUTHMARK_SIGNPOST": str(folder / "signpost")},
            paths=paths,
        )
    return ended, between


def in_when(folder: Path, names: list[str], given: dict[str, str]) -> Rule:
    """In the When of each scenario another behaviour; `given` notes which got which."""
    left = list(names)

    def rule(_: Asked) -> str | None:
        signpost = folder / "signpost"
        id_, _, kind = signpost.read_text().partition(" ") if signpost.exists() else ("", "", "")
        if kind != "when":
            return None
        if id_ not in given and left:
            given[id_] = left.pop(0)
        return given.get(id_)

    return rule


@dataclass(frozen=True)
class Result:
    """One run in which every scenario met another behaviour."""

    bounded: Bounded
    between: Hostile
    given: dict[str, str]  # requirement -> behaviour

    @property
    def finished(self) -> Finished:
        return self.bounded.finished


@pytest.fixture(scope="module")
def met(server: Reference, tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder, given = tmp_path_factory.mktemp("met"), {}
    bounded, between = run_against(server, folder, in_when(folder, IN_WHEN, given))
    return Result(bounded, between, given)


def test_a_hostile_answer_is_an_error_of_its_scenario_alone(met: Result) -> None:
    assert sorted(met.given.values()) == sorted(IN_WHEN), "there are scenarios enough"
    verdicts = met.finished.verdicts
    assert {
        id_: verdicts[id_]
        for id_ in verdicts
        if id_ not in met.given and verdicts[id_] not in ("passed", "not-tested")
    } == {}
    unread = {behaviour: verdicts[id_] for id_, behaviour in met.given.items() if behaviour not in LEGIBLE}
    assert {behaviour: verdict for behaviour, verdict in unread.items() if verdict != "error"} == {}
    served = {id_: name for id_, name in met.given.items() if name in LEGIBLE - REFUSING}
    assert {id_: name for id_, name in served.items() if verdicts[id_] == "passed"} == {}


def test_no_error_is_called_a_defect_of_the_harness(met: Result) -> None:
    assert met.finished.record is not None
    blamed = {met.given.get(row["id"]): row["reason"] for row in met.finished.record["results"]}
    assert {name: why for name, why in blamed.items() if "harness defect" in why} == {}


def test_its_record_is_whole(met: Result) -> None:
    assert (met.finished.code, met.finished.outcome) == (1, "partial"), met.finished.output
    assert met.finished.record is not None
    assert met.finished.directory is not None
    footer = met.finished.record["footer"]
    assert footer["collected"] == footer["reported"] == len(met.finished.record["results"])
    assert footer["left_behind"] == []
    for row in met.finished.record["results"]:
        assert json.loads((met.finished.directory / row["evidence"]).read_text())["examples"]
    assert (met.finished.directory / "certificate.html").read_text().rstrip().endswith("</html>")
    assert not re.search("Traceback|INTERNALERROR|Warning", met.finished.output)


def test_its_memory_is_bounded(met: Result) -> None:
    assert met.bounded.mib < MOST_MIB


def test_nothing_is_sent_to_strangers_and_nothing_leaks(met: Result) -> None:
    assert met.between.strangers == []
    assert met.finished.directory is not None
    written = [path.read_text() for path in met.finished.directory.rglob("*") if path.is_file()]
    for secret in secrets_sent(met.between):
        assert not any(secret in text for text in (*written, met.finished.output)), secret


def test_what_was_made_is_removed(met: Result) -> None:
    assert met.finished.directory is not None
    assert ledger.read(met.finished.directory / "ledger.jsonl").open_entries == ()


def secrets_sent(between: Hostile) -> set[str]:
    """What only the harness and the target may know, as it stood in requests."""
    secret = {"client_secret", "password", "code", "code_verifier", "refresh_token"}
    found = set()
    for asked in between.asked:
        found.add(asked.headers.get("authorization", "").removeprefix("Bearer "))
        if "form" in asked.headers.get("content-type", ""):
            found |= {value for name, value in parse_qsl(asked.body.decode()) if name in secret}
        elif asked.body.startswith(b"{"):
            found |= {value for name, value in json.loads(asked.body).items() if name == "password"}
    return {each for each in found if len(each) > 15 and len(set(each)) > 1}  # a made-up code is one letter
