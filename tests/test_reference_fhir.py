"""The FHIR and admin half of the reference target: rules, search, the faults of access, the program."""

import base64
import hashlib
import http.client
import json
import os
import re
import secrets
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from fixtures.reference import faults
from fixtures.reference.faults.access import ACCESS
from fixtures.reference.fhir import interactions, policy, routing, search
from fixtures.reference.fhir.access import Access, access_for
from fixtures.reference.fhir.api_errors import ApiError
from fixtures.reference.fhir.caller import Caller
from fixtures.reference.people import administration, memberships
from fixtures.reference.store import Gone, Store, check_password, hash_password

SOURCE = Path(faults.__file__).parent.parent
BASE = "http://localhost/"


# --- search.py ---

PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "active": True,
    "meta": {"compartment": [{"reference": "Project/a"}, {"reference": "Patient/p1"}]},
    "name": [{"family": "van Dyk", "given": ["Anna", "Bea"]}],
    "telecom": [{"system": "email", "value": "Anna@example.com"}, {"system": "phone", "value": "12"}],
    "identifier": [{"system": "urn:mrn", "value": "7"}],
    "generalPractitioner": [{"reference": "Practitioner/d1"}],
}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", True),
        ("_id=p1", True),
        ("_id=p2,p1", True),
        ("_id=p", False),
        ("family=dyk", True),
        ("name=ann", True),
        ("name=nna", False),
        ("given=bea&family=van", True),
        ("given=bea&family=x", False),
        ("email=anna@example.com", True),
        ("email=12", False),
        ("phone=12", True),
        ("telecom=12", True),
        ("identifier=7", True),
        ("identifier=urn:mrn|7", True),
        ("identifier=urn:other|7", False),
        ("active=true", True),
        ("general-practitioner=Practitioner/d1", True),
        ("general-practitioner=d1", True),
        ("general-practitioner=Practitioner/", False),
        ("_compartment=Patient/p1", True),
        ("_compartment=Patient/p2", False),
        ("nonsense=1", False),
    ],
)
def test_a_resource_matches_what_the_parameters_say(query, expected):
    assert search.matches(PATIENT, search.parse_criteria(f"Patient?{query}")[1]) is expected


@pytest.mark.parametrize(
    "pair", [("nonsense", "1"), ("_count", "x"), ("_include", "Patient:name"), ("subject", "x")]
)
def test_a_parameter_that_the_type_does_not_have_is_refused(pair):
    with pytest.raises(ApiError) as error:
        search.parse_search("Patient", [pair])
    assert error.value.status == 400


def test_the_patient_parameter_matches_patients_only():
    observation = {"resourceType": "Observation", "subject": {"reference": "Practitioner/x"}}
    assert search.matches(observation, (("subject", "x"),))
    assert not search.matches(observation, (("patient", "x"),))


# --- policy.py ---


def test_rules_for_one_type_add_up():
    layer = policy.policy_layer(
        {
            "resource": [
                {"resourceType": "Patient", "readonly": True, "hiddenFields": ["name", "telecom"]},
                {"resourceType": "Patient", "criteria": "Patient?_id=p1", "hiddenFields": ["telecom"]},
            ]
        }
    )
    assert len(policy.allowing(layer, "Patient", "read")) == 2
    assert len(policy.allowing(layer, "Patient", "update")) == 1
    assert policy.hidden_fields(layer, PATIENT) == {"telecom"}
    assert policy.hidden_fields(layer, {**PATIENT, "id": "p2"}) == {"name", "telecom"}


def test_hidden_fields_can_lie_deeper():
    assert policy.without(PATIENT, ["name.given"])["name"] == [{"family": "van Dyk"}]


def test_a_variable_without_a_value_matches_nothing():
    values = policy.policy_variables("Practitioner/d1", [{"name": "ward", "valueString": "7"}])
    assert policy.substitute("a=%profile&b=%profile.id&c=%ward&d=%patient", values) == (
        "a=Practitioner/d1&b=d1&c=7&d=%patient"
    )


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("user/Patient.read", "read vread history search"),
        ("user/Patient.write", "create update patch delete"),
        ("user/*.cruds", "create read vread history update patch delete search"),
        ("system/Patient.rs", "read vread history search"),
        ("user/Patient.c", "create"),
        ("user/Observation.cruds", ""),
        ("user/Patient.", ""),
    ],
)
def test_a_smart_scope_allows_what_its_letters_say(scope, allowed):
    layer = policy.scope_layer(["openid", scope], None)
    assert layer is not None
    found = {i for i in policy.EVERYTHING if policy.allowing(layer, "Patient", i)}
    assert found == set(allowed.split())


def test_scopes_that_are_not_smart_leave_the_policy_alone():
    assert policy.scope_layer(["openid", "fhirUser", "launch/patient"], None) is None


def test_a_patient_scope_reaches_that_patient_only():
    own = policy.scope_layer(["patient/*.rs"], "Patient/p1")
    nobody = policy.scope_layer(["patient/*.rs"], None)
    assert policy.reaches(own or (), PATIENT)
    assert nobody is not None
    assert not policy.reaches(nobody, PATIENT)


