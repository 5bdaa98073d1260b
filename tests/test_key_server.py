"""The harness's own server of key sets: a process that serves what it is told while the run lasts."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from typing import Any
from urllib.request import urlopen

import pytest

from fixtures.key_server_process import KeyServer, new_path
from fixtures.once import Once
from fixtures.target.profile import KeySets
from reports.deviation import HarnessError, NotTested
from tests.harness import ROOT

JWKS = [{"kty": "EC", "kid": "one"}]


def fetched(url: str) -> tuple[Any, str]:
    """What stands there, and how long it may be kept."""
    with urlopen(url) as answer:  # noqa: S310  our own server
        return json.load(answer), answer.headers["Cache-Control"]


def key_server(host: str = "localhost", settings: KeySets | None = None) -> KeyServer:
    return KeyServer(settings or KeySets(), host, Once())


def test_a_key_set_is_served_and_whoever_asks_is_counted() -> None:
    server, path = key_server(), new_path()
    url = server.publish(JWKS, path, max_age=60)
    assert server.times_asked(path) == 0
    assert fetched(url) == ({"keys": JWKS}, "max-age=60")
    assert server.times_asked(path) == 1
    server.publish([], path)
    assert fetched(url) == ({"keys": []}, "no-store")


def test_an_address_can_send_on_to_another() -> None:
    server, path, other = key_server(), new_path(), new_path()
    url = server.publish(JWKS, path)
    server.redirect(path, server.publish(JWKS, other))
    fetched(url)
    assert (server.times_asked(path), server.times_asked(other)) == (1, 1)


def test_a_path_is_had_by_one_at_a_time() -> None:
    server, path = key_server(), new_path()
    order = []

    def second() -> None:
        with server.alone(path):
            order.append("second")

    with server.alone(path):
        waiting = threading.Thread(target=second)
        waiting.start()
        order.append("first")
    waiting.join(10)
    assert order == ["first", "second"]


def test_a_target_elsewhere_needs_an_address_of_this_machine() -> None:
    with pytest.raises(NotTested, match=r"\[keys\] public_url"):
        key_server("staging.acme.example").url("x")
    settings = KeySets(public_url="https://keys.acme.example/run", listen="127.0.0.1:4001")
    server = key_server("staging.acme.example", settings)
    assert server.url("a/jwks.json") == "https://keys.acme.example/run/a/jwks.json"
    assert server.path("https://keys.acme.example/run/a/jwks.json") == "a/jwks.json"
    assert server.path("https://elsewhere.example/a/jwks.json") == ""


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = KeySets(listen=f"127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(HarnessError, match=r"\[keys\] listen .*: no keys can be served there"):
            key_server(settings=settings).publish(JWKS)


PUBLISH = """
from fixtures.key_server_process import KeyServer
from fixtures.once import Once
from fixtures.target.profile import KeySets
print(KeyServer(KeySets(), "localhost", Once()).publish([]))
"""


def test_it_ends_with_the_run() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PUBLISH], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    url = done.stdout.strip()
    for _ in range(200):
        try:
            fetched(url)
        except OSError:
            return
    pytest.fail(f"{url} is still served")
