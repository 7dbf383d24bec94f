"""From an open data directory to the database key, and from a plain directory to an encrypted one.

A directory's format says which of the two it is (see `format_file`). A plain one is converted when
a root key is configured, before anything else is done with it:

    1  DIR/key         a new database key, wrapped
    2  DIR/sealed.new  every row of DIR/store, in an encrypted file; then flushed
    3  DIR/sealed      the same, renamed
    4  DIR/format      now says 4: from here on the directory is an encrypted one
    5  DIR/store       removed

If that is interrupted before step 4, the plain data is still valid, and the next start begins
again; after step 4 it only does step 5. The file system keeps blocks of removed files for a while,
so a disk that held plain data should be wiped before it is given away.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import apsw

from jedlik.crypto.root_key import RootKey
from jedlik.storage import key_file
from jedlik.storage.directory.data_directory import DataDirectory
from jedlik.storage.directory.format_file import ENCRYPTED_FORMAT
from jedlik.storage.disk import ASIDE, sync_directory, sync_file
from jedlik.storage.engine import Row
from jedlik.storage.failures import DataDirectoryError
from jedlik.storage.lmdb.environment import DATA_FILE, Environment
from jedlik.storage.sealed_file import FILE, SealedFile

Progress = Callable[[int, int], None]
"""Called with how many rows are done and how many there are."""

_BATCH: Final = 5000
_BATCH_BYTES: Final = 16 * 1024 * 1024


def database_key(directory: DataDirectory, root: RootKey) -> bytes:
    """The database key of an encrypted directory. Raises `DataDirectoryError`."""
    return key_file.read(directory.path, root)


def holds_plain_data(directory: DataDirectory) -> bool:
    """Whether the directory's valid data is a plain store."""
    return not directory.encrypted and (directory.plain / DATA_FILE).exists()


def seal(directory: DataDirectory, root: RootKey, progress: Progress) -> None:
    """Make sure that the directory, which this process has taken, is encrypted under `root`.

    Raises `DataDirectoryError`.
    """
    try:
        if not directory.encrypted:
            _convert(directory, root, progress)
        else:
            key_file.read(directory.path, root)
        _remove(directory.plain)
    except OSError as error:
        raise DataDirectoryError(
            f"{directory.path} cannot be encrypted: {error.strerror or error}"
        ) from error


def _convert(directory: DataDirectory, root: RootKey, progress: Progress) -> None:
    new = directory.sealed.with_name(directory.sealed.name + ASIDE)
    for leftover in (new, directory.sealed):
        _remove(leftover)
    new.mkdir(mode=0o700)
    key = key_file.create(directory.path, root)
    if holds_plain_data(directory):
        _copy(directory.plain, new, key, progress)
    new.rename(directory.sealed)
    sync_directory(directory.path)
    directory.set_format(ENCRYPTED_FORMAT)


def _copy(plain: Path, new: Path, key: bytes, progress: Progress) -> None:
    environment = Environment(plain)
    try:
        sealed = SealedFile(new, key, "relaxed")
        try:
            with environment.env.begin() as txn:
                count = txn.stat(environment.rows)["entries"]
                rows = environment.long_keys.scan(txn, b"", None)
                _insert(sealed.writer, rows, lambda done: progress(done, count))
        finally:
            sealed.close()
    except apsw.Error as error:
        raise DataDirectoryError(
            f"{new} cannot be written: {error}; encrypting takes as much room again as the data"
        ) from error
    finally:
        environment.close()
    if sum(file.stat().st_size for file in new.iterdir() if file.name.endswith("-wal")):
        raise DataDirectoryError(f"no room left to encrypt the data in {plain}")
    sync_file(new / FILE)


def _insert(writer: apsw.Connection, rows: Iterator[Row], progress: Callable[[int], None]) -> None:
    done = 0
    for batch in _batches(rows):
        with writer:
            writer.executemany("INSERT INTO rows VALUES (?, ?)", batch)
        done += len(batch)
        progress(done)


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Rows in batches for one transaction each."""
    batch: list[Row] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(row[1])
        if len(batch) >= _BATCH or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _remove(path: Path) -> None:
    if path.exists():
        shutil.rmtree(path)
