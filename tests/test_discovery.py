import json
from dataclasses import replace

import pytest

from fixtures.adapters.registry import Registry
from fixtures.http import NetworkError
from fixtures.target.discovery import discover, metadata_urls
from fixtures.target.profile import Endpoints
from reports.exchange import Exchange
from reports.problem import UsageProblem

METADATA = {
    "issuer": "https://as.example/",
    "authorization_endpoint": "https://as.example/authorize",
    "token_endpoint": "https://as.example/token",
    "jwks_uri": "https://as.example/keys",
    "userinfo_endpoint": "https://as.example/userinfo",
    "grant_types_supported": ["authorization_code", "client_credentials"],
    "code_challenge_methods_supported": ["S256"],
}
NONE = Endpoints()


class Site:
    """A site that answers 200 with the given documents and 404 to all else."""

    def __init__(self, **documents):
        self.documents = documents
        self.asked = []

    def __call__(self, url):
        self.asked.append(url)
        path = url.removeprefix("https://as.example")
        if path not in self.documents:
            return Exchange("GET", url, status=404)
        return Exchange("GET", url, status=200, response_body=json.dumps(self.documents[path]))


def found(
    metadata=METADATA,
    at="/.well-known/openid-configuration",
    url="https://as.example/",
    endpoints=NONE,
    **documents,
):
    profile = replace(Registry().for_url(url, {}), endpoints=endpoints)
    return discover(Site(**{at: metadata}, **documents), profile)


def without(*names):
    return {name: value for name, value in METADATA.items() if name not in names}


def complaint(site, url="https://as.example/"):
    with pytest.raises(UsageProblem) as caught:
        discover(site, Registry().for_url(url, {}))
    return str(caught.value)


def test_metadata_keys_and_smart_configuration_are_read():
    smart = {"capabilities": ["launch-standalone"]}
    discovery = found(**{"/keys": {"keys": []}, "/.well-known/smart-configuration": smart})
    assert discovery.jwks_uri == "https://as.example/keys"
    assert discovery.challenge_methods == ("S256",)
    assert discovery.introspection_endpoint is None
    assert discovery.jwks == {"keys": []}
    assert discovery.smart == smart
    assert [each.status for each in discovery.exchanges] == [200, 200, 200]


def test_what_is_absent_has_the_default_of_rfc_8414():
    discovery = found(without("grant_types_supported", "code_challenge_methods_supported"))
    assert discovery.grant_types == ("authorization_code", "implicit")
    assert discovery.auth_methods == ("client_secret_basic",)
    assert discovery.challenge_methods == ()


def test_a_member_of_the_wrong_type_counts_as_absent():
    discovery = found({**METADATA, "grant_types_supported": "client_credentials", "userinfo_endpoint": 5})
    assert discovery.grant_types == ()
    assert discovery.userinfo_endpoint is None


@pytest.mark.parametrize(
    "at",
    [
        "/realms/test/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/realms/test",
        "/realms/test/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration/realms/test",
    ],
)
def test_an_issuer_with_a_path_is_found_by_appending_and_by_inserting(at):
    assert found(at=at, url="https://as.example/realms/test").metadata_url == f"https://as.example{at}"


def test_an_issuer_without_a_path_has_two_addresses():
    assert metadata_urls("https://as.example/") == (
        "https://as.example/.well-known/openid-configuration",
        "https://as.example/.well-known/oauth-authorization-server",
    )


def test_a_target_without_metadata_is_refused_with_what_it_answered():
    site = Site(**{"/.well-known/oauth-authorization-server": ["no", "object"]})
    assert complaint(site) == (
        "--target https://as.example/ has no discovery document: "
        "https://as.example/.well-known/openid-configuration answered 404, "
        "https://as.example/.well-known/oauth-authorization-server answered 200 without a JSON object; "
        "set [target] issuer to the address under which the server publishes it"
    )


def test_metadata_without_a_token_endpoint_is_refused():
    assert complaint(Site(**{"/.well-known/openid-configuration": without("token_endpoint")})) == (
        "--target https://as.example/: the discovery document "
        "https://as.example/.well-known/openid-configuration names no token_endpoint"
    )


@pytest.mark.parametrize(
    ("error", "end"),
    [
        ("ReadTimeout: timed out", "did not answer within 10 s ([limits] timeout_seconds); is it up?"),
        ("ReadError: reset by peer", "gave no answer (ReadError: reset by peer); is the server up?"),
        (
            "ConnectError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired (_ssl.c:1006)",
            "expired); the server needs a certificate that is valid for this address and today",
        ),
        (
            "ConnectError: [SSL] bad record",
            "does not speak TLS as it should (ConnectError: [SSL] bad record); is it an http:// address?",
        ),
    ],
)
def test_no_answer_is_refused_with_its_reason(error, end):
    def get(url):
        raise NetworkError(error, Exchange("GET", url, error=error))

    found = complaint(get)
    assert found.startswith(
        "--target https://as.example/: https://as.example/.well-known/openid-configuration"
    )
    assert found.endswith(f" {end}")


@pytest.mark.parametrize(
    ("metadata", "name", "answer"),
    [
        (METADATA, "authorization-code", True),
        (METADATA, "client-credentials", True),
        (METADATA, "token-exchange", False),
        (METADATA, "refresh-token", False),
        (METADATA, "userinfo", True),
        (METADATA, "introspection", False),
        (METADATA, "device", None),
        (METADATA, "on-behalf-of", None),
        (METADATA, "scim", None),
        (without("authorization_endpoint"), "authorization-code", False),
        (without("grant_types_supported"), "authorization-code", True),
        (without("grant_types_supported"), "client-credentials", None),
    ],
)
def test_metadata_says_what_it_can_say(metadata, name, answer):
    assert found(metadata).advertises(name) is answer


def test_an_endpoint_that_is_not_advertised_can_be_stated():
    stated = Endpoints(introspection="https://as.example/i", userinfo="https://as.example/u")
    discovery = found(without("userinfo_endpoint"), endpoints=stated)
    assert discovery.introspection_endpoint == "https://as.example/i"
    assert discovery.advertises("introspection")
    assert discovery.advertises("userinfo")
    assert "introspection_endpoint" not in discovery.metadata
