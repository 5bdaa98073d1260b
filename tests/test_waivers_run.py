"""Known deviations through the front door: they excuse what they name, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.harness import Finished, run, selecting

# Two critical findings of kind accepted, and one warning of it.
FAULTS = (
    "--fault=pkce-missing-verifier-accepted",
    "--fault=pkce-empty-verifier-accepted",
    "--fault=pkce-plain-accepted",
)
PKCE = ("features/browser/pkce.feature",)
SELECTED = selecting(["PK01", "PK03", "PK04", "PK07", "PK10"])


def entry(id_: str, kind: str = "accepted", expires: str = "2999-12-31") -> str:
    named = f'[[deviation]]\nid = "{id_}"\nkind = "{kind}"\n'
    return f'{named}reason = "Ticket 4711."\nowner = "Jo"\nexpires = {expires}\n'


ALL = entry("PK03") + entry("PK04")
FILES = {
    "all": ALL,
    "all and the warning": ALL + entry("PK07"),
    "one": entry("PK03"),
    "stale": ALL + entry("PK10", "refused"),
    "of another kind": entry("PK03") + entry("PK04", "wrong-error"),
    "expired": entry("PK03") + entry("PK04", expires="2020-01-31"),
    "not selected": ALL + entry("PK02"),
    "in parallel": ALL,
    "whole": entry("PK04"),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Finished]]:
    folder = tmp_path_factory.mktemp("waivers")

    def start(name: str) -> Finished:
        file = folder / f"{name}.toml"
        file.write_text(FILES[name])
        if name == "whole":
            return run(folder / name, FAULTS[1], f"--deviations={file}")
        workers = ("-n2",) if name == "in parallel" else ()
        return run(folder / name, *FAULTS, *SELECTED, *workers, f"--deviations={file}", paths=PKCE)

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        started = {name: pool.submit(start, name) for name in FILES}
        yield lambda name: started[name].result()


def problems(finished: Finished) -> list[str]:
    assert finished.record is not None, finished.output
    return list(finished.record["footer"]["waivers"]["problems"])


@pytest.mark.parametrize("name", ["all", "not selected", "in parallel"])
def test_waived_findings_do_not_fail_a_run(runs: Callable[[str], Finished], name: str) -> None:
    """Nor does an entry for a requirement that was not asked."""
    finished = runs(name)
    assert (finished.code, finished.outcome) == (0, "partial"), finished.output
    assert [finished.result(id_)["verdict"] for id_ in ("PK03", "PK04", "PK07")] == [
        "failed",
        "failed",
        "warning",
    ]
    assert [finished.result(id_)["waived"] for id_ in ("PK03", "PK04", "PK07")] == [True, True, False]
    assert problems(finished) == []
    assert any(line.split()[:2] == ["PK03", "waived"] for line in finished.output.splitlines())


def test_a_warning_can_be_waived_too(runs: Callable[[str], Finished]) -> None:
    finished = runs("all and the warning")
    assert (finished.code, finished.outcome) == (0, "partial"), finished.output
    assert finished.result("PK07")["waived"]


def test_a_finding_without_an_entry_fails_the_run(runs: Callable[[str], Finished]) -> None:
    finished = runs("one")
    assert (finished.code, finished.outcome) == (1, "partial"), finished.output
    assert (finished.result("PK03")["waived"], finished.result("PK04")["waived"]) == (True, False)


@pytest.mark.parametrize(
    ("name", "id_", "says"),
    [
        ("stale", "PK10 refused (owner Jo, until 2999-12-31)", "did not happen, the requirement passed"),
        (
            "of another kind",
            "PK04 wrong-error (owner Jo, until 2999-12-31)",
            "another kind was seen, accepted",
        ),
        ("expired", "PK04 accepted (owner Jo, until 2020-01-31)", "has expired"),
    ],
)
def test_an_entry_that_does_not_hold_fails_the_run_by_name(
    runs: Callable[[str], Finished], name: str, id_: str, says: str
) -> None:
    finished = runs(name)
    assert (finished.code, finished.outcome) == (1, "partial"), finished.output
    (problem,) = problems(finished)
    assert problem.startswith(f"{id_}: {says}")
    assert f"waiver does not hold: {problem}" in finished.output


def test_a_whole_run_with_waivers_says_so(runs: Callable[[str], Finished]) -> None:
    finished = runs("whole")
    assert (finished.code, finished.outcome) == (0, "conformant-with-waivers"), finished.output
    assert "conformant with waivers - 1 waived" in finished.output


def test_the_certificate_shows_who_answers_for_a_waiver(runs: Callable[[str], Finished]) -> None:
    directory = runs("whole").directory
    assert directory is not None
    page = (directory / "certificate.html").read_text()
    assert "Ticket 4711." in page
    assert "conformant with waivers" in page.lower()
