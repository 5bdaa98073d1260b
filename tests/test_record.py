"""The run record: what it says of a run, that it keeps its schema, and that no gap reads as green."""

import json
from dataclasses import replace
from datetime import date

import jsonschema
import pytest

from reports import journal, record
from reports.journal import Claims, RecordError, RequirementSet
from reports.record import LeftOut
from reports.row import from_json, to_json
from reports.waivers import Waiver
from tests.harness import ROOT
from tests.report_rows import END, build, contents, header, row, rows, write_journal

WAIVER = Waiver("PK02", "accepted", "ticket 4711", "Jane Doe", date(2099, 3, 31))
SEVERE = {"verdict": "warning", "level": "should"}


def blocked(id_="PK03", verdict="blocked", **changes):
    return row(id_, verdict, reason="why", **changes)


# ----- rows and the journal


def test_a_row_reads_as_it_was_written():
    for each in rows():
        assert from_json(to_json(each)) == each


@pytest.mark.parametrize("damage", ['{"id": "PK02"}', "[]", "{", '{"verdict": "fine"}'])
def test_what_is_no_row_is_refused(damage):
    with pytest.raises(ValueError, match=r".+"):
        from_json(damage)


def written(path, some_rows, *, end=END):
    """A journal as a run writes it."""
    made = contents(some_rows, end=end)
    write_journal(path, made)
    return made


def test_a_journal_reads_as_it_was_written_header_first(tmp_path):
    noted = written(tmp_path, rows())
    assert journal.read(tmp_path) == noted
    lines = [json.loads(line) for line in (tmp_path / journal.FILE_NAME).read_text().splitlines()]
    assert [next(iter(line)) for line in lines] == ["header", "collected", *["row"] * len(rows()), "end"]
    assert lines[0]["header"]["run"] == "f7e88e"


def test_only_its_owner_can_read_a_journal(tmp_path):
    written(tmp_path, rows())
    assert (tmp_path / journal.FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_a_journal_that_was_cut_off_keeps_what_it_has(tmp_path):
    """A kill may leave half a line; the rows before it stand."""
    written(tmp_path, rows(), end=None)
    file = tmp_path / journal.FILE_NAME
    file.write_text(file.read_text() + '{"row": {"id": "PK')
    noted = journal.read(tmp_path)
    assert (noted.rows, noted.end) == (tuple(rows()), None)
    made = record.derive(noted)
    assert (made.outcome, made.footer) == ("incomplete", None)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda text: text.replace('"verdict": "failed"', '"verdict": "fine"'), "line 5 is none of a run"),
        (lambda text: text.replace('"header"', '"heading"', 1), "line 1 is none of a run"),
        (lambda text: text.partition("\n")[2], "has no header as its first line"),
        (lambda _: "", "has no header as its first line"),
    ],
    ids=["verdict", "member", "no-header", "empty"],
)
def test_a_journal_that_is_none_is_refused_in_one_line(tmp_path, change, complaint):
    written(tmp_path, rows())
    file = tmp_path / journal.FILE_NAME
    file.write_text(change(file.read_text()))
    with pytest.raises(RecordError) as caught:
        journal.read(tmp_path)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_journal_is_refused(tmp_path):
    with pytest.raises(RecordError, match="No such file"):
        journal.read(tmp_path)


# ----- the record


def test_the_schema_beside_the_module_is_that_of_the_types():
    file = ROOT / "reports/run.schema.json"
    assert file.read_text() == record.schema(), "write it again: python -m reports schema"


