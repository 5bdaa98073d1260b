"""Who tests the tests: every requirement can fail, and every fault is seen by exactly what it names.

    uv run pytest tests/test_faults.py --exact            all faults, each against all requirements: as CI does at night
    uv run pytest tests/test_faults.py                    all faults, each against those that it names or blocks, and a
                                                          tenth of the others whose requests ask for it
    uv run pytest tests/test_faults.py -k pkce-verifier   the faults of that name: exact, against all requirements
    uv run pytest tests/test_faults.py -k PK02            one requirement, against all faults

How the proof is made says `tests.plugins.prover`. At the end it tells what it cost.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import FIGURES
from tests.harness import ROOT, run
from tests.proof import Proof, listed_faults

FAULTS = listed_faults()
# What these faults say of the server is believed from the preflight on, so each is proven by a whole run.
BELIEVED = ("metadata-issuer-with-query", "metadata-of-another-address", "keys-not-offered")
UNJUDGED = {"blocked", "not-applicable"}
IDS = sorted(
    id_
    for path in (ROOT / "features").rglob("*.feature")
    for id_ in re.findall(r"@id:(\w+)", path.read_text())
)


@pytest.fixture(scope="module")
def proof(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proof]:
    selected = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    faults = [params["fault"] for params in selected if "fault" in params]
    enough = 1 if len(faults) == 1 else os.cpu_count()
    is_exact = request.config.getoption("--exact") or len(faults) < len(FAULTS)
    sure = {name: [*row["requirements"], *row["blocks"]] for name, row in FAULTS.items()}
    folder = tmp_path_factory.mktemp("proof")
    made = Proof(folder, alone=BELIEVED, provers=enough, sure=None if is_exact else sure)
    made.start(faults)
    yield made
    request.config.stash[FIGURES] = made.close()


def test_the_reference_target_without_a_fault_passes_all(proof: Proof) -> None:
    assert set(proof.baseline.verdicts.values()) == {"passed"}


def test_every_requirement_has_a_fault(proof: Proof) -> None:
    named = {id_ for fault in FAULTS.values() for id_ in fault["requirements"]}
    assert set(proof.baseline.verdicts) - named == set()


def test_every_fault_names_requirements_that_exist() -> None:
    assert {name: ids for name, row in FAULTS.items() if (ids := set(row["requirements"]) - set(IDS))} == {}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_seen_by_exactly_what_it_names(proof: Proof, fault: str) -> None:
    """What a fault `blocks` has lost its control, or its object: it is not judged at all, and is no proof of it."""
    outcome = proof.of(fault)
    assert outcome.deviating == set(FAULTS[fault]["requirements"]), outcome.output
    assert set(outcome.unjudged) == set(FAULTS[fault]["blocks"]), outcome.output
    assert set(outcome.unjudged.values()) <= UNJUDGED, outcome.output


@pytest.mark.parametrize("id_", IDS)
def test_a_requirement_sees_exactly_the_faults_that_name_it(proof: Proof, id_: str) -> None:
    """The same table from the other side, for a new requirement; where all faults are proven it costs nothing."""
    naming = {name for name, row in FAULTS.items() if id_ in row["requirements"]}
    blocking = {name for name, row in FAULTS.items() if id_ in row["blocks"]}
    touching = sorted(proof.touching(id_) | naming | blocking)
    proof.start(touching, id_)
    seen = {fault: proof.of(fault, id_).verdicts[id_] for fault in touching}
    assert {fault for fault, verdict in seen.items() if verdict in ("failed", "warning")} == naming
    assert {fault for fault, verdict in seen.items() if verdict in UNJUDGED} == blocking
    assert set(seen.values()) <= {"passed", "failed", "warning", *UNJUDGED}


def test_a_run_of_its_own_finds_the_same(proof: Proof, tmp_path: Path) -> None:
    """A fault that acts when the target starts is proven by a whole run; here one that could do without."""
    finished = run(tmp_path, "--fault", "pkce-verifier-ignored")
    assert finished.verdicts == proof.of("pkce-verifier-ignored").verdicts
