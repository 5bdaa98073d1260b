"""A feature file as a module of tests: every scenario is an item whose node id ends in its requirement id."""

from __future__ import annotations

import types
from collections.abc import Callable
from weakref import WeakKeyDictionary

import pytest
from pytest_bdd.feature import get_feature
from pytest_bdd.parser import Examples, ScenarioTemplate
from pytest_bdd.scenario import scenario

from reports.requirement import Requirement, requirement_of

# The method of an Examples block. pytest-bdd would make a plain mark of a tag above Examples, whatever it is.
_METHOD_OF: WeakKeyDictionary[Examples, str] = WeakKeyDictionary()


class FeatureFile(pytest.Module):
    """A feature file as the module that pytest-bdd would have wanted; nothing is imported from disk."""

    def _getobj(self) -> types.ModuleType:
        module = types.ModuleType(self.path.stem)
        module.__file__ = str(self.path)
        feature = get_feature(str(self.path.parent), self.path.name)
        for template in feature.scenarios.values():
            _take_methods(template)
            requirement = requirement_of(
                template.tags | feature.tags | (template.rule.tags if template.rule else set()),
                title=template.name,
                feature=feature.name or "",
                rule=template.rule.name if template.rule else "",
                block_methods=[_METHOD_OF.get(block, "") for block in template.examples],
            )
            if not isinstance(requirement, Requirement):
                raise self.CollectError(f"{self.path.name}: {template.name!r} {'; '.join(requirement)}")
            bind = scenario(self.path.name, template.name, features_base_dir=str(self.path.parent))
            test = bind(_nothing_more())
            test.__name__ = requirement.id
            test.__dict__["requirement"] = requirement
            test.__dict__["methods"] = _methods_of_rows(template)
            setattr(module, requirement.id, test)
        return module

    def istestfunction(self, obj: object, name: str) -> bool:
        """Every scenario of the file is a test, whatever its name."""
        return hasattr(obj, "requirement")

    def istestclass(self, obj: object, name: str) -> bool:
        """There are no classes in a feature file."""
        return False


def _nothing_more() -> Callable[..., None]:
    """A new function for each scenario, since pytest-bdd marks it: the steps say all that there is to do."""

    def scenario_() -> None:
        """The steps have run."""

    return scenario_


def _take_methods(template: ScenarioTemplate) -> None:
    for block in template.examples:
        for tag in block.tags:
            _METHOD_OF[block] = tag.removeprefix("method:")
        block.tags = set()


def _methods_of_rows(template: ScenarioTemplate) -> dict[tuple[str, ...], str]:
    """The method of each row of an outline, by its cells; a row of a block without a method tag is not in it."""
    return {
        tuple(row.values()): _METHOD_OF[block]
        for block in template.examples
        if block in _METHOD_OF
        for row in block.as_contexts()
    }


def method_of(item: pytest.Item) -> str:
    """The method by which an item is judged: of its Examples block, else of its scenario."""
    requirement: Requirement = item.function.requirement  # type: ignore[attr-defined]  # bound above
    rows: dict[tuple[str, ...], str] = item.function.methods  # type: ignore[attr-defined]  # bound above
    return rows.get(tuple(row_of(item).values()), requirement.methods[0])


def row_of(item: pytest.Item) -> dict[str, str]:
    """The cells of an item's row of Examples, by column; empty where its scenario is no outline."""
    row: dict[str, str] = getattr(getattr(item, "callspec", None), "params", {}).get(
        "_pytest_bdd_example", {}
    )
    return row
