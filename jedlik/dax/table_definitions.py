"""The key schemas of a cluster's tables, and the attribute lists of the server."""

from __future__ import annotations

from typing import Final

from jedlik.base.clock import Clock
from jedlik.dax.attribute_lists import AttributeLists
from jedlik.dax.backend import Backend
from jedlik.dax.wire.values import KeySchema

SCHEMA_SECONDS: Final = 60.0
"""How long a key schema is believed; clients keep theirs as long."""
_MAX_SCHEMAS: Final = 500
"""Tables of a cluster (DAX developer guide, "Quotas")."""


class TableDefinitions:
    """See `definitions.Definitions`."""

    def __init__(self, backend: Backend, lists: AttributeLists, clock: Clock) -> None:
        self._backend = backend
        self._lists = lists
        self._now = clock.monotonic
        self._schemas: dict[str, tuple[float, KeySchema]] = {}

    async def key_schema(self, table: str) -> KeySchema:
        now = self._now()
        known = self._schemas.get(table)
        if known is not None and known[0] > now:
            return known[1]
        description = (await self._backend.call("DescribeTable", {"TableName": table}))["Table"]
        types = {
            each["AttributeName"]: each["AttributeType"]
            for each in description["AttributeDefinitions"]
        }
        keys = sorted(description["KeySchema"], key=lambda each: str(each["KeyType"]))
        names = tuple(each["AttributeName"] for each in keys)
        schema = KeySchema(names, tuple(types[name] for name in names))
        if len(self._schemas) >= _MAX_SCHEMAS:
            self._schemas.clear()
        self._schemas[table] = (now + SCHEMA_SECONDS, schema)
        return schema

    async def list_names(self, list_id: int) -> tuple[str, ...]:
        return await self._lists.names(list_id)

    async def list_id(self, names: tuple[str, ...]) -> int:
        return await self._lists.id(names)

    def forget(self, table: str) -> None:
        """Ask for a table's key schema again: another one may have the name now."""
        self._schemas.pop(table, None)

    def forget_all(self) -> None:
        """The same for all tables."""
        self._schemas.clear()
