"""The step definitions there are, and the one that a step means; reads what pytest-bdd keeps of each definition.

pytest-bdd asks every fixture name for every step, 0.7 ms a step with this vocabulary. All of ours stand in modules
that are loaded for every scenario, so a text means the same everywhere and is looked up once.
"""

from __future__ import annotations

import dis
import importlib
import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from pytest_bdd.parser import Step
from pytest_bdd.parsers import StepParser, parse, re
from pytest_bdd.steps import StepFunctionContext, step_function_context_registry

from steps.binding.phrases import Phrases


@dataclass(frozen=True)
class StepDefinition:
    """A step of the vocabulary: what it matches, the keyword it belongs to (None: any) and where it stands.

    `problems` says what about it would make a sentence lie.
    """

    parser: StepParser
    type: str | None
    where: str
    problems: tuple[str, ...] = ()
    context: StepFunctionContext | None = field(default=None, compare=False)

    def matches(self, type_: str, text: str) -> bool:
        """Whether pytest-bdd would take this definition for a step."""
        return self.type in (None, type_) and bool(self.parser.is_matching(text))


class Vocabulary:
    """All step definitions; remembers what each text means."""

    def __init__(self, definitions: Sequence[StepDefinition]) -> None:
        self.definitions = tuple(definitions)
        self._found: dict[tuple[str, str], tuple[StepDefinition, ...]] = {}

    def find(self, type_: str, text: str) -> tuple[StepDefinition, ...]:
        """The definitions that a step may mean: one, where the lint has passed."""
        key = (type_, text)
        if key not in self._found:
            self._found[key] = tuple(each for each in self.definitions if each.matches(type_, text))
        return self._found[key]

    def serve(self) -> None:
        """Has pytest-bdd, which is pinned, take its step functions from here."""
        bdd: Any = importlib.import_module("pytest_bdd.scenario")  # the package's `scenario` is the decorator

        def get_step_function(request: object, step: Step) -> StepFunctionContext | None:  # noqa: ARG001  pytest-bdd names it
            return next((each.context for each in self.find(step.type, step.name)), None)

        bdd.get_step_function = get_step_function


def definitions_in(modules: Iterable[ModuleType]) -> list[StepDefinition]:
    """The step definitions of some modules."""
    found = []
    for module in modules:
        for value in vars(module).values():
            marker = getattr(value, "_get_wrapped_function", lambda: None)()
            context = step_function_context_registry.get(marker) if marker else None
            if context is not None:
                function = inspect.unwrap(context.step_func)
                where = f"{module.__name__.replace('.', '/')}.py:{function.__code__.co_firstlineno}"
                problems = tuple(_problems(function, context.parser))
                if isinstance(context.parser, parse):
                    context.parser = Phrases(context.parser)
                found.append(StepDefinition(context.parser, context.type, where, problems, context))
    return found


def _problems(function: Callable[..., object], parser: StepParser) -> Iterable[str]:
    """What would make a sentence lie: steps that do not run, and words that reach no request."""
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        yield "an async step would pass without running"
    named, nameless = _placeholders(parser)
    if nameless:
        yield "a placeholder without a name is thrown away"
    code = function.__code__
    taken = set(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
    read = {each.argval for each in dis.get_instructions(code) if each.opname.startswith("LOAD")}
    for name in sorted(named - (taken & (read | set(code.co_cellvars)))):
        yield f"the placeholder {name} is thrown away; take it as an argument and use it"


def _placeholders(parser: StepParser) -> tuple[set[str], bool]:
    """The named placeholders of a step, and whether it has any without a name."""
    if isinstance(parser, Phrases):
        return parser.placeholders, False
    if isinstance(parser, parse):
        inner: Any = parser.parser
        return set(inner.named_fields), bool(inner.fixed_fields)
    if isinstance(parser, re):
        return set(parser.regex.groupindex), parser.regex.groups > len(parser.regex.groupindex)
    return set(), False
