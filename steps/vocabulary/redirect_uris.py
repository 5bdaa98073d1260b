"""Redirect URIs that are nearly a client's own: each a single change of the registered one (RFC 9700 section 4.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import SplitResult, urlsplit

from fixtures.addresses import is_loopback
from reports.deviation import NotApplicable

EVIL = "authmark.example"  # a reserved name (RFC 2606): whatever is sent there arrives nowhere


def _with(**parts: Callable[[SplitResult], str]) -> Callable[[str], str]:
    def change(uri: str) -> str:
        held = urlsplit(uri)
        changed = held._replace(**{name: make(held) for name, make in parts.items()}).geturl()
        if changed == uri:
            raise NotApplicable(f"the redirect URI {uri} has nothing that could be changed so")
        return changed

    return change


def _host(make: Callable[[str], str]) -> Callable[[str], str]:
    def netloc(held: SplitResult) -> str:
        host = held.hostname or ""
        return held.netloc.replace(host, make(host), 1)

    return _with(netloc=netloc)


def _path(make: Callable[[str], str]) -> Callable[[str], str]:
    return _with(path=lambda held: make(held.path or "/"))


def _another_port(uri: str) -> str:
    if is_loopback(urlsplit(uri).hostname or ""):
        raise NotApplicable("a loopback redirect URI may come with any port (RFC 8252 section 7.3)")
    held = urlsplit(uri)
    return held._replace(netloc=f"{held.hostname}:8443").geturl()


def _loopback_as(host: str) -> Callable[[str], str]:
    def change(uri: str) -> str:
        if not is_loopback(urlsplit(uri).hostname or "") or urlsplit(uri).hostname == host.strip("[]"):
            raise NotApplicable("the redirect URI is not on a loopback host of another form")
        return _host(lambda _: host)(uri)

    return change


def _encoded(text: str) -> str:
    return f"{text[:-1]}%{ord(text[-1]):02x}"


def _joined(uri: str, query: str) -> str:
    return f"{uri}{'&' if urlsplit(uri).query else '?'}{query}"


def _full_width(host: str) -> str:
    return chr(ord(host[0]) - 0x21 + 0xFF01) + host[1:]


def _without_query(uri: str) -> str:
    return uri.partition("?")[0]


def _query(make: Callable[[list[str]], list[str]]) -> Callable[[str], str]:
    return _with(query=lambda held: "&".join(make(held.query.split("&"))))


REDIRECT_URIS: Mapping[str, Callable[[str], str]] = {
    # somewhere else
    "of another host": lambda _: f"https://{EVIL}/callback",
    "of another path": _path(lambda _: "/authmark"),
    "that is relative": lambda uri: urlsplit(uri).path or "/",
    "without a scheme": lambda uri: uri.partition(":")[2],
    "that is no URL": lambda _: "not a url",
    "that is a wildcard": lambda _: "*",
    # the path
    "with one more path segment": _path(lambda path: f"{path.rstrip('/')}/authmark"),
    "with one more letter at the end of its path": _path(lambda path: f"{path}x"),
    "with a slash more or less at its end": _path(
        lambda path: path[:-1] if len(path) > 1 and path.endswith("/") else f"{path}/"
    ),
    "with a doubled slash": _path(lambda path: f"/{path}"),
    "with a traversal": _path(lambda path: f"{path.rstrip('/')}/../authmark"),
    "with a traversal that leads back": _path(lambda path: f"/authmark/..{path}"),
    "with an encoded traversal": _path(lambda path: f"{path.rstrip('/')}/%2e%2e/authmark"),
    "with a doubly encoded traversal": _path(lambda path: f"{path.rstrip('/')}/%252e%252e/authmark"),
    "with a backslash traversal": _path(lambda path: f"{path.rstrip('/')}\\..\\authmark"),
    "with its path in another case": _path(str.swapcase),
    "with an encoded character": _path(_encoded),
    "with a path parameter": _path(lambda path: f"{path};authmark=1"),
    "with a space at its end": lambda uri: f"{uri} ",
    "with a NUL at its end": lambda uri: f"{uri}\0",
    "with a line break at its end": lambda uri: f"{uri}\r\nX-Authmark: 1",
    "with a fragment": lambda uri: f"{uri}#authmark",
    "with an empty fragment": lambda uri: f"{uri}#",
    # scheme, host and port
    "with another scheme": _with(scheme=lambda held: "http" if held.scheme == "https" else "https"),
    "with its scheme in another case": lambda uri: uri.partition(":")[0].swapcase() + uri[uri.index(":") :],
    "with its host in another case": _host(str.swapcase),
    "with another port": _another_port,
    "with a dot after its host": _host(lambda host: f"{host}."),
    "of a sub-domain": _host(lambda host: f"authmark.{host}"),
    "of a host that begins alike": _host(lambda host: f"{host}.{EVIL}"),
    "of a host that ends alike": _host(lambda host: f"authmark{host}"),
    "of a Unicode look-alike": _host(_full_width),
    "with its host as user name": _with(netloc=lambda held: f"{held.netloc}@{EVIL}"),
    "with its host as user name and password": _with(netloc=lambda held: f"{held.hostname}:x@{EVIL}"),
    "with a user name before its host": _with(netloc=lambda held: f"authmark@{held.netloc}"),
    "of another host before a backslash": _with(netloc=lambda held: f"{EVIL}\\@{held.netloc}"),
    "of another host after a backslash": _with(netloc=lambda held: f"{held.netloc}\\@{EVIL}"),
    "of another host before a fragment": _with(netloc=lambda held: f"{EVIL}#@{held.netloc}"),
    "of another host before a query": _with(netloc=lambda held: f"{EVIL}?@{held.netloc}"),
    "of another host that has it as path": lambda uri: f"https://{EVIL}/{uri}",
    "of another host that has it in its query": lambda uri: f"https://{EVIL}/?{uri}",
    "of the same host as IPv4 number": _loopback_as("2130706433"),
    "of the same host as IPv4 address": _loopback_as("127.0.0.1"),
    "of the same host as IPv6 address": _loopback_as("[::1]"),
    # the query
    "with a further query": lambda uri: _joined(uri, "authmark=1"),
    "with an empty query": lambda uri: uri + ("&" if urlsplit(uri).query else "?"),
    "with a code in its query": lambda uri: _joined(uri, "code=authmark"),
    "with a state in its query": lambda uri: _joined(uri, "state=authmark"),
    "with an encoded code in its path": _path(lambda path: f"{path}%3Fcode=authmark"),
    "with a code behind an ampersand": _path(lambda path: f"{path}&code=authmark"),
    "without its query": _without_query,
    "with its query in another order": _query(lambda pairs: pairs[::-1]),
    "with another value in its query": _query(lambda pairs: [*pairs[:-1], f"{pairs[-1]}x"]),
    "with its first parameter twice": _query(lambda pairs: [*pairs, pairs[0]]),
    # what is no place on the web
    "of the scheme javascript": lambda uri: f"javascript:alert(1)//{uri}",
    "of the scheme javascript with its host": lambda uri: f"javascript:{uri.partition(':')[2]}%0aalert(1)",
    "of the scheme data": lambda _: "data:text/html,<script>alert(1)</script>",
    "of the scheme file": lambda _: "file:///etc/passwd",
}
