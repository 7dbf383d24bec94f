"""The plain way to read a shard: page by page, each delivered before the checkpoint moves past it.

So after a crash no record is missed, some may be delivered twice, and those of an item are in
order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from jedlik.base.errors import TrimmedDataAccessException
from jedlik.base.limits import MAX_STREAM_RECORDS
from jedlik.base.turns import give_way
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.streams.checkpoints import Checkpoint
from jedlik.services.dynamodb.streams.reading import HORIZON, RecordPage, read_records
from jedlik.services.dynamodb.tables.stream import Shard, Stream

POLL_SECONDS: Final = 0.1
"""How often a shard that was read to its present end is polled."""

HandOn = Callable[[RecordPage], Awaitable[None]]
"""Takes a page of records, and returns once they are done. An exception ends the reading of the
shard, at the checkpoint before the page."""
Move = Callable[[dict[str, Checkpoint | None]], Awaitable[None]]
"""Stores checkpoints (see `Follower.move`)."""
WaitForMore = Callable[[RecordPage], Awaitable[None]]
"""Waits until a shard has more than the page that was last read of it, or raises Stopping."""


class Pause(Protocol):
    """Waits for some seconds, or until a future is done; or raises Stopping (see
    `StreamReader.pause`)."""

    def __call__(
        self, seconds: float, until: asyncio.Future[None] | None = None, /
    ) -> Awaitable[None]: ...


async def read_page(
    database: Database,
    stream: Stream,
    shard: Shard,
    position: int,
    limit: int,
    on_gap: Callable[[], None],
) -> RecordPage:
    """A page from `position` on. If those records are gone, `on_gap` is called, and the page begins
    with the oldest record. Raises ResourceNotFoundException."""
    try:
        return await read_records(database, stream, shard.number, position, limit)
    except TrimmedDataAccessException:
        on_gap()
        return await read_records(database, stream, shard.number, HORIZON, limit)


async def read_shard(
    database: Database,
    stream: Stream,
    shard: Shard,
    position: int,
    *,
    hand_on: HandOn,
    move: Move,
    more: WaitForMore,
    on_gap: Callable[[], None] = lambda: None,
) -> None:
    """Read a shard from `position` to its end, a page at a time.

    `on_gap` is called if records were trimmed before they were read. Raises what the callbacks
    raise, and ResourceNotFoundException if the shard is gone.
    """
    while True:
        page = await read_page(database, stream, shard, position, MAX_STREAM_RECORDS, on_gap)
        if page.rows:
            await hand_on(page)
        if page.following is None:
            await move({shard.id: Checkpoint(position, ended=True)})
            return
        if page.following != position:
            position = page.following
            await move({shard.id: Checkpoint(position)})
        if page.rows:
            await give_way()
        else:
            await more(page)
