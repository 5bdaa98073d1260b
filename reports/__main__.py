"""`python -m reports COMMAND`: what can be done with the folder of a run when the run is over."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from reports import certificate, journal, record, waive, wording
from reports.render import render

EXIT_USAGE = 4


class _Parser(argparse.ArgumentParser):
    """Ends with 4, not 2, where the command line is wrong."""

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        super().exit(EXIT_USAGE if status else 0, message)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = _Parser(prog="python -m reports")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command, said in (
        ("render", _render, "write the reports of a run again, also of one that was killed"),
        ("waive", _waive, "write a deviations file of what a run found, for you to fill in"),
    ):
        added = commands.add_parser(name, help=said)
        added.add_argument("directory", type=Path, metavar="DIR", help="the folder of the run")
        added.set_defaults(run=command)
    commands.choices["waive"].add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="where to write it (default: DIR/deviations.toml)"
    )
    schema = commands.add_parser(
        "schema", help="write run.schema.json, the schema of run.json, from the types"
    )
    schema.set_defaults(run=_schema)
    options = parser.parse_args(arguments)
    try:
        code: int = options.run(options)
    except journal.RecordError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or options.directory}: {error.strerror}", file=sys.stderr)
    else:
        return code
    return EXIT_USAGE


def _render(options: argparse.Namespace) -> int:
    made = render(options.directory, journal.read(options.directory))
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


def _schema(_: argparse.Namespace) -> int:
    record.SCHEMA.write_text(record.schema(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
