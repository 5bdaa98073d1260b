"""The command `authmark`: a run by default, and beside it what is done before and after one.

In a checkout it stands beside `features/`; in a wheel it is the package that holds them. Either way that folder is put
before all others on the path, where `steps`, `fixtures` and `reports` are found.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

HOME = Path(__file__).resolve().parent
FEATURES = HOME / "features"
EXIT_USAGE = 4

# What is done beside a run: the module whose `main` does it, and what it is for.
COMMANDS = {
    "list": ("steps.binding.listing", "all requirements: id, level, severity, title"),
    "explain": ("steps.binding.listing", "one requirement: its scenario and its clauses"),
    "faults": ("fixtures.reference.__main__", "what the embedded reference target can be broken by"),
    "init": ("fixtures.init", "write a profile of a server, from what it says of itself"),
    "cleanup": ("fixtures.cleanup", "remove what a killed or kept run left on its target"),
    "render": ("reports.__main__", "write the reports of a run again, also of one that was killed"),
    "waive": ("reports.__main__", "write a deviations file of what a run found, for you to fill in"),
    "verify": ("reports.__main__", "check that a run's folder is what it was, and that its verdicts follow"),
    "sign": ("reports.__main__", "sign the seal of a run's folder"),
}
# Options of pytest that a run takes as well; every other may stand after `--`.
OF_PYTEST = {
    "-k": {"metavar": "ID", "help": 'select by requirement id or title, such as "PK02 or AC01"'},
    "-m": {
        "metavar": "MARK",
        "help": "select by tag, such as \"level(name='must')\" or \"spec(doc='rfc7636')\"",
    },
    "-n": {"metavar": "N", "help": "so many processes"},
    "-v": {"action": "count", "help": "one line for each scenario"},
    "-q": {"action": "count", "help": "less"},
    "--collect-only": {"action": "store_true", "help": "say what would be run"},
    "--junitxml": {"metavar": "FILE", "help": "write JUnit as well"},
    "--alluredir": {"metavar": "DIR", "help": "write Allure results as well"},
    "--maxfail": {"metavar": "N", "help": "stop after so many findings"},
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Carries out a command line; returns the exit code (0 good, 1 findings or incomplete, 4 wrong usage)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if str(HOME) not in sys.path:
        sys.path.insert(0, str(HOME))
    if words and words[0] in COMMANDS:
        carry_out: Callable[[list[str]], int] = import_module(COMMANDS[words[0]][0]).main
        return carry_out(words)
    asked = _asked(words)
    import pytest  # noqa: PLC0415  a wrong command line does not wait for it

    return int(pytest.main(asked))


def _asked(words: Sequence[str]) -> list[str]:
    """A run as pytest is asked for it, from whatever folder the command is called in."""
    at = words.index("--") if "--" in words else len(words)
    parser = _parser()
    given = parser.parse_args(words[:at])
    asked = ["--config-file", str(HOME / "pyproject.toml"), "--rootdir", str(HOME)]
    asked += ["-p", "no:cacheprovider", "--assert=plain"]  # an installed package is no place to write to
    for action in parser._actions:  # noqa: SLF001  argparse lists its options nowhere else
        value, name = getattr(given, action.dest, None), (action.option_strings or [""])[0]
        if not name or value in (None, False):
            continue
        if action.nargs == 0:
            asked += [name] * int(value)
        else:
            for each in value if isinstance(value, list) else [value]:
                asked += [f"{name}={each}"] if name.startswith("--") else [name, each]
    places = [_place(word, parser) for word in given.places]
    return [*asked, *(places or [str(FEATURES)]), *words[at + 1 :]]


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong and ends with 4, as every wrong usage does."""

    def error(self, message: str) -> NoReturn:
        print(f"authmark: {message}", file=sys.stderr)  # noqa: T201  a command's own output
        sys.exit(EXIT_USAGE)

    def parse_args(self, words: Sequence[str]) -> argparse.Namespace:  # type: ignore[override]  # one way of calling
        given, unknown = self.parse_known_args(words)
        if unknown:
            known = [name for action in self._actions for name in action.option_strings]
            near = difflib.get_close_matches(unknown[0].partition("=")[0], known, n=1)
            hint = f"did you mean {near[0]}?" if near else "see authmark --help; pytest's own stand after --"
            self.error(f"{unknown[0]} is unknown; {hint}")
        return given


def _parser() -> _Parser:
    from fixtures.options import OPTIONS  # noqa: PLC0415  found only once the path is set

    others = "\n".join(f"  authmark {name:<8} {what}" for name, (_, what) in COMMANDS.items())
    parser = _Parser(
        prog="authmark",
        description="Holds an authentication server to its promises; by default the embedded reference target.",
        epilog=f"beside a run:\n{others}\n\nWhat stands after -- goes to pytest as it is.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "places",
        nargs="*",
        metavar="PLACE",
        help="features: a folder or file, such as tokens or browser/pkce.feature",
    )
    for name, settings in [*OPTIONS.items(), *OF_PYTEST.items()]:
        parser.add_argument(name, **settings)
    return parser


def _place(word: str, parser: _Parser) -> str:
    """A folder or file of features as the user wrote it, as a path that pytest understands."""
    path, separator, id_ = word.partition("::")
    for base in (Path.cwd(), HOME, FEATURES):
        found = (base / path).resolve()
        if found.exists() and found.is_relative_to(FEATURES):
            return f"{found}{separator}{id_}"
    known = sorted(
        each.relative_to(FEATURES).as_posix()
        for each in FEATURES.rglob("*")
        if each.suffix in ("", ".feature")
    )
    near = difflib.get_close_matches(path.removeprefix("features/"), known, n=1)
    folders = ", ".join(each for each in known if "/" not in each)
    hint = f"did you mean {near[0]}?" if near else f"there are {folders}, and the files in them"
    return parser.error(f"{word} is neither an option's value nor a place in features/; {hint}")


if __name__ == "__main__":
    sys.exit(main())
