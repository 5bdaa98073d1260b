"""The certification report, `certificate.html`: one file, no network, for a reader who was not there.

It is rendered from the run record and the evidence files alone; `python -m reports.certificate RUN_DIR` does
it again, also for the record of a run that was killed.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from reports import evidence, record, wording
from reports.requirement import Clause, clause_of
from reports.verdict import SEVERITIES, VERDICTS, counts_of

FILE_NAME = "certificate.html"
_TEMPLATES = Path(__file__).with_name("templates")
_ADVERSE = ("failed", "warning")
_UNJUDGED = ("blocked", "error")
_EXIT_USAGE = 4


def write(directory: Path, run: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> Path:
    """Write the report of a run whose record and evidence lie in `directory` already; return its path."""
    return _write(directory, run, evidence.documents(rows))


def _write(directory: Path, run: Mapping[str, Any], documents: Mapping[str, Mapping[str, Any]]) -> Path:
    digests = {name: evidence.digest(directory / name) for name in _files(run)}
    path = directory / FILE_NAME
    record.write_whole(path, render(run, documents, digests))
    return path


def _files(run: Mapping[str, Any]) -> list[str]:
    return [record.FILE_NAME, *(result["evidence"] for result in run["results"])]


def render(
    run: Mapping[str, Any], documents: Mapping[str, Mapping[str, Any]], digests: Mapping[str, str]
) -> str:
    """The report as HTML.

    `documents` holds the evidence by requirement id, `digests` the SHA-256 of the record and of each evidence
    file by its name.
    """
    header, results = run["header"], run["results"]
    reported = {result["id"] for result in results}
    footer = run.get("footer") or {
        "finished": "",
        "unreported": [id_ for id_ in header["collected"] if id_ not in reported],
        "waivers": {"entries": [], "used": [], "problems": []},
        "exchanges": None,
        "left_behind": [],
    }
    entries = [_entry(result, documents.get(result["id"], {}), digests) for result in results]
    for entry in entries:
        entry["waivers"] = [each for each in footer["waivers"]["entries"] if each["id"] == entry["id"]]
    open_ = [entry for entry in entries if entry["verdict"] in _ADVERSE and not entry["waived"]]
    return _template().render(
        header=header,
        footer=footer,
        outcome=record.outcome_on_reading(run),
        started=_moment(header["started"]),
        took=_took(header["started"], footer["finished"]),
        asked=len(header["collected"]),
        methods=_methods(results),
        total=counts_of(results),
        findings=[(severity, _of(open_, severity)) for severity in SEVERITIES if _of(open_, severity)],
        number_of_findings=len(open_),
        waived=[entry for entry in entries if entry["waived"]],
        unjudged=[entry for entry in entries if entry["verdict"] in _UNJUDGED],
        features=_grouped(entries),
        number_of_entries=len(entries),
        verdicts=VERDICTS,
        severities=SEVERITIES,
        wording=wording,
        record_digest=digests.get(record.FILE_NAME, ""),
    )


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["words"] = wording.words
    return environment.get_template("certificate.html.j2")


def _entry(
    result: Mapping[str, Any], document: Mapping[str, Any], digests: Mapping[str, str]
) -> dict[str, Any]:
    """A result with all that the report shows beside it."""
    return {
        **result,
        "clauses": [_clause(tag) for tag in result["clauses"]],
        "method_name": wording.method(result["method"]),
        "runs": document.get("examples", []),
        "digest": digests.get(result["evidence"], ""),
    }


def _clause(tag: str) -> Clause:
    return clause_of(tag) or Clause(tag, tag, "", tag, "")


def _of(entries: Iterable[dict[str, Any]], severity: str) -> list[dict[str, Any]]:
    mine = [entry for entry in entries if entry["severity"] == severity]
    return sorted(mine, key=lambda entry: _ADVERSE.index(entry["verdict"]))


def _methods(results: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, dict[str, int]]]:
    """Slug, name and counts by verdict of each method that has results, in the order of the documentation."""
    by_method: dict[str, list[Mapping[str, Any]]] = {}
    for result in results:
        by_method.setdefault(result["method"], []).append(result)
    order = [slug for slug in wording.METHODS if slug in by_method]
    order += sorted(by_method.keys() - wording.METHODS.keys())
    return [(slug, wording.method(slug), counts_of(by_method[slug])) for slug in order]


def _grouped(entries: Sequence[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    order = Counter(entry["feature"] for entry in entries)
    return [(feature, [entry for entry in entries if entry["feature"] == feature]) for feature in order]


def _moment(text: str) -> str:
    moment = datetime.fromisoformat(text)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def _took(started: str, finished: str) -> str:
    """How long a run took, such as `1 min 20 s`; empty where it did not end."""
    if not finished:
        return ""
    seconds = round((datetime.fromisoformat(finished) - datetime.fromisoformat(started)).total_seconds())
    minutes, seconds = divmod(max(seconds, 0), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def main(arguments: Sequence[str]) -> int:
    """Render the report of a run again from its directory; return the exit code."""
    if len(arguments) != 1:
        print("usage: python -m reports.certificate RUN_DIR", file=sys.stderr)  # noqa: T201  a command line
        return _EXIT_USAGE
    directory = Path(arguments[0])
    try:
        run = record.read(directory)
    except record.RecordError as error:
        print(error, file=sys.stderr)  # noqa: T201  a command line
        return _EXIT_USAGE
    print(_write(directory, run, evidence.read(directory)))  # noqa: T201  a command line
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
