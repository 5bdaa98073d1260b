"""A pytest plugin that writes the most memory that the process held, in MiB, to the file AUTHMARK_MEMORY."""

from __future__ import annotations

import os
import re
from pathlib import Path


def pytest_unconfigure() -> None:
    # Not ru_maxrss: that counts the process that started this one.
    status = Path("/proc/self/status").read_text()
    kib = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert kib
    Path(os.environ["AUTHMARK_MEMORY"]).write_text(str(int(kib[1]) // 1024))
