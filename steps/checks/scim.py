"""What SCIM answers (RFC 7643, RFC 7644): users, lists, errors, and what the server says of itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fixtures.protocol.scim import CORE, ERROR, LIST, SCIM_JSON, USER, User, ids_of, users_of
from reports.deviation import Deviation, Kind
from reports.exchange import Exchange
from steps.checks.outcome import Outcomes
from steps.checks.refusal import no_server_error, said

CONFIG_MEMBERS = ("patch", "bulk", "filter", "changePassword", "sort", "etag")


def made(answer: Exchange) -> None:
    """A user was created: 201, with the user as the server has it (RFC 7644 section 3.3)."""
    expected = ["201 with a user: schemas, id, meta"]
    no_server_error(answer, expected)
    if answer.status is not None and answer.status >= 400:
        raise Deviation("refused", expected, said(answer), answer)
    if answer.status != 201:
        raise Deviation("wrong-status", expected, said(answer), answer)
    user_in_form(answer, expected)


def user_in_form(answer: Exchange, expected: Sequence[str] = ("a user: schemas, id, meta",)) -> None:
    """An answer is a user with what every resource has (RFC 7643 section 3.1)."""
    served(answer, expected)
    user = answer.json()
    if not isinstance(user, dict) or USER not in _listed(user.get("schemas")):
        raise Deviation("malformed", expected, f"{said(answer)}: schemas does not name a user", answer)
    if not isinstance(user.get("id"), str) or not user["id"]:
        raise Deviation("malformed", expected, f"{said(answer)}: no id", answer)
    meta = user.get("meta")
    if not isinstance(meta, dict) or meta.get("resourceType") != "User":
        raise Deviation("malformed", expected, f"{said(answer)}: meta does not say it is a User", answer)


def served(answer: Exchange, expected: Sequence[str] = ("an answer with 2xx",)) -> None:
    """The request was not refused."""
    no_server_error(answer, expected)
    if answer.status is None or answer.status >= 400:
        raise Deviation("refused", expected, said(answer), answer)


def located(created: Exchange, again: Exchange) -> None:
    """The Location of a new user is its meta.location, and there it is (RFC 7644 section 3.3)."""
    expected = ["Location, equal to meta.location, at which the user is"]
    location = created.header("location")
    if not location:
        raise Deviation("missing-header", expected, f"{created.status} without Location", created, "location")
    found = _meta(created).get("location")
    if found != location:
        actual = f"Location is {location}, meta.location {found}"
        raise Deviation("wrong-header", expected, actual, created, "location")
    leads_to(again, str(created.member("id")))


def leads_to(answer: Exchange, user_id: str) -> None:
    """What meta.location names is the user."""
    expected = ["the user at its meta.location"]
    served(answer, expected)
    if answer.member("id") != user_id:
        raise Deviation("malformed", expected, f"{said(answer)}: another resource", answer)


def dated(first: Exchange, now: Exchange) -> None:
    """Meta has times that can be read; a change leaves the time of creation as it was (RFC 7643 section 3.1)."""
    expected = ["meta.created and meta.lastModified as DateTime, and created as it was"]
    for answer in (first, now):
        for name in ("created", "lastModified"):
            _time(_meta(answer).get(name), name, expected, answer)
    one, other = _meta(first)["created"], _meta(now)["created"]
    if datetime.fromisoformat(one) != datetime.fromisoformat(other):
        raise Deviation("wrong-claim", expected, f"created was {one} and is {other}", now, "created")


def _time(text: Any, name: str, expected: Sequence[str], answer: Exchange) -> None:
    if text is None:
        raise Deviation("missing-claim", expected, f"meta has no {name}", answer, name)
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise Deviation("malformed", expected, f"{name} is {text!a}", answer) from None
    if found.tzinfo is None:
        raise Deviation("malformed", expected, f"{name} is {text!a}, without a zone", answer)


def holds(answer: Exchange, wanted: Mapping[str, Any]) -> None:
    """A user has these values, by dotted paths; None: it has none; `emails[work]`: of that type; `emails#`: so many."""
    expected = [f"a user with {_named(wanted)}"]
    served(answer, expected)
    user = answer.json()
    if not isinstance(user, dict):
        raise Deviation("malformed", expected, said(answer), answer)
    for path, value in wanted.items():
        found = value_at(user, path)
        if found != value and not (value is None and found in ("", [], {})):
            raise Deviation("wrong-claim", expected, f"{path} is {found!a}", answer, path.partition(".")[0])


def _named(wanted: Mapping[str, Any]) -> str:
    return ", ".join(f"{path} {value!a}" for path, value in wanted.items())


def value_at(user: Mapping[str, Any], path: str) -> Any:
    """The value at a path as `holds` has it."""
    if path.endswith("#"):
        return len(_listed(user.get(path[:-1])))
    node: Any = user
    for part in path.split("."):
        name, _, type_ = part.rstrip("]").partition("[")
        if type_:
            listed = [each for each in _listed(node.get(name)) if isinstance(each, dict)]
            node = next((each.get("value") for each in listed if each.get("type") == type_), None)
        else:
            node = node.get(name) if isinstance(node, dict) else None
    return node


def unchanged(before: User, now: Exchange, answer: Exchange, refusals: Outcomes = ()) -> None:
    """A user is what it was; `refusals`: how the request may be refused where it was not served."""
    expected = ["nothing that changes the user", *map(str, refusals)]
    no_server_error(answer, expected)
    found = now.json()
    if now.status != 200 or not isinstance(found, dict):
        raise Deviation("accepted", expected, f"{said(answer)}: the user is gone: {now.status}", answer)
    if _content(found) != _content(before):
        names = [name for name in {*found, *before} if found.get(name) != before.get(name)]
        actual = f"{said(answer)}: {', '.join(sorted(names))} changed"
        raise Deviation("accepted", expected, actual, answer)
    refused = answer.status is None or answer.status >= 400
    if refused and refusals and not any(refusal.has_status(answer.status) for refusal in refusals):
        raise Deviation("wrong-status", expected, said(answer), answer)


def _content(user: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in user.items() if name not in ("meta", "schemas")}


# ----- lists


def list_in_form(answer: Exchange) -> None:
    """A list response says how many there are (RFC 7644 section 3.4.2)."""
    expected = ["a ListResponse with totalResults and Resources"]
    served(answer, expected)
    if LIST not in _listed(answer.member("schemas")):
        raise Deviation("malformed", expected, f"{said(answer)}: schemas does not say so", answer)
    total = answer.member("totalResults")
    if type(total) is not int:
        raise Deviation("malformed", expected, f"{said(answer)}: no totalResults", answer)
    if len(users_of(answer)) > total:
        raise Deviation("malformed", expected, f"{said(answer)}: more Resources than totalResults", answer)


def does_not_show(answer: Exchange, user_id: str) -> None:
    """A list has no such user in it, or is refused."""
    expected = ["a list without the user"]
    no_server_error(answer, expected)
    if user_id in ids_of(answer):
        raise Deviation("leaked", expected, "the list shows the user", answer)


def matches(answer: Exchange, found: Sequence[str], wanted: Sequence[str]) -> None:
    """Of the standing users a filter finds just these (names), or is refused as one that is not supported."""
    expected = [f"of the three users {_and(wanted)}", '400 with scimType "invalidFilter"']
    no_server_error(answer, expected)
    if answer.status == 400 and answer.member("scimType") == "invalidFilter":
        return
    if answer.status != 200:
        raise Deviation("refused", expected, said(answer), answer)
    list_in_form(answer)
    if list(found) != list(wanted):
        kind: Kind = "widened" if set(found) - set(wanted) else "refused"
        raise Deviation(kind, expected, f"{_and(found)} are found", answer)


def supported(answer: Exchange) -> None:
    """A filter was not refused, since filters are said to be supported."""
    expected = ["an answer with 200"]
    no_server_error(answer, expected)
    if answer.status != 200:
        raise Deviation("refused", expected, said(answer), answer)


def _and(names: Sequence[str]) -> str:
    return " and ".join(names) or "nobody"


def paged(pages: Sequence[Exchange], count: int, all_of: Exchange) -> None:
    """Pages hold no more than was asked for, tell the same total, and together hold everybody once."""
    expected = [f"pages of {count} at most, with the same totalResults, that together hold everybody once"]
    total = all_of.member("totalResults")
    seen: list[str] = []
    for page in pages:
        list_in_form(page)
        if len(ids_of(page)) > count:
            raise Deviation("widened", expected, f"a page of {len(ids_of(page))}", page)
        if page.member("totalResults") != total:
            actual = f"totalResults is {page.member('totalResults')}, without paging {total}"
            raise Deviation("malformed", expected, actual, page)
        seen += ids_of(page)
    if len(set(seen)) != len(seen):
        raise Deviation("malformed", expected, "somebody is on two pages", pages[-1])
    if len(seen) != total:
        raise Deviation("refused", expected, f"{len(seen)} on all pages of {total}", pages[-1])


def counted(answer: Exchange, count: int) -> None:
    """A list has no more users than was asked for, and still tells how many there are."""
    list_in_form(answer)
    expected = [f"{count} users at most, and all of them in totalResults"]
    if len(ids_of(answer)) > count:
        raise Deviation("widened", expected, f"{len(ids_of(answer))} users", answer)
    if not answer.member("totalResults"):
        raise Deviation("malformed", expected, f"{said(answer)}: totalResults is 0", answer)


# ----- which attributes


def has_only(user: User, wanted: Sequence[str], answer: Exchange) -> None:
    """A user is shown with these attributes and no others; `id` and `schemas` always come (RFC 7643 section 7)."""
    expected = [f"id and {_and(wanted)}, and nothing else that was not asked for"]
    missing = [name for name in ("id", *wanted) if value_at(user, name) is None]
    if missing:
        raise Deviation("missing-claim", expected, f"no {_and(missing)}", answer, missing[0])
    heads = {path.partition(".")[0] for path in wanted}
    more = sorted(set(user) - heads - {"id", "schemas", "meta"})
    more += [
        f"{path.partition('.')[0]}.{part}"
        for path in wanted
        if "." in path
        for part in set(user[path.partition(".")[0]]) - {path.partition(".")[2]}
    ]
    if more:
        raise Deviation("widened", expected, f"there is {_and(more)} as well", answer)


def has_not(user: User, unwanted: Sequence[str], answer: Exchange) -> None:
    """A user is shown without these attributes, and with its id."""
    expected = [f"a user with its id, without {_and(unwanted)}"]
    if not user.get("id"):
        raise Deviation("missing-claim", expected, "no id", answer, "id")
    there = [path for path in unwanted if value_at(user, path) is not None]
    if there:
        raise Deviation("widened", expected, f"there is {_and(there)}", answer)


def shows_no_password(answers: Sequence[Exchange], password: str) -> None:
    """A password comes back nowhere (RFC 7643 section 4.1.1)."""
    for answer in answers:
        if password in answer.response_body or '"password"' in answer.response_body:
            raise Deviation("leaked", ["an answer without the password"], "the password is shown", answer)


# ----- refusals


def error(answer: Exchange) -> None:
    """A refusal has the form of a SCIM error (RFC 7644 section 3.12)."""
    expected = [f"a refusal with schemas {ERROR} and status as a text"]
    if answer.status is not None and answer.status < 400:
        raise Deviation("accepted", expected, f"{said(answer)}: the request was served", answer)
    no_server_error(answer, expected)
    if ERROR not in _listed(answer.member("schemas")):
        raise Deviation("malformed", expected, f"{said(answer)}: no SCIM error", answer)
    if answer.member("status") != str(answer.status):
        raise Deviation("malformed", expected, f"status is {answer.member('status')!a}", answer)


def error_type(answer: Exchange, keyword: str) -> None:
    """A refusal says of which kind it is (RFC 7644 table 9)."""
    expected = [f'a refusal with scimType "{keyword}"']
    if answer.status is not None and answer.status < 400:
        raise Deviation("accepted", expected, f"{said(answer)}: the request was served", answer)
    no_server_error(answer, expected)
    if answer.member("scimType") != keyword:
        actual = f"{said(answer)}: scimType is {answer.member('scimType')}"
        raise Deviation("wrong-error", expected, actual, answer)


def in_media_type(answer: Exchange) -> None:
    """An answer comes in SCIM's own media type (RFC 7644 section 3.1)."""
    expected = [f"Content-Type: {SCIM_JSON}"]
    served(answer, expected)
    found = answer.header("content-type") or ""
    if found.partition(";")[0].strip().lower() != SCIM_JSON:
        raise Deviation("wrong-header", expected, f"Content-Type: {found}", answer, "content-type")


