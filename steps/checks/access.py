"""What a caller may see and change: access policies, scopes, projects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from fixtures.protocol.fhir import resources_of
from fixtures.protocol.opened import opened
from reports.deviation import Deviation
from reports.exchange import Exchange
from steps.checks.outcome import Outcomes
from steps.checks.refusal import no_server_error, said

Resources = Sequence[Mapping[str, Any]]

# Lines of a stack trace: JavaScript and Java ("at f (file.js:1:2)"), Python, Go.
_TRACE = re.compile(
    r"\bat [\w$.<>\[\] ]+ ?\(?[\w$./:\\-]+:\d+|Traceback \(most recent call|File \\?\"[^\"]+\", line \d+|"
    r"goroutine \d+ \["
)


def unchanged(before: Mapping[str, Any], now: Resources, answer: Exchange) -> None:
    """The records hold what they held: this resource alone, in the version that it had."""
    expected = ["a refusal that changes nothing"]
    others = [each["id"] for each in now if each["id"] != before["id"]]
    if others:
        raise Deviation("accepted", expected, f"{said(answer)}: the request made {others}", answer)
    if not now:
        raise Deviation("accepted", expected, f"{said(answer)}: the record is gone", answer)
    if _content(now[0]) != _content(before):
        raise Deviation("accepted", expected, f"{said(answer)}: the record has changed", answer)


def finds_only(answer: Exchange, inside: str, outside: str) -> None:
    """A search shows the one resource and not the other (ids)."""
    expected = ["a Bundle that holds the resource within reach and no other"]
    no_server_error(answer, expected)
    found = [each.get("id") for each in resources_of(answer)]
    if outside in found:
        raise Deviation("leaked", expected, "the search shows a resource that is out of reach", answer)
    if inside not in found:
        raise Deviation("refused", expected, f"{said(answer)}: what is within reach is missing", answer)


def finds_nothing(answer: Exchange, refusals: Outcomes) -> None:
    """A search matches nothing, or is refused: else it tells what a hidden field holds."""
    expected = ["a Bundle without a match", *map(str, refusals)]
    no_server_error(answer, expected)
    if resources_of(answer):
        raise Deviation("leaked", expected, f"{said(answer)}: the search matches", answer)
    _served_or(answer, expected, refusals)


def does_not_hold(answer: Exchange, resource_id: str, refusals: Outcomes) -> None:
    """Whatever an answer shows, this resource is not in it."""
    expected = ["an answer that does not show the resource", *map(str, refusals)]
    no_server_error(answer, expected)
    if resource_id in shown_in(answer):
        raise Deviation("leaked", expected, "the answer shows a resource that is out of reach", answer)
    _served_or(answer, expected, refusals)


def shown_in(answer: Exchange) -> list[Any]:
    """The ids of the resources that an answer shows: itself, of a Bundle, of GraphQL, in the first column of CSV."""
    if "csv" in (answer.header("content-type") or ""):
        return [line.partition(",")[0].strip('"') for line in answer.response_body.splitlines()[1:]]
    return [answer.member("id"), *(each.get("id") for each in _every_resource(answer))]


def _every_resource(answer: Exchange) -> Iterator[Mapping[str, Any]]:
    """The resources of a Bundle, and those of Bundles that are entries of a batch."""
    for resource in resources_of(answer):
        yield resource
        entries = resource.get("entry") if resource.get("resourceType") == "Bundle" else None
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
                yield entry["resource"]


def counts(answer: Exchange, number: int) -> None:
    """The total of a search counts no more and no less than what is within reach."""
    expected = [f"a Bundle with total {number}"]
    no_server_error(answer, expected)
    total = answer.member("total")
    if not isinstance(total, int):
        raise Deviation("malformed", expected, f"{said(answer)}: no total", answer)
    if total != number:
        kind: Any = "leaked" if total > number else "refused"
        raise Deviation(kind, expected, f"the total is {total}", answer)


def field_hidden(answer: Exchange, resource_id: str, field: str, value: str) -> None:
    """The resource is shown without one field; its value stands nowhere in the answer."""
    expected = [f"the resource without {field}"]
    no_server_error(answer, expected)
    body = answer.json()
    shown = [body, *resources_of(answer)] if isinstance(body, dict) else []
    if not any(each.get("id") == resource_id for each in shown):
        raise Deviation("refused", expected, f"{said(answer)}: the resource is not shown", answer)
    if value in answer.response_body or any(field in each for each in shown):
        raise Deviation("leaked", expected, f"the answer shows {field}", answer)


def field_kept(
    before: Mapping[str, Any], now: Resources, field: str, answer: Exchange, refusals: Outcomes
) -> None:
    """A read-only field has the value it had, whether the write was refused or the change was dropped."""
    expected = [f"{field} as it was", *map(str, refusals)]
    no_server_error(answer, expected)
    values = [each.get(field) for each in now]
    if values != [before.get(field)]:
        raise Deviation("accepted", expected, f"{said(answer)}: {field} is now {values}", answer)
    _served_or(answer, expected, refusals)


def stands_nowhere(answer: Exchange, value: str, what: str) -> None:
    """A value stands nowhere in an answer, which may be a refusal."""
    expected = [f"an answer without {what}"]
    no_server_error(answer, expected)
    if value in answer.response_body:
        raise Deviation("leaked", expected, f"{answer.status}: the answer shows {what}", answer)


def not_set(
    sent: Mapping[str, Any], now: Resources, field: str, answer: Exchange, refusals: Outcomes
) -> None:
    """A new resource is without a field that was sent, or was refused; `now` is all with the mark of the original."""
    expected = [f"a new resource without {field}", *map(str, refusals)]
    no_server_error(answer, expected)
    new = [each for each in now if each["id"] != sent["id"]]
    if any(each.get(field) == sent[field] for each in new):
        raise Deviation("accepted", expected, f"{said(answer)}: the new resource has {field}", answer)
    _served_or(answer, expected, refusals)


def order_of(answer: Exchange) -> list[Any]:
    """The ids that a search shows, in order."""
    return [each.get("id") for each in resources_of(answer)]


def same_order(answers: Sequence[Exchange], refusals: Outcomes) -> None:
    """A search that is sorted up and down shows the same order both ways: the order tells nothing; or is refused."""
    expected = ["one order, up and down", *map(str, refusals)]
    for answer in answers:
        no_server_error(answer, expected)
        _served_or(answer, expected, refusals)
    first, *others = answers
    if len(order_of(first)) > 1 and any(order_of(each) != order_of(first) for each in others):
        raise Deviation("leaked", expected, "the order follows what the field holds", first)


def not_planted(made: Exchange, own: Resources, other: Resources, refusals: Outcomes) -> None:
    """A new resource lies in the project of who made it; `own` and `other` are what is found in either."""
    expected = ["the resource in the caller's own project", *map(str, refusals)]
    no_server_error(made, expected)
    new = made.member("id")
    if new in [each["id"] for each in other] and new not in [each["id"] for each in own]:
        raise Deviation("accepted", expected, f"{said(made)}: it lies in the other project", made)
    _served_or(made, expected, refusals)


def same_state(before: Exchange, now: Exchange, answer: Exchange) -> None:
    """What the operator sees is what was seen before: the refused request did nothing."""
    if (before.status, _ids(before)) != (now.status, _ids(now)):
        expected = ["a refusal that changes nothing"]
        raise Deviation("accepted", expected, f"{said(answer)}: it was done", answer)


def same_as_unknown(answer: Exchange, unknown: Exchange, ids: Iterable[str]) -> None:
    """The answer for another's resource is that for one that never was: even that it exists stays hidden."""
    expected = [f"exactly the answer for an id that never existed: {said(unknown)}"]
    if opened(answer):
        raise Deviation("accepted", expected, f"{said(answer)}: the request was served", answer)
    no_server_error(answer, expected)
    if answer.status == 401:
        raise Deviation("wrong-status", expected, f"{said(answer)}: the caller was not recognised", answer)
    if answer.status != unknown.status:
        raise Deviation("leaked", expected, f"{said(answer)}: tells that the resource exists", answer)
    if _refusal(answer, ids) != _refusal(unknown, ids):
        raise Deviation(
            "leaked", expected, f"{said(answer)}: another text, which tells that it exists", answer
        )


