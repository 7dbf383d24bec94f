"""Flushing a file while the event loop goes on.

A thread could do that. But threads take turns at the interpreter: one that has waited for the disk
then waits for a turn, and while it does every system call of a busy loop wakes it in vain. That
costs more than the flush. So the flush is left to the kernel (Linux's asynchronous input and
output: IOCB_CMD_FDSYNC, which says through an eventfd that it is done), and to a thread only where
a kernel, or what it runs in, does not do it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import errno
import os
import platform
import queue
import struct
import sys
import threading
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

Done = Callable[[OSError | None], None]
"""Is called on the loop, with the error if the flush failed."""

flush_file: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)
"""Flush the content of an open file, and its length. Raises OSError."""


class Flushes(Protocol):
    """Flushes one file at a time, for the loop that runs when `start` is called."""

    def start(self, file: int, done: Done) -> None:
        """Begin to flush an open file, and return."""
        ...

    def finish(self) -> None:
        """Wait for a flush that was begun; its `done` is not called any more."""
        ...

    def close(self) -> None:
        """Let go of everything. Nothing may be under way."""
        ...


def make_flushes() -> Flushes:
    """The best that this system has."""
    try:
        return KernelFlushes()
    except OSError:
        return ThreadFlushes()


class _Calls(NamedTuple):
    """The numbers of the kernel's calls."""

    setup: int
    destroy: int
    events: int
    submit: int


_CALLS: Final = {"x86_64": _Calls(206, 207, 208, 209), "aarch64": _Calls(0, 1, 4, 2)}
_FDSYNC: Final = 3
_TO_EVENTFD: Final = 1
_REQUEST: Final = struct.Struct("<QIIHhIQQqQII")
"""struct iocb of linux/aio_abi.h: data, key, flags, opcode, priority, file, buffer, bytes, offset,
reserved, flags, eventfd."""
_EVENT: Final = struct.Struct("<QQqq")
"""struct io_event: data, request, result, second result."""


class KernelFlushes:
    """See the module. Raises OSError where the kernel cannot do it."""

    def __init__(self) -> None:
        calls = _CALLS.get(platform.machine()) if sys.platform == "linux" else None
        if calls is None or not hasattr(os, "eventfd"):
            raise OSError(errno.ENOSYS, "no asynchronous flushes are known for this system")
        self._calls = calls
        # None of the calls takes long enough to let other threads go on meanwhile.
        self._call = ctypes.PyDLL(None, use_errno=True).syscall
        self._call.restype = ctypes.c_long
        self._context = ctypes.c_ulong(0)
        self._checked(calls.setup, 1, ctypes.byref(self._context))
        self._event = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._request = ctypes.create_string_buffer(_REQUEST.size)
        self._requests = (ctypes.c_void_p * 1)(ctypes.addressof(self._request))
        self._result = ctypes.create_string_buffer(_EVENT.size)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._done: Done | None = None

    def start(self, file: int, done: Done) -> None:
        """See `Flushes.start`."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            loop.add_reader(self._event, self._finished)
            self._loop = loop
        _REQUEST.pack_into(
            self._request, 0, 0, 0, 0, _FDSYNC, 0, file, 0, 0, 0, 0, _TO_EVENTFD, self._event
        )
        self._done = done
        try:
            self._checked(self._calls.submit, self._context, 1, self._requests)
        except OSError as error:
            self._done = None
            loop.call_soon(done, error)

    def finish(self) -> None:
        """See `Flushes.finish`."""
        if self._done is not None:
            self._done = None
            self._await()

    def close(self) -> None:
        """See `Flushes.close`."""
        if self._loop is not None and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):
                self._loop.remove_reader(self._event)
        self._call(self._calls.destroy, self._context)
        os.close(self._event)

    def _finished(self) -> None:
        done, self._done = self._done, None
        if done is None:  # `finish` was faster
            with contextlib.suppress(BlockingIOError):
                os.eventfd_read(self._event)
            return
        result = self._await()
        done(OSError(-result, os.strerror(-result)) if result < 0 else None)

    def _await(self) -> int:
        """Wait for the result: 0, or an error's number below it."""
        while True:
            try:
                self._checked(self._calls.events, self._context, 1, 1, self._result, None)
            except InterruptedError:
                continue
            with contextlib.suppress(BlockingIOError):
                os.eventfd_read(self._event)
            return int(_EVENT.unpack(self._result.raw)[2])

    def _checked(self, *arguments: object) -> None:
        if self._call(*arguments) < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))


class ThreadFlushes:
    """Flushes on a thread."""

    def __init__(self) -> None:
        self._thread = WorkThread("jedlik-flush")
        self._done: Done | None = None

    def start(self, file: int, done: Done) -> None:
        """See `Flushes.start`."""
        loop = asyncio.get_running_loop()
        self._done = done

        def flush() -> None:
            failed: OSError | None = None
            try:
                flush_file(file)
            except OSError as error:
                failed = error
            with contextlib.suppress(RuntimeError):  # the loop is closed: no one is waiting
                loop.call_soon_threadsafe(self._finished, done, failed)

        self._thread.put(flush)

    def finish(self) -> None:
        """See `Flushes.finish`."""
        self._done = None
        self._thread.finish()

    def close(self) -> None:
        """See `Flushes.close`."""
        self._thread.end()

    def _finished(self, done: Done, failed: OSError | None) -> None:
        if done is self._done:
            self._done = None
            done(failed)


class WorkThread:
    """A thread that runs jobs one after the other, none of which raises."""

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._name = name
        self._thread: threading.Thread | None = None

    def put(self, job: Callable[[], None]) -> None:
        """Run a job when those before it are done."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
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