# --- store.py and patches ---


def test_a_deleted_resource_is_gone_and_an_expunged_one_never_was():
    store = Store()
    patient = store.create({"resourceType": "Patient"}, project="a")
    store.update({**patient, "active": True})
    store.delete("Patient", patient["id"])
    with pytest.raises(Gone):
        store.read("Patient", patient["id"])
    assert [v.deleted for v in store.history("Patient", patient["id"])] == [False, False, True]
    assert list(store.all("Patient")) == []
    store.expunge_project("a")
    assert store.read("Patient", patient["id"]) is None


def test_a_password_is_kept_as_a_hash():
    hashed = hash_password("Correct-Horse-9")
    assert "Horse" not in hashed
    assert check_password("Correct-Horse-9", hashed)
    assert not check_password("correct-Horse-9", hashed)


def test_patches_apply_in_order():
    document = {"a": [1, 2], "b": {"c": 3}}
    operations = [
        {"op": "test", "path": "/a/0", "value": 1},
        {"op": "add", "path": "/a/-", "value": 9},
        {"op": "remove", "path": "/a/0"},
        {"op": "replace", "path": "/b/c", "value": 4},
        {"op": "move", "from": "/b/c", "path": "/d"},
        {"op": "copy", "from": "/d", "path": "/b/e"},
    ]
    assert interactions.patched(document, operations) == {"a": [2, 9], "b": {"e": 4}, "d": 4}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/a", "value": 2},
        {"op": "remove", "path": "/x"},
        {"op": "replace", "path": "/x", "value": 1},
        {"op": "add", "path": "/l/9", "value": 1},
        {"op": "add", "path": "a", "value": 1},
        {"op": "nonsense", "path": "/a"},
        {"op": "add", "path": "/a/b", "value": 1},
        {},
        7,
    ],
)
def test_a_patch_that_does_not_apply_is_refused(operation):
    with pytest.raises(ApiError):
        interactions.patched({"a": 1, "l": []}, [operation])


# --- Every fault, and nothing beside it ---


class World:
    """Two projects with their people, in one store; `calls` are what the requirements ask about, by id."""

    def __init__(self) -> None:
        self.store = Store()
        memberships._first_seen.clear()
        self.a = self.store.create({"resourceType": "Project", "name": "A"})
        self.b = self.store.create({"resourceType": "Project", "name": "B"})
        self.in_a = self.make("Patient", name=[{"family": "Inside"}], birthDate="1990")
        self.other = self.make("Patient", name=[{"family": "Other"}])
        self.in_b = self.make("Patient", "b", name=[{"family": "Foreign"}])
        self.condition = self.make("Condition")
        self.doctor = self.make("Practitioner", telecom=[{"system": "email", "value": "d@example.com"}])
        self.mine = self.make("Observation", subject=_to(self.in_a))
        self.others = self.make("Observation", subject=_to(self.other))
        self.cross = self.make("Observation", subject=_to(self.in_b))
        self.treated = self.make("Patient", generalPractitioner=[_to(self.doctor)])
        self.criteria = [{"resourceType": "Patient", "criteria": "Patient?family=Inside"}]

    def make(self, kind: str, project: str = "a", **fields: Any) -> dict[str, Any]:
        home = self.a if project == "a" else self.b
        return self.store.create({"resourceType": kind, **fields}, project=home["id"])

    def member(self, profile: str, entries: list[Any] | None, **fields: Any) -> dict[str, Any]:
        if entries is not None:
            fields["accessPolicy"] = _to(self.make("AccessPolicy", resource=entries))
        user = {"user": {"reference": profile}, "profile": {"reference": profile}, "project": _to(self.a)}
        body = {"resourceType": "ProjectMembership", **user, **fields}
        return self.store.create(body, project=self.a["id"])

    def access(
        self, entries: list[Any] | None = None, *, scopes: str = "", profile: str = "", **fields: Any
    ) -> Access:
        return self.access_of(self.member(profile or "Practitioner/x", entries, **fields), scopes)

    def access_of(self, member: dict[str, Any], scopes: str = "") -> Access:
        caller = Caller(
            membership=member,
            project_id=self.a["id"],
            profile=member["profile"]["reference"],
            own_profile=member["profile"]["reference"],
            policy=memberships.effective_policy(self.store, member),
            scopes=tuple(scopes.split()),
            super_admin=False,
            project_admin=bool(member.get("admin")),
            login={},
        )
        return access_for(caller, self.store, BASE)

    def call(self, access: Access, method: str, path: str, body: Any = None) -> Any:
        """Do one interaction; give the status of a refusal or write, the content of a search or read."""
        url, _, query = path.partition("?")
        if path == "":
            return [e["response"]["status"] for e in routing.batch(access, body).resource["entry"]]
        try:
            answer = routing.interact(access, method, url, search.parse_criteria(f"?{query}")[1], body)
        except ApiError as error:
            return error.status
        found = answer.resource
        if found.get("type") == "searchset":
            return found.get("total"), [sorted(e["resource"]) for e in found.get("entry", [])]
        return answer.status, sorted(found)

    def project_after(self, access: Access) -> bool:
        body = {"resourceType": "Patient", "meta": {"project": self.b["id"]}}
        created = routing.interact(access, "POST", "Patient", (), body).resource
        return bool(created["meta"]["project"] == self.a["id"])

    def last_version(self, access: Access, resource: dict[str, Any]) -> Any:
        found = routing.interact(access, "GET", f"{_path(resource)}/_history", (), None).resource
        return sorted(found["entry"][0]["resource"])

    def written(self, access: Access, path: str, body: Any, field: str) -> Any:
        return routing.interact(access, "PUT", path, (), body).resource.get(field)

    def follows(self, profile: str) -> Any:
        """Change a policy under a member, and see whether the next request is under the new one."""
        member = self.member(profile, [{"resourceType": "Condition"}])
        path = _version(self.in_a)
        before = self.call(self.access_of(member), "GET", path)
        old = self.store.find(member["accessPolicy"])
        assert old is not None
        self.store.update({**old, "resource": [{"resourceType": "Patient"}]})
        after = self.call(self.access_of(member), "GET", path)
        return before, after if isinstance(after, int) else after[0]

    def removed(self) -> Any:
        member = self.member("Practitioner/x", None)
        self.store.delete("ProjectMembership", member["id"])
        return memberships.live_membership(self.store, _to(member)) is None

    def may_maintain(self) -> bool:
        try:
            administration.check_super_admin(self.access(admin=True))
        except ApiError:
            return False
        return True


