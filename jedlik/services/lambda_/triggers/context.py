"""What the deliveries of one mapping share: its lease, its function, and the last result."""

from __future__ import annotations

from collections.abc import Mapping

from jedlik.kernel.leases import Lease
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.streams.arrivals import Arrivals
from jedlik.services.dynamodb.streams.checkpoints import Checkpoint
from jedlik.services.dynamodb.streams.shard_reader import Pause
from jedlik.services.lambda_.checkpoints import move_checkpoints
from jedlik.services.lambda_.mapping_model import EventSourceMapping
from jedlik.services.lambda_.model import Function
from jedlik.services.lambda_.runtime.invoker import Invoker
from jedlik.services.lambda_.store import find_function


class MappingContext:
    """One mapping, as the deliveries of all its shards use it."""

    def __init__(
        self,
        database: Database,
        invoker: Invoker,
        mapping: EventSourceMapping,
        lease: Lease,
        pause: Pause,
        arrivals: Arrivals,
    ) -> None:
        self.database = database
        self.invoker = invoker
        self.mapping = mapping
        self.lease = lease
        self.pause = pause
        self.arrivals = arrivals
        self.result: str | None = None
        """LastProcessingResult as last written here."""

    async def function(self) -> Function | None:
        """The function, if there is one. Raises StreamAccessDenied if its role may not read."""
        mapping = self.mapping
        function = await find_function(self.database.engine, mapping.function)
        if function is not None:
            roles = self.invoker.roles
            await roles.check_stream(function.role, function.name, mapping.stream_arn)
        return function

    async def move(self, moved: Mapping[str, Checkpoint | None], result: str | None) -> None:
        """Move checkpoints and store a result. Raises LeaseLost."""
        changed = None if result == self.result else result
        if moved or changed is not None:
            task = move_checkpoints(self.lease, self.mapping.uuid, moved, changed)
            await self.database.engine.write(task)
        if changed is not None:
            self.result = changed
