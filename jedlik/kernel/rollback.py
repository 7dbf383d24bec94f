"""Rolling a server back to a snapshot, while its caches and its clients live on.

What a process caches is kept with the version it was read at. So versions and the counter of ids go
on counting over a rollback: else a table made after it could have the version and the id of one
that was made before it, and what is cached of that one would be taken for it.

Work under a lease that is amid a step must not finish it on what is there afterwards. So every
lease ends, and its fence goes on counting too.
"""

from __future__ import annotations

from typing import Final

from jedlik.kernel.catalog_version import next_version
from jedlik.kernel.key_ring_changes import everything_changed
from jedlik.kernel.keyspaces import (
    CATALOG_VERSION,
    IDENTITIES_VERSION,
    KEY_RING_CHANGES,
    LAST_ID,
    LEASES,
)
from jedlik.kernel.leases import ended
from jedlik.kernel.realms import stored_realms
from jedlik.kernel.rows import all_rows
from jedlik.storage.engine import Reads, Value
from jedlik.storage.memory import MemoryEngine, MemorySnapshot
from jedlik.storage.prefixed import PrefixedReads

_VERSIONS: Final = (CATALOG_VERSION, IDENTITIES_VERSION)


async def roll_back(engine: MemoryEngine, snapshot: MemorySnapshot) -> None:
    """Make everything in the engine as it was at the snapshot."""
    kept = await _kept(engine)
    for realm in await stored_realms(engine):
        part = await _kept(PrefixedReads(engine, realm.prefix))
        kept.update((realm.prefix + key, value) for key, value in part.items())
    engine.restore(snapshot, kept)


async def _kept(store: Reads) -> dict[bytes, Value]:
    """What goes on counting in one realm's store, by its keys there."""
    *versions, last_id = await store.read((*_VERSIONS, LAST_ID))
    kept: dict[bytes, Value] = {
        key: next_version(version) for key, version in zip(_VERSIONS, versions, strict=True)
    }
    kept[KEY_RING_CHANGES] = everything_changed(next_version(versions[0]))
    kept.update((key, ended(record)) for key, record in await all_rows(store, LEASES))
    if last_id is not None:
        kept[LAST_ID] = last_id
    return kept
