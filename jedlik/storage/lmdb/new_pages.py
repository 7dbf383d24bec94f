"""Pages that LMDB is about to add to its file, each by itself in the system's memory.

LMDB writes adjoining new pages by one call, and Linux then keeps them as one large folio (ext4
since 6.16). From then on, a write of one of them looks at the blocks of all: with a million items a
PutItem spent 40 us in the kernel, and 25 where each page is by itself. Pages stay as they first
came into memory. So the file is made longer than it need be, by a hole, which takes no room on the
disk; and the hole's pages are read, as a map of single pages does it.
"""

from __future__ import annotations

import mmap
import os
import sys
from pathlib import Path
from typing import Final

from jedlik.storage.disk import file_system

AHEAD: Final = 2 * 1024 * 1024
"""Bytes that are read together: some 0.2 ms of work. No commit adds many more."""

_POPULATE_READ: Final = 22
"""MADV_POPULATE_READ of Linux 5.14, which the module mmap does not have."""

_FILE_SYSTEMS: Final = ("ext4", "overlay")
"""Those where it matters, and what containers have on top of them. On others, such as tmpfs,
reading a hole may take room."""


class NewPages:
    """The pages after those that are in use. Where nothing is gained nothing is done."""

    def __init__(self, file: Path) -> None:
        self._file = os.open(file, os.O_RDWR | os.O_CLOEXEC)
        matters = file_system(self._file) in _FILE_SYSTEMS
        self._until = os.fstat(self._file).st_size if matters else sys.maxsize
        """Where those end that have been read."""

    def prepare(self, used: int) -> None:
        """Read the pages after the `used` bytes, unless enough of them have been read. Only in a
        write transaction: no one else may be writing to the file."""
        if used + AHEAD // 2 > self._until:
            self._until = self._read(max(used, self._until))

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def _read(self, begin: int) -> int:
        """Read the pages from there on; returns where they end."""
        begin -= begin % mmap.ALLOCATIONGRANULARITY
        end = begin + AHEAD
        try:
            if os.fstat(self._file).st_size < end:
                os.ftruncate(self._file, end)
            with mmap.mmap(self._file, AHEAD, prot=mmap.PROT_READ, offset=begin) as pages:
                pages.madvise(mmap.MADV_RANDOM)
                pages.madvise(_POPULATE_READ)
        except OSError:
            return sys.maxsize
        return end
