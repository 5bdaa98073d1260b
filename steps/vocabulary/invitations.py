"""Invitations: who invites whom, as what, and who has become a member of which project."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from pytest_bdd import given, parsers, then, when

from fixtures.accounts import Member
from fixtures.adapters.capabilities import FhirApi, Records
from fixtures.adapters.provisioning import ProfileChoice
from fixtures.cast import Project
from fixtures.flows import control
from fixtures.flows import guests as introductions
from fixtures.flows.actors import Actors, AnyClient, AnyPerson, Caller, NewPerson
from fixtures.flows.flows import Flows
from fixtures.flows.guests import PROJECTS, Guests, More
from fixtures.flows.records import NEVER
from fixtures.flows.target import Target
from fixtures.flows.values import Attempt, authorization_request, new_password, tokens_of
from fixtures.protocol import pkce
from reports.deviation import Blocked
from reports.exchange import Exchange
from steps.checks import membership
from steps.checks.outcome import Outcomes
from steps.vocabulary.outcomes import OUTCOMES
from steps.vocabulary.roles import CALLER, CLIENT, PERSON
from steps.vocabulary.words import matching, one_of


@pytest.fixture
def guests(target: Target, flows: Flows, actors: Actors) -> Guests:
    """Those whom this scenario invites."""
    return Guests(target, flows, actors)


# ----- whom


def _saying(**more: Any) -> More:
    return lambda _: more


def _under_a_foreign_policy(target: Target) -> Mapping[str, Any]:
    """A policy that the other project's administrator has made there, and that opens patients."""
    policy = {"resourceType": "AccessPolicy", "name": "foreign", "resource": [{"resourceType": "Patient"}]}
    made = target.need(Records).keeper("other").create(policy)
    control.served(made, "the administrator of the other project cannot make a policy")
    return {"password": new_password(), "policy": f"AccessPolicy/{made.member('id')}"}


def _with_a_foreign_profile(target: Target) -> Mapping[str, Any]:
    return {"profile": target.person("other-administrator").profile}


def _by_an_external_id(_: Target) -> Mapping[str, Any]:
    return {"email": None, "external_id": f"authmark-{secrets.token_hex(12)}"}


GUEST: Callable[[str], More] = one_of(
    {
        "a practitioner": _saying(),
        "a patient": _saying(kind="Patient"),
        "a practitioner, with the scope project": _saying(scope="project"),
        "a practitioner, with the scope server": _saying(scope="server"),
        "a patient, with the scope server": _saying(kind="Patient", scope="server"),
        "a patient by an external id": lambda target: {**_by_an_external_id(target), "kind": "Patient"},
        "a practitioner by an external id": _by_an_external_id,
        "somebody as a group": _saying(kind="Group"),
        "somebody as an observation": _saying(kind="Observation"),
        "somebody as nothing in particular": _saying(kind=None),
        "somebody without a first name": _saying(first=None),
        "somebody without a last name": _saying(last=None),
        "somebody without an address": _saying(email=None),
        "somebody whose address is none": _saying(email="nobody"),
        "a practitioner under a policy of the other project": _under_a_foreign_policy,
        "a practitioner with a profile of the other project": _with_a_foreign_profile,
        "a practitioner as a member of the other project": _saying(project="other"),
    }
)
PROJECT: Callable[[str], Project] = one_of(
    {"": "main", " to the main project": "main", " to the other project": "other"}
)
WHOSE_PROJECT: Callable[[str], Project] = one_of({"the main project": "main", "the other project": "other"})
_INTRODUCTIONS: dict[str, Callable[[Guests, NewPerson], None]] = {
    "is a member of both projects by one account": introductions.introduce_to_both,
    "is a member of the other project alone": introductions.introduce_to_other,
    "has been invited twice": introductions.introduce_twice,
}
MEMBERSHIPS = one_of({"one membership": 1, "two memberships": 2})
ACCOUNTS = one_of({"one account": 1, "two accounts": 2})
TIMES = one_of({"again": False, "again, by force": True})
WHAT = {
    "Caller": CALLER,
    "Client": CLIENT,
    "Person": PERSON,
    "Guest": GUEST,
    "To": PROJECT,
    "Project": WHOSE_PROJECT,
    "Memberships": MEMBERSHIPS,
    "Accounts": ACCOUNTS,
    "Times": TIMES,
    "Standing": one_of(_INTRODUCTIONS),
    "Outcomes": OUTCOMES,
}


