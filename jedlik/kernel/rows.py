"""Reads many rows of the store, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Final, TypeVar

from jedlik.base.limits import MIB
from jedlik.base.turns import Turns
from jedlik.storage.engine import Reads, Row
from jedlik.values.keybytes import successor

ResultT = TypeVar("ResultT")

PAGE_ROWS: Final = 1000
_PAGE_BYTES: Final = MIB


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


async def read_in_turns(
    engine: Reads, prefix: bytes, read: Callable[[bytes, bytes], ResultT | None]
) -> list[ResultT]:
    """What `read` makes of each key and value whose key begins with `prefix`, in order, without
    None. Other requests are answered in between: use it if callers can make very many rows."""
    found: list[ResultT] = []
    turns = Turns()
    async for rows in pages(engine, prefix, successor(prefix), max_bytes=_PAGE_BYTES):
        for key, value in rows:
            one = read(key, value)
            if one is not None:
                found.append(one)
            if turns.over:
                await turns.give_way()
    return found
