"""Metadata documents and key sets (RFC 8414, RFC 7517, RFC 9728, OpenID Connect Discovery 1.0, SMART App Launch)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fixtures.addresses import is_loopback, metadata_urls
from fixtures.protocol import jwt
from reports.deviation import Deviation, NotApplicable
from reports.exchange import Exchange
from steps.checks.refusal import no_server_error, said

_SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")  # RFC 6749 section 3.3
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*|x(-[A-Za-z0-9]{1,8})+")  # the shape of RFC 5646
_PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")

_URL, _TEXT, _TEXTS, _FLAG = "an absolute URL", "a text", "a list of texts", "true or false"
# The members of the registry of RFC 8414 section 7.1 and of OpenID Connect Discovery 1.0 section 3, by their type.
REGISTERED: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri",
            "registration_endpoint", "revocation_endpoint", "introspection_endpoint", "end_session_endpoint",
            "device_authorization_endpoint", "pushed_authorization_request_endpoint", "check_session_iframe",
            "service_documentation", "op_policy_uri", "op_tos_uri", "backchannel_authentication_endpoint",
        ),
        _URL,
    ),
    **dict.fromkeys(
        (
            "scopes_supported", "response_types_supported", "response_modes_supported", "grant_types_supported",
            "token_endpoint_auth_methods_supported", "token_endpoint_auth_signing_alg_values_supported",
            "revocation_endpoint_auth_methods_supported", "introspection_endpoint_auth_methods_supported",
            "code_challenge_methods_supported", "subject_types_supported", "acr_values_supported",
            "id_token_signing_alg_values_supported", "id_token_encryption_alg_values_supported",
            "id_token_encryption_enc_values_supported", "userinfo_signing_alg_values_supported",
            "request_object_signing_alg_values_supported", "display_values_supported", "claim_types_supported",
            "claims_supported", "claims_locales_supported", "ui_locales_supported",
            "dpop_signing_alg_values_supported", "prompt_values_supported",
        ),
        _TEXTS,
    ),
    **dict.fromkeys(
        (
            "claims_parameter_supported", "request_parameter_supported", "request_uri_parameter_supported",
            "require_request_uri_registration", "require_pushed_authorization_requests",
            "authorization_response_iss_parameter_supported", "tls_client_certificate_bound_access_tokens",
            "backchannel_logout_supported", "backchannel_logout_session_supported",
            "frontchannel_logout_supported", "frontchannel_logout_session_supported",
        ),
        _FLAG,
    ),
    "signed_metadata": _TEXT,
}  # fmt: skip
_REQUIRED = ("issuer", "token_endpoint", "response_types_supported")
_REQUIRED_OF_PROVIDERS = (
    *_REQUIRED, "authorization_endpoint", "jwks_uri", "subject_types_supported",
    "id_token_signing_alg_values_supported",
)  # fmt: skip


@dataclass(frozen=True)
class Document:
    """A JSON object that a server publishes, with the answer that it came in; empty where there is none."""

    held: Mapping[str, Any]
    exchange: Exchange

    @property
    def is_of_openid_provider(self) -> bool:
        """Whether it was published where OpenID providers publish theirs."""
        return "openid-configuration" in self.exchange.url

    def texts(self, name: str) -> list[str]:
        """The texts of a list; empty where there is no such list."""
        value = self.held.get(name)
        return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def document_of(answer: Exchange) -> Document:
    """The document in an answer."""
    body = answer.json() if answer.status == 200 else None
    return Document(body if isinstance(body, dict) else {}, answer)


def is_there(document: Document) -> None:
    """200 with a JSON object (RFC 8414 section 3.2)."""
    expected = "200 with a JSON object at an address that the issuer gives"
    no_server_error(document.exchange, [expected])
    if not document.held:
        raise Deviation("unavailable", expected, said(document.exchange), document.exchange)


def is_json(document: Document) -> None:
    """The media type is application/json, whatever its parameters."""
    media_type = (document.exchange.header("content-type") or "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        actual = f"Content-Type: {media_type or 'none'}"
        raise Deviation("wrong-header", "Content-Type: application/json", actual, document.exchange)


def names_its_issuer(document: Document) -> None:
    """The address was made of the issuer that stands in the document (RFC 8414 section 3.3)."""
    issuer, url = document.held.get("issuer"), document.exchange.url
    if not isinstance(issuer, str) or url not in metadata_urls(issuer):
        expected = f"an issuer whose metadata lies at {url}"
        raise Deviation("wrong-claim", expected, f"issuer is {issuer!r}", document.exchange)


def has_plain_issuer(document: Document) -> None:
    """Https, neither query nor fragment (RFC 8414 section 2)."""
    issuer = document.held.get("issuer")
    parts = urlsplit(issuer) if isinstance(issuer, str) else urlsplit("")
    if not _is_secure(str(issuer)) or "?" in str(issuer) or "#" in str(issuer) or not parts.hostname:
        expected = "an https URL without query and fragment"
        raise Deviation("wrong-claim", expected, f"issuer is {issuer!r}", document.exchange)


def has_registered_types(document: Document) -> None:
    """Required members are there; every registered one that is there has its type."""
    required = _REQUIRED_OF_PROVIDERS if document.is_of_openid_provider else _REQUIRED
    expected = f"the members {', '.join(required)}, and each registered member of its type"
    if missing := [name for name in required if name not in document.held]:
        raise Deviation("missing-claim", expected, f"no {', '.join(missing)}", document.exchange)
    wrong = [
        f"{name} is {value!r} and not {REGISTERED[name]}"
        for name, value in document.held.items()
        if name in REGISTERED and not _has_type(value, REGISTERED[name])
    ]
    if wrong:
        raise Deviation("malformed", expected, "; ".join(wrong), document.exchange)


def _has_type(value: Any, kind: str) -> bool:
    if kind == _FLAG:
        return isinstance(value, bool)
    if kind == _TEXTS:
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    return isinstance(value, str) and (
        kind == _TEXT or bool(urlsplit(value).scheme and urlsplit(value).hostname)
    )


def has_plain_endpoints(document: Document) -> None:
    """Absolute URLs; no fragment (RFC 6749 sections 3.1 and 3.2)."""
    for name, value in _addresses(document).items():
        if name.endswith("_endpoint") and ("#" in value or not urlsplit(value).hostname):
            expected = "absolute URLs without fragment as endpoints"
            raise Deviation("wrong-claim", expected, f"{name} is {value!r}", document.exchange)


def has_https_addresses(document: Document) -> None:
    """Every endpoint and the key set by https; plain http on this machine only."""
    plain = [f"{name} is {value}" for name, value in _addresses(document).items() if not _is_secure(value)]
    if plain:
        raise Deviation("wrong-claim", "https addresses only", "; ".join(plain), document.exchange)


def _addresses(document: Document) -> dict[str, str]:
    return {
        name: value
        for name, value in document.held.items()
        if isinstance(value, str)
        and (name.endswith("_endpoint") or name in ("jwks_uri", "check_session_iframe"))
    }


def _is_secure(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def lists_scope_tokens(document: Document) -> None:
    """Scope tokens of RFC 6749 section 3.3."""
    _each_is("scopes_supported", "scope tokens", _SCOPE_TOKEN, document)


def lists_language_tags(document: Document) -> None:
    """Language tags of BCP 47, where languages are listed."""
    names = [name for name in ("ui_locales_supported", "claims_locales_supported") if name in document.held]
    if not names:
        raise NotApplicable("the metadata lists no languages")
    for name in names:
        _each_is(name, "BCP 47 language tags", _LANGUAGE, document)


def _each_is(name: str, what: str, pattern: re.Pattern[str], document: Document) -> None:
    if name not in document.held:
        raise NotApplicable(f"the metadata has no {name}")
    value = document.held[name]
    entries = value if isinstance(value, list) else [value]
    wrong = [each for each in entries if not isinstance(each, str) or not pattern.fullmatch(each)]
    if wrong:
        raise Deviation("malformed", f"{what} in {name}", f"{wrong!r}", document.exchange)


def lists_code(document: Document) -> None:
    """The response type of the code flow, which has just worked."""
    _lists("response_types_supported", "code", document)


def lists_rs256(document: Document) -> None:
    """OpenID Connect Discovery 1.0 section 3 has RS256 in the list of every provider."""
    if not document.is_of_openid_provider:
        raise NotApplicable("the server is no OpenID provider by its metadata")
    _lists("id_token_signing_alg_values_supported", "RS256", document)


def lists_sub(document: Document) -> None:
    """The claim that every provider has."""
    if not document.is_of_openid_provider:
        raise NotApplicable("the server is no OpenID provider by its metadata")
    _lists("claims_supported", "sub", document)


def lists_s256(document: Document) -> None:
    """The challenge method that every server with PKCE has."""
    _lists("code_challenge_methods_supported", "S256", document)


def lists_authentication(document: Document, method: str) -> None:
    """The way that a client uses; where there is no list, it is client_secret_basic (RFC 8414 section 2)."""
    name = "token_endpoint_auth_methods_supported"
    if name in document.held or method != "client_secret_basic":
        _lists(name, method, document)


def _lists(name: str, value: str, document: Document) -> None:
    expected = f"{name} with {value}"
    if name not in document.held:
        raise Deviation("missing-claim", expected, f"no {name}", document.exchange)
    if value not in document.texts(name):
        raise Deviation("wrong-claim", expected, f"{name} is {document.held[name]!r}", document.exchange)


def lists_subject_types(document: Document) -> None:
    """Public and pairwise (OpenID Connect Core 1.0 section 8)."""
    if "subject_types_supported" not in document.held:
        raise NotApplicable("the metadata has no subject_types_supported")
    held = document.held["subject_types_supported"]
    if not document.texts("subject_types_supported") or set(held) - {"public", "pairwise"}:
        expected = "subject_types_supported of public, pairwise or both"
        raise Deviation("wrong-claim", expected, f"{held!r}", document.exchange)


def agree(first: Document, second: Document) -> None:
    """What both documents state, they state alike; the order in a list says nothing."""
    differing = [
        name
        for name in first.held.keys() & second.held.keys() & REGISTERED.keys()
        if _unordered(first.held[name]) != _unordered(second.held[name])
    ]
    if differing:
        expected = f"{first.exchange.url} and {second.exchange.url} state the same"
        actual = "; ".join(
            f"{name} is {first.held[name]!r} and {second.held[name]!r}" for name in sorted(differing)
        )
        raise Deviation("wrong-claim", expected, actual, second.exchange)


def _unordered(value: Any) -> Any:
    return sorted(map(str, value)) if isinstance(value, list) else value


# ----- keys


def holds_public_keys(document: Document) -> None:
    """A JWK Set with keys, none of which is symmetric or private (RFC 7517 section 5)."""
    expected = "a JWK Set of public keys"
    keys = document.held.get("keys")
    if not isinstance(keys, list) or not all(
        isinstance(key, dict) and isinstance(key.get("kty"), str) for key in keys
    ):
        raise Deviation("malformed", expected, said(document.exchange), document.exchange)
    for key in keys:
        if key["kty"] == "oct" or any(name in key for name in _PRIVATE):
            actual = f"key {key.get('kid')!r} ({key['kty']}) is published with its secret"
            raise Deviation("leaked", expected, actual, document.exchange)


def names_keys_apart(document: Document) -> None:
    """With several keys each has a kid that no other key of its kind has."""
    keys = jwt.keys_of(document.exchange)
    if len(keys) < 2:
        raise NotApplicable("the key set holds one key")
    expected = "a kid for every key, and each another one"
    kids = [(key.get("kty"), key.get("kid")) for key in keys]
    if any(not isinstance(kid, str) or not kid for _, kid in kids):
        raise Deviation(
            "missing-claim", expected, f"kids are {[kid for _, kid in kids]!r}", document.exchange
        )
    if len(set(kids)) < len(kids):
        raise Deviation("wrong-claim", expected, f"kids are {[kid for _, kid in kids]!r}", document.exchange)


_KEY_TYPES = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}


def has_keys_for(document: Document, algorithms: Sequence[str]) -> None:
    """For every asymmetric algorithm that is listed there is a key of its kind that may be used for it."""
    keys = [key for key in jwt.keys_of(document.exchange) if key.get("use", "sig") == "sig"]
    lacking = [
        alg
        for alg in algorithms
        if (kind := _KEY_TYPES.get(alg[:2]))
        and not any(key.get("kty") == kind and key.get("alg", alg) == alg for key in keys)
    ]
    if lacking:
        expected = f"a key for each of {', '.join(algorithms)}"
        raise Deviation("missing-claim", expected, f"no key for {', '.join(lacking)}", document.exchange)


# ----- grants, SMART, protected resources


def not_unsupported(answer: Exchange) -> None:
    """Whatever is missing, the grant type is known."""
    expected = "another error than unsupported_grant_type, since the metadata lists the grant type"
    no_server_error(answer, [expected])
    if answer.member("error") == "unsupported_grant_type":
        raise Deviation("refused", expected, said(answer), answer)


def lists_s256_and_not_plain(document: Document) -> None:
    """SMART App Launch 2.2, conformance: S256 is supported, and plain is not listed."""
    _lists("code_challenge_methods_supported", "S256", document)
    if "plain" in document.texts("code_challenge_methods_supported"):
        expected = "code_challenge_methods_supported without plain"
        raise Deviation("weak", expected, "plain is listed", document.exchange)


def lists_capabilities(document: Document) -> None:
    """SMART App Launch 2.2, conformance: capabilities, and the endpoints that every SMART server has."""
    expected = "capabilities, a list of texts that is not empty, and token_endpoint and grant_types_supported"
    if not document.texts("capabilities") or not _has_type(document.held["capabilities"], _TEXTS):
        raise Deviation(
            "missing-claim",
            expected,
            f"capabilities are {document.held.get('capabilities')!r}",
            document.exchange,
        )
    needed = ["token_endpoint", "grant_types_supported"]
    if {"launch-ehr", "launch-standalone"} & set(document.texts("capabilities")):
        needed.append("authorization_endpoint")
    if missing := [name for name in needed if not document.held.get(name)]:
        raise Deviation("missing-claim", expected, f"no {', '.join(missing)}", document.exchange)


def names_issuer_for_single_sign_on(document: Document) -> None:
    """SMART App Launch 2.2, conformance: with sso-openid-connect issuer and jwks_uri are required."""
    if "sso-openid-connect" not in document.texts("capabilities"):
        raise NotApplicable("the server does not claim sso-openid-connect")
    if missing := [name for name in ("issuer", "jwks_uri") if not _has_type(document.held.get(name), _URL)]:
        expected = "issuer and jwks_uri beside the capability sso-openid-connect"
        raise Deviation("missing-claim", expected, f"no {', '.join(missing)}", document.exchange)


def names_resource(document: Document, base_url: str) -> None:
    """RFC 9728 section 3.3: the resource is the one whose address was asked; its servers are issuers."""
    resource = document.held.get("resource")
    origin = urlsplit(base_url)[:2]
    if not isinstance(resource, str) or urlsplit(resource)[:2] != origin:
        expected = f"a resource at {base_url}"
        raise Deviation("wrong-claim", expected, f"resource is {resource!r}", document.exchange)
    servers = document.held.get("authorization_servers", [])
    if not isinstance(servers, list) or not all(
        isinstance(each, str) and _is_secure(each) for each in servers
    ):
        expected = "authorization_servers, a list of https URLs"
        raise Deviation("wrong-claim", expected, f"authorization_servers is {servers!r}", document.exchange)
