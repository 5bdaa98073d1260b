from pathlib import Path

import pytest

from fixtures.adapters.registry import Registry
from fixtures.target.profile import PROFILES, Limits, load, parse
from reports.problem import UsageProblem

KINDS = Registry()
MEDPLUM = """
[target]
base_url = "https://staging.acme.example/"
adapter = "medplum"
[credentials]
admin_client_id = "env:ID"
admin_client_secret = "env:SECRET"
"""
OIDC = """
[target]
base_url = "https://login.acme.example/realms/test"
adapter = "oidc"
"""
CLIENT = """
[[clients]]
role = "confidential"
id = "web"
secret = "env:SECRET"
redirect_uri = "https://client.example/cb"
"""


def read(text, **options):
    return parse(text, KINDS, source="profile.toml", folder=Path("somewhere"), **options)


def complaint(text, **options):
    with pytest.raises(UsageProblem) as caught:
        read(text, **options)
    line = str(caught.value)
    assert "\n" not in line
    return line


def test_a_medplum_profile_needs_four_fields_and_has_defaults_for_the_rest():
    profile = read(MEDPLUM)
    assert profile.name == "staging.acme.example"
    assert profile.environment == "staging"
    assert profile.issuer == profile.base_url == "https://staging.acme.example/"
    assert profile.limits == Limits(auth_requests_per_minute=150, timeout_seconds=10, patience_seconds=10)
    assert profile.methods == profile.features == ()


