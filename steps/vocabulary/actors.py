"""Who takes part, and what is done to them: made, bound by a policy, switched off, removed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_bdd import given, parsers, when

from fixtures.adapters.capabilities import (
    AccessPolicies,
    Administration,
    AnyClientAuthentication,
    FhirApi,
    PkceSetting,
    SilentSignIn,
    SmartScopes,
)
from fixtures.adapters.provisioning import Provisioning
from fixtures.cast import PolicyEntries
from fixtures.flows.actors import Actors, AnyClient, AnyPerson, Member, NewClient, NewPerson
from fixtures.flows.flows import Flows
from fixtures.flows.target import Target
from reports.deviation import Blocked, NotApplicable
from steps.checks.guessing import Given
from steps.vocabulary.roles import CLIENT, MADE_CLIENT, MEMBER, NEWCOMER, PERSON
from steps.vocabulary.tampering import Tampering
from steps.vocabulary.words import alternatives, matching, one_of


@pytest.fixture
def actors(target: Target, flows: Flows) -> Actors:
    """Who takes part in this scenario."""
    return Actors(target, flows)


# ----- what the server has


def _need_keys(target: Target) -> None:
    if target.discovery.jwks_uri is None:
        raise NotApplicable("the server publishes no keys")


def _need_openid(target: Target) -> None:
    if not target.discovery.id_token_algs:
        raise NotApplicable(
            "the metadata is not that of an OpenID provider (id_token_signing_alg_values_supported)"
        )


def _need_promised_issuer(target: Target) -> None:
    member = "authorization_response_iss_parameter_supported"
    if target.discovery.metadata.get(member) is not True:
        raise NotApplicable(f"the metadata does not say that answers have iss ({member})")


def _need_no(name: str) -> Callable[[Target], None]:
    """What a provider takes unless it says otherwise (Discovery 1.0 section 3): request_uri; else the opposite."""

    def need(target: Target) -> None:
        _need_openid(target)
        member = f"{name}_parameter_supported"
        if target.discovery.metadata.get(member, name == "request_uri") is not False:
            raise NotApplicable(f"the metadata does not say that {name} is not supported ({member})")

    return need


def _need_smart_configuration(target: Target) -> None:
    if target.discovery.smart is None:
        raise NotApplicable("the server has no SMART configuration")


def _need_smart_keys(target: Target) -> None:
    capabilities = (target.discovery.smart or {}).get("capabilities")
    if not isinstance(capabilities, list) or "client-confidential-asymmetric" not in capabilities:
        raise NotApplicable(
            "no SMART configuration lists client-confidential-asymmetric among its capabilities"
        )


CAPABILITY: Callable[[str], Callable[[Target], object]] = one_of(
    {
        "that asks PKCE of every client but those marked otherwise": lambda target: target.need(PkceSetting),
        "that issues refresh tokens": lambda target: target.need_feature("refresh-token"),
        "with the FHIR API": lambda target: target.need(FhirApi),
        "with SMART scopes": lambda target: target.need(SmartScopes),
        "with access policies": lambda target: target.need(AccessPolicies),
        "that gives codes without interaction": lambda target: target.need(SilentSignIn),
        "with SCIM": lambda target: target.need(Provisioning),
        "that publishes keys": _need_keys,
        "that is an OpenID provider": _need_openid,
        "that says its answers name the issuer": _need_promised_issuer,
        "that says it takes no request_uri": _need_no("request_uri"),
        "that says it takes no request": _need_no("request"),
        "with a SMART configuration": _need_smart_configuration,
        "that promises SMART client authentication with keys": _need_smart_keys,
    }
)


@given(parsers.cfparse("a server {demand:Capability}", extra_types={"Capability": CAPABILITY}))
def a_server_with(target: Target, demand: Callable[[Target], object]) -> None:
    demand(target)


# ----- members that a scenario makes for itself

POLICIES: dict[str, PolicyEntries] = {
    "opens patients only": [{"resourceType": "Patient"}],
    "opens observations only": [{"resourceType": "Observation"}],
    "opens observations and practitioners only": [
        {"resourceType": "Observation"},
        {"resourceType": "Practitioner"},
    ],
    "opens patients and practitioners only": [{"resourceType": "Patient"}, {"resourceType": "Practitioner"}],
    "opens observations to be created only": [{"resourceType": "Observation", "interaction": ["create"]}],
    "opens patients to be read only": [{"resourceType": "Patient", "readonly": True}],
    "opens patients to be read and searched only": [
        {"resourceType": "Patient", "interaction": ["read", "search"]}
    ],
    "opens patients named Inside only": [{"resourceType": "Patient", "criteria": "Patient?name=Inside"}],
    "hides the telecom of patients": [
        {"resourceType": "Patient", "hiddenFields": ["telecom"]},
        {"resourceType": "Observation"},
    ],
    "keeps the birth date of patients as it is": [
        {"resourceType": "Patient", "readonlyFields": ["birthDate"]}
    ],
    "opens observations and patients named Inside only": [
        {"resourceType": "Observation"},
        {"resourceType": "Patient", "criteria": "Patient?name=Inside"},
    ],
    "opens patients and final observations only": [
        {"resourceType": "Patient"},
        {"resourceType": "Observation", "criteria": "Observation?status=final"},
    ],
    "hides the birth date of patients": [{"resourceType": "Patient", "hiddenFields": ["birthDate"]}],
    "opens observations of %ward only": [
        {"resourceType": "Observation", "criteria": "Observation?subject=%ward"}
    ],
    "opens observations in the compartment of %ward only": [
        {"resourceType": "Observation", "criteria": "Observation?_compartment=%ward"}
    ],
    "opens patients called %called only": [{"resourceType": "Patient", "criteria": "Patient?name=%called"}],
    "opens patients in their own care only": [
        {"resourceType": "Patient", "criteria": "Patient?general-practitioner=%profile"}
    ],
}
WHO = {
    "Member": MEMBER,
    "Client": CLIENT,
    "MadeClient": MADE_CLIENT,
    "Newcomer": NEWCOMER,
    "Person": PERSON,
    "Policy": one_of(POLICIES),
    "WhosePolicy": matching(
        f"(?: whose policy (?:{alternatives(POLICIES)}))?",
        lambda text: POLICIES.get(text.removeprefix(" whose policy ")),
    ),
}


@given(parsers.cfparse("{member:Newcomer}{policy:WhosePolicy}", extra_types=WHO))
def a_new_member(actors: Actors, member: NewClient | NewPerson, policy: PolicyEntries | None) -> None:
    actors.make(member, policy)


# ----- what is done to them


@given(parsers.cfparse("{member:Member} has been put under a policy that {policy:Policy}", extra_types=WHO))
def put_under_a_policy(target: Target, actors: Actors, member: Member, policy: PolicyEntries) -> None:
    target.need(AccessPolicies).set_policy(actors.member(member).membership, policy)


@given(parsers.cfparse("{client:MadeClient} has been switched off", extra_types=WHO))
def switch_off(target: Target, actors: Actors, client: NewClient) -> None:
    target.need(Administration).disable_client(actors.client(client))


@given(parsers.cfparse("{person:Person} has been removed from the project", extra_types=WHO))
def remove_from_the_project(target: Target, actors: Actors, person: AnyPerson) -> None:
    target.need(Administration).remove_membership(actors.person(person).membership)


@given(
    parsers.cfparse(
        "the administrator has tried to make PKCE optional for {client:MadeClient}", extra_types=WHO
    )
)
def try_to_make_pkce_optional(target: Target, actors: Actors, client: NewClient) -> None:
    answer = target.need(PkceSetting).make_pkce_optional(actors.client(client))
    if answer.status not in (200, 400, 409, 422):
        raise Blocked(f"the setting was neither taken nor refused: {answer.status}", answer)


# ----- secrets


@given(parsers.cfparse("the secret of {client:MadeClient} has been rotated", extra_types=WHO))
def rotate_the_secret(actors: Actors, client: NewClient) -> None:
    actors.rotate_secret(client)


@given(
    parsers.cfparse("the retirement of the former secret of {client:MadeClient} has ended", extra_types=WHO)
)
def retire_the_former_secret(actors: Actors, client: NewClient) -> None:
    actors.retire_secret(client)


@given(
    parsers.re(r"(?P<client>the .+) may authenticate with (?P<way>client_secret_\w+)"),
    converters={"client": CLIENT},
)
def may_authenticate_with(target: Target, actors: Actors, client: AnyClient, way: str) -> None:
    """Basic has to be supported, client_secret_post may be (RFC 6749 section 2.3.1).

    A server may hold a client to the one that it is registered for (RFC 7591 section 2), or not: that is tried.
    """
    if way != "client_secret_basic" and way not in target.discovery.auth_methods:
        raise NotApplicable(f"token_endpoint_auth_methods_supported does not list {way}")
    if actors.client(client).auth_method != way and not target.offers(AnyClientAuthentication):
        actors.choose(client, way, Tampering(f"with {way}"))


@given(
    parsers.re(r"(?P<client>the .+) authenticates with (?P<way>client_secret_jwt)"),
    converters={"client": CLIENT},
)
def authenticates_with(target: Target, actors: Actors, client: AnyClient, way: str) -> None:
    """Raises NotApplicable where the server does not list it, NotTested where no client is registered for it."""
    if way not in target.discovery.auth_methods:
        raise NotApplicable(f"token_endpoint_auth_methods_supported does not list {way}")
    actors.play(client, way)


@when(parsers.parse("the server generates the secrets of {count:d} clients"), target_fixture="secrets_given")
def generate_secrets(target: Target, count: int) -> Given:
    administration = target.need(Administration)
    made = [administration.new_client(f"secret {number}") for number in range(count)]
    return Given("client secrets", tuple(client.secret or "" for client in made))
