"""Nothing passes that was decided after the server stopped speaking OAuth, whatever it says instead."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.harness import Finished, Reference, reference, run
from tests.hostile import BEHAVIOURS, Asked, answering, hostile

# In this order; the server stops in the When of this requirement, when every control has been made that there is.
FEATURES = (
    "features/tokens/userinfo.feature",
    "features/tokens/introspection.feature",
    "features/tokens/access_token.feature",
    "features/tokens/bearer.feature",
    "features/access/project_isolation.feature",
    "features/access/access_policy.feature",
    "features/browser/authorization_code.feature",
    "features/browser/pkce.feature",
)
LAST = "TK05"
ALIKE = {
    "400 invalid_grant": answering(400, '{"error":"invalid_grant"}'),
    "401 with a challenge": answering(
        401, '{"error":"invalid_token"}', 'WWW-Authenticate: Bearer error="invalid_token"'
    ),
    "403": answering(403, '{"error":"insufficient_scope"}'),
    "404 of the API": answering(404, '{"resourceType":"OperationOutcome","issue":[]}'),
    "an empty 200": answering(200, ""),
    "a page": answering(200, "<html>Down for maintenance</html>", media_type="text/html"),
    "a redirect to the sign-in": answering(302, "", "Location: /login"),
    "inactive": answering(200, '{"active":false}'),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Reference]:
    with reference("--test-clock") as started:
        yield started


@dataclass(frozen=True)
class Stopped:
    """A run whose server stopped speaking OAuth, and when it did, in seconds since the epoch."""

    finished: Finished
    at: float

    def decided_after(self) -> Iterator[dict[str, Any]]:
        """The rows that got an answer after that."""
        assert self.finished.directory is not None
        for path in (self.finished.directory / "evidence").glob("*.json"):
            for row in json.loads(path.read_text())["examples"]:
                if any(each["started"] > self.at for each in row["exchanges"]):
                    yield {"id": path.stem, **row}


def stopped(server: Reference, folder: Path, alike: str) -> Stopped:
    since: list[float] = []
    lock = threading.Lock()

    def rule(_: Asked) -> str | None:
        signpost = folder / "signpost"
        told = signpost.read_text() if signpost.exists() else ""
        with lock:
            if not since and told == f"{LAST} when":
                since.append(time.time())
        return alike if since else None

    with hostile(rule, server.base_url) as between:
        profile = Reference(between.base_url, server.env, server.process).profile(folder / "profile.toml")
        finished = run(
            folder / "out",
            f"--target={profile}",
            "--concurrency=1",
            "-p",
            "tests.plugins.signpost",
            env={**server.env, "AUTHMARK_SIGNPOST": str(folder / "signpost")},
            paths=FEATURES,
        )
    assert since
    return Stopped(finished, since[0])


@pytest.mark.parametrize("alike", ALIKE)
def test_nothing_passes_after_the_server_stopped_speaking_oauth(
    server: Reference, tmp_path: Path, alike: str
) -> None:
    BEHAVIOURS[alike] = ALIKE[alike]
    run_ = stopped(server, tmp_path, alike)
    after = list(run_.decided_after())
    assert len(after) > 20, run_.finished.output
    assert {f"{row['id']} {row['example']}" for row in after if row["verdict"] == "passed"} == set()
    assert run_.finished.code == 1
