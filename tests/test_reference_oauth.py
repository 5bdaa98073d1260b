import base64
import hashlib
import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import jwt
import pytest

ROOT = Path(__file__).parent.parent
SUPER_ADMIN = ("11111111-1111-4111-8111-111111111111", "the-secret-of-the-super-admin")
REDIRECT_URI = "http://localhost:4000/cb"
METADATA = ".well-known/oauth-authorization-server"
PASSWORD = "Correct-Horse-9"  # noqa: S105 - of people who live as long as the test


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fixtures.reference", *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=10, check=False,
    )  # fmt: skip


@dataclass
class Server:
    """A running reference target with one project, its administrator and three clients."""

    http: httpx.Client
    base_url: str
    project: str = ""
    admin: str = ""
    web: tuple[str, str] = ("", "")
    optional: tuple[str, str] = ("", "")
    public: str = ""

    def prepare(self) -> None:
        token = self.token(grant_type="client_credentials", auth=SUPER_ADMIN)["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        project = self.http.post(
            "fhir/R4/Project", json={"resourceType": "Project", "name": "P"}, headers=headers
        )
        self.project = project.json()["id"]
        self.invite("ada@example.com", headers, admin=True)
        self.invite("pia@example.com", headers)
        self.web = self.register("web", headers)
        self.optional = self.register("optional", headers, pkceOptional=True)
        self.public = self.register("public", headers, secret=None)[0]
        verifier, login = self.sign_in("ada@example.com", client=None, projectId=self.project)
        answer = self.token(grant_type="authorization_code", code=login["code"], code_verifier=verifier)
        self.admin = answer["access_token"]

    def invite(self, email: str, headers: dict[str, str], **membership: object) -> None:
        person = {
            "resourceType": "Practitioner", "firstName": email[:3], "lastName": "Test", "email": email,
            "password": PASSWORD, "sendEmail": False, "scope": "project", "membership": membership,
        }  # fmt: skip
        self.http.post(
            f"admin/projects/{self.project}/invite", json=person, headers=headers
        ).raise_for_status()

    def register(self, name: str, headers: dict[str, str], **changes: object) -> tuple[str, str]:
        body = {"name": name, "redirectUris": [REDIRECT_URI]}
        client = self.http.post(f"admin/projects/{self.project}/client", json=body, headers=headers).json()
        if changes:
            changed = {key: value for key, value in {**client, **changes}.items() if value is not None}
            path = f"fhir/R4/ClientApplication/{client['id']}"
            self.http.put(path, json=changed, headers=headers).raise_for_status()
        return client["id"], client["secret"]

    def post_token(self, auth: tuple[str, str] | None = None, **form: str) -> httpx.Response:
        return self.http.post("oauth2/token", data=form, auth=auth or httpx.USE_CLIENT_DEFAULT)

    def token(self, auth: tuple[str, str] | None = None, **form: str) -> dict[str, str]:
        response = self.post_token(auth, **form)
        assert response.status_code == 200, response.text
        return response.json()

    def sign_in(
        self, email: str = "pia@example.com", *, client: str | None, **fields: str
    ) -> tuple[str, dict[str, str]]:
        verifier, challenge = proof()
        body = {
            "email": email,
            "password": PASSWORD,
            "scope": "openid offline_access",
            "codeChallenge": challenge,
            "codeChallengeMethod": "S256",
            **({"clientId": client} if client else {}),
            **fields,
        }
        response = self.http.post("auth/login", json=body)
        assert response.status_code == 200, response.text
        return verifier, response.json()

    def authorize(self, client: str, **changes: str | None) -> httpx.Response:
        parameters = {
            "response_type": "code", "client_id": client, "redirect_uri": REDIRECT_URI, "scope": "openid",
            "state": "a state", "code_challenge": proof()[1], "code_challenge_method": "S256", **changes,
        }  # fmt: skip
        return self.http.get(
            "oauth2/authorize",
            params={name: value for name, value in parameters.items() if value is not None},
        )

    def redeem(self, verifier: str, login: dict[str, str], **changes: str) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "code": login["code"],
            "code_verifier": verifier,
            **changes,
        }
        return self.post_token(self.web, **form)

    def api(self, token: str, path: str = "auth/me") -> httpx.Response:
        return self.http.get(path, headers={"Authorization": f"Bearer {token}"})


