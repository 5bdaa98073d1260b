"""Who may win a race."""

from __future__ import annotations

from collections import Counter

from fixtures.flows.races import Race
from reports.deviation import Deviation
from steps.checks.refusal import no_server_error


def one_winner(race: Race) -> None:
    """In each try at most one request brings tokens, and the others are refused, not crashed."""
    expected = ["tokens for one request at most, and refusals for the others"]
    for number, (answers, winners) in enumerate(zip(race.tries, race.winners, strict=True), 1):
        if len(winners) > 1:
            statuses = dict(Counter(answer.status for answer in answers))
            actual = (
                f"try {number} of {len(race.tries)}: {len(winners)} of {len(answers)} requests that came at once "
                f"brought tokens (statuses {statuses})"
            )
            raise Deviation("accepted", expected, actual, winners[1].exchange)
        for answer in answers:
            no_server_error(answer, expected)
