"""The reference target with its mutants: `python -m tests.mutants.server FILE OPTIONS`; FILE lists mutants by name.

They are switched on and reported as faults by request are. A mutant counts as asked for by a request that runs one of
its lines; those that can be swapped in are functions, methods and constants that a request comes to.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from fixtures.reference import __main__ as program
from fixtures.reference.faults import asking
from fixtures.reference.faults.by_request import HEADER, FaultsByRequest
from tests.mutants.operators import Mutant, lines_naming, mutated, name_assigned

ROOT = Path(__file__).parent.parent.parent


class Mutants:
    """One mutant at a time in the place of what it changes."""

    def __init__(self, mutants: dict[str, Mutant]) -> None:
        self.mutants = mutants
        self.current = ""
        self._undo: list[Callable[[], None]] = []

    def switch_to(self, name: str) -> None:
        """Puts everything as it was, and then one mutant in."""
        if name == self.current:
            return
        for undo in reversed(self._undo):
            undo()
        self._undo, self.current = [], name
        if name:
            self._put_in(self.mutants[name])

    def _put_in(self, mutant: Mutant) -> None:
        path = ROOT / mutant.file
        module = importlib.import_module(mutant.file.removesuffix(".py").replace("/", "."))
        tree = mutated(path.read_text(), mutant)
        if not mutant.is_constant:
            function = _function(module, mutant.place)
            code = _code(compile(tree, str(path), "exec"), mutant.place)
            before = function.__code__
            function.__code__ = code
            self._undo.append(lambda: setattr(function, "__code__", before))
            return
        old = getattr(module, mutant.place)
        scratch = dict(vars(module))
        tree.body = [statement for statement in tree.body if name_assigned(statement) == mutant.place]
        exec(compile(tree, str(path), "exec"), scratch)  # noqa: S102  our own source, with one change
        for each in _modules():
            if vars(each).get(mutant.place) is old:
                setattr(each, mutant.place, scratch[mutant.place])
                self._undo.append(lambda each=each: setattr(each, mutant.place, old))  # type: ignore[misc]


def _modules() -> list[ModuleType]:
    return [module for name, module in sys.modules.items() if name.startswith("fixtures.reference")]


def _function(module: ModuleType, place: str) -> FunctionType:
    found: Any = module
    for name in place.split("."):
        found = vars(found)[name]
    found = getattr(found, "fget", None) or getattr(found, "__func__", None) or found
    found = getattr(found, "__wrapped__", found)
    assert isinstance(found, FunctionType), f"{place} is no function"
    return found


def _code(code: CodeType, place: str) -> CodeType:
    """The code of a function or method inside a module's."""
    for name in place.split("."):
        code = next(it for it in code.co_consts if isinstance(it, CodeType) and it.co_name == name)
    return code


def trace(mutants: list[Mutant]) -> None:
    """Has every line that leads to a mutant note it as asked for, while no mutant is on."""
    by_line: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    sources = {module.__file__: Path(module.__file__).read_text() for module in _modules() if module.__file__}
    for mutant in mutants:
        if not mutant.is_constant:
            for line in mutant.lines:
                by_line[str(ROOT / mutant.file)][line].append(mutant.name)
            continue
        for file, source in sources.items():
            for line in lines_naming(source, mutant.place):
                by_line[file][line].append(mutant.name)

    def on_call(frame: FrameType, _event: str, _: Any) -> Any:
        lines = by_line.get(frame.f_code.co_filename)
        if lines is None or asking.get().on:
            return None

        def on_line(frame: FrameType, event: str, _: Any) -> Any:
            if event == "line" and frame.f_lineno in lines:
                asking.get().asked.update(lines[frame.f_lineno])
            return on_line

        return on_line

    sys.settrace(on_call)


class MutantsByRequest(FaultsByRequest):
    """Switches to the mutant that a request names; one request at a time."""

    mutants: Mutants

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request with its mutant."""
        name = dict(scope.get("headers", [])).get(HEADER, b"").decode()
        if name:
            sys.settrace(None)  # all is known by now
        self.mutants.switch_to(name)
        await super().__call__(scope, receive, send)


def main() -> int:
    """Start it."""
    mutants = [
        Mutant(**{**it, "lines": tuple(it["lines"])}) for it in json.loads(Path(sys.argv[1]).read_text())
    ]
    MutantsByRequest.mutants = Mutants({mutant.name: mutant for mutant in mutants})
    program.FaultsByRequest = MutantsByRequest  # type: ignore[misc]
    trace(mutants)
    return program.main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
