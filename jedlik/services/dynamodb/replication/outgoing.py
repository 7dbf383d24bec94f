"""What to send next: the present items of the next rows of a log.

A row says that an item was changed. If the item has changed again since, there is another row later
in the log. The present item is sent, once, and the later row is skipped when its turn comes
(`ahead` remembers what was sent ahead of its row, but may forget). If another region's change has
won since, nothing is sent, since that region sends it.

Memory is bounded by the page: its rows, and the items read for them, a few dozen at a time.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, MutableMapping, Sequence
from operator import attrgetter
from typing import Final, NamedTuple

from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.recording.replication_log import (
    LOG_SHARDS,
    LogRow,
    OpenReplication,
    Position,
    log_row,
)
from jedlik.services.dynamodb.recording.versions import ItemVersion, Version, decode_version
from jedlik.services.dynamodb.regions.messages import Change
from jedlik.services.dynamodb.replication.progress import ITEMS, TOMBSTONES, Fill
from jedlik.storage.engine import Reads, Value
from jedlik.values.keybytes import successor

ROWS_A_SHARD: Final = 256
BYTES_A_PAGE: Final = 512 * 1024
ITEMS_A_READ: Final = 32


class LogPage(NamedTuple):
    """The next part of a log: its rows, their changes, and where it ends. `more`: there is more to
    send now; `waiting` are rows that are too young."""

    rows: list[LogRow]
    changes: list[Change]
    upto: Position
    ahead: dict[bytes, int]
    more: bool
    waiting: bool


async def read_log(
    database: Database,
    table: OpenTable,
    log: OpenReplication,
    after: Position,
    until: float,
    ahead: MutableMapping[bytes, int],
) -> LogPage:
    """The next rows after `after`, of those written by `until` (seconds since the epoch).

    `ahead` has the numbers of changes that were sent ahead of their rows, by item; the page's own
    are those to be added once it has been taken.
    """
    shards = []
    more = waiting = False
    for shard in range(LOG_SHARDS):
        low, high = log.span(shard, after[shard])
        page = await database.store.range(low, high, limit=ROWS_A_SHARD)
        rows = [log_row(shard, row) for row in page.rows]
        ripe = next(
            (place for place, row in enumerate(rows) if row.written > until * 1000), len(rows)
        )
        waiting = waiting or ripe < len(rows)
        more = more or (page.more and ripe == len(rows))
        shards.append(rows[:ripe])
    merged = list(heapq.merge(*shards, key=attrgetter("written")))
    done: list[LogRow] = []
    changes: dict[bytes, Change] = {}
    size = 0
    sent: dict[bytes, int] = {}
    for start in range(0, len(merged), ITEMS_A_READ):
        rows = merged[start : start + ITEMS_A_READ]
        for change, number in await _changes(database, table, log, rows, sent, ahead):
            changes[change.item] = change
            sent[change.item] = number
            size += len(change.stored or b"")
        done += rows
        if size >= BYTES_A_PAGE:
            break
    upto = list(after)
    for row in done:
        upto[row.shard] = row.number
    more = more or len(done) < len(merged)
    return LogPage(done, list(changes.values()), tuple(upto), sent, more, waiting)


async def _changes(
    database: Database,
    table: OpenTable,
    log: OpenReplication,
    rows: Sequence[LogRow],
    page: Mapping[bytes, int],
    ahead: Mapping[bytes, int],
) -> list[tuple[Change, int]]:
    """The items of rows, each once, with the numbers of their last changes; without those that were
    already sent ahead of their row, with this page or an earlier one."""
    due = {
        item: None
        for _, number, _, item in rows
        if page.get(item, 0) < number and ahead.get(item, 0) < number
    }
    found = await _read(database.engine, table, log, [*due])
    # A version that came from another region has the number 0, and is for that region to send.
    return [(change, version.number) for change, version in found if version and version.number]


async def _read(
    engine: Reads, table: OpenTable, log: OpenReplication, items: Sequence[bytes]
) -> list[tuple[Change, ItemVersion | None]]:
    """Items as they are, by their keys after the table's prefix, with their versions; an item that
    has none is given the earliest there is. Those that are not there are left out."""
    keys = [table.prefix + item for item in items]
    values = await engine.read([*keys, *map(log.version_key, keys)])
    changes = []
    for item, stored, record in zip(items, values[: len(items)], values[len(items) :], strict=True):
        version = decode_version(record)
        if _is_there(stored, version):
            stated = Version(0, "") if version is None else version.version
            changes.append((Change(item, stated, stored), version))
    return changes


def _is_there(stored: Value, version: ItemVersion | None) -> bool:
    """Whether there is an item, or a deletion that is remembered. What is between the two is being
    purged."""
    if version is None:
        return stored is not None
    return version.deleted == (stored is None)


class TablePage(NamedTuple):
    """A part of a table as a whole, and where it goes on; None at its end."""

    changes: list[Change]
    following: Fill | None


async def read_table(
    database: Database, table: OpenTable, log: OpenReplication, fill: Fill
) -> TablePage:
    """The next items of a table, or the next deletions that are remembered."""
    prefix = table.prefix if fill.phase == ITEMS else log.tombstones
    at = len(prefix) if fill.phase == ITEMS else len(log.tombstone_key(0, b""))
    low = prefix + fill.after + b"\x00" if fill.after else prefix
    page = await database.store.range(
        low, successor(prefix), limit=ROWS_A_SHARD, max_bytes=BYTES_A_PAGE
    )
    items = [key[at:] for key, _ in page.rows]
    # Read once more, with their versions: the two must be from one snapshot.
    changes = [change for change, _ in await _read(database.engine, table, log, items)]
    if page.more:
        return TablePage(changes, Fill(fill.phase, page.rows[-1][0][len(prefix) :]))
    return TablePage(changes, Fill(TOMBSTONES) if fill.phase == ITEMS else None)
