"""Spares every start the import of what only pytest-bdd's code generator needs; loaded before pytest-bdd is.

That is Mako, which brings Pygments' lexers with it: 0.2 s a process. `--generate-missing` is not offered here: the lint
says what is missing (and would not, see its traps).
"""

import sys
from types import ModuleType


class TemplateLookup:
    """Stands where Mako's would; nothing is generated."""

    def __init__(self, *_: object, **__: object) -> None: ...


if "mako" not in sys.modules:
    stand_in = ModuleType("mako.lookup")
    stand_in.__dict__["TemplateLookup"] = TemplateLookup
    sys.modules["mako.lookup"] = stand_in
