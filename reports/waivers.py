"""The deviations file: what somebody answers for, by requirement, example, kind, reason, owner and expiry.

    [[deviation]]
    id = "AC01"
    example = "a code that was redeemed before"     # of an outline, where there are several
    kind = "wrong-error"
    reason = "The gateway rewrites error codes; ticket 4711."
    owner = "Jane Doe"
    expires = 2027-03-31
    sometimes = true                                 # of a race: it need not happen in every run

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
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Protocol, get_type_hints

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
    sometimes: bool = False

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
    if subject.verdict == "passed" and waiver.sometimes and waiver.expires >= today:
        return ""
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


def load(file: Path | str, known_ids: Iterable[str] | None) -> tuple[Waiver, ...]:
    """The entries of a deviations file; `known_ids` None leaves the ids unchecked.

    Raises `UsageProblem`, with a line for everything that is wrong, where the file cannot be read or understood.
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
    problems = [f"unknown member {name!r}; entries stand under [[deviation]]" for name in document]
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        problems.append("'deviation' is no list of tables; write each entry as [[deviation]]")
        entries = []
    waivers: list[Waiver] = []
    for number, entry in enumerate(entries, start=1):
        waiver, found = _read(entry, None if known_ids is None else sorted(known_ids))
        if waiver and any(_subject(one) == _subject(waiver) for one in waivers):
            found.append(f"{waiver.id} {waiver.kind} stands twice; remove one")
        problems += [f"entry {number}: {problem}" for problem in found]
        waivers += [waiver] if waiver else []
    if problems:
        raise UsageProblem(*(f"{path}: {problem}" for problem in problems))
    return tuple(waivers)


def _subject(waiver: Waiver) -> tuple[str, str, str]:
    return waiver.id, waiver.example, waiver.kind


def _read(entry: Mapping[str, Any], known_ids: Sequence[str] | None) -> tuple[Waiver | None, list[str]]:
    """An entry, or everything that is wrong with it."""
    from pydantic import ValidationError  # noqa: PLC0415  0.2 s, only where there is a deviations file

    problems = []
    spelt = {name: value for name, value in entry.items() if name in _FIELDS}
    for name in entry.keys() - spelt.keys():
        problems.append(f"unknown field {name!r}{_nearest(name, _FIELDS)}")
        if near := _near(name, _FIELDS):  # read as what it was meant to be, so that one slip is one line
            spelt.setdefault(near, entry[name])
    try:
        waiver = Waiver(**_schema().model_validate(spelt).model_dump())
    except ValidationError as error:
        return None, problems + [_said(each) for each in error.errors(include_url=False)]
    problems += [
        f"{name!r} is empty; say it" for name in ("reason", "owner") if not getattr(waiver, name).strip()
    ]
    if known_ids is not None and waiver.id not in known_ids:
        problems.append(f"unknown id {waiver.id!r}{_nearest(waiver.id, known_ids)}")
    known_kinds = (*KINDS, *_UNJUDGED)
    if waiver.kind.partition(":")[0] not in known_kinds:
        hint = _nearest(waiver.kind, known_kinds) or f"; one of {', '.join(known_kinds)}"
        problems.append(f"unknown kind {waiver.kind!r}{hint}")
    return waiver, problems


@cache
def _schema() -> Any:
    from pydantic import Strict, create_model  # noqa: PLC0415  as above

    types: dict[str, Any] = {
        name: (Annotated[kind, Strict()], ... if name in _NEEDED else kind())
        for name, kind in get_type_hints(Waiver).items()
    }
    return create_model("Entry", **types)


_FIELDS = tuple(field.name for field in fields(Waiver))
_NEEDED = tuple(field.name for field in fields(Waiver) if field.default is MISSING)


def _said(error: Mapping[str, Any]) -> str:
    """One of pydantic's errors in our words."""
    name = error["loc"][0]
    if error["type"] == "missing":
        return f"has no {name!r}; an entry needs {', '.join(_NEEDED)}"
    if name == "expires":
        return "'expires' is no date; write it without quotes, as in expires = 2027-03-31"
    return f"{name!r} must be {'true or false' if name == 'sometimes' else 'a text'}"


def _near(word: str, words: Sequence[str]) -> str:
    return next(iter(difflib.get_close_matches(word, words, n=1, cutoff=0.5)), "")


def _nearest(word: str, words: Sequence[str]) -> str:
    return f"; did you mean {near!r}?" if (near := _near(word, words)) else ""
