"""Names and sentences for people, the same in every rendering."""

from __future__ import annotations

METHODS = {
    "authorization-code": "Authorization code with PKCE",
    "client-credentials": "Client credentials",
    "on-behalf-of": "On-behalf-of",
    "device": "Device (restricted client credentials)",
    "token-exchange": "Token exchange",
    "external-idp": "External identity provider",
    "domain-idp": "Domain-level identity provider",
    "provisioning": "Provisioning of people (SCIM)",
}
VERDICTS = {
    "passed": "The target did what is asked; where it had to refuse, it refused for the right reason.",
    "failed": "The target broke a binding rule (must, or a promise of the product).",
    "warning": "The target departs from a recommendation (should). It fails the run where the finding is severe.",
    "not-applicable": "The target neither claims nor advertises what the requirement is about.",
    "not-tested": "It applies, but the run lacked a means that its profile could give; the reason names it.",
    "blocked": "A precondition or the untampered control did not hold, so nothing was learned.",
    "error": "The harness or the network failed. This says nothing about the target.",
}
OUTCOMES = {
    "conformant": "Every binding requirement that applies was judged, none is broken, and no warning is severe.",
    "conformant-with-waivers": "Somebody answers, by name and in date, for everything that is broken or unjudged.",
    "not-conformant": "A binding requirement is broken, or a recommendation severely, or a waiver does not hold.",
    "incomplete": "Not every binding requirement that applies could be judged, so nothing is vouched for.",
    "partial": "Only a selection of the requirements was asked; it says nothing about the rest.",
}
KINDS = {
    "accepted": "a request that had to be refused was served",
    "refused": "a request that had to be served was refused",
    "late-refusal": "refused, but at a later endpoint than the clause says",
    "wrong-error": "refused, with another error code than the clause allows",
    "wrong-status": "right in substance, with the wrong HTTP status",
    "missing-header": "a header that is due is absent",
    "wrong-header": "a header says something else than is due",
    "missing-claim": "a claim that is due is absent",
    "wrong-claim": "a claim says something else than is due",
    "malformed": "the answer cannot be read as the clause says",
    "widened": "more was granted than was asked for",
    "weak": "a secret is too short or can be guessed",
    "leaked": "something was shown to somebody who must not see it",
    "not-revoked": "something that had ended still works",
    "server-error": "the server failed where an answer was due",
    "unavailable": "a route that is offered is not there",
}


def method(slug: str) -> str:
    """The name of an authentication method; an unknown one stands for itself."""
    return METHODS.get(slug, slug.replace("-", " ").capitalize())


def kind(slug: str) -> str:
    """What a kind of finding means; `missing-header:pragma` says which header."""
    return KINDS[slug.partition(":")[0]]


def words(slug: str) -> str:
    """A verdict, outcome or kind as words in a sentence."""
    name, colon, about = slug.partition(":")
    return name.replace("-", " ") + (f" {about}" if colon else "")


def count(number: int, noun: str) -> str:
    """`1 finding`, `2 findings`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
