"""The parts that operations work with, held together."""

from __future__ import annotations

import os
from collections.abc import Callable

from jedlik.base.clock import Clock
from jedlik.base.errors import ResourceNotFoundException
from jedlik.base.ids import Ids
from jedlik.database.catalog import Catalog
from jedlik.database.eventual import EventualReads
from jedlik.database.identities import IdentityStore
from jedlik.database.key_uses import KeyUses
from jedlik.database.names import Names
from jedlik.database.open_table import OpenTable
from jedlik.database.resources import Resources
from jedlik.model.stream import StreamSettings
from jedlik.model.table import CREATING, DELETING
from jedlik.storage.engine import Engine

COUNTER_SHARDS = 64


class Database:
    """One database over one engine.

    `transition_seconds` is how long tables and indexes stay CREATING, UPDATING or DELETING, and
    streams and TTL likewise. `stream_settings` say how streams are cut into shards.
    `wake_workers` is called when this process has made background work (a backfill, a purge).
    `standby` is an engine that may lag behind, for reads that need not be consistent.
    `endpoint` is the host and port, with or without a scheme, at which clients reach the server.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        ids: Ids,
        names: Names | None = None,
        transition_seconds: float = 0.0,
        stream_settings: StreamSettings | None = None,
        standby: Engine | None = None,
    ) -> None:
        self.engine = engine
        self.clock = clock
        self.ids = ids
        self.names = names or Names()
        self.transition_seconds = transition_seconds
        self.stream_settings = stream_settings or StreamSettings()
        self.catalog = Catalog(engine)
        self._eventual: Engine | EventualReads = engine
        if standby is not None:
            self._eventual = EventualReads(standby, engine, self.catalog, clock)
        self.resources = Resources(engine, self.catalog)
        self.identities = IdentityStore(engine, self.catalog, ids)
        self.key_uses = KeyUses(engine, self.identities)
        self.counter_shard = bytes((os.getpid() % COUNTER_SHARDS,))
        self.wake_workers: Callable[[], None] = lambda: None
        self.endpoint = "localhost:8000"

    def reader(self, consistent: bool | None) -> Engine | EventualReads:
        """What a read of items goes to, CATALOG_VERSION being its first key."""
        return self.engine if consistent else self._eventual

    async def table(self, name_or_arn: str) -> OpenTable:
        """The table whose items an operation is to work on, in the state this process knows.

        Raises ResourceNotFoundException where there is none or it is not there yet or no longer.
        """
        table = self.catalog.cached(name_or_arn)
        if table is None:
            table = await self.catalog.find(self.names.table_name(name_or_arn))
        if table is None or (
            table.model.transition is not None
            and table.model.status(self.clock.now()) in (CREATING, DELETING)
        ):
            raise ResourceNotFoundException
        return table