def proof() -> tuple[str, str]:
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    return verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def query_of(response: httpx.Response) -> dict[str, str]:
    return {
        name: values[0] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()
    }


@contextmanager
def started(*options: str) -> Iterator[Server]:
    process = subprocess.Popen(
        [sys.executable, "-m", "fixtures.reference", "--port", "0", "--exit-with-stdin", *options],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "MEDPLUM_CLIENT_ID": SUPER_ADMIN[0], "MEDPLUM_CLIENT_SECRET": SUPER_ADMIN[1]},
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    with process, httpx.Client() as http:
        ready = json.loads(process.stdout.readline())
        http.base_url = ready["base_url"]
        yield Server(http, ready["base_url"])
        process.stdin.close()
        assert process.wait(5) == 0


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with started("--test-clock") as prepared:
        prepared.prepare()
        yield prepared


# The command line


def test_every_oauth_fault_is_asked_for_at_one_place():
    table = (ROOT / "fixtures/reference/faults/oauth.py").read_text()
    names = re.findall(r'Fault\(\s*"([^"]+)"', table)
    modules = [path for path in (ROOT / "fixtures/reference").rglob("*.py") if path.parent.name != "faults"]
    asked = re.findall(r'active\(\s*"([^"]+)"\s*\)', "\n".join(path.read_text() for path in modules))
    assert len(names) > 100
    assert {name: asked.count(name) for name in names} == dict.fromkeys(names, 1)


def test_faults_are_listed_as_json():
    rows = json.loads(run("faults", "--json").stdout)
    assert all((row["requirements"] or row["blocks"]) and row["sentence"].endswith(".") for row in rows)
    assert len({row["name"] for row in rows}) == len(rows)


def test_an_unknown_fault_is_one_clear_line():
    result = run("--fault", "pkce-verifier-ignord")
    assert result.returncode == 4
    assert (
        result.stderr == "There is no fault 'pkce-verifier-ignord'; did you mean 'pkce-verifier-ignored'?\n"
    )


