"""Allure results of a tiny run: steps, exchanges, verdicts; nothing of the machine and no secret."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CANARY = "canary-5f2d81c06b7e"

FEATURE = """
@browser @method:authorization-code
Feature: Tokens
  Background:
    Given a token

  Rule: Tokens are checked

    @id:ZZ01 @must @rfc6749-5.2 @critical
    Scenario Outline: A token is looked at
      When the token is sent as <how>
      Then it is <what>

      Examples:
        | how    | what     |
        | header | accepted |
        | query  | refused  |

    @id:ZZ02 @should @rfc6750-3.1 @low
    Scenario: A token is not offered
      When tokens are not offered
      Then it is accepted
"""
CONFTEST = f"""
import sys

import pytest
from pytest_bdd import given, parsers, then, when

from fixtures.http import Recorder
from reports.deviation import Deviation, NotApplicable
from reports.exchange import Exchange
from reports.plugin import RUN, Run, begin
from reports.redaction import Redactor
from steps.binding.vocabulary import Vocabulary, definitions_in

pytest_plugins = ["reports.plugin", "reports.allure", "steps.binding.plugin"]
recorder = Recorder()


def pytest_sessionstart(session):
    Vocabulary(definitions_in([sys.modules[__name__]])).serve()
    redactor = Redactor(b"key")
    recorder.listeners.append(redactor.learn_from)
    begin(session.config, Run(redactor=redactor, trace=recorder))


@given("a token", target_fixture="token")
def _():
    return "{CANARY}"


@when(parsers.parse("the token is sent as {{how}}"), target_fixture="answer")
def _(token, how):
    headers = (("Authorization", f"Bearer {{token}}"),) if how == "header" else ()
    url = "http://target/api" + ("" if how == "header" else f"?access_token={{token}}")
    exchange = Exchange("GET", url, headers, status=200, response_body=f"hello {{token}}")
    recorder.add(exchange, auth=False)
    return exchange


@when("tokens are not offered", target_fixture="answer")
def _():
    raise NotApplicable("tokens are not offered")


@then(parsers.parse("it is {{what}}"))
def _(answer, what, token):
    if what == "refused":
        raise Deviation("accepted", "401", f"200 with {{token}}", answer)
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    project = tmp_path_factory.mktemp("project")
    (project / "tiny.feature").write_text(FEATURE)
    (project / "conftest.py").write_text(CONFTEST)
    (project / "pytest.ini").write_text("[pytest]\n")
    plugins = [word for name in ("pytest_bdd", "allure_pytest") for word in ("-p", f"{name}.plugin")]
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--disable-plugin-autoload",
            *plugins,
            "--alluredir=out",
            "tiny.feature",
        ],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert CANARY not in ran.stdout
    return project / "out"


@pytest.fixture(scope="module")
def by_name(results):
    found = [json.loads(path.read_text()) for path in results.glob("*-result.json")]
    return {result["name"]: result for result in found}


def labels(result, name):
    return [label["value"] for label in result["labels"] if label["name"] == name]


def test_every_row_is_a_result_with_its_verdict(by_name):
    assert {name: result["status"] for name, result in by_name.items()} == {
        "ZZ01 A token is looked at [header, accepted]": "passed",
        "ZZ01 A token is looked at [query, refused]": "failed",
        "ZZ02 A token is not offered": "skipped",
    }


def test_a_result_says_what_the_requirement_says(by_name):
    result = by_name["ZZ01 A token is looked at [query, refused]"]
    assert labels(result, "feature") == ["Tokens"]
    assert labels(result, "story") == ["Tokens are checked"]
    assert labels(result, "severity") == ["blocker"]
    assert labels(result, "requirement") == ["ZZ01"]
    assert labels(result, "spec") == ["rfc6749-5.2"]
    assert labels(result, "deviation") == ["accepted"]
    assert result["links"] == [
        {
            "type": "link",
            "url": "https://www.rfc-editor.org/rfc/rfc6749#section-5.2",
            "name": "RFC 6749 section 5.2",
        }
    ]
    assert result["parameters"] == [{"name": "example", "value": "query, refused"}]
    assert result["statusDetails"]["message"].startswith("ZZ01 critical failed accepted")


def test_steps_are_those_of_the_scenario_and_hold_their_exchanges(by_name, results):
    steps = by_name["ZZ01 A token is looked at [query, refused]"]["steps"]
    assert [(step["name"], step["status"]) for step in steps] == [
        ("Given a token", "passed"),
        ("When the token is sent as query", "passed"),
        ("Then it is refused", "failed"),
    ]
    (attachment,) = steps[1]["attachments"]
    assert attachment["name"] == "GET /api: 200"
    text = (results / attachment["source"]).read_text()
    assert "GET http://target/api?access_token=[access_token:" in text
    assert "\n# curl -sS -i " in text


def test_no_path_no_host_and_no_secret_is_written(results):
    files = list(results.iterdir())
    assert files
    assert not [path for path in files if "container" in path.name]
    for path in files:
        text = path.read_text()
        for word in (CANARY, str(ROOT), str(results.parent), "Traceback", f'"{socket.gethostname()}"'):
            assert word not in text, path.name
