"""A process that flushes files: python -I -S flush_process.py CHANNEL BEHIND FILE..., all of them
numbers of open descriptors.

What started it (see `flushes`) sends the place of a file in that list as one byte, and gets back
a 0, or the number of the error. In between the process has the system begin to write out the pages
of the file BEHIND, a part of it at a time, so that a flush never waits for many of them. After a
place in that list as if it went on from its beginning it does not: another such process does. It
ends with the channel, and by no signal that a terminal or a service manager sends to all processes
of a server: the server may still have to flush.
"""

import os
import select
import signal
import sys
import time

SYNC_FILE_RANGE_WRITE = 2
PARTS = 32
"""Of the file BEHIND. A commit's pages are spread over all of it; those of a part take about
100 µs to hand to the disk."""
LEAST_PART = 1 << 20
"""Bytes."""
AT_LEAST = 0.0002
"""Seconds that are given to this after each flush."""
MOST_FLUSHES = 4
"""Flushes by which a round is interrupted: pages never come faster than they are written out, or
they would be many when they are flushed."""

try:
    import ctypes

    LIBC = ctypes.CDLL(None)
except (ImportError, OSError):
    LIBC = None  # type: ignore[assignment]


class WritingOut:
    """Has the system write out the pages that a file has in memory only, without waiting for the
    disk, where there is a call for that."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._call = getattr(LIBC, "sync_file_range", None)
        self._changed = 0
        self._part = LEAST_PART
        self._next = 0
        self._left = 0
        """Parts of the present round."""

    def look(self) -> None:
        """Begin a round, if none is under way and the file has changed since the last began."""
        if self._left or self._call is None:
            return
        state = os.fstat(self._file)
        if state.st_mtime_ns != self._changed:
            self._changed = state.st_mtime_ns
            self._part = max(-(-state.st_size // PARTS), LEAST_PART)
            self._left = -(-state.st_size // self._part)
            self._next = 0

    def step(self) -> bool:
        """Write out one part more; False at the end of the round."""
        if not self._left:
            return False
        assert self._call is not None, "no round begins without it"
        begin, size = ctypes.c_int64(self._next * self._part), ctypes.c_int64(self._part)
        self._call(self._file, begin, size, ctypes.c_uint(SYNC_FILE_RANGE_WRITE))
        self._left -= 1
        self._next += 1
        return True


def main(channel: int, behind: int, files: list[int]) -> None:
    """Flush what is asked for until the channel ends."""
    flush = getattr(os, "fdatasync", os.fsync)
    writing_out = WritingOut(behind)
    asked = select.poll()
    asked.register(channel, select.POLLIN)
    interrupted = 0
    while asked_for := os.read(channel, 1):
        place = asked_for[0]
        error = 0
        try:
            flush(files[place % len(files)])
        except OSError as failed:
            error = failed.errno or 255
        try:
            os.write(channel, bytes([min(error, 255)]))
        except OSError:
            break
        if place >= len(files):
            continue
        writing_out.look()
        until = time.perf_counter() + AT_LEAST
        while writing_out.step():
            if interrupted < MOST_FLUSHES and time.perf_counter() > until and asked.poll(0):
                interrupted += 1
                break
        else:
            interrupted = 0


if __name__ == "__main__":
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    first, second, *others = map(int, sys.argv[1:])
    main(first, second, others)
