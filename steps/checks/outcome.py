"""What an answer may be, as a sentence lists it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """One acceptable refusal: any of these statuses, and the OAuth error code where one is asked for.

    Without statuses any 4xx will do, and a redirect as well: a sign-in page is no resource.
    `finds_nothing` is no refusal but an empty Bundle, which gives as little away.
    """

    statuses: tuple[int, ...] = ()
    error: str = ""
    finds_nothing: bool = False

    def __str__(self) -> str:
        if self.finds_nothing:
            return "200 with a Bundle without resources"
        statuses = " or ".join(map(str, self.statuses)) or "a refusal (4xx, or a redirect elsewhere)"
        return f'{statuses} with error "{self.error}" as JSON' if self.error else statuses

    def has_status(self, status: int | None) -> bool:
        """Whether an answer with this status is among them."""
        return status in self.statuses if self.statuses else status is not None and 300 <= status < 500


Outcomes = tuple[Outcome, ...]
