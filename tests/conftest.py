"""What the harness's own tests tell at their end."""

from __future__ import annotations

import pytest

FIGURES = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """How thoroughly faults are proven (see `test_faults.py`)."""
    parser.addoption("--exact", action="store_true", help="prove each fault against all requirements")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What the proof of the faults cost."""
    if FIGURES in config.stash:
        terminalreporter.write_line(config.stash[FIGURES])
