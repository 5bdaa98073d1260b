"""A proxy in front of a target, in which the network fails on purpose."""

from __future__ import annotations

import http.client
import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

# cut: the connection ends without an answer; half: in the middle of one; hang: nothing ever comes;
# too-many: 429 with a pause of one second; busy: 503; die: as cut, and nobody listens any more
Trouble = Literal["cut", "half", "hang", "too-many", "busy", "die"]
Rule = Callable[[str, str], Trouble | None]  # of method and path


@dataclass
class Proxy:
    """Its address, and the requests in which there was trouble."""

    base_url: str
    troubled: list[tuple[str, str, Trouble]] = field(default_factory=list)


@contextmanager
def proxy(upstream: str, rule: Rule) -> Iterator[Proxy]:
    """Passes requests on to `upstream`, but for those of which `rule` says otherwise."""
    ended = threading.Event()
    target = urlsplit(upstream)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_request(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path = self.path.partition("?")[0]
            trouble = rule(self.command, path)
            if trouble:
                made.troubled.append((self.command, path, trouble))
                self._trouble(trouble)
                return
            connection = http.client.HTTPConnection(target.hostname or "", target.port or 80)
            connection.request(self.command, self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            content = answer.read().replace(upstream.encode(), made.base_url.encode())
            connection.close()
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value.replace(upstream, made.base_url))
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_request  # noqa: N815  names of http.server

        def _trouble(self, trouble: Trouble) -> None:
            if trouble == "busy":
                self.send_response_only(503)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            if trouble == "too-many":
                self.send_response_only(429)
                self.send_header("Retry-After", "1")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            if trouble == "half":
                self.wfile.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 100\r\n\r\n" + b'{"error":')
            if trouble == "hang":
                ended.wait()
            if trouble == "die":
                server.server_close()
                threading.Thread(target=server.shutdown).start()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name that it overrides
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Proxy(f"http://127.0.0.1:{server.server_port}/")
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        yield made
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