def _to(resource: dict[str, Any]) -> dict[str, str]:
    return {"reference": f"{resource['resourceType']}/{resource['id']}"}


def _path(resource: dict[str, Any]) -> str:
    return _to(resource)["reference"]


def _version(resource: dict[str, Any]) -> str:
    return f"{_path(resource)}/_history/{resource['meta']['versionId']}"


def observations() -> dict[str, Any]:
    """See how a fresh server behaves, by requirement and question."""
    calls: dict[str, Callable[[World], Any]] = {
        "AP01a create": lambda w: _readonly(w, "POST", "Patient", {"resourceType": "Patient"}),
        "AP01a update": lambda w: _readonly(w, "PUT", _path(w.in_a), {"resourceType": "Patient"}),
        "AP01a patch": lambda w: _readonly(w, "PATCH", _path(w.in_a), []),
        "AP01a delete": lambda w: _readonly(w, "DELETE", _path(w.in_a)),
        "AP01b read": lambda w: _readonly(w, "GET", _path(w.condition)),
        "AP01b search": lambda w: _readonly(w, "GET", "Condition"),
        "AP01b history": lambda w: _readonly(w, "GET", f"{_path(w.condition)}/_history"),
        "AP01b create": lambda w: _readonly(w, "POST", "Condition", {"resourceType": "Condition"}),
        "AP01c batch": lambda w: w.call(w.access(_ONLY_READ), "POST", "", _bundle("Condition")),
        "AP01d history": lambda w: w.call(w.access(_LISTED), "GET", f"{_path(w.in_a)}/_history"),
        "AP01d create": lambda w: w.call(w.access(_LISTED), "POST", "Patient", {"resourceType": "Patient"}),
        "AP02a inside": lambda w: w.call(w.access(w.criteria), "GET", _path(w.in_a)),
        "AP02a outside": lambda w: w.call(w.access(w.criteria), "GET", _path(w.other)),
        "AP02a version": lambda w: w.call(w.access(w.criteria), "GET", _version(w.other)),
        "AP02b search": lambda w: w.call(w.access(w.criteria), "GET", "Patient"),
        "AP02c total": lambda w: w.call(w.access(w.criteria), "GET", "Patient?_summary=count"),
        "AP02d history": lambda w: w.call(w.access(w.criteria), "GET", f"{_path(w.other)}/_history"),
        "AP02e create": lambda w: w.call(w.access(w.criteria), "POST", "Patient", _named("Else")),
        "AP02e inside": lambda w: w.call(w.access(w.criteria), "POST", "Patient", _named("Inside")),
        "AP02f move": lambda w: w.call(w.access(w.criteria), "PUT", _path(w.in_a), _named("Else")),
        "AP02g update": lambda w: w.call(w.access(w.criteria), "PUT", _path(w.other), _named("Other")),
        "AP02g take": lambda w: w.call(w.access(w.criteria), "PUT", _path(w.other), _named("Inside")),
        "AP03a read": lambda w: w.call(w.access(_HIDDEN), "GET", _path(w.doctor)),
        "AP03a search": lambda w: w.call(w.access(_HIDDEN), "GET", "Practitioner"),
        "AP03a history": lambda w: w.last_version(w.access(_HIDDEN), w.doctor),
        "AP03b write": lambda w: w.written(
            w.access(_FIXED), _path(w.in_a), _named("Inside") | {"birthDate": "2000"}, "birthDate"
        ),
        "AP03c search": lambda w: w.call(w.access(_HIDDEN), "GET", "Practitioner?email=d@example.com"),
        "AP04a own": lambda w: w.call(_patient(w), "GET", _path(w.mine)),
        "AP04a others": lambda w: w.call(_patient(w), "GET", _path(w.others)),
        "AP04b own": lambda w: w.call(_doctor(w), "GET", _path(w.treated)),
        "AP04b others": lambda w: w.call(_doctor(w), "GET", _path(w.other)),
        "AP05a read": lambda w: w.call(w.access(scopes=_RS), "GET", _path(w.condition)),
        "AP05a history": lambda w: w.call(w.access(scopes=_RS), "GET", f"{_path(w.condition)}/_history"),
        "AP05a write": lambda w: w.call(w.access(scopes=_RS), "DELETE", _path(w.other)),
        "AP05a found": lambda w: w.call(w.access(scopes="system/Patient.r"), "GET", "Patient"),
        "AP05a seen": lambda w: w.call(w.access(scopes="system/Patient.c"), "GET", _path(w.other)),
        "AP05a changed": lambda w: w.call(
            w.access(scopes="system/Patient.c"), "PUT", _path(w.other), _named("Other")
        ),
        "AP05b policy": lambda w: w.call(w.access([], scopes=_RS), "GET", _path(w.in_a)),
        "AP05c batch": lambda w: w.call(w.access(scopes=_RS), "POST", "", _bundle("Condition")),
        "AP05d search": lambda w: w.call(w.access(scopes=_RS), "GET", "Condition"),
        "TK15a read": lambda w: w.call(w.access(scopes=_RS), "GET", _path(w.condition)),
        "TK15a write": lambda w: w.call(w.access(scopes=_RS), "POST", "Patient", _named("Else")),
        "TK15a search": lambda w: w.call(w.access(scopes=_RS), "GET", "Condition"),
        "TK15a history": lambda w: w.call(w.access(scopes=_RS), "GET", f"{_path(w.condition)}/_history"),
        "TK15a batch": lambda w: w.call(w.access(scopes=_RS), "POST", "", _bundle("Condition")),
        "RS06 read": lambda w: w.call(w.access(scopes=_RS), "GET", _path(w.condition)),
        "AP06 read": lambda w: w.call(w.access(), "GET", _path(w.in_b)),
        "AP06 update": lambda w: w.call(w.access(), "PUT", _path(w.in_b), _named("Foreign")),
        "AP06 delete": lambda w: w.call(w.access(), "DELETE", _path(w.in_b)),
        "AP06 history": lambda w: w.call(w.access(), "GET", f"{_path(w.in_b)}/_history"),
        "AP06b search": lambda w: w.call(w.access(), "GET", "Patient"),
        "AP07a meta": lambda w: w.project_after(w.access()),
        "AP07b include": lambda w: w.call(w.access(), "GET", "Observation?_include=Observation:subject"),
        "AP10a change": lambda w: w.follows("Practitioner/x"),
        "AP10a read": lambda w: w.call(w.access([{"resourceType": "Patient"}]), "GET", _path(w.condition)),
        "AP10b removal": lambda w: w.removed(),
        "AP11 maintenance": lambda w: w.may_maintain(),
        "AP11 project": lambda w: w.call(
            w.access(admin=True), "POST", "Project", {"resourceType": "Project"}
        ),
        "AP11 expunge": lambda w: w.call(
            w.access(admin=True), "POST", f"{_path(w.b)}/$expunge?everything=true"
        ),
        "AP11b erase": lambda w: (
            w.call(w.access(admin=True), "POST", f"{_path(w.in_b)}/$expunge") in (403, 404)
        ),
        "AP11 read": lambda w: w.call(w.access(admin=True), "GET", _path(w.b)) in (403, 404),
        "CI04 read": lambda w: w.call(w.access([{"resourceType": "Patient"}]), "GET", _path(w.condition)),
        "CI04 change": lambda w: w.follows("ClientApplication/x"),
    }
    return {question: ask(World()) for question, ask in calls.items()}


