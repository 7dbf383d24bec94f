"""Copying a whole database from one engine to another, key by key in key order.

Keys and values mean the same on every engine, so a copy needs no knowledge of tables. A note in the
target (keyspace 00) says that it is incomplete: no server starts on it. The keys are copied in
order, so an interrupted copy resumes after the greatest key that was copied. In the end both sides
are read side by side and compared, and only then is the note removed.

Nothing may write to either side meanwhile; anything written to the source after its page was copied
shows in the comparison.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final, NamedTuple

from jedlik.kernel.keyspaces import COPY_NOTE, COUNTERS
from jedlik.kernel.rows import pages
from jedlik.storage.blind_write import BlindWrite
from jedlik.storage.engine import Engine, Row, Value
from jedlik.values.keybytes import successor

ROWS_A_PAGE: Final = 2000
BYTES_A_PAGE: Final = 2 * 1024 * 1024

Progress = Callable[[int, int], None]
"""Called with the keys that are copied or compared, and how many of both there may be."""


Count = Callable[[Sequence[Value]], int]
"""The items and entries that records of the counters count."""


class NotEmpty(Exception):
    """The target holds data other than the beginning of a copy of the source."""


class Differs(Exception):
    """The copy differs from the source; the text says where."""


class Copied(NamedTuple):
    """How much was copied, and how much of that an interrupted copy had left."""

    keys: int
    size: int
    kept: int


async def is_incomplete(engine: Engine) -> bool:
    """Whether the engine holds a copy that was not completed."""
    return await engine.read((COPY_NOTE,)) != [None]


async def copy(source: Engine, target: Engine, progress: Progress, count: Count = len) -> Copied:
    """Copy everything; `count` says how many keys to expect, from the records of the counters.

    Raises NotEmpty, Differs, or what the engines raise."""
    if await is_incomplete(source):
        raise NotEmpty("the source is itself a copy that was not completed")
    last = await target.range(b"", None, limit=1, reverse=True)
    if last.rows and not await is_incomplete(target):
        raise NotEmpty("the target holds data already; name an empty one")
    await target.write(BlindWrite({COPY_NOTE: b"incomplete"}))
    low = b""
    if last.rows and last.rows[0][0] != COPY_NOTE:
        low = last.rows[0][0] + b"\x00"
    expected = await _expected(source, count)
    kept = 0
    if low:
        async for rows in _pages(source, b"", low):
            kept += len(rows)
    done = kept
    writing: asyncio.Future[None] | None = None
    async for rows in _pages(source, low, None):
        if writing is not None:
            await writing
        writing = asyncio.ensure_future(target.write(BlindWrite(dict(rows))))
        done += len(rows)
        progress(done, 2 * max(expected, done))
    if writing is not None:
        await writing
    keys, size = await _compare(source, target, done, progress)
    await target.write(BlindWrite({COPY_NOTE: None}))
    return Copied(keys, size, kept)


async def _expected(source: Engine, count: Count) -> int:
    """How many items and entries there are, by the counters."""
    records = [value async for rows in _pages(source, COUNTERS, successor(COUNTERS))
               for _, value in rows]  # fmt: skip
    return count(records)


def _pages(engine: Engine, low: bytes, high: bytes | None) -> AsyncIterator[list[Row]]:
    return pages(engine, low, high, ROWS_A_PAGE, BYTES_A_PAGE)


async def _rows(engine: Engine, low: bytes) -> AsyncIterator[Row]:
    async for rows in _pages(engine, low, None):
        for row in rows:
            yield row


async def _compare(
    source: Engine, target: Engine, expected: int, progress: Progress
) -> tuple[int, int]:
    """Read both sides side by side; returns the number of keys and their values' bytes."""
    keys = size = 0
    copies = _rows(target, COPY_NOTE + b"\x00")
    async for rows in _pages(source, b"", None):
        for row in rows:
            copied = await anext(copies, None)
            if copied != row:
                where = row[0].hex() if copied is None else min(row[0], copied[0]).hex()
                raise Differs(f"source and copy differ at key {where}: was the source in use?")
            keys += 1
            size += len(row[1])
        progress(expected + keys, expected + max(expected, keys))
    if (beyond := await anext(copies, None)) is not None:
        raise Differs(f"the copy has a key that the source has not: {beyond[0].hex()}")
    return keys, size
