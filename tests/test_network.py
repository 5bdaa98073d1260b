"""Trouble in the network says nothing about conformance: it is an error, and the run goes on."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from fixtures import ledger
from fixtures.http import Http, NetworkError
from tests.harness import Finished, Reference, reference, run
from tests.proxy import Proxy, Rule, Trouble, proxy

PKCE = ("features/browser/pkce.feature",)
TROUBLES: dict[str, Trouble] = {"PK03": "cut", "PK05": "half", "PK04": "hang", "PK12": "too-many"}


@pytest.fixture(scope="module")
def server() -> Iterator[Reference]:
    with reference("--test-clock") as started:
        yield started


def run_through(server: Reference, folder: Path, rule: Rule) -> tuple[Finished, Proxy]:
    """A run that speaks to the server through a proxy."""
    with proxy(server.base_url, rule) as between:
        profile = Reference(between.base_url, server.env, server.process).profile(
            folder / "profile.toml", ("[limits]", "[limits]\ntimeout_seconds = 3")
        )
        finished = run(
            folder / "out",
            f"--target={profile}",
            "--concurrency=1",  # the signpost shows one scenario
            "-p",
            "tests.plugins.signpost",
            env={**server.env, "AUTHMARK_SIGNPOST": str(folder / "signpost")},
            paths=PKCE,
        )
    return finished, between


def in_when(folder: Path, troubles: dict[str, Trouble]) -> Rule:
    """Trouble in the first request of a scenario's When."""
    left = dict(troubles)

    def rule(_method: str, _path: str) -> Trouble | None:
        signpost = folder / "signpost"
        id_, _, kind = signpost.read_text().partition(" ") if signpost.exists() else ("", "", "")
        return left.get(id_) if kind == "when" else None

    return rule


@pytest.fixture(scope="module")
def troubled(server: Reference, tmp_path_factory: pytest.TempPathFactory) -> tuple[Finished, Proxy]:
    folder = tmp_path_factory.mktemp("troubled")
    return run_through(server, folder, in_when(folder, TROUBLES))


def test_trouble_in_one_request_is_an_error_of_its_scenario_alone(troubled: tuple[Finished, Proxy]) -> None:
    finished, _ = troubled
    assert {id_ for id_, verdict in finished.verdicts.items() if verdict == "error"} == set(TROUBLES), (
        finished.output
    )
    assert {verdict for verdict in finished.verdicts.values() if verdict != "error"} == {"passed"}, (
        finished.output
    )


def test_a_run_with_trouble_is_incomplete_and_has_all_results(troubled: tuple[Finished, Proxy]) -> None:
    finished, _ = troubled
    assert (finished.code, finished.outcome) == (1, "incomplete"), finished.output
    assert finished.record is not None
    footer = finished.record["footer"]
    assert footer["collected"] == footer["reported"] == len(finished.record["results"])
    assert footer["left_behind"] == []


def test_no_request_is_sent_again(troubled: tuple[Finished, Proxy]) -> None:
    _, between = troubled
    assert sorted(trouble for _, _, trouble in between.troubled) == sorted(TROUBLES.values())


@pytest.mark.parametrize(
    ("id_", "words"),
    [("PK03", "disconnected"), ("PK05", "IncompleteRead|peer closed"), ("PK04", "ReadTimeout")],
)
def test_an_error_says_what_happened_and_keeps_the_exchange(
    troubled: tuple[Finished, Proxy], id_: str, words: str
) -> None:
    finished, _ = troubled
    result = finished.result(id_)
    assert result["kind"] is None
    assert re.search(words, result["reason"]), result["reason"]
    assert re.match(r"no answer to POST http://127.0.0.1:\d+/oauth2/token", result["reason"])
    assert finished.directory is not None
    last = json.loads((finished.directory / result["evidence"]).read_text())["examples"][-1]["exchanges"][-1]
    assert last["status"] is None
    assert last["error"]


