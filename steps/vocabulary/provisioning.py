"""SCIM: users who are made, read, changed and removed, by who may and by who may not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from pytest_bdd import given, parsers, then, when

from fixtures.adapters.capabilities import FhirApi
from fixtures.cast import Project
from fixtures.flows import control
from fixtures.flows.actors import ANYBODY, Actors, Caller
from fixtures.flows.directory import Directory
from fixtures.flows.flows import Flows
from fixtures.flows.target import Target
from fixtures.flows.values import new_password
from fixtures.protocol.scim import CORE, ENTERPRISE, MESSAGES, Scim, User, ids_of
from reports.deviation import Blocked, NotApplicable
from reports.exchange import Exchange
from steps.checks import scim as checks
from steps.checks.outcome import Outcomes
from steps.vocabulary.outcomes import OUTCOMES
from steps.vocabulary.roles import CALLER
from steps.vocabulary.words import matching, one_of


@pytest.fixture
def directory(target: Target, flows: Flows) -> Directory:
    """The users of this scenario."""
    return Directory(target, flows)


NAME = one_of({name: name for name in ("Ada", "Bea", "Cid", "Dot")})

# ----- who


class Who:
    """Who asks: somebody who may provision, or anybody else with the token that they have."""

    def __init__(self, text: str) -> None:
        self._project: Project = "other" if text.endswith("of the other project") else "main"
        self._caller: Caller | None = None if text.startswith("the provisioner") else CALLER(text)

    def __call__(self, directory: Directory, actors: Actors) -> Scim:
        """The API for the caller."""
        if self._caller is None:
            return directory.scim(self._project)
        if self._caller is ANYBODY:
            return directory.provisioning.scim_with(())
        directory.target.need(FhirApi)  # elsewhere a token of the API need not be one of SCIM's
        return directory.provisioning.scim_with(actors.api(self._caller).headers)


WHO = matching(rf"the provisioner(?: of the other project)?|(?:{CALLER.__dict__['pattern']})", Who)

# ----- what is said of a new user

Saying = Callable[[Directory, User], User]


def _saying(**more: Any) -> Saying:
    return lambda _, user: {**user, **more}


def _without(name: str) -> Saying:
    return lambda _, user: {key: value for key, value in user.items() if key != name}


def _named_like(change: Callable[[str], str]) -> Saying:
    return lambda directory, user: {**user, "userName": change(str(directory["Ada"].sent["userName"]))}


_LIES = {"id": "authmark", "meta": {"resourceType": "Group", "created": "2001-01-01T00:00:00Z"}}
SAYING: Callable[[str], Saying] = one_of(
    {
        "": _saying(),
        " with a password": lambda _, user: {**user, "password": new_password()},
        " with an id and a meta of its own choice": _saying(**_LIES),
        " under the userName of Ada": _named_like(str),
        " under the userName of Ada in another case": _named_like(str.swapcase),
        " as a patient": _saying(userType="Patient"),
        " who says to be an administrator": _saying(roles=[{"value": "admin"}], admin=True),
    }
)

# ----- what is done with a user

Deed = Callable[[Scim, Directory, str], Exchange]


def _renamed(directory: Directory, name: str) -> User:
    return {**directory[name].body, "name": {"givenName": "Grace", "familyName": "Hopper"}}


def _with_id_of(directory: Directory, other: str) -> User:
    """Somebody who is nobody else, so that nothing but the id could be a reason to refuse."""
    return {**directory.body("Dot"), "id": directory[other].id}


DEED: Callable[[str], Deed] = one_of(
    {
        "read": lambda scim, users, name: scim.read(users[name].id),
        "replace": lambda scim, users, name: scim.replace(users[name].id, _renamed(users, name)),
        "replace, under the id of Bea in the body,": lambda scim, users, name: scim.replace(
            users[name].id, _with_id_of(users, "Bea")
        ),
        "replace, under the userName of Bea,": lambda scim, users, name: scim.replace(
            users[name].id, {**users[name].body, "userName": users["Bea"].sent["userName"]}
        ),
        "replace, with an id and a meta of its own choice,": lambda scim, users, name: scim.replace(
            users[name].id, {**users[name].body, **_LIES}
        ),
        "patch": lambda scim, users, name: scim.patch(
            users[name].id, {"op": "replace", "path": "name.familyName", "value": "Hopper"}
        ),
        "patch the id of": lambda scim, users, name: scim.patch(
            users[name].id, {"op": "replace", "path": "id", "value": "authmark"}
        ),
        "patch the time of creation of": lambda scim, users, name: scim.patch(
            users[name].id, {"op": "replace", "path": "meta.created", "value": "2001-01-01T00:00:00Z"}
        ),
        "patch the userName to that of Bea of": lambda scim, users, name: scim.patch(
            users[name].id, {"op": "replace", "path": "userName", "value": users["Bea"].sent["userName"]}
        ),
        "deactivate": lambda scim, users, name: scim.patch(
            users[name].id, {"op": "replace", "path": "active", "value": False}
        ),
        "delete": lambda scim, users, name: scim.delete(users[name].id),
        "search for": lambda scim, users, name: scim.find(
            ("filter", f'userName eq "{users[name].sent["userName"]}"')
        ),
        "list": lambda scim, users, name: users.listed(scim, name),
    }
)
PROJECT: Callable[[str], Project] = one_of({"": "main", " of the other project": "other"})
NEEDS = one_of({"PATCH": "patch", "filters": "filter", "ETags": "etag"})
WHAT = {
    "Name": NAME,
    "Who": WHO,
    "Saying": SAYING,
    "Deed": DEED,
    "Project": PROJECT,
    "Needs": NEEDS,
    "Outcomes": OUTCOMES,
}


@given(parsers.cfparse("a server that takes {feature:Needs} by SCIM", extra_types=WHAT))
def a_server_that_takes(directory: Directory, feature: str) -> None:
    if feature == "patch":
        directory.need_patch()
    else:
        directory.need(feature)  # type: ignore[arg-type]  # one of the table


@given(
    parsers.cfparse(
        "the provisioner{project:Project} has made the user {name:Name}{saying:Saying}", extra_types=WHAT
    )
)
def has_made(directory: Directory, project: Project, name: str, saying: Saying) -> None:
    directory.made(name, saying(directory, directory.body(name)), project)


@given(parsers.cfparse("{who:Who} can {deed:Deed} the user {name:Name}", extra_types=WHAT))
def can_do(directory: Directory, actors: Actors, who: Who, deed: Deed, name: str) -> None:
    control.served(deed(who(directory, actors), directory, name), "the provisioner cannot do that")


@given(
    parsers.cfparse(
        "the provisioner finds the user {name:Name} when they ask to {deed:Deed} it", extra_types=WHAT
    )
)
def finds_user(directory: Directory, name: str, deed: Deed) -> None:
    answer = deed(directory.scim(), directory, name)
    if directory[name].id not in ids_of(answer):
        raise Blocked(f"control: the user is not found: {answer.status}", answer)


@when(
    parsers.cfparse(
        "the provisioner{project:Project} makes the user {name:Name}{saying:Saying}", extra_types=WHAT
    ),
    target_fixture="answer",
)
def make(directory: Directory, project: Project, name: str, saying: Saying) -> Exchange:
    return directory.make(name, saying(directory, directory.body(name)), project)


@when(
    parsers.cfparse("{who:Who} asks to {deed:Deed} the user {name:Name}", extra_types=WHAT),
    target_fixture="answer",
)
def ask_to(directory: Directory, actors: Actors, who: Who, deed: Deed, name: str) -> Exchange:
    return deed(who(directory, actors), directory, name)


@when(
    parsers.cfparse("the provisioner replaces a user who never was", extra_types=WHAT),
    target_fixture="answer",
)
def replace_nobody(directory: Directory) -> Exchange:
    user = directory.body("Dot")
    directory.make("Dot", user)  # that the same body makes a user elsewhere is the control
    unknown = {**user, "userName": f"x{user['userName']}", "externalId": f"x{user['externalId']}"}
    unknown["emails"] = [{"value": unknown["userName"]}]
    return directory.scim().replace("00000000-0000-4000-8000-000000000000", unknown)


@when("the provisioner makes one user 4 times at once", target_fixture="tries")
def race(directory: Directory) -> list[Sequence[Exchange]]:
    return directory.race(4)


# ----- what has come of it


@then("the user is made")
def user_is_made(answer: Exchange) -> None:
    checks.made(answer)


@then(parsers.cfparse("the user {name:Name} is where the answer says", extra_types=WHAT))
def user_is_where_it_says(directory: Directory, answer: Exchange, name: str) -> None:
    location = str(answer.header("location"))
    scim = directory.scim()
    again = (
        scim.http.session().send("GET", location, headers=scim.headers)
        if location.startswith("http")
        else answer
    )
    checks.located(directory[name].exchange, again)


@then(parsers.cfparse("the meta of the user {name:Name} names where the user is", extra_types=WHAT))
def meta_names_where_it_is(directory: Directory, answer: Exchange, name: str) -> None:
    location = (answer.member("meta") or {}).get("location")
    if not isinstance(location, str) or not directory.scim().http.session().reaches(location):
        raise NotApplicable("meta has no location within the target")
    scim = directory.scim()
    checks.leads_to(scim.http.session().send("GET", location, headers=scim.headers), directory[name].id)


@then(
    parsers.cfparse(
        "the times of the user {name:Name} are those of making and of the change", extra_types=WHAT
    )
)
def times_are_told(directory: Directory, answer: Exchange, name: str) -> None:
    checks.served(answer)
    checks.dated(directory[name].exchange, directory.now(name))


@then("the answer is a user in form")
def answer_is_a_user(answer: Exchange) -> None:
    checks.user_in_form(answer)


@then(parsers.cfparse("the list does not show the user {name:Name}", extra_types=WHAT))
def list_does_not_show(directory: Directory, answer: Exchange, name: str) -> None:
    checks.does_not_show(answer, directory[name].id)


@then(parsers.cfparse("the user {name:Name} is as it was", extra_types=WHAT))
def user_is_as_it_was(directory: Directory, answer: Exchange, name: str) -> None:
    checks.unchanged(directory[name].user, directory.now(name), answer)


@then(
    parsers.cfparse(
        "the user {name:Name} is as it was, served or refused with {outcomes:Outcomes}", extra_types=WHAT
    )
)
def user_is_as_it_was_or_refused(
    directory: Directory, answer: Exchange, name: str, outcomes: Outcomes
) -> None:
    checks.unchanged(directory[name].user, directory.now(name), answer, outcomes)


@then("one of each try makes the user, and the others are told of the conflict")
def one_of_each_try(directory: Directory, tries: list[Sequence[Exchange]]) -> None:
    for answers in tries:
        name = json.loads(answers[0].request_body)["userName"]
        found = directory.scim().find(("filter", f'userName eq "{name}"'))
        checks.one_made(answers, [id_ for id_ in ids_of(found) if id_ in {a.member("id") for a in answers}])


# ----- the values of a user


class Values:
    """Values by dotted paths: `title "Chief" and no nickName and 2 emails`."""

    def __init__(self, text: str) -> None:
        self.wanted = dict(map(self._one, text.split(" and ")))

    @staticmethod
    def _one(text: str) -> tuple[str, Any]:
        if text.startswith("no "):
            return text[3:], None
        if text[0].isdigit():
            number, _, name = text.partition(" ")
            return f"{name}#", int(number)
        path, _, value = text.partition(" ")
        return path, json.loads(value)

    @property
    def attributes(self) -> set[str]:
        """The attributes that they are of."""
        return {path.rstrip("#").partition(".")[0].partition("[")[0] for path in self.wanted}


_PATH = r"[A-Za-z]+(?:\[\w+\])?(?:\.\w+)?"
_VALUE = rf'(?:no {_PATH}|\d+ [A-Za-z]+|{_PATH} (?:"[^"]*"|true|false))'
VALUES = matching(rf"{_VALUE}(?: and {_VALUE})*", Values)


@then(parsers.cfparse("the user {name:Name} has {values:Values}", extra_types={**WHAT, "Values": VALUES}))
def user_has(directory: Directory, answer: Exchange, name: str, values: Values) -> None:
    checks.served(answer)
    checks.holds(directory.now(name), values.wanted)


@then("the answer shows the user as it was sent")
def answer_shows_what_was_sent(answer: Exchange) -> None:
    sent = json.loads(answer.request_body)
    checks.holds(
        answer, {"name.familyName": sent["name"]["familyName"], "name.givenName": sent["name"]["givenName"]}
    )
    checks.holds(answer, {"active": True})


# ----- PATCH (RFC 7644 section 3.5.2)

Operations = Sequence[Mapping[str, Any]]


def _replace(path: str | None, value: Any, op: str = "replace") -> Mapping[str, Any]:
    return {"op": op, "value": value} if path is None else {"op": op, "path": path, "value": value}


_NEW = {"value": "new@example.com", "type": "other"}
_URN = f"{CORE}User"
PATCHES: dict[str, Operations] = {
    # as the RFC has it
    "replace the title": [_replace("title", "Chief")],
    "replace the title by a name in another case": [_replace("TITLE", "Chief")],
    "replace the title by the URN of its schema": [_replace(f"{_URN}:title", "Chief")],
    "replace the family name": [_replace("name.familyName", "Hopper")],
    "replace parts of the name": [_replace("name", {"familyName": "Hopper"})],
    "replace title and family name without a path": [
        _replace(None, {"title": "Chief", "name": {"familyName": "Hopper"}})
    ],
    "replace the address at work": [_replace('emails[type eq "work"].value', "new@example.com")],
    "replace the title twice": [_replace("title", "Chief"), _replace("title", "Captain")],
    "add a preferred language": [_replace("preferredLanguage", "de", "add")],
    "add a preferred language without a path": [_replace(None, {"preferredLanguage": "de"}, "add")],
    "add an address": [_replace("emails", [_NEW], "add")],
    "remove the title": [{"op": "remove", "path": "title"}],
    "remove the address at home": [{"op": "remove", "path": 'emails[type eq "home"]'}],
    # which fails in its second half
    "replace the title and then remove nothing in particular": [
        _replace("title", "Chief"),
        {"op": "remove"},
    ],
    "replace the title and then an address that is none": [
        _replace("title", "Chief"),
        _replace('emails[type eq "nowhere"].value', "new@example.com"),
    ],
    # as directories send it
    "Replace, with a capital, the family name": [_replace("name.familyName", "Hopper", "Replace")],
    "Add, with a capital, the family name": [_replace("name.familyName", "Hopper", "Add")],
    "Replace active by the text False": [_replace("active", "False", "Replace")],
    "replace active without a path": [_replace(None, {"active": False})],
    "replace active by the text False without a path": [_replace(None, {"active": "False"})],
    "Replace, without a path, by dotted names": [
        _replace(None, {"name.familyName": "Hopper", "name.givenName": "Grace"}, "Replace")
    ],
    "Add, with a capital, a department of the enterprise": [
        _replace(f"{ENTERPRISE}:department", "Kitchen", "Add"),
        _replace("name.familyName", "Hopper", "Replace"),
    ],
}
PATCH = {**WHAT, "Patch": one_of(PATCHES), "Values": VALUES}


@given(parsers.cfparse("users have {values:Values} where the server keeps that", extra_types=PATCH))
def users_have(directory: Directory, values: Values) -> None:
    for attribute in sorted(values.attributes - {"active", "name", "emails"}):
        directory.need_attribute(attribute)


@when(
    parsers.cfparse("the provisioner patches the user {name:Name} to {patch:Patch}", extra_types=PATCH),
    target_fixture="answer",
)
def patch_user(directory: Directory, name: str, patch: Operations) -> Exchange:
    return directory.scim().patch(directory[name].id, *patch)


# ----- mistakes

Mistake = Callable[[Directory], Exchange]


def _patching(*operations: Mapping[str, Any]) -> Mistake:
    return lambda directory: directory.scim().patch(directory["Ada"].id, *operations)


def _filtering(text: str) -> Mistake:
    return lambda directory: directory.scim().find(("filter", text))


def _creating(saying: Saying) -> Mistake:
    return lambda directory: directory.make("Dot", saying(directory, directory.body("Dot")))


MISTAKE: Callable[[str], Mistake] = one_of(
    {
        "a body that is no JSON": lambda directory: directory.scim().send("POST", "Users", text="{"),
        "a user without a userName": _creating(_without("userName")),
        "a user whose active is a number": _creating(_saying(active=17)),
        "a user whose name is a text": _creating(_saying(name="Ada")),
        "a user under the userName of Ada": _creating(_named_like(str)),
        "a PATCH with an unknown operation": _patching({"op": "move", "path": "title", "value": "x"}),
        "a PATCH that removes without a path": _patching({"op": "remove"}),
        "a PATCH that replaces what it does not find": _patching(
            _replace('emails[type eq "nowhere"].value', "new@example.com")
        ),
        "a PATCH by a path that is none": _patching(_replace("emails[", "x")),
        "a filter that ends too soon": _filtering("userName eq"),
        "a filter with an unknown operator": _filtering('userName is "x"'),
        "a filter with a value that is none": _filtering("userName eq x"),
        "a filter with a group that is not closed": _filtering('(userName eq "x"'),
        "a filter that joins nothing": _filtering('userName eq "x" and'),
        "a read of who never was": lambda directory: directory.scim().read("never"),
        "a PUT of who never was": lambda directory: directory.scim().replace("never", directory.body("Dot")),
        "a DELETE of who never was": lambda directory: directory.scim().delete("never"),
        "a request for what there is not": lambda directory: directory.scim().send("GET", "Authmark"),
    }
)
KEYWORD = one_of(
    {
        f'"{each}"': each
        for each in (
            "invalidSyntax",
            "invalidValue",
            "noTarget",
            "invalidPath",
            "uniqueness",
            "invalidFilter",
        )
    }
)
ERRORS = {**WHAT, "Mistake": MISTAKE, "Keyword": KEYWORD}


@when(parsers.cfparse("the provisioner sends {mistake:Mistake}", extra_types=ERRORS), target_fixture="answer")
def send_a_mistake(directory: Directory, mistake: Mistake) -> Exchange:
    return mistake(directory)


@then("the refusal is a SCIM error")
def refusal_is_a_scim_error(answer: Exchange) -> None:
    checks.error(answer)


@then(parsers.cfparse("the refusal has the scimType {keyword:Keyword}", extra_types=ERRORS))
def refusal_has_the_type(answer: Exchange, keyword: str) -> None:
    checks.error_type(answer, keyword)


# ----- filters, pages, attributes

NAMES = matching(
    "nobody|(?:Ada|Bea|Cid)(?: and (?:Ada|Bea|Cid))*",
    lambda text: [] if text == "nobody" else text.split(" and "),
)
LISTS = {**WHAT, "Names": NAMES}


@when(parsers.re(r"the provisioner lists the users that match (?P<text>.+)"), target_fixture="answer")
def list_matching(directory: Directory, text: str) -> Exchange:
    """MARK stands for what the names of the three users have in common."""
    return directory.scim().find(
        ("filter", text.replace("MARK", directory.standing().mark)), ("count", "500")
    )


@then(
    parsers.cfparse(
        "of the three standing users {names:Names} are found, or the filter is refused", extra_types=LISTS
    )
)
def these_are_found(directory: Directory, answer: Exchange, names: list[str]) -> None:
    checks.matches(answer, directory.standing().names(ids_of(answer)), names)


@then("the filter is taken")
def filter_is_taken(answer: Exchange) -> None:
    checks.supported(answer)


@given("a server that says it supports filters")
def says_it_supports_filters(directory: Directory) -> None:
    if not directory.supports("filter"):
        raise NotApplicable("the server does not say that it supports filter")


@when(parsers.parse("the provisioner lists the three users in pages of {count:d}"), target_fixture="pages")
def list_in_pages(directory: Directory, count: int) -> list[Exchange]:
    """Where filters work by who has the mark, else everybody; the first answer is that without paging."""
    return directory.pages(count)


@then(parsers.parse("the pages of {count:d} hold everybody once"))
def pages_hold_everybody(pages: list[Exchange], count: int) -> None:
    checks.paged(pages[1:], count, pages[0])


@when(
    parsers.re(r'the provisioner lists users with (?P<name>count|startIndex) "(?P<value>-?\d+)"'),
    target_fixture="answer",
)
def list_with(directory: Directory, name: str, value: str) -> Exchange:
    directory.standing()
    return directory.scim().find((name, value))


@then(parsers.parse("the list has {count:d} users at most and tells how many there are"))
def list_has_at_most(answer: Exchange, count: int) -> None:
    checks.counted(answer, count)


@then("the list is in form")
def list_is_in_form(answer: Exchange) -> None:
    checks.list_in_form(answer)


def _attributes(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(","))


ATTRIBUTES = matching(r'"[\w.,:\- ]+"', lambda text: text.strip('"'))
PLACE = one_of({"the user Ada": False, "the list of users": True})
SHOWN = {
    "Attributes": ATTRIBUTES,
    "Place": PLACE,
    "How": one_of({each: each for each in ("attributes", "excludedAttributes")}),
}


@when(
    parsers.cfparse(
        "the provisioner reads {is_list:Place} with {how:How} {names:Attributes}", extra_types=SHOWN
    ),
    target_fixture="answer",
)
def read_with_attributes(directory: Directory, is_list: bool, how: str, names: str) -> Exchange:
    ada = directory.standing().users["Ada"]
    if is_list:
        of_ada = f'userName eq "{ada.sent["userName"]}"'
        return directory.scim().find((how, names), ("filter", of_ada), ("count", "500"))
    return directory.scim().read(ada.id, ((how, names),))


@then(parsers.cfparse("the user Ada is shown with {names:Attributes} and no more", extra_types=SHOWN))
def shown_with(directory: Directory, answer: Exchange, names: str) -> None:
    checks.has_only(directory.shown("Ada", answer), _attributes(names), answer)


@then(parsers.cfparse("the user Ada is shown without {names:Attributes}", extra_types=SHOWN))
def shown_without(directory: Directory, answer: Exchange, names: str) -> None:
    checks.has_not(directory.shown("Ada", answer), _attributes(names), answer)


@when(
    parsers.cfparse("the user {name:Name} is read in every way", extra_types=WHAT), target_fixture="answers"
)
def read_in_every_way(directory: Directory, name: str) -> list[Exchange]:
    scim, made = directory.scim(), directory[name]
    return [
        made.exchange,
        scim.read(made.id),
        scim.read(made.id, (("attributes", "password,userName"),)),
        scim.find(("filter", f'userName eq "{made.sent["userName"]}"')),
        scim.replace(made.id, made.body),
    ]


@then(parsers.cfparse("the password of the user {name:Name} is not shown", extra_types=WHAT))
def password_is_not_shown(directory: Directory, answers: list[Exchange], name: str) -> None:
    checks.shows_no_password(answers, str(directory[name].sent["password"]))


# ----- media types and ETags

MEDIA_TYPE = one_of({each: each for each in ("application/scim+json", "application/json")})


@when(
    parsers.cfparse(
        "the provisioner makes and reads the user {name:Name} as {media_type:Media}",
        extra_types={**WHAT, "Media": MEDIA_TYPE},
    ),
    target_fixture="answer",
)
def make_as(directory: Directory, name: str, media_type: str) -> Exchange:
    scim = directory.scim().speaking(media_type)
    made = directory.provisioning.provision(scim, directory.body(name))
    return scim.read(str(made.member("id"))) if made.status == 201 else made


@then("the answer is of SCIM's own media type")
def answer_is_of_scims_own_type(answer: Exchange) -> None:
    checks.in_media_type(answer)


@then("the answer is served as JSON")
def answer_is_served_as_json(answer: Exchange) -> None:
    checks.user_in_form(answer)


@then("the answer has an ETag that is the version of the user")
def answer_has_an_etag(answer: Exchange) -> None:
    checks.entity_tag(answer)


@when(
    parsers.cfparse(
        "the provisioner reads the user {name:Name} unless the version is the one of before", extra_types=WHAT
    ),
    target_fixture="answer",
)
def read_unless_unchanged(directory: Directory, name: str) -> Exchange:
    tag = directory.version(name)
    return directory.scim().read(directory[name].id, headers=(("If-None-Match", tag),))


@when(
    parsers.cfparse(
        "the provisioner replaces the user {name:Name} by its version before a change", extra_types=WHAT
    ),
    target_fixture="answer",
)
def replace_an_old_version(directory: Directory, name: str) -> Exchange:
    old = directory.version(name)
    changed = directory.scim().replace(directory[name].id, _renamed(directory, name))
    if changed.status != 200 or changed.header("etag") == old:
        raise Blocked(f"control: a change did not change the ETag: {changed.status}", changed)
    return directory.scim().replace(directory[name].id, directory[name].body, (("If-Match", old),))


# ----- what the server says of itself

ENDPOINT = one_of(
    {each: each for each in ("ServiceProviderConfig", "ResourceTypes", "Schemas", "Bulk", "Me", "Groups")}
)
SELF = {"Endpoint": ENDPOINT, "Kind": one_of({'"ServiceProviderConfig"': False, '"ListResponse"': True})}


@when(
    parsers.cfparse("the provisioner asks for {endpoint:Endpoint}", extra_types=SELF), target_fixture="answer"
)
def ask_for(directory: Directory, endpoint: str) -> Exchange:
    if endpoint == "Bulk":
        return directory.scim().send(
            "POST", "Bulk", {"schemas": [f"{MESSAGES}BulkRequest"], "Operations": []}
        )
    return directory.scim().send("GET", endpoint)


@when(
    parsers.cfparse("the provisioner filters {endpoint:Endpoint}", extra_types=SELF), target_fixture="answer"
)
def filter_endpoint(directory: Directory, endpoint: str) -> Exchange:
    control.served(directory.scim().send("GET", endpoint), f"{endpoint} is not served")
    return directory.scim().send("GET", endpoint, params=(("filter", 'name eq "x"'),))


@when("the provisioner asks for types and schemas", target_fixture="answers")
def ask_for_types_and_schemas(directory: Directory) -> list[Exchange]:
    return [directory.scim().send("GET", each) for each in ("ResourceTypes", "Schemas")]


@then(parsers.cfparse("the answer is a {is_list:Kind} in form", extra_types=SELF))
def answer_in_form(answer: Exchange, is_list: bool) -> None:
    if is_list:
        checks.list_in_form(answer)
    else:
        checks.served(answer)


@then("the configuration says of each feature whether there is one")
def configuration_in_form(answer: Exchange) -> None:
    checks.config_in_form(answer)


@then("the types are those of schemas that are served")
def types_fit_schemas(answers: list[Exchange]) -> None:
    checks.types_in_form(*answers)


@then(
    parsers.cfparse(
        "{endpoint:Endpoint} is there where the server says so, and else is not", extra_types=SELF
    )
)
def is_there_where_said(directory: Directory, answer: Exchange, endpoint: str) -> None:
    checks.advertised(answer, directory.says_there_is(endpoint))


@then(parsers.cfparse("the answer shows the user {name:Name}", extra_types=WHAT))
def answer_shows(directory: Directory, answer: Exchange, name: str) -> None:
    checks.same_user(directory[name].user, answer)


@then(parsers.cfparse("the id and the meta of the user {name:Name} are the server's", extra_types=WHAT))
def id_and_meta_are_the_servers(directory: Directory, answer: Exchange, name: str) -> None:
    checks.servers_own(directory[name].user, directory.now(name), answer)


@then("the user has not changed since")
def user_has_not_changed_since(answer: Exchange) -> None:
    checks.not_modified(answer)


@then("the answer is 204")
def answer_is_204(answer: Exchange) -> None:
    checks.no_content(answer)


@then(
    parsers.cfparse(
        "the user {name:Name} has {values:Values}, whatever was answered",
        extra_types={**WHAT, "Values": VALUES},
    )
)
def user_still_has(directory: Directory, name: str, values: Values) -> None:
    checks.holds(directory.now(name), values.wanted)
