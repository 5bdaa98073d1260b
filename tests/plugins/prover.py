"""A pytest plugin that runs the scenarios again and again in one process, each time under another fault.

It does what it is asked over the socket AUTHMARK_PROVER, one JSON object a line (see `tests.proof`).

*alone*: every scenario runs by itself and without a fault, with sessions and controls of its own, and the reference
target says with each answer which faults the request asked for. A fault *touches* a scenario that has such a request;
no other fault can change what its requests are answered, so neither its verdict.

*fault*: the scenarios that the fault touches run, all under the fault, with sessions and controls of their own. What
was prepared serves one fault after another, for as long as the server holds it as it was made. Where preparing asks for
the fault too, the target is prepared anew, under it, and what was prepared is compared with what it is without the
fault, but for what is random: the cast, the metadata and the records that the server holds. Scenarios that send a
credential that is of another kind now count as touched, and those that read a member of the metadata that is another
now; all scenarios do where anything else differs.

What this takes for granted: a scenario changes only what it has made for itself.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import socket
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import unquote

import httpx
import pytest
from _pytest.runner import runtestprotocol

from tests.plugins import wire

if TYPE_CHECKING:
    from fixtures.protocol.fhir import Fhir
    from fixtures.target.discovery import Discovery
    from reports.exchange import Exchange

PROVER = int(os.environ["AUTHMARK_PROVER"])
MUTANTS = os.environ.get("AUTHMARK_MUTANTS")  # a file that lists mutants, which take the place of the faults
FAULT, ASKED, ASKED_AT_START = "X-Authmark-Fault", "X-Authmark-Asked", "X-Authmark-Asked-At-Start"

#: The types of what preparing makes.
MADE = (
    *("Project", "ProjectMembership", "User", "AccessPolicy", "ClientApplication"),
    *("Practitioner", "Patient", "Observation", "Condition"),
)
SAMPLE = 10
MOST_SERVED = 10  # faults by one preparation: beside it their scenarios leave what they make
LONG = re.compile(r"[\w.-]{16,}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+Z")


@dataclass
class Wire:
    """Under which fault requests go out, and what was noted of those that did."""

    fault: str = ""
    asked: set[str] = field(default_factory=set)
    asked_at_start: set[str] = field(default_factory=set)
    sent: list[str] = field(default_factory=list)
    received: list[str] = field(default_factory=list)
    read: set[str] = field(default_factory=set)  # of the metadata, by its path

    def forget(self) -> None:
        """Notes from here on."""
        self.asked, self.sent, self.received, self.read = set(), [], [], set()

    def note(self, exchange: Exchange) -> None:
        """What was sent and what came, while there is no fault; and the faults that the answer tells of."""
        headers = dict(exchange.response_headers)
        if exchange.status is None:
            return
        assert ASKED.lower() in headers, f"an answer does not say which faults were asked for: {exchange}"
        self.asked.update(headers[ASKED.lower()].split())
        self.asked_at_start.update(headers.get(ASKED_AT_START.lower(), "").split())
        if self.fault:
            return
        scheme, _, credentials = dict(exchange.request_headers).get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            credentials = base64.b64decode(credentials + "==").decode(errors="replace")
        self.sent.append(f"{exchange.url} {credentials} {exchange.request_body}")
        self.received.append(f"{exchange.response_headers} {exchange.response_body}")

    @contextmanager
    def under(self, fault: str) -> Iterator[None]:
        """Requests go out under a fault, or under none."""
        before, self.fault = self.fault, fault
        try:
            yield
        finally:
            self.fault = before


WIRE = Wire()


class Members(Mapping[str, Any]):
    """The metadata document, which notes what is read of it; whoever looks through it, reads all."""

    def __init__(self, members: Mapping[str, Any]) -> None:
        self._members = members

    def __getitem__(self, name: str) -> Any:
        WIRE.read.add(f".metadata.metadata.{name}")
        return self._members[name]

    def __iter__(self) -> Iterator[str]:
        WIRE.read.add(".metadata.metadata")
        return iter(self._members)

    def __len__(self) -> int:
        WIRE.read.add(".metadata.metadata")
        return len(self._members)


def noting(discovery: Discovery, name: str) -> Any:
    """A member of what was discovered, which counts as read."""
    if name != "metadata":  # which notes itself
        WIRE.read.add(".metadata" if name == "exchanges" else f".metadata.{name}")
    return object.__getattribute__(discovery, name)


def pytest_configure(config: pytest.Config) -> None:
    from fixtures import reference_process  # noqa: PLC0415  the harness's plugins are not loaded yet above
    from fixtures.adapters.names import Name, Names  # noqa: PLC0415
    from fixtures.target.discovery import Discovery  # noqa: PLC0415
    from reports.redaction import Redactor  # noqa: PLC0415
    from reports.row import RedactedExchange  # noqa: PLC0415

    patch = pytest.MonkeyPatch()
    command = [*reference_process.COMMAND, "--faults-by-request"]
    if MUTANTS:
        at = command.index("fixtures.reference")
        command[at : at + 1] = ["tests.mutants.server", MUTANTS]
    patch.setattr(reference_process, "COMMAND", command)
    patch.setattr(Discovery, "__getattribute__", noting)
    patch.setattr(httpx.HTTPTransport, "handle_request", under_fault(httpx.HTTPTransport.handle_request))
    # People whose names are not random, so that two preparations can be compared.
    patch.setattr(
        Names, "person", lambda _: Name("Ada", "Lovelace", f"ada.{secrets.token_hex(16)}@example.com")
    )
    # Nothing is written here, so nothing needs to be redacted; and what is learned would grow with every fault.
    patch.setattr(Redactor, "learn_from", lambda *_: None)
    patch.setattr(Redactor, "text", lambda _, text: text)
    nothing = mock.NonCallableMock(RedactedExchange, curl="")
    patch.setattr(Redactor, "exchange", lambda *_: nothing)
    patch.setattr(Redactor, "sent", lambda *_: "")
    config.pluginmanager.register(Prover(config))


def under_fault(handle: Callable[..., httpx.Response]) -> Callable[..., httpx.Response]:
    def handle_request(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        if WIRE.fault:
            request.headers[FAULT] = WIRE.fault
        return wire.send(request) if wire.can_send(request) else handle(self, request)

    return handle_request


class Prover:
    """The scenarios, and what is known of each."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.items: list[pytest.Item] = []
        self.asked: dict[str, list[str]] = {}  # item -> the faults that touch it
        self.leans: dict[str, list[str]] = {}  # item -> paths of what was prepared that it sends or reads
        self.asked_preparing: set[str] = set()
        self.standing: Any = None
        self.cast: dict[str, Any] = {}
        self.prepared: dict[str, Any] = {}  # without a fault: what was prepared, by its path
        self.earlier: dict[str, Any] = {}  # the same of another time, which tells what of it is random
        self.once: dict[
            Any, Any
        ] = {}  # what stands for all faults that preparing does not ask for, as it was made
        self.held: dict[str, Any] = {}  # what the server holds of it; empty where nothing stands
        self.served = 0  # faults

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        from fixtures.plugin import HTTP  # noqa: PLC0415  as above

        self.config.stash[HTTP].recorder.listeners.append(WIRE.note)
        self.items = session.items
        does = {it.__name__: it for it in (self.alone, self.know, self.fault, self.control)}
        with socket.socket(fileno=PROVER) as channel, channel.makefile("rw") as lines:
            for line in lines:
                question = json.loads(line)
                lines.write(json.dumps(does[question.pop("do")](**question)) + "\n")
                lines.flush()
        return True

    def alone(self, part: int, of: int) -> dict[str, Any]:
        """Every scenario of one part by itself, without a fault; none may live on what another was given."""
        from fixtures.plugin import TARGET  # noqa: PLC0415  as above

        self.prepare(whole_cast=True)
        self.earlier = self.leaves()
        WIRE.forget()
        self.prepare(whole_cast=True)
        self.asked_preparing, read_preparing = WIRE.asked, WIRE.read.copy()
        self.prepared = self.leaves()
        credentials = {
            path: value
            for path, value in self.prepared.items()
            if value != self.earlier.get(path) and is_credential(value)
        }
        once, rows = self.config.stash[TARGET].adapter.once, {}
        cast, foreign = dict(once.made), set[str]()
        ours = made_for_somebody("\n".join(map(str, self.prepared.values())))
        for item in self.items[part::of] if of else []:
            WIRE.forget()
            once.made = dict(cast)
            rows.update(run(item))
            sent, received = "\n".join(WIRE.sent), "\n".join(WIRE.received)
            outlived = foreign & made_for_somebody(sent)
            assert not outlived, f"{item.nodeid} sends what an earlier scenario was given: {outlived}"
            of_provider = self.config.stash[TARGET].adapter.provider.secrets
            foreign.update(made_for_somebody(received) - ours - of_provider)
            self.asked[item.nodeid] = sorted(WIRE.asked)
            read = read_preparing | WIRE.read
            self.leans[item.nodeid] = [*read, *(path for path, value in credentials.items() if value in sent)]
        return {
            "rows": rows,
            "asked": self.asked,
            "leans": self.leans,
            "preparing": sorted(self.asked_preparing),
            "at_start": sorted(WIRE.asked_at_start),
        }

    def know(self, asked: dict[str, list[str]], leans: dict[str, list[str]]) -> None:
        """What all parts together found out."""
        self.asked, self.leans = asked, leans

    def fault(
        self,
        fault: str,
        only: list[str] | None,
        *,
        until_seen: bool = False,
        sure: list[str] | None = None,
    ) -> dict[str, Any]:
        """The scenarios that a fault touches (`only`: of these requirements), under it; `until_seen`: by one.

        Where there are `sure` requirements, theirs and of the others one scenario in SAMPLE, always the same.
        """
        asked_preparing = fault in self.asked_preparing
        if not asked_preparing:
            self.stand()
        with WIRE.under(fault):
            try:
                if asked_preparing:
                    self.held = {}
                    self.prepare(whole_cast=True)
            except Exception as problem:  # noqa: BLE001  whatever it is, the proof has to show it
                return {"rows": {}, "problem": f"preparing the target: {problem!r}"}
            differing = self.differing() if asked_preparing else set()
            rows: dict[str, tuple[str, str]] = {}
            for item in self.items:
                if (
                    self.touches(fault, differing, item.nodeid)
                    and (only is None or requirement(item) in only)
                    and (sure is None or requirement(item) in sure or is_sampled(fault, item))
                ):
                    rows |= run(item)
                    if until_seen and rows[item.nodeid][1] in ("failed", "warning"):
                        break
        return {"rows": rows, "problem": f"prepared differently: {sorted(differing)}" if differing else ""}

    def control(self, item: str) -> str:
        """The verdict of one scenario without a fault, prepared anew: whether the target is still what it was."""
        self.stand()
        return run(next(it for it in self.items if it.nodeid == item))[item][1]

    def touches(self, fault: str, differing: set[str], nodeid: str) -> bool:
        return fault in self.asked[nodeid] or any(self.leans_on(path, nodeid) for path in differing)

    def leans_on(self, path: str, nodeid: str) -> bool:
        if path.startswith(".metadata."):
            return any(f"{path}.".startswith(f"{read}.") for read in self.leans[nodeid])
        # What is the same in every preparation is found in requests of whoever uses it or not: it tells nothing.
        return path in self.leans[nodeid] or not self.is_telling(path)

    def is_telling(self, path: str) -> bool:
        """Whether a value that was prepared would be found in the requests of those alone who lean on it."""
        value = self.prepared.get(path)
        return is_credential(value) and value != self.earlier.get(path)

    def stand(self) -> None:
        """Sees that what was prepared without a fault stands, and that nothing else is remembered."""
        from fixtures.plugin import TARGET  # noqa: PLC0415  as above

        self.served += 1
        if self.served > MOST_SERVED or not self.held or self.held_now(self.held) != self.held:
            self.prepare(whole_cast=True)
            self.once = dict(self.config.stash[TARGET].adapter.once.made)
            self.held, self.served = self.held_now(), 0
        target = self.config.stash[TARGET]
        target.adapter.once.made = dict(self.once)

    def held_now(self, ids: Iterable[str] = ()) -> dict[str, Any]:
        """What the server holds of what was prepared, by id (`ids`: of these), and whom it still knows."""
        from fixtures.plugin import TARGET  # noqa: PLC0415  as above

        adapter, projects = self.config.stash[TARGET].adapter, set(self.standing.projects.values())
        with WIRE.under(""):
            fhir = adapter.fhir(self.standing.tokens["super"], extended=True)
            held = {each["id"]: each for type_ in MADE for each in list_of(fhir, type_, projects)}
            known = {
                name: adapter.fhir(token).search("Patient", ("_count", "1")).status
                for name, token in self.standing.tokens.items()
            }
        return {id_: each for id_, each in held.items() if not ids or id_ in ids} | known

    def prepare(self, *, whole_cast: bool) -> None:
        """Prepares the target anew, and removes what stands; without `whole_cast` members are made when needed."""
        from fixtures.cast import CLIENTS, PEOPLE, RECORDS  # noqa: PLC0415  as above
        from fixtures.flows.target import Target  # noqa: PLC0415
        from fixtures.ledger import Ledger  # noqa: PLC0415
        from fixtures.plugin import HTTP, TARGET  # noqa: PLC0415
        from fixtures.target.preflight import preflight  # noqa: PLC0415

        old, http = self.config.stash[TARGET], self.config.stash[HTTP]
        with WIRE.under(""):
            old.adapter.cleanup(old.adapter.ledger.open_entries())
        discovery = preflight(old.profile, lambda url: http.session().send("GET", url))
        discovery = replace(discovery, metadata=Members(discovery.metadata))
        WIRE.read.clear()
        adapter = type(old.adapter)(http, old.profile, discovery, old.adapter.secrets)
        http.is_auth = adapter.is_auth
        adapter.provider = old.adapter.provider
        adapter.check_credentials()
        path = Path(self.config.option.out) / f"{secrets.token_hex(8)}.jsonl"
        ledger = Ledger.create(path, "prover", old.profile)
        self.standing = adapter.prepare(ledger, "prover")
        adapter.adopt(self.standing, ledger, "")
        self.config.stash[TARGET] = target = Target(old.profile, discovery, adapter)
        if whole_cast:
            for make, roles in (
                (target.client, CLIENTS),
                (target.person, PEOPLE),
                (target.record, RECORDS),
            ):
                self.cast = {**self.cast, **{role.title: make(role.name) for role in roles}}
        http.recorder.take()

    def leaves(self) -> dict[str, Any]:
        """What was prepared, by its path: the cast, the metadata, what the server holds of it."""
        from fixtures.plugin import TARGET  # noqa: PLC0415  as above

        target = self.config.stash[TARGET]
        metadata = {**asdict(target.discovery), "exchanges": (), "metadata": dict(target.discovery.metadata)}
        projects = set(self.standing.projects.values())
        with WIRE.under(""):
            fhir = target.adapter.fhir(self.standing.tokens["super"], extended=True)
            held = {type_: list_of(fhir, type_, projects) for type_ in MADE}
        cast = {title: asdict(it) if is_dataclass(it) else it for title, it in self.cast.items()}
        prepared = {"cast": cast, "standing": asdict(self.standing), "metadata": metadata, "held": held}
        return dict(leaves(prepared))

    def differing(self) -> set[str]:
        """The paths of what was prepared otherwise than without a fault."""
        now = self.leaves()
        return {
            path
            for path in self.prepared.keys() | now.keys()
            if self.kind(path, self.prepared.get(path)) != self.kind(path, now.get(path))
        }

    def kind(self, path: str, value: Any) -> Any:
        return kind_of(value, self.prepared.get(path), self.earlier.get(path))


