"""The context of CloudWatch's operations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from jedlik.base.places import Place
from jedlik.gateway.operation import Payload
from jedlik.kernel.metrics.flushing import store_recorded
from jedlik.services.cloudwatch.wire.protocol import Members
from jedlik.services.dynamodb.database.database import Database
from jedlik.storage.engine import Engine


@dataclass(frozen=True, slots=True)
class Monitoring:
    """The store of metrics, alarms and rules, and the slot that a call takes if its evaluation is
    long, which few may be at a time."""

    store: Database
    slot: Place | None = None

    @property
    def engine(self) -> Engine:
        """The store's engine."""
        return self.store.engine

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.store.clock.now()

    def place(self) -> dict[str, str]:
        """The region and account of its metrics, as properties of labels."""
        return {"Region": self.store.arns.region, "AccountId": self.store.arns.account}

    async def settle(self) -> None:
        """Store what this process has recorded, so that it can be read; other processes' records
        are at most some seconds behind."""
        await store_recorded(self.store)
        await self.store.store_contributors()


Operation = Callable[[Monitoring, Payload], Awaitable[Members | None]]
"""Returns the members of the answer to a checked payload; None if there is no output."""