@pytest.mark.parametrize("made", [build(), build(end=None), build(waivers=[WAIVER])])
def test_a_record_keeps_its_schema(made):
    written = json.loads(record.text(made))
    schema = json.loads(record.schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(written, schema)


def test_a_file_is_written_whole_and_for_its_owner_alone(tmp_path):
    path = tmp_path / "run.json"
    for text in ("one", "other"):
        record.write_whole(path, text)
        assert path.read_text() == text
    assert [each.name for each in tmp_path.iterdir()] == ["run.json"], "no half of it is left"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_passed_row_says_what_was_required_and_what_came():
    (result,) = build([row()]).results
    assert result.required == ('the token request is refused with 400 "invalid_grant"',)
    assert result.received == '400 {"error":"invalid_grant"}'
    assert result.sent.startswith("POST /oauth2/token grant_type=authorization_code")


def test_an_outline_is_one_result_with_the_gravest_verdict():
    made = build([row(example="a"), row(verdict="failed", example="b"), blocked("PK02", example="c")])
    (result,) = made.results
    assert (result.verdict, result.kind, result.received) == (
        "failed",
        "accepted",
        "200 with an access token",
    )
    assert [example.verdict for example in result.examples] == ["passed", "failed", "blocked"]
    assert result.duration_ms == 3 * 61.5
    assert made.selection.ids == ("PK02",)


def test_an_outline_counts_for_each_method_that_its_rows_use():
    made = build(
        [
            row(example="a", method="authorization-code"),
            row(example="b", method="client-credentials", verdict="failed"),
            row("PK03", method="client-credentials"),
        ]
    )
    assert made.results[0].methods == ("authorization-code", "client-credentials")
    counts = record.counts_by_method(made.results)
    assert {slug: {verdict: n for verdict, n in each.items() if n} for slug, each in counts.items()} == {
        "authorization-code": {"passed": 1},
        "client-credentials": {"passed": 1, "failed": 1},
    }


def test_the_footer_counts():
    footer = build().footer
    assert footer.counts == {
        "passed": 2,
        "failed": 2,
        "warning": 1,
        "not-applicable": 1,
        "not-tested": 0,
        "blocked": 1,
        "error": 1,
    }
    assert footer.findings_by_severity == {"critical": 1, "high": 0, "medium": 1, "low": 1}
    assert (footer.collected, footer.reported, footer.unreported) == (8, 8, ())
    assert (footer.exchanges, footer.auth_requests) == (31, 12)


@pytest.mark.parametrize(
    ("some_rows", "changes", "outcome"),
    [
        ([row()], {}, ("conformant", 0)),
        ([row(), row("OB01", "not-applicable")], {}, ("conformant", 0)),
        ([row(verdict="failed")], {}, ("not-conformant", 1)),
        ([row(verdict="failed", level="product")], {}, ("not-conformant", 1)),
        # a broken rule outranks what was not learned
        ([row(verdict="failed"), blocked(), blocked("PK04", "error")], {}, ("not-conformant", 1)),
        ([row(verdict="failed")], {"collected": ["PK02", "PK03"]}, ("not-conformant", 1)),
        # a binding rule that applies and was not judged
        ([row(), blocked()], {}, ("incomplete", 1)),
        ([row(), blocked(verdict="not-tested")], {}, ("incomplete", 1)),
        ([row(), blocked(verdict="error")], {}, ("incomplete", 1)),
        ([row(), blocked(level="product")], {}, ("incomplete", 1)),
        ([row(example="a"), blocked("PK02", example="b")], {}, ("incomplete", 1)),
        ([row()], {"collected": ["PK02", "PK03"]}, ("incomplete", 1)),
        ([row()], {"lost": ["PK02"]}, ("incomplete", 1)),
        ([row()], {"end": None}, ("incomplete", None)),
        # a recommendation that was not judged is told, and no more
        ([row(), blocked(level="should")], {}, ("conformant", 0)),
        ([row(), blocked(verdict="error", level="may")], {}, ("conformant", 0)),
        # nothing was judged
        ([], {}, ("incomplete", 1)),
        ([row("OB01", "not-applicable")], {}, ("incomplete", 1)),
        ([blocked(level="should")], {}, ("incomplete", 1)),
        # a recommendation broken severely
        ([row(**SEVERE, severity="critical")], {}, ("not-conformant", 1)),
        ([row(**SEVERE, severity="high")], {}, ("not-conformant", 1)),
        ([row(**SEVERE, severity="medium")], {}, ("conformant", 0)),
        ([row(**SEVERE, severity="medium")], {"fail_on": "medium"}, ("not-conformant", 1)),
        ([row(**SEVERE, severity="high")], {"fail_on": "critical"}, ("conformant", 0)),
        ([row(**SEVERE, severity="critical")], {"fail_on": "none"}, ("conformant", 0)),
        ([row(**SEVERE, severity="low")], {"fail_on": "low"}, ("not-conformant", 1)),
        # waivers
        ([row(verdict="failed")], {"waivers": [WAIVER]}, ("conformant-with-waivers", 0)),
        ([row()], {"waivers": [WAIVER]}, ("not-conformant", 1)),
        ([row(verdict="failed"), blocked()], {"waivers": [WAIVER]}, ("incomplete", 1)),
        ([row(verdict="failed", example="a")], {"waivers": [WAIVER]}, ("not-conformant", 1)),
        (
            [row(verdict="failed", example="a"), blocked("PK02", example="b")],
            {"waivers": [replace(WAIVER, example="a")]},
            ("incomplete", 1),
        ),
        (
            [row(), blocked()],
            {"waivers": [replace(WAIVER, id="PK03", kind="blocked")]},
            ("conformant-with-waivers", 0),
        ),
        (
            [row(), blocked(verdict="not-tested")],
            {"waivers": [replace(WAIVER, id="PK03", kind="not-tested")]},
            ("conformant-with-waivers", 0),
        ),
        # what is left on the target
        ([row()], {"end": replace(END, left_behind=("Project/1",))}, ("incomplete", 1)),
        # a selection
        ([row()], {"end": replace(END, deselected=1)}, ("partial", 0)),
        ([row()], {"requirement_set": RequirementSet("0123456789ab", ("PK02", "PK03"))}, ("partial", 0)),
        ([row(verdict="failed")], {"end": replace(END, deselected=1)}, ("partial", 1)),
        ([row(), blocked()], {"end": replace(END, deselected=1)}, ("incomplete", 1)),
        (
            [row(verdict="failed")],
            {"end": replace(END, deselected=1), "waivers": [WAIVER]},
            ("partial", 0),
        ),
    ],
)
def test_the_outcome(some_rows, changes, outcome):
    made = build(some_rows, **changes)
    assert (made.outcome, made.footer.exit_code if made.footer else None) == outcome


def test_the_footer_says_what_was_left_out_and_what_is_claimed_without_a_judge():
    claims = Claims(("authorization-code", "device"), ("scim",))
    footer = build(
        [
            row("PK01"),
            row("PK02", "not-tested", reason="the profile names no public client; add one", example="a"),
            row("PK02", example="b"),
            row("PK03", "not-tested", reason="the profile names no public client; add one"),
            row("OB01", "not-applicable", reason="neither claimed nor advertised"),
        ],
        claims=claims,
    ).footer
    assert footer.left_out == (
        LeftOut("not-tested", "the profile names no public client; add one", ("PK02", "PK03")),
        LeftOut("not-applicable", "neither claimed nor advertised", ("OB01",)),
    )
    assert footer.unjudged_claims == ("device", "scim")
    assert footer.unasked == ()
    part = build([row("PK01")], claims=claims, requirement_set=RequirementSet("0", ("PK01", "PK02"))).footer
    assert part.unasked == ("PK02",)
    assert part.unjudged_claims == (), "the rest may judge them"


def test_a_requirement_without_a_result_is_named_and_makes_the_run_incomplete():
    made = build([row("PK01")], collected=["PK01", "PK02", "PK03"])
    assert made.unreported == ("PK02", "PK03")
    assert made.outcome == "incomplete"


def test_an_outline_that_lost_a_row_has_not_reported():
    made = build([row(example="a"), row(example="b")], collected=["PK02"] * 3)
    assert made.unreported == ("PK02",)
    assert made.outcome == "incomplete"


def test_what_a_killed_run_did_not_reach_is_named():
    assert build([row("PK01")], collected=["PK01", "PK02"], end=None).unreported == ("PK02",)


def test_the_keys_that_others_read_are_there():
    made = json.loads(to_json(build()))
    names = "id title feature rule methods level severity clauses verdict kind waived required received"
    assert {*names.split(), "duration_ms", "evidence"} <= made["results"][0].keys()
    assert made["header"]["target"]["name"] == "Acme staging"
    assert made["header"]["started"] == "2026-11-24T06:58:00+00:00"
    assert made["header"]["tool"]["name"] == "authmark"
    assert made["selection"] == {
        "collected": len(rows()),
        "deselected": 0,
        "ids": ["PK01", "PK02", "PK03", "RS04", "TE03", "OB01", "AC05", "AC06"],
    }


@pytest.mark.parametrize(
    "decides",
    ["features/browser/a.feature", "steps/checks/a.py", "steps/vocabulary/a.py", "reports/verdict.py"],
)
def test_the_version_of_the_requirement_set_changes_with_all_that_decides_a_verdict(tmp_path, decides):
    file = tmp_path / decides
    file.parent.mkdir(parents=True)
    file.write_text("one")
    before = record.requirement_set(tmp_path)
    file.write_text("other")
    assert len(before) == 12
    assert record.requirement_set(tmp_path) != before


def test_it_does_not_change_with_what_decides_none(tmp_path):
    before = record.requirement_set(tmp_path)
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/certificate.py").write_text("x")
    assert record.requirement_set(tmp_path) == before


def test_the_header_says_what_ran():
    made = header()
    assert (made.tool.name, made.tool.version) == ("authmark", "0.1.0")
    assert len(made.tool.commit) in (0, 12)
    assert made.requirement_set.version == record.requirement_set()
    assert contents().header.fail_on == "high"
