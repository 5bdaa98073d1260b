"""People who have left, and what is left of their ways in."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from pytest_bdd import given, parsers, then, when

from fixtures.adapters.provisioning import Memberships
from fixtures.cast import Project
from fixtures.flows import control
from fixtures.flows.actors import Actors, AnyClient, AnyPerson
from fixtures.flows.departures import CAUSES, Arrival, Departures, Gone, Way, opens
from fixtures.flows.directory import Directory
from fixtures.flows.flows import Flows
from fixtures.flows.guests import Guests
from fixtures.flows.target import Target
from reports.deviation import Blocked, NotApplicable
from reports.exchange import Exchange
from steps.checks.departure import (
    lets_nobody_in,
    names_inviter,
    not_admin,
    still_lets_in,
    under_policy,
)
from steps.checks.outcome import Outcomes
from steps.checks.refusal import refused
from steps.checks.scim import served
from steps.vocabulary.invitations import WHOSE_PROJECT
from steps.vocabulary.outcomes import OUTCOMES
from steps.vocabulary.provisioning import NAME
from steps.vocabulary.roles import CLIENT, PERSON
from steps.vocabulary.words import one_of

ARRIVALS: dict[str, Arrival] = {each: each for each in ("an invitation", "SCIM")}
WAYS: dict[str, Way] = {
    "the password": "password",
    "the session of the browser": "session",
    "a code that was not redeemed yet": "code",
    "the refresh token": "refresh",
    "the access token at the API": "api",
    "the access token at the userinfo endpoint": "userinfo",
    "the access token at introspection": "introspection",
}
WHAT = {
    "Arrival": one_of(ARRIVALS),
    "Way": one_of(WAYS),
    "Cause": one_of({cause: cause for cause in CAUSES}),
    "Client": CLIENT,
}


@pytest.fixture
def departures(flows: Flows, guests: Guests, directory: Directory) -> Departures:
    """Those who have left."""
    return Departures(flows, guests, directory)


@given(
    parsers.cfparse(
        "a practitioner who came by {arrival:Arrival} signed in to {client:Client}, and was {cause:Cause}",
        extra_types=WHAT,
    ),
    target_fixture="gone",
)
def has_left(
    target: Target, departures: Departures, actors: Actors, arrival: Arrival, client: AnyClient, cause: str
) -> Gone:
    target.need(Memberships)
    return departures.gone(arrival, cause, actors.client(client))


@when(parsers.cfparse("{way:Way} is tried", extra_types=WHAT), target_fixture="answer")
def way_is_tried(gone: Gone, way: Way) -> Exchange:
    if way not in gone.answers:
        raise NotApplicable("the target has no such way in")
    if not gone.worked.get(way):
        raise Blocked(f"control: {way} was no way in before either", gone.exchange)
    return gone.answers[way]


@then(parsers.cfparse("{way:Way} lets nobody in", extra_types=WHAT))
def way_lets_nobody_in(answer: Exchange, way: Way) -> None:
    lets_nobody_in(answer, opened=opens(way, answer))


# ----- what stands behind a user

CHANGES = {
    "another address": (
        "emails",
        lambda mark: [{"value": f"{mark}@example.com", "type": "work", "primary": True}],
    ),
    "another password": ("password", lambda mark: f"{mark}-aA1!"),
    "another id from elsewhere": ("externalId", lambda mark: mark),
}
BEHIND = {
    "Person": PERSON,
    "Change": one_of(CHANGES),
    "Name": NAME,
    "Project": WHOSE_PROJECT,
    "Outcomes": OUTCOMES,
}


@when(
    parsers.cfparse("the provisioner gives {person:Person} {change:Change} by SCIM", extra_types=BEHIND),
    target_fixture="answer",
)
def give_by_scim(
    directory: Directory, actors: Actors, person: AnyPerson, change: tuple[str, Callable[[str], Any]]
) -> Exchange:
    """By PUT of what was read, with the change."""
    id_ = directory.provisioning.scim_id(actors.person(person))
    read = control.served(directory.scim().read(id_), "the user cannot be read")
    name, value = change
    return directory.scim().replace(id_, {**read.json(), name: value(f"authmark-{secrets.token_hex(8)}")})


@then(
    parsers.cfparse(
        "{person:Person} can still sign in to {project:Project}, served or refused with {outcomes:Outcomes}",
        extra_types=BEHIND,
    )
)
def can_still_sign_in(
    guests: Guests, actors: Actors, answer: Exchange, person: AnyPerson, project: Project, outcomes: Outcomes
) -> None:
    still_lets_in(answer, guests.invites.sign_in_to_project(actors.person(person), project), outcomes)


@given("the main project has a policy for patients", target_fixture="policy_for_patients")
def policy_for_patients(target: Target) -> str:
    return target.need(Memberships).open_to_patients()


@then(
    parsers.cfparse(
        "the membership of the user {name:Name} is under the policy for patients", extra_types=BEHIND
    )
)
def membership_is_under_it(
    target: Target, directory: Directory, answer: Exchange, name: str, policy_for_patients: str
) -> None:
    served(answer)
    held = target.need(Memberships).membership_of(directory[name].id)
    under_policy(held, policy_for_patients, answer)


@then(
    parsers.cfparse(
        "the membership of the user {name:Name} is not an administrator's, served or refused with {outcomes:Outcomes}",
        extra_types=BEHIND,
    )
)
def membership_is_not_an_administrators(
    target: Target, directory: Directory, answer: Exchange, name: str, outcomes: Outcomes
) -> None:
    if answer.status is not None and answer.status < 400:
        not_admin(target.need(Memberships).membership_of(directory[name].id), answer)
    else:
        refused(answer, outcomes)


@then(parsers.cfparse("the membership of the user {name:Name} names who invited", extra_types=BEHIND))
def membership_names_who_invited(target: Target, directory: Directory, answer: Exchange, name: str) -> None:
    served(answer)
    names_inviter(target.need(Memberships).membership_of(directory[name].id), answer)
