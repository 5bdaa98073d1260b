"""The sign-in by HTML form does what a person who agrees would do, and fills no page that is none."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from urllib.parse import urlencode

import pytest

from fixtures.cast import Person
from fixtures.http import Http, OriginError
from fixtures.login import form
from fixtures.protocol.authorization import AuthorizationRequest, AuthorizationResponse, redirected
from fixtures.target.profile import LoginForm
from reports.deviation import HarnessError
from reports.exchange import Exchange
from tests.hostile import Hostile, hostile

SERVER = "https://login.example"
REDIRECT = "https://client.example/callback"
PERSON = Person("practitioner", "pia", "secret")
SIGN_IN = "<form method=post action=/login><input name=user><input type=password name=word><button>Go</button></form>"


class Pages:
    """A session with a server that shows these pages, one after the other, and then redirects to the client."""

    def __init__(self, *pages: str) -> None:
        self.pages = list(pages)
        self.sent: list[Sequence[tuple[str, str]]] = []
        self.urls: list[str] = []

    def send(self, method: str, url: str, *, headers=(), params=(), form=()) -> Exchange:
        self.sent.append(tuple(form or params))
        self.urls.append(url)
        if not self.pages:
            return Exchange(method, url, status=302, response_headers=(("location", f"{REDIRECT}?code=c"),))
        return Exchange(
            method,
            url,
            status=200,
            response_headers=(("content-type", "text/html"),),
            response_body=self.pages.pop(0),
        )


REQUEST = AuthorizationRequest(
    (("client_id", "web"), ("redirect_uri", REDIRECT), ("scope", "openid"), ("state", "s"))
)


def signed_in(*pages: str, login_form: LoginForm = LoginForm()) -> Pages:  # noqa: B008  frozen
    session = Pages(*pages)
    response = form.sign_in(session, f"{SERVER}/authorize", REQUEST, PERSON, login_form)  # type: ignore[arg-type]
    assert response.code == "c"
    return session


def test_every_scope_with_a_box_of_its_own_is_granted() -> None:
    consent = """<form method=post action=/consent><input type=hidden name=state value=s>
        <input type=checkbox name=scope value=profile><input type=checkbox name=scope value=email>
        <button>Submit Consent</button><button name=no>Cancel</button></form>"""
    assert urlencode(signed_in(SIGN_IN, consent).sent[-1]) == "state=s&scope=profile&scope=email"


def test_a_person_lets_the_server_remember_the_sign_in() -> None:
    remembering = SIGN_IN.replace("<button>", "<input type=checkbox name=remember value=1><button>")
    assert ("remember", "1") in signed_in(remembering).sent[-1]


def test_a_name_and_a_password_on_pages_of_their_own() -> None:
    first_page = (
        "<form method=post action=/name><input type=email name=id><input type=password hidden name=pw></form>"
    )
    second_page = "<form method=post action=/password><input type=password name=pw></form>"
    steps = LoginForm(steps=("username", "password"))
    first, second = (
        urlencode(each) for each in signed_in(first_page, second_page, login_form=steps).sent[1:]
    )
    assert first == "id=pia"
    assert second == "pw=secret"


def test_what_a_button_says_of_where_to_send_the_form_counts() -> None:
    page = SIGN_IN.replace("<button>", "<button formaction=/elsewhere>")
    assert signed_in(page).urls[-1] == f"{SERVER}/elsewhere"


def test_a_form_without_an_action_goes_to_the_page_itself() -> None:
    assert signed_in(SIGN_IN.replace("action=/login", "")).urls[-1] == f"{SERVER}/authorize"


def test_scripts_count_for_nothing() -> None:
    assert len(signed_in(f"<script>'<form>'{' ' * 300_000}</script>{SIGN_IN}").sent) == 2


# ----- a server that leads elsewhere


def sign_in_at(server: Hostile, *origins: str) -> AuthorizationResponse:
    with closing(Http(origins=[server.base_url, *origins])) as http:
        return form.sign_in(http.session(), f"{server.base_url}authorize", REQUEST, PERSON, LoginForm())


@pytest.mark.parametrize(
    "behaviour",
    [
        "a form to another origin",
        "a form by GET to another origin",
        "a button to another origin",
        "a base of another origin",
        "a redirect to another origin",
    ],
)
def test_no_password_goes_where_only_a_page_says(behaviour: str) -> None:
    with hostile(lambda _: behaviour) as server, pytest.raises(OriginError, match=r"to \[target\] origins"):
        sign_in_at(server)
    assert server.strangers == []


def test_a_sign_in_goes_to_a_host_that_the_profile_lists() -> None:
    with hostile(lambda _: "a form to another origin") as server:
        sign_in_at(server, server.foreign_url)
    assert [asked.body for asked in server.strangers] == [b"user=pia&password=secret"]


@pytest.mark.parametrize(
    ("behaviour", "says"),
    [
        ("a redirect to itself", "the sign-in goes on after 12 redirects and forms, last at /authorize"),
        ("a redirect to no address", "redirects to 'http://\\[', which is no URL"),
        ("a page of 150,000 attributes", "is a page of more than 256 KiB of markup"),
    ],
)
def test_pages_that_lead_nowhere_are_an_error_and_no_refusal(behaviour: str, says: str) -> None:
    with hostile(lambda _: behaviour) as server, pytest.raises(HarnessError, match=says):
        sign_in_at(server)


@pytest.mark.parametrize("behaviour", ["a page of scripts", "HTML that is none", "bytes that are no text"])
def test_a_page_that_is_none_is_a_refusal(behaviour: str) -> None:
    with hostile(lambda _: behaviour) as server:
        response = sign_in_at(server)
    assert (response.code, response.stage) == (None, "authorization")


def test_the_same_page_again_is_a_refusal_while_signing_in() -> None:
    with (
        hostile(lambda _: "the sign-in page again") as server,
        closing(Http(origins=[server.base_url])) as http,
    ):
        response = form.sign_in(http.session(), f"{server.base_url}authorize", REQUEST, PERSON, LoginForm())
    assert (response.code, response.stage) == (None, "sign-in")


# ----- a redirect to the client


def response_at(location: str, redirect_uri: str = REDIRECT) -> bool:
    answer = Exchange("GET", f"{SERVER}/authorize", status=302, response_headers=(("Location", location),))
    return redirected(answer, redirect_uri, "authorization") is not None


@pytest.mark.parametrize(
    "location",
    [
        "https://client.example/callback.evil.example?code=c",
        "https://client.example.evil.example/callback?code=c",
        "https://client.example@evil.example/callback?code=c",
        "https://client.example:8443/callback?code=c",
        "http://client.example/callback?code=c",
        "https://client.example/callback/?code=c",
        "https://client.example/callback/../callback?code=c",
        "/callback?code=c",
        "//evil.example/callback?code=c",
    ],
)
def test_only_the_redirect_uri_to_the_letter_is_the_clients(location: str) -> None:
    assert not response_at(location)


def test_parameters_are_added_to_those_of_the_redirect_uri() -> None:
    registered = f"{REDIRECT}?tenant=a"
    assert response_at(f"{REDIRECT}?tenant=a&code=c", registered)
    assert response_at(f"{REDIRECT}?code=c&tenant=a", registered)
    assert not response_at(f"{REDIRECT}?code=c", registered)
    assert not response_at(f"{REDIRECT}?tenant=b&code=c", registered)
