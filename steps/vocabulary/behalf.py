"""On whose behalf a request is made: how its header names somebody, rightly and wrongly; and what must come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from pytest_bdd import given, parsers, then, when

from fixtures.adapters.capabilities import FhirApi
from fixtures.flows.actors import OPERATOR, Actors, AnyClient, AnyPerson, NewClient, Subject
from fixtures.flows.flows import Flows
from fixtures.flows.records import NEVER, Records
from fixtures.flows.target import Target
from fixtures.flows.values import Tokens
from fixtures.http import Pairs
from fixtures.protocol import fhir, token
from reports.deviation import NotApplicable
from reports.exchange import Exchange
from steps.checks import client_token
from steps.checks.author import written_by
from steps.vocabulary.interactions import RECORD
from steps.vocabulary.roles import CLIENT, MADE_CLIENT, MEMBERS, PERSON
from steps.vocabulary.words import alternatives, matching, one_of

# ----- how somebody is named


@dataclass(frozen=True)
class Named:
    """What there is to name somebody by: references of the profile and of the membership; the API's base URL."""

    profile: str
    membership: str
    base: str

    @property
    def kind(self) -> str:
        """The type of the profile."""
        return self.profile.partition("/")[0]

    @property
    def id(self) -> str:
        """The id of the profile."""
        return self.profile.partition("/")[2]

    def membership_with(self, id_: str) -> str:
        """A membership with another id."""
        return f"{self.membership.partition('/')[0]}/{id_}"


FORMS: dict[str, Callable[[Named], tuple[str, ...]]] = {
    "by profile": lambda named: (named.profile,),
    "by membership": lambda named: (named.membership,),
    # names that no profile and no membership has
    "by an empty value": lambda _: ("",),
    "by a word": lambda _: ("practitioner",),
    "by a profile that nobody ever had": lambda named: (f"{named.kind}/{NEVER}",),
    "by a membership that nobody ever had": lambda named: (named.membership_with(NEVER),),
    "by a profile of another type": lambda named: (f"Observation/{named.id}",),
    "by a membership with the id of the profile": lambda named: (named.membership_with(named.id),),
    "by the type of the profile alone": lambda named: (named.kind,),
    "by a profile without an id": lambda named: (f"{named.kind}/",),
    "by a profile with a wildcard": lambda named: (f"{named.kind}/*",),
    "by a search": lambda named: (f"{named.kind}?_id={named.id}",),
    "by a long text": lambda named: (f"{named.kind}/{'1' * 4000}",),
    "by an injection": lambda named: (f"{named.profile}' OR '1'='1",),
    "by a traversal": lambda named: (f"{named.kind}/{NEVER}/../{named.id}",),
    # other spellings of the right name, which a server may read
    "by the bare id of the profile": lambda named: (named.id,),
    "by the address of the profile": lambda named: (f"{named.base}/{named.profile}",),
    "by an encoded profile": lambda named: (quote(named.profile, safe=""),),
    "by a profile in another case": lambda named: (named.profile.swapcase(),),
    "by a version of the profile": lambda named: (f"{named.profile}/_history/1",),
    "by a reference in JSON": lambda named: (f'{{"reference": "{named.profile}"}}',),
    "by profile in two headers": lambda named: (named.profile, named.profile),
    "by profile in a list": lambda named: (f"{named.profile}, {named.profile}",),
    "by profile and by membership in two headers": lambda named: (named.profile, named.membership),
}

_SUBJECTS: dict[str, Subject] = {**MEMBERS, OPERATOR.title: OPERATOR}
_FORM, _SUBJECT = alternatives(FORMS), alternatives(_SUBJECTS)
_TWO = r" and of (?:{0}), (?:in two headers|in one header)"
BEHALF_PATTERN = rf"(?: on behalf of (?:{_SUBJECT})(?:, named (?:{_FORM})|{_TWO.format(_SUBJECT)}))?"


class Behalf:
    """Whom a request is for, in the words of a sentence; without words it is for nobody else."""

    def __init__(self, text: str) -> None:
        text = text.removeprefix(" on behalf of ")
        who, named, form = text.partition(", named ")
        self._form = FORMS[form] if named else None
        first, _, rest = who.partition(" and of ")
        second, _, where = rest.partition(", ")
        self._subjects = [_SUBJECTS[each] for each in (first, second) if each]
        self._in_one = where == "in one header"

    def __call__(self, actors: Actors) -> Pairs:
        """The header fields. Raises NotApplicable where nobody can act for somebody else."""
        if not self._subjects:
            return ()
        way, base = actors.on_behalf_of(), actors.target.need(FhirApi).fhir("").base
        found = [Named(*actors.subject(each), base) for each in self._subjects]
        if self._form:
            return way.behalf_headers(*self._form(found[0]))
        profiles = [each.profile for each in found]
        return way.behalf_headers(", ".join(profiles)) if self._in_one else way.behalf_headers(*profiles)


