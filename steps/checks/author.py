"""Whom the server names as the author of a resource."""

from __future__ import annotations

from reports.deviation import Deviation
from reports.exchange import Exchange
from steps.checks import bearer


def authored_by(answer: Exchange, profile_id: str) -> None:
    """The server names one profile as the author of the resource in the answer."""
    expected = [f"meta.author refers to {profile_id}"]
    bearer.served(answer)
    meta = answer.member("meta")
    author = meta.get("author") if isinstance(meta, dict) else None
    reference = author.get("reference") if isinstance(author, dict) else None
    if not isinstance(reference, str):
        raise Deviation("missing-claim", expected, "meta.author is not there", answer)
    if reference.rpartition("/")[2] != profile_id:
        raise Deviation("wrong-claim", expected, f"meta.author refers to {reference}", answer)
