"""Access tokens: what they are made of, and what else is sent in their place."""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from fixtures.adapters.capabilities import ClientLifetimes
from fixtures.flows.flows import Flows
from fixtures.flows.target import Target
from fixtures.flows.values import Tokens, tokens_of
from fixtures.http import is_loopback
from fixtures.protocol import jwt, token
from fixtures.protocol.key_set import published
from fixtures.target.clock import after_expiry
from reports.deviation import Blocked, NotApplicable
from reports.exchange import Exchange
from steps.checks import access_token as check
from steps.checks.bearer import served, token_refused
from steps.vocabulary.credentials import CREDENTIAL, PLACE, Credential, jwt_of

SOMEWHERE = {"Place": PLACE}
SOMETHING = {"Credential": CREDENTIAL}


# ----- who holds what


@given("the practitioner has tokens of another sign-in", target_fixture="other_tokens")
def _(target: Target, flows: Flows) -> Tokens:
    target.need_method("authorization-code")
    client, person = target.client("confidential"), target.person("practitioner")
    return flows.person_tokens(client, person, fresh="second")


@given("the back end has another token of its own", target_fixture="other_tokens")
def _(target: Target, flows: Flows) -> Tokens:
    return flows.client_tokens(target.client("backend"), fresh="second")


@given("an access token that soon expires", target_fixture="tokens")
def _(target: Target, flows: Flows) -> Tokens:
    if not target.offers(ClientLifetimes):
        target.need_method("authorization-code")
        return flows.person_tokens(target.client("confidential"), target.person("practitioner"))
    lifetime = "2s"
    client = target.need(ClientLifetimes).new_client(
        "short-lived", auth_method="client_secret_post", access_token_lifetime=lifetime
    )
    return flows.client_tokens(client)


@given("the access token is a JWT", target_fixture="parsed")
def _(tokens: Tokens) -> jwt.Token:
    return jwt_of(tokens)


@given("the practitioner has refreshed once", target_fixture="tokens")
def _(target: Target, flows: Flows) -> Tokens:
    target.need_feature("refresh-token")
    client = target.client("confidential")
    grant = flows.sign_in(client, target.person("practitioner"))
    first = flows.redeem(grant)
    if not first.refresh:
        raise Blocked("the server claims refresh tokens, but gave none", first.exchange)
    answer = flows.token(token.refresh_request(first.refresh, client.auth()))
    second = tokens_of(answer)
    if second is None:
        raise Blocked(f"control: the refresh token gave no access token, but {answer.status}", answer)
    return Tokens(second.access, second.refresh, first.id_token, second.scope, answer)


@given(
    parsers.cfparse("{place:Place} opens to the access token", extra_types=SOMEWHERE),
)
def _(target: Target, flows: Flows, tokens: Tokens, place: str) -> None:
    served(flows.get(target.protected_url(place), tokens.access))


# ----- what is tried


@when(
    parsers.cfparse(
        "{place:Place} is asked with {credential:Credential}", extra_types={**SOMEWHERE, **SOMETHING}
    ),
    target_fixture="answer",
)
def _(target: Target, flows: Flows, tokens: Tokens, place: str, credential: Credential) -> Exchange:
    return flows.get(target.protected_url(place), credential(tokens, target.keys))


@when(
    parsers.cfparse(
        "{place:Place} is asked with a token that points to a key set of ours", extra_types=SOMEWHERE
    ),
    target_fixture="answer",
)
def _(target: Target, flows: Flows, tokens: Tokens, place: str) -> Exchange:
    if not is_loopback(target.host):
        raise NotApplicable("the target is on another machine, from where it cannot reach the harness")
    parsed = jwt_of(tokens)
    alg = str(parsed.header.get("alg"))
    key = jwt.own_key(alg)
    with published(jwt.public_jwk(key, "authmark", alg)) as url:
        header = {**parsed.header, "kid": "authmark", "jku": url}
        return flows.get(target.protected_url(place), jwt.signed_by(key, parsed.claims, header))


@when(
    parsers.cfparse("{place:Place} is asked with the access token after its end", extra_types=SOMEWHERE),
    target_fixture="answer",
)
def _(target: Target, flows: Flows, tokens: Tokens, place: str) -> Exchange:
    headers, beyond = after_expiry(target.profile, check.lifetime_of(tokens))
    answer = flows.get(target.protected_url(place), tokens.access, headers)
    if answer.status == 200 and not beyond:
        raise Blocked(
            "the token still works one second after its end, which leeway for clock skew would allow; "
            "[limits] patience_seconds of 310 would tell",
            answer,
        )
    return answer


@when(
    parsers.cfparse("the client refreshes with {credential:Credential}", extra_types=SOMETHING),
    target_fixture="answer",
)
def _(target: Target, flows: Flows, tokens: Tokens, credential: Credential) -> Exchange:
    sent = credential(tokens, target.keys)
    return flows.token(token.refresh_request(sent, target.client("confidential").auth()))


# ----- what must come of it


@then("it is refused with status 401")
def _(answer: Exchange) -> None:
    token_refused(answer, error=None)


@then("it is served")
def _(answer: Exchange) -> None:
    served(answer)


@then("the two tokens differ and cannot be guessed")
def _(target: Target, tokens: Tokens, other_tokens: Tokens) -> None:
    check.hard_to_guess(tokens, other_tokens, target.keys)


@then("it holds only characters that a bearer token may hold")
def _(tokens: Tokens) -> None:
    check.allowed_characters(tokens)


@then("it lives for an hour at most")
def _(tokens: Tokens) -> None:
    check.short_lived(tokens)


@then("it has the claims that its type requires")
def _(tokens: Tokens, parsed: jwt.Token) -> None:
    check.has_claims_of_rfc9068(parsed, tokens)


@then("its audience is not the client")
def _(target: Target, tokens: Tokens, parsed: jwt.Token) -> None:
    check.audience_is_not(target.client("confidential").id, parsed, tokens)


@then("it names the session, the client, the practitioner's own record and the scope")
def _(target: Target, tokens: Tokens, parsed: jwt.Token) -> None:
    profile = target.person("practitioner").profile
    check.has_product_claims(parsed, tokens, target.client("confidential").id, profile)


@then(parsers.parse('it says nothing about the practitioner that "{scope}" does not ask for'))
def _(target: Target, tokens: Tokens, parsed: jwt.Token, scope: str) -> None:
    check.nothing_personal(parsed, tokens, target.person("practitioner").username, scope)


@then("a published key verifies it")
def _(target: Target, tokens: Tokens) -> None:
    check.verifies(tokens, target.keys)
