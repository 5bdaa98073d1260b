"""Who takes part: clients and people."""

from __future__ import annotations

from pytest_bdd import given, parsers

from fixtures.actors import Client, Person
from fixtures.target.target import Target
from steps.words import CLIENT, PERSON


@given(
    parsers.cfparse(
        "{role:Client} registered for the authorization code flow", extra_types={"Client": CLIENT}
    ),
    target_fixture="client",
)
def _(target: Target, role: str) -> Client:
    target.need_method("authorization-code")
    return target.client(role)


@given(
    parsers.cfparse("a {role:Person} who can sign in", extra_types={"Person": PERSON}),
    target_fixture="person",
)
def _(target: Target, role: str) -> Person:
    return target.person(role)
