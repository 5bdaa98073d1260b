"""Requests to the authorization endpoint on every path, and what must come of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_bdd import given, parsers, then, when

from fixtures.flows.actors import Actors, AnyClient, AnyPerson
from fixtures.flows.flows import Flows
from fixtures.flows.target import Target
from fixtures.flows.values import Attempt, Tokens
from reports.deviation import Deviation, NotTested
from reports.exchange import Exchange
from steps.checks import authorization_response, redirects
from steps.checks.scope import left_out
from steps.vocabulary.redirect_uris import EVIL
from steps.vocabulary.roles import CLIENT, PERSON
from steps.vocabulary.tampering import SMUGGLED, TAMPERING, Tampering
from steps.vocabulary.words import matching, one_of

ERRORS = matching(r'"\w+"(?: or "\w+")*', lambda text: tuple(each.strip('"') for each in text.split(" or ")))
BY_THE_BROWSER: Callable[[str], str] = one_of(
    {"access token": "access_token", "refresh token": "refresh_token", "ID token": "id_token"}
)
WHO = {
    "Client": CLIENT,
    "Person": PERSON,
    "Tampering": TAMPERING,
    "Errors": ERRORS,
    "Token": BY_THE_BROWSER,
}


@dataclass(frozen=True)
class Answers:
    """Several answers that are judged together."""

    all: tuple[Exchange, ...]

    @property
    def exchange(self) -> Exchange:
        """The last of them."""
        return self.all[-1]


# ----- paths to a code


@given(
    parsers.cfparse(
        "{person:Person} can sign in to {client:Client} beside the authorization endpoint", extra_types=WHO
    )
)
def can_sign_in_directly(flows: Flows, actors: Actors, person: AnyPerson, client: AnyClient) -> None:
    flows.direct_control(actors.client(client), actors.person(person))


@when(
    parsers.cfparse(
        "{person:Person} signs in to {client:Client}{tampering:Tampering}, and the browser is sent back",
        extra_types=WHO,
    ),
    target_fixture="attempt",
)
def sign_in_and_be_sent_back(
    flows: Flows, actors: Actors, person: AnyPerson, client: AnyClient, tampering: Tampering
) -> Attempt:
    return flows.sent_back(actors.client(client), actors.person(person), tampering)


@when(
    parsers.cfparse(
        "{person:Person} signs in to {client:Client} beside the authorization endpoint{tampering:Tampering}",
        extra_types=WHO,
    ),
    target_fixture="attempt",
)
def sign_in_directly(
    flows: Flows, actors: Actors, person: AnyPerson, client: AnyClient, tampering: Tampering
) -> Attempt:
    return flows.attempt_directly(actors.client(client), actors.person(person), tampering)


@when(
    parsers.cfparse(
        "{client:Client} asks for a code without interaction in the session of {person:Person}{tampering:Tampering}",
        extra_types=WHO,
    ),
    target_fixture="attempt",
)
def ask_without_interaction(
    flows: Flows, actors: Actors, client: AnyClient, person: AnyPerson, tampering: Tampering
) -> Attempt:
    known = actors.last.known if actors.last else ()
    return flows.attempt_silently(actors.client(client), actors.person(person), tampering, known)


@when(
    parsers.cfparse(
        "{client:Client} asks for a code without interaction in no session of {person:Person}{tampering:Tampering}",
        extra_types=WHO,
    ),
    target_fixture="attempt",
)
def ask_without_session(
    flows: Flows, actors: Actors, client: AnyClient, person: AnyPerson, tampering: Tampering
) -> Attempt:
    known = actors.last.known if actors.last else ()
    who, whom = actors.client(client), actors.person(person)
    return flows.attempt_silently(who, whom, tampering, known, signed_in=False)


@when(
    parsers.cfparse(
        "{client:Client} asks for a code in the session of {person:Person}{tampering:Tampering}",
        extra_types=WHO,
    ),
    target_fixture="attempt",
)
def ask_in_session(
    flows: Flows, actors: Actors, client: AnyClient, person: AnyPerson, tampering: Tampering
) -> Attempt:
    return flows.attempt_unattended(actors.client(client), actors.person(person), tampering)


@when(
    parsers.cfparse(
        "{person:Person} signs in to {client:Client} at the pages of the server", extra_types=WHO
    ),
    target_fixture="attempt",
)
def sign_in_at_pages(flows: Flows, actors: Actors, person: AnyPerson, client: AnyClient) -> Attempt:
    return flows.at_pages(actors.client(client), actors.person(person))


@when(
    parsers.cfparse("{person:Person} denies {client:Client} at the pages of the server", extra_types=WHO),
    target_fixture="attempt",
)
def deny_at_pages(flows: Flows, actors: Actors, person: AnyPerson, client: AnyClient) -> Attempt:
    return flows.at_pages(actors.client(client), actors.person(person), denies=True)


# ----- pages and addresses


@when(
    parsers.cfparse("the browser is sent to the sign-in page of {client:Client}", extra_types=WHO),
    target_fixture="answer",
)
def sent_to_the_sign_in_page(flows: Flows, actors: Actors, client: AnyClient) -> Exchange:
    page = flows.sign_in_page(actors.client(client)).exchange
    if page.status is not None and 300 <= page.status < 400:
        raise NotTested(
            "people sign in at an application elsewhere; add its origin to [target] origins to look at its page"
        )
    if page.status != 200 or "html" not in (page.header("content-type") or ""):
        raise Deviation("unavailable", "a page at which a person can sign in", f"{page.status}", page)
    return page


@when(
    parsers.cfparse(
        "the server is asked for its metadata and a sign-in at {client:Client} with the header {name}: {value}",
        extra_types=WHO,
    ),
    target_fixture="answers",
)
def ask_with_a_header(flows: Flows, actors: Actors, client: AnyClient, name: str, value: str) -> Answers:
    return Answers(flows.asked_with(actors.client(client), (name, value)))


# ----- what must come of them


@then("there is no code, and the browser is not sent to a client")
@then("the browser is not sent to that redirect URI, and there is no code")
def not_sent_to_that_redirect_uri(attempt: Attempt) -> None:
    redirects.not_sent_there(attempt)


@then("the code comes to that redirect URI")
def code_comes_to_that_redirect_uri(attempt: Attempt) -> None:
    redirects.sent_there(attempt)


@then("no code comes")
def no_code_comes(attempt: Attempt) -> None:
    authorization_response.no_code(attempt)


@then("no code comes, and the browser is not sent away")
def no_code_comes_and_the_browser_stays(attempt: Attempt) -> None:
    authorization_response.no_code(attempt, stays=True)


@then(parsers.cfparse("no {token:Token} comes by the browser", extra_types=WHO))
def no_token_comes_by_the_browser(attempt: Attempt, token: str) -> None:
    authorization_response.nothing_by_the_browser(attempt, token)


@then("the state comes back as it was sent")
def state_comes_back(attempt: Attempt) -> None:
    authorization_response.state_returned(attempt)


@then("the state comes back as it was sent, or the request is refused")
def state_comes_back_or_not_at_all(attempt: Attempt) -> None:
    authorization_response.state_returned_or_refused(attempt)


@then("the error response is in form")
def error_response_is_in_form(attempt: Attempt) -> None:
    authorization_response.smuggled_nothing(attempt.response.exchange, SMUGGLED)
    authorization_response.error_in_form(attempt)


@then("the answer comes in the query")
def answer_comes_in_the_query(attempt: Attempt) -> None:
    authorization_response.comes_in(attempt, "query")


@then("the answer names the issuer")
def answer_names_the_issuer(target: Target, attempt: Attempt) -> None:
    authorization_response.names_issuer(attempt, target.discovery.issuer)


@then("the tokens are those of the same person as before")
def tokens_of_the_same_person(attempt: Attempt, tokens: Tokens) -> None:
    authorization_response.same_person(attempt, tokens)


@then("no token of that person is issued")
def no_token_of_that_person(attempt: Attempt, tokens: Tokens) -> None:
    authorization_response.not_that_person(attempt, tokens)


@then("the answer to the credentials lets no browser send them again")
def credentials_are_not_sent_again(attempt: Attempt) -> None:
    authorization_response.password_not_sent_on(attempt)


@then("the page loads nothing from elsewhere")
def page_loads_nothing_from_elsewhere(answer: Exchange) -> None:
    authorization_response.loads_nothing_from_elsewhere(answer)


@then("no address in its answers is of that host")
def no_address_of_that_host(answers: Answers) -> None:
    authorization_response.no_address_of(answers.all, EVIL)


@then("the URL of the authorization endpoint has no fragment")
def no_fragment_in_the_url(target: Target) -> None:
    url = str(target.discovery.authorization_endpoint)
    if "#" in url:
        raise Deviation("malformed", "a URL without a fragment", f"authorization_endpoint is {url!a}")


@then(parsers.cfparse("the authorization request is refused with {errors:Errors}", extra_types=WHO))
def authorization_request_is_refused(attempt: Attempt, errors: tuple[str, ...]) -> None:
    authorization_response.refused_with(attempt, errors)


@then(parsers.cfparse('"{scope}" is left out, or refused with {errors:Errors}', extra_types=WHO))
def scope_is_left_out(attempt: Attempt, scope: str, errors: tuple[str, ...]) -> None:
    left_out(attempt, scope, errors)
