"""The lint of features: all that would make a scenario lie is found before anything runs, at once."""

from __future__ import annotations

import re
import subprocess
import sys
import types
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
from pytest_bdd import parsers, when

from steps.binding.lint import Catalogue, catalogue
from steps.binding.vocabulary import StepDefinition, Vocabulary, definitions_in
from tests.harness import ROOT, clean_environment

VOCABULARY = (
    StepDefinition(parsers.parse("a client"), "given", "steps/a.py:1", ()),
    StepDefinition(parsers.parse("it asks for {what}"), "when", "steps/a.py:2", ()),
    StepDefinition(parsers.parse("it is refused"), "then", "steps/a.py:3", ()),
)
STEPS = "Given a client\nWhen it asks for a token\nThen it is refused\n"


def scenario(
    title: str = "A title", tags: str = "@id:XX01 @must @rfc6749-5.2 @high", steps: str = STEPS
) -> str:
    return f"  {tags}\n  Scenario: {title}\n{indent(steps, '    ')}\n"


def feature(*scenarios: str, tags: str = "@server @method:client-credentials") -> str:
    return f"{tags}\nFeature: F\n\n" + "\n".join(scenarios)


def lint(folder: Path, *texts: str, vocabulary: tuple[StepDefinition, ...] = VOCABULARY) -> Catalogue:
    paths = []
    for number, text in enumerate(texts):
        path = folder / "features" / f"{number}.feature"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        paths.append(path)
    return catalogue(folder, paths, Vocabulary(vocabulary))


def test_a_good_feature_has_no_problem_and_its_requirements(tmp_path: Path) -> None:
    found = lint(tmp_path, feature(scenario(), scenario("Another", "@id:XX02 @should @rfc6749-5.1 @low")))
    assert found.problems == ()
    assert [(each.id, each.level, each.severity) for each in found.requirements] == [
        ("XX01", "must", "high"),
        ("XX02", "should", "low"),
    ]


@dataclass(frozen=True)
class Bad:
    """Features, and a word of each problem that they must have."""

    texts: tuple[str, ...]
    problems: tuple[str, ...]
    vocabulary: tuple[StepDefinition, ...] = VOCABULARY


OTHER = "@id:XX02 @must @rfc6749-5.2 @high"

OUTLINE = (
    f"  {OTHER}\n  Scenario Outline: O\n{indent(STEPS, '    ')}\n"
    "    {tag}\n    Examples:\n      | what |\n      | 1 |\n"
)

BAD = {
    "two scenarios of one name": Bad(
        (feature(scenario(), scenario(tags=OTHER)),),
        ("2 scenarios are named 'A title'; only the last would run",),
    ),
    "one name in two rules": Bad(
        (feature("  Rule: One\n\n" + scenario(), "  Rule: Two\n\n" + scenario(tags=OTHER)),),
        ("2 scenarios are named 'A title'",),
    ),
    "one id twice in a file": Bad(
        (feature(scenario(), scenario("B")),), ("requirement XX01 has 2 scenarios",)
    ),
    "one id in two files": Bad(
        (feature(scenario()), feature(scenario())), ("requirement XX01 has 2 scenarios",)
    ),
    "an unknown tag": Bad((feature(scenario(tags=f"{OTHER} @slow")),), ("features/0.feature:5: .*slow",)),
    "no id": Bad((feature(scenario(tags="@must @rfc6749-5.2 @high")),), ("features/0.feature:5: .*id",)),
    "two ids": Bad((feature(scenario(tags=f"@id:XX03 {OTHER}")),), ("features/0.feature:5: .*id",)),
    "no level": Bad(
        (feature(scenario(tags="@id:XX01 @rfc6749-5.2 @high")),), ("features/0.feature:5: .*level",)
    ),
    "two levels": Bad((feature(scenario(tags=f"{OTHER} @should")),), ("features/0.feature:5: .*level",)),
    "no clause": Bad((feature(scenario(tags="@id:XX01 @must @high")),), ("features/0.feature:5: .*clause",)),
    "no severity": Bad(
        (feature(scenario(tags="@id:XX01 @must @rfc6749-5.2")),), ("features/0.feature:5: .*severity",)
    ),
    "no method": Bad((feature(scenario(), tags="@server"),), ("features/0.feature:5: .*method",)),
    "a misspelt clause": Bad(
        (feature(scenario(tags="@id:XX01 @must @rfc-6749-5.2 @high")),),
        (
            "features/0.feature:5: unknown tag @rfc-6749-5.2",
            "features/0.feature:5: needs at least one clause tag",
        ),
    ),
    "no Then": Bad(
        (
            feature(
                scenario(), scenario("Nothing judged", OTHER, "Given a client\nWhen it asks for a token\n")
            ),
        ),
        (r"Nothing judged\): has no Then, so it could not fail",),
    ),
    "an undefined step": Bad(
        (feature(scenario(steps=STEPS + "And nobody wrote this\n")),),
        (r"A title\): no step definition matches: Then nobody wrote this",),
    ),
    "an undefined step in one row of an outline": Bad(
        (
            feature(
                f"  {OTHER}\n  Scenario Outline: O\n{indent(STEPS, '    ')}    And <what>\n\n"
                "    Examples:\n      | what |\n      | it is refused |\n      | it is made up |\n"
            ),
        ),
        (r"O\): no step definition matches: Then it is made up",),
    ),
    "a step under the wrong keyword": Bad(
        (feature(scenario(steps="When it asks for a token\nThen it is refused\nAnd a client\n")),),
        ("no step definition matches: Then a client", "steps/a.py:1: no scenario uses this step: a client"),
    ),
    "a step that two definitions match": Bad(
        (feature(scenario()),),
        (r"2 step definitions match: When it asks for a token \(steps/a.py:2, steps/b.py:9\)",),
        (
            *VOCABULARY,
            StepDefinition(parsers.parse("it asks for a {what}"), None, "steps/b.py:9", ()),
        ),
    ),
    "an async step": Bad(
        (feature(scenario(steps=STEPS + "And it waits\n")),),
        ("steps/b.py:9: an async step would pass",),
        (
            *VOCABULARY,
            StepDefinition(parsers.parse("it waits"), "then", "steps/b.py:9", ("an async step would pass",)),
        ),
    ),
    "a step that nothing uses": Bad(
        (feature(scenario()),),
        ("steps/b.py:9: no scenario uses this step: it waits",),
        (*VOCABULARY, StepDefinition(parsers.parse("it waits"), "then", "steps/b.py:9", ())),
    ),
    "a step before any keyword": Bad(
        (feature(scenario(steps="* a client\n" + STEPS)),), ("must begin with Given, When or Then: a client",)
    ),
    "tags above Examples": Bad(
        (
            feature(
                f"  {OTHER}\n  Scenario Outline: O\n{indent(STEPS, '    ')}\n"
                "    @slow\n    Examples:\n      | what |\n      | 1 |\n"
            ),
        ),
        ("of tags only one @method: may stand above Examples, not @slow",),
    ),
    "a row without a method": Bad(
        (feature(OUTLINE.format(tag=""), tags="@server"),),
        ("needs 1 @method: tag beside those of its Examples",),
    ),
    "a method above the scenario and above every Examples": Bad(
        (feature(OUTLINE.format(tag="@method:authorization-code")),),
        ("needs 0 @method: tag beside those of its Examples, has .'client-credentials'",),
    ),
    "broken Gherkin": Bad((feature(scenario()) + "What is this\n",), (r"features/0.feature: .*\(\d+:\d+\)",)),
    "no feature": Bad((feature(scenario()), "# nothing\n"), ("features/1.feature: holds no feature",)),
}


