"""Key schemas and attribute lists, on which client and node have to agree before they exchange
items."""

from __future__ import annotations

from typing import Protocol

from jedlik.dax.wire.values import KeySchema


class Definitions(Protocol):
    """The definitions by which requests are read and answers written."""

    async def key_schema(self, table: str) -> KeySchema:
        """The key schema of a table. Raises the service's error if the table is missing."""
        ...

    async def cached_as(self, table: str) -> str:
        """The one name under which a table's items are cached, whether its name is given or its
        ARN."""
        ...

    async def list_names(self, list_id: int) -> tuple[str, ...]:
        """The names of an attribute list. Raises ValidationException for an unknown id."""
        ...

    async def list_id(self, names: tuple[str, ...], owner: str) -> int:
        """The id of an attribute list. If it has none yet, one of its owner's is assigned; raises
        LimitExceededException if its owner has its share."""
        ...
