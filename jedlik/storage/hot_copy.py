"""Copies a data directory while its server runs, as of one moment.

Both engines keep old pages as long as they are read. So a copy is one long read: LMDB writes the
pages of a snapshot to another file, SQLite builds another database from one, encrypted under the
same key. Writers never wait for it; the pages that they free meanwhile are reused only afterwards.
What was answered, and only LMDB's log has yet, is read before and put into the copy.

Where no server has the directory open, as when a copy is restored, nothing in it changes: if it was
not closed, its files are copied as they are, and the log is put into the copy.

The copy gets its name when it is complete.
"""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import lmdb

from jedlik.storage.completeness import FORMAT_FILE, KEY
from jedlik.storage.directory import DataDirectory, check_name
from jedlik.storage.disk import NO_ROOM, make_directory, open_own, sync_directory, sync_file
from jedlik.storage.engine import Value
from jedlik.storage.failures import DataDirectoryError, StorageFull
from jedlik.storage.lmdb.checkpoint import FILE as CHECKPOINT
from jedlik.storage.lmdb.checkpoint import Checkpoint, read_checkpoint
from jedlik.storage.lmdb.commit_log import contents, decoded, files
from jedlik.storage.lmdb.data_file import Damaged
from jedlik.storage.lmdb.environment import DATA_FILE, Environment, failure
from jedlik.storage.lmdb.progress import noted
from jedlik.storage.lmdb.recovery import needs_recovery, recover

if TYPE_CHECKING:
    from jedlik.crypto.root_key import RootKey

_UNFINISHED: Final = ".unfinished"


_GROWTH: Final = 1 << 30
"""Bytes by which a server's file may grow before the copy's snapshot is there: the map does not."""

_GENERATIONS: Final = 1 << 20
"""More checkpoints than are made while a directory is copied. What an earlier server noted in its
file is of a generation that is none of these: they begin with a random one."""


class _Unstored(NamedTuple):
    checkpoint: Checkpoint
    """The one with which the log begins."""
    number: int
    """That of the first record."""
    records: Sequence[Mapping[bytes, Value]]


def hot_copy(source: Path, target: Path, root_key: RootKey | None = None) -> int:
    """Copy the data of `source` to the new directory `target`; returns the bytes copied. `root_key`
    opens encrypted data, whose copy is encrypted under it. Raises DataDirectoryError."""
    source, target = source.absolute(), target.absolute()
    check_name(target)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise DataDirectoryError(
            f"{target} exists and is not empty; name a new directory, or move that one away first"
        )
    directory, is_served = _held(source)
    aside = target.with_name(target.name + _UNFINISHED)
    try:
        directory.must_open_with(root_key)
        shutil.rmtree(aside, ignore_errors=True)
        make_directory(aside)
        store = aside / directory.store.name
        make_directory(store)
        if directory.encrypted:
            _copy_sealed(directory, store, root_key, is_served=is_served)
            _copy_file(source / KEY, aside / KEY)
        elif not is_served and needs_recovery(directory.store):
            _copy_unclosed(directory, store)
        else:
            _copy_plain(directory, store, is_served=is_served)
        _copy_file(source / FORMAT_FILE, aside / FORMAT_FILE)
        if not is_served:
            directory.must_be_idle()
        for each in (store, aside):
            sync_directory(each)
        if target.exists():
            target.rmdir()
        aside.rename(target)
        sync_directory(target.parent)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise _no_room(target) from error
        raise DataDirectoryError(f"the copy is not complete: {error}") from error
    except StorageFull as error:
        raise _no_room(target) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        directory.close()
    return sum(file.stat().st_size for file in target.rglob("*") if file.is_file())


def _no_room(target: Path) -> DataDirectoryError:
    return DataDirectoryError(
        f"there is no room left for {target}, and nothing was copied: make room, or name a "
        "directory on another disk"
    )


