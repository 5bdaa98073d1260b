"""What a policy says of fields, compartments and parameters: how it is set, tried, and what must come of it."""

from __future__ import annotations

from collections.abc import Callable

from pytest_bdd import given, parsers, then, when

from fixtures.adapters.capabilities import AccessPolicies
from fixtures.cast import PolicyEntries
from fixtures.flows.actors import Actors, Caller, Member
from fixtures.flows.records import Record, Records
from fixtures.flows.target import Target
from fixtures.protocol.fhir import Fhir
from reports.deviation import Blocked, NotApplicable
from reports.exchange import Exchange
from steps.checks import access
from steps.checks.outcome import Outcomes
from steps.vocabulary.actors import POLICIES
from steps.vocabulary.interactions import INTERACTION, RECORD, Interaction
from steps.vocabulary.outcomes import OUTCOMES
from steps.vocabulary.roles import CALLER, MEMBER
from steps.vocabulary.words import matching, one_of

Claim = Callable[[Fhir, Record, dict[str, object]], Exchange]
CLAIMS: dict[str, Claim] = {
    "create a copy of": lambda api, record, meta: api.create({**record.copy, "meta": meta}),
    "update": lambda api, record, meta: api.update(
        {**record.resource, "language": "de", "meta": {**record.resource["meta"], **meta}}
    ),
}
WHAT = {
    "Caller": CALLER,
    "Member": MEMBER,
    "Policy": one_of(POLICIES),
    "Record": RECORD,
    "Interaction": INTERACTION,
    "Claim": one_of(CLAIMS),
    "Outcomes": OUTCOMES,
    "Text": matching(r'"[^"]*"', lambda text: text.strip('"')),
    "Parameter": matching(r"%[a-z]+", lambda text: text.removeprefix("%")),
    "Field": one_of({"birth date": "birthDate", "telecom": "telecom"}),
}

# ----- parameters of a membership


@given(
    parsers.cfparse(
        "{member:Member} has been put under a policy that {policy:Policy}, with {name:Record} as {parameter:Parameter}",
        extra_types=WHAT,
    )
)
def put_under_with_a_record(
    target: Target,
    actors: Actors,
    records: Records,
    member: Member,
    policy: PolicyEntries,
    name: str,
    parameter: str,
) -> None:
    membership = actors.member(member).membership
    target.need(AccessPolicies).set_policy(membership, policy, {parameter: records[name].reference})


@given(
    parsers.cfparse(
        "{member:Member} has been put under a policy that {policy:Policy}, with {text:Text} as {parameter:Parameter}",
        extra_types=WHAT,
    )
)
def put_under_with_a_text(
    target: Target, actors: Actors, member: Member, policy: PolicyEntries, text: str, parameter: str
) -> None:
    membership = actors.member(member).membership
    target.need(AccessPolicies).set_policy(membership, policy, {parameter: text})


# ----- compartments


@when(
    parsers.cfparse(
        "{caller:Caller} tries to {claim:Claim} {name:Record}, claiming the compartment of {owner:Record}",
        extra_types=WHAT,
    ),
    target_fixture="answer",
)
def try_with_a_claim(
    actors: Actors, records: Records, caller: Caller, claim: Claim, name: str, owner: str
) -> Exchange:
    return claim(actors.api(caller), records[name], _in_compartment_of(records[owner]))


@when(
    parsers.cfparse(
        "{caller:Caller} tries to give to {other:Record} {name:Record}, claiming the compartment of {owner:Record}",
        extra_types=WHAT,
    ),
    target_fixture="answer",
)
def try_to_give_with_a_claim(
    actors: Actors, records: Records, caller: Caller, other: str, name: str, owner: str
) -> Exchange:
    record, subject = records[name].resource, {"reference": records[other].reference}
    meta = {**record["meta"], **_in_compartment_of(records[owner])}
    return actors.api(caller).update({**record, "subject": subject, "meta": meta})


def _in_compartment_of(record: Record) -> dict[str, object]:
    return {"compartment": [{"reference": record.reference}]}


# ----- fields


@given(
    parsers.cfparse(
        "a server whose administrator is shown the telecom of {name:Record} when they {interaction:Interaction} "
        "{asked:Record}",
        extra_types=WHAT,
    )
)
def a_server_that_shows_the_telecom(
    records: Records, name: str, interaction: Interaction, asked: str
) -> None:
    """A way that a server need not have."""
    answer = interaction(records.keeper(), (records[asked],))
    if records[name].email not in answer.response_body:
        raise NotApplicable(f"the server does not know this way, or not like this: {answer.status}")


@then(parsers.cfparse("the telecom of {name:Record} stands nowhere in the answer", extra_types=WHAT))
def telecom_stands_nowhere(records: Records, answer: Exchange, name: str) -> None:
    access.stands_nowhere(answer, records[name].email, "the telecom")


@then(
    parsers.cfparse(
        "no copy of {name:Record} has its {field:Field}, served or refused with {outcomes:Outcomes}",
        extra_types=WHAT,
    )
)
def no_copy_has(records: Records, answer: Exchange, name: str, field: str, outcomes: Outcomes) -> None:
    access.not_set(records[name].resource, records[name].now(), field, answer, outcomes)


# ----- the order of a search


@given(parsers.cfparse("the records hold {name:Record}, born later", extra_types=WHAT))
def records_hold_born_later(records: Records, name: str) -> None:
    records.make(name, birthDate="1980-01-01")


@given(
    parsers.cfparse(
        "a server that sorts for its administrator by birth date {first:Record} and {second:Record}",
        extra_types=WHAT,
    )
)
def a_server_that_sorts(records: Records, first: str, second: str) -> None:
    up, down = _sorted(records.keeper(), (records[first], records[second]))
    if access.order_of(up) == access.order_of(down):
        raise NotApplicable(f"the server does not sort by birth date: {up.status}")
    if len(access.order_of(up)) != 2:
        raise Blocked(f"control: the search does not find both: {up.status}", up)


@when(
    parsers.cfparse(
        "{caller:Caller} sorts by birth date, up and down, {first:Record} and {second:Record}",
        extra_types=WHAT,
    ),
    target_fixture="answers",
)
def sort_both_ways(
    actors: Actors, records: Records, caller: Caller, first: str, second: str
) -> list[Exchange]:
    return _sorted(actors.api(caller), (records[first], records[second]))


def _sorted(api: Fhir, records: tuple[Record, Record]) -> list[Exchange]:
    marks = ",".join(each.mark for each in records)
    return [api.search("Patient", ("identifier", marks), ("_sort", by)) for by in ("birthdate", "-birthdate")]


@then(
    parsers.cfparse(
        "the order is the same both ways, or the search is refused with {outcomes:Outcomes}", extra_types=WHAT
    )
)
def order_is_the_same(answers: list[Exchange], outcomes: Outcomes) -> None:
    access.same_order(answers, outcomes)
