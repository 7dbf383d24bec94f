"""Copies a data directory while its server runs, as of one moment.

Both engines keep old pages as long as they are read. So a copy is one long read: LMDB writes the
pages of a snapshot to another file, SQLite builds another database from one, encrypted under the
same key. Writers never wait for it; the pages that they free meanwhile are reused only afterwards.

The copy gets its name when it is complete.
"""

from __future__ import annotations

import importlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

import lmdb

from jedlik.storage.directory import DataDirectory, check_name
from jedlik.storage.disk import NO_ROOM, make_directory, sync_directory, sync_file
from jedlik.storage.failures import DataDirectoryError, StorageFull
from jedlik.storage.lmdb.environment import DATA_FILE, failure
from jedlik.storage.lmdb.recovery import needs_recovery, recover

if TYPE_CHECKING:
    from jedlik.crypto.root_key import RootKey

_UNFINISHED: Final = ".unfinished"
_FORMAT: Final = "format"
_KEY: Final = "key"


def hot_copy(source: Path, target: Path, root_key: RootKey | None = None) -> int:
    """Copy the data of `source` to the new directory `target`; returns the bytes copied. `root_key`
    opens encrypted data, whose copy is encrypted under it. Raises DataDirectoryError."""
    source, target = source.absolute(), target.absolute()
    check_name(target)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise DataDirectoryError(
            f"{target} exists and is not empty; name a new directory, or move that one away first"
        )
    directory = _held(source)
    aside = target.with_name(target.name + _UNFINISHED)
    try:
        directory.must_open_with(root_key)
        shutil.rmtree(aside, ignore_errors=True)
        make_directory(aside)
        store = aside / directory.store.name
        make_directory(store)
        if directory.encrypted:
            _copy_sealed(directory, store, root_key)
            _copy_file(source / _KEY, aside / _KEY)
        else:
            _copy_plain(directory, store)
        _copy_file(source / _FORMAT, aside / _FORMAT)
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


def _held(source: Path) -> DataDirectory:
    """The directory, shared with a server that has it open, or else locked so that none starts."""
    try:
        return DataDirectory.join(source)
    except DataDirectoryError:
        directory = DataDirectory.open_read_only(source)
    if needs_recovery(directory.store):
        directory.close()
        directory = DataDirectory.open(source)
        recover(directory.store)
    return directory


def _copy_plain(directory: DataDirectory, store: Path) -> None:
    try:
        environment = lmdb.open(str(directory.store), readonly=True, max_dbs=2)
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


def _copy_sealed(directory: DataDirectory, store: Path, root_key: RootKey | None) -> None:
    # Loaded here, since a plain directory needs neither SQLite nor cryptography.
    key = importlib.import_module("jedlik.storage.sealing").database_key(directory, root_key)
    sealed_file = importlib.import_module("jedlik.storage.sealed_file")
    sealed_file.copy_into(directory.store, store, key)


def _copy_file(source: Path, target: Path) -> None:
    target.touch(mode=0o600)
    target.write_bytes(source.read_bytes())
    sync_file(target)
