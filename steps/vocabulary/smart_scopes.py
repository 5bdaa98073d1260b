"""What a token may do where its scope is narrow (SMART App Launch 2.2, scopes for FHIR resources)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_bdd import given, parsers, then, when

from fixtures.adapters.capabilities import FhirApi, SmartScopes
from fixtures.flows.flows import Flows
from fixtures.flows.target import Target
from fixtures.flows.values import Tokens
from fixtures.protocol.fhir import Fhir, reference_of, resources_of, statuses_of
from reports.deviation import Blocked
from reports.exchange import Exchange
from steps.checks import smart_scopes as check
from steps.vocabulary.words import one_of

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Interaction:
    """What is done with the API: to an observation that is there, or to a patient of our own."""

    perform: Callable[[Fhir, str, Record], Exchange]
    in_batch: bool = False
    searches: bool = False


def _copy(patient: Record) -> Record:
    return {"resourceType": "Patient", "name": patient["name"]}


def _born(patient: Record) -> Record:
    return {**patient, "birthDate": "1990-01-01"}


_BORN = {"op": "add", "path": "/birthDate", "value": "1990-01-01"}
INTERACTION: Callable[[str], Interaction] = one_of(
    {
        "read an observation": Interaction(lambda api, observation, _: api.read(observation)),
        "search for observations": Interaction(lambda api, _o, _p: api.search("Observation"), searches=True),
        "read the history of an observation": Interaction(
            lambda api, observation, _: api.history(observation)
        ),
        "create a patient": Interaction(lambda api, _, patient: api.create(_copy(patient))),
        "update a patient": Interaction(lambda api, _, patient: api.update(_born(patient))),
        "patch a patient": Interaction(lambda api, _, patient: api.patch(reference_of(patient), _BORN)),
        "delete a patient": Interaction(lambda api, _, patient: api.delete(reference_of(patient))),
        "read an observation in a batch": Interaction(
            lambda api, observation, _: api.batch(("GET", observation, None)), in_batch=True
        ),
        "create a patient in a batch": Interaction(
            lambda api, _, patient: api.batch(("POST", "Patient", _copy(patient))), in_batch=True
        ),
    }
)
SOMETHING = {"Interaction": INTERACTION}


def _ordinary(target: Target, flows: Flows) -> Fhir:
    """The API with the practitioner's whole rights."""
    tokens = flows.person_tokens(target.client("confidential"), target.person("practitioner"))
    return target.need(FhirApi).fhir(tokens.access)


def _new_patient(api: Fhir) -> Record:
    answer = api.create({"resourceType": "Patient", "name": [{"family": f"Scope{secrets.token_hex(8)}"}]})
    if answer.status != 201 or not isinstance(answer.json(), dict):
        raise Blocked(f"control: the practitioner could not make a patient: {answer.status}", answer)
    made: Record = answer.json()
    return made


@given("a server that enforces SMART scopes")
def _(target: Target) -> None:
    target.need(SmartScopes)


@given("a server with the FHIR API")
def _(target: Target) -> None:
    target.need(FhirApi)


@given("a server that issues refresh tokens")
def _(target: Target) -> None:
    target.need_feature("refresh-token")


@given("a patient record that the practitioner made", target_fixture="record")
def _(target: Target, flows: Flows) -> Record:
    return _new_patient(_ordinary(target, flows))


@given(parsers.cfparse("the practitioner may {interaction:Interaction}", extra_types=SOMETHING))
def _(target: Target, flows: Flows, interaction: Interaction) -> None:
    api = _ordinary(target, flows)
    answer = interaction.perform(api, target.record("visible-observation"), _new_patient(api))
    statuses = statuses_of(answer) if interaction.in_batch else [answer.status]
    if any(status is None or not 200 <= status < 300 for status in statuses):
        raise Blocked(f"control: with the whole scope it is refused as well: {statuses}", answer)


@when(
    parsers.cfparse("the client tries to {interaction:Interaction}", extra_types=SOMETHING),
    target_fixture="trial",
)
def _(
    target: Target, tokens: Tokens, record: Record, interaction: Interaction
) -> tuple[Interaction, Exchange]:
    api = target.need(FhirApi).fhir(tokens.access)
    return interaction, interaction.perform(api, target.record("visible-observation"), record)


@then("the API lets nothing out and changes nothing")
def _(target: Target, flows: Flows, trial: tuple[Interaction, Exchange], record: Record) -> None:
    interaction, answer = trial
    if interaction.in_batch:
        check.entry_refused(answer)
    else:
        check.beyond_scope(answer, empty_bundle_will_do=interaction.searches)
    after = _ordinary(target, flows).search("Patient", ("name", record["name"][0]["family"]))
    check.unchanged(record, resources_of(after), after)
