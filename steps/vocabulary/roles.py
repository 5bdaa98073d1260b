"""Who: phrases that name a client or a person, each resolved to a member of the cast or one that a scenario makes."""

from __future__ import annotations

from fixtures.cast import CLIENTS, PEOPLE
from fixtures.flows.actors import (
    ANYBODY,
    NEW_CLIENTS,
    NEW_PEOPLE,
    AnyClient,
    AnyPerson,
    Member,
    NewClient,
    NewPerson,
)
from steps.vocabulary.words import one_of

_CLIENTS: dict[str, AnyClient] = {role.title: role for role in CLIENTS}
_CLIENTS |= {made.title: made for made in NEW_CLIENTS}
_PEOPLE: dict[str, AnyPerson] = {role.title: role for role in PEOPLE}
_PEOPLE |= {made.title: made for made in NEW_PEOPLE}

MEMBERS: dict[str, Member] = {**_CLIENTS, **_PEOPLE}

CLIENT = one_of(_CLIENTS)
PERSON = one_of(_PEOPLE)
MEMBER = one_of(MEMBERS)
CALLER = one_of({**MEMBERS, ANYBODY.title: ANYBODY})
# "a new back end", which is called "the new back end" from then on.
_NEWCOMERS: dict[str, NewClient | NewPerson] = {
    made.title.replace("the ", "a ", 1): made for made in NEW_CLIENTS
}
_NEWCOMERS |= {made.title.replace("the ", "a ", 1): made for made in NEW_PEOPLE}
NEWCOMER = one_of(_NEWCOMERS)
MADE_CLIENT = one_of({each.title: each for each in NEW_CLIENTS})
_AUTHORS: dict[str, AnyPerson | None] = {"nobody": None}
AUTHOR = one_of(_AUTHORS | _PEOPLE)
