"""What is said of a directory that the system refuses."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from jedlik.storage.directory.unusable import unusable


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EACCES, "/data is not writable for this user: Permission denied"),
        (errno.EROFS, "/data is on a file system that is mounted read-only"),
        (errno.ENOSPC, "there is no room left for /data: No space left on device"),
        (errno.EIO, "/data cannot be used: Input/output error"),
    ],
)
def test_the_reason_is_named(number: int, said: str) -> None:
    assert str(unusable(Path("/data"), OSError(number, os.strerror(number)))) == said
