"""Flushing files while the event loop goes on.

A thread could do that. But threads take turns at the interpreter: one that comes back from the disk
waits for its turn for as long as the disk took, and meanwhile every system call of a busy loop
wakes it in vain. The kernel's own asynchronous flushes (IOCB_CMD_FDSYNC) wait for the processor
that the loop keeps busy. So a process of its own makes the flushes, and a thread only where no
process can be had.

A disk that is given many pages at once makes a flush of anything else wait for all of them. So
after each flush the process also begins to write out a file that is flushed rarely, `behind` them:
a part of it at a time, until it is asked for the next flush. The file's own flush finds little left
to do.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

Done = Callable[[OSError | None], None]
"""Is called on the loop, with the error if the flush failed."""

_log = logging.getLogger(__name__)


class FlushLost(OSError):
    """What made the flush ended before it said how that went. To flush again does not help: the
    system reports once that pages could not be written, and forgets them. They have to be written
    again as well."""


flush_file: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)
"""Flush the content of an open file, and its length. Raises OSError."""

_PROGRAM: Final = Path(__file__).with_name("flush_process.py")


class Flushes(Protocol):
    """Flushes one of some open files at a time, for the loop that runs when `start` is called."""

    def start(self, place: int, done: Done, *, alone: bool = False) -> None:
        """Begin to flush the file at a place among them, and return. With `alone` nothing is
        written out behind it, as another process does that."""
        ...

    def finish(self) -> OSError | None:
        """Wait for a flush that was begun, and return what it would have been `done` with, which
        is not called any more; None if there was no such flush."""
        ...

    def close(self) -> None:
        """Let go of everything. Nothing may be under way."""
        ...


def make_flushes(files: Sequence[int], behind: int) -> Flushes:
    """The best that this system has, for open files that stay open until they are closed.

    `behind` is written out bit by bit, where that is possible.
    """
    try:
        return ProcessFlushes(files, behind)
    except OSError:
        return ThreadFlushes(files)


class ThreadFlushes:
    """Flushes on a thread."""

    def __init__(self, files: Sequence[int]) -> None:
        self._files = files
        self._thread = WorkThread("jedlik-flush")
        self._done: Done | None = None
        self._failed: OSError | None = None

    def start(self, place: int, done: Done, *, alone: bool = False) -> None:
        """See `Flushes.start`. Nothing is written out behind it."""
        del alone
        loop = asyncio.get_running_loop()
        self._done = done
        self._thread.put(lambda: self._flush(place, done, loop))

    def finish(self) -> OSError | None:
        """See `Flushes.finish`."""
        begun, self._done = self._done is not None, None
        self._thread.finish()
        return self._failed if begun else None

    def close(self) -> None:
        """See `Flushes.close`."""
        self._thread.end()

    def _flush(self, place: int, done: Done, loop: asyncio.AbstractEventLoop) -> None:
        failed: OSError | None = None
        try:
            flush_file(self._files[place])
        except OSError as error:
            failed = error
        self._failed = failed
        with contextlib.suppress(RuntimeError):  # the loop is closed: no one is waiting
            loop.call_soon_threadsafe(self._finished, done, failed)

    def _finished(self, done: Done, failed: OSError | None) -> None:
        if done is self._done:
            self._done = None
            done(failed)


class ProcessFlushes:
    """Flushes by `flush_process`, and by a thread after that process has ended before its time. A
    flush that was under way then fails with FlushLost.

    Raises OSError where no process can be had.
    """

    def __init__(self, files: Sequence[int], behind: int) -> None:
        if not sys.executable or not _PROGRAM.exists():
            raise OSError("there is no interpreter or no program to start")
        self._channel, theirs = socket.socketpair()
        given = (theirs.fileno(), behind, *files)
        command = (sys.executable, "-I", "-S", str(_PROGRAM), *map(str, given))
        try:
            self._process = subprocess.Popen(  # noqa: S603  a program of ours
                command,
                pass_fds=given,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={},
                start_new_session=True,
            )
        except OSError:
            self._channel.close()
            raise
        finally:
            theirs.close()
        self._instead: ThreadFlushes | None = None
        self._files = files
        self._loop: asyncio.AbstractEventLoop | None = None
        self._done: Done | None = None

    def start(self, place: int, done: Done, *, alone: bool = False) -> None:
        """See `Flushes.start`."""
        if self._instead is not None:
            self._instead.start(place, done)
            return
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            loop.add_reader(self._channel, self._answered)
            self._loop = loop
        self._done = done
        try:
            self._channel.send(bytes((place + len(self._files) if alone else place,)))
        except OSError:
            self._done = None
            self._go_on_without().start(place, done)

    def finish(self) -> OSError | None:
        """See `Flushes.finish`."""
        if self._instead is not None:
            return self._instead.finish()
        if self._done is None:
            return None
        self._done = None
        answer = self._answer()
        return _error(answer) if answer else _lost()

    def close(self) -> None:
        """See `Flushes.close`."""
        self._stop_reading()
        with contextlib.suppress(OSError):  # closing it alone ends nothing if a fork has it as well
            self._channel.shutdown(socket.SHUT_RDWR)
        self._channel.close()
        self._process.wait()
        if self._instead is not None:
            self._instead.close()

    def _answer(self) -> bytes:
        """What the process says of a flush; nothing once it has ended."""
        try:
            return self._channel.recv(1)
        except ConnectionResetError:  # it had not read what it was to do
            return b""

    def _answered(self) -> None:
        answer = self._answer()
        if not answer:
            self._go_on_without()
        done, self._done = self._done, None
        if done is not None:
            done(_error(answer) if answer else _lost())

    def _go_on_without(self) -> ThreadFlushes:
        """The process has ended: flush on a thread from now on."""
        self._stop_reading()
        code = self._process.wait()
        _log.warning("the process that flushes the log ended with %d; a thread does it now", code)
        self._instead = ThreadFlushes(self._files)
        return self._instead

    def _stop_reading(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._channel)
        self._loop = None


def _lost() -> FlushLost:
    return FlushLost(errno.EPIPE, "the process that flushes has ended")


def _error(answer: bytes) -> OSError | None:
    (number,) = answer
    return OSError(number, os.strerror(number)) if number else None


class WorkThread:
    """A thread that runs jobs one after the other, none of which raises."""

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._name = name
        self._thread: threading.Thread | None = None

    def put(self, job: Callable[[], None]) -> None:
        """Run a job when those before it are done."""
        if self._thread is None:
            thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no thread can be started: the caller waits, and goes on
                job()
                return
            self._thread = thread
        self._jobs.put(job)

    def finish(self) -> None:
        """Return when all jobs are done."""
        if self._thread is not None:
            done = threading.Event()
            self._jobs.put(done.set)
            done.wait()

    def end(self) -> None:
        """Finish, and end the thread."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
