"""Checks of versions, recorded deletions and logs of replication."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson

from jedlik.kernel.findings import Report
from jedlik.kernel.keyspaces import (
    APPLIED,
    ID_SIZE,
    INCARNATION,
    NUMBER_SIZE,
    PAIRS,
    REPLICATION_LOG,
    REPLICATION_NUMBERS,
    SENT,
    TABLE_REPLICATION,
    TIME_SIZE,
    TOMBSTONES,
    VERSIONS,
)
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.recording.replication_log import LOG_SHARDS, OpenReplication
from jedlik.services.dynamodb.recording.versions import decode_version
from jedlik.services.dynamodb.replication.progress import decode_applied, decode_sent
from jedlik.services.dynamodb.verifying.catalog import CatalogFound
from jedlik.storage.engine import Reads, Row

KEYSPACE: Final = VERSIONS[:1]
_LOG_AT: Final = len(VERSIONS) + ID_SIZE
_REST_AT: Final = _LOG_AT + ID_SIZE


class ReplicationWalk:
    """Each version is of an item or of a deletion that is listed by its time; rows of a log have
    numbers that were assigned."""

    def __init__(self, catalog: CatalogFound, found: Report) -> None:
        self._catalog = catalog
        self._found = found
        self._logs = {
            (table.id, table.replication.id): (table, table.replication)
            for table in catalog.tables
            if table.replication is not None
        }

    async def rows(self, engine: Reads, rows: Sequence[Row]) -> int:
        """Check the next rows; returns how many of them a purge is going to remove."""
        purged = 0
        by_log: dict[tuple[int, int], list[Row]] = {}
        for key, value in rows:
            if key[:2] in TABLE_REPLICATION and len(key) >= _REST_AT:
                ids = (_id(key, len(VERSIONS)), _id(key, _LOG_AT))
                by_log.setdefault(ids, []).append((key, value))
            elif not (key == INCARNATION or _is_pair(key, value)):
                self._found(f"key {key.hex()}", "belongs to no keyspace")
        for ids, of_log in by_log.items():
            known = self._logs.get(ids)
            if known is not None:
                await self._of_log(engine, *known, of_log)
            elif self._catalog.is_purged(*ids):
                purged += len(of_log)
            else:
                self._found(f"log {ids[1]} of table id {ids[0]}", "is of no table that replicates")
        return purged

    async def _of_log(
        self, engine: Reads, table: OpenTable, log: OpenReplication, rows: Sequence[Row]
    ) -> None:
        numbers = await engine.read(log.number_keys)
        last = [int.from_bytes(number or b"", "big") for number in numbers]
        versions = [row for row in rows if row[0][:2] == VERSIONS]
        await self._versions(engine, table, log, versions)
        for key, value in rows:
            kind, rest = key[:2], key[_REST_AT:]
            if kind == REPLICATION_LOG:
                shard, number = rest[0], int.from_bytes(rest[1:], "big")
                well_formed = len(rest) == 1 + NUMBER_SIZE and len(value) > TIME_SIZE
                if not well_formed or shard >= LOG_SHARDS or not 0 < number <= last[shard]:
                    self._found(f"change {key.hex()}", "has a number that was not given")
            elif kind == TOMBSTONES:
                version_key = log.versions + rest[TIME_SIZE:]
                version = decode_version((await engine.read((version_key,)))[0])
                time = int.from_bytes(rest[:TIME_SIZE], "big")
                if version is None or not version.deleted or version.version.time != time:
                    self._found(f"deletion {key.hex()}", "is not the version of its item")
            elif kind in (APPLIED, SENT) and not _is_progress(kind, value):
                self._found(f"progress {key.hex()}", "cannot be read")

    async def _versions(
        self, engine: Reads, table: OpenTable, log: OpenReplication, rows: Sequence[Row]
    ) -> None:
        """The item of a deletion is missing, and the deletion is listed by its time; the item of
        any other version exists."""
        items = [key[_REST_AT:] for key, _ in rows]
        stored = await engine.read([table.prefix + item for item in items])
        for (key, value), item, image in zip(rows, items, stored, strict=True):
            version = decode_version(value)
            assert version is not None
            if version.deleted != (image is None):
                self._found(f"version {key.hex()}", "says otherwise than the table of its item")
            if version.deleted:
                listed = log.tombstone_key(version.version.time, item)
                if await engine.read((listed,)) != [b""]:
                    self._found(f"version {key.hex()}", "is of a deletion that is not listed")


def _id(key: bytes, at: int) -> int:
    return int.from_bytes(key[at : at + ID_SIZE], "big")


def _is_pair(key: bytes, value: bytes) -> bool:
    return key.startswith(PAIRS) and isinstance(orjson.loads(value), dict)


def _is_progress(kind: bytes, value: bytes) -> bool:
    try:
        return (decode_applied if kind == APPLIED else decode_sent)(value) is not None
    except (ValueError, TypeError, KeyError):
        return False


assert {REPLICATION_LOG, REPLICATION_NUMBERS, TOMBSTONES, VERSIONS, APPLIED, SENT} == {
    *TABLE_REPLICATION
}
