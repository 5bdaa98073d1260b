"""The sign-in by HTML form does what a person who agrees would do, and fills no page that is none."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from fixtures.cast import Person
from fixtures.login import form
from fixtures.protocol.authorization import AuthorizationRequest
from fixtures.target.profile import LoginForm
from reports.exchange import Exchange

SERVER = "https://login.example"
REDIRECT = "https://client.example/callback"
PERSON = Person("practitioner", "pia", "secret")
SIGN_IN = "<form method=post action=/login><input name=user><input type=password name=word><button>Go</button></form>"


class Pages:
    """A session with a server that shows these pages, one after the other, and then redirects to the client."""

    def __init__(self, *pages: str) -> None:
        self.pages = list(pages)
        self.sent: list[Sequence[tuple[str, str]]] = []

    def send(self, method: str, url: str, *, headers=(), params=(), form=()) -> Exchange:
        self.sent.append(tuple(form or params))
        if not self.pages:
            return Exchange(method, url, status=302, response_headers=(("location", f"{REDIRECT}?code=c"),))
        return Exchange(
            method,
            url,
            status=200,
            response_headers=(("content-type", "text/html"),),
            response_body=self.pages.pop(0),
        )


def signed_in(*pages: str) -> Pages:
    session = Pages(*pages)
    request = AuthorizationRequest(client_id="web", redirect_uri=REDIRECT, scope="openid", state="s")
    response = form.sign_in(session, f"{SERVER}/authorize", request, PERSON, LoginForm())  # type: ignore[arg-type]
    assert response.code == "c"
    return session


def test_every_scope_with_a_box_of_its_own_is_granted() -> None:
    consent = """<form method=post action=/consent><input type=hidden name=state value=s>
        <input type=checkbox name=scope value=profile><input type=checkbox name=scope value=email>
        <input type=checkbox name=remember value=1>
        <button>Submit Consent</button><button name=no>Cancel</button></form>"""
    assert urlencode(signed_in(SIGN_IN, consent).sent[-1]) == "state=s&scope=profile&scope=email"