def test_429_is_obeyed_shown_and_no_answer_to_a_requirement(troubled: tuple[Finished, Proxy]) -> None:
    finished, _ = troubled
    assert "waiting 1 s: the target answered 429 (too many requests)" in finished.output
    assert "was answered 429 (too many requests)" in finished.result("PK12")["reason"]


def test_a_server_that_dies_ends_the_run_which_says_so_once(server: Reference, tmp_path: Path) -> None:
    finished, between = run_through(server, tmp_path, in_when(tmp_path, {"PK03": "die"}))
    assert (finished.code, finished.outcome) == (1, "incomplete"), finished.output
    assert finished.record is not None
    ids = [row["id"] for row in finished.record["results"]]
    before, after = ids[: ids.index("PK03")], ids[ids.index("PK03") :]
    assert {finished.verdicts[id_] for id_ in before} == {"passed"}
    assert {finished.verdicts[id_] for id_ in after} <= {"error", "blocked"}
    assert len(after) <= 4, "PK03 got some answers, the next three none"
    assert len(finished.record["footer"]["unreported"]) > 5
    said = "the target gave no answer to 3 scenarios in a row; the run was stopped"
    assert finished.output.count(said) == 1, finished.output
    assert len(between.troubled) == 1
    assert "Traceback" not in finished.output
    assert "INTERNALERROR" not in finished.output


def test_what_cannot_be_cleaned_up_is_said_with_the_remedy(server: Reference, tmp_path: Path) -> None:
    finished, _ = run_through(server, tmp_path, in_when(tmp_path, {"PK01": "die"}))
    assert finished.directory is not None
    path = finished.directory / "ledger.jsonl"
    assert f"to try again: authmark cleanup {path}" in finished.output
    assert ledger.read(path).open_entries


def second_project(trouble: Trouble) -> Rule:
    asked: list[str] = []

    def rule(method: str, path: str) -> Trouble | None:
        if (method, path) == ("POST", "/fhir/R4/Project"):
            asked.append(path)
            return trouble if len(asked) == 2 else None
        return None

    return rule


def test_trouble_while_the_target_is_prepared_blocks_what_leans_on_it_and_is_undone(
    server: Reference, tmp_path: Path
) -> None:
    finished, _ = run_through(server, tmp_path, second_project("cut"))
    assert (finished.code, finished.outcome) == (1, "incomplete"), finished.output
    assert set(finished.verdicts.values()) == {"blocked"}
    assert finished.result("PK02")["reason"].startswith("no answer to POST "), finished.result("PK02")
    assert finished.record is not None
    assert finished.record["footer"]["left_behind"] == []
    assert "Traceback" not in finished.output


def test_a_server_that_dies_while_it_is_prepared_leaves_the_ledger(server: Reference, tmp_path: Path) -> None:
    finished, _ = run_through(server, tmp_path, second_project("die"))
    assert (finished.code, finished.outcome) == (1, "incomplete"), finished.output
    assert "Traceback" not in finished.output
    (path,) = (tmp_path / "out").glob("2*/ledger.jsonl")
    assert f"authmark cleanup {path}" in finished.output
    assert "Project" in {entry.kind for entry in ledger.read(path).open_entries}


# ----- one request


def test_a_connection_that_cannot_be_made_is_tried_once_more() -> None:
    """The handshake of TLS fails here, which is part of making a connection."""
    accepted: list[int] = []

    def accept(listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            accepted.append(1)
            connection.close()

    with ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        threading.Thread(target=accept, args=[listening], daemon=True).start()
        url = f"https://localhost:{listening.getsockname()[1]}/"
        http = stack.enter_context(closing(Http(origins=[url])))
        with pytest.raises(NetworkError, match="no answer to GET https://localhost"):
            http.session().send("GET", url)
        listening.shutdown(socket.SHUT_RDWR)
    assert len(accepted) == 2
