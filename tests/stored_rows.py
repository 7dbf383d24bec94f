"""The rows of a store, for tests below the API."""

from __future__ import annotations

from jedlik.kernel.keyspaces import counters_prefix, index_prefix
from jedlik.services.dynamodb.tables.figures import total
from jedlik.storage.engine import Row
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
    entries = rows(plane, index_prefix(table_id, index_id))
    return len(entries), sum(size_of(value) for _, value in entries)