def operation_outcome(answer: Exchange) -> None:
    """A refusal of the FHIR API is a readable OperationOutcome and shows no stack trace."""
    expected = ["a refusal with an OperationOutcome as JSON, without a stack trace"]
    if opened(answer):
        raise Deviation("accepted", expected, f"{said(answer)}: the request was served", answer)
    no_server_error(answer, expected)
    if _TRACE.search(answer.response_body):
        raise Deviation("leaked", expected, f"{said(answer)}: a stack trace", answer)
    issues = answer.member("issue")
    if answer.member("resourceType") != "OperationOutcome" or not isinstance(issues, list) or not issues:
        raise Deviation("malformed", expected, f"{said(answer)}: no OperationOutcome", answer)
    if "json" not in (answer.header("content-type") or ""):
        found = answer.header("content-type")
        actual = f"OperationOutcome with Content-Type: {found}"
        raise Deviation("wrong-header", expected, actual, answer, "content-type")


def _served_or(answer: Exchange, expected: Sequence[str], refusals: Outcomes) -> None:
    """Served, or refused for a reason of its own: a dead token or route is no proof that nothing happened."""
    refused = answer.status is None or answer.status >= 300
    if refused and not any(refusal.has_status(answer.status) for refusal in refusals):
        raise Deviation("wrong-status", expected, said(answer), answer)


def _ids(answer: Exchange) -> list[Any]:
    return [each.get("id") for each in resources_of(answer)]


def _content(resource: Mapping[str, Any]) -> dict[str, Any]:
    """A resource with its version and without what only some views of it show."""
    meta = resource.get("meta", {})
    return {**resource, "meta": {name: meta.get(name) for name in ("versionId", "lastUpdated")}}


def _refusal(answer: Exchange, ids: Iterable[str]) -> Any:
    """Type, id and issues of a refusal with the ids of the resources taken out; else the whole text."""
    text = answer.response_body
    for each in ids:
        text = text.replace(each, "ID")
    body = Exchange("", "", response_body=text).json()
    if not isinstance(body, dict):
        return text
    return {name: body.get(name) for name in ("resourceType", "id", "issue")}
