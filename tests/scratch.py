"""Where tests write: into memory, if the system has a directory there.

A flush to a disk takes milliseconds, and the tests would wait for tens of thousands. They lose
nothing by it: servers flush as ever, and what a killed process has written is the system's, which
keeps it in memory either way. Only a power failure tells one directory from the other.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ENOUGH = 1 << 30
"""Several times what a run of all tests holds at one time, in bytes; containers give 64 MiB."""


def write_into_memory() -> None:
    """Make directories for tests in memory, unless TMPDIR says where else, or that cannot be."""
    if "TMPDIR" not in os.environ and _is_fit(MEMORY):
        tempfile.tempdir = str(MEMORY)


def _is_fit(directory: Path) -> bool:
    """Whether tests find room there, and may run programs that they write."""
    if sys.platform != "linux" or not os.access(directory, os.W_OK):
        return False
    if os.statvfs(directory).f_flag & os.ST_NOEXEC:
        return False
    return shutil.disk_usage(directory).free >= ENOUGH
