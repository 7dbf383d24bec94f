"""Which process delivers for which mapping (see `streams.followers`)."""

from __future__ import annotations

from jedlik.kernel.leases import Lease
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.streams.followers import LEASE_SECONDS, Followers
from jedlik.services.dynamodb.streams.stream_reader import StreamReader
from jedlik.services.lambda_.event_source_mappings import all_mappings, lease_name
from jedlik.services.lambda_.mapping_model import EventSourceMapping
from jedlik.services.lambda_.runtime.invoker import Invoker
from jedlik.services.lambda_.triggers.context import MappingContext
from jedlik.services.lambda_.triggers.delivery import Delivery

__all__ = ["LEASE_SECONDS", "Triggers"]


class Triggers(Followers[EventSourceMapping]):
    """The deliveries of one process."""

    def __init__(self, database: Database, invoker: Invoker) -> None:
        super().__init__(database)
        self._database = database
        self._invoker = invoker

    async def all(self) -> dict[str, EventSourceMapping]:
        """All mappings by UUID."""
        return {each.uuid: each for each in await all_mappings(self._database.engine)}

    def lease_name(self, followed_id: str) -> str:
        """The lease under which a mapping's records are delivered."""
        return lease_name(followed_id)

    def begin(self, followed: EventSourceMapping, lease: Lease) -> StreamReader:
        """Deliver for a mapping, under a lease."""
        reader = StreamReader()
        context = MappingContext(
            self._database, self._invoker, followed, lease, reader.pause, self.arrivals
        )
        reader.run(Delivery(context))
        return reader
