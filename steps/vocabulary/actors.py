"""Who takes part: clients and people."""

from __future__ import annotations

from pytest_bdd import given, parsers

from fixtures.adapters.capabilities import Administration, Capability, PkceSetting
from fixtures.cast import Client, ClientName, Person, PersonName
from fixtures.flows.flows import Flows
from fixtures.flows.target import Target
from reports.deviation import Blocked
from steps.vocabulary.words import CAPABILITY, CLIENT, OWN_CLIENT, PERSON


@given(
    parsers.cfparse("a server {capability:Capability}", extra_types={"Capability": CAPABILITY}),
)
def _(target: Target, capability: type[Capability]) -> None:
    target.need(capability)


@given(
    parsers.cfparse(
        "{role:Client} registered for the authorization code flow", extra_types={"Client": CLIENT}
    ),
    target_fixture="client",
)
def _(target: Target, role: ClientName) -> Client:
    target.need_method("authorization-code")
    return target.client(role)


@given(
    parsers.cfparse("a {role:Person} who can sign in", extra_types={"Person": PERSON}),
    target_fixture="person",
)
def _(target: Target, role: PersonName) -> Person:
    return target.person(role)


@given(
    parsers.cfparse("{kind:OwnClient} of its own", extra_types={"OwnClient": OWN_CLIENT}),
    target_fixture="client",
)
def _(target: Target, kind: str) -> Client:
    target.need(Administration)
    return target.need(Administration).new_client(f"own {kind}", secret=kind != "public")


@given("a practitioner of its own", target_fixture="person")
def _(target: Target) -> Person:
    target.need(Administration)
    return target.need(Administration).new_person("own practitioner")


@given("another client registered for the same flow", target_fixture="other_client")
def _(target: Target, flows: Flows, person: Person) -> Client:
    other = target.client("second-confidential")
    flows.control(other, person)
    return other


@given("the client has been switched off")
def _(target: Target, client: Client) -> None:
    target.need(Administration).disable_client(client)


@given("the practitioner has been removed from the project")
def _(target: Target, person: Person) -> None:
    target.need(Administration).remove_membership(person.membership)


@given("the administrator has tried to make PKCE optional for the client")
def _(target: Target, client: Client) -> None:
    answer = target.need(PkceSetting).make_pkce_optional(client)
    if answer.status not in (200, 400, 409, 422):
        raise Blocked(f"the setting was neither taken nor refused: {answer.status}", answer)