def test_an_issuer_is_kept_to_the_letter_while_the_base_url_gets_its_slash():
    profile = read(OIDC)
    assert profile.base_url == "https://login.acme.example/realms/test/"
    assert profile.issuer == "https://login.acme.example/realms/test"


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("base_url", "base_ul", "[target] base_ul is unknown; did you mean base_url?"),
        ('base_url = "https://staging.acme.example/"', "", "[target] base_url is missing"),
        ('adapter = "medplum"', "", "[target] adapter is missing"),
        ("[target]", "[targt]", "[targt] is unknown; did you mean [target]?"),
        ("[target]", 'base_url = "x"\n[target]', "base_url is unknown; it belongs under [target]"),
        ("[target]", "claims = 1\n[target]", "claims must be a section, written [claims]"),
        ('"medplum"', '"medplm"', '[target] adapter "medplm" is unknown; did you mean "medplum"?'),
        ('"medplum"', '"keycloak"', '[target] adapter "keycloak" is unknown; known are "medplum", "oidc"'),
        ('"medplum"', "5", "[target] adapter must be text in quotes, not 5"),
        (
            '"medplum"',
            '"medplum"\nenvironment = "Production"',
            '[target] environment "Production" is unknown; did you mean "production"?',
        ),
        (
            '"medplum"',
            '"medplum"\nca_file = "nope.pem"',
            "[target] ca_file nope.pem is no file",
        ),
        (
            '"medplum"',
            '"medplum"\nclock_header = "X Clock"',
            '[target] clock_header must be the name of a header, not "X Clock"',
        ),
        (
            "https://staging.acme.example/",
            "http://acme/",
            "[target] base_url http://acme/ is not TLS; write https:// (plain http is for this machine only)",
        ),
        (
            "https://staging.acme.example/",
            "staging.acme.example",
            '[target] base_url must be an http or https URL, not "staging.acme.example"',
        ),
        (
            "https://staging.acme.example/",
            "https://staging.acme.example:port/",
            "[target] base_url is not a URL; write https://host/",
        ),
        (
            "https://staging.acme.example/",
            "https://me:hunter2@staging.acme.example/",
            "[target] base_url carries a user name or password; write the URL without it",
        ),
        (
            "https://staging.acme.example/",
            "https://staging.acme.example/?a=b",
            '[target] base_url must end before any "?" or "#", but is "https://staging.acme.example/?a=b"',
        ),
        (
            '"env:SECRET"',
            '"hunter2"',
            "[credentials] admin_client_secret holds a literal value; write env:NAME or file:/path",
        ),
        (
            '"env:SECRET"',
            "1234",
            "[credentials] admin_client_secret holds a literal value; write env:NAME or file:/path",
        ),
        (
            'admin_client_secret = "env:SECRET"',
            "",
            "[credentials] admin_client_secret is missing; write env:MEDPLUM_CLIENT_SECRET",
        ),
        ('"env:SECRET"', '"env:"', "[credentials] admin_client_secret names no variable; write env:NAME"),
        ('"env:SECRET"', '"file:"', "[credentials] admin_client_secret names no file; write file:/path"),
        (
            "[credentials]",
            '[claims]\nmethods = ["token_exchange"]\n[credentials]',
            '[claims] methods lists "token_exchange", which is unknown; did you mean "token-exchange"?',
        ),
        (
            "[credentials]",
            '[claims]\nfeatures = ["scimm"]\n[credentials]',
            '[claims] features lists "scimm", which is unknown; did you mean "scim"?',
        ),
        (
            "[credentials]",
            '[claims]\nmethods = "device"\n[credentials]',
            '[claims] methods must be a list of texts, such as ["a", "b"], not "device"',
        ),
        (
            "[credentials]",
            '[provider]\npublic_url = "https://idp.example"\n[credentials]',
            "[provider] public_url needs the port of this machine that it leads to; write port = 9400",
        ),
        (
            "[credentials]",
            '[limits]\nauth_requests_per_minute = "many"\n[credentials]',
            '[limits] auth_requests_per_minute must be a whole number above 0, not "many"',
        ),
        (
            "[credentials]",
            "[limits]\nauth_requests_per_minute = true\n[credentials]",
            "[limits] auth_requests_per_minute must be a whole number above 0, not true",
        ),
        (
            "[credentials]",
            "[limits]\ntimeout_seconds = 0\n[credentials]",
            "[limits] timeout_seconds must be a number of seconds above 0, not 0",
        ),
        (
            "[credentials]",
            "[limits]\npatience_seconds = nan\n[credentials]",
            "[limits] patience_seconds must be a number of seconds of 0 or more, not nan",
        ),
        (
            "[credentials]",
            '[[users]]\nrole = "patient"\n[credentials]',
            (
                "[[users]] is unknown; known are [target], [claims], [endpoints], [api], [authorization], "
                "[keys], [provider], [limits], [credentials]"
            ),
        ),
        (
            "[credentials]",
            '[keys]\npublic_url = "https://keys.acme.example/"\n[credentials]',
            '[keys] listen is missing; write where public_url leads, such as "127.0.0.1:4001"',
        ),
        (
            "[credentials]",
            '[keys]\nlisten = "4001"\n[credentials]',
            '[keys] listen must be an address and a port, such as "127.0.0.1:4001", not "4001"',
        ),
    ],
)
def test_a_wrong_profile_is_refused_in_one_line(old, new, line):
    assert old in MEDPLUM
    assert complaint(MEDPLUM.replace(old, new, 1)) == (
        f"profile.toml: {line}" if line.startswith(("[", "base_url", "claims")) else line
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            CLIENT.replace("confidential", "secret"),
            '[[clients]] number 1: role "secret" is unknown; known are ',
        ),
        (CLIENT * 2, '[[clients]] number 2: role "confidential" is taken already; each role stands once'),
        (CLIENT.replace("env:SECRET", "s3cret"), "[[clients]] number 1: secret holds a literal value; "),
        (CLIENT.replace('secret = "env:SECRET"', ""), "[[clients]] number 1: secret is missing; "),
        (
            CLIENT.replace("confidential", "public"),
            '[[clients]] number 1: secret does not go with role "public"',
        ),
        (CLIENT + 'auth_method = "none"', '[[clients]] number 1: auth_method "none" does not go with role'),
        (
            CLIENT.replace("redirect_uri", "redirect"),
            "[[clients]] number 1: redirect is unknown; did you mean ",
        ),
        (CLIENT.replace('"web"', '""'), "[[clients]] number 1: id is empty"),
        (CLIENT.replace("[[clients]]", "[clients]"), "clients must be written [[clients]], once for each"),
        (
            '[[users]]\nrole = "patient"\nusername = "pat"\npassword = "hunter2"',
            "[[users]] number 1: password holds a literal value; write env:NAME or file:/path",
        ),
        ('[login_form]\nsteps = ["name"]', '[login_form] steps lists "name", which is unknown; did you mean'),
        ("[credentials]", "[credentials] is unknown; known are [target], "),
    ],
)
def test_a_wrong_client_person_or_form_is_refused_in_one_line(text, line):
    found = complaint(OIDC + text)
    assert found.startswith(f"profile.toml: {line}")
    assert "hunter2" not in found
    assert "s3cret" not in found


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[target]\nname =\n", "profile.toml is not valid TOML: Invalid value (at line 2, column 7)"),
        (
            "[claims]\nmethods = [\n",
            "profile.toml is not valid TOML: Invalid value (at line 2, the end of the file)",
        ),
    ],
)
def test_broken_toml_names_the_line(text, line):
    assert complaint(text) == line