BEHALF = matching(BEHALF_PATTERN, Behalf)
WHAT = {
    "Behalf": BEHALF,
    "Client": CLIENT,
    "MadeClient": MADE_CLIENT,
    "Person": PERSON,
    "Record": RECORD,
    "Switch": one_of({"inactive": False, "active again": True}),
    "Subject": one_of(_SUBJECTS),
}

# ----- who is what in the project


@given(parsers.cfparse("{person:Person} has been made {on:Switch} in the project", extra_types=WHAT))
def make_active_or_not(actors: Actors, person: AnyPerson, on: bool) -> None:
    actors.on_behalf_of().set_active(actors.person(person).membership, on=on)


@given(parsers.cfparse("{client:MadeClient} has lost its administrator's rights", extra_types=WHAT))
def lose_rights(actors: Actors, client: NewClient) -> None:
    actors.on_behalf_of().set_administrator(actors.client(client).membership, on=False)


# ----- routes

Route = tuple[str, str, object]
CLOSED = (401, 403, 404)


@given(
    parsers.cfparse(
        "the protected routes that open to {client:Client} and are closed to {person:Person}",
        extra_types=WHAT,
    ),
    target_fixture="routes",
)
def routes_between(
    target: Target, flows: Flows, actors: Actors, client: AnyClient, person: AnyPerson
) -> list[Route]:
    of_client, of_person = (fhir.bearer(actors.tokens(each).access) for each in (client, person))
    closed = [each for each in target.adapter.protected_routes() if _status(flows, each, of_person) in CLOSED]
    found = [each for each in closed if 200 <= _status(flows, each, of_client) < 300]
    if not found:
        raise NotApplicable(f"no protected route is open to {client.title} and closed to {person.title}")
    return found


def _status(flows: Flows, route: Route, headers: Pairs) -> int:
    method, url, body = route
    return flows.http.session().send(method, url, json=body, headers=headers).status or 0


@when(
    parsers.cfparse("{client:Client} asks each route{behalf:Behalf}", extra_types=WHAT),
    target_fixture="answers",
)
def ask_each_route_on_behalf(
    flows: Flows,
    actors: Actors,
    routes: list[Route],
    client: AnyClient,
    behalf: Behalf,
) -> list[Exchange]:
    headers = (*fhir.bearer(actors.tokens(client).access), *behalf(actors))
    session = flows.http.session()
    return [session.send(method, url, json=body, headers=headers) for method, url, body in routes]


# ----- tokens and userinfo


@when(
    parsers.cfparse("{client:Client} asks for a token of its own{behalf:Behalf}", extra_types=WHAT),
    target_fixture="answer",
)
def ask_for_a_token_on_behalf(flows: Flows, actors: Actors, client: AnyClient, behalf: Behalf) -> Exchange:
    request = token.client_credentials_request(actors.client(client).auth())
    return flows.token(request, tuple(behalf(actors)))


@then("the access token, if any, names the same holder")
def access_token_names_the_same(tokens: Tokens, answer: Exchange) -> None:
    client_token.names_the_same(tokens, answer)


@when(
    parsers.cfparse(
        "the userinfo endpoint is asked with the tokens of {person:Person}{behalf:Behalf}", extra_types=WHAT
    ),
    target_fixture="answer",
)
def ask_userinfo_on_behalf(
    target: Target, flows: Flows, actors: Actors, person: AnyPerson, behalf: Behalf
) -> Exchange:
    access_token, headers = actors.tokens(person).access, tuple(behalf(actors))
    return flows.get(target.protected_url("userinfo"), access_token, headers)


# ----- what the record says


@then(
    parsers.cfparse(
        "what was written of {name:Record} names {client:Client} as its author and {subject:Subject} as whom it was "
        "for",
        extra_types=WHAT,
    )
)
def record_names(
    actors: Actors, records: Records, answer: Exchange, name: str, client: AnyClient, subject: Subject
) -> None:
    record = records[name]
    author, behalf = actors.subject(client)[0], actors.subject(subject)[0]
    written_by(answer, record.resource, record.now(records.keeper(extended=True)), author, behalf)