@given(parsers.cfparse("{caller:Caller} can invite {guest:Guest}", extra_types=WHAT))
def can_invite(guests: Guests, actors: Actors, caller: Caller, guest: More) -> None:
    control.served(guests.invite(actors.api(caller), guest), f"{caller.title} cannot invite")


@when(
    parsers.cfparse("{caller:Caller} tries to invite {guest:Guest}{project:To}", extra_types=WHAT),
    target_fixture="answer",
)
def try_to_invite(guests: Guests, actors: Actors, caller: Caller, guest: More, project: Project) -> Exchange:
    return guests.invite(actors.api(caller), guest, project)


@when(
    parsers.cfparse("{caller:Caller} invites the same person {forced:Times}", extra_types=WHAT),
    target_fixture="answer",
)
def invite_again(guests: Guests, actors: Actors, caller: Caller, forced: bool) -> Exchange:
    return guests.again(actors.api(caller), forced=forced)


@when(
    parsers.cfparse("the administrator of each project invites {guest:Guest}", extra_types=WHAT),
    target_fixture="made",
)
def invite_to_each_project(guests: Guests, guest: More) -> list[tuple[Exchange, Member | None]]:
    """The same person: the second invitation is the first one once more."""
    answers = [
        guests.invite(guests.keeper("main"), guest),
        guests.again(guests.keeper("other"), project="other"),
    ]
    return [
        (control.served(each, "an administrator cannot invite"), guests.invites.invited(each))
        for each in answers
    ]


@when("the administrator invites one practitioner 4 times at once", target_fixture="tries")
def race_of_invitations(guests: Guests) -> list[tuple[Sequence[Exchange], Sequence[Member]]]:
    return guests.race()


# ----- what has come of it


@then("nobody has been invited")
def nobody_has_been_invited(guests: Guests, answer: Exchange) -> None:
    membership.none(answer, [each for project in PROJECTS for each in guests.members(project)])


@then(
    parsers.cfparse(
        "{project:Project} has gained no member, served or refused with {outcomes:Outcomes}", extra_types=WHAT
    )
)
def project_has_gained_no_member(
    guests: Guests, answer: Exchange, project: Project, outcomes: Outcomes
) -> None:
    membership.none(answer, guests.members(project), outcomes)


@then(parsers.cfparse("that person has {number:Memberships} in the main project", extra_types=WHAT))
def person_has_memberships(guests: Guests, answer: Exchange, number: int) -> None:
    membership.count(answer, guests.members("main"), number)


@then(parsers.cfparse("that person has {number:Accounts}", extra_types=WHAT))
def person_has_accounts(made: list[tuple[Exchange, Member | None]], number: int) -> None:
    membership.accounts(made[-1][0], [member.account for _, member in made if member], number)


@then(
    parsers.cfparse(
        "nobody acts as that profile, served or refused with {outcomes:Outcomes}", extra_types=WHAT
    )
)
def nobody_acts_as_that_profile(target: Target, guests: Guests, answer: Exchange, outcomes: Outcomes) -> None:
    foreign = target.person("other-administrator").profile
    found = [each for each in guests.members("main") if each.profile == foreign]
    membership.none(answer, found, outcomes)


@then("each try makes one membership")
def each_try_makes_one(tries: list[tuple[Sequence[Exchange], Sequence[Member]]]) -> None:
    for answers, members in tries:
        membership.count(answers[-1], members, 1)


# ----- who is there beside the cast


@given(
    parsers.cfparse(
        "{one:Person} and {other:Person} have an account each, with one address and two passwords",
        extra_types=WHAT,
    )
)
def two_accounts_of_one_address(guests: Guests, one: NewPerson, other: NewPerson) -> None:
    introductions.introduce_namesakes(guests, one, other)


@given(parsers.cfparse("{person:Person} {standing:Standing}", extra_types=WHAT))
def stands(guests: Guests, person: NewPerson, standing: Callable[[Guests, NewPerson], None]) -> None:
    standing(guests, person)


@given(parsers.cfparse("{person:Person} can sign in to {client:Client}", extra_types=WHAT))
def can_sign_in(flows: Flows, actors: Actors, person: AnyPerson, client: AnyClient) -> None:
    flows.sign_in(actors.client(client), actors.person(person))


