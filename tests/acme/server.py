"""Acme's server: client credentials, a list of clients, and one protected page."""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@dataclass
class Acme:
    base_url: str = ""
    key: str = field(default_factory=lambda: secrets.token_hex(16))
    clients: dict[str, str] = field(default_factory=dict)
    ever: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)

    def answer(self, method: str, path: str, headers: Any, body: str) -> tuple[int, Any, dict[str, str]]:
        if path == "/.well-known/openid-configuration":
            here = self.base_url
            known = {"issuer": here, "token_endpoint": f"{here}token"}
            return 200, {**known, "grant_types_supported": ["client_credentials"]}, {}
        if path.startswith("/clients/") and headers["Acme-Key"] == self.key:
            name = path.removeprefix("/clients/")
            if method == "DELETE":
                self.clients.pop(name, None)
                return 204, None, {}
            self.clients[name] = secrets.token_hex(32)
            self.ever.add(name)
            return 201, {"secret": self.clients[name]}, {}
        if path == "/token" and method == "POST":
            return self.token(headers, parse_qs(body, keep_blank_values=True))
        if path == "/api":
            known = (headers["Authorization"] or "").removeprefix("Bearer ") in self.tokens
            return (200, {}, {}) if known else (401, {}, {"WWW-Authenticate": "Bearer"})
        return 404, {}, {}

    def token(self, headers: Any, form: dict[str, list[str]]) -> tuple[int, Any, dict[str, str]]:
        if any(len(values) > 1 for values in form.values()) or "grant_type" not in form:
            return 400, {"error": "invalid_request"}, NO_STORE
        basic = (headers["Authorization"] or "").removeprefix("Basic ")
        if basic:
            name, _, secret = base64.b64decode(basic).decode().partition(":")
        else:
            name, secret = (form.get(each, [""])[0] for each in ("client_id", "client_secret"))
        known = self.clients.get(unquote(name), "")
        if not known or not secrets.compare_digest(known, unquote(secret)):
            return 401, {"error": "invalid_client"}, {**NO_STORE, "WWW-Authenticate": "Basic"}
        if form["grant_type"] != ["client_credentials"]:
            return 400, {"error": "unsupported_grant_type"}, NO_STORE
        token = secrets.token_urlsafe(32)
        self.tokens.add(token)
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": 600}, NO_STORE


@contextmanager
def acme() -> Iterator[Acme]:
    server = Acme()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
            status, answer, headers = server.answer(self.command, self.path, self.headers, body)
            content = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Type": "application/json"}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = do  # noqa: N815  the library's names

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        server.base_url = f"http://127.0.0.1:{listening.server_port}/"
        threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        listening.shutdown()
