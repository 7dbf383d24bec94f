"""Copies a data directory while its server runs, as of one moment.

Both engines keep old pages as long as they are read. So a copy is one long read: LMDB writes the
pages of a snapshot to another file, SQLite builds another database from one, encrypted under the
same key. Writers never wait for it; the pages that they free meanwhile are reused only afterwards.

Where no server has the directory open, as when a copy is restored, nothing in it changes: if it was
not closed, its files are copied as they are, and the log is put into the copy.

The copy gets its name when it is complete.
"""

from __future__ import annotations

import importlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

import lmdb

from jedlik.storage.completeness import FORMAT_FILE, KEY
from jedlik.storage.directory import DataDirectory, check_name
from jedlik.storage.disk import NO_ROOM, make_directory, sync_directory, sync_file
from jedlik.storage.failures import DataDirectoryError, StorageFull
from jedlik.storage.lmdb.checkpoint import FILE as CHECKPOINT
from jedlik.storage.lmdb.commit_log import files
from jedlik.storage.lmdb.environment import DATA_FILE, failure
from jedlik.storage.lmdb.recovery import needs_recovery, recover

if TYPE_CHECKING:
    from jedlik.crypto.root_key import RootKey

_UNFINISHED: Final = ".unfinished"


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
        environment = lmdb.open(str(directory.store), readonly=True, max_dbs=2, lock=is_served)
    except lmdb.Error as error:
        raise DataDirectoryError(f"{directory.store} cannot be read: {error}") from error
    try:
        environment.copy(str(store), compact=True)
    except lmdb.Error as error:
        reason = failure(error)
        if isinstance(reason, StorageFull):
            raise reason from error
        raise DataDirectoryError(f"the copy is not complete: {error}") from error
    finally:
        environment.close()
    (store / DATA_FILE).chmod(0o600)
    sync_file(store / DATA_FILE)


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
