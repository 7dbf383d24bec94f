"""Whether all files of a data directory are there, by their names and sizes.

A directory that lost a file must not be mistaken for a new one, which would get an empty store in
place of the data. So if some of our files are there and others are missing, the directory is
refused and left as it is, to be completed from a backup.

While a directory is being created its files appear one by one, and a power failure may leave only
some of them, or parts of them. `DIR/new` exists until the engine has been opened for the first
time. Until then nothing was acknowledged, so missing files are created, and LMDB's, which it cannot
open unless it is whole, is created again.

A directory may have been packed by someone else. Anything that has the name of one of our files
must be a file: a link could lead to any file of this machine, which would then be overwritten, and
reading a pipe would never end.
"""

from __future__ import annotations

import contextlib
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from jedlik.storage.disk import ASIDE
from jedlik.storage.failures import DataDirectoryError

FORMAT_FILE: Final = "format"
LOCK: Final = "lock"
WORKERS_LOCK: Final = "workers.lock"
KEY: Final = "key"
PLAIN: Final = "store"
SEALED: Final = "sealed"
NEW: Final = "new"
"""The file that marks a directory as being created."""

_PLAIN: Final = (f"{PLAIN}/data.mdb",)
_ENCRYPTED: Final = (f"{SEALED}/rows.db", KEY)
_STORES: Final = {1: _PLAIN, 2: _ENCRYPTED, 3: _PLAIN, 4: _ENCRYPTED, 5: _PLAIN}
"""By format: what must be there, and must not be empty."""
_WITHOUT_FORMAT: Final = (PLAIN, SEALED, SEALED + ASIDE, KEY, "functions")
"""Files that are never created before the one with the format."""

_FILES: Final = (FORMAT_FILE, LOCK, WORKERS_LOCK, KEY, NEW)
_FOLDERS: Final = (PLAIN, SEALED, SEALED + ASIDE)

_WHAT_TO_DO: Final = "restore it from a backup, or name another directory; nothing was changed"


def check_complete(path: Path, version: int | None) -> None:
    """Raise DataDirectoryError if a file is missing from a directory of a format; None: its file
    with the format is not there."""
    if (path / NEW).exists():
        return
    if version is None:
        left = [name for name in _WITHOUT_FORMAT if (path / name).exists()]
        if left:
            raise _incomplete(path, FORMAT_FILE, f"although there is {left[0]}")
        return
    for name in _STORES.get(version, ()):
        file = path / name
        if not file.exists():
            raise _incomplete(path, name, "although it belongs to this data directory")
        if not file.stat().st_size:
            raise DataDirectoryError(f"{file} is empty; {_WHAT_TO_DO}")


def remove_unfinished(path: Path) -> None:
    """Remove what an engine may have left half made in a directory that is being created. No other
    process may have the directory. Raises OSError."""
    if (path / NEW).exists():
        for name in _PLAIN:
            (path / name).unlink(missing_ok=True)


def check_files(path: Path) -> None:
    """Raise DataDirectoryError if something of ours in a directory is a link or no file."""
    for file in _ours(path):
        try:
            mode = file.lstat().st_mode
        except OSError:
            continue  # missing or unreadable: whatever opens it will say so
        if not stat.S_ISREG(mode):
            kind = "a link" if stat.S_ISLNK(mode) else "no file"
            raise DataDirectoryError(
                f"{file} is {kind}, where a data directory has files of its own; nothing was read "
                "or changed"
            )


def _ours(path: Path) -> Iterator[Path]:
    """The paths of our files, which need not exist."""
    for name in _FILES:
        yield path / name
    for folder in _FOLDERS:
        with contextlib.suppress(OSError):
            yield from (path / folder).iterdir()


def _incomplete(path: Path, name: str, why: str) -> DataDirectoryError:
    return DataDirectoryError(f"{path / name} is missing, {why}; {_WHAT_TO_DO}")
