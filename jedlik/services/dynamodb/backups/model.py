"""Backups, and the jobs that make and restore them, as they are stored. Plain data.

Names of members are the API's own (see BackupDetails in the API reference), in Python's spelling.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import orjson

from jedlik.services.dynamodb.tables.model import Table, table_from_json

CREATING: Final = "CREATING"
AVAILABLE: Final = "AVAILABLE"
DELETED: Final = "DELETED"
USER: Final = "USER"
SYSTEM: Final = "SYSTEM"

COPY: Final = "copy"
UNDO: Final = "undo"
BUILD: Final = "build"
FINISH: Final = "finish"


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup. `table` is the table's description as it was, `data_id` the id under which its
    items are stored, `master` the id of the key that encrypted the table, if that is shown.

    Times are in seconds since the epoch; `size` and `items` are from the table's counters.
    `restoring` is the table that is being made from it.
    """

    id: str
    name: str
    kind: str
    data_id: int
    created_at: float
    table: Table
    items: int
    size: int
    status: str = CREATING
    master: str | None = None
    expires_at: float | None = None
    restoring: str | None = None

    def encode(self) -> bytes:
        """As it is stored."""
        return orjson.dumps(self)


def decode_backup(stored: bytes) -> Backup:
    """A backup from its stored description."""
    data = orjson.loads(stored)
    return Backup(**{**data, "table": table_from_json(data["table"])})


@dataclass(frozen=True, slots=True)
class CopyJob:
    """A job that puts the items of the id `source` under `target` as they were at a moment.

    COPY goes through the items, UNDO through the changes of the log `log` after `since`
    (microseconds), the latest first; BUILD fills the indexes of a restored table and counts what
    there is. `shard` and `cursor` (hexadecimal) say how far the phase has come. `source_table` is
    the table whose log it is; `backup` is the key, in hexadecimal, of the backup that is made or
    restored; `target_table` is the table that is restored, None of a backup. `following` is the id
    of the export that then writes what was copied; `imported` is the key, in hexadecimal, of the
    import whose items were put and now get their indexes.
    """

    id: str
    source: int
    target: int
    source_table: str | None = None
    log: int | None = None
    since: int = 0
    backup: str | None = None
    target_table: str | None = None
    following: str | None = None
    imported: str | None = None
    phase: str = COPY
    shard: int = 0
    cursor: str = ""

    def encode(self) -> bytes:
        """As it is stored."""
        return orjson.dumps(self)

    @property
    def next_phase(self) -> str:
        """What follows the completed phase."""
        if self.phase == COPY and self.log is not None:
            return UNDO
        if self.phase in (COPY, UNDO) and self.target_table is not None:
            return BUILD
        return FINISH


def decode_job(stored: bytes) -> CopyJob:
    """A job from its stored form."""
    data: dict[str, Any] = orjson.loads(stored)
    return CopyJob(**data)
