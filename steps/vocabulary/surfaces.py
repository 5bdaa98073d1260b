"""The ways to a record beside its own address: other methods and spellings, bundles, GraphQL, conditions, links.

Each is an interaction as those of `interactions`, by the phrase that a sentence has for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fixtures.flows.records import Record
from fixtures.protocol.fhir import Fhir, graphql_literal
from reports.exchange import Exchange

Surface = Callable[[Fhir, Record], Exchange]
OVERRIDE = "X-HTTP-Method-Override"


def _etag(record: Record) -> str:
    return f'W/"{record.resource["meta"]["versionId"]}"'


def _changed(record: Record) -> dict[str, Any]:
    return {**record.resource, "language": "de"}


def _sent(resource: Mapping[str, Any]) -> str:
    """A resource as a mutation carries it: without what the server says of it."""
    return graphql_literal({name: value for name, value in resource.items() if name != "meta"})


def _spelt(change: Callable[[str], str]) -> Surface:
    return lambda api, record: api.send("GET", change(record.reference))


def _identifier(record: Record) -> tuple[str, str]:
    return ("identifier", record.mark)


def _searched(method: str) -> Surface:
    """An interaction with whatever a search finds."""
    return lambda api, record: api.send(
        method,
        record.kind,
        None if method == "DELETE" else _changed(record),
        params=(_identifier(record),),
    )


def _patch_searched(api: Fhir, record: Record) -> Exchange:
    operations = [{"op": "add", "path": "/language", "value": "de"}]
    return api.send(
        "PATCH",
        record.kind,
        operations,
        params=(_identifier(record),),
        media_type="application/json-patch+json",
    )


def _overridden(method: str) -> Surface:
    """A POST that says that it means another method."""
    return lambda api, record: api.send(
        "POST", record.reference, _changed(record), headers=((OVERRIDE, method),)
    )


def _linked(kind: str, *params: Callable[[Record], tuple[str, str]]) -> Surface:
    """A search of another record's type for what is linked with it."""
    return lambda api, record: api.search(kind, *(each(record) for each in params))


