"""Locks between the processes that share a log. The kernel lets go of those of a process that dies.

Each is on an open file of the process's own, so no two of its threads may take one at a time; with
`Turn` they may.
"""

from __future__ import annotations

import contextlib
import fcntl
import threading
from collections.abc import Iterator


class Order:
    """One process at a time. LMDB's own lock comes after it, never before."""

    def __init__(self, file: int) -> None:
        self._file = file

    @contextlib.contextmanager
    def taken(self, *, wait: bool = True) -> Iterator[None]:
        """The time in which it is this process's turn. Raises OSError; BlockingIOError if it is
        another one's and that is not waited for."""
        fcntl.flock(self._file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)


class Flights:
    """What processes have under way, and a moment at which nothing is: `depart` and `grounded` are
    for the process whose turn it is, so that nothing departs meanwhile."""

    def __init__(self, file: int) -> None:
        self._file = file

    def depart(self) -> None:
        """Be under way until `land`. Raises OSError."""
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def land(self) -> None:
        """Have nothing under way any more."""
        fcntl.flock(self._file, fcntl.LOCK_UN)

    @contextlib.contextmanager
    def grounded(self) -> Iterator[None]:
        """Wait until no process has anything under way. Raises OSError."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)


class Turn:
    """Whose turn it is to do something: one process at a time, and one of its threads."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._ours = threading.Lock()

    def take(self, *, wait: bool) -> bool:
        """Whether it is the caller's, who is to `end` it."""
        if not self._ours.acquire(blocking=wait):
            return False
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError:
            self._ours.release()
            if wait:
                raise
            return False
        return True

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """The time in which it is the caller's. Raises OSError."""
        self.take(wait=True)
        try:
            yield
        finally:
            self.end()

    def end(self) -> None:
        """Let another one have it; on any thread."""
        fcntl.flock(self._file, fcntl.LOCK_UN)
        self._ours.release()
