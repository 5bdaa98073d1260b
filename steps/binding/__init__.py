"""Binds feature files to pytest without a test module for each: a pytest plugin.

Every scenario is an item whose node id ends in its requirement id (`features/browser/pkce.feature::PK02`), and its
tags become marks with arguments: `-m "spec(doc='rfc7636')"`, `-m "level(name='must')"`, `-m "id(value='PK02')"`.
"""

from __future__ import annotations

import importlib
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from _pytest.fixtures import FixtureDef, FixtureManager
from _pytest.nodes import Node
from pytest_bdd.parser import Step
from pytest_bdd.scenario import scenario_wrapper_template_registry, scenarios

from reports.plugin import CATALOGUE, REQUIREMENT
from reports.requirement import Requirement, clause_of, requirement_of
from reports.verdict import LEVELS, SEVERITIES
from steps.binding.lint import catalogue, definitions_in

FEATURES = Path(__file__).parent.parent.parent / "features"

MARKERS = (
    "id(value): the requirement's id, e.g. PK02",
    "method(name): the authentication method, e.g. client-credentials",
    "level(name): must, should, may or product",
    "severity(name): critical, high, medium or low",
    "spec(doc, section): a clause, e.g. doc='rfc7636', section='4.6'",
    "area(name): the folder of features/",
)


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marks that tags become."""
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    _remember_definitions()


def _remember_definitions() -> None:
    """Has pytest-bdd look up each step text once, not at each step.

    It asks every fixture name for every step, 0.7 ms with this vocabulary. Ours are all defined in plugins, so what
    matches a text is the same for every scenario; the lint has seen that it is exactly one. pytest-bdd is pinned.
    """
    bdd: Any = importlib.import_module("pytest_bdd.scenario")  # the package's `scenario` is the decorator
    found: dict[tuple[FixtureManager, str, str], list[FixtureDef[object]]] = {}
    look_up = bdd.find_fixturedefs_for_step

    def remembered(step: Step, fixturemanager: FixtureManager, node: Node) -> list[FixtureDef[object]]:
        key = (fixturemanager, step.type, step.name)
        if key not in found:
            found[key] = list(look_up(step, fixturemanager, node))
        return found[key]

    bdd.find_fixturedefs_for_step = remembered


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Checks all features before anything is prepared; every problem at once, exit code 4."""
    config = session.config
    if hasattr(config, "workerinput") or not _runs_features(config):
        return
    modules = [
        plugin for plugin in config.pluginmanager.get_plugins() if isinstance(plugin, types.ModuleType)
    ]
    definitions = definitions_in(module for module in modules if module.__name__.startswith("steps."))
    found = catalogue(FEATURES.parent, sorted(FEATURES.rglob("*.feature")), definitions)
    if found.problems:
        raise pytest.UsageError("\n".join(found.problems))
    config.stash[CATALOGUE] = found.requirements


def _runs_features(config: pytest.Config) -> bool:
    """Whether this run has scenarios; the harness's own tests alone need no target."""
    for arg in config.args:
        path = (config.invocation_params.dir / arg.partition("::")[0]).resolve()
        if path == FEATURES or FEATURES in path.parents or path in FEATURES.parents:
            return True
    return False


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collects a feature file."""
    if file_path.suffix == ".feature":
        return FeatureFile.from_parent(parent, path=file_path)
    return None


def pytest_bdd_apply_tag(tag: str, function: Callable[..., Any]) -> bool:
    """Turns a tag into a mark with arguments; unknown tags were refused by the lint."""
    function.__dict__.setdefault("pytestmark", [])
    for mark in marks_of(tag):
        mark(function)
    return True


def marks_of(tag: str) -> list[pytest.MarkDecorator]:
    """The marks of one tag."""
    name, _, value = tag.partition(":")
    if name in ("id", "method") and value:
        return [pytest.mark.id(value=value) if name == "id" else pytest.mark.method(name=value)]
    if tag in LEVELS:
        return [pytest.mark.level(name=tag)]
    if tag in SEVERITIES:
        return [pytest.mark.severity(name=tag)]
    if clause := clause_of(tag):
        return [pytest.mark.spec(doc=clause.document, section=clause.section)]
    return [pytest.mark.area(name=tag)]


class FeatureFile(pytest.Module):
    """A feature file as the module that pytest-bdd would have wanted; nothing is imported from disk."""

    def _getobj(self) -> types.ModuleType:
        module = types.ModuleType(self.path.stem)
        module.__file__ = str(self.path)
        bound: dict[str, Any] = {"scenarios": scenarios, "path": str(self.path), "__file__": str(self.path)}
        exec("scenarios(path)", bound)  # noqa: S102  `scenarios` binds into the namespace of its caller
        for value in bound.values():
            template = scenario_wrapper_template_registry.get(value) if callable(value) else None
            if template is None:
                continue
            rule = template.rule
            tags = template.tags | template.feature.tags | (rule.tags if rule else set())
            requirement = requirement_of(
                tags, title=template.name, feature=template.feature.name or "", rule=rule.name if rule else ""
            )
            if not isinstance(requirement, Requirement):
                raise self.CollectError(f"{self.path.name}: {template.name!r} {'; '.join(requirement)}")
            value.__name__ = requirement.id
            value.requirement = requirement
            setattr(module, requirement.id, value)
        return module

    def istestfunction(self, obj: object, name: str) -> bool:
        """Every scenario of the file is a test, whatever its name."""
        return hasattr(obj, "requirement")

    def istestclass(self, obj: object, name: str) -> bool:
        """There are no classes in a feature file."""
        return False


def pytest_itemcollected(item: pytest.Item) -> None:
    """Gives each scenario its requirement."""
    requirement = getattr(getattr(item, "function", None), "requirement", None)
    if isinstance(requirement, Requirement):
        item.stash[REQUIREMENT] = requirement
