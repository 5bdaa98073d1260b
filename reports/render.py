"""From the journal of a run to all that is read of it: record, evidence, certificate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from reports import certificate, evidence, record
from reports.journal import Contents
from reports.record import Record


def render(directory: Path, contents: Contents) -> Record:
    """Write all renderings of a run into its folder; return its record. Raises OSError where that cannot be."""
    made = record.derive(contents)
    for name, text in texts(contents, made):
        record.write_whole(directory / name, text)
    return made


def texts(contents: Contents, made: Record) -> Iterator[tuple[str, str]]:
    """Every rendering of a run, by the name of its file."""
    yield record.FILE_NAME, record.text(made)
    yield from evidence.texts(contents.rows)
    yield certificate.FILE_NAME, certificate.render(made, contents.rows)
