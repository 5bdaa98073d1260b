"""Redaction: what must vanish, what must stay readable, and that a curl line still sends the same request."""

import base64
import json
import shutil
import subprocess
import time
from urllib.parse import quote

import pytest

from reports.exchange import Exchange
from reports.redaction import BODY_LIMIT, Redactor
from reports.row import to_json

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
    line = redactor.curl(exchange)
    assert "\n" not in line
    assert "0123456789" not in line
    script = f"""curl() {{ printf '%s\\0' "$@"; }}
    CLIENT_SECRET=0123456789 COOKIE=0123456789 COOKIE_2=9876543210; {line}"""
    ran = subprocess.run([BASH, "-c", script], capture_output=True, text=True, check=True)
    words = ran.stdout.split("\0")
    assert exchange.url in words
    assert not exchange.request_body or words[words.index("--data-raw") + 1] == exchange.request_body
    for name, value in exchange.request_headers:
        if name == "Authorization":
            assert words[words.index("-u") + 1] == "id:0123456789"
        else:
            assert f"{name}: {value}" in words


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


def test_it_stays_quick_with_thousands_of_secrets(redactor):
    for number in range(3_000):
        redactor.learn(f"{JWT[:60]}.{number:032x}", "access_token")
    exchange = Exchange(
        "GET", "http://t/", (("Authorization", f"Bearer {JWT}"),), response_body="<p>lorem ipsum</p>" * 200
    )
    started = time.process_time()
    for _ in range(20):
        redactor.exchange(exchange)
    assert (
        time.process_time() - started
    ) / 20 < 0.02  # 1 ms where nothing else runs; wide, for a busy machine


def test_a_long_secret_of_letters_only_is_learned(redactor):
    redactor.learn("correcthorsebatterystaple", "password")
    redactor.learn("client_secret_of_acme", "client_secret")
    assert redactor.text("correcthorsebatterystaple client_secret_of_acme client_secret_basic").startswith(
        "[password:"
    )
    assert redactor.text("x client_secret_of_acme client_secret_basic").endswith("] client_secret_basic")
