"""Requests to protected resources, with a token in the right place, in the wrong one, forged, or with none."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from pytest_bdd import given, parsers, then, when

from fixtures.flows import control
from fixtures.flows.actors import Actors, AnyPerson
from fixtures.flows.flows import Flows
from fixtures.flows.target import Target
from fixtures.flows.values import Tokens
from fixtures.protocol import fhir
from fixtures.protocol.opened import opened
from fixtures.target.clock import after_expiry, late_enough
from reports.deviation import Blocked, NotApplicable, NotTested
from reports.exchange import Exchange
from steps.checks import refusal
from steps.checks.access import operation_outcome
from steps.checks.access_token import lifetime_of
from steps.checks.bearer import served
from steps.checks.outcome import Outcomes
from steps.vocabulary.forgeries import FORGERIES, FORGERY_PATTERN, Bench, token_of
from steps.vocabulary.outcomes import OUTCOMES
from steps.vocabulary.roles import PERSON
from steps.vocabulary.words import alternatives, matching, one_of

# ----- where


class Place:
    """A protected resource of the target that a person's access token opens."""

    def __init__(self, text: str) -> None:
        self.text, self.is_userinfo, self.posts = text, "userinfo" in text, "POST" in text

    def address(self, target: Target) -> str:
        """Its URL. Raises NotApplicable where the target has none."""
        url = target.protected_url("userinfo") if self.is_userinfo else target.adapter.form_url()
        url = url if self.is_userinfo or self.posts else target.protected_url("api")
        if url is None:
            raise NotApplicable(f"the target has no {self.text.removeprefix('the ')}")
        return url

    def ask(self, target: Target, flows: Flows, sent: Mapping[str, Any]) -> Exchange:
        """One request; a POST carries a form, empty where nothing is sent in it."""
        method = "POST" if self.posts else "GET"
        form = sent.get("form", ()) if self.posts else None
        rest = {name: value for name, value in sent.items() if name != "form"}
        return flows.http.session().send(method, self.address(target), form=form, **rest)


_PLACES = ("the API", "the API by POST", "the userinfo endpoint", "the userinfo endpoint by POST")
PLACE = matching(alternatives(_PLACES), Place)

# ----- with what

Credential = Callable[[Tokens, Bench], dict[str, Any]]


def _bearer(token: str, scheme: str = "Bearer") -> dict[str, Any]:
    return {"headers": (("Authorization", f"{scheme} {token}"),)}


def _id_token(tokens: Tokens, _: Bench) -> dict[str, Any]:
    """Whether there has to be one is a requirement of its own."""
    if not tokens.id_token:
        raise NotApplicable("the answer has no ID token")
    return _bearer(tokens.id_token)


def _refresh_token(tokens: Tokens, _: Bench) -> dict[str, Any]:
    if not tokens.refresh:
        raise Blocked("the server claims refresh tokens, but gave none", tokens.exchange)
    return _bearer(tokens.refresh)


_CREDENTIALS: dict[str, Credential] = {
    "the access token": lambda tokens, _: _bearer(tokens.access),
    "the ID token": _id_token,
    "the refresh token": _refresh_token,
    "a token that nobody issued": lambda *_: _bearer(secrets.token_urlsafe()),
    "no credentials": lambda *_: {},
    'the access token under the scheme "bearer"': lambda tokens, _: _bearer(tokens.access, "bearer"),
    "the access token after two spaces": lambda tokens, _: _bearer(tokens.access, "Bearer "),
    "the access token in the query": lambda tokens, _: {"params": (("access_token", tokens.access),)},
    "the access token in the form": lambda tokens, _: {"form": (("access_token", tokens.access),)},
    "the access token in the header and in the form": lambda tokens, _: {
        **_bearer(tokens.access),
        "form": (("access_token", tokens.access),),
    },
}


def _credential_of(text: str) -> Credential:
    if text in _CREDENTIALS:
        return _CREDENTIALS[text]
    forgery = FORGERIES[text.removeprefix("the access token ")]
    return lambda tokens, bench: _bearer(forgery(token_of(tokens.access), bench))


