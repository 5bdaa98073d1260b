"""The checks of access and of refusals at the API: each wrong answer has its kind, no right one is blamed."""

import json
from dataclasses import replace

import pytest

from fixtures.flows import control
from fixtures.flows.values import Tokens
from fixtures.protocol.opened import opened
from reports.deviation import Blocked, Deviation, NotApplicable
from reports.exchange import Exchange
from steps.checks import access, author, bearer, client_token, refusal
from steps.checks.outcome import Outcome

HELD = {
    "resourceType": "Patient",
    "id": "a",
    "meta": {"versionId": "1"},
    "telecom": [{"value": "x@example.com"}],
}
REFUSALS = (Outcome((400, 403)),)
BATCH = json.dumps({"resourceType": "Bundle", "type": "batch", "entry": [{"request": {}}, {"request": {}}]})
OUTCOME = {"resourceType": "OperationOutcome", "id": "not-found", "issue": [{"code": "not-found"}]}


def answer(status, body="", **headers):
    text = body if isinstance(body, str) else json.dumps(body)
    fields = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Exchange("GET", "http://localhost/x", status=status, response_headers=fields, response_body=text)


def bundle(*ids, **members):
    return {"resourceType": "Bundle", "entry": [{"resource": {"id": each}} for each in ids], **members}


def batch(*statuses):
    return {"resourceType": "Bundle", "entry": [{"response": {"status": each}} for each in statuses]}


def kind_of(check, *args):
    try:
        check(*args)
    except Deviation as deviation:
        return deviation.kind
    return None


@pytest.mark.parametrize(
    ("status", "kind"), [(403, None), (404, "wrong-status"), (200, "accepted"), (500, "server-error")]
)
def test_a_refusal_has_the_status_that_was_asked_for(status, kind):
    assert kind_of(refusal.refused, answer(status, HELD), (Outcome((403,)),)) == kind


@pytest.mark.parametrize(
    ("status", "kind"), [(401, None), (404, None), (410, None), (200, "not-revoked"), (503, "server-error")]
)
def test_a_right_that_was_taken_away_opens_nothing(status, kind):
    assert kind_of(refusal.ended, answer(status, HELD), (Outcome((401, 403, 404, 410)),)) == kind


# What a proxy, a sign-in page or a broken server says instead of an answer.
NOTHING = [
    answer(200),
    answer(204),
    answer(200, "[]"),
    answer(200, [HELD]),
    answer(200, {}),
    answer(200, "<html>Sign in</html>"),
    answer(200, {"error": "invalid_token"}),
    answer(200, {"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}),
    answer(302, "", location="https://as.example/login"),
]


@pytest.mark.parametrize("nothing", NOTHING)
def test_a_redirect_nothing_a_list_or_a_page_is_not_the_api_opened(nothing):
    assert not opened(nothing)
    assert kind_of(bearer.served, nothing) in ("refused", "malformed")
    with pytest.raises(Blocked):
        control.served(nothing, "the API does not open")


@pytest.mark.parametrize("nothing", NOTHING)
def test_neither_is_it_proof_that_an_attack_went_through(nothing):
    refused = kind_of(refusal.refused, nothing, (Outcome((401,)),))
    assert refused == ("wrong-status" if nothing.status == 302 else "malformed")
    assert kind_of(refusal.ended, nothing, (Outcome((401,)),)) == refused
    assert kind_of(refusal.challenged, nothing, "Bearer") == "missing-header"


def test_of_many_routes_the_one_that_opens_is_told_before_those_that_say_no_wrongly():
    answers = [replace(answer(403), url="http://x/first"), answer(401), answer(200, HELD), answer(404)]
    with pytest.raises(Deviation, match=r"accepted.*not refused so either: GET /first, GET /x") as told:
        refusal.each_refused(answers, (Outcome((401,)),))
    assert told.value.exchange is answers[2]


def test_what_opened_shows_something_and_what_wrote_need_not():
    assert opened(answer(200, HELD))
    assert opened(answer(200, OUTCOME))
    assert opened(answer(200, "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln", content_type="application/jwt"))
    assert opened(replace(answer(204), method="DELETE"))
    assert not opened(replace(answer(204), method="POST"))


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (answer(200, batch("403", "403 Forbidden")), None),
        (answer(403, OUTCOME), None),
        (answer(200, batch("403", "201")), "accepted"),
        (answer(200, batch("403", "404")), "wrong-status"),
        (answer(200, batch("403")), "malformed"),
        (answer(200, batch()), "malformed"),
        (answer(500), "server-error"),
    ],
)
def test_each_entry_of_a_batch_is_refused(found, kind):
    assert kind_of(refusal.refused, replace(found, request_body=BATCH), (Outcome((403,)),)) == kind


