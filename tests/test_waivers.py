"""Waivers: a deviations file is strict when it is read, and strict about what then happens."""

from dataclasses import replace
from datetime import date

import pytest

from reports import waivers
from reports.__main__ import main
from reports.problem import UsageProblem
from reports.waivers import Waiver
from tests.report_rows import END, build, contents, row, write_journal

GOOD = """
[[deviation]]
id = "PK02"
kind = "accepted"
reason = "ticket 4711"
owner = "Jane Doe"
expires = 2027-03-31
"""
IDS = ["PK01", "PK02", "PK03"]
TODAY = date(2026, 11, 24)  # when the runs of these tests end


def waiver(id_="PK02", kind="accepted", expires=date(2027, 3, 31), example="", *, sometimes=False):
    return Waiver(id_, kind, "ticket 4711", "Jane Doe", expires, example, sometimes)


def apply(rows, *entries, deselected=0):
    made = build(rows, waivers=entries, end=replace(END, deselected=deselected))
    return made.results, list(made.footer.waivers.problems)


def test_a_good_file_is_read(tmp_path):
    file = tmp_path / "deviations.toml"
    file.write_text(GOOD)
    assert waivers.load(file, IDS) == (waiver(),)
    assert waivers.load(str(file), None) == (waiver(),)


def test_an_entry_may_name_an_example_and_what_could_not_be_judged(tmp_path):
    file = tmp_path / "deviations.toml"
    file.write_text(GOOD.replace("accepted", "blocked") + 'example = "another verifier"\n')
    assert waivers.load(file, IDS) == (waiver(kind="blocked", example="another verifier"),)


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
        (GOOD.replace("Jane Doe", " "), "'owner' is empty; say it"),
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


def test_all_that_is_wrong_is_told_at_once(tmp_path):
    file = tmp_path / "deviations.toml"
    bad = GOOD.replace("PK02", "PK09").replace("ticket 4711", "").replace("2027-03-31", "4711")
    file.write_text("x = 1\n" + bad + GOOD.replace("owner", "onwer").replace("accepted", "acepted"))
    with pytest.raises(UsageProblem) as caught:
        waivers.load(file, IDS)
    assert [line.removeprefix(f"{file}: ") for line in caught.value.lines] == [
        "unknown member 'x'; entries stand under [[deviation]]",
        "entry 1: 'expires' is no date; write it without quotes, as in expires = 2027-03-31",
        "entry 2: unknown field 'onwer'; did you mean 'owner'?",
        "entry 2: unknown kind 'acepted'; did you mean 'accepted'?",
    ]


def test_a_kind_tells_what_it_is_about(tmp_path):
    """A waiver of Pragma excuses no missing Cache-Control."""
    file = tmp_path / "deviations.toml"
    file.write_text(GOOD.replace("accepted", "missing-header:pragma"))
    (pragma,) = waivers.load(file, IDS)
    assert apply([row("PK02", "failed", kind="missing-header:pragma")], pragma)[0][0].waived
    results, (problem,) = apply([row("PK02", "failed", kind="missing-header:cache-control")], pragma)
    assert not results[0].waived
    assert "another kind was seen, missing-header:cache-control" in problem


# ----- a file made from a run


def test_a_file_made_from_a_run_is_refused_until_it_is_filled_and_then_holds(tmp_path, capsys):
    rows = [
        row("PK01"),
        row("PK02", "failed", example='say "a"', received="200 with \\ and \u2028"),
        row("PK02", "failed", example="b", kind="missing-header:pragma"),
        row("PK03", "blocked", reason="why"),
        row("PK04", "error", reason="no answer"),
    ]
    write_journal(tmp_path, contents(rows, waivers=[waiver(example='say "a"')]))
    assert main(["waive", str(tmp_path)]) == 0
    file = tmp_path / "deviations.toml"
    assert capsys.readouterr().out.startswith(f"{file}: 3 entries")
    with pytest.raises(UsageProblem) as caught:
        waivers.load(file, IDS)
    assert [line.partition(": ")[2] for line in caught.value.lines] == [
        f"entry {number}: {name!r} is empty; say it" for number in (2, 3) for name in ("reason", "owner")
    ]
    assert main(["waive", str(tmp_path)]) == 4, "a file that somebody may have filled is not written over"
    assert "exists" in capsys.readouterr().err
    file.write_text(
        file.read_text().replace('reason = ""', 'reason = "r"').replace('owner = ""', 'owner = "o"')
    )
    entries = waivers.load(file, IDS)
    assert entries[0] == waiver(example='say "a"'), "an entry that holds is kept as it is"
    results, problems = apply(rows[:-1], *entries)
    assert [result.waived for result in results] == [False, True, True]
    assert problems == []


