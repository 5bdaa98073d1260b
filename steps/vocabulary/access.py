"""What a caller may see and change in the records: access policies, scopes, projects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import get_args

from pytest_bdd import given, parsers, then, when

from fixtures.adapters.capabilities import (
    AccessPolicies,
    Administration,
    Deed,
    FhirApi,
    Operator,
    OperatorRequest,
    Records,
    SmartScopes,
)
from fixtures.cast import Person, PolicyEntries, Project, RecordName
from fixtures.flows import records
from fixtures.flows.flows import Flows
from fixtures.flows.records import Record
from fixtures.flows.target import Target
from fixtures.protocol.fhir import Fhir, resources_of, statuses_of
from reports.deviation import Blocked
from reports.exchange import Exchange
from steps.checks import access
from steps.vocabulary.words import one_of

NEVER = "00000000-0000-4000-8000-000000000000"

POLICY: Callable[[str], PolicyEntries] = one_of(
    {
        "lets it only read patients": [{"resourceType": "Patient", "readonly": True}],
        "lets it read and search patients, no more": [
            {"resourceType": "Patient", "interaction": ["read", "search"]}
        ],
        "lets it see and change patients named Inside": [
            {"resourceType": "Patient", "criteria": "Patient?name=Inside"}
        ],
        "hides the telecom of patients": [{"resourceType": "Patient", "hiddenFields": ["telecom"]}],
        "lets it change all of a patient but the birth date": [
            {"resourceType": "Patient", "readonlyFields": ["birthDate"]}
        ],
    }
)

# What somebody does with a record. Those that write would leave a trace that `Record.now` sees.
ATTEMPT: Callable[[str], Callable[[Fhir, Record], Exchange]] = one_of(
    {
        "read the record": lambda api, record: api.read(record.reference),
        "search for the record": lambda api, record: api.search(record.kind, _marks(record)),
        "search for the record by its id": lambda api, record: api.search(
            record.kind, ("_id", record.either(lambda each: each.id))
        ),
        "ask for the history of the record": lambda api, record: api.history(record.reference),
        "read the first version of the record": lambda api, record: api.version(
            record.reference, record.resource["meta"]["versionId"]
        ),
        "create one like it": lambda api, record: api.create(record.copy),
        "update the record": lambda api, record: api.update({**record.resource, "language": "de"}),
        "patch the record": lambda api, record: api.patch(
            record.reference, {"op": "add", "path": "/language", "value": "de"}
        ),
        "delete the record": lambda api, record: api.delete(record.reference),
        "rename the record to Outside": lambda api, record: api.update(
            {**record.resource, "name": [{"family": "Outside"}]}
        ),
        "update the birth date of the record": lambda api, record: api.update(
            {**record.resource, "birthDate": "1999-09-09"}
        ),
        "patch the birth date of the record": lambda api, record: api.patch(
            record.reference, {"op": "replace", "path": "/birthDate", "value": "1999-09-09"}
        ),
        "count with _summary=count": lambda api, record: api.search(
            record.kind, _marks(record), ("_summary", "count")
        ),
        "count with _total=accurate": lambda api, record: api.search(
            record.kind, _marks(record), ("_total", "accurate")
        ),
        "search by the telecom of the record": lambda api, record: api.search(
            record.kind, ("telecom", _telecom(record))
        ),
        "search by the e-mail address of the record": lambda api, record: api.search(
            record.kind, ("email", _telecom(record))
        ),
        "send a batch that reads, searches, updates and copies the record": lambda api, record: api.batch(
            ("GET", record.reference, None),
            ("GET", f"{record.kind}?identifier={record.mark}", None),
            ("PUT", record.reference, {**record.resource, "language": "de"}),
            ("POST", record.kind, record.copy),
        ),
        "send a batch that updates and copies the record": lambda api, record: api.batch(
            ("PUT", record.reference, {**record.resource, "language": "de"}),
            ("POST", record.kind, record.copy),
        ),
    }
)
Attempt = Callable[[Fhir, Record], Exchange]
NAME: Callable[[str], RecordName] = one_of(
    {
        "a patient": "visible-patient",
        "an observation": "visible-observation",
        "an observation of its own": "own-observation",
    }
)
DEED: Callable[[str], Deed] = one_of({deed: deed for deed in get_args(Deed)})
ACTOR = one_of(dict.fromkeys(("the back end", "the practitioner", "the patient", "the administrator"), ""))
_WORDS = {"Actor": ACTOR, "Attempt": ATTEMPT, "Deed": DEED, "Name": NAME, "Policy": POLICY}


@dataclass(frozen=True)
class Operation:
    """What only the operator of the server may do, and what the operator saw before somebody else tried."""

    request: OperatorRequest
    before: Exchange


def _marks(record: Record) -> tuple[str, str]:
    return "identifier", record.either(lambda each: each.mark)


def _telecom(record: Record) -> str:
    return str(record.resource["telecom"][0]["value"])


def _keeper(target: Target, project: Project = "main") -> Fhir:
    """The administrator of a project. Raises NotApplicable where the target has no FHIR API."""
    target.need(FhirApi)
    return target.need(Records).keeper(project)


def _backend(target: Target, flows: Flows, policy: PolicyEntries, scope: str | None = None) -> Fhir:
    """A client of its own under a policy, made once a process, with a token for the scope."""
    target.need(AccessPolicies)
    target.need_method("client-credentials")
    role = f"back end under {policy}"
    administration = target.need(AccessPolicies)
    client = target.once(
        "client",
        role,
        lambda: administration.new_client("back end", policy=policy, auth_method="client_secret_post"),
    )
    return target.need(FhirApi).fhir(flows.client_tokens(client, scope).access)


def _signed_in(target: Target, flows: Flows, person: Person) -> Fhir:
    target.need(FhirApi)
    target.need_method("authorization-code")
    return target.need(FhirApi).fhir(flows.person_tokens(target.client("confidential"), person).access)


# ----- who asks


@given(
    parsers.cfparse("a back end whose policy {policy:Policy}", extra_types=_WORDS), target_fixture="caller"
)
def _(target: Target, flows: Flows, policy: PolicyEntries) -> Fhir:
    return _backend(target, flows, policy)


@given(
    parsers.cfparse(
        'a back end whose policy {policy:Policy}, with a token for the scope "{scope}"', extra_types=_WORDS
    ),
    target_fixture="caller",
)
def _(target: Target, flows: Flows, policy: PolicyEntries, scope: str) -> Fhir:
    target.need(SmartScopes)
    return _backend(target, flows, policy, scope)


@given(parsers.parse('a back end with a token for the scope "{scope}"'), target_fixture="caller")
def _(target: Target, flows: Flows, scope: str) -> Fhir:
    target.need(SmartScopes)
    target.need_method("client-credentials")
    return target.need(FhirApi).fhir(flows.client_tokens(target.client("backend"), scope).access)


@given("the patient is signed in", target_fixture="caller")
def _(target: Target, flows: Flows) -> Fhir:
    target.need(AccessPolicies)
    return _signed_in(target, flows, target.person("patient"))


@given("a practitioner whose policy shows only patients in its own care", target_fixture="person")
def _(target: Target) -> Person:
    target.need(AccessPolicies)
    own = {"resourceType": "Patient", "criteria": "Patient?general-practitioner=%profile"}
    return target.need(AccessPolicies).new_person("practitioner of its own", policy=[own])


@given("that practitioner is signed in", target_fixture="caller")
def _(target: Target, flows: Flows, person: Person) -> Fhir:
    return _signed_in(target, flows, person)


@given("the administrator of a project", target_fixture="caller")
def _(target: Target) -> Fhir:
    return _keeper(target)


# ----- what is there


@given("a patient in the records", target_fixture="record")
def _(target: Target) -> Record:
    return records.add(_keeper(target), records.patient())


@given("a patient in the care of that practitioner", target_fixture="record")
def _(target: Target, person: Person) -> Record:
    care = [{"reference": person.profile}]
    return records.add(_keeper(target), records.patient(generalPractitioner=care))


@given("a patient named Outside beside it", target_fixture="record")
def _(target: Target, record: Record) -> Record:
    return records.add(_keeper(target), records.patient("Outside"), beside=record)


@given("a patient of another project beside it", target_fixture="record")
def _(target: Target, record: Record) -> Record:
    return records.add(_keeper(target, "other"), records.patient(), beside=record)


@given("an observation in the records", target_fixture="record")
def _(target: Target) -> Record:
    return records.add(_keeper(target), records.observation(target.record("visible-patient")))


@given("a condition in the records", target_fixture="record")
def _(target: Target) -> Record:
    return records.add(_keeper(target), records.condition(target.record("visible-patient")))


# ----- the control: what is allowed works


@given(parsers.cfparse("{actor:Actor} can read the record", extra_types=_WORDS))
def _(caller: Fhir, record: Record) -> None:
    _allowed(caller.read(record.reference), "the record, which is within reach, could not be read")


@given(parsers.cfparse("{actor:Actor} can read {name:Name}", extra_types=_WORDS))
def _(target: Target, caller: Fhir, name: RecordName) -> None:
    _allowed(caller.read(target.record(name)), "a record within reach could not be read")


@given(parsers.cfparse("a batch of {actor:Actor} can read {name:Name}", extra_types=_WORDS))
def _(target: Target, caller: Fhir, name: RecordName) -> None:
    answer = caller.batch(("GET", target.record(name), None))
    _allowed(answer, "a batch was refused")
    if statuses_of(answer) != [200]:
        raise Blocked(f"control: the entry of a batch was answered with {statuses_of(answer)}", answer)


@given(parsers.cfparse("the administrator finds it: they {attempt:Attempt}", extra_types=_WORDS))
def _(record: Record, attempt: Attempt) -> None:
    answer = attempt(record.keeper, record)
    if record.id not in [each.get("id") for each in resources_of(answer)]:
        raise Blocked(f"control: the administrator's own search does not find it: {answer.status}", answer)


def _allowed(answer: Exchange, otherwise: str) -> None:
    if answer.status != 200:
        raise Blocked(f"control: {otherwise}: {answer.status}", answer)


# ----- what is tried


@when(
    parsers.cfparse("{actor:Actor} tries to {attempt:Attempt}", extra_types=_WORDS), target_fixture="answer"
)
def _(caller: Fhir, record: Record, attempt: Attempt) -> Exchange:
    return attempt(caller, record)


@when(
    parsers.cfparse(
        "{actor:Actor} tries, with an id that never existed, to {attempt:Attempt}", extra_types=_WORDS
    ),
    target_fixture="unknown",
)
def _(caller: Fhir, record: Record, attempt: Attempt) -> Exchange:
    return attempt(caller, replace(record, resource={**record.resource, "id": NEVER}))


@when("the policy of the practitioner is changed to one without patients")
def _(target: Target, person: Person) -> None:
    target.need(AccessPolicies).set_policy(person.membership, [{"resourceType": "Observation"}])


@when("the practitioner is taken out of the project")
def _(target: Target, person: Person) -> None:
    target.need(Administration).remove_membership(person.membership)


@when(
    "the administrator creates a copy of the record with the other project in its meta",
    target_fixture="answer",
)
def _(target: Target, caller: Fhir, record: Record) -> Exchange:
    return caller.create({**record.copy, "meta": {"project": target.need(Records).project_id("other")}})


@given("the administrator finds an observation of the record together with the record")
def _(caller: Fhir, record: Record) -> None:
    answer = _with_subject(caller, record)
    if record.id not in [each.get("id") for each in resources_of(answer)]:
        raise Blocked("control: _include does not show the subject within the project", answer)


@when(
    "the administrator searches for an observation of the record together with the record",
    target_fixture="answer",
)
def _(caller: Fhir, record: Record) -> Exchange:
    return _with_subject(caller, record)


def _with_subject(caller: Fhir, record: Record) -> Exchange:
    """Files an observation of a patient and searches for it with its subject; or the refusal to file it."""
    made = caller.create(records.observation(record.reference))
    if made.status != 201:
        return made
    return caller.search("Observation", ("_id", str(made.member("id"))), ("_include", "Observation:subject"))


@given(
    parsers.cfparse("the operator of the server can {deed:Deed}", extra_types=_WORDS),
    target_fixture="operation",
)
def _(target: Target, deed: Deed) -> Operation:
    target.need(Administration)
    request = target.need(Operator).operator_request(deed)
    before = target.need(Operator).as_operator(request.probe)
    _allowed(before, f"the operator of the server could not look before: {deed}")
    return Operation(request, before)


@when("the administrator of a project tries the same", target_fixture="answer")
def _(target: Target, operation: Operation) -> Exchange:
    api, request = _keeper(target), operation.request
    return api.http.session().send(request.method, request.url, headers=api.headers, json=request.body)


# ----- what must come of it


@then("nothing in the records has changed")
def _(record: Record, answer: Exchange) -> None:
    access.unchanged(record.resource, record.now(), answer)


@then(parsers.parse("each of the {count:d} entries is refused"))
def _(answer: Exchange, count: int) -> None:
    access.entries_refused(answer, count)


@then("the search shows the record within reach and no other")
def _(answer: Exchange, record: Record) -> None:
    access.finds_only(answer, record.beside.id if record.beside else "", record.id)


@then(parsers.parse("the total is {number:d}"))
def _(answer: Exchange, number: int) -> None:
    access.counts(answer, number)


@then("the search does not match")
def _(answer: Exchange) -> None:
    access.finds_nothing(answer, "a search by a hidden field tells what the field holds")


@then("the telecom is not shown")
def _(answer: Exchange, record: Record) -> None:
    access.field_hidden(answer, record.id, "telecom", _telecom(record))


@then("the birth date is what it was")
def _(answer: Exchange, record: Record) -> None:
    access.field_kept(record.resource, record.now(), "birthDate", answer)


@then("the access has ended")
def _(answer: Exchange) -> None:
    access.ended(answer)


@then("the answer is the one for a record that never existed")
def _(answer: Exchange, unknown: Exchange, record: Record) -> None:
    access.same_as_unknown(answer, unknown, (record.id, NEVER))


@then("the other project does not hold the record")
def _(target: Target, answer: Exchange, record: Record) -> None:
    access.not_planted(answer, record.now(), record.now(_keeper(target, "other")))


@when("the administrator tries to erase the record for good", target_fixture="answer")
def _(target: Target, caller: Fhir, record: Record) -> Exchange:
    return target.need(Operator).erase(caller, record.reference)


@then("nothing has come of it")
def _(target: Target, answer: Exchange, operation: Operation) -> None:
    access.same_state(operation.before, target.need(Operator).as_operator(operation.request.probe), answer)


@then("the record of the other project is not shown")
def _(answer: Exchange, record: Record) -> None:
    access.does_not_hold(answer, record.id)
