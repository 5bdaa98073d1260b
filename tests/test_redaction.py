"""Redaction: what must vanish, what must stay readable, and that a curl line still sends the same request."""

import base64
import html
import json
import resource
import shutil
import subprocess
import sys
import tracemalloc
from pathlib import Path
from urllib.parse import quote

import pytest

from reports.deviation import quoted
from reports.exchange import Exchange
from reports.redaction import BODY_LIMIT, Redactor
from reports.row import to_json
from tests.harness import ROOT

BASH = shutil.which("bash") or "/bin/bash"
SECRET = "s3cr3t/with+odd=characters"  # noqa: S105  a canary
FORM = ("Content-Type", "application/x-www-form-urlencoded")


def b64(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


CLAIMS = {"sub": "x", "refresh_secret": "53ee5abc99887766"}
JWT = ".".join([b64(json.dumps({"alg": "ES256", "typ": "JWT"})), b64(json.dumps(CLAIMS)), "c2lnbmF0dXJl"])


@pytest.fixture
def redactor():
    return Redactor(b"key")


def everything(redactor, exchange):
    return to_json(redactor.exchange(exchange))


@pytest.mark.parametrize(
    ("where", "exchange"),
    [
        ("form", Exchange("POST", "http://t/", (FORM,), f"client_secret={quote(SECRET, safe='')}")),
        ("query", Exchange("GET", f"http://t/?access_token={quote(SECRET, safe='')}")),
        ("fragment", Exchange("GET", f"http://t/#id_token={quote(SECRET, safe='')}")),
        ("json", Exchange("POST", "http://t/", (), json.dumps({"a": [{"newPassword": SECRET}]}))),
        ("broken-json", Exchange("POST", "http://t/", (), '{"password": "' + SECRET + '"')),
        (
            "answer",
            Exchange("GET", "http://t/", status=200, response_body=json.dumps({"refresh_token": SECRET})),
        ),
        ("bearer", Exchange("GET", "http://t/", (("Authorization", f"Bearer {SECRET}"),))),
        (
            "basic",
            Exchange(
                "GET",
                "http://t/",
                (("Authorization", "Basic " + base64.b64encode(f"id:{SECRET}".encode()).decode()),),
            ),
        ),
        ("cookie", Exchange("GET", "http://t/", (("Cookie", f"a=b; session={SECRET}"),))),
        (
            "set-cookie",
            Exchange("GET", "http://t/", response_headers=(("Set-Cookie", f"session={SECRET}; HttpOnly"),)),
        ),
        (
            "location",
            Exchange(
                "GET",
                "http://t/",
                status=302,
                response_headers=(("Location", f"http://c/cb?code={quote(SECRET, safe='')}&state=s"),),
            ),
        ),
        (
            "login-answer",
            Exchange(
                "POST", "http://t/", status=200, response_body=json.dumps({"login": "l", "code": SECRET})
            ),
        ),
        (
            "link-in-page",
            Exchange(
                "GET", "http://t/", response_body=f'<a href="/go?x=1&amp;token={quote(SECRET, safe="")}">'
            ),
        ),
        (
            "hidden-input",
            Exchange(
                "GET", "http://t/", response_body=f'<input type="hidden" name="csrf_token" value="{SECRET}">'
            ),
        ),
        (
            "url-in-json",
            Exchange(
                "GET",
                "http://t/",
                response_body=json.dumps({"enrollUri": f"otpauth://t?secret={quote(SECRET, safe='')}"}),
            ),
        ),
        (
            "fhir-patch",
            Exchange(
                "PATCH", "http://t/", (), json.dumps([{"op": "replace", "path": "/secret", "value": SECRET}])
            ),
        ),
        (
            "plain-challenge",
            Exchange("GET", f"http://t/?code_challenge={quote(SECRET, safe='')}&code_challenge_method=plain"),
        ),
        (
            "private-key",
            Exchange("GET", "http://t/", response_body=json.dumps({"keys": [{"kty": "EC", "d": SECRET}]})),
        ),
        ("user-info", Exchange("GET", f"http://user:{quote(SECRET, safe='')}@t/")),
    ],
)
def test_a_secret_is_found_by_its_place(redactor, where, exchange):
    text = everything(redactor, exchange)
    for spelling in (SECRET, quote(SECRET, safe=""), base64.b64encode(f"id:{SECRET}".encode()).decode()):
        assert spelling not in text, where
    assert SECRET not in redactor.text(f"the target said {SECRET} to me"), "and from then on everywhere"


@pytest.mark.parametrize(
    "readable",
    [
        Exchange(
            "GET",
            "http://t/authorize?client_id=abc-123&state=xyz-789&nonce=n-0815&code_challenge=E9Melhoa2Ow&code_challenge_method=S256",
        ),
        Exchange("GET", "http://t/fhir/R4/Observation?code=http://loinc.org|85354-9"),
        Exchange(
            "GET",
            "http://t/",
            response_body='{"resourceType":"OperationOutcome","issue":[{"code":"not-found-42"}]}',
        ),
        Exchange(
            "GET",
            "http://t/",
            response_body='{"resourceType":"Observation","code":{"coding":[{"code":"85354-9"}]}}',
        ),
        Exchange("POST", "http://t/", response_body='{"login":"c30d07bc-fd67-4d34","project":"p-1"}'),
        Exchange(
            "GET",
            "http://t/",
            response_body='{"token_endpoint":"http://t/oauth2/token","grant_types_supported":["password"]}',
        ),
        Exchange(
            "POST",
            "http://t/",
            (FORM,),
            "token_type_hint=refresh_token&subject_token_type=urn:ietf:params:oauth:token-type:jwt",
        ),
    ],
)
def test_what_a_reader_needs_stays(redactor, readable):
    shown = redactor.exchange(readable)
    assert (shown.url, shown.request_body, shown.response_body) == (
        readable.url,
        readable.request_body,
        readable.response_body,
    )


def test_basic_credentials_keep_the_client_id(redactor):
    redactor.learn(SECRET, "client_secret")
    credentials = base64.b64encode(f"my-client:{SECRET}".encode()).decode()
    shown = redactor.exchange(Exchange("GET", "http://t/", (("Authorization", f"Basic {credentials}"),)))
    (_, value), *_ = shown.request_headers
    assert value.startswith("Basic base64(my-client:[client_secret:")
    assert '-u my-client:"$CLIENT_SECRET"' in shown.curl


def test_a_secret_is_found_in_every_spelling(redactor):
    value = 'quo"te & <angle> ü'
    redactor.learn(value, "password")
    for spelling in (
        value,
        quote(value),
        quote(value, safe="").lower(),
        json.dumps(value),
        "quo&quot;te &amp; &lt;angle&gt; ü",
    ):
        assert "angle" not in redactor.text(f"x {spelling} y")


def test_anything_of_the_shape_of_a_jwt_vanishes(redactor):
    assert redactor.text(f"unseen {JWT}!").startswith("unseen [jwt:")
    assert "alg=ES256 typ=JWT" in redactor.text(JWT)
    assert redactor.text(JWT[: JWT.rindex(".")]).startswith("[jwt:"), "also without its signature"


def test_a_token_can_be_read_but_not_used(redactor):
    exchange = Exchange("POST", "http://t/", status=200, response_body=json.dumps({"access_token": JWT}))
    (token,) = redactor.exchange(exchange).tokens
    assert json.loads(token.header) == {"alg": "ES256", "typ": "JWT"}
    assert token.claims.startswith('{"sub": "x", "refresh_secret": "[refresh_secret:')
    assert token.mark in redactor.exchange(exchange).response_body
    assert "c2lnbmF0dXJl" not in to_json(redactor.exchange(exchange))
    used = Exchange("GET", "http://t/", (("Authorization", f"Bearer {JWT}"),))
    assert redactor.exchange(used).tokens == (), "it stands where it was issued"
    forged = ".".join([b64('{"alg":"none"}'), b64('{"sub":"y"}'), ""])
    sent = redactor.exchange(Exchange("GET", "http://t/", (("Authorization", f"Bearer {forged}"),)))
    assert [token.claims for token in sent.tokens] == ['{"sub": "y"}']


def test_secrets_inside_a_token_are_learned_with_it(redactor):
    redactor.learn_from(Exchange("POST", "http://t/", response_body=json.dumps({"refresh_token": JWT})))
    assert "53ee5abc99887766" not in redactor.text("refresh_secret is 53ee5abc99887766")


def test_a_placeholder_says_what_it_was_and_equal_values_look_equal(redactor):
    redactor.learn("first-0001", "code")
    redactor.learn("other-0002", "code")
    one, two, again = redactor.text("first-0001 other-0002 first-0001").split()
    assert one == again != two
    assert one.startswith("[code:")
    assert len(one) == len("[code:3f9a]")
    assert Redactor(b"key").key == b"key", "workers of one run share it"
    other = Redactor(b"another")
    other.learn("first-0001", "code")
    assert other.text("first-0001") != one


def test_a_longer_value_is_replaced_before_the_one_it_begins_with(redactor):
    redactor.learn("verifier-12345", "code_verifier")
    redactor.learn("verifier-12345X", "code_verifier")
    assert redactor.text("verifier-12345X") == redactor.text("verifier-12345X").strip("X")


def test_a_plain_word_is_masked_in_its_place_only(redactor):
    exchange = Exchange("POST", "http://t/", (FORM,), "login=user&password=password")
    shown = redactor.exchange(exchange)
    assert shown.request_body.startswith("login=user&password=[password:")
    assert redactor.text("the password grant") == "the password grant"


def test_words_in_a_secret_do_not_break_longer_words(redactor):
    redactor.learn("wrong-password", "password")
    assert redactor.text("wrong-passwords stay, wrong-password goes").startswith(
        "wrong-passwords stay, [password:"
    )


@pytest.mark.parametrize(
    "exchange",
    [
        Exchange("GET", "http://t/a?b=c d"),
        Exchange("POST", "http://t/", (FORM, ("X-Quote", 'it\'s "so"')), "a=1&client_secret=0123456789&a=2"),
        Exchange("POST", "http://t/[x]", (("Content-Type", "application/json"),), '{"a":\n"b\\n\'c é"}'),
        Exchange("DELETE", "http://t/"),
        Exchange(
            "POST",
            "http://t/",
            (("Authorization", "Basic " + base64.b64encode(b"id:0123456789").decode()),),
            "x",
        ),
        Exchange("GET", "http://t/", (("Cookie", "a=0123456789; b=9876543210"),)),
    ],
)
def test_a_curl_line_sends_the_same_request(redactor, exchange):
    redactor.learn("0123456789", "client_secret")
    line = redactor.curl(exchange)
    assert "\n" not in line
    assert "0123456789" not in line
    script = f"""curl() {{ printf '%s\\0' "$@"; }}
    CLIENT_SECRET=0123456789 COOKIE=9876543210; {line}"""
    ran = subprocess.run([BASH, "-c", script], capture_output=True, text=True, check=True)
    words = ran.stdout.split("\0")
    assert exchange.url in words
    assert not exchange.request_body or words[words.index("--data-raw") + 1] == exchange.request_body
    for name, value in exchange.request_headers:
        if name == "Authorization":
            assert words[words.index("-u") + 1] == "id:0123456789"
        else:
            assert f"{name}: {value}" in words


def test_a_secret_that_nobody_gave_out_is_called_wrong(redactor):
    """Else a reader would put the right one in its place, and see another answer."""
    redactor.learn("0123456789", "client_secret")
    for secret, name in (("0123456789", "CLIENT_SECRET"), ("012345678X", "WRONG_SECRET")):
        basic = base64.b64encode(f"id:{secret}".encode()).decode()
        for exchange in (
            Exchange("POST", "http://t/", (("Authorization", f"Basic {basic}"),), "x"),
            Exchange("POST", "http://t/", (FORM,), f"client_secret={secret}"),
        ):
            assert f'"${name}"' in redactor.curl(exchange)


def test_two_secrets_of_one_kind_have_two_variables(redactor):
    line = redactor.curl(
        Exchange("POST", "http://t/", (FORM,), "code=0123456789&code=9876543210&grant_type=x&code=0123456789")
    )
    assert line.count('"$CODE"') == 2
    assert line.count('"$CODE_2"') == 1


def test_sent_is_one_line_that_names_parameters_and_credentials(redactor):
    line = redactor.sent(
        Exchange(
            "POST",
            "http://t/oauth2/token?x=1",
            (FORM, ("Authorization", "Bearer 0123456789abc")),
            "scope=a%20b&code_verifier=0123456789",
        )
    )
    assert line.startswith("POST /oauth2/token?x=1 scope=a b code_verifier=[code_verifier:")
    assert "(Authorization: Bearer [access_token:" in line


def test_a_long_body_is_cut_after_redaction(redactor):
    secret = SECRET
    body = "x" * (BODY_LIMIT - 8) + secret + "y" * 100
    redactor.learn(secret, "code")
    shown = redactor.exchange(Exchange("GET", "http://t/", response_body=body)).response_body
    assert secret[:8] not in shown
    assert shown.endswith("more characters]")


def test_a_long_secret_of_letters_only_is_learned(redactor):
    redactor.learn("correcthorsebatterystaple", "password")
    redactor.learn("client_secret_of_acme", "client_secret")
    assert redactor.text("correcthorsebatterystaple client_secret_of_acme client_secret_basic").startswith(
        "[password:"
    )
    assert redactor.text("x client_secret_of_acme client_secret_basic").endswith("] client_secret_basic")


def spellings_of(secret):
    """The ways in which a server may give a secret back."""
    percent = quote(secret, safe="")
    every = "".join(f"%{byte:02X}" for byte in secret.encode())
    return {
        "raw": secret,
        "percent": percent,
        "twice percent": quote(percent, safe=""),
        "every character percent": every,
        "every character twice": every.replace("%", "%25"),
        "base64": base64.b64encode(secret.encode()).decode(),
        "base64url": base64.urlsafe_b64encode(secret.encode()).decode().rstrip("="),
        "base64 behind another": base64.b64encode(f"client-7:{secret}".encode()).decode(),
        "base64 among others": base64.b64encode(f"x{secret}, and more".encode()).decode(),
        "hex": secret.encode().hex(),
        "HEX": secret.encode().hex().upper(),
        "json": json.dumps(secret)[1:-1],
        "json with slashes": json.dumps(secret)[1:-1].replace("/", "\\/"),
        "json in unicode": "".join(f"\\u{ord(c):04x}" for c in secret),
        "javascript": "".join(f"\\x{ord(c):02x}" for c in secret),
        "html": html.escape(secret),
        "html decimal": "".join(f"&#{ord(c)};" for c in secret),
        "html hex": "".join(f"&#x{ord(c):X};" for c in secret),
        "html of percent": percent.replace("%", "&#37;"),
        "json of html": json.dumps(html.escape(secret))[1:-1],
    }


@pytest.mark.parametrize("secret", ["Zm9v/bar+b4z=quux'7\"<q>", "d87654d22de2179debdd416450e8aa83"])
def test_a_secret_is_replaced_however_a_server_spells_it(redactor, secret):
    redactor.learn(secret, "client_secret")
    for name, spelt in spellings_of(secret).items():
        text = redactor.text(f"before {spelt} behind")
        assert "[client_secret:" in text, name
        assert not {secret[:6], secret[-6:]} & {text[at : at + 6] for at in range(len(text))}, name
        assert text.startswith("before "), name
        assert text.endswith(" behind"), name
        assert len(text) < 60, f"{name}: what is left of it is {text}"


@pytest.mark.parametrize(
    "name",
    [
        "X-Api-Key",
        "Api-Key",
        "X-Auth-Token",
        "X-Access-Token",
        "X-Session",
        "X-Session-Id",
        "X-CSRF-Token",
        "X-Amz-Security-Token",
        "X-Amzn-Oidc-Data",
        "X-Auth",
        "DPoP-Token",
        "X-Client-Secret",
        "X-Hmac",
        "X-Hub-Signature",
        "Authentication",
    ],
)
def test_a_secret_is_found_by_the_name_of_its_header(redactor, name):
    for exchange in (
        Exchange("GET", "http://t/", ((name, "s3cr3t-0815-value"),)),
        Exchange("GET", "http://t/", status=200, response_headers=((name, "Scheme s3cr3t-0815-value"),)),
    ):
        assert "s3cr3t-0815-value" not in everything(redactor, exchange)
    assert "s3cr3t" not in redactor.text("and s3cr3t-0815-value elsewhere")


def test_headers_that_hold_no_secret_stay(redactor):
    headers = (
        ("Access-Control-Allow-Credentials", "include-all-of-it-0815"),
        ("Content-Security-Policy", "default-src 'none' 0815"),
        ("WWW-Authenticate", 'Bearer realm="abc-0815-def"'),
        ("ETag", 'W/"abc-0815-def"'),
        ("Idempotency-Key", "abc-0815-def"),
    )
    shown = redactor.exchange(Exchange("GET", "http://t/", status=200, response_headers=headers))
    assert shown.response_headers == headers


@pytest.mark.parametrize(
    "parameter", ["login_verifier", "consent_verifier", "login_challenge", "hmac", "logout_token", "jwt"]
)
def test_a_secret_is_found_by_the_name_of_its_parameter(redactor, parameter):
    location = ("Location", f"http://t/next?{parameter}=s3cr3t-0815-value&state=xyz")
    exchange = Exchange("GET", "http://t/", status=302, response_headers=(location,))
    text = everything(redactor, exchange)
    assert "s3cr3t-0815-value" not in text
    assert "state=xyz" in text


def test_credentials_without_a_scheme_are_secret_too(redactor):
    assert "bare-token-0815" not in everything(
        redactor, Exchange("GET", "http://t/", (("Authorization", "bare-token-0815"),))
    )


# ----- whatever a server sends


HOSTILE = {
    "many beginnings of a token": "eyJ" * 66_000,
    "many beginnings, each with a dot": "eyJaaaaaaaa." * 20_000,
    "many short beginnings": "eyJ." * 50_000,
    "inputs without an end": "<input " * 30_000,
    "inputs with one quote": "<input name='" * 20_000,
    "quotes": '"a":"' * 40_000,
    "pairs": "&a=" * 70_000,
    "names": "a" * 200_000,
    "percent": "%25" * 70_000,
    "entities": "&amp;" * 40_000,
    "backslashes": "\\u0041" * 30_000,
    "schemes": "://a:b" * 30_000,
    "spaces behind a name": '"a"' + " " * 200_000,
    "depth": "[" * 100_000,
    "depth that ends": "[" * 100_000 + "]" * 100_000,
    "depth of objects": '{"a":' * 100_000 + "1" + "}" * 100_000,
}


def redact_all():
    """Redacts every hostile body, in a process that may take so much time and memory and no more."""
    base = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (base + 300 * 2**20,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
    for name, body in HOSTILE.items():
        redactor = Redactor(b"key")
        redactor.learn(SECRET, "client_secret")
        exchange = Exchange(
            "GET", "http://t/", status=200, response_body=body, response_headers=(("X", body),)
        )
        redactor.learn_from(exchange)
        redactor.exchange(exchange)
        redactor.text(body)
        print(name, flush=True)
    redactor = Redactor(b"key")
    for number in range(5_000):
        redactor.learn(f"{JWT[:60]}.{number:032x}", "access_token")
    for _ in range(1_000):
        redactor.text(f"Bearer {JWT} <p>lorem ipsum</p>" * 10)
    print("thousands of secrets")


def test_time_and_memory_grow_with_what_came_and_no_faster():
    """No pattern begins its search anew at each character: what takes a second would take hours."""
    done = subprocess.run(
        [sys.executable, "-c", "from tests import test_redaction; test_redaction.redact_all()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == [*HOSTILE, "thousands of secrets"], done.stderr[-300:]


def test_a_large_answer_takes_little_memory(redactor):
    redactor.learn(SECRET, "client_secret")
    body = json.dumps([{"name": f"number {number}", "value": "x" * 100} for number in range(60_000)])
    exchange = Exchange("GET", "http://t/", status=200, response_body=body)
    tracemalloc.start()
    redactor.learn_from(exchange)
    shown = redactor.exchange(exchange)
    redactor.text(quoted(body))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(body) > 8_000_000
    assert peak < 2 * len(body)
    assert len(shown.response_body) < BODY_LIMIT + 100


def test_a_secret_that_a_cut_goes_through_is_replaced_whole(redactor):
    secret = "longer-than-most-0815-" * 10
    redactor.learn(secret, "code")
    for before in range(BODY_LIMIT - len(secret) - 2, BODY_LIMIT + 2, 7):
        body = "x" * before + secret + "y" * 500
        shown = redactor.exchange(Exchange("GET", "http://t/", response_body=body)).response_body
        assert "0815" not in shown


ACTS = {
    "escape": "\x1b[2J\x1b]0;title\x07",
    "bell": "\x07",
    "nul": "\x00",
    "c1": "\x9b31m",
    "delete": "\x7f",
    "backspace": "\x08",
    "return": "good\rbad",
    "right to left": "\u202egnp.exe\u2066",
    "no width": "a\u200bb\ufeff",
    "line separator": "\u2028",
    "tag": "\U000e0041",
    "surrogate": "\ud800",
    "private": "\ue000x\ue001\ue002Y\ue003",
}


@pytest.mark.parametrize("name", ACTS)
def test_what_acts_instead_of_being_seen_is_shown_as_an_escape(redactor, name):
    said = f"before {ACTS[name]} behind"
    shown = redactor.exchange(
        Exchange(
            "GET",
            f"http://t/?a={said}",
            (("X-Sent", said),),
            status=200,
            response_headers=(("X-Came", said),),
            response_body=f"{said}\r\nnext\tline",
            error=said,
            purpose=said,
        )
    )
    text = to_json(shown) + redactor.text(said)
    assert all(character.isprintable() for character in json.loads(json.dumps(redactor.text(said))))
    assert not any(character in text for character in ACTS[name] if not character.isprintable())
    text.encode()
    assert shown.response_body.endswith("\nnext\tline")
    assert "\\" in redactor.text(said)
