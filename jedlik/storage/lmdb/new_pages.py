"""Pages that LMDB is about to add to its file, each by itself in the system's memory.

LMDB writes adjoining new pages by one call, and Linux then keeps them as one large folio (ext4
since 6.16). From then on, a write of one of them looks at the blocks of all: with a million items a
PutItem spent 40 us in the kernel, and 25 where each page is by itself. Pages stay as they first
came into memory. So the file is made longer than it need be, by a hole, which takes no room on the
disk; and the hole is read, as it will hardly ever be read: without a look ahead, page by page.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

AHEAD: Final = 512 * 1024
"""Bytes that are read together, in some 0.2 ms. Few commits add half as many."""
_MOST_AHEAD: Final = 8 * 1024 * 1024
"""Bytes for which no more is read before a commit, however much the last one has added."""


class NewPages:
    """The pages after those that are in use. Where the system cannot do it nothing is done."""

    def __init__(self, file: Path) -> None:
        self._file = os.open(file, os.O_RDWR | os.O_CLOEXEC)
        self._into = bytearray(AHEAD)
        self._until = sys.maxsize
        """Where those end that have been read."""
        self._used = sys.maxsize
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(self._file, 0, 0, os.POSIX_FADV_RANDOM)
            self._until = os.fstat(self._file).st_size

    def prepare(self, used: int) -> None:
        """Read the pages after the `used` bytes, unless enough of them have been read: for twice
        what was added since the last time. Only in a write transaction: no one else may be writing
        to the file."""
        added, self._used = used - self._used, used
        enough = min(max(AHEAD // 2, 2 * added), _MOST_AHEAD)
        while used + enough > self._until:
            self._until = self._read(max(used, self._until))

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def _read(self, begin: int) -> int:
        """Read the pages from there on; returns where they end."""
        end = begin + AHEAD
        try:
            if os.fstat(self._file).st_size < end:
                os.ftruncate(self._file, end)
            os.preadv(self._file, [self._into], begin)
        except OSError:
            return sys.maxsize
        return end
