"""Reads all rows of a small part of the store, page by page."""

from __future__ import annotations

from typing import Final

from jedlik.storage.engine import Reads, Row
from jedlik.values.keybytes import successor

PAGE_ROWS: Final = 1000


async def all_rows(engine: Reads, prefix: bytes, page_rows: int = PAGE_ROWS) -> list[Row]:
    """All rows whose keys begin with `prefix`, in order; pages may be of different snapshots."""
    low, more = prefix, True
    rows: list[Row] = []
    while more:
        page = await engine.range(low, successor(prefix), limit=page_rows)
        rows += page.rows
        more = page.more
        low = rows[-1][0] + b"\x00" if rows else low
    return rows
