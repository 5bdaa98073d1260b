"""The adapter of a product that the harness has never heard of: one package, beside one TOML.

Acme knows the client credentials grant and no people. Its clients are made with an operator's key.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fixtures.adapters.adapter import Adapter, Standing
from fixtures.adapters.capabilities import Administration
from fixtures.cast import Client, ClientRole, Person, PersonRole
from fixtures.http import Session
from fixtures.ledger import Entry, Ledger
from fixtures.protocol.authorization import AuthorizationRequest, AuthorizationResponse
from fixtures.target.fields import STRICT, Secret
from reports.deviation import NotApplicable
from reports.exchange import Exchange


@dataclass(frozen=True)
class Operator:
    key: Secret

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Sections:
    operator: Operator


class Acme(Adapter, Administration):
    name = "acme"
    sections = Sections
    own: Sections

    def check_credentials(self) -> None:
        pass

    def prepare(self, ledger: Ledger, run_id: str) -> Standing:
        return Standing(run_id)

    def client(self, role: ClientRole, auth_method: str | None = None) -> Client | None:
        way = auth_method or role.auth_method
        return self.new_client(role.name, auth_method=way) if role.method == "client-credentials" else None

    def person(self, role: PersonRole) -> Person | None:
        return None

    def cleanup(self, entries: Sequence[Entry], is_late: Callable[[], bool] = lambda: False) -> list[str]:
        for entry in entries:
            self._ask("DELETE", f"clients/{entry.name}")
            self.ledger.removed(entry.id)
        return []

    def sign_in(
        self, session: Session, request: AuthorizationRequest, person: Person, *, check_request: bool
    ) -> AuthorizationResponse:
        raise NotApplicable("Acme knows no people")

    def api_url(self, *, as_person: bool) -> str | None:
        return None if as_person else f"{self.profile.base_url}api"

    def new_client(
        self,
        title: str,
        *,
        secret: bool = True,
        scope: str | None = None,
        auth_method: str = "client_secret_basic",
    ) -> Client:
        name = f"{self.standing.run_id}-{title}-{secrets.token_hex(3)}".replace(" ", "-")  # titles repeat
        entry = self.ledger.planned("client", name)
        made = self._ask("PUT", f"clients/{name}")
        self.ledger.made(entry, name)
        return Client(title, name, str(made.member("secret")), scope="read", auth_method=auth_method)

    def new_person(self, title: str) -> Person:
        raise NotApplicable("Acme knows no people")

    def change_client(self, client: Client, **settings: Any) -> Exchange:
        raise NotApplicable("Acme's clients have no settings")

    def disable_client(self, client: Client) -> None:
        self._ask("DELETE", f"clients/{client.id}")

    def remove_membership(self, membership: str) -> None:
        raise NotApplicable("Acme has no projects")

    def _ask(self, method: str, path: str) -> Exchange:
        key = self.secrets.of(self.own.operator.key)
        return self.http.session().send(method, self.profile.base_url + path, headers=(("Acme-Key", key),))


ADAPTER = Acme
