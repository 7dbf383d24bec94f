"""The engine on a shared database; its core is `commits`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from jedlik.storage.engine import Page, ResultT_co, Value, WriteTask
from jedlik.storage.failures import EngineUnusable, StorageFailure, StorageUnavailable
from jedlik.storage.postgres import lanes
from jedlik.storage.postgres.commits import OPTIMISTIC, Commits
from jedlik.storage.postgres.connections import Conflict, Connection, ConnectionLost, Connections
from jedlik.storage.postgres.lanes import Lanes, OnlyRead
from jedlik.storage.postgres.ranges import RangeRequest, page
from jedlik.storage.postgres.reads import PATIENCE, Reads, patiently
from jedlik.storage.postgres.schema import SchemaTooNew, prepare

CONNECTIONS: Final = 8
"""Connections of one process: for the batches and reads in flight, and for ranges."""


class PostgresEngine:
    """Ordered byte keys in a database that other nodes use too.

    `url` is a connection string of libpq's form, of one host or several. With `standby` the engine
    is for reading only and may read from standbys. `optimistic` is how often a batch is tried
    without locks. Belongs to the event loop it is first used on.
    """

    def __init__(
        self,
        url: str,
        *,
        connections: int = CONNECTIONS,
        in_flight: int = lanes.IN_FLIGHT,
        optimistic: int = OPTIMISTIC,
        standby: bool = False,
    ) -> None:
        self._connections = Connections(url, connections, writable=not standby)
        only_read = OnlyRead()
        self._reads = Reads(self._connections)
        commits = Commits(self._connections, only_read, optimistic)
        self._lanes = Lanes(commits.commit, only_read, in_flight)
        self._standby = standby
        self._closed = False

    def follow_batches(self, on_batch: Callable[[int], None]) -> None:
        """See `Remote.follow_batches`."""
        self._lanes.on_batch = on_batch

    async def start(self, patience: float = PATIENCE) -> None:
        """Connect, and make the tables if they are missing. Raises EngineUnusable if that fails for
        `patience` seconds. An engine that only reads does not wait for its standby."""
        if not self._standby:
            await self.administer(prepare, patience)

    async def administer(
        self, work: Callable[[Connection], Coroutine[Any, Any, None]], patience: float = PATIENCE
    ) -> None:
        """Do administrative work with a connection. Raises EngineUnusable if it fails."""
        loop = asyncio.get_running_loop()
        try:
            await loop.create_task(self._connections.use(work, loop.time() + patience))
        except (SchemaTooNew, StorageFailure, ConnectionLost, Conflict) as error:
            await self._connections.close()
            raise EngineUnusable(f"the shared engine is not available: {error}") from error

    @property
    def available(self) -> bool:
        """Whether the database answered the last request."""
        return self._connections.available

    async def read(self, keys: Sequence[bytes]) -> list[Value]:
        """See `Engine.read`. Reads that come together share a round trip."""
        self._check_open()
        return await self._reads.join(keys) if keys else []

    async def range(
        self,
        low: bytes,
        high: bytes | None,
        *,
        limit: int | None = None,
        max_bytes: int | None = None,
        reverse: bool = False,
        also_read: Sequence[bytes] = (),
    ) -> Page:
        """See `Engine.range`."""
        self._check_open()
        request = RangeRequest(low, high, limit, max_bytes, reverse, also_read)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE
        # A task, since asyncpg needs one and our callers are stepped by hand.
        found: Page = await loop.create_task(
            patiently(self._connections, lambda connection: page(connection, request), deadline)
        )
        return found

    async def write(self, task: WriteTask[ResultT_co]) -> ResultT_co:
        """See `Engine.write`."""
        self._check_open()
        result: ResultT_co = await self._lanes.join(task)
        return result

    async def close(self) -> None:
        """See `Engine.close`."""
        self._closed = True
        await asyncio.get_running_loop().create_task(self._close())

    async def _close(self) -> None:
        await self._lanes.close()
        await self._reads.close()
        await self._connections.close()

    def _check_open(self) -> None:
        if self._closed:
            raise StorageUnavailable("the storage engine is closed")


def open_postgres(url: str, **options: Any) -> PostgresEngine:
    """An engine that is still to be started."""
    return PostgresEngine(url, **options)