def one_made(answers: Sequence[Exchange], found: Sequence[str]) -> None:
    """Of several creations of one user one succeeds, and each other is told of the conflict."""
    expected = ["one 201, and 409 for each other"]
    for answer in answers:
        no_server_error(answer, expected)
    created = [answer for answer in answers if answer.status is not None and answer.status < 300]
    if len(created) > 1 or len(found) > 1:
        raise Deviation("accepted", expected, f"{max(len(created), len(found))} users were made", created[-1])
    if not created:
        raise Deviation("refused", expected, "none was made", answers[0])
    for answer in answers:
        if answer not in created and answer.status != 409:
            raise Deviation("wrong-status", expected, said(answer), answer)


# ----- what the server says of itself


def config_in_form(answer: Exchange) -> None:
    """ServiceProviderConfig has what is required, as booleans (RFC 7643 section 5)."""
    expected = [f"{each} with supported as a boolean" for each in CONFIG_MEMBERS]
    expected.append("authenticationSchemes as a list")
    served(answer, expected)
    if f"{CORE}ServiceProviderConfig" not in _listed(answer.member("schemas")):
        raise Deviation("malformed", expected, f"{said(answer)}: schemas does not say so", answer)
    for name in CONFIG_MEMBERS:
        held = answer.member(name)
        if not isinstance(held, dict):
            raise Deviation("missing-claim", expected, f"no {name}", answer, name)
        if not isinstance(held.get("supported"), bool):
            raise Deviation("wrong-claim", expected, f"{name} is {held}", answer, name)
    if not isinstance(answer.member("authenticationSchemes"), list):
        raise Deviation(
            "missing-claim", expected, "no authenticationSchemes", answer, "authenticationschemes"
        )


