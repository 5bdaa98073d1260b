"""What a cleanup removes: the run's own projects, and nothing else, whatever the ledger or the server says."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from fixtures.adapters.medplum.api import Api
from fixtures.adapters.medplum.removal import Removal, remove_all
from fixtures.ledger import Entry
from reports.exchange import Exchange

BASE = "https://acme.example/"
RUN = "aaaaaa"
MAIN = f"authmark-{RUN}-main"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Server:
    """The administration of a server, as far as a cleanup asks it; its faults are switches."""

    projects: dict[str, tuple[str, datetime]] = field(default_factory=dict)  # id -> name, time of making
    users: dict[str, str] = field(default_factory=dict)  # id -> project
    logins: dict[str, str] = field(default_factory=dict)  # id -> user
    accounts: dict[str, str] = field(default_factory=dict)  # id -> address
    ignores_name = ignores_project = False
    job = ""
    clock = timedelta()
    asked: list[tuple[str, str]] = field(default_factory=list)
    expunged: list[str] = field(default_factory=list)

    def session(self) -> Server:
        return self

    def send(self, method: str, url: str, *, headers: Any = (), json: Any = None) -> Exchange:
        assert ("Authorization", "Bearer the-token") in headers
        self.asked.append((method, url))
        parts = urlsplit(url)
        status, body, more = self.answer(
            method, parts.path.removeprefix("/fhir/R4"), parse_qs(parts.query, keep_blank_values=True), json
        )
        fields = (("Date", format_datetime(datetime.now(UTC) + self.clock)), *more)
        return Exchange(method, url, status=status, response_headers=fields, response_body=dumps(body))

    def answer(
        self, method: str, path: str, query: dict[str, list[str]], body: Any
    ) -> tuple[int, Any, tuple[tuple[str, str], ...]]:
        kind, id_, deed = (*path.removeprefix("/").split("/"), "", "")[:3]
        if not kind:
            for entry in body["entry"]:
                self.expunge(entry["request"]["url"].removesuffix("/$expunge"))
            return 200, {}, ()
        if not id_:
            return 200, bundle(self.search(kind, query)), ()
        if kind == "User" and id_ in self.accounts:
            if deed:
                self.expunge(f"User/{id_}")
            return 200, self.account(id_), ()
        if id_ not in self.projects:
            return 404, {}, ()
        if deed == "$expunge":
            self.expunge(f"{kind}/{id_}")
            return 202, {}, (("Content-Location", self.job),) if self.job else ()
        return 200, bundle([self.project(id_)]) if deed else self.project(id_), ()

    def search(self, kind: str, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        if kind == "Project":
            prefix = "" if self.ignores_name else query["name"][0].lower()
            return [
                self.project(id_)
                for id_, (name, _) in self.projects.items()
                if name.lower().startswith(prefix)
            ]
        return self.people(kind, query)

    def project(self, id_: str) -> dict[str, Any]:
        name, made = self.projects[id_]
        return {"resourceType": "Project", "id": id_, "name": name, "meta": {"lastUpdated": made.isoformat()}}

    def people(self, kind: str, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        if kind == "User" and "email" in query:
            return [self.account(id_) for id_, email in self.accounts.items() if email == query["email"][0]]
        if kind == "User":
            asked = query["project"][0]
            return [
                {"resourceType": "User", "id": id_, "project": {"reference": project}}
                for id_, project in self.users.items()
                if self.ignores_project or project == asked
            ]
        return [
            {"resourceType": "Login", "id": id_, "user": {"reference": user}}
            for id_, user in self.logins.items()
            if self.ignores_project or user in unquote(query["user"][0]).split(",")
        ]

    def account(self, id_: str) -> dict[str, Any]:
        project = {"project": {"reference": self.users[id_]}} if id_ in self.users else {}
        return {"resourceType": "User", "id": id_, "email": self.accounts[id_], **project}

    def expunge(self, reference: str) -> None:
        self.expunged.append(reference)
        self.projects.pop(reference.removeprefix("Project/"), None)


def dumps(body: Any) -> str:
    return json.dumps(body)


def bundle(resources: list[dict[str, Any]]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "entry": [{"resource": each} for each in resources]}


def planned(name: str = MAIN, ref: str | None = None, kind: str = "Project") -> Entry:
    return Entry(secrets.token_hex(4), kind, name, ref=ref, planned_at=datetime.now(UTC))


def remove(server: Server, *entries: Entry, run: str = RUN, **options: Any) -> tuple[list[str], list[str]]:
    """What is left, in sentences, and the names that count as removed."""
    gone: list[str] = []
    removal = Removal(Api(server, BASE), "the-token", run, **options)  # type: ignore[arg-type]  as far as asked
    problems = remove_all(entries, removal, gone.append)
    return problems, [entry.name for entry in entries if entry.id in gone]


def now() -> datetime:
    return datetime.now(UTC)


def test_a_project_of_the_run_is_removed_by_the_id_that_the_server_gave() -> None:
    server = Server(projects={"1": (MAIN, LONG_AGO), "2": ("Acme", LONG_AGO)})
    assert remove(server, planned(ref="Project/1")) == ([], [MAIN])
    assert server.expunged == ["Project/1"]


def test_a_project_of_which_the_run_never_got_the_id_is_removed_by_name_and_time() -> None:
    server = Server(projects={"1": (MAIN, now()), "2": (f"{MAIN}-2", now())})
    assert remove(server, planned()) == ([], [MAIN])
    assert server.expunged == ["Project/1"]


def test_the_time_is_reckoned_by_the_servers_own_clock() -> None:
    server = Server(projects={"1": (MAIN, now() - timedelta(hours=5))})
    server.clock = timedelta(hours=-5)
    assert remove(server, planned()) == ([], [MAIN])


STRANGERS = {
    # A customer's project whose name begins as one that was planned and never made.
    "prefix": (planned(), {"c": (f"{MAIN}-store", now())}, []),
    "other case": (planned(), {"c": (MAIN.upper(), now())}, []),
    "older": (planned(), {"c": (MAIN, LONG_AGO)}, ["Project/c", "was made at 2020-01-01"]),
    "twice": (planned(), {"c": (MAIN, now()), "d": (MAIN, now())}, ["2 projects are called"]),
    "empty name": (planned(""), {"c": ("Acme", now())}, ["no name of this run"]),
    "another run": (
        planned("authmark-bbbbbb-main"),
        {"c": ("authmark-bbbbbb-main", now())},
        ["no name of this run"],
    ),
    "another name": (planned(ref="Project/c"), {"c": ("Acme", now())}, ["Project/c is not called"]),
    "path in the reference": (
        planned(ref="Patient/../Project/c"),
        {"c": (MAIN, now())},
        ["is no Project/id"],
    ),
    "query in the reference": (planned(ref="Project/c?x="), {"c": (MAIN, now())}, ["is no Project/id"]),
    "another type": (planned(ref="Patient/c"), {"c": (MAIN, now())}, ["is no Project/id"]),
    "reference without a name": (planned("", ref="Project/c"), {"c": ("", now())}, ["no name of this run"]),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_what_the_run_did_not_make_is_left_alone(name: str) -> None:
    entry, projects, said = STRANGERS[name]
    server = Server(projects=dict(projects))
    problems, gone = remove(server, replace(entry, planned_at=now()))
    assert server.expunged == []
    assert server.projects == projects
    assert len(problems) == (1 if said else 0)
    assert all(each in problems[0] for each in said)
    assert gone == ([] if said else [entry.name])


def test_a_server_that_ignores_the_name_loses_nothing_and_the_user_is_told() -> None:
    server = Server(projects={"c": ("Acme", now())})
    server.ignores_name = True
    problems, gone = remove(server, planned(), planned("a patient", kind="Patient"))
    assert problems == [f"whether {MAIN} was made cannot be told: a search by its name shows other projects"]
    assert (server.expunged, gone) == ([], [])


@pytest.mark.parametrize("run", ["", "a", "../..", "aaaaaa-main"])
def test_a_run_without_an_id_removes_nothing(run: str) -> None:
    server = Server(projects={"1": (f"authmark-{run}-main", now())})
    assert remove(server, planned(f"authmark-{run}-main", ref="Project/1"), run=run)[1] == []
    assert server.expunged == []


def test_logins_of_the_projects_own_users_are_ended_and_no_others() -> None:
    server = Server(
        projects={"1": (MAIN, now())},
        users={"u": "Project/1", "v": "Project/9"},
        logins={"a": "User/u", "b": "User/u", "c": "User/v"},
    )
    server.ignores_project = True
    assert remove(server, planned(ref="Project/1")) == ([], [MAIN])
    assert server.expunged == ["Login/a", "Login/b", "Project/1"]


@pytest.mark.parametrize(
    "job", ["https://evil.example/job/1", "https://acme.example.evil.example/job", "//evil.example/job"]
)
def test_the_token_does_not_follow_the_servers_word_to_another_host(job: str) -> None:
    server = Server(projects={"1": (MAIN, now())})
    server.job = job
    assert remove(server, planned(ref="Project/1")) == ([], [MAIN])
    assert {urlsplit(url).netloc for _, url in server.asked} == {"acme.example"}


def test_no_more_is_asked_when_there_is_no_time_left() -> None:
    server = Server(projects={"1": (MAIN, now())})
    problems, gone = remove(server, planned(ref="Project/1"), is_late=lambda: True)
    assert problems == [f"Project/1 ({MAIN}) was not removed: there was no time left"]
    assert (gone, server.asked) == ([], [])


ADDRESS = f"ada.lovelace.{RUN}.1@example.com"


@pytest.mark.parametrize("ref", [None, "User/a"])
def test_an_account_of_the_whole_server_is_removed_by_the_address_of_the_run(ref: str | None) -> None:
    server = Server(accounts={"a": ADDRESS, "b": f"x{ADDRESS}"})
    assert remove(server, planned(ADDRESS, ref, "User")) == ([], [ADDRESS])
    assert server.expunged == ["User/a"]


@pytest.mark.parametrize(
    "name",
    [
        "ada@acme.example",  # an address that no run of ours made up
        "ada.lovelace.bbbbbb.1@example.com",  # of another run
    ],
)
def test_an_account_of_somebody_else_is_left_alone(name: str) -> None:
    server = Server(accounts={"a": name})
    [problem], removed = remove(server, planned(name, "User/a", "User"))
    assert "left alone" in problem
    assert (server.expunged, removed) == ([], [])


def test_an_account_of_another_address_or_of_a_project_is_left_alone() -> None:
    server = Server(accounts={"a": "ada@acme.example"})
    assert remove(server, planned(ADDRESS, "User/a", "User")) == ([], [ADDRESS])
    server = Server(accounts={"a": ADDRESS}, users={"a": "Project/1"})
    assert remove(server, planned(ADDRESS, "User/a", "User")) == ([], [ADDRESS])
    assert server.expunged == []
