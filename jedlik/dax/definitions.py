"""What client and node agree on before they talk of items: key schemas and attribute lists."""

from __future__ import annotations

from typing import Protocol

from jedlik.dax.wire.values import KeySchema


class Definitions(Protocol):
    """Gives what requests and answers are read and written by."""

    async def key_schema(self, table: str) -> KeySchema:
        """The key schema of a table. Raises what the service says of a table that is not there."""
        ...

    async def list_names(self, list_id: int) -> tuple[str, ...]:
        """The names of an attribute list. Raises ValidationException for an id never given."""
        ...

    async def list_id(self, names: tuple[str, ...]) -> int:
        """The id of an attribute list, which is given if it has none yet."""
        ...