#: Each shows a record, or what is in it, where it may be read.
READS: dict[str, Surface] = {
    "ask for the head of": lambda api, record: api.send("HEAD", record.reference),
    "read, if it is another version,": lambda api, record: api.send(
        "GET", record.reference, headers=(("If-None-Match", 'W/"authmark"'),)
    ),
    "ask whether anything has changed in": lambda api, record: api.send(
        "GET", record.reference, headers=(("If-None-Match", _etag(record)),)
    ),
    "read in a transaction": lambda api, record: api.transaction(("GET", record.reference, None)),
    "read by GraphQL": lambda api, record: api.graphql(f'{{ {record.kind}(id: "{record.id}") {{ id }} }}'),
    "list by GraphQL": lambda api, record: api.graphql(
        f'{{ {record.kind}List(identifier: "{record.mark}") {{ id }} }}'
    ),
    "search by POST for": lambda api, record: api.search_by_post(record.kind, _identifier(record)),
    "search in a batch for": lambda api, record: api.batch(
        ("GET", f"{record.kind}?identifier={record.mark}", None)
    ),
    "tabulate": lambda api, record: api.send(
        "GET", f"{record.kind}/$csv", params=(("_fields", "id"), _identifier(record))
    ),
}
#: The same address in other letters: whatever it leads to, it is no way past a rule.
SPELLINGS: dict[str, Surface] = {
    "read, with a slash at the end of its path,": _spelt(lambda path: f"{path}/"),
    "read, with two slashes before its path,": _spelt(lambda path: f"/{path}"),
    "read, with an encoded letter in its path,": _spelt(lambda path: f"%{ord(path[0]):02X}{path[1:]}"),
    "read, with an encoded slash in its path,": _spelt(lambda path: path.replace("/", "%2F")),
    "read, with its type in lower case,": _spelt(str.lower),
    "read, with a dot segment in its path,": _spelt(lambda path: f"%2e/{path}"),
    "read, with a query,": _spelt(lambda path: f"{path}?_format=json"),
    "read, with a parameter in its path,": _spelt(lambda path: f"{path};v=1"),
}
#: Each would leave a trace that `Record.now` sees.
WRITES: dict[str, Surface] = {
    "create, unless there is one like it, a copy of": lambda api, record: api.send(
        "POST", record.kind, record.copy, headers=(("If-None-Exist", "identifier=authmark-nobody-has-this"),)
    ),
    "update, if it is this version,": lambda api, record: api.send(
        "PUT", record.reference, _changed(record), headers=(("If-Match", _etag(record)),)
    ),
    "update by search": _searched("PUT"),
    "patch by search": _patch_searched,
    "delete by search": _searched("DELETE"),
    "update in a transaction": lambda api, record: api.transaction(
        ("PUT", record.reference, _changed(record))
    ),
    "copy in a transaction": lambda api, record: api.transaction(("POST", record.kind, record.copy)),
    "delete in a batch": lambda api, record: api.batch(("DELETE", record.reference, None)),
    "create by GraphQL a copy of": lambda api, record: api.graphql(
        f"mutation {{ {record.kind}Create(res: {_sent(record.copy)}) {{ id }} }}"
    ),
    "update by GraphQL": lambda api, record: api.graphql(
        f'mutation {{ {record.kind}Update(id: "{record.id}", res: {_sent(_changed(record))}) {{ id }} }}'
    ),
    "delete by GraphQL": lambda api, record: api.graphql(
        f'mutation {{ {record.kind}Delete(id: "{record.id}") {{ id }} }}'
    ),
}
#: A POST to a record's own address does nothing by itself.
OVERRIDES: dict[str, Surface] = {
    "update by POST, overriding the method,": _overridden("PUT"),
    "delete by POST, overriding the method,": _overridden("DELETE"),
}
#: What leads from a record to others.
LINKS: dict[str, Surface] = {
    "read everything about": lambda api, record: api.send("GET", f"{record.reference}/$everything"),
    "find, with its subject,": lambda api, record: api.search(
        record.kind, _identifier(record), ("_include", f"{record.kind}:subject")
    ),
    "find, with the observations of it,": lambda api, record: api.search(
        record.kind, ("_id", record.id), ("_revinclude", "Observation:subject")
    ),
    "find, with the conditions of it,": lambda api, record: api.search(
        record.kind, ("_id", record.id), ("_revinclude", "Condition:subject")
    ),
    "find an observation by the identifier of": _linked(
        "Observation", lambda record: ("subject:Patient.identifier", record.mark)
    ),
    "find a patient by the identifier of": _linked(
        "Patient", lambda record: (f"_has:{record.kind}:subject:identifier", record.mark)
    ),
    "list by GraphQL, with its subject,": lambda api, record: api.graphql(
        f'{{ {record.kind}List(identifier: "{record.mark}") '
        "{ id subject { resource { ... on Patient { id } } } } }"
    ),
    "read by GraphQL, with the observations of it,": lambda api, record: api.graphql(
        f'{{ {record.kind}(id: "{record.id}") {{ id ObservationList(_reference: subject) {{ id }} }} }}'
    ),
    "read by GraphQL, with the conditions of it,": lambda api, record: api.graphql(
        f'{{ {record.kind}(id: "{record.id}") {{ id ConditionList(_reference: subject) {{ id }} }} }}'
    ),
    "create a patient, unless there is one like": lambda api, record: api.send(
        "POST",
        record.kind,
        {"resourceType": record.kind, "name": [{"family": "Inside"}]},
        headers=(("If-None-Exist", f"identifier={record.mark}"),),
    ),
}
#: Each shows the telecom of a patient where it may be read.
FIELDS: dict[str, Surface] = {
    "find, of which only the telecom,": lambda api, record: api.search(
        record.kind, _identifier(record), ("_fields", "telecom")
    ),
    "find, of which some elements,": lambda api, record: api.search(
        record.kind, _identifier(record), ("_elements", "id,telecom")
    ),
    "tabulate the telecom of": lambda api, record: api.send(
        "GET", f"{record.kind}/$csv", params=(("_fields", "id,telecom"), _identifier(record))
    ),
    "read by GraphQL the telecom of": lambda api, record: api.graphql(
        f'{{ {record.kind}(id: "{record.id}") {{ id telecom {{ value }} }} }}'
    ),
    "list by GraphQL the telecom of": lambda api, record: api.graphql(
        f'{{ {record.kind}List(identifier: "{record.mark}") {{ id telecom {{ value }} }} }}'
    ),
    "patch, with a copy of its telecom,": lambda api, record: api.patch(
        record.reference, {"op": "copy", "from": "/telecom/0/value", "path": "/language"}
    ),
    "patch, where its telecom is that,": lambda api, record: api.patch(
        record.reference,
        {"op": "test", "path": "/telecom/0/value", "value": record.email},
        {"op": "add", "path": "/language", "value": "de"},
    ),
}
EVERY: dict[str, Surface] = {**FIELDS, **READS, **SPELLINGS, **WRITES, **OVERRIDES, **LINKS}
