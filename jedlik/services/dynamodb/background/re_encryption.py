"""Re-encrypting tables whose key was changed, and dropping the key rings of tables that are gone.

Once a change of the key is in the catalog, every write seals with the new data key, since every
write checks the catalog's version. Older values are sealed again here: page by page, in the order
of the keys, first the items and entries of the table, then the records of its streams and of its
change log. A page's commit reads the values under lock and seals those that need it, so that a
write in between is neither lost nor undone; the progress is noted in the same commit. After the
last page, the old data keys are removed from the ring, so their master keys are no longer needed.

Under a root key, tables that are plain get their key rings here too (see
`encryption.root_sealing`).

A table whose present or former key may not be used waits until it may.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from jedlik.base.turns import Turns
from jedlik.kernel.backup_keys import (
    hold_key,
    table_changes_prefix,
    table_reports_prefix,
)
from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.kernel.keyspaces import (
    CATALOG_VERSION,
    SECRETS,
    key_ring_key,
    re_encryption_key,
    stream_records_prefix,
    table_prefix,
)
from jedlik.kernel.leases import Lease
from jedlik.kernel.page_steps import PageSize, Span, page_step
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.encryption.root_sealing import seal_table
from jedlik.services.dynamodb.loops.loop import LeasedLoop
from jedlik.services.dynamodb.sealing.key_ring import STORE, KeyRing, decode, encode
from jedlik.services.dynamodb.sealing.open_rings import KeyRingSnapshot, OpenRing, is_as_new
from jedlik.storage.engine import Row, Value
from jedlik.values.keybytes import successor

PAGE: Final = PageSize(rows=64, bytes=64 * 1024)


class ReEncryption(LeasedLoop):
    """Re-encryption of all tables of one database."""

    lease_name = "encryption"

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._seen: Value = b"none yet"

    async def _round(self) -> bool:
        database = self._database
        await database.catalog.refresh()
        snapshot = await database.rings()
        if snapshot.changed == self._seen:
            return False
        due = [ring for ring in snapshot.rings.values() if ring.model.changing and not ring.failure]
        unused = await _unused(database, snapshot)
        plain = [] if snapshot.root is None else await _plain_tables(database)
        if not (due or unused or plain):
            self._seen = snapshot.changed
            return False
        if not await self._hold():
            return False
        with contextlib.suppress(CatalogChanged):
            if unused:
                await self._step(_drop, _Unused(snapshot.version, unused))
            for ring in due:
                await self._steps(_re_encrypt_step, ring.model.table_id)
            for name in plain:
                await self._step(seal_table, name)
        return not self._stopping.is_set()


async def _plain_tables(database: Database) -> list[str]:
    """Names of tables without a key ring."""
    tables = await database.catalog.where(lambda stored: b'"sealed":true' not in stored)
    return [table.name for table in tables if not table.sealed]


async def _unused(database: Database, snapshot: KeyRingSnapshot) -> list[int]:
    """Ids of tables that are gone, as are the records of all their streams, and that no backup or
    restore needs."""
    unused = []
    turns = Turns()
    for table_id, ring in snapshot.rings.items():
        if turns.over:
            await turns.give_way()
        if not ring.streams and table_id != STORE:
            table = await database.catalog.current(ring.model.table_name)
            held = await database.store.read((hold_key(table_id),)) != [None]
            if not held and (table is None or table.id != table_id):
                unused.append(table_id)
    return unused


class _Unused(NamedTuple):
    """Ids of tables whose key rings nothing needed at a version of the catalog."""

    version: Value
    table_ids: list[int]


async def _drop(database: Database, lease: Lease, unused: _Unused) -> None:
    """Remove key rings, unless the catalog has moved since: a table may have got a stream before
    it was deleted. Raises LeaseLost."""

    def decide(draft: CatalogDraft) -> None:
        record, now = draft.also_read
        lease.check(record)
        if now != unused.version:
            return
        for table_id in unused.table_ids:
            draft.values[key_ring_key(table_id)] = None
            draft.values[re_encryption_key(table_id)] = None

    await database.catalog.change((), decide, also_read=(lease.key, CATALOG_VERSION))


async def _re_encrypt_step(database: Database, lease: Lease, table_id: int) -> bool:
    """Re-encrypt the next values; False once there is nothing left to do.

    Raises LeaseLost, and CatalogChanged if there is another key ring in the meantime.
    """
    snapshot = await database.rings()
    ring = snapshot.rings.get(table_id)
    if ring is None or not ring.model.changing or ring.failure is not None:
        return False
    if await page_step(database.store, lease, _Values(snapshot, ring), PAGE):
        return True
    await _complete(database, lease, ring.model)
    return False


class _Values:
    """The values that are sealed under a key ring (see PageWork)."""

    def __init__(self, snapshot: KeyRingSnapshot, ring: OpenRing) -> None:
        self._snapshot = snapshot
        self._ring = ring.model
        self.spans = _spans(ring)
        self.expects = {CATALOG_VERSION: snapshot.version}
        self.cursor_key = re_encryption_key(ring.model.table_id)

    def page(self, rows: Sequence[Row]) -> _ReEncrypt:
        """See PageWork."""
        return _ReEncrypt(self._snapshot, self._ring, rows)


def _spans(ring: OpenRing) -> list[Span]:
    """Where its values are, in the order of keys."""
    if ring.model.table_id == STORE:
        prefixes = sorted(SECRETS)
    else:
        prefixes = [table_prefix(ring.model.table_id)]
        prefixes += [stream_records_prefix(stream) for stream in sorted(ring.streams)]
        prefixes.append(table_changes_prefix(ring.model.table_id))
        prefixes.append(table_reports_prefix(ring.model.table_id))
    return [(prefix, successor(prefix)) for prefix in prefixes]


class _ReEncrypt:
    """The values of a page that are not sealed with the new data key yet (see PageChange)."""

    def __init__(self, snapshot: KeyRingSnapshot, ring: KeyRing, rows: Sequence[Row]) -> None:
        self._snapshot = snapshot
        self._ring = ring
        self.keys = [key for key, value in rows if not is_as_new(key, value, ring)]

    def changes(self, values: Sequence[Value]) -> dict[bytes, Value]:
        """See PageChange."""
        snapshot = self._snapshot
        return {
            key: snapshot.sealed(key, snapshot.opened(key, value))
            for key, value in zip(self.keys, values, strict=True)
            if value is not None and not is_as_new(key, value, self._ring)
        }


async def _complete(database: Database, lease: Lease, ring: KeyRing) -> None:
    """Drop the data keys that nothing is sealed with any more, or the ring. Raises LeaseLost."""
    ring_key = key_ring_key(ring.table_id)

    def decide(draft: CatalogDraft) -> None:
        record, stored = draft.also_read
        lease.check(record)
        if decode(stored) != ring:
            return
        settled = ring.settled()
        draft.values[ring_key] = None if settled is None else encode(settled)
        draft.values[re_encryption_key(ring.table_id)] = None
        table = draft.table(ring.table_name)
        if settled is None and table is not None and table.id == ring.table_id:
            draft.put(replace(table, sealed=False))

    await database.catalog.change((ring.table_name,), decide, also_read=(lease.key, ring_key))
