"""The certification report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def write(directory: Path, record: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> None:
    """Not there yet."""
