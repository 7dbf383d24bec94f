"""How many records of a shared log everyone may see, in a page that its processes have mapped.

    DIR/published   offset 0   8  number of the first record that is not published, as the machine
                                  has its numbers; the rest of the page is unused

A record is published once it is flushed, and only then is its commit answered. Whether there is
something new is looked at with every read, and costs no system call. The number only grows. It says
nothing where all processes have ended. Its page stays then, as 0: on a full disk there would be no
place for it when they start again.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
from pathlib import Path
from typing import Final

from jedlik.storage.disk import open_own

FILE: Final = "published"
_SIZE: Final = 4096


class Published:
    """The page, of one process. Raises OSError."""

    def __init__(self, directory: Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        self._file = os.open(directory / FILE, flags, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            if os.fstat(self._file).st_size < _SIZE:
                # All of it, so that no write to the map finds the disk full and ends the process.
                os.pwrite(self._file, bytes(_SIZE), 0)
            fcntl.flock(self._file, fcntl.LOCK_UN)
            self._map = mmap.mmap(self._file, _SIZE)
        except BaseException:
            os.close(self._file)
            raise
        self._numbers = memoryview(self._map).cast("Q")

    @property
    def number(self) -> int:
        """That of the first record that is not published."""
        return self._numbers[0]

    def advance(self, number: int) -> None:
        """Publish all records before this one, if another process has not."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            if number > self._numbers[0]:
                self._numbers[0] = number
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the page."""
        self._numbers.release()
        self._map.close()
        os.close(self._file)


def forget(directory: Path) -> None:
    """Have no record published, where no process has the directory open. Raises OSError."""
    with contextlib.suppress(FileNotFoundError), open_own(directory / FILE) as stream:
        stream.write(bytes(_SIZE))
