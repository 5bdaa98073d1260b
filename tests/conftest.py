"""Options of the harness's own tests."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--exact",
        action="store_true",
        help="prove also that a fault changes no verdict that it does not name (every fault runs every scenario)",
    )
