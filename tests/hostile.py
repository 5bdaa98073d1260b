"""A server that stands in front of a target, passes requests on, and misbehaves by name where it is told to."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
import zlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlsplit

MiB = 1024 * 1024


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    target: str
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


@dataclass
class Wire:
    """What a behaviour has: the request, the connection, and the address that the server goes by."""

    asked: Asked
    writer: asyncio.StreamWriter
    base_url: str
    foreign_url: str  # of a server that is none of the target's

    async def send(self, *pieces: bytes, pause: float = 0) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            if pause:
                await asyncio.sleep(pause)

    async def answer(
        self, status: int, body: bytes = b"", *headers: str, media_type: str = "application/json"
    ) -> None:
        lines = [
            f"HTTP/1.1 {status} Whatever",
            f"Content-Type: {media_type}",
            f"Content-Length: {len(body)}",
            "Connection: close",
            *headers,
        ]
        await self.send("\r\n".join([*lines, "", ""]).encode("latin-1", "surrogateescape") + body)

    async def json(self, value: Any, status: int = 200) -> None:
        await self.answer(status, json.dumps(value).encode())


Behaviour = Callable[[Wire], Awaitable[None]]
Rule = Callable[[Asked], str | None]  # the name of a behaviour, or None to pass the request on
BEHAVIOURS: dict[str, Behaviour] = {}

OPENING = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = OPENING + b"Transfer-Encoding: chunked\r\n\r\n"


def behaviour(name: str) -> Callable[[Behaviour], Behaviour]:
    def note(function: Behaviour) -> Behaviour:
        BEHAVIOURS[name] = function
        return function

    return note


def answering(
    status: int, body: bytes | str, *headers: str, media_type: str = "application/json"
) -> Behaviour:
    content = body.encode() if isinstance(body, str) else body
    return lambda wire: wire.answer(status, content, *headers, media_type=media_type)


# ----- answers without end, or nearly


@behaviour("an endless body")
async def _(wire: Wire) -> None:
    await wire.send(CHUNKED)
    while True:
        await wire.send(b"10000\r\n" + b" " * 0x10000 + b"\r\n")


@behaviour("one byte now and then")
async def _(wire: Wire) -> None:
    await wire.send(OPENING + b"Content-Length: 1000000\r\n\r\n")
    while True:
        await wire.send(b" ", pause=0.05)


@behaviour("a header section one byte now and then")
async def _(wire: Wire) -> None:
    await wire.send(OPENING + b"X: ")
    while True:
        await wire.send(b"x", pause=0.05)


@behaviour("1xx answers without end")
async def _(wire: Wire) -> None:
    while True:
        await wire.send(b"HTTP/1.1 102 Processing\r\n\r\n" * 1000)


@behaviour("headers without end")
async def _(wire: Wire) -> None:
    await wire.send(OPENING)
    for number in count():
        await wire.send(b"".join(b"X-%d: %s\r\n" % (number, b"x" * 1000) for _ in range(50)))


@behaviour("nothing ever")
async def _(_: Wire) -> None:
    await asyncio.Event().wait()


# ----- answers that grow when they are read

BEHAVIOURS["a gzip bomb"] = answering(200, gzip.compress(bytes(400 * MiB), 1), "Content-Encoding: gzip")
BEHAVIOURS["a deflate bomb"] = answering(200, zlib.compress(bytes(100 * MiB), 1), "Content-Encoding: deflate")
BEHAVIOURS["an unknown content coding"] = answering(200, b"\x8b\x00", "Content-Encoding: br")
BEHAVIOURS["no gzip as promised"] = answering(200, b"{}", "Content-Encoding: gzip")
BEHAVIOURS["a body of 10 MB"] = answering(200, b'{"access_token":"' + b"a" * 10_000_000 + b'"}')
BEHAVIOURS["a body just within the limit"] = answering(400, b'{"error":"' + b"a b=c&" * 1_190_000 + b'"}')
BEHAVIOURS["a token of 8 MB"] = answering(
    200, b'{"access_token":"' + b"a-b.c&d=" * 1_000_000 + b'","token_type":"Bearer"}'
)
BEHAVIOURS["words without end"] = answering(400, "\U0001f600" + "ab " * 2_700_000, media_type="text/plain")
BEHAVIOURS["JSON of 100,000 levels"] = answering(400, b'{"error":' + b"[" * 100_000 + b"]" * 100_000 + b"}")
BEHAVIOURS["JSON of millions of values"] = answering(400, b"[" + b"{}," * 2_500_000 + b"{}]")
BEHAVIOURS["the beginning of a JWT 66,000 times"] = answering(400, b"eyJ" * 66_000, media_type="text/plain")

# ----- answers that are hard to read

BEHAVIOURS["a lone surrogate"] = answering(400, rb'{"error":"\ud800","error_description":"\udfff"}')
BEHAVIOURS["a list"] = answering(200, "[]")
BEHAVIOURS["a list of lists"] = answering(400, '[["error"]]')
BEHAVIOURS["a number of 10,000 digits"] = answering(400, '{"error":' + "9" * 10_000 + "}")
BEHAVIOURS["not a number"] = answering(200, '{"access_token":NaN,"expires_in":1e999}')
BEHAVIOURS["escape sequences"] = answering(400, '{"error":"\\u001b]0;owned\\u0007\\u0000\\u202e\\u009b31m"}')
BEHAVIOURS["bytes that are no text"] = answering(400, bytes(range(256)) * 8, media_type="text/html")
BEHAVIOURS["HTML that is none"] = answering(
    200, "<form><?xml encoding='x'?>" + "<div>" * 5000, media_type="text/html"
)
BEHAVIOURS["a status that is none"] = lambda wire: wire.send(b"HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n")
BEHAVIOURS["no HTTP"] = lambda wire: wire.send(b"220 smtp.example ESMTP\r\n")
BEHAVIOURS["an answer to an upgrade nobody asked for"] = lambda wire: wire.send(
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n\x81\x05hello"
)
BEHAVIOURS["a line break in a header"] = answering(400, "{}", "X-One: a\r\n\r\nX-Two: b")
BEHAVIOURS["two lengths"] = answering(400, "{}", "Content-Length: 100")

# ----- answers that send the harness elsewhere, or ask it to wait


@behaviour("a redirect to another origin")
async def _(wire: Wire) -> None:
    await wire.answer(302, b"", f"Location: {wire.foreign_url}login")


@behaviour("a redirect to itself")
async def _(wire: Wire) -> None:
    await wire.answer(302, b"", f"Location: {wire.asked.target}")


SIGN_IN = """<form method={method} action="{action}"><input name=user><input type=password name=password>
<button {button}>Sign in</button></form>"""


def sign_in_page(method: str, action: str = "", button: str = "", base: str = "") -> Behaviour:
    """A sign-in page; `%s` stands for the address of the foreign server."""

    async def show(wire: Wire) -> None:
        page = f"<html><head>{base}</head>" + SIGN_IN.format(method=method, action=action, button=button)
        await wire.answer(200, page.replace("%s", wire.foreign_url).encode(), media_type="text/html")

    return show


BEHAVIOURS["a form to another origin"] = sign_in_page("post", "%slogin")
BEHAVIOURS["a form by GET to another origin"] = sign_in_page("get", "%slogin")
BEHAVIOURS["a button to another origin"] = sign_in_page("post", "/login", button="formaction='%slogin'")
BEHAVIOURS["a base of another origin"] = sign_in_page("post", "login", base="<base href='%s'>")
BEHAVIOURS["the sign-in page again"] = sign_in_page("post", "/login")
BEHAVIOURS["a page of 150,000 attributes"] = answering(
    200, "<form " + " ".join(f"a{number}" for number in range(150_000)) + ">", media_type="text/html"
)
BEHAVIOURS["a page of scripts"] = answering(200, "<script></script>" * 400_000, media_type="text/html")

BEHAVIOURS["a redirect to no address"] = answering(302, b"", "Location: http://[")
BEHAVIOURS["429 for an hour"] = answering(429, b"", "Retry-After: 3600")
BEHAVIOURS["429 again and again"] = answering(429, b"", "Retry-After: 1")
BEHAVIOURS["503"] = answering(503, "<html>no upstream</html>", media_type="text/html")


# ----- the server


@dataclass
class Hostile:
    """Its address, what it was asked, and which requests it misbehaved at."""

    base_url: str = ""
    foreign_url: str = ""  # of a server that is none of the target's
    asked: list[Asked] = field(default_factory=list)
    misbehaved: list[tuple[str, Asked]] = field(default_factory=list)
    strangers: list[Asked] = field(default_factory=list)  # what reached the foreign server


@contextmanager
def hostile(rule: Rule, upstream: str | None = None) -> Iterator[Hostile]:
    """Serves on this machine; without `upstream` what is passed on is answered 404."""
    made, loop = Hostile(), asyncio.new_event_loop()
    kept: set[asyncio.Task[None] | None] = set()  # the loop does not keep its tasks alive

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kept.add(asyncio.current_task())
        with closed(writer):
            while asked := await _request(reader):
                made.asked.append(asked)
                name = rule(asked)
                if name is None:
                    writer.write(await _passed_on(asked, upstream, made.base_url))
                    await writer.drain()
                    continue
                made.misbehaved.append((name, asked))
                await BEHAVIOURS[name](Wire(asked, writer, made.base_url, made.foreign_url))
                break

    async def stranger(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closed(writer):
            if asked := await _request(reader):
                made.strangers.append(asked)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
                await writer.drain()

    server = loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", 0))
    other = loop.run_until_complete(asyncio.start_server(stranger, "127.0.0.1", 0))
    made.base_url = f"http://localhost:{server.sockets[0].getsockname()[1]}/"
    made.foreign_url = f"http://localhost:{other.sockets[0].getsockname()[1]}/"
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        asyncio.run_coroutine_threadsafe(_ended(loop, server, other), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextmanager
def closed(writer: asyncio.StreamWriter) -> Iterator[None]:
    """Closes a connection at the end, also where the other side has gone or the server ends."""
    try:
        with suppress(OSError, asyncio.IncompleteReadError):
            yield
            writer.close()
    finally:
        if not writer.is_closing():
            writer.transport.abort()


async def _ended(loop: asyncio.AbstractEventLoop, *servers: asyncio.Server) -> None:
    for server in servers:
        server.close()
    loop.set_exception_handler(lambda *_: None)  # that a connection is cancelled is no news
    while tasks := asyncio.all_tasks(loop) - {asyncio.current_task()}:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for _ in range(3):  # for connections to learn that they are closed, and for those just made to begin
            await asyncio.sleep(0)


async def _request(reader: asyncio.StreamReader) -> Asked | None:
    line = (await reader.readline()).decode("latin-1")
    if not line:
        return None
    headers = {}
    while field_ := (await reader.readline()).decode("latin-1").strip():
        name, _, value = field_.partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    method, target, _ = line.split(" ", 2)
    return Asked(method, target, headers, body)


async def _passed_on(asked: Asked, upstream: str | None, base_url: str) -> bytes:
    """The whole answer of the target, with its address replaced by the server's own."""
    if upstream is None:
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    host = urlsplit(upstream).netloc
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(upstream).port)
    headers = {**asked.headers, "host": host, "connection": "close"}
    lines = [
        f"{asked.method} {asked.target} HTTP/1.1",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + asked.body)
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    own = urlsplit(base_url).netloc.encode()
    body = body.replace(host.encode(), own)
    kept = [
        line.replace(host.encode(), own)
        for line in head.split(b"\r\n")
        if not line.lower().startswith((b"content-length:", b"connection:"))
    ]
    return b"\r\n".join([*kept, b"Content-Length: %d" % len(body), b"", b""]) + body