def _held(source: Path) -> tuple[DataDirectory, bool]:
    """The directory, and whether it is shared with a server that has it open; if not, it is locked
    so that none starts."""
    try:
        return DataDirectory.join(source), True
    except DataDirectoryError:
        directory = DataDirectory.open_read_only(source)
    try:
        directory.await_workers()
    except BaseException:
        directory.close()
        raise
    return directory, False


def _copy_unclosed(directory: DataDirectory, store: Path) -> None:
    """Copy what a killed server left, and put the log into the copy."""
    for name in (DATA_FILE, CHECKPOINT, *(file.name for file in files(store))):
        if (directory.store / name).exists():
            _copy_file(directory.store / name, store / name)
    try:
        recover(store)
    except DataDirectoryError as error:
        cause = error.__cause__
        if isinstance(cause, OSError) and cause.errno in NO_ROOM:
            raise cause from error
        # It is the directory that is damaged, not the copy.
        raise DataDirectoryError(str(error).replace(str(store), str(directory.store))) from error


def _copy_plain(directory: DataDirectory, store: Path, *, is_served: bool) -> None:
    try:
        unstored = _unstored(directory.store) if is_served else None
        map_size = (directory.store / DATA_FILE).stat().st_size + _GROWTH
        environment = lmdb.open(
            str(directory.store), map_size, readonly=True, max_dbs=2, lock=is_served
        )
    except Damaged as error:
        raise DataDirectoryError(f"{error}; restore it from a backup") from error
    except lmdb.Error as error:
        raise DataDirectoryError(f"{directory.store} cannot be read: {error}") from error
    try:
        environment.copy(str(store), compact=True)
        if unstored is not None and unstored.records:
            _store(store, unstored)
    except lmdb.Error as error:
        reason = failure(error)
        if isinstance(reason, StorageFull):
            raise reason from error
        raise DataDirectoryError(f"the copy is not complete: {error}") from error
    finally:
        environment.close()
    (store / DATA_FILE).chmod(0o600)
    sync_file(store / DATA_FILE)


def _unstored(directory: Path) -> _Unstored | None:
    """What a server's log has beyond its LMDB file, as recovery would find it after `kill -9`; None
    if there is no log. Raises OSError and Damaged."""
    while (checkpoint := read_checkpoint(directory)) is not None:
        number = _number_in(directory, checkpoint)
        log = contents(directory, checkpoint.generation, checkpoint.number)
        records = [decoded(each) for each in islice(log, number - checkpoint.number, None)]
        # Both files are as they were read until the next checkpoint is there.
        if read_checkpoint(directory) == checkpoint:
            return _Unstored(checkpoint, number, records)
    return None


def _number_in(store: Path, checkpoint: Checkpoint) -> int:
    """The number of the first record since a checkpoint that LMDB's file does not have."""
    generations = range(checkpoint.generation, checkpoint.generation + _GENERATIONS)
    with open_own(store / DATA_FILE) as stream:
        return max(checkpoint.number, noted(stream.fileno(), generations))


def _store(store: Path, unstored: _Unstored) -> None:
    """Put into a copy what it does not have yet: some of it may have come with the snapshot."""
    present = _number_in(store, unstored.checkpoint) - unstored.number
    assert present >= 0, "the snapshot was made later"
    copy = Environment(store)
    try:
        with copy.env.begin(copy.rows, write=True) as txn:
            for changes in unstored.records[present:]:
                copy.apply(txn, changes)
    finally:
        copy.close()


def _copy_sealed(
    directory: DataDirectory, store: Path, root_key: RootKey | None, *, is_served: bool
) -> None:
    # Loaded here, since a plain directory needs neither SQLite nor cryptography.
    key = importlib.import_module("jedlik.storage.sealing").database_key(directory, root_key)
    sealed_file = importlib.import_module("jedlik.storage.sealed_file")
    sealed_file.copy_into(directory.store, store, key, is_served=is_served)


def _copy_file(source: Path, target: Path) -> None:
    target.touch(mode=0o600)
    shutil.copyfile(source, target)
    sync_file(target)
