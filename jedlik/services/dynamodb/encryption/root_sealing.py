"""A store with values sealed under the root key, on an engine that does not encrypt.

An embedded engine encrypts every page that it writes. A shared database may store plain files, so
the nodes seal the values: every table without its own key gets a data key wrapped by the root key,
as do the secrets outside of tables. All nodes learn this from the ring of the store; older values
are sealed in the background.

Keys stay readable, as do the catalog, counters and times, because the engine needs them for ranges.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from jedlik.base.ids import RandomIds
from jedlik.kernel.arns import Arns
from jedlik.kernel.catalog_version import next_version
from jedlik.kernel.key_ring_changes import everything_changed
from jedlik.kernel.keyspaces import CATALOG_VERSION, KEY_RING_CHANGES, key_ring_key
from jedlik.kernel.leases import Lease
from jedlik.kernel.realms import stored_realms
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.sealing.key_ring import STORE, KeyRing, encode
from jedlik.services.dynamodb.sealing.open_rings import KeyRingSnapshot
from jedlik.services.dynamodb.sealing.vault import Vault
from jedlik.storage.engine import Changes, Engine, Value
from jedlik.storage.failures import EngineUnusable

if TYPE_CHECKING:
    from jedlik.crypto.root_key import RootKey

NO_ROOT_KEY: Final = (
    "its values are sealed: give its root key (--root-key-file, --root-key-command or the variable "
    "JEDLIK_ROOT_KEY)"
)
OTHER_ROOT_KEY: Final = "its values are sealed under another root key than this one"


def check_root_key(snapshot: KeyRingSnapshot, root: RootKey | None) -> None:
    """Raise EngineUnusable if a store is sealed under a root key that is not this one."""
    ring = snapshot.rings.get(STORE)
    if ring is not None and ring.failure is not None:
        raise EngineUnusable(NO_ROOT_KEY if root is None else OTHER_ROOT_KEY)


async def seal_store(database: Database) -> None:
    """Seal the values of a store under the root key from now on, unless they already are.

    Raises EngineUnusable if they are sealed under another one.
    """
    root = database.root_key
    assert root is not None
    from jedlik.services.dynamodb.sealing.data_keys import wrapped_under  # noqa: PLC0415

    key = wrapped_under(root, database.arns.account, "", 1)

    def decide(draft: CatalogDraft) -> None:
        if draft.also_read[0] is None:
            ring = KeyRing(STORE, "", (), None).changed_to(key)
            draft.values[key_ring_key(STORE)] = encode(ring)

    await database.catalog.change((), decide, also_read=(key_ring_key(STORE),))
    await database.catalog.refresh()
    check_root_key(await database.rings(), root)
    database.wake_workers()


async def seal_table(database: Database, lease: Lease, name: str) -> None:
    """Give a table that has no key ring a data key under the root key. Raises LeaseLost."""
    # It loads the key service, which most servers do not need.
    from jedlik.services.dynamodb.encryption.table_encryption import (  # noqa: PLC0415
        changed_ring,
        new_data_key,
        put,
    )

    key = await new_data_key(database, None, name)

    def decide(draft: CatalogDraft) -> None:
        lease.check(draft.also_read[0])
        table = draft.table(name)
        if key is not None and table is not None and not table.sealed:
            draft.put(put(draft, table, changed_ring(table, None, key)))

    await database.catalog.change((name,), decide, also_read=(lease.key,))


class NotSealed(Exception):
    """The values of the store are not sealed under any root key."""


async def rewrap_rings(engine: Engine, old: RootKey, new: RootKey) -> None:
    """Change the root key of a sealed store: wrap the data keys of all its realms again, in one
    commit.

    Raises NotSealed, and EngineUnusable if `old` is not its root key.
    """
    from jedlik.services.dynamodb.sealing.data_keys import rewrapped  # noqa: PLC0415
    from jedlik.storage.prefixed import PrefixedReads  # noqa: PLC0415

    changed: list[_Rings] = []
    for prefix in (b"", *(realm.prefix for realm in await stored_realms(engine))):
        vault = Vault(PrefixedReads(engine, prefix), Arns(), RandomIds().uuid, old)
        snapshot = await vault.load()
        if STORE not in snapshot.rings and not prefix:
            raise NotSealed
        check_root_key(snapshot, old)
        rings = [rewrapped(ring.model, old, new) for ring in snapshot.rings.values()]
        changed.append(_Rings(prefix, snapshot.version, rings))
    await engine.write(_PutRings(changed))


class _Rings(NamedTuple):
    """The key rings of a realm, at a version of its catalog."""

    prefix: bytes
    version: Value
    rings: Sequence[KeyRing]


class _PutRings:
    """Write task: put all key rings, unless one has changed."""

    def __init__(self, realms: Sequence[_Rings]) -> None:
        self._realms = realms
        self.keys = [realm.prefix + CATALOG_VERSION for realm in realms]

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        changes: dict[bytes, Value] = {}
        for realm, key, version in zip(self._realms, self.keys, values, strict=True):
            if version != realm.version:
                raise EngineUnusable("its tables changed meanwhile: stop all servers and try again")
            later = changes[key] = next_version(version)
            changes[realm.prefix + KEY_RING_CHANGES] = everything_changed(later)
            for ring in realm.rings:
                changes[realm.prefix + key_ring_key(ring.table_id)] = encode(ring)
        return Changes(changes, None)
