"""Canaille as a process: the server that nobody here wrote. Prints one JSON line when it listens.

It needs the dependency group `independent`. Clients and people come in as JSON on standard input, so that the test
and the profile name the same ones. It keeps its data in SQLite, in the working directory, since its backend in memory
answers a code with any outstanding code of the client. Nothing of the server's behaviour is changed.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import uuid
import wsgiref.simple_server
from typing import Any

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from joserfc.jwk import JWKRegistry


def main() -> None:
    actors: dict[str, Any] = json.loads(sys.stdin.readline())
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # Authlib refuses plain HTTP otherwise; loopback only
    httpd = Server(("localhost", 0), Quiet)
    port = httpd.server_address[1]
    app = create_app(config=configuration(port, "canaille.sqlite"))
    httpd.set_app(app)
    with app.app_context():
        Backend.instance.install(app)
        for person in actors["people"]:
            user = models.User(
                formatted_name=person["username"],
                family_name=person["username"].title(),
                given_name="Authmark",
                user_name=person["username"],
                emails=[f"{person['username']}@example.com"],
                password=person["password"],
            )
            Backend.instance.save(user)
        for client in actors["clients"]:
            made = registered(client)
            Backend.instance.save(made)
            made.audience = [made]  # as its own registration does
            Backend.instance.save(made)
    print(json.dumps({"base_url": f"http://localhost:{port}/"}), flush=True)
    httpd.serve_forever()


def registered(client: dict[str, Any]) -> Any:
    keyed = "jwks" in client
    public = client["secret"] is None and not keyed
    return models.Client(
        client_id=client["id"],
        client_id_issued_at=dt.datetime.now(dt.UTC),
        client_name=client["id"],
        client_secret=client["secret"] or "",
        client_secret_expires_at=None,
        redirect_uris=[client.get("redirect_uri", "http://localhost:4000/unused")],
        post_logout_redirect_uris=[client["post_logout_redirect_uri"]]
        if "post_logout_redirect_uri" in client
        else [],
        grant_types=["authorization_code", "refresh_token", "client_credentials"],
        response_types=["code"],
        scope=["openid", "profile", "email", "groups", "offline_access"],
        jwks=json.dumps(client["jwks"]) if keyed else None,
        token_endpoint_auth_method="none"
        if public
        else "private_key_jwt"
        if keyed
        else "client_secret_basic",
        # Its access tokens carry no jti: signed RS256, two of one second are the same, and its database refuses the
        # second with a 500. That depends on the clock, so no test can count on it; PSS is salted.
        id_token_signed_response_alg="PS256",  # noqa: S106  an algorithm
    )


class Server(wsgiref.simple_server.WSGIServer):
    """One request at a time: on SQLite it answers a crowd by chance."""

    request_queue_size = 32


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""


def configuration(port: int, database: str) -> dict[str, Any]:
    key = JWKRegistry.generate_key("RSA", 2048)
    key.ensure_kid()
    return {
        "SECRET_KEY": str(uuid.uuid4()),
        "SERVER_NAME": f"localhost:{port}",
        "PREFERRED_URL_SCHEME": "http",
        "CANAILLE": {
            "DATABASE": "sql",
            "JAVASCRIPT": False,
            "ACL": {"DEFAULT": {"PERMISSIONS": ["use_oidc"]}},
            "LOGGING": {"version": 1, "disable_existing_loggers": True},
        },
        "CANAILLE_SQL": {"DATABASE_URI": f"sqlite:///{database}"},
        "CANAILLE_OIDC": {"ACTIVE_JWKS": [key.as_dict(private=True)]},
    }


if __name__ == "__main__":
    main()