_RS = "openid user/Patient.rs"
_ONLY_READ = [{"resourceType": "Patient", "readonly": True}]
_LISTED = [{"resourceType": "Patient", "interaction": ["read", "search"]}]
_HIDDEN = [{"resourceType": "Practitioner", "hiddenFields": ["telecom"]}]
_FIXED = [{"resourceType": "Patient", "readonlyFields": ["birthDate"]}]


def _readonly(world: World, method: str, path: str, body: Any = None) -> Any:
    return world.call(world.access(_ONLY_READ), method, path, body)


def _policy(entries: list[Any]) -> dict[str, Any]:
    return {"resourceType": "AccessPolicy", "resource": entries}


def _named(family: str) -> dict[str, Any]:
    return {"resourceType": "Patient", "name": [{"family": family}]}


def _bundle(url: str) -> dict[str, Any]:
    return {"type": "batch", "entry": [{"request": {"method": "GET", "url": url}}]}


def _patient(world: World) -> Access:
    entries = [{"resourceType": "Observation", "criteria": "Observation?subject=%patient"}]
    return world.access(entries, profile=_path(world.in_a))


def _doctor(world: World) -> Access:
    entries = [{"resourceType": "Patient", "criteria": "Patient?general-practitioner=%profile"}]
    return world.access(entries, profile=_path(world.doctor))


