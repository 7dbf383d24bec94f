"""Which process delivers for which destination (see `streams.followers`)."""

from __future__ import annotations

from jedlik.kernel.keyspaces import DESTINATIONS
from jedlik.kernel.leases import Lease
from jedlik.kernel.rows import all_rows
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.kinesis.delivery import Delivery
from jedlik.services.dynamodb.kinesis.model import Destination, decode_destinations
from jedlik.services.dynamodb.kinesis.sinks import sink_of
from jedlik.services.dynamodb.streams.followers import Followers
from jedlik.services.dynamodb.streams.stream_reader import StreamReader


class Destinations(Followers[Destination]):
    """The deliveries of one process; `endpoint` is the value of `--kinesis-endpoint`."""

    def __init__(self, database: Database, endpoint: str | None) -> None:
        super().__init__(database)
        self._database = database
        self._sink = sink_of(endpoint, database.arns.region)

    async def all(self) -> dict[str, Destination]:
        """Destinations to which changes go, by their UUIDs."""
        rows = await all_rows(self._database.store, DESTINATIONS)
        known = (each for _, stored in rows for each in decode_destinations(stored))
        return {each.uuid: each for each in known if each.live}

    def lease_name(self, followed_id: str) -> str:
        """The lease for delivery to a destination."""
        return f"kinesis-destination/{followed_id}"

    def begin(self, followed: Destination, lease: Lease) -> StreamReader:
        """Deliver to a destination, under a lease."""
        reader = StreamReader()
        reader.run(
            Delivery(self._database, self._sink, followed, lease, reader.pause, self.arrivals)
        )
        return reader
