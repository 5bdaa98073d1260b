"""`rows.jsonl`: what a run notes while it goes on, one JSON object a line, the header first.

It is the source of everything else that a run writes. A run that was killed leaves it without an `end`, perhaps with
half a last line; what stands in it is as good as ever.

    {"header": {...}}                 what is run against what
    {"collected": ["PK01", "PK02"]}   the requirement of every collected item
    {"row": {...}}                    a judged example
    {"withdrawn": {"row": 17, ...}}   the row of that number, from 0, proves nothing after all, and why
    {"lost": "PK03"}                  the process that ran an example of it died
    {"end": {...}}                    that the run ended, and what is known only then
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal

from reports.row import RedactedExchange, Row, to_json, withdrawn
from reports.verdict import FailOn
from reports.waivers import Waiver

FILE_NAME = "rows.jsonl"
SCHEMA_VERSION: Literal[2] = 2


class RecordError(ValueError):
    """A run's folder that cannot be read; the message is one line."""


@dataclass(frozen=True)
class Tool:
    """What ran. `commit` is empty where the program does not stand in a git repository."""

    name: str
    version: str
    commit: str

    __pydantic_config__: ClassVar = {"extra": "forbid"}


@dataclass(frozen=True)
class RequirementSet:
    """Which questions there are: `version` changes with anything that decides a verdict."""

    version: str
    ids: tuple[str, ...]

    @property
    def total(self) -> int:
        """How many there are."""
        return len(self.ids)

    __pydantic_config__: ClassVar = {"extra": "forbid"}


@dataclass(frozen=True)
class TargetInfo:
    """The server under test. `version` is what it says of itself, empty where it says nothing."""

    name: str
    base_url: str
    adapter: str
    environment: str
    issuer: str = ""
    version: str = ""

    __pydantic_config__: ClassVar = {"extra": "forbid"}


@dataclass(frozen=True)
class Claims:
    """What the profile claims."""

    methods: tuple[str, ...]
    features: tuple[str, ...]

    __pydantic_config__: ClassVar = {"extra": "forbid"}


@dataclass(frozen=True)
class Header:
    """What is run against what, as far as it is known at the start."""

    run: str  # the id of the run, which also stands in the names of what it makes on the target
    tool: Tool
    requirement_set: RequirementSet
    target: TargetInfo
    claims: Claims
    started: str  # ISO 8601, UTC
    options: tuple[str, ...]  # the command line, redacted
    fail_on: FailOn = "high"
    waivers: tuple[Waiver, ...] = ()
    signed_by: str = ""  # fingerprint of the public key whose owner signs the run
    schema_version: Literal[2] = SCHEMA_VERSION

    __pydantic_config__: ClassVar = {"extra": "forbid"}


@dataclass(frozen=True)
class End:
    """What is known only when a run ends."""

    finished: str  # ISO 8601, UTC
    deselected: int  # items that the user's selection left out
    exchanges: int
    auth_requests: int
    left_behind: tuple[str, ...]  # what could not be removed from the target

    __pydantic_config__: ClassVar = {"extra": "forbid"}


@dataclass(frozen=True)
class Withdrawal:
    """Why a row proves nothing after all, and what shows that."""

    row: int  # its number among the rows, from 0
    reason: str
    exchanges: tuple[RedactedExchange, ...]

    __pydantic_config__: ClassVar = {"extra": "forbid"}


@dataclass(frozen=True)
class Contents:
    """A journal as read. `end` is None where the run did not end."""

    header: Header
    collected: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    lost: tuple[str, ...] = ()
    end: End | None = None


class Journal:
    """The journal of a run that goes on. Raises OSError where it cannot be written."""

    def __init__(self, path: Path, header: Header) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self.rows: list[Row] = []
        self.collected: tuple[str, ...] = ()
        self.lost: list[str] = []
        self._header = header
        self._append({"header": header})

    def collect(self, ids: Sequence[str]) -> None:
        """Notes the requirement of every collected item; the workers of a parallel run all say the same."""
        if tuple(ids) != self.collected:
            self.collected = tuple(ids)
            self._append({"collected": self.collected})

    def add(self, row: Row) -> None:
        """Notes a row."""
        self.rows.append(row)
        self._append({"row": row})

    def withdraw(self, withdrawal: Withdrawal) -> None:
        """Notes that a row proves nothing after all."""
        _withdraw(self.rows, withdrawal)
        self._append({"withdrawn": withdrawal})

    def lose(self, id_: str) -> None:
        """Notes that the process died that ran an example of a requirement."""
        self.lost.append(id_)
        self._append({"lost": id_})

    def finish(self, end: End) -> Contents:
        """Notes the end, and gives back all that was noted."""
        self._append({"end": end})
        os.close(self._file)
        return Contents(self._header, self.collected, tuple(self.rows), tuple(self.lost), end)

    def _append(self, line: dict[str, Any]) -> None:
        # One write of one whole line: a kill leaves whole lines before it.
        data = (to_json(line) + "\n").encode()
        while data:
            data = data[os.write(self._file, data) :]


def read(directory: Path) -> Contents:
    """The journal in a run's folder. Raises RecordError where there is none, or a line cannot be understood."""
    path = directory / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise RecordError(
            f"{path}: {error.strerror or 'cannot be read'}; name the folder of a run"
        ) from error
    except UnicodeDecodeError as error:
        raise RecordError(f"{path}: is not UTF-8 text") from error
    lines = text.split("\n")
    if lines.pop():  # the last line has no end: the run was killed while it wrote
        pass
    noted: list[_Line] = []
    for number, line in enumerate(lines, start=1):
        try:
            noted.append(_reader().validate_json(line))
        except ValueError as error:
            problem = " ".join(str(error).split("\n")[1:3])[:200]
            raise RecordError(f"{path}: line {number} is none of a run: {problem}") from error
    headers = [each.header for each in noted if each.header]
    if len(headers) != 1 or not noted[0].header:
        raise RecordError(f"{path}: has no header as its first line, or more than one")
    rows = [each.row for each in noted if each.row]
    for each in noted:
        if each.withdrawn:
            if each.withdrawn.row not in range(len(rows)):
                raise RecordError(f"{path}: withdraws row {each.withdrawn.row}, which it does not have")
            _withdraw(rows, each.withdrawn)
    return Contents(
        header=headers[0],
        collected=next((each.collected for each in reversed(noted) if each.collected is not None), ()),
        rows=tuple(rows),
        lost=tuple(each.lost for each in noted if each.lost),
        end=next((each.end for each in noted if each.end), None),
    )


def _withdraw(rows: list[Row], withdrawal: Withdrawal) -> None:
    rows[withdrawal.row] = withdrawn(rows[withdrawal.row], withdrawal.reason, withdrawal.exchanges)


@dataclass(frozen=True)
class _Line:
    """One line: one of these."""

    header: Header | None = None
    collected: tuple[str, ...] | None = None
    row: Row | None = None
    withdrawn: Withdrawal | None = None
    lost: str | None = None
    end: End | None = None

    __pydantic_config__: ClassVar = {"extra": "forbid"}


@cache
def _reader() -> Any:
    # Only who renders a run again reads; a run that goes on should not wait for this import.
    from pydantic import TypeAdapter  # noqa: PLC0415  see the line above

    return TypeAdapter(_Line)
