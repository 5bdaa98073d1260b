"""What a run costs: `python -m tests.benchmark` prints the figures. It proves nothing and fails for no figure.

Once on the embedded target as a user meets it, then on one that answers 50 ms later, one scenario after another and as
many at once as the harness chooses.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from tests.harness import reference, run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=50, metavar="MS")
    options = parser.parse_args()
    columns = [
        ("0 ms, serial", measured("--concurrency=1")),
        ("0 ms, as chosen", measured()),
        (f"{options.latency:g} ms, serial", measured("--concurrency=1", latency=options.latency)),
        (f"{options.latency:g} ms, as chosen", measured(latency=options.latency)),
    ]
    print(f"{'':38}" + "".join(f"{name:>20}" for name, _ in columns))
    for name in columns[0][1]:
        print(f"{name:38}" + "".join(f"{figures[name]:>20}" for _, figures in columns))


def measured(*arguments: str, latency: float = 0) -> dict[str, str]:
    """The figures of one run, by name."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        env = {"AUTHMARK_STOPWATCH": str(folder / "figures.json")}
        arguments = ("-p", "tests.plugins.stopwatch", *arguments)
        started = time.time()
        if latency:
            with reference(f"--latency={latency}", "--test-clock") as target:
                profile = target.profile(folder / "slow.toml")
                profile.write_text(
                    profile.read_text().replace(
                        "[claims]", 'clock_header = "X-Authmark-Clock"\n\n[claims]', 1
                    )
                )
                started = time.time()
                finished = run(folder / "out", f"--target={profile}", *arguments, env={**target.env, **env})
        else:
            finished = run(folder / "out", *arguments, env=env)
        wall = time.time() - started
        if finished.record is None or not (folder / "figures.json").exists():
            raise SystemExit(f"the run wrote no record:\n{finished.output}")
        figures = json.loads((folder / "figures.json").read_text())
    footer, results = finished.record["footer"], finished.record["results"]
    rows = finished.record["selection"]["collected"]
    scenarios = figures["last"] - figures["first"]
    return {
        "outcome": footer["outcome"],
        "requirements": str(len(results)),
        "rows": str(rows),
        "processes": str(figures["processes"]),
        "wall time of the whole run": f"{wall - figures['bare_seconds']:.2f} s",
        "start to first scenario": f"{figures['first'] - started:.2f} s",
        "time in scenarios": f"{scenarios:.2f} s",
        "exchanges": str(figures["exchanges"]),
        "bare replay, as many connections": f"{figures['bare_seconds']:.2f} s",
        "ratio of scenarios to bare replay": f"{scenarios / figures['bare_seconds']:.2f}",
        "harness cost a row": f"{(scenarios - figures['bare_seconds']) / rows * 1000:.1f} ms",
        "CPU seconds of the harness": f"{figures['cpu_seconds']:.1f} s",
        "auth requests a requirement": f"{footer['auth_requests'] / len(results):.2f}",
        "peak memory of the first process": f"{figures['peak_mib']:.0f} MiB",
        "memory of all processes": f"{figures['memory_mib']:.0f} MiB",
    }


if __name__ == "__main__":
    main()
