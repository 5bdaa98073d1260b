"""A pytest plugin that does what a user does with a finding: pastes its curl line, secrets set, into a shell.

What came each time, and what had come before, goes into the file AUTHMARK_AGAIN, one JSON object a line.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from reports.exchange import Exchange
from reports.redaction import Redactor

AGAIN = Path(os.environ["AUTHMARK_AGAIN"])
_lines: dict[str, Exchange] = {}


def pytest_configure() -> None:
    curl = Redactor.curl

    def noting(self: Redactor, exchange: Exchange) -> str:
        line = curl(self, exchange)
        _lines[line] = exchange
        return line

    pytest.MonkeyPatch().setattr(Redactor, "curl", noting)


def pytest_runtest_logreport(report: Any) -> None:
    row = getattr(report, "authmark_row", None)
    if not row or not row.reproduce:
        return
    exchange = _lines[row.reproduce]
    bearer = dict(exchange.request_headers).get("Authorization", "").partition(" ")[2]
    fields = dict(parse_qsl(urlsplit(exchange.url).query) + parse_qsl(exchange.request_body))
    secrets = {name.upper(): value for name, value in fields.items()}
    secrets |= {"WRONG_SECRET": secrets.get("CLIENT_SECRET", "")} | (
        {"ACCESS_TOKEN": bearer} if bearer else {}
    )
    done = subprocess.run(
        ["bash", "-c", row.reproduce],  # noqa: S607  as a user's shell
        env={"PATH": os.environ["PATH"], **secrets},
        capture_output=True,
        text=True,
        check=False,
    )
    head, _, body = done.stdout.partition("\n\n")
    with AGAIN.open("a") as file:
        said = {"id": row.id, "before": exchange.status, "head": head, "body": body, "error": done.stderr}
        file.write(json.dumps(said) + "\n")