CREDENTIAL = matching(f"{alternatives(_CREDENTIALS)}|the access token (?:{FORGERY_PATTERN})", _credential_of)
_ERRORS: dict[str, str | None] = {"no error": None}
_ERRORS |= {
    f'the error "{error}"': error for error in ("invalid_token", "insufficient_scope", "invalid_request")
}
ERROR = one_of(_ERRORS)
SENT = {"Place": PLACE, "Credential": CREDENTIAL, "Person": PERSON, "Outcomes": OUTCOMES, "Error": ERROR}


@given(parsers.cfparse("{place:Place} opens to the access token", extra_types=SENT))
def place_opens(target: Target, flows: Flows, tokens: Tokens, place: Place) -> None:
    answer = place.ask(target, flows, _bearer(tokens.access))
    control.served(answer, f"{place.text} does not open to the access token")


@given(parsers.cfparse("{place:Place} takes {credential:Credential}", extra_types=SENT))
def place_takes(
    target: Target, flows: Flows, bench: Bench, tokens: Tokens, place: Place, credential: Credential
) -> None:
    """A way that a server may offer. Raises NotApplicable where it does not."""
    answer = place.ask(target, flows, credential(tokens, bench))
    if not opened(answer):
        raise NotApplicable(f"{place.text} does not take a token sent in this way: {answer.status}")


@when(
    parsers.cfparse("{place:Place} is asked with {credential:Credential}", extra_types=SENT),
    target_fixture="answer",
)
def ask(
    target: Target, flows: Flows, bench: Bench, tokens: Tokens, place: Place, credential: Credential
) -> Exchange:
    return place.ask(target, flows, credential(tokens, bench))


@when(
    parsers.cfparse("{place:Place} is asked with the access token after its end", extra_types=SENT),
    target_fixture="answer",
)
def ask_after_the_end(target: Target, flows: Flows, tokens: Tokens, place: Place) -> Exchange:
    lifetime = lifetime_of(tokens)
    headers, beyond = after_expiry(target.profile, lifetime)
    answer = place.ask(target, flows, {"headers": (*fhir.bearer(tokens.access), *headers)})
    if opened(answer) and not beyond:
        raise NotTested(late_enough(lifetime))
    return answer


@then("the request is served")
def request_is_served(answer: Exchange) -> None:
    served(answer)


@then(parsers.cfparse("the Bearer challenge of the refusal has {error:Error}", extra_types=SENT))
def challenge_has(answer: Exchange, error: str | None) -> None:
    refusal.challenged_with(answer, error)


@then("the refusal is an OperationOutcome that shows no inner workings")
def refusal_is_an_operation_outcome(answer: Exchange) -> None:
    operation_outcome(answer)


# ----- the inventory of protected routes


@given(
    parsers.cfparse("the protected routes that know the access token of {person:Person}", extra_types=SENT),
    target_fixture="routes",
)
def known_routes(
    target: Target, flows: Flows, actors: Actors, person: AnyPerson
) -> list[tuple[str, str, Any]]:
    header = _bearer(actors.tokens(person).access)
    known = []
    for method, url, body in target.adapter.protected_routes():
        answer = flows.http.session().send(method, url, json=body, **header)
        # 403 is an answer to who asked; 404 and 405 may mean that this target has no such route.
        if opened(answer) or answer.status == 403:
            known.append((method, url, body))
    if not known:
        raise NotApplicable("the target has no protected route that the access token is known at")
    return known


@when("each route is asked without a token", target_fixture="answers")
def ask_each_route(flows: Flows, routes: list[tuple[str, str, Any]]) -> list[Exchange]:
    return [flows.http.session().send(method, url, json=body) for method, url, body in routes]


@then(parsers.cfparse("each request is refused with {outcomes:Outcomes}", extra_types=SENT))
def each_request_is_refused(answers: list[Exchange], outcomes: Outcomes) -> None:
    refusal.each_refused(answers, outcomes)
