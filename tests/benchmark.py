"""What a run costs: `python -m tests.benchmark` prints the figures. It proves nothing and fails for no figure."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

from tests.harness import run


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        figures_file = Path(folder) / "figures.json"
        started = time.time()
        finished = run(
            Path(folder) / "out",
            "-p",
            "tests.plugins.stopwatch",
            env={"AUTHMARK_STOPWATCH": str(figures_file)},
        )
        wall = time.time() - started
        if finished.record is None or not figures_file.exists():
            raise SystemExit(f"the run wrote no record:\n{finished.output}")
        figures = json.loads(figures_file.read_text())
    footer, results = finished.record["footer"], finished.record["results"]
    items = finished.record["header"]["selection"]["collected"]
    # The scenarios alone: what the run took, less its start and less the bare replay that came after.
    scenarios = sum(row["duration_ms"] for row in results) / 1000
    rows = [
        ("outcome", footer["outcome"], ""),
        ("requirements", len(results), ""),
        ("scenarios, with the rows of outlines", items, ""),
        ("wall time of the whole run", f"{wall - figures['bare_seconds']:.2f}", "s"),
        ("exchanges of the scenarios", figures["exchanges"], ""),
        ("time in scenarios", f"{scenarios:.2f}", "s"),
        ("the same exchanges replayed bare", f"{figures['bare_seconds']:.2f}", "s"),
        ("ratio of scenarios to bare replay", f"{scenarios / figures['bare_seconds']:.2f}", ""),
        (
            "harness cost for each scenario",
            f"{(scenarios - figures['bare_seconds']) / items * 1000:.1f}",
            "ms",
        ),
        ("auth requests for each requirement", f"{footer['auth_requests'] / len(results):.2f}", ""),
        ("start to first scenario", f"{figures['first'] - started:.2f}", "s"),
        ("peak memory of the harness", f"{figures['peak_mib']:.0f}", "MiB"),
    ]
    for name, value, unit in rows:
        print(f"{name:36} {value} {unit}".rstrip())


if __name__ == "__main__":
    main()
