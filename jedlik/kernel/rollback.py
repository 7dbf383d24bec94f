"""Rolls a server back to a snapshot, while its caches and clients stay.

Processes cache values together with the version at which they were read. So versions and the
counter of ids are not rolled back: otherwise a later table could have the version and id of one
that was rolled back, and cached values of that one would be used for it.

A step of work under a lease must not be completed on the rolled back data. So every lease ends, and
fences are not rolled back either.
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
    """Restore everything in the engine to the snapshot."""
    kept = await _kept(engine)
    for realm in await stored_realms(engine):
        part = await _kept(PrefixedReads(engine, realm.prefix))
        kept.update((realm.prefix + key, value) for key, value in part.items())
    engine.restore(snapshot, kept)


async def _kept(store: Reads) -> dict[bytes, Value]:
    """The values of one realm's store that are not rolled back, by their keys."""
    *versions, last_id = await store.read((*_VERSIONS, LAST_ID))
    kept: dict[bytes, Value] = {
        key: next_version(version) for key, version in zip(_VERSIONS, versions, strict=True)
    }
    kept[KEY_RING_CHANGES] = everything_changed(next_version(versions[0]))
    kept.update((key, ended(record)) for key, record in await all_rows(store, LEASES))
    if last_id is not None:
        kept[LAST_ID] = last_id
    return kept
