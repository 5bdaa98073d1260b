"""What keeps a run from starting is one line that says what to do: exit code 4, and nothing made."""

from __future__ import annotations

import datetime as dt
import http.server
import json
import os
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fixtures.adapters.medplum import Medplum
from fixtures.adapters.registry import Registry
from fixtures.cast import Client, client_role
from fixtures.http import Http
from fixtures.ledger import Ledger
from fixtures.target import profile as profiles
from fixtures.target.discovery import discover
from tests.harness import Finished, Reference, reference, run

SECRET = "not-a-secret-of-anybody-0123456789"  # noqa: S105  as it says
CREDENTIALS = {"MEDPLUM_CLIENT_ID": "11111111-1111-4111-8111-111111111111", "MEDPLUM_CLIENT_SECRET": SECRET}


@pytest.fixture(scope="module")
def server() -> Iterator[Reference]:
    with reference() as started:
        yield started


@pytest.fixture(scope="module")
def dead_url() -> Iterator[str]:
    """An address of this machine that refuses: bound, so that nobody else takes it, and not listening."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/"


@pytest.fixture(scope="module")
def untrusted_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A TLS server with a certificate that it signed itself."""
    pem = tmp_path_factory.mktemp("tls") / "server.pem"
    pem.write_bytes(_self_signed())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as listening:
        # The handshake belongs to the connection's own thread: the preflight opens one and says nothing.
        listening.socket = context.wrap_socket(
            listening.socket, server_side=True, do_handshake_on_connect=False
        )
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"https://localhost:{listening.server_port}/"
        listening.shutdown()


