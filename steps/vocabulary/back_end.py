"""What a back end does at the FHIR API, with its token or with Basic, and how it is answered."""

from __future__ import annotations

from collections.abc import Callable

from pytest_bdd import given, parsers, then, when

from fixtures.adapters.capabilities import Administration, BasicAtApi, FhirApi
from fixtures.cast import Client
from fixtures.flows.flows import Flows
from fixtures.flows.target import Target
from fixtures.protocol.client_auth import basic
from fixtures.protocol.fhir import Fhir, reference_of
from reports.exchange import Exchange
from steps.checks import bearer
from steps.checks.access import refused
from steps.checks.author import authored_by
from steps.checks.client_token import names_the_client
from steps.checks.token_response import issued
from steps.vocabulary.words import one_of

Action = Callable[[Fhir, Target], Exchange]
Access = Callable[[Target, Flows, Client], Fhir]


def _with_token(target: Target, flows: Flows, client: Client) -> Fhir:
    target.need(FhirApi)
    return target.need(FhirApi).fhir(flows.client_tokens(client).access)


def _with_basic(change: Callable[[Client], Client]) -> Access:
    def access(target: Target, _flows: Flows, client: Client) -> Fhir:
        api = target.need(BasicAtApi)
        shown = change(client)
        return api.fhir_with_basic(basic(shown.id, shown.secret or ""))

    return access


ACTION: Callable[[str], Action] = one_of(
    {
        "reads a patient": lambda fhir, target: fhir.read(target.record("visible-patient")),
        "reads an observation": lambda fhir, target: fhir.read(target.record("visible-observation")),
        "searches observations": lambda fhir, _: fhir.search("Observation"),
    }
)
ACCESS: Callable[[str], Access] = one_of(
    {
        "with its token": _with_token,
        "with Basic": _with_basic(lambda client: client),
        "with Basic and a wrong secret": _with_basic(Client.having_wrong_secret),
        "with Basic and an empty secret": _with_basic(lambda client: client.having(secret="")),
    }
)


@given(
    parsers.cfparse("the back end has read a patient {access:Access}", extra_types={"Access": ACCESS}),
)
def _(target: Target, flows: Flows, client: Client, access: Access) -> None:
    fhir = access(target, flows, client)
    bearer.served(fhir.read(target.record("visible-patient")))


@given("the practitioner has read an observation")
def _(target: Target, flows: Flows) -> None:
    target.need(FhirApi)
    tokens = flows.person_tokens(target.client("confidential"), target.person("practitioner"))
    bearer.served(target.need(FhirApi).fhir(tokens.access).read(target.record("visible-observation")))


@when(
    parsers.cfparse(
        "the back end {action:Action} {access:Access}", extra_types={"Action": ACTION, "Access": ACCESS}
    ),
    target_fixture="answer",
)
def _(target: Target, flows: Flows, client: Client, action: Action, access: Access) -> Exchange:
    return action(access(target, flows, client), target)


@then("the API shows what it has")
def _(answer: Exchange) -> None:
    bearer.served(answer)


@then("the API forbids it")
def _(answer: Exchange) -> None:
    refused(answer, 403, 404)  # 404 where the server hides that there is such a thing


@then("the API asks for authentication")
def _(answer: Exchange) -> None:
    refused(answer, 401)


# ----- who acts

WRITTEN: Callable[[str], Callable[[Target], dict[str, object]]] = one_of(
    {
        "a patient": lambda _: {},
        "a patient that names somebody else as its author": lambda target: {
            "meta": {"author": {"reference": target.person("practitioner").profile}}
        },
    }
)


@when(
    parsers.cfparse("the back end writes {more:Written}", extra_types={"Written": WRITTEN}),
    target_fixture="answer",
)
def _(target: Target, flows: Flows, client: Client, more: Callable[[Target], dict[str, object]]) -> Exchange:
    target.need(FhirApi)
    target.need(Administration)
    fhir = target.need(FhirApi).fhir(flows.client_tokens(client).access, extended=True)
    patient = {"resourceType": "Patient", "name": [{"family": "Authored"}], **more(target)}
    made = fhir.create(patient)
    bearer.served(made)
    return fhir.read(reference_of(made.json()))


@then("the client is named as its author")
def _(answer: Exchange, client: Client) -> None:
    authored_by(answer, client.id)


@then("the access token names the client and no person")
def _(flows: Flows, answer: Exchange, client: Client) -> None:
    tokens = issued(answer)
    names_the_client(flows.claims(client, tokens.access), client, answer)
