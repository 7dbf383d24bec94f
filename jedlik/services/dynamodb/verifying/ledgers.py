"""Checks of capacity ledgers."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from jedlik.kernel.findings import Report
from jedlik.kernel.keyspaces import ID_SIZE, LEDGERS
from jedlik.services.dynamodb.tables.model import TABLE_INDEX_ID
from jedlik.services.dynamodb.verifying.catalog import CatalogFound
from jedlik.storage.engine import Row


class LedgerWalk:
    """Each belongs to a table and has numbers as levels."""

    def __init__(self, catalog: CatalogFound, found: Report) -> None:
        self._catalog = catalog
        self._tables = {table.id for table in catalog.tables}
        self._found = found

    def rows(self, rows: Sequence[Row]) -> None:
        """Check the next rows."""
        for key, value in rows:
            place = f"ledger {key.hex()}"
            if not key.startswith(LEDGERS) or len(key) != len(LEDGERS) + ID_SIZE:
                self._found(place, "belongs to no keyspace")
                continue
            table_id = int.from_bytes(key[len(LEDGERS) :], "big")
            known = table_id in self._tables or self._catalog.is_purged(table_id, TABLE_INDEX_ID)
            if not known:
                self._found(place, f"is of the table id {table_id}, which does not exist")
            if not _has_levels(value):
                self._found(place, "its record cannot be read")


def _has_levels(value: bytes) -> bool:
    try:
        levels = orjson.loads(value)["levels"]
        return all(isinstance(level + at, float | int) for level, at in levels.values())
    except (ValueError, TypeError, KeyError, AttributeError):
        return False
