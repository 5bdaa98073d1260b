"""What only another project's people, or the operator of the server, may see and do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_bdd import given, parsers, then, when

from fixtures.adapters.capabilities import Deed, Operator, OperatorRequest
from fixtures.adapters.capabilities import Records as Keeping
from fixtures.flows import control
from fixtures.flows.actors import Actors, AnyPerson
from fixtures.flows.records import Records
from fixtures.flows.target import Target
from reports.exchange import Exchange
from steps.checks import access
from steps.checks.outcome import Outcomes
from steps.vocabulary.interactions import RECORD
from steps.vocabulary.outcomes import OUTCOMES
from steps.vocabulary.roles import PERSON
from steps.vocabulary.words import one_of

DEEDS: tuple[Deed, ...] = ("maintain the server", "make a project", "read another project")
DEED: Callable[[str], Deed] = one_of({deed: deed for deed in DEEDS})
WHAT = {"Deed": DEED, "Person": PERSON, "Record": RECORD, "Outcomes": OUTCOMES}


@dataclass(frozen=True)
class Operation:
    """What only the operator of the server may do, and what the operator saw before somebody else tried."""

    request: OperatorRequest
    before: Exchange


@given(
    parsers.cfparse("the operator of the server can {deed:Deed}", extra_types=WHAT),
    target_fixture="operation",
)
def operator_can(target: Target, deed: Deed) -> Operation:
    operator = target.need(Operator)
    request = operator.operator_request(deed)
    return Operation(
        request, control.served(operator.as_operator(request.probe), f"the operator cannot {deed}")
    )


@when(parsers.cfparse("{person:Person} tries the same", extra_types=WHAT), target_fixture="answer")
def try_the_same(actors: Actors, operation: Operation, person: AnyPerson) -> Exchange:
    api, request = actors.api(person), operation.request
    return api.http.session().send(request.method, request.url, headers=api.headers, json=request.body)


@then("nothing has come of it")
def nothing_has_come_of_it(target: Target, answer: Exchange, operation: Operation) -> None:
    now = target.need(Operator).as_operator(operation.request.probe)
    access.same_state(operation.before, now, answer)


@when(
    parsers.cfparse("{person:Person} tries to erase {name:Record} for good", extra_types=WHAT),
    target_fixture="answer",
)
def try_to_erase(target: Target, actors: Actors, records: Records, person: AnyPerson, name: str) -> Exchange:
    return target.need(Operator).erase(actors.api(person), records[name].reference)


@when(
    parsers.cfparse(
        "{person:Person} tries to create a copy of {name:Record} in the other project", extra_types=WHAT
    ),
    target_fixture="answer",
)
def try_to_plant(target: Target, actors: Actors, records: Records, person: AnyPerson, name: str) -> Exchange:
    planted = {"project": target.need(Keeping).project_id("other")}
    return actors.api(person).create({**records[name].copy, "meta": planted})


@then(
    parsers.cfparse(
        "the other project holds no copy of {name:Record}, served or refused with {outcomes:Outcomes}",
        extra_types=WHAT,
    )
)
def other_project_holds_no_copy(records: Records, answer: Exchange, name: str, outcomes: Outcomes) -> None:
    record = records[name]
    access.not_planted(answer, record.now(), record.now(records.keeper("other")), outcomes)


@then(
    parsers.cfparse(
        "{name:Record} is not shown, served or refused with {outcomes:Outcomes}", extra_types=WHAT
    )
)
def is_not_shown(records: Records, answer: Exchange, name: str, outcomes: Outcomes) -> None:
    access.does_not_hold(answer, records[name].id, outcomes)
