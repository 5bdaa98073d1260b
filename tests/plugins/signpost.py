"""A pytest plugin that says in the file AUTHMARK_SIGNPOST which scenario runs, and in which kind of step."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

SIGNPOST = Path(os.environ["AUTHMARK_SIGNPOST"])


def pytest_bdd_before_step(request: pytest.FixtureRequest, step: Any) -> None:
    SIGNPOST.write_text(f"{request.node.name.partition('[')[0]} {step.type}")
