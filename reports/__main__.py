"""`authmark COMMAND`, or `python -m reports COMMAND`: what can be done with a run's folder when the run is over."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from reports import certificate, journal, record, seal, waive, wording
from reports.problem import UsageProblem
from reports.render import render
from reports.verdict import counts_of

EXIT_PROBLEMS, EXIT_USAGE = 1, 4


class _Parser(argparse.ArgumentParser):
    """Ends with 4, not 2, where the command line is wrong."""

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        super().exit(EXIT_USAGE if status else 0, message)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = _Parser(prog="authmark")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command, said in (
        ("render", _render, "write the reports of a run again, also of one that was killed"),
        ("waive", _waive, "write a deviations file of what a run found, for you to fill in"),
        (
            "verify",
            _verify,
            "check that a run's folder is what it was, and that its verdicts follow from its rows",
        ),
        ("sign", _sign, "sign the seal of a run's folder"),
    ):
        added = commands.add_parser(name, help=said)
        added.add_argument("directory", type=Path, metavar="DIR", help="the folder of the run")
        added.set_defaults(run=command)
    commands.choices["waive"].add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="where to write it (default: DIR/deviations.toml)"
    )
    commands.choices["verify"].add_argument(
        "--key", type=Path, metavar="PEM", help="the public key of whoever signed it"
    )
    commands.choices["sign"].add_argument("key", type=Path, metavar="KEY", help="a private Ed25519 key (PEM)")
    schema = commands.add_parser(
        "schema", help="write run.schema.json, the schema of run.json, from the types"
    )
    schema.set_defaults(run=_schema)
    options = parser.parse_args(arguments)
    try:
        code: int = options.run(options)
    except (journal.RecordError, UsageProblem) as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or options.directory}: {error.strerror}", file=sys.stderr)
    else:
        return code
    return EXIT_USAGE


def _render(options: argparse.Namespace) -> int:
    made = render(options.directory, journal.read(options.directory))
    if not (options.directory / seal.SUMS).exists():
        seal.write(options.directory)
    print(f"{made.header.target.name}: {wording.words(made.outcome)}")
    print(options.directory / certificate.FILE_NAME)
    return 0


def _waive(options: argparse.Namespace) -> int:
    file = options.file or options.directory / "deviations.toml"
    text = waive.written(journal.read(options.directory))
    entries = text.count("[[deviation]]")
    if not entries:
        print("nothing to waive")
        return 0
    with file.open("x", encoding="utf-8") as opened:
        opened.write(text)
    number = f"{entries} entries" if entries > 1 else "1 entry"
    print(f"{file}: {number}; fill in each reason and owner, then run with --deviations {file}")
    return 0


def _verify(options: argparse.Namespace) -> int:
    key = seal.public_key(options.key) if options.key else None
    problems = seal.problems_of(options.directory, key)
    for problem in problems:
        print(f"{options.directory}: {problem}", file=sys.stderr)
    made = record.derive(journal.read(options.directory))
    counted = counts_of(result.verdict for result in made.results)
    counts = ", ".join(f"{number} {wording.words(verdict)}" for verdict, number in counted.items() if number)
    print(
        f"{made.header.target.name}, run {made.header.run}: its rows give {wording.words(made.outcome)} ({counts})"
    )
    if key is not None and not problems:
        print(f"signed by {seal.fingerprint(key)}")
    elif key is None:
        signed = (
            "signed, but by whom was not checked (--key)"
            if seal.is_signed(options.directory)
            else "not signed"
        )
        print(f"{signed}: whoever had the folder may have changed all of it together")
    return EXIT_PROBLEMS if problems else 0


def _sign(options: argparse.Namespace) -> int:
    key = seal.private_key(options.key)
    if problems := seal.problems_of(options.directory):
        print(f"{options.directory}: not signed, for {problems[0]}", file=sys.stderr)
        return EXIT_PROBLEMS
    seal.sign(options.directory, key)
    print(f"{options.directory / seal.SIGNATURE}: signed by {seal.fingerprint(key.public_key())}")
    return 0


def _schema(_: argparse.Namespace) -> int:
    record.SCHEMA.write_text(record.schema(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
