"""What a server that nobody here knows may want of a profile, and what is said where the profile lacks it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from fixtures.adapters.capabilities import Logout
from fixtures.adapters.oidc import Oidc
from fixtures.adapters.registry import Registry
from fixtures.cast import Person
from fixtures.flows.target import Target
from fixtures.flows.values import authorization_request
from fixtures.protocol.client_assertion import pem_of
from fixtures.protocol.jwt import own_key, read, signature_valid
from fixtures.target.discovery import Discovery
from fixtures.target.profile import parse
from reports.deviation import NotApplicable, NotTested
from reports.exchange import Exchange
from reports.problem import UsageProblem

SERVER = "https://as.example"
CALLBACK = "https://client.example/callback"
PERSON = Person("practitioner", "pia", "secret")
TARGET = f'[target]\nbase_url = "{SERVER}/"\nadapter = "oidc"\n'
WEB = f'[[clients]]\nrole = "confidential"\nid = "web"\nsecret = "env:S"\nredirect_uri = "{CALLBACK}"\n'
BACK_END = '[[clients]]\nrole = "backend"\nid = "be"\nsecret = "env:S"\n'


class Server:
    """Shows these pages one after the other, then redirects to the client; notes what it was asked."""

    def __init__(self, *pages: str) -> None:
        self.pages, self.asked = list(pages), []
        self.recorder = self
        self.exchanges: list[Exchange] = []

    def session(self) -> Server:
        return self

    def send(self, method: str, url: str, *, headers: Any = (), params: Any = (), form: Any = ()) -> Exchange:
        self.asked.append((method, url, dict([*parse_qsl(urlsplit(url).query), *params, *form])))
        if self.pages:
            html = (("content-type", "text/html"),)
            return Exchange(method, url, status=200, response_headers=html, response_body=self.pages.pop(0))
        return Exchange(method, url, status=302, response_headers=(("location", f"{CALLBACK}?code=c"),))


def target(text: str, server: Server | None = None, **metadata: Any) -> Target:
    profile = parse(TARGET + text, Registry(), source="p.toml", folder=Path())
    known = {"authorization_endpoint": f"{SERVER}/authorize", "userinfo_endpoint": f"{SERVER}/me"}
    known = {**known, "grant_types": ("authorization_code",), **metadata}
    discovery = Discovery(f"{SERVER}/", f"{SERVER}/token", **known)
    adapter = Oidc(server or Server(), profile, discovery, profile.resolve({"S": "s3cret"}))  # type: ignore[arg-type]
    return Target(profile, discovery, adapter)


def test_every_authorization_request_carries_what_the_profile_says() -> None:
    server = Server()
    text = '[api]\nresource = "https://api.example/"\n[authorization]\nparameters = { prompt = "consent" }\n'
    tested = target(WEB + text, server)
    request = authorization_request(tested.client("confidential"), verifier="v" * 43)
    tested.adapter.sign_in(server, request, PERSON, check_request=True)  # type: ignore[arg-type]
    assert server.asked[0][2].items() >= {"prompt": "consent", "resource": "https://api.example/"}.items()


def test_a_silent_sign_in_does_not_ask_for_consent() -> None:
    server = Server()
    tested = target(WEB + '[authorization]\nparameters = { prompt = "consent" }\n', server)
    request = authorization_request(tested.client("confidential"), verifier="v" * 43)
    tested.adapter.silent_sign_in(server, request)  # type: ignore[attr-defined]
    assert server.asked[0][2]["prompt"] == "none"


@pytest.mark.parametrize(
    ("text", "person", "client"),
    [
        ("", f"{SERVER}/me", None),
        ('[api]\nurl = "https://api.example/x"\n', "https://api.example/x", None),
        ('[api]\nclient_url = "https://api.example/y"\n', f"{SERVER}/me", "https://api.example/y"),
        ('[api]\naudience = "api"\n', None, None),
    ],
)
def test_what_a_token_opens(text: str, person: str | None, client: str | None) -> None:
    adapter = target(text).adapter
    assert (adapter.api_url(as_person=True), adapter.api_url(as_person=False)) == (person, client)


def test_every_route_that_the_profile_names_must_ask_for_a_token() -> None:
    text = (
        '[api]\nurl = "https://api.example/x"\nfurther = ["https://api.example/y", "https://api.example/x"]\n'
    )
    routes = target(text).adapter.protected_routes()
    assert [url for _, url, _ in routes] == [f"{SERVER}/me", "https://api.example/x", "https://api.example/y"]


def test_userinfo_is_not_tested_with_a_token_for_another_api() -> None:
    with pytest.raises(NotTested, match=r"a profile without \[api\] resource and audience tests userinfo"):
        target('[api]\nresource = "https://api.example/"\n').protected_url("userinfo")


# The page of Node's oidc-provider: its buttons stand outside the form.
ASKS = """<form id="f" method="post" action="/session/end/confirm"><input type="hidden" name="xsrf" value="x"></form>
<button type="submit" form="f">No, stay signed in</button>
<button type="submit" form="f" value="yes" name="logout">Yes, sign me out</button>"""


def test_somebody_signs_out_at_the_endpoint_for_it_and_says_yes_where_asked() -> None:
    server = Server(ASKS, "<p>Signed out. <form action=/login><input name=login><button>Next</button></form>")
    tested = target(WEB, server, end_session_endpoint=f"{SERVER}/session/end")
    tested.need(Logout).sign_out(server, access_token="a", id_token="i")  # type: ignore[arg-type]  # noqa: S106
    assert server.asked == [
        ("GET", f"{SERVER}/session/end", {"id_token_hint": "i"}),
        ("POST", f"{SERVER}/session/end/confirm", {"xsrf": "x", "logout": "yes"}),
    ]


def test_who_has_no_endpoint_for_signing_out_does_not_offer_it() -> None:
    with pytest.raises(NotApplicable):
        target(WEB).need(Logout)


def test_refresh_tokens_can_be_claimed_where_metadata_is_silent() -> None:
    target('[claims]\nfeatures = ["refresh-token"]\n').need_feature("refresh-token")


def test_two_back_ends_of_one_profile() -> None:
    post = BACK_END.replace('"be"', '"be2"') + 'auth_method = "client_secret_post"\n'
    tested = target(BACK_END + post)
    assert tested.client("backend").id == "be"
    assert tested.client("backend", "client_secret_post").id == "be2"


@pytest.mark.parametrize(
    ("text", "name", "method", "said"),
    [
        ("", "confidential", None, 'add [[clients]] role = "confidential"'),
        (
            BACK_END + '[claims]\nmethods = ["client-credentials"]\n',
            "backend",
            "client_secret_post",
            'add [[clients]] role = "backend" with auth_method = "client_secret_post"',
        ),
    ],
)
def test_what_applies_and_lacks_an_actor_is_not_tested_and_the_entry_to_add_is_named(
    text: str, name: Any, method: str | None, said: str
) -> None:
    with pytest.raises(NotTested) as caught:
        target(text, auth_methods=("client_secret_post",)).client(name, method)
    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["public", "pkce-optional", "device"])
def test_a_client_that_is_neither_claimed_nor_advertised_does_not_apply(name: Any) -> None:
    with pytest.raises(NotApplicable):
        target(WEB, auth_methods=("client_secret_basic",)).client(name)


def test_a_missing_person_is_not_tested_and_the_entry_to_add_is_named() -> None:
    with pytest.raises(NotTested, match=r'add \[\[users\]\] role = "practitioner"'):
        target(WEB).person("practitioner")


# ----- clients with a key of their own

KEYED = '[[clients]]\nrole = "keyed-backend"\nid = "keyed"\nprivate_key = "env:K"\n'
OFFERED = {"auth_methods": ("private_key_jwt",), "grant_types": ("client_credentials",)}


def keyed(text: str, pem: str, **metadata: Any) -> Target:
    profile = parse(TARGET + text, Registry(), source="p.toml", folder=Path())
    discovery = Discovery(f"{SERVER}/", f"{SERVER}/token", **{**OFFERED, **metadata})
    adapter = Oidc(Server(), profile, discovery, profile.resolve({"K": pem}))  # type: ignore[arg-type]
    return Target(profile, discovery, adapter)


@pytest.mark.parametrize(
    ("key", "listed", "alg"),
    [
        ("ES384", ("RS256", "ES256"), "ES384"),
        ("EdDSA", (), "EdDSA"),
        ("RS256", ("ES256", "PS384", "RS256"), "PS384"),
        ("RS256", (), "RS256"),
    ],
)
def test_a_key_of_the_profile_signs_by_what_it_is_and_what_is_listed(
    key: str, listed: tuple[str, ...], alg: str
) -> None:
    client = keyed(KEYED, pem_of(own_key(key)), assertion_algs=listed).client("keyed-backend")
    assert client.keys is not None
    assert client.keys.usual.alg == alg
    (sent,) = [value for name, value in client.auth().params if name == "client_assertion"]
    token = read(sent)
    assert token is not None
    assert token.header == {"alg": alg, "kid": client.keys.usual.kid, "typ": "JWT"}
    assert {token.claims["iss"], token.claims["sub"]} == {"keyed"}
    assert token.claims["aud"] == f"{SERVER}/token"
    assert signature_valid(sent, [client.keys.usual.public_jwk])


def test_a_key_that_is_none_is_a_refused_profile() -> None:
    with pytest.raises(
        UsageProblem, match=r"p.toml: \[\[clients\]\] number 1: private_key is no private key"
    ):
        keyed(KEYED, "no key").client("keyed-backend")


def test_a_listed_private_key_jwt_without_a_client_is_not_tested_and_the_entry_to_add_is_named() -> None:
    with pytest.raises(NotTested, match=r'role = "keyed-backend" with its private_key'):
        target('[claims]\nmethods = ["client-credentials"]\n', **OFFERED).client("keyed-backend")


def test_private_key_jwt_that_is_not_listed_does_not_apply() -> None:
    with pytest.raises(NotApplicable):
        target('[claims]\nmethods = ["client-credentials"]\n').client("keyed-backend")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (KEYED.replace("private_key", "secret"), "private_key is missing"),
        (BACK_END + 'private_key = "env:K"\n', 'private_key does not go with role "backend"'),
        (BACK_END + 'auth_method = "private_key_jwt"\n', 'auth_method "private_key_jwt" does not go with'),
        (
            KEYED + 'auth_method = "client_secret_basic"\n',
            'auth_method "client_secret_basic" does not go with',
        ),
        (KEYED + 'signing_alg = "HS256"\n', 'signing_alg "HS256" is unknown'),
    ],
)
def test_what_does_not_go_together_in_an_entry_is_said(text: str, said: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        target(text)
    assert said in str(caught.value)
