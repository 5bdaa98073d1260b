"""Records by their names: who made them, who tries what with them, and what must have come of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace

import pytest
from pytest_bdd import given, parsers, then, when

from fixtures.adapters.capabilities import FhirApi
from fixtures.cast import ClientRole, Project
from fixtures.flows import control
from fixtures.flows.actors import ANYBODY, Actors, AnyClient, AnyPerson, Caller, NewClient
from fixtures.flows.records import NEVER, Records
from fixtures.flows.target import Target
from fixtures.protocol.fhir import Fhir, reference_of, resources_of
from reports.deviation import Blocked, NotApplicable
from reports.exchange import Exchange
from steps.checks import access
from steps.checks.author import authored_by
from steps.checks.bearer import served
from steps.checks.outcome import Outcomes
from steps.vocabulary.behalf import BEHALF_PATTERN, Behalf
from steps.vocabulary.interactions import INTERACTION, RECORD, RECORDS_NAMED, Interaction
from steps.vocabulary.outcomes import OUTCOMES
from steps.vocabulary.roles import AUTHOR, CALLER, CLIENT, PERSON
from steps.vocabulary.tampering import TAMPERING_PATTERN, Tampering
from steps.vocabulary.words import matching, one_of


@pytest.fixture
def records(target: Target) -> Records:
    """The records of this scenario."""
    return Records(target)


class Means:
    """How a caller shows who it is, with its token or by Basic with its own id and secret; and for whom."""

    def __init__(self, text: str) -> None:
        credentials, on, subject = text.partition(" on behalf of ")
        self._credentials, _, tampering = credentials.strip().partition(" with ")
        self._tampering = Tampering(f"with {tampering}" if tampering else "")
        self._behalf = Behalf(on + subject)

    def __call__(self, actors: Actors, caller: Caller) -> Fhir:
        """The API for the caller."""
        api = self._api(actors, caller)
        return replace(api, headers=(*api.headers, *self._behalf(actors)))

    def _api(self, actors: Actors, caller: Caller) -> Fhir:
        if self._credentials == NO_CREDENTIALS:
            return actors.api(ANYBODY)
        if self._credentials == UNKNOWN_TOKEN:
            return actors.target.need(FhirApi).fhir(secrets.token_urlsafe())
        if self._credentials != "by Basic":
            return actors.api(caller)
        if not isinstance(caller, ClientRole | NewClient):
            raise TypeError(f"{caller.title} has no client_id")
        return actors.api_with_basic(self._tampering(actors.basic_request(caller)).auth)


NO_CREDENTIALS, UNKNOWN_TOKEN = "without credentials", "by a Bearer token that nobody issued"
_CREDENTIALS = rf"(?: (?:by Bearer|by Basic(?:{TAMPERING_PATTERN})|{NO_CREDENTIALS}|{UNKNOWN_TOKEN}))?"
MEANS = matching(_CREDENTIALS + BEHALF_PATTERN, Means)
PROJECT: Callable[[str], Project] = one_of({"": "main", " of the other project": "other"})
WHAT = {
    "Means": MEANS,
    "Project": PROJECT,
    "Caller": CALLER,
    "Client": CLIENT,
    "Person": PERSON,
    "Interaction": INTERACTION,
    "Record": RECORD,
    "Records": RECORDS_NAMED,
    "Outcomes": OUTCOMES,
    "Author": AUTHOR,
}

# ----- what is there


@given(parsers.cfparse("the records{project:Project} hold {name:Record}", extra_types=WHAT))
def records_hold(records: Records, project: Project, name: str) -> None:
    records.make(name, project=project)


@given(parsers.cfparse("the records hold {name:Record} in the care of {person:Person}", extra_types=WHAT))
def records_hold_in_the_care_of(records: Records, actors: Actors, name: str, person: AnyPerson) -> None:
    records.make(name, generalPractitioner=[{"reference": actors.person(person).profile}])


# ----- the control: what is allowed works


@given(
    parsers.cfparse(
        "{caller:Caller} can {interaction:Interaction} {name:Record}{means:Means}", extra_types=WHAT
    )
)
def can(
    actors: Actors, records: Records, caller: Caller, interaction: Interaction, name: str, means: Means
) -> None:
    answer = interaction(means(actors, caller), (records[name],))
    control.served(answer, f"{caller.title} may not, though it is within reach")


@given(
    parsers.cfparse("{caller:Caller} can {interaction:Interaction} a twin of {name:Record}", extra_types=WHAT)
)
def can_with_a_twin(
    actors: Actors, records: Records, caller: Caller, interaction: Interaction, name: str
) -> None:
    answer = interaction(actors.api(caller), (records[name].twin(),))
    control.served(answer, f"{caller.title} may not with all rights either")


@given(
    parsers.cfparse(
        "{caller:Caller} finds {name:Record} when they {interaction:Interaction} it", extra_types=WHAT
    )
)
def finds(actors: Actors, records: Records, caller: Caller, name: str, interaction: Interaction) -> None:
    answer = interaction(actors.api(caller), (records[name],))
    if records[name].id not in [each.get("id") for each in resources_of(answer)]:
        raise Blocked(f"control: {caller.title} does not find it: {answer.status}", answer)


@given(
    parsers.cfparse(
        "a server whose administrator can {interaction:Interaction} a twin of {name:Record}", extra_types=WHAT
    )
)
def a_server_where_the_administrator_can(records: Records, interaction: Interaction, name: str) -> None:
    """A way that a server need not have."""
    answer = interaction(records.keeper(), (records[name].twin(),))
    try:
        control.served(answer, "")
    except Blocked:
        raise NotApplicable(f"the server does not know this way, or not like this: {answer.status}") from None


@given(
    parsers.cfparse(
        "{caller:Caller} sees {name:Record} when they {interaction:Interaction} {asked:Record}, or is refused",
        extra_types=WHAT,
    )
)
def sees_or_is_refused(
    actors: Actors, records: Records, caller: Caller, name: str, interaction: Interaction, asked: str
) -> None:
    """A way that a server may close to whoever is bound at all: then there is nothing to find out on it."""
    answer = interaction(actors.api(caller), (records[asked],))
    if answer.status == 403:
        raise NotApplicable(f"the server refuses this way to {caller.title}, whatever it asks for")
    if records[name].id not in access.shown_in(answer):
        raise Blocked(f"control: {caller.title} does not see it: {answer.status}", answer)


@given(
    parsers.cfparse(
        "a server whose administrator sees {name:Record} when they {interaction:Interaction} {asked:Record}",
        extra_types=WHAT,
    )
)
def a_server_where_the_administrator_sees(
    records: Records, name: str, interaction: Interaction, asked: str
) -> None:
    """A way that a server need not have."""
    answer = interaction(records.keeper(), (records[asked],))
    if records[name].id not in access.shown_in(answer):
        raise NotApplicable(f"the server does not know this way, or not like this: {answer.status}")


# ----- what is tried


@when(
    parsers.cfparse(
        "{caller:Caller} tries to {interaction:Interaction} {names:Records}{means:Means}", extra_types=WHAT
    ),
    target_fixture="answer",
)
def try_to(
    actors: Actors,
    records: Records,
    caller: Caller,
    interaction: Interaction,
    names: tuple[str, ...],
    means: Means,
) -> Exchange:
    return interaction(means(actors, caller), tuple(records[name] for name in names))


@when(
    parsers.cfparse(
        "{caller:Caller} tries to {interaction:Interaction} {name:Record} under an id that never existed",
        extra_types=WHAT,
    ),
    target_fixture="unknown",
)
def try_under_an_unknown_id(
    actors: Actors, records: Records, caller: Caller, interaction: Interaction, name: str
) -> Exchange:
    return interaction(actors.api(caller), (records[name].under_an_id_that_never_existed,))


@when(
    parsers.cfparse(
        "{client:Client} creates a copy of {name:Record} that names {author:Author} as its author",
        extra_types=WHAT,
    ),
    target_fixture="answer",
)
def create_in_the_name_of(
    actors: Actors, records: Records, client: AnyClient, name: str, author: AnyPerson | None
) -> Exchange:
    """The answer is what the server says of it when it is read again."""
    api = actors.api(client, extended=True)
    named = {"meta": {"author": {"reference": actors.person(author).profile}}} if author else {}
    made = api.create({**records[name].copy, **named})
    served(made)
    return api.read(reference_of(made.json()))


# ----- what must have come of it


@then(parsers.cfparse("{name:Record} has not changed", extra_types=WHAT))
def has_not_changed(records: Records, answer: Exchange, name: str) -> None:
    access.unchanged(records[name].resource, records[name].now(), answer)


@then(
    parsers.cfparse(
        "the birth date of {name:Record} is kept, served or refused with {outcomes:Outcomes}",
        extra_types=WHAT,
    )
)
def birth_date_is_kept(records: Records, answer: Exchange, name: str, outcomes: Outcomes) -> None:
    record = records[name]
    access.field_kept(record.resource, record.now(), "birthDate", answer, outcomes)


@then(parsers.cfparse("the telecom of {name:Record} is not shown", extra_types=WHAT))
def telecom_is_not_shown(records: Records, answer: Exchange, name: str) -> None:
    access.field_hidden(answer, records[name].id, "telecom", records[name].email)


@then(parsers.cfparse("the search shows {inside:Record} and not {outside:Record}", extra_types=WHAT))
def search_shows(records: Records, answer: Exchange, inside: str, outside: str) -> None:
    access.finds_only(answer, records[inside].id, records[outside].id)


@then(parsers.cfparse("the search finds nothing, or is refused with {outcomes:Outcomes}", extra_types=WHAT))
def search_finds_nothing(answer: Exchange, outcomes: Outcomes) -> None:
    access.finds_nothing(answer, outcomes)


@then(parsers.parse("the total is {number:d}"))
def total_is(answer: Exchange, number: int) -> None:
    access.counts(answer, number)


@then(parsers.cfparse("the answer for {name:Record} is that for one that never existed", extra_types=WHAT))
def answer_is_that_for_an_unknown_one(
    records: Records, answer: Exchange, unknown: Exchange, name: str
) -> None:
    access.same_as_unknown(answer, unknown, (records[name].id, NEVER))


@then(parsers.cfparse("{client:Client} is named as its author", extra_types=WHAT))
def author_is(actors: Actors, answer: Exchange, client: AnyClient) -> None:
    authored_by(answer, actors.client(client).id)
