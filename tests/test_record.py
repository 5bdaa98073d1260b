"""The run record: what it says of a run, that it keeps its schema, and that no gap reads as green."""

import json
from datetime import date

import pytest

from reports import record
from reports.waivers import Waiver
from tests.report_rows import build, collected, row, rows

WAIVER = Waiver("PK02", "accepted", "ticket 4711", "Jane Doe", date(2099, 3, 31))


def test_a_record_keeps_its_schema_and_reads_as_it_was_written(tmp_path):
    made = build()
    assert record.write(tmp_path, made) == tmp_path / "run.json"
    assert record.read(tmp_path) == made
    assert record.read(tmp_path / "run.json") == made
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"], "no half of it is left"


def test_an_outline_is_one_result_with_the_gravest_verdict():
    made = build([row(example="a"), row(verdict="failed", example="b"), row(verdict="blocked", example="c")])
    (result,) = made["results"]
    assert (result["verdict"], result["kind"], result["actual"]) == (
        "failed",
        "accepted",
        "200 with an access token",
    )
    assert [example["verdict"] for example in result["examples"]] == ["passed", "failed", "blocked"]
    assert result["duration_ms"] == 3 * 61.5
    assert made["header"]["collected"] == ["PK02"]


def test_the_footer_counts():
    footer = build()["footer"]
    assert footer["counts"] == {
        "passed": 2,
        "failed": 2,
        "warning": 1,
        "not-applicable": 1,
        "blocked": 1,
        "error": 1,
    }
    assert footer["findings_by_severity"] == {"critical": 1, "high": 0, "medium": 1, "low": 1}
    assert (footer["collected"], footer["reported"], footer["unreported"]) == (8, 8, [])
    assert (footer["exchanges"], footer["auth_requests"]) == (31, 12)


@pytest.mark.parametrize(
    ("some_rows", "waivers", "outcome"),
    [
        ([row()], [], "conformant"),
        ([row(verdict="warning")], [], "conformant"),
        ([row(), row("OB01", "not-applicable")], [], "conformant"),
        ([row("OB01", "not-applicable")], [], "incomplete"),
        ([row(verdict="failed")], [], "not-conformant"),
        ([row(verdict="failed")], [WAIVER], "conformant-with-waivers"),
        ([row()], [WAIVER], "not-conformant"),
        ([row(verdict="failed"), row("PK03", "blocked")], [WAIVER], "incomplete"),
        ([row("PK03", "error")], [], "incomplete"),
        ([], [], "incomplete"),
    ],
)
def test_the_outcome_is_the_same_when_made_and_when_read(tmp_path, some_rows, waivers, outcome):
    made = build(some_rows, waivers=waivers)
    record.write(tmp_path, made)
    assert made["footer"]["outcome"] == outcome
    assert record.outcome_on_reading(record.read(tmp_path)) == outcome


def test_a_requirement_without_a_result_is_named_and_makes_the_run_incomplete():
    made = build([row("PK01")], collected=["PK01", "PK02", "PK03"])
    assert made["footer"]["unreported"] == ["PK02", "PK03"]
    assert made["footer"]["outcome"] == "incomplete"


def test_an_outline_that_lost_a_row_has_not_reported():
    some_rows = [row(example="a"), row(example="b")]
    made = build(some_rows, collected=[*collected(some_rows), "PK02"])
    assert made["footer"]["unreported"] == ["PK02"]
    assert made["footer"]["outcome"] == "incomplete"


def test_a_record_without_a_footer_reads_as_incomplete(tmp_path):
    made = build([row()])
    del made["footer"]
    record.write(tmp_path, made)
    assert record.outcome_on_reading(record.read(tmp_path)) == "incomplete"


def test_a_result_that_was_taken_out_reads_as_incomplete():
    made = build([row("PK01"), row("PK02", "failed")])
    made["results"].pop()
    made["footer"]["outcome"] = "conformant"
    assert record.outcome_on_reading(made) == "incomplete"


def test_a_footer_that_flatters_is_not_believed():
    made = build([row(verdict="failed")])
    made["footer"]["outcome"] = "conformant"
    assert record.outcome_on_reading(made) == "not-conformant"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (
            lambda made: made["results"][0].update(verdict="fine"),
            "$.results[0].verdict: 'fine' is not one of",
        ),
        (lambda made: made["results"][0].update(kind="accepted"), "$.results[0].kind"),
        (lambda made: made["results"][0].pop("evidence"), "'evidence' is a required property"),
        (lambda made: made["footer"].update(note="x"), "'note' was unexpected"),
        (lambda made: made["header"].pop("target"), "'target' is a required property"),
        (lambda made: made["header"].update(schema_version=2), "$.header.schema_version"),
    ],
)
def test_a_record_that_breaks_the_schema_is_refused(tmp_path, change, complaint):
    made = build()
    change(made)
    record.write(tmp_path, made)
    with pytest.raises(record.RecordError) as caught:
        record.read(tmp_path)
    assert complaint in str(caught.value)


def test_no_file_and_no_json_are_refused(tmp_path):
    with pytest.raises(record.RecordError, match="No such file"):
        record.read(tmp_path)
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(record.RecordError, match="is no JSON"):
        record.read(tmp_path)


def test_the_keys_that_others_read_are_there():
    made = json.loads(json.dumps(build()))
    names = "id title feature rule method level severity clauses verdict kind waived expected actual"
    assert {*names.split(), "duration_ms", "evidence"} <= made["results"][0].keys()
    assert made["header"]["target"]["name"] == "Acme staging"
    assert made["header"]["started"] == "2026-11-24T06:58:00+00:00"
    assert made["header"]["tool"] == {"name": "authmark", "version": "0.1.0"}
    assert made["header"]["selection"] == {"collected": len(rows()), "deselected": 0}


def test_the_version_of_the_requirement_set_changes_with_any_feature(tmp_path):
    feature = tmp_path / "a.feature"
    feature.write_text("Feature: a")
    before = record.requirement_set(tmp_path)
    feature.write_text("Feature: b")
    assert len(before) == 12
    assert record.requirement_set(tmp_path) != before
