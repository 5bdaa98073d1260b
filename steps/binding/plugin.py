"""Binds feature files to pytest without a test module for each: a pytest plugin.

Every scenario is an item whose node id ends in its requirement id (`features/browser/pkce.feature::PK02`), and its
tags become marks with arguments: `-m "spec(doc='rfc7636')"`, `-m "level(name='must')"`, `-m "id(value='PK02')"`.
"""

from __future__ import annotations

import pkgutil
import types
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import steps.vocabulary
from reports.plugin import CATALOGUE, REQUIREMENT
from reports.requirement import Requirement, clause_of
from reports.verdict import LEVELS, SEVERITIES
from steps.binding import concurrency
from steps.binding.collect import FeatureFile, method_of
from steps.binding.lint import catalogue
from steps.binding.vocabulary import Vocabulary, definitions_in

_VOCABULARY = pytest.StashKey[Vocabulary]()
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
    """Registers the marks that tags become, and every module of steps: it is loaded by being there."""
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    modules = [import_module(name) for name in modules_of(steps.vocabulary)]
    for module in [concurrency, *modules]:
        config.pluginmanager.register(module)
    vocabulary = Vocabulary(definitions_in(modules))
    vocabulary.serve()
    config.stash[_VOCABULARY] = vocabulary


def modules_of(package: types.ModuleType) -> list[str]:
    """The names of the modules in a package, in alphabetical order."""
    return sorted(each.name for each in pkgutil.iter_modules(package.__path__, f"{package.__name__}."))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Checks all features before anything is prepared; every problem at once, exit code 4."""
    config = session.config
    if hasattr(config, "workerinput") or not _runs_features(config):
        return
    found = catalogue(FEATURES.parent, sorted(FEATURES.rglob("*.feature")), config.stash[_VOCABULARY])
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


def pytest_itemcollected(item: pytest.Item) -> None:
    """Gives each scenario its requirement, by the method of its row."""
    requirement = getattr(getattr(item, "function", None), "requirement", None)
    if isinstance(requirement, Requirement):
        method = method_of(item)
        item.stash[REQUIREMENT] = replace(requirement, method=method)
        if method not in [mark.kwargs["name"] for mark in item.iter_markers("method")]:
            item.add_marker(pytest.mark.method(name=method))