@pytest.mark.parametrize("name", BAD)
def test_a_problem_is_found_and_is_one_line(tmp_path: Path, name: str) -> None:
    bad = BAD[name]
    found = lint(tmp_path, *bad.texts, vocabulary=bad.vocabulary).problems
    unused = [line for line in found if "no scenario uses" in line]
    for problem in bad.problems:
        assert any(re.search(problem, line) for line in found), found
    if name != "broken Gherkin":  # whose scenarios are not read, so that steps seem unused
        assert len(found) == len(bad.problems), (found, unused)
    assert not any("\n" in line for line in found)


def test_an_outline_may_use_a_method_for_each_of_its_examples(tmp_path: Path) -> None:
    blocks = "".join(
        f"    @method:{method}\n    Examples:\n      | what |\n      | {method} |\n"
        for method in ("authorization-code", "client-credentials")
    )
    text = f"  {OTHER}\n  Scenario Outline: O\n{indent(STEPS, '    ')}\n{blocks}"
    found = lint(tmp_path, feature(text, tags="@server"))
    assert found.problems == ()
    assert found.requirements[0].methods == ("authorization-code", "client-credentials")


LYING = {
    "{actor} reads it": ("def step(answer): return answer", "the placeholder actor is thrown away"),
    "{actor} reads": ("def step(actor): return 1", "the placeholder actor is thrown away"),
    "{actor} writes": ("async def step(actor): return actor", "an async step would pass without running"),
}
HONEST = ("def step(actor): return actor", "def step(actor): return lambda: actor")


@pytest.mark.parametrize("text", LYING)
def test_a_step_that_throws_a_word_away_is_refused(text: str) -> None:
    source, problem = LYING[text]
    assert any(problem in each for each in problems_of(text, source))


@pytest.mark.parametrize("source", HONEST)
def test_a_step_that_uses_its_words_is_taken(source: str) -> None:
    assert problems_of("{actor} reads", source) == ()


def test_a_placeholder_needs_a_name() -> None:
    assert problems_of(parsers.re("the (other|first) one"), "def step(): return 1") == (
        "a placeholder without a name is thrown away",
    )


def problems_of(text: str | parsers.StepParser, source: str) -> tuple[str, ...]:
    """What is found in a vocabulary of one step."""
    module = types.ModuleType("steps.vocabulary.made_up")
    bound: dict[str, Any] = {}
    exec(source, bound)  # noqa: S102  a step as its author would write it
    # `when` binds into the namespace of its caller, as in a module of steps.
    parser = parsers.parse(text) if isinstance(text, str) else text
    exec("when(parser)(step)", names := {"when": when, "parser": parser, "step": bound["step"]})  # noqa: S102
    vars(module).update(names)
    [definition] = definitions_in([module])
    return definition.problems


def test_all_problems_are_found_at_once(tmp_path: Path) -> None:
    texts = [text for bad in BAD.values() for text in bad.texts if bad.vocabulary is VOCABULARY]
    found = lint(tmp_path, *texts).problems
    assert len(found) >= len(texts) - 4, "some of the texts are good ones beside a bad one"


def test_problems_end_a_run_before_it_begins(tmp_path: Path) -> None:
    """Through the front door, in a copy of the project with three mistakes in it."""
    for name in ("conftest.py", "pyproject.toml", "steps", "fixtures", "reports"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "features" / "server").mkdir(parents=True)
    (tmp_path / "features" / "server" / "bad.feature").write_text(
        feature(scenario(), scenario(tags="@id:XX01 @must"), scenario("C", f"{OTHER} @slow"))
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", f"--out={tmp_path / 'out'}", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 4, output
    assert "ERROR: features/server/bad.feature: 2 scenarios are named 'A title'" in output
    assert "no step definition matches: Given a client" in output
    assert "slow" in output
    assert "Traceback" not in output
    assert not (tmp_path / "out").exists()
