"""Requests to the protected API, with a token in the right place, in the wrong one, or with none."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from pytest_bdd import given, parsers, then, when

from fixtures.adapters.capabilities import FhirApi
from fixtures.flows import records
from fixtures.flows.flows import Flows
from fixtures.flows.target import Target
from fixtures.flows.values import Tokens
from fixtures.protocol.fhir import Fhir
from reports.deviation import Blocked, NotApplicable
from reports.exchange import Exchange
from steps.checks.access import operation_outcome, refused
from steps.checks.bearer import challenged, served, token_refused, without_error
from steps.vocabulary.words import one_of


def _address(target: Target, what: str) -> tuple[str, str]:
    """Method and URL of a protected resource. Raises NotApplicable where the target has none."""
    adapter = target.adapter
    method, url = {
        "the API": ("GET", adapter.api_url(as_person=True)),
        "the userinfo endpoint": ("GET", target.discovery.userinfo_endpoint),
        "the userinfo endpoint by POST": ("POST", target.discovery.userinfo_endpoint),
        "the API by POST": ("POST", adapter.form_url()),
    }[what]
    if url is None:
        raise NotApplicable(f"the target has no {what.removeprefix('the ')} that opens to a person's token")
    return method, url


RESOURCE = one_of(
    {
        name: name
        for name in (
            "the API",
            "the API by POST",
            "the userinfo endpoint",
            "the userinfo endpoint by POST",
        )
    }
)
REQUEST: Callable[[str], Callable[[str], dict[str, Any]]] = one_of(
    {
        "with the token in the Authorization header": lambda token: {"headers": _header("Bearer", token)},
        'with the token under the scheme "bearer"': lambda token: {"headers": _header("bearer", token)},
        "with the token after two spaces": lambda token: {"headers": _header("Bearer ", token)},
        "with the token in the query": lambda token: {"params": (("access_token", token),)},
        "with the token in the Authorization header and in the form body": lambda token: {
            "headers": _header("Bearer", token),
            "form": (("access_token", token),),
        },
        "with no credentials": lambda _: {},
        "with a token that nobody issued": lambda _: {"headers": _header("Bearer", secrets.token_urlsafe())},
    }
)


def _header(scheme: str, token: str) -> tuple[tuple[str, str], ...]:
    return (("Authorization", f"{scheme} {token}"),)


@given(
    parsers.cfparse("the practitioner has a token that opens {what:What}", extra_types={"What": RESOURCE}),
    target_fixture="tokens",
)
def _(target: Target, flows: Flows, what: str) -> Tokens:
    target.need_method("authorization-code")
    method, url = _address(target, what)
    tokens = flows.person_tokens(target.client("confidential"), target.person("practitioner"))
    form = () if method == "POST" else None
    answer = flows.http.session().send(method, url, headers=_header("Bearer", tokens.access), form=form)
    if answer.status != 200:
        raise Blocked(f"control: the practitioner's token does not open {what}: {answer.status}", answer)
    return tokens


@when(
    parsers.cfparse(
        "{what:What} is asked {request_:Request}", extra_types={"What": RESOURCE, "Request": REQUEST}
    ),
    target_fixture="answer",
)
def _(
    target: Target, flows: Flows, tokens: Tokens, what: str, request_: Callable[[str], dict[str, Any]]
) -> Exchange:
    method, url = _address(target, what)
    return flows.http.session().send(method, url, **request_(tokens.access))


@then("the request is served")
def _(answer: Exchange) -> None:
    served(answer)


@then(parsers.re(r"the request is refused with status (?P<statuses>\d+(?: or \d+)*)"))
def _(answer: Exchange, statuses: str) -> None:
    refused(answer, *map(int, statuses.split(" or ")))


@then(parsers.parse('the request is refused with status {status:d} and the error "{error}"'))
def _(answer: Exchange, status: int, error: str) -> None:
    token_refused(answer, error=error, status=status)


@then("the request is refused with a Bearer challenge")
def _(answer: Exchange) -> None:
    challenged(answer)


@then("the refusal names no error code")
def _(answer: Exchange) -> None:
    without_error(answer)


# ----- the FHIR API's refusals

QUESTION: Callable[[str], Callable[[Target, Fhir], Exchange]] = one_of(
    {
        "to read a patient, without a token": lambda target, api: Fhir(api.http, api.base).read(
            target.record("visible-patient")
        ),
        "to change a condition, which its policy does not name": lambda target, api: api.update(
            {
                **records.condition(target.record("visible-patient")),
                "id": target.record("condition").rpartition("/")[2],
            }
        ),
        "to read a patient that never existed": lambda _, api: api.read(
            "Patient/00000000-0000-4000-8000-000000000000"
        ),
    }
)


@when(
    parsers.cfparse("the back end asks {question:Question}", extra_types={"Question": QUESTION}),
    target_fixture="answer",
)
def _(target: Target, tokens: Tokens, question: Callable[[Target, Fhir], Exchange]) -> Exchange:
    return question(target, target.need(FhirApi).fhir(tokens.access))


@then(parsers.parse("the answer is an OperationOutcome with status {status:d}"))
def _(answer: Exchange, status: int) -> None:
    operation_outcome(answer, status)


# ----- the inventory of protected routes


@given("the protected routes that know the practitioner's token", target_fixture="routes")
def _(target: Target, flows: Flows) -> list[tuple[str, str, Any]]:
    target.need_method("authorization-code")
    tokens = flows.person_tokens(target.client("confidential"), target.person("practitioner"))
    known = []
    for method, url, body in target.adapter.protected_routes():
        header = _header("Bearer", tokens.access)
        answer = flows.http.session().send(method, url, headers=header, json=body)
        # 403 is an answer to who asked; 404 and 405 may mean that this target has no such route.
        if answer.status is not None and (answer.status < 400 or answer.status == 403):
            known.append((method, url, body))
    if not known:
        raise NotApplicable("the target has no protected route that the practitioner's token is known at")
    return known


@when("each route is asked without a token", target_fixture="answers")
def _(flows: Flows, routes: list[tuple[str, str, Any]]) -> list[Exchange]:
    return [flows.http.session().send(method, url, json=body) for method, url, body in routes]


@then("each answers with status 401")
def _(answers: list[Exchange]) -> None:
    for answer in answers:
        refused(answer, 401)