@pytest.fixture(scope="module")
def conforming() -> dict[str, Any]:
    return observations()


def test_the_server_without_faults_conforms(conforming):
    refused = {question: answer for question, answer in conforming.items() if isinstance(answer, int)}
    assert refused == {
        **dict.fromkeys((q for q in conforming if q.startswith(("AP01a", "AP01b", "AP01d"))), 403),
        **dict.fromkeys(
            ("AP02a outside", "AP02a version", "AP02d history", "AP02g update", "AP02g take"), 404
        ),
        **dict.fromkeys(("AP02e create", "AP02f move"), 403),
        **dict.fromkeys(("AP04a others", "AP04b others"), 404),
        **dict.fromkeys((q for q in conforming if q.startswith(("AP05a ", "AP05b ", "AP05d "))), 403),
        **dict.fromkeys(("TK15a read", "TK15a write", "TK15a search", "TK15a history", "RS06 read"), 403),
        **dict.fromkeys((q for q in conforming if q.startswith("AP06 ")), 404),
        "AP07a meta": True,
        "AP10b removal": True,
        "AP11 maintenance": False,
        **dict.fromkeys(("AP10a read", "CI04 read", "AP11 project", "AP11 expunge"), 403),
        "AP11b erase": True,
        "AP11 read": True,
    }
    assert conforming["AP01c batch"] == conforming["AP05c batch"] == conforming["TK15a batch"] == ["403"]
    assert len(conforming["AP02b search"][1]) == conforming["AP02c total"][0] == 1
    assert "telecom" not in conforming["AP03a read"][1]
    assert "telecom" not in conforming["AP03a search"][1][0]
    assert "telecom" not in conforming["AP03a history"]
    assert conforming["AP03b write"] == "1990"
    assert conforming["AP03c search"] == (None, [])
    assert len(conforming["AP06b search"][1]) == 3
    assert (
        len(conforming["AP07b include"][1]) == 5
    )  # three observations and their two patients of this project
    assert conforming["AP10a change"] == conforming["CI04 change"] == (403, 200)


@pytest.mark.parametrize(
    "fault", [*ACCESS, faults.REGISTRY["client-policy-cached"]], ids=lambda fault: fault.name
)
def test_a_fault_breaks_exactly_the_requirements_it_names(fault, conforming, monkeypatch):
    monkeypatch.setattr(faults, "_switched_on", {fault.name})
    seen = observations()
    changed = {question.split()[0] for question in seen if seen[question] != conforming[question]}
    asked = {question.split()[0] for question in conforming}
    assert changed == set(fault.requirements) & asked
    assert changed


def test_each_fault_is_asked_at_one_place():
    source = "\n".join(path.read_text() for path in SOURCE.rglob("*.py"))
    asked = Counter(re.findall(r'active\(\s*"([^"]+)"\s*\)', source))
    assert {fault.name: asked[fault.name] for fault in ACCESS} == dict.fromkeys((f.name for f in ACCESS), 1)


# --- The program ---

SECRET = secrets.token_hex(32)
ADMIN_ID = "11111111-1111-4111-8111-111111111111"


