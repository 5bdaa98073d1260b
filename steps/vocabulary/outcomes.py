"""Acceptable outcomes in a sentence: 400 "invalid_grant" or 400 or 401 "invalid_client"; 403 or 404."""

from __future__ import annotations

import re

from steps.checks.outcome import Outcome, Outcomes
from steps.vocabulary.words import matching

_ONE = r'\d{3}(?: or \d{3})*(?: "\w+")?|an empty Bundle'
_PARTS = re.compile(r'(\d{3}(?: or \d{3})*)(?: "(\w+)")?|(an empty Bundle)')


def outcomes_in(text: str) -> Outcomes:
    """The outcomes of a phrase, in order."""
    return tuple(
        Outcome(finds_nothing=True)
        if nothing
        else Outcome(tuple(int(status) for status in statuses.split(" or ")), error)
        for statuses, error, nothing in _PARTS.findall(text)
    )


OUTCOMES = matching(f"(?:{_ONE})(?: or (?:{_ONE}))*", outcomes_in)
