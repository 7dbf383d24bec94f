"""The database key in an encrypted data directory, wrapped by the root key.

    DIR/key
    offset  0   8 bytes  "jedlikDK"
            8   1 byte   01, the version of this file
            9  16 bytes  id of the root key
           25  12 bytes  nonce
           37  32 bytes  the database key, sealed with AES-256-GCM
           69  16 bytes  tag; it covers offsets 0 to 24 too
           85

The database key never changes, since everything under it would have to be written again. A new root
key (`jedlik keys rewrap`) means a new file of 85 bytes, which replaces this one in one step.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from jedlik.crypto.root_key import ID_SIZE, OVERHEAD, SIZE, RootKey, Unwrapping
from jedlik.storage.completeness import KEY
from jedlik.storage.disk import replace_file
from jedlik.storage.failures import DataDirectoryError

_MAGIC: Final = b"jedlikDK\x01"
_HEAD_SIZE: Final = len(_MAGIC) + ID_SIZE
_FILE_SIZE: Final = _HEAD_SIZE + OVERHEAD + SIZE

assert _FILE_SIZE == 85


def create(directory: Path, root: RootKey) -> bytes:
    """Draw a database key, keep it in `directory` wrapped by `root`, and return it."""
    key = os.urandom(SIZE)
    _write(directory, key, root)
    return key


def read(directory: Path, root: RootKey) -> bytes:
    """The database key. Raises `DataDirectoryError` if `root` is not the one that wraps it."""
    file = directory / KEY
    try:
        with file.open("rb") as opened:
            content = opened.read(_FILE_SIZE + 1)
    except FileNotFoundError as error:
        raise DataDirectoryError(
            f"{file} is missing: without it no one can read the data; restore it from a backup"
        ) from error
    except OSError as error:
        raise DataDirectoryError(f"{file} cannot be read: {error.strerror}") from error
    head, wrapped = content[:_HEAD_SIZE], content[_HEAD_SIZE:]
    if len(content) != _FILE_SIZE or not head.startswith(_MAGIC):
        raise _damaged(file)
    if head[len(_MAGIC) :] != root.id:
        raise DataDirectoryError(
            f"wrong root key: {directory} was encrypted with another one "
            f"(id {head[len(_MAGIC) :].hex()}, not {root.id.hex()})"
        )
    try:
        return root.unwrap(wrapped, head)
    except Unwrapping as error:
        raise _damaged(file) from error


def rewrap(directory: Path, old: RootKey, new: RootKey) -> None:
    """Wrap the database key by another root key. Raises `DataDirectoryError`."""
    _write(directory, read(directory, old), new)


def _write(directory: Path, key: bytes, root: RootKey) -> None:
    head = _MAGIC + root.id
    content = head + root.wrap(key, head)
    assert len(content) == _FILE_SIZE
    file = directory / KEY
    try:
        replace_file(file, content)
    except OSError as error:
        raise DataDirectoryError(f"{file} cannot be written: {error.strerror}") from error


def _damaged(file: Path) -> DataDirectoryError:
    return DataDirectoryError(f"{file} is damaged; restore it from a backup")
