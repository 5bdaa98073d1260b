"""Small wrong changes to a source, one at a time: where they can be made, and how.

Conditions are negated and forced, statements, operands and entries dropped, operators swapped, constants changed.
Left alone: the fault switches and what lies behind them, type annotations, names of fields, and words for people.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

ERRORS = {
    "invalid_grant": "invalid_request",
    "invalid_request": "invalid_grant",
    "invalid_client": "invalid_request",
    "unauthorized_client": "invalid_client",
    "unsupported_grant_type": "invalid_request",
    "invalid_scope": "invalid_request",
    "invalid_token": "invalid_request",
    "insufficient_scope": "invalid_token",
}
STATUSES = {
    200: 201,
    201: 200,
    302: 200,
    303: 200,
    400: 401,
    401: 400,
    403: 401,
    404: 403,
    405: 400,
    410: 404,
}
SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
FUNCTIONS = {"any": "all", "all": "any", "min": "max", "max": "min"}
CONVERSIONS = {"lower", "strip", "rstrip", "casefold"}
LOOKUPS = {
    "get",
    "raw",
    "getlist",
    "pop",
    "setdefault",
    "partition",
    "rpartition",
    "split",
    "join",
    "replace",
}


@dataclass(frozen=True)
class Mutant:
    """One change: of which node of a file (by its place in the tree), by which operator, seen as text.

    `lines` are those that run where the changed code does; `place` is the function, method or constant it lies in.
    """

    file: str
    node: int
    operator: str
    place: str
    is_constant: bool
    lines: tuple[int, ...]
    before: str
    after: str

    @property
    def line(self) -> int:
        """Where it is."""
        return self.lines[0]

    @property
    def name(self) -> str:
        """What a request names it by."""
        return f"{self.file}:{self.node}:{sha256(self.after.encode()).hexdigest()[:8]}"

    def __str__(self) -> str:
        before, after = _around_difference(self.before, self.after)
        return f"{self.file}:{self.line} {self.operator}: {before}  ->  {after}"


def mutants_of(root: Path, path: Path) -> Iterator[Mutant]:
    """All mutants of one module, in the order of its text; what two operators both make is listed once."""
    tree = ast.parse(path.read_text())
    nodes, place_of = _numbered(tree), _places(tree)
    constants = {name_assigned(statement) for statement in tree.body}
    seen = set()
    for number, node in enumerate(nodes):
        if node not in place_of:
            continue
        place, lines = place_of[node]
        for operator, new in _changes(node, nodes):
            before, after = (_text(node), _text(new))
            if before == after or (place, number, after) in seen:
                continue
            seen.add((place, number, after))
            is_constant = place in constants
            yield Mutant(
                path.relative_to(root).as_posix(), number, operator, place, is_constant, lines, before, after
            )


def mutated(source: str, mutant: Mutant) -> ast.Module:
    """The tree of a source with one change."""
    tree = ast.parse(source)
    nodes = _numbered(tree)
    target = nodes[mutant.node]
    new = next(
        new
        for operator, new in _changes(target, nodes)
        if operator == mutant.operator and _text(new) == mutant.after
    )
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is target:
                setattr(parent, name, new)
            elif isinstance(value, list) and any(each is target for each in value):
                setattr(parent, name, [new if each is target else each for each in value])
    return ast.fix_missing_locations(tree)


def name_assigned(statement: ast.stmt) -> str | None:
    """The name that a statement of a module makes a constant of; None where it makes none."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return None


def lines_naming(source: str, name: str) -> set[int]:
    """The lines that speak of a constant, but for the one that makes it."""
    return {
        node.lineno
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load))
        or (isinstance(node, ast.Attribute) and node.attr == name)
    }


# ----- where


def _numbered(tree: ast.AST) -> list[ast.AST]:
    return list(ast.walk(tree))


def _places(tree: ast.Module) -> dict[ast.AST, tuple[str, tuple[int, ...]]]:
    """The nodes that may be changed, with the function or constant that they lie in and the lines that lead to them."""
    found: dict[ast.AST, tuple[str, tuple[int, ...]]] = {}
    for statement in tree.body:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                _body(statement.body, statement.name, found)
            case ast.ClassDef():
                for member in statement.body:
                    if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
                        _body(member.body, f"{statement.name}.{member.name}", found)
            case ast.Assign(value=ast.expr() as value) | ast.AnnAssign(value=ast.expr() as value):
                name = name_assigned(statement)
                if name not in (None, "routes"):
                    lines = tuple(range(statement.lineno, (statement.end_lineno or 0) + 1))
                    _expression(value, str(name), lines, found)
    return found


