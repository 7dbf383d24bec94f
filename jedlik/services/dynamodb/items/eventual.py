"""Eventually consistent reads out of a standby, as far as it can be trusted.

A standby lags: it may know a table as it used to be. Every read brings the catalog's version along
as its first key, so where the standby's is not the one that this process works with, the read is
made again on the engine itself. Where the standby fails, it is left alone for a while.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from jedlik.base.clock import Clock
from jedlik.kernel.keyspaces import CATALOG_VERSION
from jedlik.services.dynamodb.tables.catalog import Catalog
from jedlik.storage.engine import Engine, Page, Value
from jedlik.storage.failures import StorageFailure

LEFT_ALONE: Final = 5.0
"""Seconds without a read of a standby that failed."""


class EventualReads:
    """The reading half of an engine. The first key read, or read beside, is CATALOG_VERSION."""

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