def run(item: pytest.Item) -> dict[str, tuple[str, str]]:
    """Runs one scenario; gives requirement and verdict by node id."""
    found = {}
    for report in runtestprotocol(item, log=False, nextitem=None):
        row = getattr(report, "authmark_row", None)
        if row is not None:
            found[item.nodeid] = row.id, row.verdict
    return found


def is_sampled(fault: str, item: pytest.Item) -> bool:
    return zlib.crc32(f"{fault} {item.nodeid}".encode()) % SAMPLE == 0


def requirement(item: pytest.Item) -> str:
    return item.nodeid.rpartition("::")[2].partition("[")[0]


def list_of(fhir: Fhir, type_: str, projects: set[str]) -> list[Any]:
    """The resources of a type in some projects, as the super administrator sees them."""
    found = []
    for project in sorted(projects):
        entries = fhir.search(type_, ("_count", "1000"), ("_compartment", f"Project/{project}")).member(
            "entry"
        )
        found += [each["resource"] for each in entries or []]
    return [each for each in found if each["meta"].get("project") in projects]


def leaves(value: Any, path: str = "") -> Iterable[tuple[str, Any]]:
    """Every value that holds no others, with its path."""
    if isinstance(value, dict | list | tuple):
        for name, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(member, f"{path}.{name}")
    else:
        yield path, value


