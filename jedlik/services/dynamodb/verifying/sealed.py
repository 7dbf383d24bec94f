"""Reading of sealed values by `verify`.

The store is read from outside, by someone who has all of it, so keys of the key service open their
values even if they are disabled. If a key was deleted, or the root key is not available, the values
under it stay sealed; their sizes are still counted. The key ring of a deleted table is deleted
immediately and its values step by step, so a key ring missing for those is not reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from jedlik.base.errors import ServiceError
from jedlik.crypto.errors import CorruptCiphertext, UnknownDataKey
from jedlik.kernel.findings import Report
from jedlik.kernel.keyspaces import BULK_REPORTS, CHANGES, ID_SIZE, ITEMS
from jedlik.services.dynamodb.sealing.open_rings import KeyRingSnapshot
from jedlik.services.dynamodb.verifying.catalog import CatalogFound
from jedlik.storage.engine import Page, Reads, Value

_SEALED_BY_TABLE: Final = (ITEMS, CHANGES, BULK_REPORTS)
"""Keyspaces of sealed values under the id of their table, and of the index or log next to it."""


class OpenedAsFarAsCanBe:
    """The reading half of an engine: values are plain if they can be opened."""

    def __init__(
        self, engine: Reads, snapshot: KeyRingSnapshot, catalog: CatalogFound, found: Report
    ) -> None:
        self._engine = engine
        self._snapshot = snapshot
        self._catalog = catalog
        self._found = found
        self.unopened = 0
        """How often a value could not be opened."""

    async def read(self, keys: Sequence[bytes]) -> list[Value]:
        """See `Engine.read`."""
        values = await self._engine.read(keys)
        return [
            None if value is None else self._opened(key, value)
            for key, value in zip(keys, values, strict=True)
        ]

    async def range(self, low: bytes, high: bytes | None, **options: Any) -> Page:
        """See `Engine.range`."""
        page = await self._engine.range(low, high, **options)
        return page._replace(rows=[(key, self._opened(key, value)) for key, value in page.rows])

    def _opened(self, key: bytes, value: bytes) -> bytes:
        try:
            return self._snapshot.opened(key, value)
        except ServiceError:
            self.unopened += 1
        except UnknownDataKey:
            if not self._is_purged(key):
                self._found(f"key {key.hex()}", "is sealed with a key that is on no key ring")
        except CorruptCiphertext:
            self._found(f"key {key.hex()}", "was changed, or stood under another key before")
        return value

    def _is_purged(self, key: bytes) -> bool:
        """Whether the value of a key is about to be removed."""
        for prefix in _SEALED_BY_TABLE:
            if key.startswith(prefix):
                index_at = len(prefix) + ID_SIZE
                table_id = int.from_bytes(key[len(prefix) : index_at], "big")
                index_id = int.from_bytes(key[index_at : index_at + ID_SIZE], "big")
                return self._catalog.is_purged(table_id, index_id)
        return False
