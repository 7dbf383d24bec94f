"""The key schemas of a cluster's tables, and the attribute lists of the server."""

from __future__ import annotations

from typing import Final, NamedTuple

from jedlik.base.clock import Clock
from jedlik.dax.attribute_lists import AttributeLists
from jedlik.dax.backend import Backend
from jedlik.dax.errors import DaxError
from jedlik.dax.wire.values import KeySchema

SCHEMA_SECONDS: Final = 60.0
"""How long a key schema is cached, as in clients."""
_MAX_TABLES: Final = 500
"""Tables of a cluster (DAX developer guide, "Quotas")."""


class _Table(NamedTuple):
    """DynamoDB's description of a table, and until when it is valid, in monotonic seconds."""

    until: float
    name: str
    arn: str
    schema: KeySchema


class TableDefinitions:
    """See `definitions.Definitions`."""

    def __init__(self, backend: Backend, lists: AttributeLists, clock: Clock) -> None:
        self._backend = backend
        self._lists = lists
        self._now = clock.monotonic
        self._tables: dict[str, _Table] = {}

    async def key_schema(self, table: str) -> KeySchema:
        return (await self._described(table)).schema

    async def cached_as(self, table: str) -> str:
        if not table.startswith("arn:"):
            return table
        described = await self._described(table)
        try:
            own = await self._described(described.name)
        except DaxError:  # the ARN of another account or region, whose table does not exist here
            return described.arn
        return described.name if own.arn == described.arn else described.arn

    async def _described(self, table: str) -> _Table:
        known = self._tables.get(table)
        if known is not None and known.until > self._now():
            return known
        until = self._now() + SCHEMA_SECONDS
        description = (await self._backend.call("DescribeTable", {"TableName": table}))["Table"]
        types = {
            each["AttributeName"]: each["AttributeType"]
            for each in description["AttributeDefinitions"]
        }
        keys = sorted(description["KeySchema"], key=lambda each: str(each["KeyType"]))
        names = tuple(each["AttributeName"] for each in keys)
        schema = KeySchema(names, tuple(types[name] for name in names))
        if len(self._tables) >= _MAX_TABLES:
            self._tables.clear()
        found = _Table(until, description["TableName"], description["TableArn"], schema)
        self._tables[table] = found
        return found

    async def list_names(self, list_id: int) -> tuple[str, ...]:
        return await self._lists.names(list_id)

    async def list_id(self, names: tuple[str, ...], owner: str) -> int:
        return await self._lists.id(names, owner)

    def forget(self, table: str) -> None:
        """Drop a table's key schema: another table may have its name now."""
        self._tables.pop(table, None)

    def forget_all(self) -> None:
        """The same for all tables."""
        self._tables.clear()