def types_in_form(types: Exchange, schemas: Exchange) -> None:
    """Each type of resource has name, endpoint and schema, and the schema is one that is served."""
    expected = ["types with name, endpoint and schema, Users among them; each schema is one of /Schemas"]
    list_in_form(types)
    list_in_form(schemas)
    known = ids_of(schemas)
    for each in users_of(types):
        for name in ("name", "endpoint", "schema"):
            if not isinstance(each.get(name), str):
                raise Deviation("missing-claim", expected, f"a type has no {name}", types, name)
        if each["schema"] not in known:
            raise Deviation("wrong-claim", expected, f"{each['schema']} is not served", types, "schema")
    if "/users" not in [str(each.get("endpoint")).lower().rstrip("/") for each in users_of(types)]:
        raise Deviation("missing-claim", expected, "no type has the endpoint /Users", types, "endpoint")


def advertised(answer: Exchange, said_so: bool | None) -> None:
    """What the server says it has answers; what it does not have is answered as not there."""
    if said_so:
        expected = ["an answer with less than 400"]
        no_server_error(answer, expected)
        if answer.status is not None and answer.status >= 400 and answer.status not in (400, 401, 403):
            raise Deviation("unavailable", expected, said(answer), answer)
        return
    expected = ["400, 403, 404, 405 or 501: there is no such thing"]
    if answer.status not in (400, 403, 404, 405, 501):
        kind: Kind = "accepted" if answer.status is not None and answer.status < 400 else "wrong-status"
        raise Deviation(kind, expected, said(answer), answer)


