"""What CloudWatch's operations work with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from jedlik.gateway.operation import Payload
from jedlik.kernel.metrics.flushing import store_recorded
from jedlik.services.cloudwatch.wire.protocol import Members
from jedlik.services.dynamodb.tables.database import Database
from jedlik.storage.engine import Engine


@dataclass(frozen=True, slots=True)
class Monitoring:
    """The store whose metrics, alarms and rules these are."""

    store: Database

    @property
    def engine(self) -> Engine:
        """What they are kept in."""
        return self.store.engine

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.store.clock.now()

    async def settle(self) -> None:
        """Store what this process has recorded, so that who reads sees it; what other processes
        recorded is at most some seconds behind."""
        await store_recorded(self.store)
        await self.store.store_contributors()


Operation = Callable[[Monitoring, Payload], Awaitable[Members | None]]
"""Given a checked payload, it gives the members of the answer; None if there is no output."""
