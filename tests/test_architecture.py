"""The rules of the architecture page that a machine can check."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import ROOT

PACKAGES = ("fixtures", "reports", "steps")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
LAYERS = ("fixtures/protocol", "fixtures/login", "fixtures/target")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports_of(path: Path) -> Iterator[str]:
    """What a module imports, wherever in it, as dotted names."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
            assert node.level == 0, f"{name_of(path)} imports relatively"


IMPORTS = {name_of(path): set(imports_of(path)) for path in MODULES}


def importers_of(package: str) -> set[str]:
    return {
        module
        for module, imported in IMPORTS.items()
        if any(name == package or name.startswith(f"{package}.") for name in imported)
    }


def test_only_one_module_speaks_http() -> None:
    of_the_target = {"fixtures/reference/outbound.py"}  # a program of its own
    assert importers_of("httpx") - of_the_target == {"fixtures/http.py"}
    assert importers_of("httpcore") == {"fixtures/http.py", "fixtures/bounds.py"}
    assert importers_of("requests") | importers_of("urllib.request") | importers_of("http.client") == set()


def test_only_one_module_knows_allure() -> None:
    assert importers_of("allure") | importers_of("allure_commons") | importers_of("allure_pytest") == {
        "reports/allure.py"
    }


def test_reports_know_neither_steps_nor_fixtures() -> None:
    for package in ("steps", "fixtures"):
        assert {each for each in importers_of(package) if each.startswith("reports/")} == set()


def test_fixtures_do_not_know_the_steps() -> None:
    assert {each for each in importers_of("steps") if not each.startswith("steps/")} == set()


@pytest.mark.parametrize("program", ["reference", "idp"])
def test_a_program_of_its_own_shares_nothing(program: str) -> None:
    """Nobody imports it, and of the harness it imports nothing: what both got wrong, no run would find."""
    own, folder = f"fixtures.{program}", f"fixtures/{program}/"
    assert {each for each in importers_of(own) if not each.startswith(folder)} == set()
    for package in (*PACKAGES, "tests"):
        strangers = {
            name
            for module, imported in IMPORTS.items()
            if module.startswith(folder)
            for name in imported
            if name.startswith(f"{package}.") and not name.startswith(own)
        }
        assert strangers == set()


# Each may import those that stand after it, and itself.
LAYERS_OF_FIXTURES = (
    ("fixtures.plugin",),
    ("fixtures.cleanup", "fixtures.init"),
    ("fixtures.prepare",),
    ("fixtures.trial",),
    ("fixtures.reference_process",),
    ("fixtures.flows",),
    ("fixtures.adapters",),
    ("fixtures.key_server_process", "fixtures.provider"),
    ("fixtures.login", "fixtures.ledger", "fixtures.once"),
    ("fixtures.target",),
    ("fixtures.cast",),
    ("fixtures.protocol",),
    ("fixtures.http",),
)


def _layer(module: str) -> int | None:
    return next(
        (
            at
            for at, packages in enumerate(LAYERS_OF_FIXTURES)
            if any(module == package or module.startswith(f"{package}.") for package in packages)
        ),
        None,
    )


