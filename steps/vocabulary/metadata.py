"""What a server says of itself: its metadata, its keys, its SMART configuration, its protected resource."""

from __future__ import annotations

from collections.abc import Callable

from pytest_bdd import given, parsers, then, when

from fixtures.addresses import metadata_urls
from fixtures.flows.actors import Actors, AnyClient
from fixtures.flows.flows import Flows
from fixtures.flows.target import Target
from fixtures.protocol.request import Request
from reports.deviation import NotApplicable
from reports.exchange import Exchange
from steps.checks import metadata as check
from steps.checks.metadata import Document
from steps.vocabulary.roles import CLIENT
from steps.vocabulary.words import one_of


def _metadata(target: Target) -> str:
    return target.discovery.metadata_url


def _smart(target: Target) -> str:
    return f"{target.base_url}.well-known/smart-configuration"


def _resource(target: Target) -> str:
    return f"{target.base_url}.well-known/oauth-protected-resource"


def _keys(target: Target) -> str:
    return target.discovery.jwks_uri or ""


DOCUMENT: Callable[[str], Callable[[Target], str]] = one_of(
    {
        "the metadata": _metadata,
        "the SMART configuration": _smart,
        "the key set": _keys,
        "the metadata of the protected resource": _resource,
    }
)
RULE: Callable[[str], Callable[[Document], None]] = one_of(
    {
        "the metadata is there": check.is_there,
        "the metadata is JSON by its media type": check.is_json,
        "the metadata names the issuer that it was found under": check.names_its_issuer,
        "the metadata names an issuer that is an https URL without query and fragment": check.has_plain_issuer,
        "the metadata has its required members, and each of its type": check.has_registered_types,
        "the metadata names endpoints that are absolute URLs without fragment": check.has_plain_endpoints,
        "the metadata names https addresses only": check.has_https_addresses,
        "the metadata lists scopes in their syntax": check.lists_scope_tokens,
        "the metadata lists languages as BCP 47 tags": check.lists_language_tags,
        "the metadata lists the response type code": check.lists_code,
        "the metadata lists subject types that exist": check.lists_subject_types,
        "the metadata lists RS256 among the algorithms of ID tokens": check.lists_rs256,
        "the metadata lists sub among the claims": check.lists_sub,
        "the metadata lists S256 among the code challenge methods": check.lists_s256,
        "the SMART configuration lists S256 and not plain": check.lists_s256_and_not_plain,
        "the SMART configuration lists capabilities and the endpoints that go with them": check.lists_capabilities,
        "the SMART configuration names issuer and jwks_uri with the capability sso-openid-connect": (
            check.names_issuer_for_single_sign_on
        ),
        "the key set holds public keys only": check.holds_public_keys,
        "the key set names each of several keys by a kid of its own": check.names_keys_apart,
    }
)
WHO = {"Client": CLIENT, "Document": DOCUMENT, "Rule": RULE}


def _fetched(flows: Flows, url: str) -> Document:
    return check.document_of(flows.get(url))


@given("a server with metadata of its protected resource")
def has_resource_metadata(target: Target, flows: Flows) -> None:
    if flows.get(_resource(target)).status != 200:
        raise NotApplicable("the server has no metadata of its protected resource (RFC 9728)")


@when(parsers.cfparse("{place:Document} is fetched", extra_types=WHO), target_fixture="document")
def fetch(target: Target, flows: Flows, place: Callable[[Target], str]) -> Document:
    return _fetched(flows, place(target))


@when("the metadata is fetched from the address that its issuer gives", target_fixture="document")
def fetch_by_issuer(target: Target, flows: Flows) -> Document:
    for url in metadata_urls(target.discovery.issuer):
        document = _fetched(flows, url)
        if document.held:
            break
    return document


@when("the metadata is fetched from both well-known addresses", target_fixture="documents")
def fetch_both(target: Target, flows: Flows) -> tuple[Document, Document]:
    found = [_fetched(flows, url) for url in metadata_urls(target.discovery.issuer)]
    there = [each for each in found if each.held]
    if len(there) < 2:
        raise NotApplicable("the server publishes one metadata document")
    return there[0], there[1]


@when(
    parsers.cfparse(
        "{client:Client} asks for each listed grant type without its parameters", extra_types=WHO
    ),
    target_fixture="answers",
)
def ask_for_each_grant_type(
    target: Target, flows: Flows, actors: Actors, client: AnyClient
) -> list[Exchange]:
    auth = actors.client(client).auth()
    listed = [
        each for each in target.discovery.grant_types if each != "implicit"
    ]  # which needs no token endpoint
    return [flows.token(Request((("grant_type", each),), auth)) for each in listed]


@then(parsers.cfparse("{rule:Rule}", extra_types=WHO))
def document_keeps(document: Document, rule: Callable[[Document], None]) -> None:
    rule(document)


@then("the two documents agree")
def documents_agree(documents: tuple[Document, Document]) -> None:
    check.agree(*documents)


@then("the key set has a key for every listed algorithm of ID tokens")
def has_keys_for_algorithms(target: Target, document: Document) -> None:
    check.has_keys_for(document, target.discovery.id_token_algs)


@then("no listed grant type is called unsupported")
def no_grant_is_unsupported(answers: list[Exchange]) -> None:
    for answer in answers:
        check.not_unsupported(answer)


@then(parsers.cfparse("the metadata lists how {client:Client} authenticates", extra_types=WHO))
def lists_authentication(document: Document, actors: Actors, client: AnyClient) -> None:
    check.lists_authentication(document, actors.client(client).auth_method)


@then("the metadata of the protected resource names that resource and an issuer that is https")
def resource_is_named(target: Target, document: Document) -> None:
    check.names_resource(document, target.base_url)