def _body(statements: list[ast.stmt], place: str, found: dict[ast.AST, tuple[str, tuple[int, ...]]]) -> None:
    for statement in statements:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue  # a docstring
        expressions = [
            value
            for name, value in ast.iter_fields(statement)
            if name
            not in ("body", "orelse", "handlers", "finalbody", "cases", "annotation", "args", "returns")
            for value in (value if isinstance(value, list) else [value])
            if isinstance(value, ast.AST)
        ]
        guards = [
            part
            for case in getattr(statement, "cases", ())
            for part in (case.pattern, case.guard)
            if part is not None
        ]
        last = max(
            [
                statement.lineno,
                *((it.end_lineno or 0) for it in (*expressions, *guards) if hasattr(it, "end_lineno")),
            ]
        )
        lines = tuple(range(statement.lineno, last + 1))
        found[statement] = place, lines
        for expression in expressions:
            _expression(expression, place, lines, found)
        if isinstance(statement, ast.If) and _only_with_fault(statement.test):
            _body(statement.orelse, place, found)
            continue
        for name in ("body", "orelse", "finalbody"):
            _body(getattr(statement, name, []), place, found)
        for handler in getattr(statement, "handlers", []):
            _body(handler.body, place, found)
        for case in getattr(statement, "cases", ()):
            if case.guard is not None:
                if _only_with_fault(case.guard):
                    continue
                _expression(case.guard, place, lines, found)
            _body(case.body, place, found)


def _expression(
    node: ast.AST, place: str, lines: tuple[int, ...], found: dict[ast.AST, tuple[str, tuple[int, ...]]]
) -> None:
    if _is_switch(node) or (isinstance(node, ast.expr) and _only_with_fault(node)):
        return
    found[node] = place, lines
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "ctx", "args") and isinstance(node, ast.Lambda):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not (
                isinstance(node, ast.IfExp) and child is node.body and _only_with_fault(node.test)
            ):
                _expression(child, place, lines, found)


def _is_switch(node: ast.AST) -> bool:
    """Whether a node asks for a fault."""
    return isinstance(node, ast.Call) and (
        (isinstance(node.func, ast.Name) and node.func.id == "active")
        or (isinstance(node.func, ast.Attribute) and node.func.attr in ("active", "believed_assertions"))
    )


def _only_with_fault(test: ast.expr) -> bool:
    """Whether a condition can hold with a fault only."""
    if isinstance(test, ast.BoolOp):
        return (any if isinstance(test.op, ast.And) else all)(
            _only_with_fault(value) for value in test.values
        )
    return _is_switch(test)


# ----- what


@cache
def _text(node: ast.AST) -> str:
    if isinstance(node, ast.comprehension):
        return f"for {' '.join(f'if {ast.unparse(test)}' for test in node.ifs)}"
    return " ".join(
        (f"if {ast.unparse(node.test)}" if isinstance(node, ast.If) else ast.unparse(node)).split()
    )