class Api:
    """The running program, as one caller after another sees it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.base_url = json.loads(process.stdout.readline())["base_url"]
        self.connection = http.client.HTTPConnection(self.base_url.split("/")[2])

    def __call__(
        self, method: str, path: str, body: Any = None, *, by: tuple[str, str] | str = "", **headers: str
    ) -> tuple[int, dict[str, str], Any]:
        """Send a request by a client (id, secret), with a token, or by nobody."""
        if isinstance(by, tuple):
            headers["Authorization"] = "Basic " + base64.b64encode(":".join(by).encode()).decode()
        elif by:
            headers["Authorization"] = f"Bearer {by}"
        content = body if isinstance(body, str) else json.dumps(body) if body is not None else None
        form = {"Content-Type": "application/x-www-form-urlencoded"} if isinstance(body, str) else {}
        self.connection.request(method, path, content, {"Content-Type": "application/json"} | form | headers)
        response = self.connection.getresponse()
        text = response.read()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, json.loads(text or "null")

    def token(self, by: tuple[str, str], scope: str = "") -> str:
        fields = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        status, _, answer = self("POST", "/oauth2/token", urlencode(fields), by=by)
        assert status == 200, answer
        return str(answer["access_token"])

    def signed_in(self, email: str, project: str, scope: str = "openid") -> str:
        """Sign a person in, without a client, and redeem the code."""
        verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        login = {
            "email": email, "password": "Correct-Horse-9", "projectId": project, "scope": scope,
            "codeChallenge": challenge, "codeChallengeMethod": "S256",
        }  # fmt: skip
        status, _, answer = self("POST", "/auth/login", login)
        assert status == 200, answer
        fields = {"grant_type": "authorization_code", "code": answer["code"], "code_verifier": verifier}
        status, _, answer = self("POST", "/oauth2/token", urlencode(fields))
        assert status == 200, answer
        return str(answer["access_token"])


SUPER = (ADMIN_ID, SECRET)


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    environment = os.environ | {"MEDPLUM_CLIENT_ID": ADMIN_ID, "MEDPLUM_CLIENT_SECRET": SECRET}
    command = [sys.executable, "-m", "fixtures.reference", "--port", "0", "--exit-with-stdin"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as process:
        running = Api(process)
        yield running
        running.connection.close()
        assert process.stdin is not None
        process.stdin.close()
        process.wait(5)


class Project:
    """A throw-away project with an administrator, who is a client so that no sign-in is needed."""

    def __init__(self, api: Api) -> None:
        self.api = api
        created = api("POST", "/fhir/R4/Project", {"resourceType": "Project", "name": "demo"}, by=SUPER)
        assert created[0] == 201
        self.id = created[2]["id"]
        self.admin = self.client(SUPER)
        self.change_member(self.admin, SUPER, admin=True)

    def client(self, by: tuple[str, str], **fields: Any) -> tuple[str, str]:
        body = {"name": "client", **fields}
        status, _, client = self.api("POST", f"/admin/projects/{self.id}/client", body, by=by)
        assert status == 201
        return client["id"], client["secret"]

    def under(self, *entries: dict[str, Any]) -> tuple[str, str]:
        """Make a client under a policy."""
        _, _, made = self.api("POST", "/fhir/R4/AccessPolicy", _policy(list(entries)), by=self.admin)
        return self.client(self.admin, accessPolicy={"reference": f"AccessPolicy/{made['id']}"})

    def change_member(self, client: tuple[str, str], by: tuple[str, str], **fields: Any) -> None:
        query = f"/fhir/R4/ProjectMembership?profile=ClientApplication/{client[0]}"
        member = self.api("GET", query, by=by)[2]["entry"][0]["resource"]
        path = f"/admin/projects/{self.id}/members/{member['id']}"
        assert self.api("POST", path, {**member, **fields}, by=by)[0] == 200

    def patient(self, family: str = "Inside") -> dict[str, Any]:
        status, _, made = self.api("POST", "/fhir/R4/Patient", _named(family), by=self.admin)
        assert status == 201
        return made


@pytest.fixture(scope="module")
def project(api: Api) -> Project:
    return Project(api)


def test_a_resource_lives_from_creation_to_deletion(api, project):
    by = project.admin
    status, headers, made = api("POST", "/fhir/R4/Patient", _named("One"), by=by)
    path = f"/fhir/R4/Patient/{made['id']}"
    assert (status, headers["location"]) == (201, f"{api.base_url}{path[1:]}")
    assert headers["etag"] == f'W/"{made["meta"]["versionId"]}"'
    assert set(made["meta"]) == {"versionId", "lastUpdated"}
    assert api("PUT", path, {**made, "active": True}, by=by)[2]["active"] is True
    patched = api("PATCH", path, [{"op": "remove", "path": "/active"}], by=by)[2]
    assert "active" not in patched
    versions = api("GET", f"{path}/_history", by=by)[2]["entry"]
    assert [entry["resource"].get("active") for entry in versions] == [None, True, None]
    first = api("GET", f"{path}/_history/{made['meta']['versionId']}", by=by)[2]
    assert first == made
    assert api("DELETE", path, by=by)[0] == 200
    assert api("GET", path, by=by)[0] == 410
    assert "resource" not in api("GET", f"{path}/_history", by=by)[2]["entry"][0]


def test_extended_meta_names_author_and_project(api, project):
    _, _, made = api("POST", "/fhir/R4/Patient", _named("One"), by=project.admin, **{"X-Medplum": "extended"})
    assert made["meta"]["author"] == {"reference": f"ClientApplication/{project.admin[0]}"}
    assert made["meta"]["project"] == project.id
    compartment = [c["reference"] for c in made["meta"]["compartment"]]
    assert compartment == [f"Project/{project.id}", f"Patient/{made['id']}"]


def test_a_search_answers_in_pages_and_by_form(api, project):
    made = [project.patient("Paged") for _ in range(3)]
    _, _, page = api("GET", "/fhir/R4/Patient?family=Paged&_count=2&_total=accurate", by=project.admin)
    assert [e["resource"]["id"] for e in page["entry"]] == [m["id"] for m in made[:2]]
    assert page["total"] == 3
    following = page["link"][1]["url"].removeprefix(api.base_url)
    assert len(api("GET", f"/{following}", by=project.admin)[2]["entry"]) == 1
    form = api("POST", "/fhir/R4/Patient/_search", "family=Paged&_fields=id", by=project.admin)[2]["entry"]
    assert set(form[0]["resource"]) == {"resourceType", "id", "meta"}
    assert "entry" not in api("GET", "/fhir/R4/Patient?family=Nobody", by=project.admin)[2]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/fhir/R4/Foo", 400),
        ("GET", "/fhir/R4/Patient/xyz", 404),
        ("GET", "/fhir/R4/Patient?nonsense=1", 400),
        ("GET", "/fhir/R4/Login", 403),
        ("GET", "/fhir/R4/JsonWebKey", 403),
        ("GET", "/nowhere", 404),
        ("DELETE", "/admin/super/x", 405),
        ("POST", "/admin/super/x", 403),
        ("POST", "/fhir/R4/Patient", 400),
    ],
)
def test_every_refusal_is_an_operation_outcome(api, project, method, path, status):
    answer = api(method, path, by=project.admin)
    assert (answer[0], answer[2]["resourceType"]) == (status, "OperationOutcome")
    assert answer[1]["content-type"].startswith("application/fhir+json")


@pytest.mark.parametrize(
    "path",
    [
        "/fhir/R4/Patient", "/fhir/R4/Foo", "/fhir/R4", "/admin/projects/x", "/admin/projects/x/client",
        "/admin/projects/x/invite", "/admin/projects/x/members/y", "/admin/super/x",
    ],
)  # fmt: skip
def test_nothing_is_served_without_credentials(api, path):
    answers = [api(method, path) for method in ("GET", "POST")]
    assert 401 in [answer[0] for answer in answers]
    assert all(a[0] == 405 or (a[0] == 401 and "www-authenticate" in a[1]) for a in answers)


def test_metadata_is_open_to_all(api):
    status, _, statement = api("GET", "/fhir/R4/metadata")
    assert (status, statement["resourceType"]) == (200, "CapabilityStatement")


def test_a_client_acts_under_its_policy_with_basic_and_with_a_token(api, project):
    client = project.under({"resourceType": "Patient", "criteria": "Patient?family=Inside", "readonly": True})
    inside, outside = project.patient(), project.patient("Outside")
    for by in (client, api.token(client)):
        assert api("GET", f"/fhir/R4/Patient/{inside['id']}", by=by)[0] == 200
        assert api("GET", f"/fhir/R4/Patient/{outside['id']}", by=by)[0] == 404
        assert api("GET", "/fhir/R4/Condition", by=by)[0] == 403
        assert api("POST", "/fhir/R4/Patient", _named("Inside"), by=by)[0] == 403
        bundle = {"resourceType": "Bundle", **_bundle("Condition")}
        assert api("POST", "/fhir/R4", bundle, by=by)[2]["entry"][0]["response"]["status"] == "403"


def test_a_token_is_held_to_its_scopes(api, project):
    token = api.token(project.admin, "system/Patient.rs")
    assert api("GET", "/fhir/R4/Patient", by=token)[0] == 200
    status, headers, _ = api("GET", "/fhir/R4/Observation", by=token)
    assert status == 403
    assert 'error="insufficient_scope"' in headers["www-authenticate"]
    assert api("POST", "/fhir/R4/Patient", _named("x"), by=token)[0] == 403
    assert api("GET", f"/admin/projects/{project.id}", by=token)[0] == 403


def test_another_project_answers_as_an_unknown_id_does(api, project):
    theirs = Project(api)
    foreign = theirs.patient()
    for method, suffix, body in (
        ("GET", "", None),
        ("PUT", "", _named("x")),
        ("PATCH", "", []),
        ("DELETE", "", None),
        ("GET", "/_history", None),
    ):
        answers = [
            api(method, f"/fhir/R4/Patient/{resource_id}{suffix}", body, by=project.admin)[::2]
            for resource_id in (foreign["id"], "00000000-0000-4000-8000-000000000000")
        ]
        assert answers[0] == answers[1]
        assert answers[0][0] == 404
    assert api("GET", f"/admin/projects/{theirs.id}", by=project.admin)[0] == 404
    assert api("POST", f"/admin/projects/{theirs.id}/client", {"name": "x"}, by=project.admin)[0] == 404


def test_administration_is_for_administrators(api, project):
    plain = project.client(project.admin)
    assert api("GET", "/fhir/R4/Patient", by=plain)[0] == 200
    seen = api("GET", f"/fhir/R4/ClientApplication/{project.admin[0]}", by=plain)[2]
    assert "secret" not in seen
    for method, path in (
        ("GET", "/fhir/R4/ProjectMembership"),
        ("GET", "/fhir/R4/User"),
        ("GET", f"/fhir/R4/Project/{project.id}"),
        ("DELETE", f"/fhir/R4/ClientApplication/{project.admin[0]}"),
        ("POST", "/fhir/R4/AccessPolicy"),
        ("GET", f"/admin/projects/{project.id}"),
        ("POST", f"/admin/projects/{project.id}/client"),
        ("POST", f"/admin/projects/{project.id}/invite"),
    ):
        assert api(method, path, {"resourceType": "AccessPolicy"}, by=plain)[0] == 403, path


def test_an_invitation_makes_a_person_once(api, project):
    person = {
        "resourceType": "Patient", "firstName": "Paul", "lastName": "Pat", "email": "Paul@example.com",
        "password": "Correct-Horse-9", "sendEmail": False, "scope": "project", "membership": {"admin": False},
    }  # fmt: skip
    path = f"/admin/projects/{project.id}/invite"
    status, _, member = api("POST", path, person, by=project.admin)
    assert (status, member["profile"]["display"], member["admin"]) == (200, "Paul Pat", False)
    assert api("POST", path, person, by=project.admin)[0] == 409
    assert api("POST", path, person | {"resourceType": "Group"}, by=project.admin)[0] == 400
    user = api("GET", "/fhir/R4/User?email=paul@example.com", by=project.admin)[2]["entry"][0]["resource"]
    assert "passwordHash" not in user
    profile = member["profile"]["reference"]
    assert api("GET", f"/fhir/R4/{profile}", by=project.admin)[2]["name"][0]["family"] == "Pat"
    path = f"/admin/projects/{project.id}/members/{member['id']}"
    assert api("GET", path, by=project.admin)[2]["user"] == member["user"]
    assert api("DELETE", path, by=project.admin)[0] == 200
    assert api("GET", path, by=project.admin)[0] == 404


def test_a_secret_is_rotated_in_two_steps(api, project):
    client_id, old = project.client(project.admin)
    path = f"/fhir/R4/ClientApplication/{client_id}/$rotate-secret"

    def rotate(name: str, value: str) -> tuple[int, dict[str, str], Any]:
        parameter = {"name": name, "valueString": value}
        return api("POST", path, {"resourceType": "Parameters", "parameter": [parameter]}, by=project.admin)

    def works(secret: str) -> bool:
        return api("GET", "/fhir/R4/Patient", by=(client_id, secret))[0] == 200

    assert rotate("secret", "wrong")[0] == 400
    rotated = rotate("secret", old)[2]
    assert rotated["retiringSecret"] == old != rotated["secret"]
    assert works(old)
    assert works(rotated["secret"])
    assert rotate("retiringSecret", old)[0] == 200
    assert not works(old)
    assert works(rotated["secret"])


def test_a_client_without_secret_cannot_go_without_pkce(api, project):
    client_id, _ = project.client(project.admin)
    path = f"/fhir/R4/ClientApplication/{client_id}"
    client = api("GET", path, by=project.admin)[2]
    public = {key: value for key, value in client.items() if key != "secret"}
    assert api("PUT", path, client | {"pkceOptional": True}, by=project.admin)[0] == 200
    assert api("PUT", path, public | {"pkceOptional": True}, by=project.admin)[0] == 400
    assert "secret" not in api("PUT", path, public, by=project.admin)[2]


def test_an_expunged_project_leaves_nothing(api):
    project = Project(api)
    patient = project.patient()
    path = f"/fhir/R4/Project/{project.id}/$expunge?everything=true"
    assert api("POST", path, {}, by=project.admin)[0] == 403
    assert api("POST", path, {}, by=SUPER)[0] == 202
    assert api("GET", f"/fhir/R4/Project/{project.id}", by=SUPER)[0] == 404
    assert api("GET", f"/fhir/R4/Patient/{patient['id']}", by=SUPER)[0] == 404
    assert api("GET", "/fhir/R4/Patient", by=project.admin)[0] == 401


def test_a_patient_who_signed_in_sees_their_own_records_only(api, project):
    by = api.token(SUPER)
    entries = [
        {"resourceType": "Patient", "criteria": "Patient?_id=%patient.id"},
        {"resourceType": "Observation", "criteria": "Observation?subject=%patient"},
    ]
    rule = api("POST", "/fhir/R4/AccessPolicy", _policy(entries), by=api.token(project.admin))[2]
    person = {
        "resourceType": "Patient", "firstName": "Own", "lastName": "Records", "email": "own@example.com",
        "password": "Correct-Horse-9", "scope": "project", "membership": {"accessPolicy": _to(rule)},
    }  # fmt: skip
    member = api("POST", f"/admin/projects/{project.id}/invite", person, by=by)[2]
    token = api.signed_in("own@example.com", project.id)
    own = member["profile"]["reference"]
    other = project.patient()
    assert api("GET", f"/fhir/R4/{own}", by=token)[0] == 200
    assert api("GET", f"/fhir/R4/{_path(other)}", by=token)[0] == 404
    assert [e["resource"]["id"] for e in api("GET", "/fhir/R4/Patient", by=token)[2]["entry"]] == [own[8:]]
    for patient, status in ((own, 201), (_path(other), 403)):
        observation = {"resourceType": "Observation", "subject": {"reference": patient}}
        assert api("POST", "/fhir/R4/Observation", observation, by=token)[0] == status
    narrow = api.signed_in("own@example.com", project.id, "openid patient/Observation.rs")
    assert api("GET", f"/fhir/R4/{own}", by=narrow)[0] == 403
    assert len(api("GET", "/fhir/R4/Observation", by=narrow)[2]["entry"]) == 1
    assert api("DELETE", f"/admin/projects/{project.id}/members/{member['id']}", by=by)[0] == 200
    assert api("GET", f"/fhir/R4/{own}", by=token)[0] == 401


def test_a_policy_of_another_project_gives_nothing(api, project):
    foreign = api("POST", "/fhir/R4/AccessPolicy", _policy([{"resourceType": "*"}]), by=Project(api).admin)[2]
    client = project.client(project.admin, accessPolicy=_to(foreign))
    assert api("GET", "/fhir/R4/Patient", by=client)[0] == 403
