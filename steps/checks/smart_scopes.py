"""How an API answers to a token whose scope does not reach (RFC 6750 section 3.1, SMART App Launch 2.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fixtures.protocol.fhir import resources_of, statuses_of
from reports.deviation import Deviation
from reports.exchange import Exchange
from steps.checks.refusal import no_server_error, said

# 404 keeps to itself whether there is such a resource.
_REFUSALS = (403, 404)


def beyond_scope(answer: Exchange, *, empty_bundle_will_do: bool) -> None:
    """403, or 404 for what the token must not know of; a search may also find nothing."""
    expected = ["403", "404"] + (["200 with a Bundle without resources"] if empty_bundle_will_do else [])
    no_server_error(answer, expected)
    if answer.status is not None and answer.status < 400:
        if empty_bundle_will_do and answer.member("resourceType") == "Bundle" and not resources_of(answer):
            return
        raise Deviation("accepted", expected, f"{said(answer)}: the API opened", answer)
    if answer.status not in _REFUSALS:
        raise Deviation("wrong-status", expected, said(answer), answer)


def entry_refused(answer: Exchange) -> None:
    """The batch as a whole is refused, or its only entry is (FHIR R4, batch)."""
    expected = ["a batch whose entry has status 403 or 404", "403 for the whole batch"]
    no_server_error(answer, expected)
    statuses = statuses_of(answer) if answer.status == 200 else [answer.status]
    if any(status is not None and status < 400 for status in statuses):
        raise Deviation("accepted", expected, f"{said(answer)}: the entry was carried out", answer)
    if not statuses or any(status not in _REFUSALS for status in statuses):
        raise Deviation("wrong-status", expected, f"{answer.status} with {statuses}", answer)


def unchanged(before: Mapping[str, Any], found: Sequence[Mapping[str, Any]], answer: Exchange) -> None:
    """Of the records of that name there is the one that was, and no other; `meta` depends on who looks."""
    expected = "the record as it was, and no other of its name"
    if len(found) != 1:
        raise Deviation("accepted", expected, f"{len(found)} records of its name", answer)
    if {**found[0], "meta": None} != {**before, "meta": None}:
        raise Deviation("accepted", expected, "the record has changed", answer)
