"""Whom the server names as the author of a resource, and as whom it was written for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reports.deviation import Deviation
from reports.exchange import Exchange
from steps.checks import bearer
from steps.checks.refusal import said

Resource = Mapping[str, Any]


def authored_by(answer: Exchange, profile_id: str) -> None:
    """The server names one profile as the author of the resource in the answer."""
    expected = [f"meta.author refers to {profile_id}"]
    bearer.served(answer)
    reference = _named(answer.json(), "author")
    if reference is None:
        raise Deviation("missing-claim", expected, "meta.author is not there", answer)
    if reference.rpartition("/")[2] != profile_id:
        raise Deviation("wrong-claim", expected, f"meta.author refers to {reference}", answer)


def written_by(
    answer: Exchange, before: Resource, now: Sequence[Resource], author: str, on_behalf_of: str
) -> None:
    """What was written, a new resource or a new version, names who wrote it and whom it was for (references).

    `now` is all there is of the record after the request, as the server's administrator sees it.
    """
    expected = [f"meta.author refers to {author} and meta.onBehalfOf to {on_behalf_of}"]
    bearer.served(answer)
    written = [each for each in now if each["id"] != before["id"]] or [
        each for each in now if each.get("meta", {}).get("versionId") != before["meta"]["versionId"]
    ]
    if not written:
        raise Deviation("refused", expected, f"{said(answer)}: nothing was written", answer)
    for resource in written:
        for name, wanted in (("author", author), ("onBehalfOf", on_behalf_of)):
            found = _named(resource, name)
            if found is None:
                raise Deviation("missing-claim", expected, f"meta.{name} is not there", answer)
            if found != wanted:
                raise Deviation("wrong-claim", expected, f"meta.{name} refers to {found}", answer)


def _named(resource: Any, name: str) -> str | None:
    meta = resource.get("meta") if isinstance(resource, dict) else None
    reference = meta.get(name) if isinstance(meta, dict) else None
    found = reference.get("reference") if isinstance(reference, dict) else None
    return found if isinstance(found, str) else None
