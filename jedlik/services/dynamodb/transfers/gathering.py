"""Which items changed in the window of an incremental export, and what they were before it.

The log is read in the order of its times. Each item in it gets a row under the export's data id,
next to the copied items, with the item before the first change in the window and the time of the
last one:

    offset 0  5 bytes  00: distinguishes it from a sealed value (see sealing.open_rings)
           5  8 bytes  the time of the last change, microseconds, big-endian
          13           the item before the first change: stored bytes; nothing if there was none
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from jedlik.kernel.backup_keys import changes_prefix
from jedlik.kernel.keyspaces import INDEX_PREFIX_SIZE, index_prefix
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.recording.change_records import LOG_SHARDS, PLACE, parsed, place_of
from jedlik.services.dynamodb.tables.model import TABLE_INDEX_ID
from jedlik.services.dynamodb.transfers.data_files import Change
from jedlik.services.dynamodb.transfers.model import Export
from jedlik.storage.engine import Row, Value

ROWS_A_STEP: Final = 256
BYTES_A_STEP: Final = 512 * 1024
GATHERED: Final = 1
"""The index id, under the export's data id, of the rows."""
_HEAD: Final = struct.Struct(">5xQ")
_MICROSECONDS: Final = 1_000_000


class Gathered(NamedTuple):
    """A page of the log: rows to put, and where to continue (None: it was the last)."""

    puts: dict[bytes, Value]
    cursor: str | None


async def gather(database: Database, export: Export, cursor: str) -> Gathered:
    """The next page; `cursor` is empty at first. Putting a page twice changes nothing."""
    shard, _, last = cursor.partition(":") if cursor else ("0", "", "")
    prefix = changes_prefix(export.table_id, export.log) + bytes((int(shard),))
    begin = prefix + PLACE.pack(round((export.from_moment or 0.0) * _MICROSECONDS), 0)
    page = await database.engine.range(
        bytes.fromhex(last) + b"\x00" if last else begin,
        prefix + PLACE.pack(round(export.moment * _MICROSECONDS), 0),
        limit=ROWS_A_STEP,
        max_bytes=BYTES_A_STEP,
    )
    target = index_prefix(export.data_id, GATHERED)
    changes = [(place_of(key)[0], *parsed(value)) for key, value in page.rows]
    keys = list({target + item_key: None for _, item_key, _ in changes})
    puts = dict(zip(keys, await database.engine.read(keys), strict=True))
    for time, item_key, old in changes:
        before = puts[target + item_key]
        first = old or b"" if before is None else before[_HEAD.size :]
        puts[target + item_key] = _HEAD.pack(time) + first
    if page.more:
        return Gathered(puts, f"{shard}:{page.rows[-1][0].hex()}")
    following = int(shard) + 1
    return Gathered(puts, f"{following}:" if following < LOG_SHARDS else None)


async def changes_of(database: Database, export: Export, rows: list[Row]) -> list[Change]:
    """The changes of the items of some rows; items created and deleted in the window are left
    out."""
    copies = index_prefix(export.data_id, TABLE_INDEX_ID)
    after = await database.engine.read([copies + key[INDEX_PREFIX_SIZE:] for key, _ in rows])
    changes = []
    for (_, value), new in zip(rows, after, strict=True):
        (time,) = _HEAD.unpack_from(value)
        old = value[_HEAD.size :] or None
        if old is not None or new is not None:
            changes.append(Change(time, old, new))
    return changes
