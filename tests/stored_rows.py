"""The rows of a store, for tests below the API."""

from __future__ import annotations

from jedlik.kernel.keyspaces import counters_prefix, index_prefix
from jedlik.services.dynamodb.items.statistics import total
from jedlik.services.dynamodb.tables.model import TABLE_INDEX_ID
from jedlik.storage.engine import Row
from jedlik.storage.references import reference, referred_keys
from jedlik.values.keybytes import successor
from jedlik.values.stored import size_of
from tests.control_plane import ControlPlane


def rows(plane: ControlPlane, prefix: bytes) -> list[Row]:
    """All rows whose key begins with `prefix`."""
    return plane.run(plane.database.engine.range(prefix, successor(prefix))).rows


def counted(plane: ControlPlane, table_id: int, index_id: int) -> tuple[int, int]:
    """Items and bytes according to the counters."""
    figures = total(value for _, value in rows(plane, counters_prefix(table_id)))
    return figures.get(index_id, (0, 0))


def held(plane: ControlPlane, table_id: int, index_id: int) -> tuple[int, int]:
    """Items and bytes that are really stored."""
    found = entries(plane, table_id, index_id)
    return len(found), sum(size_of(value) for _, value in found)


def entries(plane: ControlPlane, table_id: int, index_id: int) -> list[Row]:
    """The entries of an index, whether the store has copies of items or references to them."""
    found = rows(plane, index_prefix(table_id, index_id))
    if not all(len(value) == len(reference(0)) for _, value in found):
        return found
    keys = referred_keys(found, index_prefix(table_id, TABLE_INDEX_ID))
    values = plane.run(plane.database.engine.read(keys))
    return [(key, value) for (key, _), value in zip(found, values, strict=True) if value]
