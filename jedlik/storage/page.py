"""Where a page of a range ends: after so many rows or bytes, and it says whether there is more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from jedlik.storage.engine import Row

UNLIMITED: Final = 1 << 62
"""More rows, and more bytes, than any store has."""


def fill(source: Iterable[Row], limit: int | None, max_bytes: int | None) -> tuple[list[Row], bool]:
    """Rows of a range in their order up to the limits of `Engine.range`, and whether it goes on.

    To know that, one row more is taken from `source`.
    """
    rows: list[Row] = []
    room = UNLIMITED if limit is None else limit
    bytes_left = UNLIMITED if max_bytes is None else max_bytes
    for row in source:
        if (room <= 0 or bytes_left <= 0) and rows:
            return rows, True
        rows.append(row)
        room -= 1
        bytes_left -= len(row[1])
    return rows, False
