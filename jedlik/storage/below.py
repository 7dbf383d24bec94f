"""Folders below a directory into which others may write, opened so that no link leads out of it.

To check a path and then open it is not enough: between the two, those who may write there can put a
link in place of a folder. So each folder is opened from the one above it, and what is done in the
last one is done by its descriptor and a name, which no later change of the path affects.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

_FOLDER: Final = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC
"""O_PATH, where it exists, needs no permission to list a folder."""


@contextlib.contextmanager
def folder_below(root: Path, folders: Sequence[str], *, make: bool = False) -> Iterator[int]:
    """The descriptor of a folder below `root`, for `dir_fd`; with `make`, missing folders are made.
    `root` may be a link, but a link below it raises OSError."""
    folder = os.open(root, _FOLDER)
    try:
        for name in folders:
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, dir_fd=folder)
            inner = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)
