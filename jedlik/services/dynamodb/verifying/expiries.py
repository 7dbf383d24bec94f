"""Checks of expiry entries. That no item lacks one is checked with the items."""

from __future__ import annotations

from collections.abc import Sequence

from jedlik.kernel.findings import Report
from jedlik.kernel.keyspaces import EXPIRIES, ID_SIZE
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.recording.expiry import OpenExpiry
from jedlik.services.dynamodb.verifying.catalog import CatalogFound
from jedlik.storage.engine import Reads, Row
from jedlik.values.image import Image


class ExpiryWalk:
    """Checks expiry entries during the walk."""

    def __init__(self, catalog: CatalogFound, found: Report) -> None:
        self._catalog = catalog
        self._found = found
        self._kept: dict[tuple[int, int], tuple[OpenTable, OpenExpiry]] = {
            (table.id, table.expiry.model.id): (table, table.expiry)
            for table in catalog.tables
            if table.expiry is not None
        }

    async def rows(self, engine: Reads, rows: Sequence[Row]) -> int:
        """Check the next entries; returns how many a due purge will remove."""
        purged = 0
        for key, value in rows:
            place = f"expiry {key.hex()}"
            ids = _ids(key)
            kept = self._kept.get(ids)
            if self._catalog.is_purged(*ids):
                purged += 1
            elif kept is None:
                self._found(place, "is in no expiry index that there is")
            else:
                await self._check(engine, place, key, kept)
                if value:
                    self._found(place, "has a value")
        return purged

    async def _check(
        self, engine: Reads, place: str, key: bytes, kept: tuple[OpenTable, OpenExpiry]
    ) -> None:
        table, expiry = kept
        item_key = table.prefix + expiry.item_suffix(key)
        (stored,) = await engine.read([item_key])
        if stored is None:
            self._found(place, "stands for an item that does not exist")
            return
        try:
            expected = expiry.entry_key(Image(stored), item_key)
        except (ValueError, TypeError, AttributeError):
            return  # the item cannot be read, which is already reported
        if expected != key:
            self._found(place, "is not where its item's attribute leads")


def _ids(key: bytes) -> tuple[int, int]:
    at = len(EXPIRIES)
    return (
        int.from_bytes(key[at : at + ID_SIZE], "big"),
        int.from_bytes(key[at + ID_SIZE : at + 2 * ID_SIZE], "big"),
    )
