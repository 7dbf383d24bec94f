"""What a directory needs whose process was killed, or that lost its power, before it is used again.

LMDB's file becomes what it was at the last checkpoint, and the log's changes are put in again. The
checkpoint stays until they are flushed, and a snapshot on it is held meanwhile: recovery that is
interrupted itself begins from the same state.

A log ends with the first record that is not whole, as the one that was being written. That it ends
too early, because it was damaged or is not all there, shows where each record is flushed before
LMDB's file gets its commit: then the log has all records that the file has had (`progress`).
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Final

import lmdb

from jedlik.storage.disk import NO_ROOM
from jedlik.storage.engine import Value
from jedlik.storage.failures import DataDirectoryError, StorageFailure, StorageFull
from jedlik.storage.lmdb.checkpoint import (
    Checkpoint,
    is_closed,
    note_closed,
    read_checkpoint,
    records_since,
    restore,
)
from jedlik.storage.lmdb.commit_log import CommitLog, contents, decoded, files, value_bytes
from jedlik.storage.lmdb.data_file import Damaged
from jedlik.storage.lmdb.environment import DATA_FILE, Environment
from jedlik.storage.lmdb.published import forget

_log = logging.getLogger(__name__)

_AT_ONCE: Final = 8 << 20
"""Bytes of values after which the changes of several records are put into LMDB together."""
_KEPT: Final = 64 << 20
"""Bytes of the log that are kept from the check, so that it is read once: a few times what is there
at a checkpoint. Of a longer one, no more memory is taken than its parts need."""


def needs_recovery(directory: Path) -> bool:
    """Whether an engine's directory was not closed. Raises OSError."""
    return not is_closed(directory)


def recover(directory: Path) -> None:
    """Bring a directory that was not closed to the state of its last acknowledged write.

    No process may have it open. Raises DataDirectoryError.
    """
    try:
        checkpoint = read_checkpoint(directory)
        if checkpoint is not None:
            _recover(directory, checkpoint)
        _remove_logs(directory)
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


def settle(directory: Path) -> None:
    """Make a directory that several processes shared, all of which have ended, one that was closed.

    It is recovered when it is next opened if that fails.
    """
    if is_closed(directory):
        return
    try:
        environment = Environment(directory)  # which flushes what is there
        try:
            has_all = _has_all(environment)
        finally:
            environment.close()
        if has_all:
            note_closed(directory)
            _remove_logs(directory)
    except (DataDirectoryError, OSError) as error:
        _log.warning("%s could not be closed: %s", directory.parent, error)


def _has_all(environment: Environment) -> bool:
    """Whether LMDB's file has all records of the log that processes have shared."""
    with environment.env.begin() as txn:
        place = environment.place(txn)
    if place is None:
        return True
    log = CommitLog(environment.directory, 0)
    try:
        return log.head(place.generation, place.number, place.end) is None
    finally:
        log.close()


def _remove_logs(directory: Path) -> None:
    for file in files(directory):
        file.unlink(missing_ok=True)
    forget(directory)


def _checked_log(directory: Path, checkpoint: Checkpoint) -> Iterator[bytes]:
    """The contents of the log's records. Raises Damaged if it lacks some of commits that were
    acknowledged, which must be known before anything is changed."""
    expected = records_since(directory / DATA_FILE, checkpoint)
    log = contents(directory, checkpoint.generation, checkpoint.number)
    if not checkpoint.is_strict:
        return log
    kept: list[bytes] = []
    found = size = 0
    for content in islice(log, expected):
        found += 1
        size += len(content)
        if size <= _KEPT:
            kept.append(content)
    if found < expected:
        raise Damaged(
            f"the log in {directory} is damaged or another one: of at least {expected} commits "
            f"since the last checkpoint it has {found}"
        )
    if size <= _KEPT:
        return chain(kept, log)
    return contents(directory, checkpoint.generation, checkpoint.number)


def _recover(directory: Path, checkpoint: Checkpoint) -> None:
    log = _checked_log(directory, checkpoint)
    restore(directory / DATA_FILE, checkpoint)
    environment = Environment(directory)
    try:
        snapshot = environment.env.begin()
        commits = 0
        for count, changes in _together(map(decoded, log)):
            with environment.env.begin(environment.rows, write=True) as txn:
                environment.apply(txn, changes)
            commits += count
        environment.sync()
        snapshot.abort()
        note_closed(directory)
    except (lmdb.Error, StorageFailure) as error:
        failure = environment.commit_failure(error) if isinstance(error, lmdb.Error) else error
        code = errno.ENOSPC if isinstance(failure, StorageFull) else errno.EIO
        raise OSError(code, str(failure)) from error
    finally:
        environment.close()
    _log.warning("%s was not closed; commits that its log had: %d", directory.parent, commits)


def _together(log: Iterator[Mapping[bytes, Value]]) -> Iterator[tuple[int, Mapping[bytes, Value]]]:
    """The same changes in fewer pieces, each with how many commits it is made of."""
    gathered: dict[bytes, Value] = {}
    count = size = 0
    for changes in log:
        gathered.update(changes)
        count += 1
        size += value_bytes(changes)
        if size >= _AT_ONCE:
            yield count, gathered
            gathered, count, size = {}, 0, 0
    yield count, gathered
