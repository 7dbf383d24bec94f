"""What a directory needs whose process was killed, or that lost its power, before it is used again.

LMDB's file becomes what it was at the last checkpoint, and the log's changes are put in again. The
checkpoint stays until they are flushed, and a snapshot on it is held meanwhile: recovery that is
interrupted itself begins from the same state.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import lmdb

from jedlik.storage.disk import NO_ROOM, sync_directory
from jedlik.storage.engine import Value
from jedlik.storage.failures import DataDirectoryError
from jedlik.storage.lmdb.checkpoint import FILE, Checkpoint, read_checkpoint, restore
from jedlik.storage.lmdb.commit_log import files, records
from jedlik.storage.lmdb.data_file import Damaged
from jedlik.storage.lmdb.environment import DATA_FILE, Environment

_AT_ONCE: Final = 8 << 20
"""Bytes of values after which the changes of several records are put into LMDB together."""


def needs_recovery(directory: Path) -> bool:
    """Whether an engine's directory was not closed."""
    return (directory / FILE).exists()


def recover(directory: Path) -> None:
    """Bring a directory that was not closed to the state of its last acknowledged write.

    No process may have it open. Raises DataDirectoryError.
    """
    try:
        checkpoint = read_checkpoint(directory)
        if checkpoint is not None:
            _recover(directory, checkpoint)
        for file in files(directory):
            file.unlink(missing_ok=True)
    except Damaged as error:
        raise DataDirectoryError(f"{error}; restore it from a backup") from error
    except FileNotFoundError as error:
        raise DataDirectoryError(
            f"{error.filename} is missing, and with it what was written last; put it back, or "
            "restore the directory from a backup"
        ) from error
    except OSError as error:
        if error.errno == errno.EPERM:  # `open_own` says to remove it
            raise DataDirectoryError(
                f"{error.filename} is a link, has a second name (a hard link), or belongs to "
                "another user, and would be written to: put a copy of it in its place"
            ) from error
        what = "no room left to recover" if error.errno in NO_ROOM else "cannot recover"
        raise DataDirectoryError(f"{what} {directory}: {error}") from error


def _recover(directory: Path, checkpoint: Checkpoint) -> None:
    restore(directory / DATA_FILE, checkpoint)
    environment = Environment(directory, flushes=False)
    try:
        snapshot = environment.env.begin()
        for changes in _together(records(directory, checkpoint.generation, checkpoint.number)):
            with environment.env.begin(environment.rows, write=True) as txn:
                environment.apply(txn, changes)
        environment.sync()
        snapshot.abort()
        (directory / FILE).unlink()
        sync_directory(directory)
    except lmdb.Error as error:
        failure = environment.commit_failure(error)
        raise OSError(errno.ENOSPC, str(failure)) from error
    finally:
        environment.close()


def _together(each: Iterator[Mapping[bytes, Value]]) -> Iterator[Mapping[bytes, Value]]:
    """The same changes in fewer pieces."""
    gathered: dict[bytes, Value] = {}
    size = 0
    for changes in each:
        gathered.update(changes)
        size += sum(map(len, filter(None, changes.values())))
        if size >= _AT_ONCE:
            yield gathered
            gathered, size = {}, 0
    yield gathered
