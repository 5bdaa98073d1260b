import datetime as dt
import ipaddress
import json
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fixtures.adapters.registry import Registry
from fixtures.http import Http
from fixtures.target.preflight import NotServedError, credentials_refused, preflight, reach, right_missing
from fixtures.target.profile import parse
from reports.exchange import Exchange
from reports.problem import UsageProblem


class Server:
    """A target of two answers: its metadata, and 404."""

    def __init__(self, tls=None, **metadata):
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                found = self.path == "/.well-known/openid-configuration"
                body = json.dumps(server.metadata).encode() if found else b""
                self.send_response(200 if found else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.httpd = HTTPServer(("127.0.0.1", 0), Handler)
        self.httpd.handle_error = lambda *_: None  # a client that hangs up is part of the test
        if tls:
            self.httpd.socket = tls.wrap_socket(self.httpd.socket, server_side=True)
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.httpd.server_port}/"
        self.metadata = {"issuer": self.url, "token_endpoint": f"{self.url}token", **metadata}
        threading.Thread(target=self.httpd.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.httpd.shutdown()
        self.httpd.server_close()


def profile(tmp_path, url, more="", claims=""):
    text = f"""
[target]
base_url = "{url}"
adapter = "medplum"
{more}
[claims]
{claims}
[credentials]
admin_client_id = "env:ID"
admin_client_secret = "env:SECRET"
"""
    return parse(text, Registry(), source="profile.toml", folder=tmp_path)


def run(target, told=None):
    http = Http(
        origins=(target.base_url, target.issuer), ca_file=str(target.ca_file) if target.ca_file else None
    )
    try:
        return preflight(
            target, lambda url: http.session().send("GET", url), (told if told is not None else []).append
        )
    finally:
        http.close()


def complaint(target):
    with pytest.raises(UsageProblem) as caught:
        run(target)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for 127.0.0.1: its file, and a TLS context that shows it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Acme test authority")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    pem = made.public_bytes(serialization.Encoding.PEM)
    (folder / "ca.pem").write_bytes(pem)
    (folder / "both.pem").write_bytes(
        pem
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return folder / "ca.pem", context


def test_a_good_target_passes_without_a_word(tmp_path):
    told = []
    with Server(grant_types_supported=["client_credentials"]) as server:
        target = profile(tmp_path, server.url, claims='methods = ["client-credentials"]')
        assert run(target, told).token_endpoint == f"{server.url}token"
    assert told == []


def test_a_refused_connection_is_told_at_once(tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    assert complaint(profile(tmp_path, f"http://127.0.0.1:{port}/")) == (
        f"profile.toml: [target] base_url http://127.0.0.1:{port}/: 127.0.0.1 port {port} "
        "refuses connections; is the server up?"
    )


def test_an_unknown_host_is_told(tmp_path, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert complaint(profile(tmp_path, "https://acme.invalid/")) == (
        "profile.toml: [target] base_url https://acme.invalid/: no address is known for the host "
        "acme.invalid; check its spelling"
    )


def test_a_dead_address_is_given_up_in_time(monkeypatch):
    never = threading.Event()

    def silent(*_, **__):
        never.wait()
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", silent)
    monkeypatch.setattr("fixtures.target.preflight.REACH_SECONDS", 0.05)
    started = time.monotonic()
    with pytest.raises(UsageProblem) as caught:
        reach("https://10.0.0.1/", "profile.toml: [target] base_url https://10.0.0.1/")
    never.set()
    assert time.monotonic() - started < 1
    assert str(caught.value) == (
        "profile.toml: [target] base_url https://10.0.0.1/: 10.0.0.1 port 443 did not answer within 0.05 s; "
        "check the address, and whether this machine may reach it"
    )


def test_a_certificate_that_is_not_trusted_is_told_with_the_remedy(tmp_path, certificate):
    _, context = certificate
    with Server(tls=context) as server:
        found = complaint(profile(tmp_path, server.url))
        assert found == (
            f"profile.toml: [target] base_url {server.url}: {server.url}.well-known/openid-configuration: "
            "the TLS certificate is not trusted (certificate verify failed: self-signed certificate); "
            "set [target] ca_file to the certificate of the authority that signed it"
        )


def test_the_remedy_for_a_private_authority_works(tmp_path, certificate):
    path, context = certificate
    with Server(tls=context) as server:
        assert run(profile(tmp_path, server.url, f'ca_file = "{path}"')).issuer == server.url


def test_tls_asked_of_a_plain_server_is_told(tmp_path):
    with Server() as server:
        found = complaint(profile(tmp_path, server.url.replace("http:", "https:")))
    assert "does not speak TLS as it should" in found
    assert found.endswith("is it an http:// address?")


@pytest.mark.parametrize(
    ("claims", "name", "lack"),
    [
        ("methods", "authorization-code", "names no authorization_endpoint"),
        ("features", "introspection", "names no introspection_endpoint"),
        ("features", "refresh-token", "does not list refresh_token in grant_types_supported"),
    ],
)
def test_a_claim_that_discovery_contradicts_is_refused(tmp_path, claims, name, lack):
    with Server(grant_types_supported=["authorization_code"]) as server:
        assert complaint(profile(tmp_path, server.url, claims=f'{claims} = ["{name}"]')) == (
            f'profile.toml: [claims] {claims} lists "{name}", but the discovery document '
            f"{server.url}.well-known/openid-configuration {lack}; "
            "remove the claim, or mend the server's metadata"
        )


def test_a_claim_on_which_discovery_is_silent_is_let_through(tmp_path):
    with Server() as server:
        run(profile(tmp_path, server.url, claims='methods = ["client-credentials", "device"]'))


def test_another_issuer_is_told_and_does_not_stop_the_run(tmp_path):
    told = []
    with Server(issuer="https://acme.example/") as server:
        assert run(profile(tmp_path, server.url), told).issuer == "https://acme.example/"
    assert len(told) == 1
    assert "the target names itself https://acme.example/" in told[0]


def test_all_claims_that_discovery_contradicts_are_told_at_once(tmp_path):
    claims = 'methods = ["authorization-code"]\nfeatures = ["introspection", "userinfo"]'
    with Server(grant_types_supported=[]) as server, pytest.raises(UsageProblem) as caught:
        run(profile(tmp_path, server.url, claims=claims))
    assert len(caught.value.lines) == 3


def answer(status, error=None):
    body = json.dumps({"error": error}) if error else "Internal Server Error"
    return Exchange("POST", "https://acme.example/token?x", status=status, response_body=body)


def test_refused_credentials_name_the_references_and_the_answer(tmp_path):
    target = profile(tmp_path, "https://acme.example/")
    held = target.own.credentials
    problem = credentials_refused(
        target, (held.admin_client_id, held.admin_client_secret), answer(400, "invalid_client")
    )
    assert isinstance(problem, UsageProblem)
    assert str(problem) == (
        "profile.toml: [credentials] admin_client_id (env:ID) and admin_client_secret (env:SECRET) are "
        "refused: /token answered 400 invalid_client; check that both belong to one client of this target"
    )


@pytest.mark.parametrize(
    ("came", "said"),
    [
        (answer(500), "500"),
        (answer(405), "405"),
        (answer(200), "200"),
        (answer(400, "invalid_grant"), "400 invalid_grant"),
        (answer(500, "invalid_client"), "500 invalid_client"),
    ],
)
def test_what_the_server_gets_wrong_is_not_put_on_the_credentials(tmp_path, came, said):
    target = profile(tmp_path, "https://acme.example/")
    problem = credentials_refused(target, (target.own.credentials.admin_client_id,), came)
    assert isinstance(problem, NotServedError)
    assert str(problem) == (
        f"the target fails at its own front door: asked POST /token for a token, /token answered {said}"
    )


def test_a_missing_right_is_the_profiles_fault_and_a_forgotten_token_the_servers(tmp_path):
    target = profile(tmp_path, "https://acme.example/")
    missing = right_missing(target, target.own.credentials.admin_client_id, "make a project", answer(403))
    assert isinstance(missing, UsageProblem)
    assert str(missing) == (
        "profile.toml: [credentials] admin_client_id (env:ID) may not make a project: /token answered 403; "
        "name a client that may"
    )
    forgotten = right_missing(target, target.own.credentials.admin_client_id, "make a project", answer(401))
    assert isinstance(forgotten, NotServedError)
    assert "with a token issued a moment ago, /token answered 401" in str(forgotten)
