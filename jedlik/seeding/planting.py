"""Putting a seed into a server: missing tables, and their items.

An existing table is not changed, nor are its items: so a server may use the same seed at each
start. Items for tables that no file defines are put in any case.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final, NamedTuple

from jedlik.base.errors import (
    ResourceInUseException,
    ResourceNotFoundException,
    ServiceError,
)
from jedlik.kernel.remote.service_error import name_of
from jedlik.seeding.seed import Item, Seed, SeedRefused, Table

_BATCH: Final = 25
"""Items in one BatchWriteItem (API reference)."""

_NO_TABLE: Final = (
    "this table does not exist; create it first, or add a file that defines it (files of items are "
    "named after their tables)"
)

Send = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]
"""Carries out an operation, by name and input; raises ServiceError."""


class Planted(NamedTuple):
    """The tables and items put into the server. `kept` are the tables that existed already."""

    tables: int
    items: int
    kept: int


async def plant(seed: Seed, send: Send) -> Planted:
    """Create tables and put items. Raises SeedRefused."""
    kept = {table.name for table in seed.tables if not await _created(table, send)}
    items = 0
    for name, rows in seed.items.items():
        if name not in kept:
            items += await _put(name, rows, send)
    return Planted(len(seed.tables) - len(kept), items, len(kept))


async def _created(table: Table, send: Send) -> bool:
    try:
        await send("CreateTable", table.definition)
        if table.time_to_live is not None:
            specification = {"Enabled": True, "AttributeName": table.time_to_live}
            await send(
                "UpdateTimeToLive",
                {"TableName": table.name, "TimeToLiveSpecification": specification},
            )
    except ResourceInUseException:
        return False
    except ServiceError as error:
        raise SeedRefused(f"table {table.name}: {error.message}") from error
    return True


async def _put(table: str, items: list[Item], send: Send) -> int:
    for batch in _batches(items):
        requests: Any = {table: [{"PutRequest": {"Item": item}} for item in batch]}
        while requests:
            try:
                answer = await send("BatchWriteItem", {"RequestItems": requests})
            except ServiceError as error:
                reason = _NO_TABLE if _is_not_found(error) else error.message
                raise SeedRefused(f"items of {table}: {reason}") from error
            requests = answer.get("UnprocessedItems")
    return len(items)


def _is_not_found(error: ServiceError) -> bool:
    """Whether a table does not exist, in this process's server or in a remote one."""
    return name_of(error) == ResourceNotFoundException.code()


def _batches(items: list[Item]) -> Iterator[list[Item]]:
    for first in range(0, len(items), _BATCH):
        yield items[first : first + _BATCH]
