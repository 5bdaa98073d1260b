"""Time that passes between two requests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fixtures.adapters.registry import Registry
from fixtures.target import profile as profiles
from fixtures.target.clock import after_expiry, later
from reports.deviation import NotTested

PROFILE = profiles.load(str(profiles.PROFILES / "medplum.toml"), Registry())


def test_a_test_clock_is_moved_and_nothing_waits() -> None:
    waited: list[float] = []
    profile = replace(PROFILE, clock_header="X-Clock")
    assert later(profile, 600.5, waited.append) == (("X-Clock", "601"),)
    assert waited == []


def test_a_short_time_is_waited_for() -> None:
    waited: list[float] = []
    assert later(replace(PROFILE, clock_header=None), 2, waited.append) == ()
    assert waited == [2]


def test_a_long_time_is_not_tested_and_the_reason_names_both_fields() -> None:
    waited: list[float] = []
    with pytest.raises(NotTested, match=r"601 s have to pass.*clock_header.*patience_seconds from 10 to 601"):
        later(replace(PROFILE, clock_header=None), 601, waited.append)
    assert waited == []


def test_with_a_test_clock_expiry_is_judged_beyond_every_leeway() -> None:
    profile = replace(PROFILE, clock_header="X-Clock")
    assert after_expiry(profile, 3600) == ((("X-Clock", "3900"),), True)


def test_without_one_expiry_is_judged_a_second_after_the_end_and_says_so() -> None:
    waited: list[float] = []
    assert after_expiry(replace(PROFILE, clock_header=None), 2, waited.append) == ((), False)
    assert waited == [3]
