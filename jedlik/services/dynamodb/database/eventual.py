"""Eventually consistent reads: from a standby if it is up to date, or deliberately old.

A standby lags, so it may have an outdated version of a table. The first key of every read is the
catalog's version: if the standby's differs from this process's, the read is repeated on the engine
itself. A standby that fails is not used for a while.

Equal versions may both be outdated: a process that does nothing but such reads would allow what was
revoked elsewhere as long as its standby lags, which may be for days. So `follow` checks the engine
every second.

Deliberately old reads (see `kernel.delayed_reads`) are for tests, which create a table, write to it
and read it immediately: so the catalog's version has nearly always moved. What counts is whether
the table itself has changed meanwhile, in its record or its key ring, for example by getting an
index.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from typing import Any, Final

from jedlik.base.clock import Clock
from jedlik.kernel.catalog_version import CatalogVersion
from jedlik.kernel.keyspaces import CATALOG_VERSION, ID_SIZE, ITEMS, key_ring_key, table_key
from jedlik.services.dynamodb.database.catalog import Catalog
from jedlik.storage.engine import Engine, Page, Reads, Value
from jedlik.storage.failures import StorageFailure

LEFT_ALONE: Final = 5.0
"""Seconds for which a standby that failed is not used."""
POLL_SECONDS: Final = 1.0
"""How long reads from a standby may not know of a change of policies, keys or tables."""


async def follow(catalog: CatalogVersion) -> None:
    """Look every second whether the catalog has moved, until cancelled. While the engine does not
    answer, standbys go on answering: nothing can be changed then."""
    while True:
        with contextlib.suppress(StorageFailure):
            await catalog.refresh()
        await asyncio.sleep(POLL_SECONDS)


class EventualReads:
    """The reading half of an engine. The first key of `keys` or `also_read` is CATALOG_VERSION."""

    def __init__(self, standby: Engine, engine: Engine, catalog: Catalog, clock: Clock) -> None:
        self._standby = standby
        self._engine = engine
        self._catalog = catalog
        self._clock = clock
        self._from = 0.0

    async def read(self, keys: Sequence[bytes]) -> list[Value]:
        """See `Engine.read`."""
        if self._clock.monotonic() >= self._from:
            try:
                values = await self._standby.read(keys)
                if values[0] == self._catalog.version:
                    return values
            except StorageFailure:
                self._failed()
        return await self._engine.read(keys)

    async def range(
        self,
        low: bytes,
        high: bytes | None,
        *,
        also_read: Sequence[bytes] = (CATALOG_VERSION,),
        **options: Any,
    ) -> Page:
        """See `Engine.range`."""
        if self._clock.monotonic() >= self._from:
            try:
                page = await self._standby.range(low, high, also_read=also_read, **options)
                if page.also_read[0] == self._catalog.version:
                    return page
            except StorageFailure:
                self._failed()
        return await self._engine.range(low, high, also_read=also_read, **options)

    def _failed(self) -> None:
        self._from = self._clock.monotonic() + LEFT_ALONE


class OldReads:
    """Reads of items as they were a while ago, of tables that have not changed since, or did not
    exist then. The first key of `keys` or `also_read` is CATALOG_VERSION, whose value is the
    present one."""

    def __init__(self, delayed: Reads, engine: Engine, catalog: Catalog) -> None:
        self._delayed = delayed
        self._engine = engine
        self._catalog = catalog

    async def read(self, keys: Sequence[bytes]) -> list[Value]:
        """See `Engine.read`."""
        version, records = await self._records(keys)
        if records is not None:
            values = await self._delayed.read([*keys, *records])
            if await self._are_as_now(records, values[len(keys) :]):
                return [version, *values[1 : len(keys)]]
        return await self._engine.read(keys)

    async def range(
        self,
        low: bytes,
        high: bytes | None,
        *,
        also_read: Sequence[bytes] = (CATALOG_VERSION,),
        **options: Any,
    ) -> Page:
        """See `Engine.range`."""
        version, records = await self._records([low, *also_read])
        if records is not None:
            both = [*also_read, *records]
            page = await self._delayed.range(low, high, also_read=both, **options)
            values = page.also_read
            if await self._are_as_now(records, values[len(also_read) :]):
                return page._replace(also_read=[version, *values[1 : len(also_read)]])
        return await self._engine.range(low, high, also_read=also_read, **options)

    async def _records(self, keys: Iterable[bytes]) -> tuple[Value, list[bytes] | None]:
        """The catalog's version, and where the records and key rings of the tables are that keys
        belong to; None if this process does not know them as they are."""
        (version,) = await self._engine.read((CATALOG_VERSION,))
        if version != self._catalog.version:
            return version, None
        end = len(ITEMS) + ID_SIZE
        records: list[bytes] = []
        for table_id in {key[len(ITEMS) : end] for key in keys if key.startswith(ITEMS)}:
            number = int.from_bytes(table_id, "big")
            name = self._catalog.name_of(number)
            if name is None:
                return version, None
            records += (table_key(name), key_ring_key(number))
        return version, records

    async def _are_as_now(self, records: Sequence[bytes], before: Sequence[Value]) -> bool:
        now = await self._engine.read(records)
        pairs = zip(before[::2], before[1::2], now[::2], now[1::2], strict=True)
        return all(
            record is None or (record, ring) == (record_now, ring_now)
            for record, ring, record_now, ring_now in pairs
        )
