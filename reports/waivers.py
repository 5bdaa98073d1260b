"""The deviations file: failures that somebody answers for, by requirement, kind, reason, owner and expiry.

    [[deviation]]
    id = "AC01"
    kind = "wrong-error"
    reason = "The gateway rewrites error codes; ticket 4711."
    owner = "Jane Doe"
    expires = 2027-03-31

It is strict: an entry that did not happen, is past its date, or names another kind than was seen, fails the
run. A requirement that fails in two ways needs two entries.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from reports.deviation import KINDS
from reports.problem import UsageProblem


@dataclass(frozen=True)
class Waiver:
    """One entry: this requirement may fail in this way until the end of the day `expires`."""

    id: str
    kind: str
    reason: str
    owner: str
    expires: date

    def covers(self, row: Mapping[str, Any], today: date | None = None) -> bool:
        """Whether it excuses this row; `today` is the date in UTC."""
        in_date = self.expires >= (today or datetime.now(UTC).date())
        return in_date and (row["id"], row["kind"]) == (self.id, self.kind)


_FIELDS = tuple(field.name for field in fields(Waiver))


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
        if any((one.id, one.kind) == (waiver.id, waiver.kind) for one in waivers):
            raise UsageProblem(f"{path}: entry {number}: {waiver.id} {waiver.kind} stands twice; remove one")
        waivers.append(waiver)
    return tuple(waivers)


def _waiver(entry: Mapping[str, Any], place: str, known_ids: Sequence[str] | None) -> Waiver:
    for name in entry:
        if name not in _FIELDS:
            raise UsageProblem(f"{place}: unknown field {name!r}{_nearest(name, _FIELDS)}")
    for name in _FIELDS:
        if name not in entry:
            raise UsageProblem(f"{place}: has no {name!r}; an entry needs {', '.join(_FIELDS)}")
        if name != "expires" and (not isinstance(entry[name], str) or not entry[name].strip()):
            raise UsageProblem(f"{place}: {name!r} must be a text that is not empty")
    expires = entry["expires"]
    if not isinstance(expires, date) or isinstance(expires, datetime):
        raise UsageProblem(
            f"{place}: 'expires' is no date; write it without quotes, as in expires = 2027-03-31"
        )
    if known_ids is not None and entry["id"] not in known_ids:
        raise UsageProblem(f"{place}: unknown id {entry['id']!r}{_nearest(entry['id'], known_ids)}")
    if entry["kind"] not in KINDS:
        hint = _nearest(entry["kind"], KINDS) or f"; one of {', '.join(KINDS)}"
        raise UsageProblem(f"{place}: unknown kind {entry['kind']!r}{hint}")
    return Waiver(**entry)


def _nearest(word: str, words: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""


def apply(
    results: Sequence[Mapping[str, Any]], waivers: Sequence[Waiver], today: date
) -> tuple[list[dict[str, Any]], list[str]]:
    """The results with `waived` set, and a sentence for each entry that does not hold.

    A result is waived where every kind in which it fails (an outline may fail in several) has a valid entry.
    An entry for a requirement that has no result, as in a run of a selection, is passed over.
    """
    judged = [dict(result) for result in results]
    problems: list[str] = []
    for result in judged:
        kinds = kinds_of(result)
        mine = [waiver for waiver in waivers if waiver.id == result["id"]]
        problems += [problem for waiver in mine if (problem := _problem(waiver, result, kinds, today))]
        excused = {waiver.kind for waiver in mine if waiver.expires >= today}
        result["waived"] = bool(kinds) and kinds <= excused
    return judged, problems


def kinds_of(result: Mapping[str, Any]) -> set[str]:
    """Every kind in which a requirement failed or was warned of; empty where it did neither."""
    if result["verdict"] not in {"failed", "warning"}:
        return set()
    return {example["kind"] for example in result["examples"] if example["kind"]} | {result["kind"]}


def _problem(waiver: Waiver, result: Mapping[str, Any], kinds: set[str], today: date) -> str:
    name = f"{waiver.id} {waiver.kind} (owner {waiver.owner}, until {waiver.expires})"
    if result["verdict"] == "passed":
        return f"{name}: did not happen, the requirement passed; remove the entry"
    if not kinds:
        return f"{name}: could not be judged, the requirement is {result['verdict']}"
    if waiver.kind not in kinds:
        return f"{name}: another kind was seen, {', '.join(sorted(kinds))}; look at the finding again"
    if waiver.expires < today:
        return f"{name}: has expired; mend the target or renew the entry"
    return ""
