"""`python -m reports render DIR`: write the reports of a run again, also of one that was killed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from reports import certificate, journal, record, wording
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
    again = commands.add_parser(
        "render", help="write the reports of a run again, also of one that was killed"
    )
    again.add_argument("directory", type=Path, metavar="DIR", help="the folder of the run")
    commands.add_parser("schema", help="write run.schema.json, the schema of run.json, from the types")
    options = parser.parse_args(arguments)
    if options.command == "schema":
        record.SCHEMA.write_text(record.schema(), encoding="utf-8")
        return 0
    try:
        return _render(options.directory)
    except journal.RecordError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"{options.directory} cannot take the reports: {error.strerror}", file=sys.stderr)
    return EXIT_USAGE


def _render(directory: Path) -> int:
    made = render(directory, journal.read(directory))
    print(f"{made.header.target.name}: {wording.words(made.outcome)}")
    print(directory / certificate.FILE_NAME)
    return 0


if __name__ == "__main__":
    sys.exit(main())
