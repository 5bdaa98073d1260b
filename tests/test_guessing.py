"""Generated secrets are judged by the most bits that they can hold."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable

import pytest

from reports.deviation import Deviation
from steps.checks.guessing import unguessable


@pytest.mark.parametrize(
    "make",
    [
        lambda: secrets.token_hex(32),
        lambda: secrets.token_hex(16),
        lambda: secrets.token_urlsafe(32),
        lambda: f"app_{secrets.token_urlsafe(24)}",
    ],
    ids=["hex of 256 bits", "hex of 128 bits", "base64url", "with a prefix"],
)
def test_long_random_secrets_pass(make: Callable[[], str]) -> None:
    unguessable([make() for _ in range(12)], "secrets")


@pytest.mark.parametrize(
    "make",
    [
        lambda: secrets.token_hex(8),
        lambda: str(uuid.uuid4()),
        lambda: "".join(secrets.choice("0123456789") for _ in range(20)),
        lambda: f"a-very-long-prefix-that-is-always-the-same-{secrets.token_hex(4)}",
        lambda: "the same",
    ],
    ids=["64 bits", "UUID of 122 bits", "digits", "short behind a prefix", "all the same"],
)
def test_guessable_secrets_are_weak(make: Callable[[], str]) -> None:
    with pytest.raises(Deviation) as caught:
        unguessable([make() for _ in range(12)], "secrets")
    assert caught.value.kind == "weak"
