"""Reads many rows of the store, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from jedlik.storage.engine import Reads, Row
from jedlik.values.keybytes import successor

PAGE_ROWS: Final = 1000


async def pages(
    engine: Reads,
    low: bytes,
    high: bytes | None,
    limit: int = PAGE_ROWS,
    max_bytes: int | None = None,
) -> AsyncIterator[list[Row]]:
    """The rows with `low` <= key < `high`, in order, in pages that may be of different snapshots.
    No page is empty; a page ends by `limit` or `max_bytes`."""
    more = True
    while more:
        rows, _, more = await engine.range(low, high, limit=limit, max_bytes=max_bytes)
        if rows:
            low = rows[-1][0] + b"\x00"
            yield rows


async def all_rows(engine: Reads, prefix: bytes, page_rows: int = PAGE_ROWS) -> list[Row]:
    """All rows whose keys begin with `prefix`, in order; pages may be of different snapshots."""
    return [
        row async for rows in pages(engine, prefix, successor(prefix), page_rows) for row in rows
    ]
