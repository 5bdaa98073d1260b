import os

import pytest

from fixtures.target.throttle import Throttle
from reports.deviation import HarnessError

DATE = ("Date", "Mon, 23 Nov 2026 22:00:00 GMT")


class Time:
    """A clock that moves only by sleeping."""

    def __init__(self):
        self.now, self.slept, self.told = 1000.0, [], []

    def throttle(self, limit=100):
        return Throttle(limit, clock=lambda: self.now, sleep=self.sleep, tell=self.told.append)

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


def waited_after(status, *headers, limit=100):
    time = Time()
    throttle = time.throttle(limit)
    throttle.wait()
    throttle.observe(status, headers)
    throttle.wait()
    return sum(time.slept), time.told


def test_forked_processes_share_one_count():
    time = Time()
    throttle = time.throttle(limit=3)
    throttle.wait()
    for _ in range(2):
        pid = os.fork()
        if pid == 0:
            throttle.wait()
            os._exit(0)
        os.waitpid(pid, 0)
    throttle.wait()
    assert time.slept == [60.0]


def test_a_burst_passes_at_once_and_the_next_request_waits_for_the_window():
    time = Time()
    throttle = time.throttle(limit=3)
    for _ in range(3):
        throttle.wait()
    assert time.slept == []
    time.now += 20.5
    throttle.wait()
    assert time.slept == [39.5]
    assert time.told == ["waiting 40 s: [limits] auth_requests_per_minute is 3"]


def test_no_window_of_sixty_seconds_holds_more_than_the_limit():
    time, sent = Time(), []
    throttle = time.throttle(limit=5)
    for step in range(40):
        throttle.wait()
        sent.append(time.now)
        time.now += step % 7
    assert all(sum(start <= at < start + 60 for at in sent) <= 5 for start in sent)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([("Retry-After", "12")], 12),
        ([("Retry-After", "Mon, 23 Nov 2026 22:00:30 GMT"), DATE], 30),
        ([("Retry-After", "Mon, 23 Nov 2026 21:00:00 GMT"), DATE], 0),
        ([("RateLimit", '"requests";r=0;t=59')], 59),
        ([("ratelimit", '"burst";r=0;t=5, "day";r=0;t=70')], 70),
        ([("RateLimit", "limit=100, remaining=0, reset=44")], 44),
        ([("RateLimit-Remaining", "0"), ("RateLimit-Reset", "33")], 33),
        ([("Retry-After", "7"), ("RateLimit", '"requests";r=0;t=59')], 7),
        ([("Retry-After", "soon")], 60),
        ([], 60),
    ],
)
def test_429_is_obeyed(headers, seconds):
    slept, told = waited_after(429, *headers)
    assert slept == seconds
    assert told == ([f"waiting {seconds} s: the target answered 429 (too many requests)"] if seconds else [])


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([("RateLimit", '"requests";r=100;t=59')], 0),
        ([("RateLimit", '"requests";r=5;t=50')], 10),
        ([("RateLimit", '"requests";r=1;t=50')], 50),
        ([("RateLimit", '"requests";r=0;t=50')], 50),
        ([("RateLimit-Remaining", "2"), ("RateLimit-Reset", "10")], 5),
        ([("RateLimit", '"requests";r=x;t=y')], 0),
        ([("RateLimit-Remaining", "²"), ("RateLimit-Reset", "10")], 0),
        ([("Retry-After", "12")], 0),
    ],
)
def test_the_last_requests_of_the_targets_window_are_spread_over_it(headers, seconds):
    assert waited_after(200, *headers)[0] == seconds


def test_the_wait_says_what_the_target_has_left():
    assert waited_after(200, ("RateLimit", '"requests";r=0;t=50'))[1] == [
        "waiting 50 s: the target has 0 auth requests left"
    ]


def test_a_pause_beyond_patience_is_an_error_of_the_run_and_not_slept():
    time = Time()
    throttle = time.throttle()
    throttle.observe(429, [("Retry-After", "86400")])
    with pytest.raises(HarnessError, match="asks for a pause of 86400 s"):
        throttle.wait()
    assert time.slept == []


def test_a_target_that_asks_for_pauses_without_end_is_not_waited_for_for_ever():
    time = Time()
    throttle = time.throttle()

    def ask_for_ever():
        while True:
            throttle.wait()
            throttle.observe(429, [("Retry-After", "299")])

    with pytest.raises(HarnessError, match=r"asked for pauses of 6\d min in all.*auth_requests_per_minute"):
        ask_for_ever()
    assert 3000 < sum(time.slept) <= 3600
    asked = len(time.slept)
    with pytest.raises(HarnessError):
        throttle.wait()
    assert len(time.slept) == asked


def test_pauses_that_overlap_count_once():
    """Requests that were under way together are all refused, and all say when to come again."""
    time = Time()
    throttle = time.throttle()
    for _ in range(50):
        throttle.observe(429, [("Retry-After", "290")])
    throttle.wait()
    assert sum(time.slept) == 290


@pytest.mark.parametrize(
    "headers", [[("Retry-After", "9" * 5000)], [("RateLimit", f'"a";r=0;t={"9" * 5000}')]]
)
def test_a_number_that_is_none_is_no_pause_of_its_own(headers):
    assert waited_after(429, *headers)[0] == 60
