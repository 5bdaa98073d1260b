"""A pytest plugin that sends a signal in the middle of one scenario, at its first step.

AUTHMARK_SIGNAL is the signal's name, AUTHMARK_SIGNAL_IN what the scenario's name begins with,
and AUTHMARK_SIGNAL_SENT a file that notes that it was sent, so that it is sent once. An interrupt goes to the
whole process group, as from a keyboard.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest


def pytest_bdd_before_step(request: pytest.FixtureRequest) -> None:
    sent = Path(os.environ["AUTHMARK_SIGNAL_SENT"])
    if request.node.name.startswith(os.environ["AUTHMARK_SIGNAL_IN"]) and not sent.exists():
        sent.touch()
        which = signal.Signals[os.environ["AUTHMARK_SIGNAL"]]
        if which is signal.SIGINT:
            os.killpg(0, which)
        else:
            os.kill(os.getpid(), which)