@given(parsers.cfparse("{person:Person} can sign in to {project:Project}", extra_types=WHAT))
def can_sign_in_to_a_project(guests: Guests, actors: Actors, person: AnyPerson, project: Project) -> None:
    answer = guests.invites.sign_in_to_project(actors.person(person), project)
    if answer.status != 200 or not answer.member("code"):
        raise Blocked(f"control: {person.title} cannot sign in to the project: {answer.status}", answer)


@when(
    parsers.cfparse("{person:Person} tries to sign in to {client:Client}", extra_types=WHAT),
    target_fixture="attempt",
)
def try_to_sign_in(flows: Flows, actors: Actors, person: AnyPerson, client: AnyClient) -> Attempt:
    """Where the same person cannot have done so before: its control is somebody else's sign-in."""
    who, verifier = actors.client(client), pkce.new_verifier()
    return flows.attempt(who, actors.person(person), authorization_request(who, verifier=verifier), verifier)


@when("who was invited, if anybody, tries to read the visible patient", target_fixture="answer")
def who_was_invited_reads(target: Target, guests: Guests, flows: Flows, answer: Exchange) -> Exchange:
    """Where the invitation was refused, or the sign-in is, that is the answer."""
    person = guests.who_came(answer)
    if person is None:
        return answer
    verifier, client = pkce.new_verifier(), target.client("confidential")
    attempt = flows.attempt(client, person, authorization_request(client, verifier=verifier), verifier)
    tokens = tokens_of(attempt.exchange)
    if tokens is None:
        return attempt.exchange
    return target.need(FhirApi).fhir(tokens.access).read(target.record("visible-patient"))


# ----- the choice of a membership


def _membership_of(text: str) -> Callable[[Actors], str]:
    if text == "a membership that never existed":
        return lambda _: f"ProjectMembership/{NEVER}"
    role: AnyPerson = PERSON(text.removeprefix("the membership of "))
    return lambda actors: actors.person(role).membership


MEMBERSHIP = matching(
    rf"a membership that never existed|the membership of (?:{PERSON.__dict__['pattern']})", _membership_of
)
CHOICE = {**WHAT, "Membership": MEMBERSHIP}


def _begin(target: Target, flows: Flows, actors: Actors, person: AnyPerson, client: AnyClient) -> Exchange:
    request = flows.usual_request(actors.client(client))
    return target.need(ProfileChoice).begin(flows.http.session(), request, actors.person(person))


@when(
    parsers.cfparse("{person:Person} gives the password to {client:Client}", extra_types=CHOICE),
    target_fixture="answer",
)
def begin_to_sign_in(
    target: Target, flows: Flows, actors: Actors, person: AnyPerson, client: AnyClient
) -> Exchange:
    return _begin(target, flows, actors, person, client)


@given(
    parsers.cfparse(
        "{person:Person} can sign in to {client:Client} by choosing {choice:Membership}", extra_types=CHOICE
    )
)
def can_choose(
    target: Target,
    flows: Flows,
    actors: Actors,
    person: AnyPerson,
    client: AnyClient,
    choice: Callable[[Actors], str],
) -> None:
    begun = _begin(target, flows, actors, person, client)
    answer = target.need(ProfileChoice).choose(flows.http.session(), begun, choice(actors))
    if answer.status != 200 or not answer.member("code"):
        raise Blocked(f"control: the own membership cannot be chosen: {answer.status}", answer)


@when(
    parsers.cfparse(
        "{person:Person} signs in to {client:Client} by choosing {choice:Membership}", extra_types=CHOICE
    ),
    target_fixture="answer",
)
def choose(
    target: Target,
    flows: Flows,
    actors: Actors,
    person: AnyPerson,
    client: AnyClient,
    choice: Callable[[Actors], str],
) -> Exchange:
    begun = _begin(target, flows, actors, person, client)
    return target.need(ProfileChoice).choose(flows.http.session(), begun, choice(actors))


@then(parsers.cfparse("{number:Memberships} are offered, and there is no code yet", extra_types=CHOICE))
def memberships_are_offered(target: Target, answer: Exchange, number: int) -> None:
    membership.offered(answer, target.need(ProfileChoice).choices(answer), number)