def _meta(answer: Exchange) -> Mapping[str, Any]:
    meta = answer.member("meta")
    return meta if isinstance(meta, dict) else {}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def entity_tag(answer: Exchange) -> str:
    """The ETag of an answer. Raises Deviation where it has none that is one, or meta.version says otherwise."""
    expected = ["an ETag, equal to meta.version (RFC 7644 section 3.14)"]
    served(answer, expected)
    tag = answer.header("etag")
    if not tag or not re.fullmatch(r'(?:W/)?"[^"]*"', tag):
        raise Deviation("missing-header", expected, f"ETag: {tag}", answer, "etag")
    version = _meta(answer).get("version")
    if version is not None and version != tag:
        raise Deviation("wrong-claim", expected, f"ETag is {tag}, meta.version {version}", answer, "version")
    return tag


def same_user(made: User, answer: Exchange) -> None:
    """An answer shows a user as it was shown when it was made."""
    expected = ["the user as it was made"]
    served(answer, expected)
    found = answer.json()
    if not isinstance(found, dict) or _content(found) != _content(made):
        raise Deviation("malformed", expected, said(answer), answer)


def servers_own(made: User, now: Exchange, answer: Exchange) -> None:
    """The id is what the server made of it, and meta holds no more than the server says."""
    expected = ["an id and a meta of the server's own, or a refusal"]
    no_server_error(answer, expected)
    if answer.member("id") == "authmark" or made.get("id") == "authmark":
        raise Deviation("accepted", expected, f"{said(answer)}: the id was taken", answer)
    found = now.json()
    if now.status != 200 or not isinstance(found, dict) or found.get("id") != made.get("id"):
        raise Deviation("accepted", expected, f"{said(answer)}: there is no such user now", answer)
    meta = _meta(now)
    if meta.get("resourceType") != "User" or str(meta.get("created", "")).startswith("2001"):
        raise Deviation("accepted", expected, f"meta is {dict(meta)}", answer)


def not_modified(answer: Exchange) -> None:
    """A conditional request for what has not changed is answered so (RFC 9110 section 13.1.2)."""
    expected = ["304"]
    no_server_error(answer, expected)
    if answer.status != 304:
        raise Deviation("wrong-status", expected, said(answer), answer)


def no_content(answer: Exchange) -> None:
    """A removal is answered with 204 (RFC 7644 section 3.6)."""
    expected = ["204"]
    no_server_error(answer, expected)
    if answer.status is not None and answer.status >= 400:
        raise Deviation("refused", expected, said(answer), answer)
    if answer.status != 204:
        raise Deviation("wrong-status", expected, said(answer), answer)
