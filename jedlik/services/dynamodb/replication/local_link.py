"""The link to another region of the same server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.regions.messages import (
    Batch,
    Greeting,
    LinkDown,
    Receipt,
    Welcome,
)
from jedlik.services.dynamodb.replication.receiving import answer_greeting, receive

Handle = Callable[[Database, dict[str, Any]], Awaitable[dict[str, Any]]]
"""Carries out a control message from another region, see `RegionLink.control`."""


class LocalLink:
    """The link to a region of this server; `handle` carries out control messages there."""

    def __init__(self, database: Database, handle: Handle | None = None) -> None:
        self.region = database.arns.region
        self.database = database
        self._handle = handle

    async def meet(self) -> None:
        """See RegionLink."""

    async def control(self, message: dict[str, Any]) -> dict[str, Any]:
        """See RegionLink."""
        if self._handle is None:
            raise LinkDown(f"{self.region} takes no changes of replicas")
        return await self._handle(self.database, message)

    async def greet(self, greeting: Greeting) -> Welcome:
        """See RegionLink."""
        return await answer_greeting(self.database, greeting)

    async def send(self, batch: Batch) -> Receipt:
        """See RegionLink."""
        return await receive(self.database, batch)