@pytest.mark.parametrize(
    ("now", "kind"),
    [
        ([HELD], None),
        ([{**HELD, "meta": {"versionId": "1", "author": {"reference": "Practitioner/1"}}}], None),
        ([], "accepted"),
        ([HELD, {**HELD, "id": "b"}], "accepted"),
        ([{**HELD, "meta": {"versionId": "2"}}], "accepted"),
        ([{**HELD, "language": "de"}], "accepted"),
    ],
)
def test_a_refused_write_leaves_no_trace(now, kind):
    assert kind_of(access.unchanged, HELD, now, answer(403)) == kind


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (answer(200, bundle("in")), None),
        (answer(200, bundle("in", "out")), "leaked"),
        (answer(200, bundle("out")), "leaked"),
        (answer(200, bundle()), "refused"),
        (answer(403, OUTCOME), "refused"),
        (answer(500), "server-error"),
    ],
)
def test_a_search_shows_what_is_within_reach(found, kind):
    assert kind_of(access.finds_only, found, "in", "out") == kind


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (answer(200, bundle(total=1)), None),
        (answer(200, bundle(total=2)), "leaked"),
        (answer(200, bundle(total=0)), "refused"),
        (answer(200, bundle()), "malformed"),
        (answer(403, OUTCOME), "malformed"),
    ],
)
def test_a_total_counts_what_is_within_reach(found, kind):
    assert kind_of(access.counts, found, 1) == kind


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (answer(200, bundle()), None),
        (answer(400, OUTCOME), None),
        (answer(200, bundle("a")), "leaked"),
        (answer(404, OUTCOME), "wrong-status"),
        (answer(500), "server-error"),
    ],
)
def test_a_hidden_field_matches_nothing(found, kind):
    assert kind_of(access.finds_nothing, found, REFUSALS) == kind


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (answer(200, {"resourceType": "Patient", "id": "a"}), None),
        (answer(200, bundle("a")), None),
        (answer(200, HELD), "leaked"),
        (answer(200, {"resourceType": "Patient", "id": "a", "text": "x@example.com"}), "leaked"),
        (answer(200, bundle("b")), "refused"),
        (answer(403, OUTCOME), "refused"),
    ],
)
def test_a_hidden_field_is_not_shown(found, kind):
    assert kind_of(access.field_hidden, found, "a", "telecom", "x@example.com") == kind


@pytest.mark.parametrize(
    ("found", "unknown", "kind"),
    [
        (answer(404, OUTCOME), answer(404, {**OUTCOME, "extension": ["trace 7"]}), None),
        (answer(404, "no a"), answer(404, "no b"), None),
        (answer(403, OUTCOME), answer(404, OUTCOME), "leaked"),
        (answer(404, {**OUTCOME, "id": "foreign"}), answer(404, OUTCOME), "leaked"),
        (answer(200, HELD), answer(404, OUTCOME), "accepted"),
        (answer(500), answer(404, OUTCOME), "server-error"),
    ],
)
def test_anothers_resource_is_answered_as_one_that_never_was(found, unknown, kind):
    assert kind_of(access.same_as_unknown, found, unknown, ("a", "b")) == kind


@pytest.mark.parametrize(
    ("own", "other", "kind"),
    [([{"id": "n"}], [], None), ([], [{"id": "n"}], "accepted"), ([], [], None)],
)
def test_a_resource_lies_where_it_was_made(own, other, kind):
    assert kind_of(access.not_planted, answer(201, {"id": "n"}), own, other, REFUSALS) == kind


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (answer(404, OUTCOME, content_type="application/fhir+json"), None),
        (answer(404, OUTCOME, content_type="text/html"), "wrong-header"),
        (answer(404, "<h1>Not found</h1>", content_type="text/html"), "malformed"),
        (answer(404, {**OUTCOME, "issue": []}, content_type="application/json"), "malformed"),
        (answer(404, {**OUTCOME, "text": "at read (/srv/app/repo.js:7:1)"}, content_type="a/json"), "leaked"),
        (
            answer(404, {**OUTCOME, "text": "Traceback (most recent call last)"}, content_type="a/json"),
            "leaked",
        ),
        (answer(200, HELD, content_type="application/json"), "accepted"),
        (answer(500), "server-error"),
    ],
)
def test_a_refusal_is_an_operation_outcome(found, kind):
    assert kind_of(access.operation_outcome, found) == kind


