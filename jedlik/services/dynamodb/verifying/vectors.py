"""Checks of the latest changes of vector indexes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jedlik.kernel.findings import Report
from jedlik.kernel.keyspaces import ID_SIZE, NUMBER_SIZE, VECTOR_CHANGES, VECTORS_IN_USE
from jedlik.services.dynamodb.recording.vector_log import (
    LOG_SHARDS,
    VECTOR_LOGS,
    VectorLog,
    changed_entry,
)
from jedlik.services.dynamodb.vectors.in_use import is_note
from jedlik.services.dynamodb.verifying.catalog import CatalogFound
from jedlik.storage.engine import Reads, Row
from jedlik.values.keybytes import HASH_SIZE

KEYSPACE: Final = VECTOR_CHANGES[:1]
_INDEX_AT: Final = len(VECTOR_CHANGES) + ID_SIZE
_SHARD_AT: Final = _INDEX_AT + ID_SIZE


class VectorLogWalk:
    """Every change has a number that was assigned, is in its place and names an entry's key; every
    log belongs to a vector index."""

    def __init__(self, catalog: CatalogFound, found: Report) -> None:
        self._catalog = catalog
        self._found = found
        self._logs = {
            (table.id, index.id): index.log for table in catalog.tables for index in table.vectors
        }

    async def rows(self, engine: Reads, rows: Sequence[Row]) -> int:
        """Check the next rows; returns how many of them a purge is going to remove."""
        purged = 0
        for key, value in rows:
            if key[:2] not in VECTOR_LOGS or len(key) <= _SHARD_AT:
                self._found(f"key {key.hex()}", "belongs to no keyspace")
                continue
            ids = (_id(key, len(VECTOR_CHANGES)), _id(key, _INDEX_AT))
            log = self._logs.get(ids)
            if log is None:
                if self._catalog.is_purged(*ids):
                    purged += 1
                else:
                    self._found(f"changes {key.hex()}", "are of no vector index")
            elif key[:2] == VECTOR_CHANGES and not await _is_change(engine, log, key, value):
                self._found(f"change {key.hex()}", "has a number that was not given")
            elif key[:2] == VECTORS_IN_USE and not is_note(key, value):
                self._found(f"note {key.hex()}", "is of no partition")
        return purged


async def _is_change(engine: Reads, log: VectorLog, key: bytes, value: bytes) -> bool:
    shard, number = key[_SHARD_AT], int.from_bytes(value[:NUMBER_SIZE], "big")
    if shard >= LOG_SHARDS or log.row_key(shard, number) != key:
        return False
    (last,) = await engine.read((log.number_keys[shard],))
    entry = changed_entry(number, value) or b""
    return 0 < number <= int.from_bytes(last or b"", "big") and len(entry) >= 2 * HASH_SIZE


def _id(key: bytes, at: int) -> int:
    return int.from_bytes(key[at : at + ID_SIZE], "big")
