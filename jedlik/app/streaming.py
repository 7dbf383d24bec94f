"""Deliveries to Kinesis streams, loaded when there is a destination: most servers never have one.

Until then all that they cost is one read of the store every second.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
from typing import TYPE_CHECKING, Final

from jedlik.base.loading import load
from jedlik.kernel.keyspaces import DESTINATIONS
from jedlik.kernel.rounds import wait_for_first_key
from jedlik.services.dynamodb.database.database import Database

if TYPE_CHECKING:
    from jedlik.services.dynamodb.kinesis.destinations import Destinations

_log = logging.getLogger(__name__)

_DESTINATIONS: Final = "jedlik.services.dynamodb.kinesis.destinations"


class Streaming:
    """The deliveries of one process; `endpoint` is what `--kinesis-endpoint` says."""

    def __init__(self, database: Database, endpoint: str | None) -> None:
        self._database = database
        self._endpoint = endpoint
        self._deliveries: Destinations | None = None
        self._watch: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Deliver from now on, on the running event loop."""
        self._watch = asyncio.get_running_loop().create_task(self._deliver_from_the_first())

    async def stop(self) -> None:
        """Stop delivering, and let other processes take over immediately."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        if self._deliveries is not None:
            await self._deliveries.stop()

    async def _deliver_from_the_first(self) -> None:
        await wait_for_first_key(
            DESTINATIONS, self._database.store, _log, "looking for Kinesis destinations"
        )
        await load(_DESTINATIONS)
        module = importlib.import_module(_DESTINATIONS)
        deliveries: Destinations = module.Destinations(self._database, self._endpoint)
        self._deliveries = deliveries
        deliveries.start()
