"""The locks of a data directory: who may have it open.

    DIR/lock          flock'ed exclusively by the server's main process while it runs; holds
                      the name of this run, drawn by that process (16 bytes), and its number
                      (in digits, for people; older servers write none)
    DIR/workers.lock  flock'ed for sharing by each worker process

A server's main process opens the directory once; its worker processes join it and share the store.
A second server is kept out by `lock`, and by `workers.lock` while a worker of an earlier server is
left, which may have another version. The kernel releases both locks when the process ends in any
way, so nothing ever has to be cleaned up by hand.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path
from typing import Final

from jedlik.base.clock import Clock
from jedlik.storage.directory.unusable import unusable
from jedlik.storage.failures import DataDirectoryError

_RUN_SIZE: Final = 16
_MAX_NUMBER_SIZE: Final = 9
"""Of a process: more than any system uses, and no more than `kill` takes."""
_WAIT: Final = 3.0
_PAUSE: Final = 0.02


def open_lock(path: Path) -> int:
    """The descriptor of a lock's file, made if it is missing. Raises DataDirectoryError."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise unusable(path.parent, error) from error


def name_run(lock: int) -> str:
    """Write the name of this run into the lock file, for the workers that join it."""
    run = os.urandom(_RUN_SIZE // 2).hex()
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{run} {os.getpid()}\n".encode(), 0)
    return run


def in_use(path: Path, lock: int) -> str:
    """Why a directory cannot be opened, with the process that has it, if that can be found: a
    server in the background may belong to a terminal that was closed long ago."""
    text = f"{path} is in use by another Jedlik server"
    written = os.pread(lock, _MAX_NUMBER_SIZE, _RUN_SIZE).strip()
    number = int(written) if written.isdigit() else 0
    if number <= 1:  # unknown, or a container's own count
        return text
    with contextlib.suppress(PermissionError):
        try:
            os.kill(number, 0)
        except ProcessLookupError:  # it counts in another container
            return text
    return f"{text} (process {number})"


def run_name(lock: int) -> str:
    """The name of the run whose main process wrote it into the lock file."""
    return os.pread(lock, _RUN_SIZE, 0).decode("ascii", "replace")


def flock(descriptor: int, operation: int) -> bool:
    """Whether the lock was free."""
    try:
        fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise DataDirectoryError(
            f"the file system cannot lock files ({error.strerror}); use a local directory"
        ) from error
    return True


def await_workers(path: Path, lock: int, clock: Clock) -> None:
    """Wait until no worker of an earlier server is left; closes their lock."""
    try:
        end = clock.monotonic() + _WAIT
        while not flock(lock, fcntl.LOCK_EX):
            if clock.monotonic() >= end:
                raise DataDirectoryError(
                    f"worker processes of an earlier Jedlik server still use {path}; end them first"
                )
            time.sleep(_PAUSE)
    finally:
        os.close(lock)