def test_no_circle_between_packages() -> None:
    """A package imports what stands below it, never what stands above."""
    for module, imported in IMPORTS.items():
        here = _layer(module.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
        for name in imported:
            there = _layer(name)
            assert here is None or there is None or here <= there, f"{module} imports {name}"


def test_imports_run_one_way_in_the_fixtures() -> None:
    """Protocol moves, sign-in, actors and target know nothing of flows, and only http of http's."""
    above = {"fixtures.flows.flows", "fixtures.plugin", "fixtures.reference_process"}
    for module, imported in IMPORTS.items():
        if module.startswith(LAYERS):
            assert not {name for name in imported if name in above or name.rpartition(".")[0] in above}, (
                module
            )
        if module.startswith("fixtures/protocol/"):
            others = {
                name
                for name in imported
                if name.startswith("fixtures.") and not name.startswith("fixtures.protocol")
            }
            assert others <= {
                "fixtures.http.Http",
                "fixtures.http.Session",
                "fixtures.http.FORM",
                "fixtures.http.Pairs",
            }, module


def _code_of(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that do something: without comments and docstrings."""
    text = path.read_text()
    tree = ast.parse(text)
    skipped: set[int] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            value = body[0].value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                skipped |= set(range(value.lineno, (value.end_lineno or value.lineno) + 1))
    for number, line in enumerate(text.splitlines(), 1):
        if number not in skipped:
            yield number, line.partition("  #")[0]


# Those that are judged; a provider that the harness plays is named after the vendor whose ways it has.
PRODUCTS = re.compile(r"(?i)medplum|canaille|keycloak")
# What the user writes (the adapter's name, its profile, its variables) and the documents that clauses name.
NAMED = {
    "fixtures/plugin.py",
    "fixtures/cleanup.py",
    "fixtures/reference_process.py",
    "fixtures/target/profile.py",
    "reports/requirement.py",
}


def test_no_product_is_named_outside_the_adapters() -> None:
    named = {
        name_of(path)
        for path in MODULES
        if not name_of(path).startswith(("fixtures/adapters/", "fixtures/reference/"))
        for _, line in _code_of(path)
        if PRODUCTS.search(line)
    }
    assert named - NAMED == set()


@pytest.mark.parametrize("path", sorted((ROOT / "steps").rglob("*.py")), ids=name_of)
def test_a_step_does_not_ask_which_target_it_is(path: Path) -> None:
    for number, line in _code_of(path):
        assert not re.search(
            r"adapter\.name|profile\.(adapter|name|source|base_url)|isinstance\(.*adapter", line
        ), number


def steps_in(path: Path) -> Iterator[ast.FunctionDef]:
    """The step functions of a module."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and {"given", "when", "then"} & set(_decorators(node)):
            yield node


def _decorators(node: ast.FunctionDef) -> list[str]:
    return [ast.unparse(decorator).partition("(")[0] for decorator in node.decorator_list]


STEPS = [(path, step) for path in (ROOT / "steps/vocabulary").glob("*.py") for step in steps_in(path)]


def test_steps_have_names_of_their_own() -> None:
    names = [step.name for _, step in STEPS]
    assert "_" not in names
    assert sorted(names) == sorted(set(names))


def test_no_step_calls_a_step_and_none_holds_a_context() -> None:
    names = {step.name for _, step in STEPS}
    for path, step in STEPS:
        called = {
            node.func.id
            for node in ast.walk(step)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert not called & names, f"{name_of(path)}:{step.lineno}"
        taken = {argument.arg for argument in step.args.args}
        assert not taken & {"context", "ctx", "world", "request"}, f"{name_of(path)}:{step.lineno}"


def test_a_step_is_thin() -> None:
    """It parses, calls and returns; what it decides stands in a check. Twelve lines are plenty."""
    long = {}
    for path, step in STEPS:
        lines = (step.end_lineno or 0) - step.body[0].lineno + 1
        if lines > 12:
            long[f"{name_of(path)}:{step.lineno}"] = lines
    assert long == {}


def test_checks_are_pure() -> None:
    """They speak to nobody: no flows, no target, no http."""
    for module, imported in IMPORTS.items():
        if module.startswith("steps/checks/"):
            assert not {
                name
                for name in imported
                if name.startswith(
                    (
                        "fixtures.http",
                        "fixtures.target",
                        "fixtures.adapters",
                        "fixtures.flows.flows",
                        "pytest_bdd",
                    )
                )
            }, module


def test_features_name_no_product_but_in_clauses() -> None:
    for path in (ROOT / "features").rglob("*.feature"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            words = " ".join(word for word in line.split() if not word.startswith("@"))
            assert not PRODUCTS.search(words), f"{name_of(path)}:{number}"


def test_conftest_only_wires_plugins() -> None:
    kinds = [type(node) for node in ast.parse((ROOT / "conftest.py").read_text()).body]
    assert kinds == [ast.Expr, ast.Assign]


def test_only_the_binding_reaches_into_the_test_runner() -> None:
    """What pytest and pytest-bdd keep to themselves may change with any version; one package has to follow."""
    inner = re.compile(r"_pytest\b|pytest_bdd\.\w")
    for module, imported in IMPORTS.items():
        reaching = {name for name in imported if inner.match(name) and name not in PUBLIC}
        assert module.startswith("steps/binding/") or not reaching, module


PUBLIC = {"pytest_bdd.given", "pytest_bdd.when", "pytest_bdd.then", "pytest_bdd.parsers", "pytest_bdd.step"}