def _alike(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginnings."""
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _around_difference(before: str, after: str) -> tuple[str, str]:
    """Two texts, where they are long cut to what differs and some of what stands around it."""
    if max(len(before), len(after)) <= 120:
        return before, after
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])

    def cut(text: str) -> str:
        left, right = max(0, start - 50), min(len(text), len(text) - end + 50)
        return f"{'...' if left else ''}{text[left:right]}{'...' if right < len(text) else ''}"

    return cut(before), cut(after)


def _changes(node: ast.AST, nodes: list[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    parent = _parents(tuple(nodes)).get(node)
    match node:
        case ast.If() if not _holds_switch(node.test):
            for name, test in _conditions(node.test):
                yield name, ast.If(test, node.body, node.orelse)
        case ast.IfExp() if not _holds_switch(node.test):
            yield "negate", ast.IfExp(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
            yield "force", node.body
            yield "force", node.orelse
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant) and _gives_bool(
            node, nodes
        ):
            if not _holds_switch(value):
                yield "force", ast.Return(ast.Constant(value=True))
                yield "force", ast.Return(ast.Constant(value=False))
        case ast.Raise():
            yield "drop", ast.Pass()
        case ast.Expr(value=ast.Call() | ast.Await()):
            yield "drop", ast.Pass()
        case ast.Assign(targets=[ast.Subscript() | ast.Attribute()]) | ast.AugAssign() | ast.Delete():
            yield "drop", ast.Pass()
        case ast.comprehension(ifs=[_, *_]):
            for test in node.ifs:
                yield (
                    "drop",
                    ast.comprehension(
                        node.target, node.iter, [it for it in node.ifs if it is not test], node.is_async
                    ),
                )
    if isinstance(node, ast.expr):
        yield from _expressions(node, parent)


def _conditions(test: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    yield "negate", ast.UnaryOp(ast.Not(), test)
    yield "force", ast.Constant(value=True)
    yield "force", ast.Constant(value=False)


def _expressions(node: ast.expr, parent: ast.AST | None) -> Iterator[tuple[str, ast.expr]]:  # noqa: C901, PLR0912
    match node:
        case ast.BoolOp():
            for value in node.values:
                rest = [it for it in node.values if it is not value]
                if not _holds_switch(value):
                    yield "drop", rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
            if not any(_is_switch(value) for value in node.values):
                yield "swap", ast.BoolOp(SWAPS[type(node.op)](), node.values)
        case ast.Compare(ops=[op]) if type(op) in SWAPS:
            yield "swap", ast.Compare(node.left, [SWAPS[type(op)]()], node.comparators)
        case ast.Compare(ops=[first, second]):
            yield "drop", ast.Compare(node.left, [first], node.comparators[:1])
            yield "drop", ast.Compare(node.comparators[0], [second], node.comparators[1:])
        case ast.UnaryOp(op=ast.Not()) if not _holds_switch(node.operand):
            yield "negate", node.operand
        case ast.BinOp() if type(node.op) in SWAPS and not isinstance(
            node.right, ast.Constant | ast.JoinedStr
        ):
            yield "swap", ast.BinOp(node.left, SWAPS[type(node.op)](), node.right)
        case ast.Call(func=ast.Name(id=name)) if name in FUNCTIONS:
            yield "swap", ast.Call(ast.Name(FUNCTIONS[name], ast.Load()), node.args, node.keywords)
        case ast.Call(func=ast.Attribute(attr=name)) if name in CONVERSIONS:
            yield "drop", node.func.value  # type: ignore[attr-defined]
        case ast.Dict():
            for key in node.keys:
                kept = [pair for pair in zip(node.keys, node.values, strict=True) if pair[0] is not key]
                yield "drop", ast.Dict([k for k, _ in kept], [v for _, v in kept])
        case ast.List() | ast.Set():
            yield from (("drop", new) for new in _shortened(node))
        case ast.Tuple() if isinstance(parent, ast.Compare | ast.Assign | ast.AnnAssign) and node.elts:
            if not isinstance(parent, ast.Assign | ast.AnnAssign) or all(
                isinstance(it, ast.Constant) for it in node.elts
            ):
                yield from (("drop", new) for new in _shortened(node))
        case ast.Constant():
            yield from (
                ("change", ast.Constant(value=value)) for value in _other_values(node.value, parent, node)
            )


def _shortened(node: ast.List | ast.Set | ast.Tuple) -> Iterator[ast.expr]:
    for element in node.elts:
        kept = [it for it in node.elts if it is not element]
        if isinstance(node, ast.Set):
            if kept:
                yield ast.Set(kept)
        else:
            yield type(node)(kept, ast.Load())


def _other_values(value: object, parent: ast.AST | None, node: ast.Constant) -> Iterator[object]:
    match value:
        case bool():
            yield not value
        case int():
            if value in STATUSES and not isinstance(parent, ast.Assign | ast.BinOp):
                yield STATUSES[value]
            elif value >= 60:
                yield value * 100
                yield 1
            else:
                yield value + 1
        case str() if not _is_name_or_words(value, parent, node):
            yield ERRORS.get(value, f"{value}x")


def _is_name_or_words(value: str, parent: ast.AST | None, node: ast.Constant) -> bool:
    """Whether a text is the name of a field, which is another thing in many places, or meant for people."""
    if " " in value or "\n" in value or not value:
        return True
    if isinstance(
        parent, ast.Subscript | ast.Dict | ast.FormattedValue | ast.JoinedStr
    ) and node is not getattr(parent, "value", None):
        return not (isinstance(parent, ast.Dict) and any(node is it for it in parent.values))
    return isinstance(parent, ast.Call) and (
        (isinstance(parent.func, ast.Attribute) and parent.func.attr in LOOKUPS)
        or (isinstance(parent.func, ast.Name) and parent.func.id in ("getattr", "_text", "invalid"))
    )


@cache
def _parents(nodes: tuple[ast.AST, ...]) -> dict[ast.AST, ast.AST]:
    return {child: node for node in nodes for child in ast.iter_child_nodes(node)}


def _holds_switch(node: ast.AST) -> bool:
    return any(_is_switch(it) for it in ast.walk(node))


def _gives_bool(node: ast.Return, nodes: list[ast.AST]) -> bool:
    parents = _parents(tuple(nodes))
    above: ast.AST | None = node
    while above is not None and not isinstance(above, ast.FunctionDef | ast.AsyncFunctionDef):
        above = parents.get(above)
    return above is not None and isinstance(above.returns, ast.Name) and above.returns.id == "bool"
