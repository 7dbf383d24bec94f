"""The file with the format of a data directory.

    DIR/format        "jedlik data, format 5\n", or 4 where the data is encrypted; written aside,
                      flushed and renamed into place

Formats 1 and 2 are older, plain and encrypted: the same files, but no due work in the store.
Format 3 is plain, and what was committed is in LMDB's file alone, without a log. When such a
directory is opened its format becomes 5 or 4, so that no older Jedlik writes to it again; the
server adds what the store lacks (see `background.upgrade`).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from jedlik.storage.completeness import FORMAT_FILE
from jedlik.storage.directory.unusable import unusable
from jedlik.storage.disk import replace_file
from jedlik.storage.failures import DataDirectoryError

PLAIN_FORMAT: Final = 5
ENCRYPTED_FORMAT: Final = 4
UPGRADES: Final = {1: PLAIN_FORMAT, 2: ENCRYPTED_FORMAT, 3: PLAIN_FORMAT}
"""What a directory of an older format becomes when it is opened."""
ENCRYPTED: Final = (2, ENCRYPTED_FORMAT)
FORMAT: Final = PLAIN_FORMAT
"""The newest version of everything that is stored: key layouts, stored items, engines' files."""

_FORMAT_LINE: Final = re.compile(rb"jedlik data, format ([1-9][0-9]{0,8})\n\Z")
_MAX_FORMAT_SIZE: Final = 64


def read_format(path: Path) -> int | None:
    """The format of a directory; None if it has no such file. Raises DataDirectoryError."""
    file = path / FORMAT_FILE
    try:
        with file.open("rb") as opened:
            content = opened.read(_MAX_FORMAT_SIZE)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unusable(path, error) from error
    match = _FORMAT_LINE.match(content)
    if match is None:
        raise DataDirectoryError(f"{file} was not written by Jedlik; name another directory")
    return int(match[1])


def write_format(path: Path, version: int) -> None:
    """Change the format of a directory durably. Raises DataDirectoryError."""
    try:
        replace_file(path / FORMAT_FILE, b"jedlik data, format %d\n" % version)
    except OSError as error:
        raise unusable(path, error) from error
