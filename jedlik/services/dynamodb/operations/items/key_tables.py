"""The table of a request that names an item by its key."""

from __future__ import annotations

from jedlik.base.errors import ResourceNotFoundException
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.values.attribute import Key
from jedlik.values.canonical import canonical_item


async def table_of_key(database: Database, name: str, key: Key) -> OpenTable:
    """The open table with that name. Raises ResourceNotFoundException; errors of the key that need
    no table come first."""
    try:
        return await database.table(name)
    except ResourceNotFoundException:
        canonical_item(key)
        raise
