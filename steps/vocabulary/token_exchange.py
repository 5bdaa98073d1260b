"""Token exchange (RFC 8693): a subject token for a token of the target's."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from pytest_bdd import given, parsers, then, when

from fixtures.adapters.capabilities import FormerExchange, OutsideProviders
from fixtures.flows import control
from fixtures.flows.actors import Actors, AnyClient, AnyPerson
from fixtures.flows.exchange import Exchanges, Subject
from fixtures.flows.flows import Flows
from fixtures.flows.target import Target
from fixtures.flows.values import Tokens, tokens_of
from reports.deviation import Blocked, NotApplicable
from reports.exchange import Exchange
from steps.checks import exchange as check
from steps.checks.outcome import Outcomes
from steps.vocabulary.forgeries import FORGERY, Bench, Forgery, token_of
from steps.vocabulary.outcomes import OUTCOMES
from steps.vocabulary.outside import WHAT_IS_SAID, Said
from steps.vocabulary.roles import CLIENT, PERSON
from steps.vocabulary.tampering import TAMPERING, Tampering
from steps.vocabulary.words import one_of

WHO = {
    "Client": CLIENT,
    "Person": PERSON,
    "Tampering": TAMPERING,
    "Forgery": FORGERY,
    "Said": WHAT_IS_SAID,
    "Outcomes": OUTCOMES,
}


@pytest.fixture
def exchanges(actors: Actors) -> Exchanges:
    """The exchanges of this scenario."""
    return Exchanges(actors)


# ----- subject tokens


@given(
    parsers.cfparse("{client:Client} has exchanged a subject token of {person:Person}", extra_types=WHO),
    target_fixture="subject",
)
def has_exchanged_a_subject_token(exchanges: Exchanges, client: AnyClient, person: AnyPerson) -> Subject:
    """The control: this token has been exchanged."""
    exchanges.exchanged(person, client)
    return exchanges.subject(person, client)


@given(
    parsers.cfparse("{person:Person} has exchanged tokens of {client:Client}", extra_types=WHO),
    target_fixture="tokens",
)
def has_exchanged_tokens(
    actors: Actors, exchanges: Exchanges, person: AnyPerson, client: AnyClient
) -> Tokens:
    return actors.hold(person, exchanges.exchanged(person, client))


@given(
    parsers.cfparse(
        "{person:Person} has a subject token for {client:Client} {said:Said}",
        extra_types=WHO,
    ),
    target_fixture="subject",
)
def has_a_subject_token(
    exchanges: Exchanges, actors: Actors, person: AnyPerson, client: AnyClient, said: Said
) -> Subject:
    sign_in = said(actors.person(person).username)
    return exchanges.outside(person, actors.registration(client), sign_in)


@given(
    parsers.cfparse(
        "{person:Person} has a subject token of another application than {client:Client}", extra_types=WHO
    ),
    target_fixture="subject",
)
def has_a_token_of_another_application(exchanges: Exchanges, person: AnyPerson, client: AnyClient) -> Subject:
    return exchanges.of_another_application(person, client)


@given(
    parsers.cfparse(
        "{person:Person} has a subject token of another provider than that of {client:Client}",
        extra_types=WHO,
    ),
    target_fixture="subject",
)
def has_a_token_of_another_provider(exchanges: Exchanges, person: AnyPerson, client: AnyClient) -> Subject:
    return exchanges.of_another_provider(person, client)


@given("the provider has ended it since")
def ended_by_the_provider(exchanges: Exchanges, subject: Subject) -> None:
    exchanges.end(subject)


@given(parsers.cfparse("{client:Client} has exchanged it once", extra_types=WHO))
def has_exchanged_it_once(exchanges: Exchanges, subject: Subject, client: AnyClient) -> None:
    answer = exchanges.send(exchanges.request(client, subject))
    if tokens_of(answer) is None:
        raise Blocked(f"control: no exchange, but {answer.status}", answer)


@given(
    parsers.cfparse("{client:Client} has exchanged it once, which the server need not do", extra_types=WHO)
)
def has_exchanged_it_where_the_server_does(exchanges: Exchanges, subject: Subject, client: AnyClient) -> None:
    answer = exchanges.send(exchanges.request(client, subject))
    if tokens_of(answer) is None:
        raise NotApplicable(f"the server does not take such an answer of the provider: {answer.status}")


@given(
    parsers.cfparse(
        "{client:Client} has exchanged it for the membership of {person:Person}, which is its own",
        extra_types=WHO,
    )
)
def has_exchanged_it_for_its_own_membership(
    exchanges: Exchanges, actors: Actors, subject: Subject, client: AnyClient, person: AnyPerson
) -> None:
    answer = exchanges.send_for(client, subject, actors.person(person).membership)
    if tokens_of(answer) is None:
        raise NotApplicable(f"the server does not let a membership be chosen: {answer.status}")


@given(
    parsers.cfparse("userinfo tells of {person:Person} without an exchange", extra_types=WHO),
    target_fixture="told",
)
def userinfo_tells_without_an_exchange(
    target: Target, flows: Flows, exchanges: Exchanges, person: AnyPerson
) -> Exchange:
    answer = flows.get(target.protected_url("userinfo"), exchanges.own_tokens(person).access)
    return control.served(answer, "userinfo does not tell of the person")


# ----- exchanges


@when(
    parsers.cfparse("{client:Client} exchanges it{tampering:Tampering}", extra_types=WHO),
    target_fixture="answer",
)
def exchange_it(exchanges: Exchanges, subject: Subject, client: AnyClient, tampering: Tampering) -> Exchange:
    return exchanges.send(tampering(exchanges.request(client, subject)))


@when(
    parsers.cfparse("{client:Client} exchanges it {forgery:Forgery}", extra_types=WHO),
    target_fixture="answer",
)
def exchange_a_forgery(
    exchanges: Exchanges, subject: Subject, client: AnyClient, bench: Bench, forgery: Forgery
) -> Exchange:
    forged = forgery(token_of(subject.token, "the subject token"), bench)
    return exchanges.send(exchanges.request(client, subject).having(subject_token=forged))


@when(
    parsers.cfparse("{client:Client} exchanges it for the membership of {person:Person}", extra_types=WHO),
    target_fixture="answer",
)
def exchange_it_for_a_membership(
    exchanges: Exchanges, actors: Actors, subject: Subject, client: AnyClient, person: AnyPerson
) -> Exchange:
    return exchanges.send_for(client, subject, actors.person(person).membership)


@when(
    parsers.cfparse("{client:Client} exchanges it for a membership that nobody has", extra_types=WHO),
    target_fixture="answer",
)
def exchange_it_for_no_membership(exchanges: Exchanges, subject: Subject, client: AnyClient) -> Exchange:
    return exchanges.send_for(client, subject, f"ProjectMembership/{uuid.uuid4()}")


@given(
    parsers.cfparse(
        "{client:Client} has exchanged a subject token of {person:Person} at the former endpoint",
        extra_types=WHO,
    )
)
def has_exchanged_formerly(
    target: Target, exchanges: Exchanges, actors: Actors, client: AnyClient, person: AnyPerson
) -> None:
    subject = exchanges.subject(person, client)
    answer = target.need(FormerExchange).exchange_formerly(actors.client(client), subject.token)
    if tokens_of(answer) is None:
        raise Blocked(f"control: no exchange at the former endpoint, but {answer.status}", answer)


@given(parsers.cfparse("{client:Client} is refused with it at the standard endpoint", extra_types=WHO))
def is_refused_at_the_standard_endpoint(exchanges: Exchanges, subject: Subject, client: AnyClient) -> None:
    answer = exchanges.send(exchanges.request(client, subject))
    if tokens_of(answer) is not None:
        raise NotApplicable("the standard endpoint takes it too, which requirements of their own judge")


@when(
    parsers.cfparse("{client:Client} exchanges it at the former endpoint", extra_types=WHO),
    target_fixture="answer",
)
def exchange_it_formerly(target: Target, actors: Actors, subject: Subject, client: AnyClient) -> Exchange:
    return target.need(FormerExchange).exchange_formerly(actors.client(client), subject.token)


# ----- how they are answered


ANSWER: Callable[[str], Callable[[Exchange], None]] = one_of(
    {
        "names the type of the token that was issued": check.names_the_type,
        "names the type that was issued, and no other": check.names_the_true_type,
    }
)


@then(parsers.cfparse("the exchange {rule:Rule}", extra_types={"Rule": ANSWER}))
def exchange_keeps(answer: Exchange, rule: Callable[[Exchange], None]) -> None:
    rule(answer)


@then(
    parsers.cfparse(
        'the exchange leaves "{scope}" out, or is refused with {outcomes:Outcomes}', extra_types=WHO
    )
)
def exchange_leaves_out(answer: Exchange, scope: str, outcomes: Outcomes) -> None:
    check.leaves_out(answer, scope, outcomes)


@then(
    parsers.cfparse(
        "the token is for what was asked, or the request is refused with {outcomes:Outcomes}", extra_types=WHO
    )
)
def token_is_for_what_was_asked(answer: Exchange, outcomes: Outcomes) -> None:
    check.is_for_what_was_asked(answer, outcomes)


@then("userinfo tells of the same person as without an exchange")
def speaks_for_the_same(answer: Exchange, told: Exchange) -> None:
    check.speaks_for_the_same(answer, told)


@then("no token is issued, and the server does not fail")
def no_token_and_no_failure(answer: Exchange) -> None:
    check.without_a_token(answer)


@then("nobody but the userinfo endpoint was asked")
def nobody_else_was_asked(target: Target, exchanges: Exchanges, subject: Subject, answer: Exchange) -> None:
    target.need(OutsideProviders)
    check.asked_nobody_else(answer, exchanges.asked_with(subject))
