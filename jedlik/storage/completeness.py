"""Whether all files of a data directory are there, by their names and sizes.

A directory that lost a file must not be taken for a new one: it would be filled with an empty store
in the place of the data. So where anything of ours is there and something that belongs to it is
not, the directory is refused and left as it is, for a backup to complete it.

While a directory is being made its files come one by one, and a power failure may leave some of
them. `DIR/new` is there until the engine has been opened for the first time, so until then nothing
was ever acknowledged, and what is missing is made.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from jedlik.storage.failures import DataDirectoryError

NEW: Final = "new"
"""The file that says that a directory is being made."""

_PLAIN: Final = ("store/data.mdb",)
_ENCRYPTED: Final = ("sealed/rows.db", "key")
_STORES: Final = {1: _PLAIN, 2: _ENCRYPTED, 3: _PLAIN, 4: _ENCRYPTED}
"""By format: what must be there, and must not be empty."""
_WITHOUT_FORMAT: Final = ("store", "sealed", "sealed.new", "key", "functions")
"""What is never there before the file with the format is."""

_WHAT_TO_DO: Final = "restore it from a backup, or name another directory; nothing was changed"


def check_complete(path: Path, version: int | None) -> None:
    """Raise DataDirectoryError where a file is missing from a directory of a format; None: its file
    with the format is not there."""
    if (path / NEW).exists():
        return
    if version is None:
        left = [name for name in _WITHOUT_FORMAT if (path / name).exists()]
        if left:
            raise _incomplete(path, "format", f"although there is {left[0]}")
        return
    for name in _STORES.get(version, ()):
        file = path / name
        if not file.exists():
            raise _incomplete(path, name, "although it belongs to this data directory")
        if not file.stat().st_size:
            raise DataDirectoryError(f"{file} is empty; {_WHAT_TO_DO}")


def _incomplete(path: Path, name: str, why: str) -> DataDirectoryError:
    return DataDirectoryError(f"{path / name} is missing, {why}; {_WHAT_TO_DO}")
