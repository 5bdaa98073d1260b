"""The deviations file: what somebody answers for, by requirement, example, kind, reason, owner and expiry.

    [[deviation]]
    id = "AC01"
    example = "a code that was redeemed before"     # of an outline, where there are several
    kind = "wrong-error"
    reason = "The gateway rewrites error codes; ticket 4711."
    owner = "Jane Doe"
    expires = 2027-03-31

`kind` is how the rule was broken, or `blocked` or `not-tested` where nothing could be learned. It is strict: an entry
that did not happen, is past its date, or names something else than was seen, fails the run. An outline that fails in
two examples needs two entries.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Protocol

from reports.deviation import KINDS
from reports.problem import UsageProblem
from reports.verdict import Verdict

_UNJUDGED = ("blocked", "not-tested")


class Subject(Protocol):
    """What a waiver may cover: one example of a requirement as it was judged."""

    @property
    def id(self) -> str:
        """The requirement's id."""

    @property
    def example(self) -> str:
        """The row of the outline; empty where there is one only."""

    @property
    def verdict(self) -> Verdict:
        """How it was judged."""

    @property
    def kind(self) -> str | None:
        """How the rule was broken."""


@dataclass(frozen=True)
class Waiver:
    """One entry: this example of this requirement may end in this way until the end of the day `expires`."""

    id: str
    kind: str
    reason: str
    owner: str
    expires: date
    example: str = ""

    def covers(self, subject: Subject, today: date | None = None) -> bool:
        """Whether it excuses this; `today` is the date in UTC."""
        if self.expires < (today or datetime.now(UTC).date()):
            return False
        return self.is_of(subject) and self.kind == kind_of(subject)

    def is_of(self, subject: Subject) -> bool:
        """Whether it speaks of this example of this requirement."""
        return self.id == subject.id and self.example.split() == subject.example.split()


def kind_of(subject: Subject) -> str | None:
    """What there is to waive: the kind of the finding, or the verdict where nothing was learned; None for the rest."""
    return subject.verdict if subject.verdict in _UNJUDGED else subject.kind


def problems_of(
    waivers: Sequence[Waiver], subjects: Sequence[Subject], today: date, *, is_selection: bool
) -> list[str]:
    """A sentence for each entry that does not hold.

    An entry for what was not asked, as in a run of a selection, is passed over.
    """
    problems = []
    for waiver in waivers:
        asked = [subject for subject in subjects if subject.id == waiver.id]
        if not asked:
            continue
        mine = next((subject for subject in asked if waiver.is_of(subject)), None)
        if mine is None and is_selection and waiver.example:
            continue
        problem = _problem(waiver, mine, today) if mine else _no_such_example(waiver, asked)
        if problem:
            example = f" [{waiver.example}]" if waiver.example else ""
            problems.append(
                f"{waiver.id}{example} {waiver.kind} (owner {waiver.owner}, until {waiver.expires}): {problem}"
            )
    return problems


def _problem(waiver: Waiver, subject: Subject, today: date) -> str:
    if subject.verdict == "passed":
        return "did not happen, the requirement passed; remove the entry"
    seen = kind_of(subject)
    if seen is None or (seen in _UNJUDGED and waiver.kind not in _UNJUDGED):
        return f"could not be judged, the requirement is {subject.verdict}"
    if waiver.kind != seen:
        return f"another kind was seen, {seen}; look at the finding again"
    if waiver.expires < today:
        return "has expired; mend the target or renew the entry"
    return ""


def _no_such_example(waiver: Waiver, asked: Sequence[Subject]) -> str:
    examples = " | ".join(subject.example for subject in asked if kind_of(subject))
    wanted = f"; those to waive: {examples}" if examples else ""
    if waiver.example:
        return f"there is no such example{wanted}"
    return f"names no example, and the requirement has several; add an example = line{wanted}"


_FIELDS = {field.name: field.default is MISSING for field in fields(Waiver)}  # name -> is required


def load(file: Path | str, known_ids: Iterable[str] | None) -> tuple[Waiver, ...]:
    """The entries of a deviations file; `known_ids` None leaves the ids unchecked.

    Raises `UsageProblem` where the file cannot be read or an entry cannot be understood.
    """
    path = Path(file)
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageProblem(f"{path}: {error.strerror or 'cannot be read'}; name a deviations file") from error
    except UnicodeDecodeError as error:
        raise UsageProblem(f"{path}: is not UTF-8 text; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageProblem(f"{path}: is no valid TOML: {error}") from error
    entries = document.pop("deviation", [])
    if document:
        raise UsageProblem(
            f"{path}: unknown member {next(iter(document))!r}; entries stand under [[deviation]]"
        )
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise UsageProblem(f"{path}: 'deviation' is no list of tables; write each entry as [[deviation]]")
    ids = None if known_ids is None else sorted(known_ids)
    waivers: list[Waiver] = []
    for number, entry in enumerate(entries, start=1):
        waiver = _waiver(entry, f"{path}: entry {number}", ids)
        if any(
            (one.id, one.example, one.kind) == (waiver.id, waiver.example, waiver.kind) for one in waivers
        ):
            raise UsageProblem(f"{path}: entry {number}: {waiver.id} {waiver.kind} stands twice; remove one")
        waivers.append(waiver)
    return tuple(waivers)


def _waiver(entry: Mapping[str, Any], place: str, known_ids: Sequence[str] | None) -> Waiver:
    for name in entry:
        if name not in _FIELDS:
            raise UsageProblem(f"{place}: unknown field {name!r}{_nearest(name, list(_FIELDS))}")
    for name, is_required in _FIELDS.items():
        if name not in entry and is_required:
            needed = ", ".join(name for name, is_required in _FIELDS.items() if is_required)
            raise UsageProblem(f"{place}: has no {name!r}; an entry needs {needed}")
        value = entry.get(name)
        if name in entry and name != "expires" and (not isinstance(value, str) or not value.strip()):
            raise UsageProblem(f"{place}: {name!r} must be a text that is not empty")
    expires = entry["expires"]
    if not isinstance(expires, date) or isinstance(expires, datetime):
        raise UsageProblem(
            f"{place}: 'expires' is no date; write it without quotes, as in expires = 2027-03-31"
        )
    if known_ids is not None and entry["id"] not in known_ids:
        raise UsageProblem(f"{place}: unknown id {entry['id']!r}{_nearest(entry['id'], known_ids)}")
    known_kinds = (*KINDS, *_UNJUDGED)
    if entry["kind"] not in known_kinds:
        hint = _nearest(entry["kind"], known_kinds) or f"; one of {', '.join(known_kinds)}"
        raise UsageProblem(f"{place}: unknown kind {entry['kind']!r}{hint}")
    return Waiver(**entry)


def _nearest(word: str, words: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""