EVERYTHING_WRONG = """
limits = 3
[target]
base_url = "http://acme.example/"
adapter = "oidc"
environment = "production"
clock_hedder = "X Clock"
[claims]
methods = ["pkce", "device-code"]
[[clients]]
role = "confidential"
id = ""
secret = "hunter2"
redirect = "https://client.example/cb"
[[clients]]
role = "public"
id = "web"
[[users]]
role = "doctor"
username = "pia"
password = "env:PIA"
"""


def test_all_problems_are_told_at_once_each_in_a_line_and_no_secret_with_them():
    with pytest.raises(UsageProblem) as caught:
        read(EVERYTHING_WRONG)
    lines = [line.removeprefix("profile.toml: ") for line in caught.value.lines]
    for begin in (
        "limits must be a section, written [limits]",
        "[target] base_url http://acme.example/ is not TLS",
        "[target] clock_hedder is unknown; did you mean clock_header?",
        '[target] clock_header must be the name of a header, not "X Clock"',
        '[claims] methods lists "pkce", which is unknown',
        '[claims] methods lists "device-code", which is unknown',
        "[[clients]] number 1: redirect is unknown; did you mean redirect_uri?",
        "[[clients]] number 1: id is empty",
        "[[clients]] number 1: secret holds a literal value",
        "[[clients]] number 2: redirect_uri is missing",
        '[[users]] number 1: role "doctor" is unknown',
    ):
        assert [line for line in lines if line.startswith(begin)], begin
    assert len(lines) == 11, lines
    assert "hunter2" not in str(caught.value)


def test_two_back_ends_may_authenticate_in_two_ways():
    entry = '[[clients]]\nrole = "backend"\nid = "{0}"\nsecret = "env:S"\nauth_method = "client_secret_{0}"\n'
    both = OIDC + entry.format("basic") + entry.format("post")
    assert [each.way for each in read(both).own.clients] == ["client_secret_basic", "client_secret_post"]
    assert complaint(both + entry.format("post")) == (
        'profile.toml: [[clients]] number 3: role "backend" is taken already with auth_method '
        "client_secret_post; each role stands once"
    )


def test_endpoints_origins_and_the_api_can_be_stated():
    profile = read(
        OIDC.replace('"oidc"', '"oidc"\norigins = ["https://sso.acme.example"]')
        + '[endpoints]\nintrospection = "https://login.acme.example/introspect?tenant=1"\n'
        + '[api]\nurl = "https://api.acme.example/me"\naudience = "acme"\n'
        + '[authorization]\nparameters = { prompt = "consent" }\n'
    )
    assert profile.origins == ("https://sso.acme.example",)
    assert profile.endpoints.members == {
        "introspection_endpoint": "https://login.acme.example/introspect?tenant=1"
    }
    assert profile.api.parameters == (("audience", "acme"),)
    assert profile.authorization_parameters == (("prompt", "consent"),)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            '[endpoints]\ntoken = "login.acme.example/t"',
            '[endpoints] token must be an http or https URL, not "login.acme.example/t"',
        ),
        (
            "[authorization]\nparameters = { max_age = 0 }",
            '[authorization] parameters must be a table of texts, such as { prompt = "consent" }, not a table',
        ),
    ],
)
def test_a_wrong_endpoint_or_parameter_is_refused_in_one_line(text, line):
    assert complaint(OIDC + text) == f"profile.toml: {line}"


def test_production_needs_the_flag():
    text = MEDPLUM.replace('"medplum"', '"medplum"\nenvironment = "production"')
    assert complaint(text) == (
        'profile.toml: [target] environment is "production": the run creates and deletes projects, clients '
        "and people there; add --allow-production if that is meant"
    )
    assert read(text, allow_production=True).environment == "production"


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8103/",
        "http://127.0.0.1/",
        "http://127.8.9.1/",
        "http://[::1]:80/",
        "http://a.localhost/",
    ],
)
def test_plain_http_is_let_through_for_this_machine(url):
    assert read(MEDPLUM.replace("https://staging.acme.example/", url)).base_url == url


