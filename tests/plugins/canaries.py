"""A pytest plugin that writes every secret that goes over the wire into the file AUTHMARK_CANARIES.

It finds them by the places where the protocols put them and shares nothing with the redaction that it tests.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlsplit

import pytest

from reports.exchange import Exchange

CANARIES = Path(os.environ["AUTHMARK_CANARIES"])
SECRET_NAMES = re.compile(
    r"(?i).*(password|secret|verifier|assertion|token|cookie)|code|user_code|device_code|id_token_hint|valueString"
)
PUBLIC_NAMES = re.compile(
    r"(?i).*(token_type|token_endpoint|_url|_types?_supported|_methods?_supported|_uri).*|resetPassword"
)
JWT = re.compile(r"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*")
CHALLENGE = re.compile(
    r'code_?[cC]hallenge(?:=|": ")([^&"]+)["&, ]+code_?[cC]hallenge_?[mM]ethod(?:=|": ")S256'
)
SHORTEST = 12  # characters; what is shorter is a word of the protocol or of a scenario, not a secret


def pytest_configure() -> None:
    from fixtures.http import Recorder  # noqa: PLC0415  the harness's plugins are not loaded yet above

    add = Recorder.add
    challenges: set[str] = set()  # PK05 sends one as verifier, which makes it no secret

    def noting(self: Recorder, exchange: Exchange, *, auth: bool) -> None:
        challenges.update(CHALLENGE.findall(f"{exchange.url} {exchange.request_body}"))
        found = {secret for secret in secrets_in(exchange) if len(secret) >= SHORTEST and "\n" not in secret}
        found = {secret for secret in found if len(set(secret)) > 1}  # a made-up code or token is one letter
        found -= challenges
        with CANARIES.open("a", encoding="utf-8") as file:
            file.write("".join(f"{secret}\n" for secret in sorted(found)))
        add(self, exchange, auth=auth)

    pytest.MonkeyPatch().setattr(Recorder, "add", noting)


def secrets_in(exchange: Exchange) -> Iterator[str]:
    for headers in (exchange.request_headers, exchange.response_headers):
        for name, value in headers:
            yield from _of_header(name.lower(), value)
    for body in (exchange.request_body, exchange.response_body):
        for token in JWT.findall(body):
            yield from (token, token.rpartition(".")[2])
        try:
            yield from _of_json(json.loads(body))
        except ValueError:
            yield from _of_pairs(parse_qsl(body))
    yield from _of_pairs(parse_qsl(urlsplit(exchange.url).query))


def _of_header(name: str, value: str) -> Iterator[str]:
    if name == "authorization":
        scheme, _, credentials = value.partition(" ")
        yield credentials
        if scheme.lower() == "basic":
            yield from _of_basic(credentials)
    elif name == "set-cookie":
        yield value.partition(";")[0].partition("=")[2]
    elif name == "cookie":
        yield from (pair.partition("=")[2].strip() for pair in value.split(";"))
    elif name == "location":
        yield from _of_pairs(parse_qsl(urlsplit(value).query) + parse_qsl(urlsplit(value).fragment))


def _of_basic(credentials: str) -> Iterator[str]:
    try:
        password = base64.b64decode(credentials).decode().partition(":")[2]
    except ValueError:
        return
    yield from (password, unquote_plus(password))


def _of_pairs(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield from (value for name, value in pairs if _is_secret(name))


def _of_json(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get("resourceType") == "OperationOutcome":  # its codes are words of FHIR
            return
        for name, member in value.items():
            if isinstance(member, str) and _is_secret(name):
                yield member
            else:
                yield from _of_json(member)
    elif isinstance(value, list):
        for member in value:
            yield from _of_json(member)


def _is_secret(name: str) -> bool:
    return bool(SECRET_NAMES.fullmatch(name)) and not PUBLIC_NAMES.fullmatch(name)
