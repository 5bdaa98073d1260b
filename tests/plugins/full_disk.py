"""A pytest plugin that lets no file grow beyond 60 KB once the target is prepared: as where the disk is full."""

from __future__ import annotations

import resource


def pytest_collection_finish() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
