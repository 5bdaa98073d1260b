"""From the journal of a run to all that is read of it: record, evidence, certificate."""

from __future__ import annotations

from pathlib import Path

from reports import certificate, evidence, record
from reports.journal import Contents
from reports.record import Record


def render(directory: Path, contents: Contents) -> Record:
    """Write all renderings of a run into its folder; return its record. Raises OSError where that cannot be."""
    made = record.derive(contents)
    record.write(directory, made)
    evidence.write(directory, contents.rows)
    certificate.write(directory, made, contents.rows)
    return made
