"""Why a data directory cannot be used, as its owner should read it."""

from __future__ import annotations

import errno
from pathlib import Path

from jedlik.storage.failures import DataDirectoryError


def unusable(path: Path, error: OSError) -> DataDirectoryError:
    """The error for a directory that the system refuses to open, read or write."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return DataDirectoryError(f"{path} is not writable for this user: {error.strerror}")
    if error.errno == errno.EROFS:
        return DataDirectoryError(f"{path} is on a file system that is mounted read-only")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DataDirectoryError(f"there is no room left for {path}: {error.strerror}")
    return DataDirectoryError(f"{path} cannot be used: {error.strerror}")
