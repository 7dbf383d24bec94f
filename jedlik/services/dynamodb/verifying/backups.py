"""Checks of backups, their contents, and change logs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from jedlik.kernel.backup_keys import backup_key
from jedlik.kernel.findings import Report
from jedlik.kernel.keyspaces import (
    BACKUP_JOBS,
    BACKUPS,
    BULK_OPERATIONS,
    BULK_REPORTS,
    CHANGES,
    EXPORTED_FILES,
    EXPORTS,
    HOLDS,
    ID_SIZE,
    IMPORTS,
    LAST_CHANGES,
)
from jedlik.kernel.rows import all_rows
from jedlik.services.dynamodb.backups.holds import holders
from jedlik.services.dynamodb.backups.model import AVAILABLE, Backup, decode_backup, decode_job
from jedlik.services.dynamodb.bulk.model import BulkOperation, decode_bulk_operation
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.recording.change_records import LAST, PLACE, parsed
from jedlik.services.dynamodb.tables.model import Table
from jedlik.services.dynamodb.transfers.model import (
    Export,
    Import,
    decode_export,
    decode_import,
)
from jedlik.services.dynamodb.verifying.catalog import CatalogFound
from jedlik.storage.engine import Reads, Row
from jedlik.values.stored import is_sealed

KEYSPACE: Final = BACKUPS[:1]
_UNREADABLE: Final = (ValueError, TypeError, KeyError, AttributeError, IndexError)
_LOG_AT: Final = len(CHANGES) + ID_SIZE
_SHARD_AT: Final = _LOG_AT + ID_SIZE
_CHANGE_SIZE: Final = _SHARD_AT + 1 + PLACE.size
_SUM_SIZE: Final = 8


@dataclass(slots=True)
class BackupsFound:
    """Ids with items that are not tables' ids, and the backups among them."""

    held: set[int] = field(default_factory=set)
    backups: list[Backup] = field(default_factory=list)

    def tables(self) -> list[OpenTable]:
        """Complete backups, as tables that have only items."""
        return [
            OpenTable(_as_kept(each.table, each.data_id))
            for each in self.backups
            if each.status == AVAILABLE
        ]


async def backups_found(engine: Reads, found: Report) -> BackupsFound:
    """Read and check the backups and the holds."""
    backups = BackupsFound()
    for key, value in await all_rows(engine, HOLDS):
        place = f"hold {key.hex()}"
        try:
            if len(key) != len(HOLDS) + ID_SIZE or not holders(value):
                found(place, "holds nothing")
            backups.held.add(int.from_bytes(key[len(HOLDS) :], "big"))
        except _UNREADABLE as error:
            found(place, f"cannot be read: {error!r}")
    for key, value in await all_rows(engine, BACKUPS):
        place = f"backup {key[len(BACKUPS) :].decode(errors='replace')}"
        try:
            backup = decode_backup(value)
            OpenTable(backup.table)
        except _UNREADABLE as error:
            found(place, f"cannot be read: {error!r}")
            continue
        if backup_key(backup.id, backup.table.name) != key:
            found(place, f"its description is that of {backup.id} of {backup.table.name}")
        if backup.data_id not in backups.held:
            found(place, "nothing holds its items")
        backups.backups.append(backup)
    return backups


_TRANSFERS: Final[dict[str, Callable[[bytes], Export | Import | BulkOperation]]] = {
    "export": decode_export,
    "import": decode_import,
    "bulk operation": decode_bulk_operation,
}


class BackupWalk:
    """Checks the rest of the keyspace: jobs and change logs."""

    def __init__(self, catalog: CatalogFound, backups: BackupsFound, found: Report) -> None:
        self._found = found
        self._is_purged = catalog.is_purged
        self._held = backups.held
        self._logs = {
            (table.id, table.model.log.id)
            for table in catalog.tables
            if table.model.log is not None
        }
        self._unknown: set[tuple[int, int]] = set()

    def rows(self, rows: Iterable[Row]) -> None:
        """Check the next rows."""
        for key, value in rows:
            kind = key[:2]
            if kind in (CHANGES, LAST_CHANGES):
                self._log_row(kind, key, value)
            elif kind == BACKUP_JOBS:
                self._job(key, value)
            elif kind == EXPORTS:
                self._transfer("export", key, value)
            elif kind == IMPORTS:
                self._transfer("import", key, value)
            elif kind == BULK_OPERATIONS:
                self._transfer("bulk operation", key, value)
            elif kind not in (BACKUPS, EXPORTED_FILES, HOLDS, BULK_REPORTS):
                self._found(f"key {key.hex()}", "is nothing of a backup")

    def _job(self, key: bytes, value: bytes) -> None:
        place = f"backup or restore {key[len(BACKUP_JOBS) :].decode(errors='replace')}"
        try:
            job = decode_job(value)
        except _UNREADABLE as error:
            self._found(place, f"cannot be read: {error!r}")
            return
        if BACKUP_JOBS + job.id.encode() != key:
            self._found(place, f"is {job.id}")

    def _transfer(self, kind: str, key: bytes, value: bytes) -> None:
        place = f"{kind} {key[len(EXPORTS) :].decode(errors='replace')}"
        try:
            found = _TRANSFERS[kind](value)
        except _UNREADABLE as error:
            self._found(place, f"cannot be read: {error!r}")
            return
        if not key.endswith(f"{found.id}{found.table_name}".encode()):
            self._found(place, f"is {found.id} of {found.table_name}")

    def _log_row(self, kind: bytes, key: bytes, value: bytes) -> None:
        place = f"change log, key {key.hex()}"
        ids = (
            int.from_bytes(key[2:_LOG_AT], "big"),
            int.from_bytes(key[_LOG_AT:_SHARD_AT], "big"),
        )
        if ids not in self._logs and ids[0] not in self._held and not self._is_purged(*ids):
            if ids not in self._unknown:
                self._found(place, "belongs to no table's log")
            self._unknown.add(ids)
        if kind == LAST_CHANGES:
            if len(key) != _SHARD_AT + 1 or len(value) not in (LAST.size, _SUM_SIZE):
                self._found(place, f"a key of {len(key)} bytes with {len(value)} bytes")
        elif len(key) != _CHANGE_SIZE:
            self._found(place, f"a key of {len(key)} bytes")
        elif not is_sealed(value, 0):
            self._change(place, value)

    def _change(self, place: str, value: bytes) -> None:
        try:
            item_key, _ = parsed(value)
        except Exception as error:
            self._found(place, f"cannot be read: {error!r}")
            return
        if len(item_key) < 16:
            self._found(place, f"is of an item with a key of {len(item_key)} bytes")


def held_ids(backups: BackupsFound, tables: Sequence[OpenTable]) -> set[int]:
    """Ids whose items are being copied or kept: no rule between the items applies."""
    return backups.held | {table.id for table in tables if table.model.filling}


def _as_kept(table: Table, data_id: int) -> Table:
    """A table as it is in a backup: only its items, without anything derived from them."""
    return replace(table, id=data_id, indexes=(), vector_indexes=(), time_to_live=None, log=None)
