"""The link to another region, wherever that region runs."""

from __future__ import annotations

from typing import Any, Protocol

from jedlik.services.dynamodb.regions.messages import Batch, Greeting, Receipt, Welcome


class RegionLink(Protocol):
    """The link to one region, of this server or of another one.

    All methods raise LinkDown if the region cannot be reached or does not answer.
    """

    region: str

    async def meet(self) -> None:
        """Check that the region answers, and is the expected one."""
        ...

    async def control(self, message: dict[str, Any]) -> dict[str, Any]:
        """Have a change of tables made there (see `global_tables.control`). Raises ServiceError."""
        ...

    async def greet(self, greeting: Greeting) -> Welcome:
        """Begin to send the changes of a table. Raises ReplicaRefused."""
        ...

    async def send(self, batch: Batch) -> Receipt:
        """Send changes. Raises ReplicaRefused and PositionMismatch."""
        ...
