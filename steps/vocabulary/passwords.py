"""Links by which a person sets a password: used once, again, too late, or with a secret that is not theirs."""

from __future__ import annotations

from collections.abc import Callable

from pytest_bdd import given, parsers, when

from fixtures.accounts import Link
from fixtures.flows.guests import Guests, Kind
from fixtures.flows.target import Target
from fixtures.flows.values import new_password
from fixtures.target.clock import later
from reports.exchange import Exchange
from steps.vocabulary.tampering import another
from steps.vocabulary.words import one_of

KIND: Callable[[str], Kind] = one_of({"an invitation": "invite", "a reset": "reset"})
DAY = 24 * 3600
Change = Callable[[Guests, Link], Link]


def _text(change: Callable[[str], object]) -> Change:
    return lambda _, link: link.having(change(str(link.secret)))


SECRET: Callable[[str], Change] = one_of(
    {
        "the secret of another link": lambda guests, link: link.having(guests.linked("invite")[1].secret),
        "another secret": lambda _, link: link.having(another("client_secret")),
        "an empty secret": _text(lambda _: ""),
        "no secret": _text(lambda _: None),
        "the first half of the secret": _text(lambda held: held[: len(held) // 2]),
        "the secret in another case": _text(str.swapcase),
        "one more character after the secret": _text(lambda held: f"{held}0"),
        "an operator in place of the secret": _text(lambda _: {"$ne": ""}),
        "a list in place of the secret": _text(lambda held: [held]),
    }
)
WHAT = {"Kind": KIND, "Secret": SECRET}


@given(
    parsers.cfparse(
        "the link of {kind:Kind} sets a password, with which its owner can sign in", extra_types=WHAT
    )
)
def link_sets_a_password(guests: Guests, kind: Kind) -> None:
    guests.used(kind)


@when(
    parsers.cfparse("the same link of {kind:Kind} is used again", extra_types=WHAT), target_fixture="answer"
)
def use_again(guests: Guests, kind: Kind) -> Exchange:
    return guests.links().set_password(guests.used(kind).link, new_password())


@when(
    parsers.cfparse(
        "an unused link of {kind:Kind} is used {days:d} days after it was sent", extra_types=WHAT
    ),
    target_fixture="answer",
)
def use_late(target: Target, guests: Guests, kind: Kind, days: int) -> Exchange:
    _, link = guests.linked(kind)
    return guests.links().set_password(link, new_password(), later(target.profile, days * DAY))


@when(
    parsers.cfparse("an unused link of {kind:Kind} is used with {secret:Secret}", extra_types=WHAT),
    target_fixture="answer",
)
def use_with(guests: Guests, kind: Kind, secret: Change) -> Exchange:
    _, link = guests.linked(kind)
    return guests.links().set_password(secret(guests, link), new_password())
