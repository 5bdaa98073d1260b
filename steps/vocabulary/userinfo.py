"""The userinfo endpoint: what it tells of whom, whatever else comes with the token."""

from __future__ import annotations

from typing import Literal, cast

from pytest_bdd import given, parsers, then, when

from fixtures.flows import control
from fixtures.flows.actors import Actors, AnyClient, AnyPerson
from fixtures.flows.flows import Flows
from fixtures.flows.target import Target
from fixtures.flows.values import Tokens
from fixtures.http import Session
from fixtures.protocol import fhir, jwt
from reports.deviation import Blocked, NotApplicable
from reports.exchange import Exchange
from steps.checks import userinfo as check
from steps.vocabulary.roles import CLIENT, PERSON
from steps.vocabulary.tampering import TAMPERING, Tampering
from steps.vocabulary.words import one_of

Where = Literal["query", "form", "header"]
# By what a careless endpoint might let a caller choose the person: a subject identifier or a user name.
BY_SUBJECT = ("sub", "user_id", "id", "uid", "subject")
BY_NAME = ("username", "email", "login_hint", "user")
WHO = {
    "Client": CLIENT,
    "Person": PERSON,
    "Tampering": TAMPERING,
    "Name": one_of({name: name for name in (*BY_SUBJECT, *BY_NAME)}),
    "Where": one_of({f"in the {place}": place for place in ("query", "form")}),
}


@given(
    parsers.cfparse(
        "{person:Person} has tokens of {client:Client}{tampering:Tampering}, which the server need not give",
        extra_types=WHO,
    ),
    target_fixture="tokens",
)
def has_tokens_where_the_server_gives_them(
    actors: Actors, person: AnyPerson, client: AnyClient, tampering: Tampering
) -> Tokens:
    actors.person_tokens(person, client)
    try:
        return actors.person_tokens(person, client, tampering)
    except Blocked as refusal:
        raise NotApplicable(f"the server gives no such tokens: {refusal}") from refusal


@given(
    parsers.cfparse("the userinfo endpoint tells of {person:Person}", extra_types=WHO), target_fixture="told"
)
def userinfo_tells(target: Target, flows: Flows, actors: Actors, person: AnyPerson) -> Exchange:
    answer = flows.get(target.protected_url("userinfo"), actors.tokens(person).access)
    return control.served(answer, "the userinfo endpoint does not open to the access token")


@given(
    parsers.cfparse("{person:Person} has signed in to {client:Client} after that", extra_types=WHO),
    target_fixture="later_session",
)
def has_signed_in_after_that(flows: Flows, actors: Actors, person: AnyPerson, client: AnyClient) -> Session:
    """The browser of a person who signed in last, and whose client has got its tokens."""
    grant = flows.sign_in(actors.client(client), actors.person(person))
    flows.redeem(grant)
    return grant.session


@when(
    parsers.cfparse(
        "the userinfo endpoint is asked with the tokens of {person:Person} once more", extra_types=WHO
    ),
    target_fixture="answer",
)
def ask_once_more(target: Target, flows: Flows, actors: Actors, person: AnyPerson) -> Exchange:
    return flows.get(target.protected_url("userinfo"), actors.tokens(person).access)


@when(
    parsers.cfparse(
        "the userinfo endpoint is asked with the tokens of {person:Person} in the browser that signed in last",
        extra_types=WHO,
    ),
    target_fixture="answer",
)
def ask_in_the_other_browser(
    target: Target, actors: Actors, later_session: Session, person: AnyPerson
) -> Exchange:
    """Its cookies are those of the other person's session."""
    bearer = fhir.bearer(actors.tokens(person).access)
    return later_session.send("GET", target.protected_url("userinfo"), headers=bearer)


@when(
    parsers.cfparse(
        "the userinfo endpoint is asked with the tokens of {person:Person} and the {name:Name} of {other:Person} "
        "{where:Where}",
        extra_types=WHO,
    ),
    target_fixture="answer",
)
def ask_with_a_parameter(
    target: Target, flows: Flows, actors: Actors, person: AnyPerson, name: str, other: AnyPerson, where: str
) -> Exchange:
    value = _subject_of(actors.tokens(other)) if name in BY_SUBJECT else actors.person(other).username
    place = cast("Where", where)
    return flows.http.session().send(
        "POST" if place == "form" else "GET",
        target.protected_url("userinfo"),
        headers=fhir.bearer(actors.tokens(person).access),
        form=((name, value),) if place == "form" else None,
        params=((name, value),) if place == "query" else (),
    )


def _subject_of(tokens: Tokens) -> str:
    token = jwt.read(tokens.id_token)
    if token is None:
        raise NotApplicable("the tokens came with no ID token that could be read")
    return str(token.claims.get("sub"))


@then("the answer is a userinfo response in form")
def userinfo_response_in_form(answer: Exchange) -> None:
    check.claims_of(answer)


@then("the sub of the answer is that of the ID token")
def subject_is_that_of_the_id_token(answer: Exchange, tokens: Tokens) -> None:
    check.same_subject(answer, tokens)


@then("the answer tells of the same person as before, or is a refusal")
def tells_of_the_same_person(answer: Exchange, told: Exchange) -> None:
    check.same_person(answer, told)


@then("the answer tells nothing that the granted scope does not ask for")
def tells_nothing_beyond_scope(answer: Exchange, tokens: Tokens) -> None:
    check.nothing_beyond_scope(answer, tokens)


@then("the answer tells an email address")
def tells_an_email_address(answer: Exchange, tokens: Tokens) -> None:
    check.tells_email(answer, tokens)
