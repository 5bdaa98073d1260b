"""One request of the harness: where it may go, how long its answer may take and how much it may be."""

from __future__ import annotations

import gzip
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest

from fixtures import bounds
from fixtures.http import Http, NetworkError, OriginError, UnsendableError, origin_of
from reports.exchange import Exchange
from tests.hostile import hostile


@pytest.fixture
def behaving(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a server that does what the test's parameter names."""
    with hostile(lambda _: request.param) as server:
        yield server.base_url


def get(url: str, **options: float) -> Exchange:
    with closing(Http(origins=[url], timeout_seconds=options.get("timeout_seconds", 5))) as http:
        return http.session().send("GET", url)


# ----- where a request may go


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://AS.example/x?y", "https://as.example"),
        ("https://as.example:443/", "https://as.example"),
        ("http://localhost:8103/", "http://localhost:8103"),
        ("http://[::1]:8103/", "http://[::1]:8103"),
        ("https://as.example@evil.example/", "https://evil.example"),
        ("https://as.example\\@evil.example/", "https://evil.example"),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url", ["/token", "javascript:alert(1)", "http://", "file:///etc/passwd", "http://a:b/", "\ud800"]
)
def test_what_has_no_origin_is_not_asked(url: str) -> None:
    with closing(Http(origins=["https://as.example"])) as http, pytest.raises(UnsendableError):
        http.session().send("GET", url)


@pytest.mark.parametrize(
    "url",
    [
        "http://as.example/token",
        "https://as.example:8443/token",
        "https://as.example.evil.example/token",
        "https://evil.example/token?x=https://as.example",
        "https://as.example@evil.example/",
    ],
)
def test_a_request_goes_to_no_origin_that_the_profile_does_not_name(url: str) -> None:
    http = Http(origins=["https://as.example/", "https://login.example"])
    with closing(http), pytest.raises(OriginError) as caught:
        http.session().send(
            "POST", url, form=[("client_secret", "s3cret-of-ours")], params=[("password", "pw-1234")]
        )
    line = str(caught.value)
    assert line.startswith("not sent: POST http")
    assert f'add "{origin_of(url)}" to [target] origins' in line
    assert "named are https://as.example, https://login.example" in line
    assert "s3cret" not in line
    assert "pw-1234" not in line
    assert http.recorder.exchanges == []


# ----- what an answer may be


@pytest.mark.parametrize(
    ("behaving", "says"),
    [
        ("an endless body", "is more than 8 MiB"),
        ("a body of 10 MB", "is more than 8 MiB"),
        ("a gzip bomb", "is more than 8 MiB"),
        ("a deflate bomb", "is more than 8 MiB"),
        ("1xx answers without end", "is more than 256 KiB before the body"),
        ("headers without end", "Receive buffer too long"),
        ("an unknown content coding", "content coding 'br' was not asked for"),
        ("no gzip as promised", "is not gzip, as it says"),
        ("JSON of 100,000 levels", "more than 100 levels"),
        ("JSON of millions of values", "more than 250000 values"),
        ("no HTTP", "without sending a response"),
        ("two lengths", "conflicting Content-Length"),
    ],
    indirect=["behaving"],
)
def test_an_answer_beyond_a_bound_is_an_error(behaving: str, says: str) -> None:
    with pytest.raises(NetworkError, match=says) as caught:
        get(behaving)
    assert caught.value.exchange.status is None
    assert caught.value.exchange.error
    assert caught.value.exchange.response_body == ""


@pytest.mark.parametrize(
    "behaving",
    ["one byte now and then", "a header section one byte now and then", "nothing ever"],
    indirect=True,
)
def test_an_answer_has_one_deadline_for_all_of_it(behaving: str) -> None:
    started = time.monotonic()
    with pytest.raises(NetworkError, match=r"ReadTimeout"):
        get(behaving, timeout_seconds=0.3)
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("coding", ["gzip", "deflate", "x-gzip", ""])
def test_a_compressed_answer_is_read(coding: str) -> None:
    text = b'{"a": "' + b"b" * 5000 + b'"}'
    packed = {"gzip": gzip.compress, "x-gzip": gzip.compress, "deflate": zlib.compress, "": bytes}[coding](
        text
    )
    pieces = iter([packed[:1], packed[1:7], b"", packed[7:]])
    assert bounds.decoded(pieces, coding) == text


def test_a_bare_deflate_stream_is_read() -> None:
    packed = zlib.compress(b"text" * 100, wbits=-15)
    assert bounds.decoded(iter([packed]), "deflate") == b"text" * 100


def test_brackets_within_texts_are_no_levels() -> None:
    bounds.check_json(b'{"a": "' + b"[" * 5000 + b'\\"[", "b": [' + b"[]," * 200 + b"[]]}")


@pytest.mark.parametrize("body", [b'["' + b'\\"' * 3_000_000, b'["' * 60_000 + b"[" * 200])
def test_looking_at_json_takes_no_longer_than_reading_it(body: bytes) -> None:
    """No way back in the expression: each byte is looked at once."""
    started = time.process_time()
    with suppress(bounds.UnfitError):
        bounds.check_json(body)
    assert time.process_time() - started < 5


# ----- connections of its own


def test_a_client_made_afresh_works_where_the_pool_of_the_first_is_locked_for_ever() -> None:
    """As an interrupt leaves it that came between taking the lock and the work under it."""
    with hostile(lambda _: "a list") as server, closing(Http(origins=[server.base_url])) as http:
        http.session().send("GET", server.base_url)
        http.transport("http")._pool._optional_thread_lock._lock.acquire()
        other = http.afresh(seconds=5)
        with closing(other):
            assert other.session().send("GET", server.base_url).status == 200
        assert len(http.recorder.exchanges) == 2
        closer = threading.Thread(target=http.close, daemon=True)
        closer.start()
        closer.join(5)
        assert not closer.is_alive(), "closing asks no lock"


def test_a_client_made_afresh_sends_nothing_when_its_time_is_up() -> None:
    with hostile(lambda _: "nothing ever") as server, closing(Http(origins=[server.base_url])) as http:
        other = http.afresh(seconds=0.2)
        with closing(other):
            with pytest.raises(NetworkError, match="ReadTimeout"):
                other.session().send("GET", server.base_url)
            with pytest.raises(Exception, match="time is up"):
                other.session().send("GET", server.base_url)
    assert len(server.asked) == 1


# ----- what cannot be sent


@pytest.mark.parametrize(
    "options",
    [
        {"headers": [("Authorization", "Bearer \ud800")]},
        {"form": [("code", "\ud800")]},
        {"params": [("token", "\udfff")]},
        {"body": "\ud800"},
    ],
)
def test_what_the_target_gave_and_no_request_can_hold_is_an_error(
    options: dict[str, list[tuple[str, str]]],
) -> None:
    with (
        closing(Http(origins=["http://localhost:1"])) as http,
        pytest.raises(UnsendableError, match="cannot be sent"),
    ):
        http.session().send("POST", "http://localhost:1/", **options)


def test_a_line_break_in_an_address_is_an_error() -> None:
    url = "http://localhost:1/token\r\nX-Injected: 1"
    with closing(Http(origins=["http://localhost:1"])) as http, pytest.raises(UnsendableError) as caught:
        http.session().send("POST", url)
    assert "\n" not in str(caught.value)