def made_for_somebody(text: str) -> set[str]:
    """What in a text looks like a token or an id."""
    return {word for word in set(LONG.findall(unquote(text))) if any(map(str.isdigit, word))}


def is_credential(value: Any) -> bool:
    """Whether a value would be found in a request only where it was put there."""
    return isinstance(value, str) and len(value) >= 16


def kind_of(value: Any, one: Any, other: Any) -> Any:
    """What must stay the same of a value that was `one` thing and the `other` without a fault.

    Of a token header and claims; of other texts the words in which both agree, and the length of what is long.
    """
    if one == other or not all(isinstance(it, str) for it in (value, one, other)):
        return value if one == other else type(value)
    read = [_read(it) for it in (value, one, other)]
    if all(read):
        return {
            path: kind_of(claim, *(dict(leaves(it)).get(path) for it in read[1:]))
            for path, claim in leaves(read[0])
        }
    if all(TIME.fullmatch(it) for it in (value, one, other)):
        return TIME
    words, *fixed = ([*re.split(r"([^\w-])", it)] for it in (value, one, other))
    if len(fixed[0]) != len(fixed[1]) or len(words) != len(fixed[0]):
        return len(words) if len(fixed[0]) == len(fixed[1]) else str
    return [
        word
        if here == there
        else (len(word), re.fullmatch("[0-9a-f-]*", word) is None)
        if len(here) >= 16
        else str
        for word, here, there in zip(words, *fixed, strict=True)
    ]


def _read(token: str) -> dict[str, Any] | None:
    """Header and claims of a token, its times beside the time of its issue; None where it is no token."""
    try:
        header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2])
    except ValueError:
        return None
    times = {name: at - claims["iat"] for name, at in claims.items() if name in ("nbf", "exp", "auth_time")}
    return {"header": header, "claims": {**claims, **times, "iat": 0}}
