"""Rows of a small run, made by hand: one of every verdict, two of one outline."""

from dataclasses import replace
from datetime import UTC, datetime

from reports import journal, record
from reports.exchange import Exchange
from reports.journal import Claims, Contents, End, Journal, RequirementSet, TargetInfo
from reports.redaction import Redactor
from reports.row import Row, Step

REDACTOR = Redactor(b"a key for tests")

TOKEN = Exchange(
    "POST",
    "https://staging.acme.example/oauth2/token",
    (("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "*/*")),
    "grant_type=authorization_code&code=d87654d22de2179debdd416450e8aa83&client_id=cb536912-a936-48ad-8418-9e6d61d401a0"
    "&code_verifier=WHOZ-1BE_43DCKZK8EXPiRgJmeRB1i8He4vb2tecOlKx28oPo9LUoY2yCpAGZABt&redirect_uri=https%3A%2F%2Facme.example%2Fcb",
    200,
    (("Cache-Control", "no-store"), ("Content-Type", "application/json; charset=utf-8")),
    '{"token_type":"Bearer","expires_in":3600,"scope":"openid","access_token":"eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9'
    '.eyJzdWIiOiI2MTgxODg3NiJ9.c2lnbmF0dXJlc2lnbmF0dXJl"}',
    duration_ms=41.2,
    purpose="redeem the code",
)
USERINFO = Exchange(
    "GET",
    "https://staging.acme.example/oauth2/userinfo",
    (("Authorization", "Bearer an-opaque-token-0815"),),
    status=401,
    response_headers=(("WWW-Authenticate", 'Bearer error="invalid_token"'),),
    response_body="<img src=x>",
    duration_ms=12.0,
)


def row(id_="PK02", verdict="passed", **changes):
    """A row as the recorder makes it; what is not given is that of a plain one."""
    exchange = changes.pop("exchange", TOKEN)
    base = Row(
        id=id_,
        title="A wrong verifier is refused",
        feature="Proof Key for Code Exchange",
        rule="The verifier decides",
        method="authorization-code",
        level="must",
        requirement_severity="critical",
        severity="critical",
        clauses=("rfc7636-4.6",),
        example="",
        verdict=verdict,
        kind=None,
        required=('the token request is refused with 400 "invalid_grant"',) if verdict == "passed" else (),
        received='400 {"error":"invalid_grant"}' if verdict == "passed" else "",
        reason="",
        step="",
        line="features/browser/pkce.feature:31",
        duration_ms=61.5,
        asked=("authorization-code",),
        sent=REDACTOR.sent(exchange) if verdict in ("passed", "failed", "warning") else "",
        reproduce="",
        exchanges=(REDACTOR.exchange(exchange),),
        steps=(
            Step("Given", "a public client registered for the authorization code flow", "passed"),
            Step("When", "the client redeems the code with another verifier", "passed"),
            Step(
                "Then",
                'the token request is refused with 400 "invalid_grant"',
                "failed" if verdict in ("failed", "warning") else "passed",
            ),
        ),
    )
    if verdict in ("failed", "warning"):
        base = replace(
            base,
            kind="accepted",
            required=("400 with error invalid_grant",),
            received="200 with an access token",
            step='Then the token request is refused with 400 "invalid_grant"',
            reproduce=REDACTOR.curl(exchange),
        )
    return replace(base, **changes)


def rows():
    """A run with one of everything."""
    return [
        row("PK01", title="The right verifier redeems the code", example="a verifier of 43 characters"),
        row("PK01", title="The right verifier redeems the code", example="a verifier of 128 characters"),
        row("PK02", "failed", example="another verifier"),
        row("PK02", "passed", example="one more character after the verifier"),
        row(
            "PK03",
            "failed",
            title="A missing verifier is refused",
            kind="wrong-error",
            severity="low",
            required=("400 with error invalid_grant", "400 with error invalid_request"),
            received="400 with error unauthorized_client",
        ),
        row(
            "RS04",
            "warning",
            title="A refused bearer token is answered with the reason",
            feature="Bearer tokens at the API",
            rule="",
            method="client-credentials",
            level="should",
            requirement_severity="medium",
            severity="medium",
            clauses=(
                "rfc6750-3",
                "rfc6750-3.1",
            ),
            kind="missing-header",
            required=('401 with WWW-Authenticate: Bearer error="invalid_token"',),
            received="401 without WWW-Authenticate <script>alert(1)</script>",
            exchange=USERINFO,
        ),
        row(
            "TE03",
            title="A token answer is not cacheable",
            feature="Token endpoint",
            severity="medium",
            requirement_severity="medium",
            clauses=("rfc6749-5.1",),
            method="client-credentials",
        ),
        row(
            "OB01",
            "not-applicable",
            title="A client acts for a person",
            feature="On-behalf-of",
            method="on-behalf-of",
            severity="high",
            requirement_severity="high",
            clauses=("medplum-auth.on-behalf-of",),
            reason="the target neither claims nor advertises on-behalf-of",
            exchange=USERINFO,
        ),
        row(
            "AC05",
            "blocked",
            title="An old code is refused",
            feature="Authorization code",
            severity="medium",
            requirement_severity="medium",
            clauses=("rfc6749-4.1.2",),
            reason="the control did not hold: a fresh code was refused with invalid_client",
        ),
        row(
            "AC06",
            "error",
            title="An unknown code is refused",
            feature="Authorization code",
            severity="high",
            requirement_severity="high",
            clauses=("rfc6749-5.2",),
            reason="no answer within 10 s: POST https://staging.acme.example/oauth2/token",
        ),
    ]


def header(**changes):
    """The header of a run against a staging server."""
    made = record.header(
        run="f7e88e",
        target=TargetInfo(
            "Acme staging",
            "https://staging.acme.example/",
            "medplum",
            "staging",
            "https://staging.acme.example/",
        ),
        claims=Claims(("authorization-code", "client-credentials", "on-behalf-of"), ("scim",)),
        started=datetime(2026, 11, 24, 6, 58, tzinfo=UTC),
        options=["--target", "acme.toml"],
        ids=[f"ZZ{number:03}" for number in range(149)],
    )
    return replace(made, **changes)


END = End("2026-11-24T06:59:12+00:00", deselected=0, exchanges=31, auth_requests=12, left_behind=())


def contents(some_rows=None, *, waivers=(), collected=None, lost=(), end=END, **changes):
    """The journal of a run with these rows, all that there is to ask."""
    some_rows = rows() if some_rows is None else some_rows
    ids = [each.id for each in some_rows] if collected is None else collected
    changes = {"requirement_set": RequirementSet("0123456789ab", tuple(dict.fromkeys(ids)))} | changes
    return Contents(header(waivers=tuple(waivers), **changes), tuple(ids), tuple(some_rows), tuple(lost), end)


def write_journal(directory, run):
    """The journal of a run with these contents, on disk."""
    made = Journal(directory / journal.FILE_NAME, run.header)
    made.collect(run.collected)
    for each in run.rows:
        made.add(each)
    if run.end:
        made.finish(run.end)


def build(some_rows=None, **changes):
    """The record of such a run."""
    return record.derive(contents(some_rows, **changes))
