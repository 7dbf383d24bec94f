"""Lines appended to files, by one write each, so that the lines of several workers never mix.

Files are named after the day (UTC); when one has reached its size, the next has a number:

    2026-01-31.jsonl, 2026-01-31.1.jsonl, 2026-01-31.2.jsonl, ...

They are only appended to; deleting old ones is left to the operator.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from jedlik.storage.disk import append_line

PART_SIZE: Final = 64 * 1024 * 1024


class AuditFile:
    """Appends lines to files of a directory. Raises OSError if it cannot be made."""

    def __init__(self, directory: Path, part_size: int = PART_SIZE) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._part_size = part_size
        self._day = ""
        self._part = 0
        self._descriptor = -1

    def append(self, day: str, line: bytes) -> None:
        """Append a line to the file of a day (like 2026-01-31)."""
        if day != self._day:
            self._open(day, 0)
        while os.fstat(self._descriptor).st_size >= self._part_size:
            self._open(day, self._part + 1)
        append_line(self._descriptor, line)

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor, self._day = -1, ""

    def _open(self, day: str, part: int) -> None:
        self.close()
        name = f"{day}.{part}.jsonl" if part else f"{day}.jsonl"
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._descriptor = os.open(self._directory / name, flags, 0o600)
        self._day, self._part = day, part
