"""What is wrong with the features, all at once, before anything runs.

pytest-bdd drops the earlier of two scenarios of one name, passes an async step without running it, takes either of
two matching definitions and finds an undefined step only when it is reached. Each of these would be a false pass.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from gherkin.errors import CompositeParserException, ParserException
from gherkin.parser import Parser
from gherkin.pickles.compiler import Compiler

from reports.requirement import Requirement, requirement_of
from steps.binding.vocabulary import StepDefinition, Vocabulary

_STEP_TYPES = {"Context": "given", "Action": "when", "Outcome": "then"}


@dataclass(frozen=True)
class Catalogue:
    """What stands in the features: requirements in file order, and every problem as one line."""

    requirements: tuple[Requirement, ...]
    problems: tuple[str, ...]


def catalogue(root: Path, features: Sequence[Path], vocabulary: Vocabulary) -> Catalogue:
    """Reads all feature files (paths below `root`) and checks them against the step vocabulary."""
    requirements: list[Requirement] = []
    problems = [f"{each.where}: {problem}" for each in vocabulary.definitions for problem in each.problems]
    used: set[StepDefinition] = set()
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
                block_methods=[_method_of(block) for block in scenario["examples"]],
            )
            if isinstance(found, Requirement):
                requirements.append(found)
            else:
                problems.extend(f"{line}: {problem}" for problem in found)
            problems.extend(
                f"{line}: of tags only one @method: may stand above Examples, not {' '.join(tags_of(block))}"
                for block in scenario["examples"]
                if block["tags"] and not (len(block["tags"]) == 1 and _method_of(block))
            )
        problems.extend(_step_problems(name, cast("dict[str, Any]", document), vocabulary, used))
    for id_, times in Counter(requirement.id for requirement in requirements).items():
        if times > 1:
            problems.append(
                f"requirement {id_} has {times} scenarios; one requirement is one scenario or one outline"
            )
    problems.extend(
        f"{definition.where}: no scenario uses this step: {definition.parser.name}"
        for definition in vocabulary.definitions
        if definition not in used
    )
    return Catalogue(tuple(requirements), tuple(problems))


def tags_of(block: dict[str, Any]) -> list[str]:
    """The tags above an Examples block, as written."""
    return [tag["name"] for tag in block["tags"]]


def _method_of(block: dict[str, Any]) -> str:
    return next((tag[8:] for tag in tags_of(block) if tag.startswith("@method:")), "")


def _scenarios(feature: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    for child in feature["children"]:
        if "scenario" in child:
            yield child["scenario"], None
        for grandchild in child.get("rule", {}).get("children", []):
            if "scenario" in grandchild:
                yield grandchild["scenario"], child["rule"]


def _step_problems(
    name: str, document: dict[str, Any], vocabulary: Vocabulary, used: set[StepDefinition]
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
            matching = vocabulary.find(*key)
            used.update(matching)
            where = f"{name} ({pickle['name']})"
            if key[0] == "?":
                yield f"{where}: a step must begin with Given, When or Then: {step['text']}"
            elif not matching:
                yield f"{where}: no step definition matches: {key[0].title()} {key[1]}"
            elif len(matching) > 1:
                places = ", ".join(each.where for each in matching)
                yield f"{where}: {len(matching)} step definitions match: {key[0].title()} {key[1]} ({places})"