def test_the_limit_on_auth_requests_answers_429():
    with started("--auth-limit", "2", "--signing-alg", "RS256") as limited:
        answers = [limited.post_token(SUPER_ADMIN, grant_type="client_credentials") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert int(answers[2].headers["retry-after"]) > 0
        assert limited.api(answers[0].json()["access_token"]).status_code == 200
        assert jwt.get_unverified_header(answers[0].json()["access_token"])["alg"] == "RS256"


# What works


def test_metadata_names_this_server(server: Server):
    metadata = server.http.get(".well-known/openid-configuration").json()
    assert metadata["issuer"] == server.base_url
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata == server.http.get(".well-known/oauth-authorization-server").json()
    assert server.http.get("fhir/R4/.well-known/smart-configuration").json()["issuer"] == server.base_url


def test_a_client_gets_a_token_with_either_method(server: Server):
    client_id, secret = server.web
    in_body = server.token(grant_type="client_credentials", client_id=client_id, client_secret=secret)
    encoded = f"{quote(client_id, safe='').replace('-', '%2D')}:{secret}".encode()
    basic = {"Authorization": "basic " + base64.b64encode(encoded).decode()}
    in_header = server.http.post(
        "oauth2/token", data={"grant_type": "client_credentials"}, headers=basic
    ).json()
    for answer in (in_body, in_header):
        assert answer["scope"] == "system/*.cruds"
        assert "refresh_token" not in answer
        assert "id_token" not in answer


def test_a_browser_signs_in_with_the_form_and_then_silently(server: Server):
    verifier, challenge = proof()
    to_page = server.authorize(server.web[0], code_challenge=challenge, nonce="n")
    page = server.http.get(to_page.headers["location"])
    sealed = re.search(r'name="request" value="([^"]+)"', page.text)
    assert sealed
    form = {"request": sealed[1], "email": "pia@example.com"}
    again = server.http.post("login", data={**form, "password": "wrong"})
    assert again.status_code == 200
    assert 'role="alert"' in again.text
    back = server.http.post("login", data={**form, "password": PASSWORD})
    assert back.status_code == 303
    answer = query_of(back)
    assert (answer["state"], answer["iss"]) == ("a state", server.base_url)
    tokens = server.redeem(verifier, answer, redirect_uri=REDIRECT_URI).json()

    key = jwt.PyJWK(server.http.get(".well-known/jwks.json").json()["keys"][0])
    claims = jwt.decode(tokens["id_token"], key, audience=server.web[0], issuer=server.base_url)
    assert claims["nonce"] == "n"
    assert claims["sub"] == server.api(tokens["access_token"], "oauth2/userinfo").json()["sub"]

    name, _, value = back.headers["set-cookie"].partition(";")[0].partition("=")
    second, challenge = proof()
    server.http.cookies.clear()
    silent = server.http.get(
        "oauth2/authorize",
        params={
            **parse_qs(to_page.request.url.query.decode()),
            "prompt": "none",
            "code_challenge": challenge,
        },
        headers={"Cookie": f"{name}={value}"},
    )
    assert (
        server.redeem(verifier, query_of(silent), redirect_uri=REDIRECT_URI).json()["error"]
        == "invalid_grant"
    )
    later = server.redeem(second, query_of(silent), redirect_uri=REDIRECT_URI).json()

    server.http.post("oauth2/logout", headers={"Authorization": f"Bearer {later['access_token']}"})
    assert server.api(tokens["access_token"]).status_code == 401


def test_a_refresh_token_rotates_and_a_replay_ends_the_family(server: Server):
    first = server.redeem(*server.sign_in(client=server.web[0])).json()
    second = server.token(server.web, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert server.api(second["access_token"]).status_code == 200
    replay = server.post_token(server.web, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert replay.json()["error"] == "invalid_grant"
    newest = server.post_token(server.web, grant_type="refresh_token", refresh_token=second["refresh_token"])
    assert newest.json()["error"] == "invalid_grant"


def test_consent_narrows_the_scope_and_never_widens_it(server: Server):
    verifier, login = server.sign_in(client=server.web[0], scope="openid user/*.cruds")
    wider = {"login": login["login"], "scope": "openid profile user/*.cruds"}
    assert server.http.post("auth/scope", json=wider).status_code == 400
    narrower = {"login": login["login"], "scope": "openid user/Patient.rs"}
    assert server.http.post("auth/scope", json=narrower).status_code == 200
    tokens = server.redeem(verifier, login).json()
    assert tokens["scope"] == "openid user/Patient.rs"
    assert server.api(tokens["access_token"], "fhir/R4/Patient").status_code == 200
    refused = server.api(tokens["access_token"], "fhir/R4/Observation")
    assert refused.status_code == 403
    assert "insufficient_scope" in refused.headers["www-authenticate"]


def test_introspection_describes_a_token_to_its_client(server: Server):
    token = server.token(server.web, grant_type="client_credentials")["access_token"]
    form = {"token": token}
    answer = server.http.post("oauth2/introspect", data=form, auth=server.web).json()
    assert (answer["active"], answer["token_type"], answer["sub"]) == (True, "Bearer", server.web[0])
    assert server.http.post("oauth2/introspect", data=form).status_code == 401
    garbage = server.http.post("oauth2/introspect", data={"token": "x"}, auth=server.web)
    assert garbage.json() == {"active": False}


def test_the_test_clock_moves_one_request(server: Server):
    verifier, login = server.sign_in(client=server.web[0])
    form = {"grant_type": "authorization_code", "code": login["code"], "code_verifier": verifier}
    late = server.http.post("oauth2/token", data=form, auth=server.web, headers={"X-Authmark-Clock": "601"})
    assert late.json()["error"] == "invalid_grant"
    assert server.redeem(verifier, login).status_code == 200


# What is refused


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "S512"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"scope": "nonsense"}, "invalid_scope"),
        ({"aud": "https://elsewhere.example/"}, "invalid_request"),
        ({"request": "x"}, "request_not_supported"),
        ({"request_uri": "https://x.example/"}, "request_uri_not_supported"),
    ],
)
def test_a_bad_authorization_request_goes_back_to_the_client(server: Server, changes, error):
    answer = query_of(server.authorize(server.public, **changes))
    assert (answer["error"], answer["state"], answer["iss"]) == (error, "a state", server.base_url)


