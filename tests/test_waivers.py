"""Waivers: a deviations file is strict when it is read, and strict about what then happens."""

from datetime import date

import pytest

from reports import record, waivers
from reports.problem import UsageProblem
from reports.waivers import Waiver
from tests.report_rows import row

GOOD = """
[[deviation]]
id = "PK02"
kind = "accepted"
reason = "ticket 4711"
owner = "Jane Doe"
expires = 2027-03-31
"""
IDS = ["PK01", "PK02", "PK03"]
TODAY = date(2026, 11, 24)


def waiver(id_="PK02", kind="accepted", expires=date(2027, 3, 31)):
    return Waiver(id_, kind, "ticket 4711", "Jane Doe", expires)


def apply(rows, *entries):
    ids = dict.fromkeys(each["id"] for each in rows)
    results = [record.result_of([each for each in rows if each["id"] == id_]) for id_ in ids]
    return waivers.apply(results, entries, TODAY)


def test_a_good_file_is_read(tmp_path):
    file = tmp_path / "deviations.toml"
    file.write_text(GOOD)
    assert waivers.load(file, IDS) == (waiver(),)
    assert waivers.load(str(file), None) == (waiver(),)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (GOOD.replace("PK02", "PK02a"), "unknown id 'PK02a'; did you mean 'PK02'?"),
        (GOOD.replace("accepted", "acepted"), "unknown kind 'acepted'; did you mean 'accepted'?"),
        (GOOD.replace("accepted", "x"), "unknown kind 'x'; one of accepted, refused,"),
        (GOOD.replace("owner", "onwer"), "unknown field 'onwer'; did you mean 'owner'?"),
        (
            GOOD.replace('owner = "Jane Doe"', ""),
            "has no 'owner'; an entry needs id, kind, reason, owner, expires",
        ),
        (GOOD.replace("Jane Doe", " "), "'owner' must be a text that is not empty"),
        (GOOD.replace("2027-03-31", '"2027-03-31"'), "'expires' is no date; write it without quotes"),
        (GOOD.replace("2027-03-31", "2027-03-31T00:00:00"), "'expires' is no date"),
        (GOOD + GOOD, "entry 2: PK02 accepted stands twice"),
        (GOOD.replace("= 2027", "2027"), "is no valid TOML: "),
        (GOOD.replace("= 2027", "2027"), "line 7"),
        ("[deviation]\nid = 'PK02'", "write each entry as [[deviation]]"),
        ("[[deviations]]", "unknown member 'deviations'"),
    ],
)
def test_a_bad_file_is_refused_with_one_line_that_names_the_place(tmp_path, text, complaint):
    file = tmp_path / "deviations.toml"
    file.write_text(text)
    with pytest.raises(UsageProblem) as caught:
        waivers.load(file, IDS)
    assert complaint in str(caught.value)
    assert str(caught.value).startswith(str(file))
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UsageProblem, match=r"none\.toml: No such file"):
        waivers.load(tmp_path / "none.toml", IDS)


def test_a_listed_failure_is_waived():
    results, problems = apply([row("PK02", "failed")], waiver())
    assert [result["waived"] for result in results] == [True]
    assert problems == []


def test_a_listed_warning_is_waived():
    results, problems = apply([row("PK02", "warning")], waiver())
    assert results[0]["waived"]
    assert not problems


@pytest.mark.parametrize(
    ("rows", "entry", "complaint"),
    [
        (
            [row("PK02", "passed")],
            waiver(),
            "PK02 accepted (owner Jane Doe, until 2027-03-31): did not happen",
        ),
        ([row("PK02", "failed")], waiver(expires=date(2026, 11, 23)), "has expired"),
        ([row("PK02", "failed", kind="wrong-error")], waiver(), "another kind was seen, wrong-error"),
        ([row("PK02", "blocked")], waiver(), "could not be judged, the requirement is blocked"),
        ([row("PK02", "not-applicable")], waiver(), "could not be judged, the requirement is not-applicable"),
    ],
)
def test_an_entry_that_does_not_hold_is_named(rows, entry, complaint):
    results, (problem,) = apply(rows, entry)
    assert complaint in problem
    assert not results[0]["waived"]


def test_an_entry_holds_to_the_end_of_its_last_day():
    assert apply([row("PK02", "failed")], waiver(expires=TODAY))[0][0]["waived"]


def test_an_entry_for_what_was_not_selected_is_passed_over():
    assert apply([row("PK01", "passed")], waiver())[1] == []


def test_an_outline_that_fails_in_two_ways_needs_two_entries():
    rows = [row("PK02", "failed", example="a"), row("PK02", "failed", example="b", kind="server-error")]
    assert not apply(rows, waiver())[0][0]["waived"]
    results, problems = apply(rows, waiver(), waiver(kind="server-error"))
    assert results[0]["waived"]
    assert not problems


def test_covers_speaks_for_one_row():
    assert waiver().covers(row("PK02", "failed"), TODAY)
    assert not waiver().covers(row("PK03", "failed"), TODAY)
    assert not waiver(kind="refused").covers(row("PK02", "failed"), TODAY)
    assert not waiver(expires=date(2026, 1, 1)).covers(row("PK02", "failed"), TODAY)