@pytest.mark.parametrize(
    "url", ["http://localhost.example/", "http://127.0.0.1.example/", "http://10.0.0.1/"]
)
def test_plain_http_is_refused_elsewhere(url):
    assert "is not TLS" in complaint(MEDPLUM.replace("https://staging.acme.example/", url))


def test_a_missing_file_a_directory_and_bytes_are_refused_in_one_line(tmp_path):
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    for name, end in (
        ("missing.toml", "does not exist"),
        ("", "is a directory; name the TOML file in it"),
        ("bytes.toml", "is not UTF-8 text"),
    ):
        path = tmp_path / name
        with pytest.raises(UsageProblem) as caught:
            load(path, KINDS)
        assert str(caught.value) == f"profile {path} {end}"


@pytest.mark.parametrize("name", [path.name for path in sorted(PROFILES.glob("*.toml"))])
def test_the_shipped_profiles_are_right(name):
    assert load(PROFILES / name, KINDS).base_url.endswith("/")


def test_references_are_looked_up_in_the_environment():
    profile = read(MEDPLUM)
    secrets = profile.resolve({"ID": "the-id", "SECRET": "the-secret"})
    assert secrets.of(profile.own.credentials.admin_client_id) == "the-id"
    assert secrets.of(profile.own.credentials.admin_client_secret) == "the-secret"
    assert secrets.values == (("the-secret", "client_secret"),)
    assert "the-secret" not in repr(secrets)


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        ({"ID": "x"}, "admin_client_secret reads env:SECRET, which is not set; export SECRET first"),
        (
            {"ID": "x", "SECRET": " "},
            "admin_client_secret reads env:SECRET, which is empty; export SECRET with a value",
        ),
    ],
)
def test_an_unset_or_empty_variable_is_refused_in_one_line(environ, line):
    with pytest.raises(UsageProblem) as caught:
        read(MEDPLUM).resolve(environ)
    assert str(caught.value) == f"profile.toml: [credentials] {line}"


def test_all_unset_variables_are_told_at_once():
    with pytest.raises(UsageProblem) as caught:
        read(MEDPLUM).resolve({})
    assert caught.value.lines == (
        "profile.toml: [credentials] admin_client_id reads env:ID, which is not set; export ID first",
        "profile.toml: [credentials] admin_client_secret reads env:SECRET, which is not set; export SECRET first",
    )


@pytest.mark.parametrize(
    ("content", "end"),
    [
        (None, ", which does not exist; write the value there"),
        (b" \n", ", which is empty; write the value there"),
        (b"\xff", ", which is not text; write the value there"),
    ],
)
def test_a_missing_empty_or_binary_secret_file_is_refused_in_one_line(tmp_path, content, end):
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageProblem) as caught:
        read(MEDPLUM.replace("env:SECRET", f"file:{path}")).resolve({"ID": "x"})
    assert str(caught.value) == f"profile.toml: [credentials] admin_client_secret reads file:{path}{end}"


def test_a_secret_file_may_end_in_a_line_break_and_lie_beside_the_profile(tmp_path):
    (tmp_path / "secret").write_text("s3cret\n")
    (tmp_path / "profile.toml").write_text(OIDC + CLIENT.replace("env:SECRET", "file:secret"))
    profile = load(tmp_path / "profile.toml", KINDS)
    secrets = profile.resolve({})
    assert secrets.of(profile.own.clients[0].secret) == "s3cret"
    assert secrets.values == (("s3cret", "client_secret"),)


def test_a_url_alone_claims_nothing_and_says_so():
    profile = KINDS.for_url("https://login.acme.example", {})
    assert (profile.adapter, profile.methods, profile.own.clients) == ("oidc", (), ())
    assert profile.notes[0].startswith("--target https://login.acme.example names no client and no person")


def test_a_url_with_medplum_credentials_in_the_environment_is_a_medplum_server():
    environ = {"MEDPLUM_CLIENT_ID": "x", "MEDPLUM_CLIENT_SECRET": "y"}
    profile = KINDS.for_url("https://staging.acme.example", environ)
    assert (profile.adapter, profile.base_url) == ("medplum", "https://staging.acme.example/")
    assert profile.resolve(environ).of(profile.own.credentials.admin_client_secret) == "y"


def test_a_url_of_another_machine_without_tls_is_refused():
    with pytest.raises(UsageProblem) as caught:
        KINDS.for_url("http://acme.example/", {})
    assert str(caught.value) == (
        "--target http://acme.example/ is not TLS; write https:// (plain http is for this machine only)"
    )
