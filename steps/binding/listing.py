"""`authmark list` and `authmark explain ID`: what is asked of a target, without asking it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import steps.vocabulary
from reports.problem import nearest
from reports.requirement import Clause, Requirement, clause_of
from steps.binding.lint import Catalogue, catalogue
from steps.binding.plugin import FEATURES, modules_of
from steps.binding.vocabulary import Vocabulary, definitions_in

EXIT_USAGE = 4


def main(arguments: Sequence[str]) -> int:
    """Carries out `list` or `explain ID`; returns the exit code."""
    command, *words = arguments
    modules = [import_module(name) for name in modules_of(steps.vocabulary)]
    found = catalogue(
        FEATURES.parent, sorted(FEATURES.rglob("*.feature")), Vocabulary(definitions_in(modules))
    )
    if found.problems:
        return _refuse("\n".join(found.problems))
    if command == "list" and not words:
        print("\n".join(_line(each) for each in found.requirements))  # noqa: T201  a command's own output
        return 0
    if command == "explain" and len(words) == 1:
        return _explain(words[0], found)
    return _refuse("usage: authmark list | authmark explain ID")


def _explain(id_: str, found: Catalogue) -> int:
    by_id = {each.id: each for each in found.requirements}
    if id_ not in by_id:
        return _refuse(f"{id_} is no requirement; {nearest(id_, by_id, form='{}')}")
    requirement = by_id[id_]
    lines = [_line(requirement), *(f"  {each.title}: {each.url}" for each in _clauses(requirement)), ""]
    print("\n".join([*lines, *_scenario(id_)]))  # noqa: T201  a command's own output
    return 0


def _line(requirement: Requirement) -> str:
    return f"{requirement.id:6} {requirement.level:7} {requirement.severity:8} {requirement.title}"


def _clauses(requirement: Requirement) -> list[Clause]:
    return [clause for tag in requirement.clauses if (clause := clause_of(tag))]


def _scenario(id_: str) -> list[str]:
    """The scenario as it stands in its file, with the comment above it."""
    for path in sorted(FEATURES.rglob("*.feature")):
        lines = path.read_text(encoding="utf-8").splitlines()
        at = next((number for number, line in enumerate(lines) if f"@id:{id_} " in f"{line} "), None)
        if at is not None:
            return [f"{_place(path)}:{at + 1}", *_block(lines, at)]
    return []


def _block(lines: Sequence[str], at: int) -> list[str]:
    """From the comments above a scenario's tags to the line before the next scenario or rule."""
    start = at
    while start and lines[start - 1].lstrip().startswith("#"):
        start -= 1
    depth = len(lines[at]) - len(lines[at].lstrip())
    end = at + 1
    while end < len(lines) and not _begins_another(lines[end], depth):
        end += 1
    while not lines[end - 1].strip():
        end -= 1
    return [line[depth:] for line in lines[start:end]]


def _begins_another(line: str, depth: int) -> bool:
    text = line.lstrip()
    shallow = len(line) - len(text) <= depth
    return shallow and text.startswith(("@", "#", "Rule:"))


def _place(path: Path) -> str:
    return path.relative_to(FEATURES.parent).as_posix()


def _refuse(text: str) -> int:
    print(text, file=sys.stderr)  # noqa: T201  a command's own output
    return EXIT_USAGE