def test_where_there_is_nothing_to_waive_no_file_is_written(tmp_path, capsys):
    write_journal(tmp_path, contents([row("PK01")]))
    assert main(["waive", str(tmp_path)]) == 0
    assert "nothing to waive" in capsys.readouterr().out
    assert not (tmp_path / "deviations.toml").exists()


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UsageProblem, match=r"none\.toml: No such file"):
        waivers.load(tmp_path / "none.toml", IDS)


@pytest.mark.parametrize("verdict", ["failed", "warning"])
def test_a_listed_finding_is_waived(verdict):
    results, problems = apply([row("PK02", verdict)], waiver())
    assert [result.waived for result in results] == [True]
    assert problems == []


@pytest.mark.parametrize("verdict", ["blocked", "not-tested"])
def test_what_could_not_be_judged_can_be_waived(verdict):
    results, problems = apply([row("PK02", verdict)], waiver(kind=verdict))
    assert results[0].waived
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
        ([row("PK02", "failed")], waiver(kind="blocked"), "another kind was seen, accepted"),
        ([row("PK02", "blocked")], waiver(), "could not be judged, the requirement is blocked"),
        ([row("PK02", "blocked")], waiver(kind="not-tested"), "another kind was seen, blocked"),
        ([row("PK02", "error")], waiver(kind="blocked"), "could not be judged, the requirement is error"),
        ([row("PK02", "not-applicable")], waiver(), "could not be judged, the requirement is not-applicable"),
        (
            [row("PK02", "failed", example="a"), row("PK02", "failed", example="b")],
            waiver(),
            "names no example, and the requirement has several; add an example = line; those to waive: a | b",
        ),
        (
            [row("PK02", "failed", example="a")],
            waiver(example="x"),
            "there is no such example; those to waive: a",
        ),
        ([row("PK02", "failed")], waiver(example="x"), "there is no such example"),
    ],
)
def test_an_entry_that_does_not_hold_is_named(rows, entry, complaint):
    results, (problem,) = apply(rows, entry)
    assert complaint in problem
    assert not results[0].waived


def test_what_happens_only_sometimes_need_not_happen():
    results, problems = apply([row("PK02", "passed")], waiver(sometimes=True))
    assert problems == []
    assert not results[0].waived
    assert apply([row("PK02", "failed")], waiver(sometimes=True))[0][0].waived
    assert apply([row("PK02", "passed")], waiver(sometimes=True, expires=date(2026, 11, 23)))[1]


def test_an_entry_holds_to_the_end_of_its_last_day():
    assert apply([row("PK02", "failed")], waiver(expires=TODAY))[0][0].waived


def test_an_entry_for_what_was_not_selected_is_passed_over():
    assert apply([row("PK01", "passed")], waiver())[1] == []
    rows = [row("PK02", "passed", example="a")]
    assert apply(rows, waiver(example="b"), deselected=1)[1] == []


def test_an_outline_that_fails_in_two_examples_needs_two_entries():
    """Else a second example that breaks would hide behind the first."""
    rows = [row("PK02", "failed", example="a"), row("PK02", "failed", example="b")]
    results, problems = apply(rows, waiver(example="a"))
    assert not results[0].waived
    assert [example.waived for example in results[0].examples] == [True, False]
    assert not problems
    results, problems = apply(rows, waiver(example="a"), waiver(example="b"))
    assert results[0].waived
    assert not problems


def test_covers_speaks_for_one_row():
    assert waiver().covers(row("PK02", "failed"), TODAY)
    assert not waiver().covers(row("PK02", "failed", example="a"), TODAY)
    assert waiver(example="a  b").covers(row("PK02", "failed", example="a b"), TODAY)
    assert not waiver().covers(row("PK03", "failed"), TODAY)
    assert not waiver(kind="refused").covers(row("PK02", "failed"), TODAY)
    assert not waiver(expires=date(2026, 1, 1)).covers(row("PK02", "failed"), TODAY)
