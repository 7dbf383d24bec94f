"""What engines want to know of the disk beneath them."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
from pathlib import Path
from typing import Final

NO_ROOM: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
NEARLY_FULL: Final = 64 * 1024 * 1024
"""Where room ends the system may cut a write short, which stores report as an input/output error.
With less room than this left (more than a batch of tasks writes), that is what happened, and no
broken disk."""


def room(file: Path) -> int:
    """Bytes by which a file can still grow, as far as the system tells."""
    disk = os.statvfs(file.parent)
    left = disk.f_bavail * disk.f_frsize
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if limit != resource.RLIM_INFINITY:
        size = file.stat().st_size if file.exists() else 0
        left = min(left, limit - size)
    return left


def sync_file(path: Path) -> None:
    """Make a file's content durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some file systems cannot, and need not
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
