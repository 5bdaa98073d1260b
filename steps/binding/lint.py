"""What is wrong with the features, all at once, before anything runs.

pytest-bdd drops the earlier of two scenarios of one name, passes an async step without running it, takes either of
two matching definitions and finds an undefined step only when it is reached. Each of these would be a false pass.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from gherkin.errors import CompositeParserException, ParserException
from gherkin.parser import Parser
from gherkin.pickles.compiler import Compiler
from pytest_bdd.parsers import StepParser
from pytest_bdd.steps import step_function_context_registry

from reports.requirement import Requirement, requirement_of

_STEP_TYPES = {"Context": "given", "Action": "when", "Outcome": "then"}


@dataclass(frozen=True)
class StepDefinition:
    """A step of the vocabulary: what it matches, the keyword it belongs to (None: any) and where it stands."""

    parser: StepParser
    type: str | None
    where: str
    is_async: bool

    def matches(self, type_: str, text: str) -> bool:
        """Whether pytest-bdd would take this definition for a step."""
        return (self.type is None or self.type == type_) and bool(self.parser.is_matching(text))


@dataclass(frozen=True)
class Catalogue:
    """What stands in the features: requirements in file order, and every problem as one line."""

    requirements: tuple[Requirement, ...]
    problems: tuple[str, ...]


def definitions_in(modules: Iterable[ModuleType]) -> list[StepDefinition]:
    """The step definitions of some modules."""
    found = []
    for module in modules:
        for value in vars(module).values():
            marker = getattr(value, "_get_wrapped_function", lambda: None)()
            context = step_function_context_registry.get(marker) if marker else None
            if context is not None:
                function = context.step_func
                code = inspect.unwrap(function).__code__
                where = f"{module.__name__.replace('.', '/')}.py:{code.co_firstlineno}"
                is_async = inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
                found.append(StepDefinition(context.parser, context.type, where, is_async))
    return found


def catalogue(root: Path, features: Sequence[Path], definitions: Sequence[StepDefinition]) -> Catalogue:
    """Reads all feature files (paths below `root`) and checks them against the step vocabulary."""
    requirements: list[Requirement] = []
    problems: list[str] = [
        f"{d.where}: an async step would pass without running" for d in definitions if d.is_async
    ]
    used: set[int] = set()
    for path in sorted(features):
        name = path.relative_to(root).as_posix()
        try:
            document = Parser().parse(path.read_text(encoding="utf-8"))
        except (ParserException, CompositeParserException) as error:
            problems.append(f"{name}: {str(error).replace(chr(10), ' ')}")
            continue
        if not document.get("feature"):
            problems.append(f"{name}: holds no feature")
            continue
        scenarios = list(_scenarios(cast("dict[str, Any]", document["feature"])))
        for title, times in Counter(scenario["name"] for scenario, _ in scenarios).items():
            if times > 1:
                problems.append(f"{name}: {times} scenarios are named {title!r}; only the last would run")
        for scenario, rule in scenarios:
            line = f"{name}:{scenario['location']['line']}"
            tags = [
                tag["name"][1:]
                for owner in (document["feature"], rule, scenario)
                if owner
                for tag in owner["tags"]
            ]
            found = requirement_of(
                tags,
                title=scenario["name"],
                feature=document["feature"]["name"],
                rule=rule["name"] if rule else "",
            )
            if isinstance(found, Requirement):
                requirements.append(found)
            else:
                problems.extend(f"{line}: {problem}" for problem in found)
            problems.extend(
                f"{line}: tags above Examples are not part of the vocabulary"
                for examples in scenario["examples"]
                if examples["tags"]
            )
        problems.extend(_step_problems(name, cast("dict[str, Any]", document), definitions, used))
    for id_, times in Counter(requirement.id for requirement in requirements).items():
        if times > 1:
            problems.append(
                f"requirement {id_} has {times} scenarios; one requirement is one scenario or one outline"
            )
    problems.extend(
        f"{definition.where}: no scenario uses this step: {definition.parser.name}"
        for number, definition in enumerate(definitions)
        if number not in used
    )
    return Catalogue(tuple(requirements), tuple(problems))


def _scenarios(feature: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    for child in feature["children"]:
        if "scenario" in child:
            yield child["scenario"], None
        for grandchild in child.get("rule", {}).get("children", []):
            if "scenario" in grandchild:
                yield grandchild["scenario"], child["rule"]


def _step_problems(
    name: str, document: dict[str, Any], definitions: Sequence[StepDefinition], used: set[int]
) -> Iterator[str]:
    """No Then, undefined and ambiguous steps; outlines are expanded, since a placeholder decides what matches."""
    seen: set[tuple[str, str]] = set()
    for pickle in Compiler().compile(cast("Any", {**document, "uri": name})):
        if not any(step.get("type") == "Outcome" for step in pickle["steps"]):
            yield f"{name} ({pickle['name']}): has no Then, so it could not fail"
        for step in pickle["steps"]:
            key = (_STEP_TYPES.get(step.get("type", ""), "?"), step["text"])
            if key in seen:
                continue
            seen.add(key)
            matching = [number for number, d in enumerate(definitions) if d.matches(*key)]
            used.update(matching)
            where = f"{name} ({pickle['name']})"
            if key[0] == "?":
                yield f"{where}: a step must begin with Given, When or Then: {step['text']}"
            elif not matching:
                yield f"{where}: no step definition matches: {key[0].title()} {key[1]}"
            elif len(matching) > 1:
                places = ", ".join(definitions[number].where for number in matching)
                yield f"{where}: {len(matching)} step definitions match: {key[0].title()} {key[1]} ({places})"