@pytest.mark.parametrize("changes", [{"client_id": "nobody"}, {"redirect_uri": f"{REDIRECT_URI}/x"}])
def test_an_untrusted_redirect_uri_is_not_followed(server: Server, changes):
    response = server.authorize(server.web[0], **changes)
    assert response.status_code == 400
    assert "location" not in response.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"code": "unknown"}, "invalid_grant"),
        ({"code": ""}, "invalid_request"),
        ({"redirect_uri": "https://elsewhere.example/"}, None),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
    ],
)
def test_a_bad_code_request_is_refused(server: Server, changes, error):
    verifier, login = server.sign_in(client=server.web[0])
    response = server.redeem(verifier, login, **changes)
    if error is None:  # a sign-in by the JSON API had no redirect URI to compare
        assert response.status_code == 200
    else:
        assert (response.status_code, response.json()["error"]) == (400, error)


def test_a_reused_code_takes_its_tokens_with_it(server: Server):
    verifier, login = server.sign_in(client=server.web[0])
    tokens = server.redeem(verifier, login).json()
    assert server.redeem(verifier, login).json()["error"] == "invalid_grant"
    assert server.api(tokens["access_token"]).status_code == 401
    refresh = server.post_token(server.web, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refresh.json()["error"] == "invalid_grant"


def test_pkce_is_optional_only_for_a_client_that_authenticates(server: Server):
    verifier, _ = proof()
    without = {"codeChallenge": "", "codeChallengeMethod": ""}
    _, login = server.sign_in(client=server.optional[0], **without)
    form = {"grant_type": "authorization_code", "code": login["code"]}
    assert server.post_token(**form, client_id=server.optional[0]).json()["error"] == "invalid_client"
    assert (
        server.post_token(server.optional, **form, code_verifier=verifier).json()["error"] == "invalid_grant"
    )
    assert server.post_token(server.optional, **form).status_code == 200


def test_client_authentication_fails_with_401(server: Server):
    form = {"grant_type": "client_credentials"}
    wrong = server.post_token((server.web[0], "wrong"), **form)
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    assert wrong.headers["www-authenticate"].startswith("Basic ")
    assert server.post_token(**form, client_id=server.web[0], client_secret="").status_code == 401
    assert server.post_token(("nobody", "x"), **form).json()["error"] == "invalid_client"
    both = server.post_token(server.web, **form, client_id=server.web[0], client_secret=server.web[1])
    assert (both.status_code, both.json()["error"]) == (400, "invalid_request")
    public = server.post_token(**form, client_id=server.public)
    assert public.json()["error"] == "unauthorized_client"


def test_the_token_endpoint_is_strict_about_its_form(server: Server):
    client_id, secret = server.web
    query = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    assert server.http.get("oauth2/token", params=query).status_code == 405
    assert server.http.post("oauth2/token", params=query).json()["error"] == "invalid_request"
    assert server.http.post("oauth2/token", json=query).json()["error"] == "invalid_request"
    twice = {**query, "scope": ["system/*.rs", "system/*.rs"]}
    assert server.http.post("oauth2/token", data=twice).json()["error"] == "invalid_request"


def test_only_access_tokens_of_this_server_open_the_api(server: Server):
    tokens = server.redeem(*server.sign_in(client=server.web[0])).json()
    header, claims, _ = tokens["access_token"].split(".")
    stranger = jwt.encode({"iss": server.base_url}, "k" * 32, "HS256", {"typ": "at+jwt"})
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').rstrip(b"=").decode()
    bad = [
        tokens["id_token"],
        tokens["refresh_token"],
        f"{header}.{claims}.",
        f"{none}.{claims}.",
        stranger,
        "x",
    ]
    for token in bad:
        response = server.api(token)
        assert response.status_code == 401
        assert 'error="invalid_token"' in response.headers["www-authenticate"]
    assert server.api(tokens["access_token"]).status_code == 200


def test_a_token_is_taken_from_the_header_alone(server: Server):
    nothing = server.http.get("auth/me")
    assert nothing.status_code == 401
    assert nothing.headers["www-authenticate"].startswith("Bearer ")
    assert "error" not in nothing.headers["www-authenticate"]
    query = {"access_token": server.admin}
    assert server.http.get("auth/me", params=query).status_code == 401
    header = {"Authorization": f"bearer {server.admin}"}
    assert server.http.get("auth/me", headers=header).status_code == 200
    assert server.http.get("auth/me", params=query, headers=header).status_code == 400
    assert server.http.post("oauth2/userinfo", data=query, headers=header).status_code == 400


def test_a_disabled_client_is_refused_everywhere(server: Server):
    headers = {"Authorization": f"Bearer {server.admin}"}
    client = server.register("disabled", headers)
    token = server.token(client, grant_type="client_credentials")["access_token"]
    stored = server.http.get(f"fhir/R4/ClientApplication/{client[0]}", headers=headers).json()
    server.http.put(
        f"fhir/R4/ClientApplication/{client[0]}", json={**stored, "status": "off"}, headers=headers
    )
    assert server.post_token(client, grant_type="client_credentials").json()["error"] == "invalid_client"
    assert server.api(token).status_code == 401
    assert server.http.get("auth/me", auth=client).status_code == 401


def test_sign_in_does_not_say_who_exists(server: Server):
    body = {"password": "wrong-password", "clientId": server.web[0]}
    challenge = {"codeChallenge": proof()[1], "codeChallengeMethod": "S256"}
    answers = [
        server.http.post("auth/login", json={**body, **challenge, "email": email})
        for email in ("pia@example.com", "nobody@example.com")
    ]
    assert answers[0].status_code == answers[1].status_code == 400
    assert answers[0].text == answers[1].text


def test_a_fault_by_request_acts_on_that_request_alone_and_answers_say_what_was_asked_for():
    with started("--faults-by-request") as server:
        fault = {"X-Authmark-Fault": "pkce-plain-accepted"}
        broken, sound = (server.http.get(METADATA, headers=headers) for headers in (fault, {}))
    assert broken.json()["code_challenge_methods_supported"] == ["S256", "plain"]
    assert sound.json()["code_challenge_methods_supported"] == ["S256"]
    assert "pkce-plain-accepted" in sound.headers["X-Authmark-Asked"].split()
    assert "pkce-verifier-ignored" not in sound.headers["X-Authmark-Asked"].split()


def test_faults_by_request_are_switched_on_by_an_option_only(server: Server):
    answer = server.http.get(METADATA, headers={"X-Authmark-Fault": "pkce-plain-accepted"})
    assert answer.json()["code_challenge_methods_supported"] == ["S256"]
    assert "X-Authmark-Asked" not in answer.headers
