"""What a wheel holds: the folders and files at the top of the project, under one import package (a hook of hatchling).

An editable installation holds none of it: there the project's own folder is on the path.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "authmark"
CONTENTS = ("features", "steps", "fixtures", "conftest.py", "pyproject.toml")


class Wheel(BuildHookInterface):  # type: ignore[type-arg]  # hatchling is there only while it builds
    """Puts the contents under the package, and the command in its place."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it collects files; `version` is "standard" or "editable"."""
        if version == "standard":
            reports = [
                f"reports/{each.name}" for each in Path(self.root, "reports").iterdir() if each.name != "out"
            ]
            build_data["force_include"] |= {
                name: f"{PACKAGE}/{name}" for name in [*CONTENTS, *sorted(reports)]
            }
            build_data["force_include"]["authmark.py"] = f"{PACKAGE}/__init__.py"