@pytest.fixture(scope="module")
def poor_url() -> Iterator[str]:
    """A server that describes itself, and has codes and clients and nothing else."""

    class Poor(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = f"http://localhost:{self.server.server_port}/"  # type: ignore[attr-defined]
            named = {name: f"{url}{name}" for name in ("authorization", "token", "introspection", "userinfo")}
            grants = ["authorization_code", "client_credentials", "refresh_token"]
            document = {f"{name}_endpoint": address for name, address in named.items()}
            body = json.dumps({"issuer": url, **document, "grant_types_supported": grants}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Poor) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://localhost:{listening.server_port}/"
        listening.shutdown()


@pytest.fixture(scope="module")
def ordinary_client(server: Reference, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """A client of an ordinary project, which may make no project."""
    folder = tmp_path_factory.mktemp("ordinary")
    profile = profiles.load(server.profile(folder / "profile.toml"), Registry())
    http_ = Http(origins=[profile.base_url])
    adapter = Medplum(
        http_,
        profile,
        discover(lambda url: http_.session().send("GET", url), profile),
        profile.resolve(server.env),
    )
    adapter.check_credentials()
    adapter.prepare(Ledger.create(folder / "ledger.jsonl", "ordinary", profile), "ordinary")
    client = adapter.client(client_role("backend"))
    http_.close()
    assert client
    return client


def _self_signed() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


class Case:
    """A command line that cannot be carried out, and what its line must say."""

    def __init__(
        self,
        says: str,
        *options: str,
        change: tuple[str, str] | None = None,
        text: str | None = None,
        env: dict[str, str] | None = None,
        deviations: str | None = None,
    ) -> None:
        self.says, self.options, self.change, self.text = says, options, change, text
        self.env, self.deviations = CREDENTIALS if env is None else env, deviations


ENTRY = '[[deviation]]\nid = "{id}"\nkind = "{kind}"\nreason = "r"\nowner = "o"\nexpires = 2999-01-01\n'
BASE_URL = "http://localhost:8103/"

CASES: dict[str, Case] = {
    # ----- the profile as a file
    "missing file": Case(r"profile {folder}/nowhere.toml does not exist", "--target={folder}/nowhere.toml"),
    "a folder": Case(r"profile {folder} is a directory; name the TOML file in it", "--target={folder}"),
    "broken TOML": Case(
        r"{profile} is not valid TOML: .*line 3", text='[target]\nname = "x"\nbase_url = =\n'
    ),
    "unknown field": Case(
        r"{profile}: \[target\] base_ulr is unknown; did you mean base_url\?",
        change=("base_url =", "base_ulr ="),
    ),
    "unknown section": Case(
        r"{profile}: \[limit\] is unknown; did you mean \[limits\]\?", change=("[limits]", "[limit]")
    ),
    "literal secret": Case(
        r"{profile}: \[credentials\] admin_client_secret holds a literal value; write env:NAME or file:/path",
        change=("env:MEDPLUM_CLIENT_SECRET", SECRET),
    ),
    "unset variable": Case(
        r"{profile}: \[credentials\] admin_client_secret reads env:MEDPLUM_CLIENT_SECRET, which is not set; export",
        change=('"Medplum"', '"Acme"'),
        env={"MEDPLUM_CLIENT_ID": "11111111-1111-4111-8111-111111111111"},
    ),
    "missing secret file": Case(
        r"{profile}: \[credentials\] admin_client_secret reads file:secret.txt, which does not exist",
        change=("env:MEDPLUM_CLIENT_SECRET", "file:secret.txt"),
    ),
    "unknown adapter": Case(
        r'{profile}: \[target\] adapter "medplm" is unknown; did you mean "medplum"\?',
        change=('"medplum"', '"medplm"'),
    ),
    "unknown method": Case(
        r'{profile}: \[claims\] methods lists "client-credential", which is unknown; did you mean',
        change=('"client-credentials"', '"client-credential"'),
    ),
    "production": Case(
        r'{profile}: \[target\] environment is "production": .*--allow-production',
        change=('adapter = "medplum"', 'adapter = "medplum"\nenvironment = "production"'),
    ),
    "plain http to a remote host": Case(
        r"{profile}: \[target\] base_url .*is not TLS; write https://",
        change=(BASE_URL, "http://staging.acme.example/"),
    ),
    # ----- the target
    "a URL that is not TLS": Case(
        r"--target http://staging.acme.example/ is not TLS", "--target=http://staging.acme.example/"
    ),
    "a host that refuses": Case(
        r"{profile}: .*refuses connections; is the server up\?", change=(BASE_URL, "{dead}")
    ),
    "a host without address": Case(
        r"{profile}: .*no address is known for the host nowhere.invalid",
        change=(BASE_URL, "https://nowhere.invalid/"),
    ),
    "a certificate that is not trusted": Case(
        r"{profile}: \[target\] base_url .*the TLS certificate is not trusted.*ca_file",
        change=(BASE_URL, "{untrusted}"),
    ),
    "a server that does not describe itself": Case(
        r"{profile}: .*(discovery|metadata|describes)", change=(BASE_URL, "{server}fhir/")
    ),
    "wrong credentials": Case(
        r"{profile}: \[credentials\] admin_client_id .*and admin_client_secret .*are refused: .* 401",
        change=(BASE_URL, "{server}"),
    ),
    "credentials without the right": Case(
        r"{profile}: \[credentials\] admin_client_id .*may not make a project: /fhir/R4/Project answered 403",
        change=(BASE_URL, "{server}"),
        env={"MEDPLUM_CLIENT_ID": "{ordinary.id}", "MEDPLUM_CLIENT_SECRET": "{ordinary.secret}"},
    ),
    "a claim that discovery contradicts": Case(
        r'{profile}: \[claims\] methods lists "token-exchange", but the discovery document .* does not list',
        change=(
            BASE_URL + '"\nadapter = "medplum"\n\n[claims]\nmethods = [',
            '{poor}"\nadapter = "medplum"\n\n[claims]\nmethods = ["token-exchange", ',
        ),
    ),
    "a bad profile in a parallel run": Case(
        r"{profile}: \[target\] base_ulr is unknown", "-n2", change=("base_url =", "base_ulr =")
    ),
    # ----- other options
    "an unknown fault": Case(
        r"There is no fault 'pkce-verifier-ignore'; did you mean 'pkce-verifier-ignored'\?",
        "--fault=pkce-verifier-ignore",
    ),
    "a fault for another target": Case(
        r"--fault breaks the embedded reference target only",
        "--fault=pkce-verifier-ignored",
        change=('"Medplum"', '"Acme"'),
    ),
    "no deviations file": Case(r"{folder}/nowhere.toml: No such file", "--deviations={folder}/nowhere.toml"),
    "broken deviations": Case(r"{deviations}: is no valid TOML: .*line 1", deviations="[[deviation]\n"),
    "a deviation of an unknown requirement": Case(
        r"{deviations}: entry 1: unknown id 'PK2'; did you mean 'PK",
        deviations=ENTRY.format(id="PK2", kind="accepted"),
    ),
    "a deviation of an unknown kind": Case(
        r"{deviations}: entry 1: unknown kind 'acepted'; did you mean 'accepted'",
        deviations=ENTRY.format(id="PK02", kind="acepted"),
    ),
    "a report folder that is a file": Case(
        r"--out {folder}/out-file cannot take the reports: Not a directory", "--out={folder}/out-file"
    ),
}


class Runs:
    """All cases at once, two at a time: each takes a second, most of it Python's own start."""

    def __init__(self, folder: Path, words: dict[str, str]) -> None:
        self._folder, self._words = folder, words
        self._pool = ThreadPoolExecutor(max_workers=os.cpu_count())
        self._runs = {name: self._pool.submit(self._run, name, case) for name, case in CASES.items()}

    def _filled(self, text: str, words: dict[str, str]) -> str:
        for word, value in words.items():
            text = text.replace("{" + word + "}", value)
        return text

    def _run(self, name: str, case: Case) -> tuple[Finished, str, Path]:
        folder = self._folder / re.sub(r"\W", "-", name)
        folder.mkdir()
        (folder / "out-file").touch()
        profile, deviations = folder / "profile.toml", folder / "deviations.toml"
        words = {**self._words, "folder": str(folder), "profile": str(profile), "deviations": str(deviations)}
        options = [self._filled(option, words) for option in case.options]
        if case.change or case.text:
            text = case.text or (profiles.PROFILES / "medplum.toml").read_text()
            if case.change:
                assert case.change[0] in text
                text = text.replace(case.change[0], self._filled(case.change[1], words))
            profile.write_text(text)
            options.append(f"--target={profile}")
        if case.deviations:
            deviations.write_text(case.deviations)
            options.append(f"--deviations={deviations}")
        env = {key: self._filled(value, words) for key, value in case.env.items()}
        says = self._filled(case.says, {key: re.escape(value) for key, value in words.items()})
        return run(folder / "out", *options, env=env), says, folder / "out"

    def of(self, name: str) -> tuple[Finished, str, Path]:
        return self._runs[name].result()

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="module")
def runs(
    server: Reference,
    dead_url: str,
    untrusted_url: str,
    poor_url: str,
    ordinary_client: Client,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Runs]:
    started = Runs(
        tmp_path_factory.mktemp("usage"),
        {
            "server": server.base_url,
            "dead": dead_url,
            "untrusted": untrusted_url,
            "poor": poor_url,
            "ordinary.id": ordinary_client.id,
            "ordinary.secret": str(ordinary_client.secret),
        },
    )
    yield started
    started.close()


@pytest.mark.parametrize("name", CASES)
def test_one_line_says_what_is_wrong(runs: Runs, name: str) -> None:
    finished, says, out = runs.of(name)
    assert len(finished.errors) == 1, finished.output
    assert re.match(f"ERROR: {says}", finished.errors[0]), finished.errors[0]
    assert finished.code == 4
    assert "Traceback" not in finished.output
    assert "INTERNALERROR" not in finished.output
    assert SECRET not in finished.output
    assert not list(out.glob("*")), "nothing was begun"


# Before it has read its configuration, pytest takes a value that stands alone for a path to test, and looks for the
# configuration there, unless another path is named. The command `authmark` takes either form.
@pytest.mark.parametrize(
    ("form", "paths"),
    [("--target=FILE", ()), ("--target=FILE", ("features",)), ("--target FILE", ("features",))],
)
def test_a_profile_may_lie_outside_the_repository(tmp_path: Path, form: str, paths: tuple[str, ...]) -> None:
    profile = tmp_path / "profile.toml"
    profile.write_text('[targets]\nbase_url = "https://acme.example/"\nadapter = "oidc"\n')
    options = [word.replace("FILE", str(profile)) for word in form.split(" ")]
    finished = run(tmp_path / "out", *options, paths=paths)
    assert finished.errors == [f"ERROR: {profile}: [targets] is unknown; did you mean [target]?"], (
        finished.output
    )
