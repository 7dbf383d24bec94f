"""Where tests write: into memory, if the system has a directory in it.

A flush to a disk takes milliseconds, and the tests would wait for tens of thousands of them. The
tests lose nothing: servers flush as always, and the system keeps a killed process's writes in
memory in both cases. Only a power failure would make a difference.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ENOUGH = 1 << 30
"""Several times the space that all tests use at a time, in bytes; containers have 64 MiB."""


def write_into_memory() -> None:
    """Make directories for tests in memory, unless TMPDIR is set or it is not possible."""
    if "TMPDIR" not in os.environ and _is_fit(MEMORY):
        tempfile.tempdir = str(MEMORY)


def _is_fit(directory: Path) -> bool:
    """Whether tests have enough room there, and may run programs that they write."""
    if sys.platform != "linux" or not os.access(directory, os.W_OK):
        return False
    if os.statvfs(directory).f_flag & os.ST_NOEXEC:
        return False
    return shutil.disk_usage(directory).free >= ENOUGH