@pytest.mark.parametrize(
    ("held", "challenged", "without_error"),
    [
        ("Bearer", None, None),
        ('bearer realm="x"', None, None),
        ('Basic realm="x", Bearer realm="y"', None, None),
        ('Bearer realm="x", error="invalid_token"', None, "wrong-header"),
        ('Basic realm="Bearer"', "missing-header", None),
        (None, "missing-header", None),
    ],
)
def test_a_challenge_is_read_out_of_the_header(held, challenged, without_error):
    found = answer(401) if held is None else answer(401, www_authenticate=held)
    assert kind_of(refusal.challenged, found, "Bearer") == challenged
    assert kind_of(refusal.challenged_with, found, None) == without_error


@pytest.mark.parametrize(
    ("check", "arguments"),
    [
        (access.does_not_hold, (answer(401), "a", REFUSALS)),
        (access.not_planted, (answer(401), [], [], REFUSALS)),
        (access.field_kept, (HELD, [HELD], "telecom", answer(401), REFUSALS)),
        (access.same_as_unknown, (answer(401), answer(401), ())),
    ],
    ids=["a search", "a creation", "a write to a read-only field", "another project's record"],
)
def test_a_caller_who_is_not_recognised_proves_nothing(check, arguments):
    assert kind_of(check, *arguments) == "wrong-status"


AUTHORED = {"author": {"reference": "Client/1"}, "onBehalfOf": {"reference": "Practitioner/2"}}


@pytest.mark.parametrize(
    ("now", "kind"),
    [
        ([{"id": "b", "meta": AUTHORED}, HELD], None),
        ([{"id": "a", "meta": {**AUTHORED, "versionId": "2"}}], None),
        ([HELD], "refused"),
        ([{"id": "b", "meta": {}}], "missing-claim"),
        ([{"id": "b", "meta": {"author": AUTHORED["author"]}}], "missing-claim"),
        ([{"id": "b", "meta": {**AUTHORED, "author": {"reference": "Practitioner/2"}}}], "wrong-claim"),
        ([{"id": "b", "meta": {**AUTHORED, "onBehalfOf": {"reference": "Client/1"}}}], "wrong-claim"),
        ([{"id": "b", "meta": AUTHORED}, {"id": "c", "meta": {}}], "missing-claim"),
    ],
)
def test_what_was_written_says_who_acted_and_for_whom(now, kind):
    made = replace(answer(201), method="POST", request_body="{}")
    assert kind_of(author.written_by, made, HELD, now, "Client/1", "Practitioner/2") == kind


def test_a_batch_is_served_where_each_entry_is():
    asked = replace(answer(200, batch("200", "403")), request_body=BATCH)
    assert kind_of(bearer.served, asked) == "refused"
    assert kind_of(bearer.served, replace(asked, response_body=json.dumps(batch("200", "201")))) is None


def tokens(**told):
    came = answer(200, {"access_token": "opaque", **told})
    return Tokens("opaque", "", "", "", came)


@pytest.mark.parametrize(
    ("told", "kind"),
    [({"profile": "Client/1"}, None), ({"profile": "Practitioner/2"}, "wrong-claim"), ({}, "wrong-claim")],
)
def test_a_further_token_is_of_the_same_holder(told, kind):
    assert kind_of(client_token.names_the_same, tokens(profile="Client/1"), tokens(**told).exchange) == kind


def test_a_further_token_may_be_refused_and_of_nobody_nothing_is_told():
    assert kind_of(client_token.names_the_same, tokens(profile="Client/1"), answer(403)) is None
    with pytest.raises(NotApplicable):
        client_token.names_the_same(tokens(), answer(403))
