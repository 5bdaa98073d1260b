"""What somebody does with records at the FHIR API: one table for allowed and forbidden callers.

Those that write would leave a trace that `Record.now` sees.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from fixtures.cast import RECORDS
from fixtures.flows import records
from fixtures.flows.records import Record
from fixtures.protocol.fhir import Fhir
from reports.exchange import Exchange
from steps.vocabulary import surfaces
from steps.vocabulary.words import alternatives, matching, one_of

Interaction = Callable[[Fhir, "tuple[Record, ...]"], Exchange]

# "the patient Inside", "the condition of the visible patient", and the records of the cast by their titles.
_PATIENT = rf"the patient [A-Z][a-z]+|{alternatives(each.title for each in RECORDS)}"
_RECORD = rf"(?:the (?:observation|preliminary observation|condition) of )?(?:{_PATIENT})"
RECORD = matching(_RECORD, str)
RECORDS_NAMED = matching(
    rf"{_RECORD}(?: and {_RECORD})*", lambda text: tuple(re.split(r" and (?=the )", text))
)


def _one(interact: Callable[[Fhir, Record], Exchange]) -> Interaction:
    """An interaction with a single record."""

    def interact_with(api: Fhir, named: tuple[Record, ...]) -> Exchange:
        (record,) = named
        return interact(api, record)

    return interact_with


def _search(parameter: str, value: Callable[[Record], str], *more: tuple[str, str]) -> Interaction:
    """A search that would match each of the records (in FHIR a comma means or)."""
    return lambda api, named: api.search(
        named[0].kind, (parameter, ",".join(value(record) for record in named)), *more
    )


def _translated(record: Record) -> dict[str, object]:
    return {**record.resource, "language": "de"}


def _file_and_find(api: Fhir, patient: Record) -> Exchange:
    """Files an observation of a patient and searches for it with its subject; or the refusal to file it."""
    made = api.create(records.observation(patient.reference))
    if made.status != 201:
        return made
    return api.search("Observation", ("_id", str(made.member("id"))), ("_include", "Observation:subject"))


# The server's own to say; what a client sends of it counts for nothing.
_SOMEBODY_ELSE = {name: {"reference": f"Practitioner/{records.NEVER}"} for name in ("author", "onBehalfOf")}


def _mark(record: Record) -> str:
    return record.mark


INTERACTION: Callable[[str], Interaction] = one_of(
    {
        **{phrase: _one(surface) for phrase, surface in surfaces.EVERY.items()},
        "read": _one(lambda api, record: api.read(record.reference)),
        "read, by an id that nobody ever had,": _one(
            lambda api, record: api.read(record.under_an_id_that_never_existed.reference)
        ),
        "read the first version of": _one(
            lambda api, record: api.version(record.reference, record.resource["meta"]["versionId"])
        ),
        "read the history of": _one(lambda api, record: api.history(record.reference)),
        "create a copy of": _one(lambda api, record: api.create(record.copy)),
        "create a copy that names somebody else as author of": _one(
            lambda api, record: api.create({**record.copy, "meta": _SOMEBODY_ELSE})
        ),
        "update": _one(lambda api, record: api.update(_translated(record))),
        "patch": _one(
            lambda api, record: api.patch(record.reference, {"op": "add", "path": "/language", "value": "de"})
        ),
        "delete": _one(lambda api, record: api.delete(record.reference)),
        "give the name Outside to": _one(
            lambda api, record: api.update({**record.resource, "name": [{"family": "Outside"}]})
        ),
        "update the birth date of": _one(
            lambda api, record: api.update({**record.resource, "birthDate": "1999-09-09"})
        ),
        "patch the birth date of": _one(
            lambda api, record: api.patch(
                record.reference, {"op": "replace", "path": "/birthDate", "value": "1999-09-09"}
            )
        ),
        "search for": _search("identifier", _mark),
        "search by id for": _search("_id", lambda record: record.id),
        "search by telecom for": _search("telecom", lambda record: record.email),
        "search by email for": _search("email", lambda record: record.email),
        "count, with _summary=count,": _search("identifier", _mark, ("_summary", "count")),
        "count, with _total=accurate,": _search("identifier", _mark, ("_total", "accurate")),
        "search the whole type of": _one(lambda api, record: api.search(record.kind)),
        "file and find, with its subject, an observation of": _one(_file_and_find),
        "read in a batch": _one(lambda api, record: api.batch(("GET", record.reference, None))),
        "create in a batch a copy of": _one(
            lambda api, record: api.batch(("POST", record.kind, record.copy))
        ),
        "update and copy in a batch": _one(
            lambda api, record: api.batch(
                ("PUT", record.reference, _translated(record)), ("POST", record.kind, record.copy)
            )
        ),
        "read, search for, update and copy in a batch": _one(
            lambda api, record: api.batch(
                ("GET", record.reference, None),
                ("GET", f"{record.kind}?identifier={record.mark}", None),
                ("PUT", record.reference, _translated(record)),
                ("POST", record.kind, record.copy),
            )
        ),
    }
)
