"""Mutate the reference target and see what the scenarios notice: `python -m tests.mutants --sample 300 --seed 1`.

A mutant is *killed* where a requirement deviates, *incomplete* where scenarios are blocked or broken and none
deviates, and has *survived* where all passed. What no request runs (faults, the start) is not in the sample.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from tests.harness import ROOT
from tests.mutants.operators import Mutant, mutants_of
from tests.proof import Proof

SOURCE = ROOT / "fixtures" / "reference"
#: The program around the server, and what only faults come to.
LEFT_ALONE = (
    "__main__.py",
    "app.py",
    "clock.py",
    "latency.py",
    "rate_limit.py",
    "oauth/rogue_grants.py",
    "faults/*",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--sample", type=int, default=300, metavar="N", help="how many; 0: all")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--file", default="", metavar="PART", help="only of files with this in their path")
    options = parser.parse_args()
    started = time.time()
    everything = [mutant for mutant in all_mutants() if options.file in mutant.file]
    draw = random.Random(options.seed)  # noqa: S311  a sample, no secret
    chosen = draw.sample(everything, min(options.sample or len(everything), len(everything)))
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder, "mutants.json")
        listed.write_text(json.dumps([asdict(mutant) for mutant in chosen]))
        proof = Proof(Path(folder), env={"AUTHMARK_MUTANTS": str(listed)}, until_seen=True)
        reached = [mutant for mutant in chosen if mutant.name in proof.reached]
        proof.start([mutant.name for mutant in reached])
        fates: dict[str, list[Mutant]] = {"killed": [], "incomplete": [], "survived": []}
        for mutant in sorted(reached, key=lambda it: (it.file, it.line)):
            fate = fate_of(proof, mutant)
            fates[fate].append(mutant)
            if fate != "killed":
                print(f"{fate}: {mutant}", flush=True)
        figures = proof.close()
    not_run = [mutant for mutant in chosen if mutant not in reached]
    for place, number in sorted(Counter(f"{mutant.file}: {mutant.place}" for mutant in not_run).items()):
        print(f"run by no scenario: {place} ({number})")
    tally = {fate: len(mutants) for fate, mutants in fates.items()}
    print(f"mutants: {len(everything)}, sample: {len(chosen)} (seed {options.seed}), not run: {len(not_run)}")
    score = tally["killed"] / max(1, len(reached))
    print(", ".join(f"{fate}: {number}" for fate, number in tally.items()) + f", score: {score:.1%}")
    print(f"{figures.replace('fault', 'mutant')}, wall seconds: {time.time() - started:.0f}")
    return 0


def all_mutants() -> list[Mutant]:
    """Every mutant of the reference target, in the order of its files."""
    left_alone = {path for pattern in LEFT_ALONE for path in SOURCE.glob(pattern)}
    return [
        mutant
        for path in sorted(SOURCE.rglob("*.py"))
        if path not in left_alone
        for mutant in mutants_of(ROOT, path)
    ]


def fate_of(proof: Proof, mutant: Mutant) -> str:
    try:
        outcome = proof.of(mutant.name)
    except AssertionError as problem:
        print(f"{mutant.name}: {str(problem).splitlines()[0]}")
        return "incomplete"
    if outcome.deviating:
        return "killed"
    return "incomplete" if outcome.unjudged or outcome.output.startswith("preparing") else "survived"


if __name__ == "__main__":
    sys.exit(main())
