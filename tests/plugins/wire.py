"""Requests to the reference target by a bare socket: for the proof, which sends hundreds of thousands, httpx is slow.

What is unusual (a body that waits, a byte in a header that none may have, TLS) goes the ordinary way.
"""

from __future__ import annotations

import re
import socket
import threading

import httpx

_UNUSUAL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_local = threading.local()


def can_send(request: httpx.Request) -> bool:
    """Whether a request is an ordinary one."""
    return (
        request.url.scheme == "http"
        and isinstance(request.stream, httpx.ByteStream)
        and not any(_UNUSUAL.search(name + value) for name, value in request.headers.raw)
    )


def send(request: httpx.Request) -> httpx.Response:
    """The whole answer. Raises httpx.ReadError where the connection ends before."""
    where = request.url.host, request.url.port or 80
    head = [b"%s %s HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    head += [b"%s: %s" % each for each in request.headers.raw]
    data = b"\r\n".join([*head, b"", b""]) + request.content
    connections: dict[tuple[str, int], socket.socket] = _local.__dict__.setdefault("connections", {})
    kept = connections.pop(where, None)
    for connection in (kept, None):
        if connection is None:
            connection = socket.create_connection(where, 10)  # noqa: PLW2901  the kept one is of no use
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            connection.sendall(data)
            response, keep = _read(connection, request)
        except (ConnectionError, EOFError):
            connection.close()
            if connection is kept:
                continue
            raise httpx.ReadError("the connection ended") from None
        if keep:
            connections[where] = connection
        else:
            connection.close()
        return response
    raise httpx.ReadError("the connection ended")


def _read(connection: socket.socket, request: httpx.Request) -> tuple[httpx.Response, bool]:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    status_line, *lines = head.split(b"\r\n")
    status = int(status_line.split(b" ", 2)[1])
    headers = [(name, value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
    told = {name.lower(): value for name, value in headers}
    if request.method == "HEAD" or status in (204, 304):
        body = b""
    elif told.get(b"transfer-encoding") == b"chunked":
        while not body.endswith(b"0\r\n\r\n"):
            body += _more(connection)
        body = _joined(body)
    else:
        while len(body) < int(told.get(b"content-length", b"0")):
            body += _more(connection)
    response = httpx.Response(status, headers=headers, stream=httpx.ByteStream(body), request=request)
    return response, told.get(b"connection", b"").lower() != b"close"


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise EOFError
    return data


def _joined(chunks: bytes) -> bytes:
    body = b""
    while chunks:
        size, _, rest = chunks.partition(b"\r\n")
        length = int(size, 16)
        body, chunks = body + rest[:length], rest[length + 2 :] if length else b""
    return body
