"""Counters that continue after a rollback."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from jedlik.kernel.keyspaces import CATALOG_VERSION, LAST_ID
from jedlik.kernel.leases import Lease, LeaseLost, acquire
from jedlik.kernel.rollback import roll_back
from jedlik.storage.engine import Changes, Value
from jedlik.storage.memory import MemoryEngine, MemorySnapshot


class Put:
    def __init__(self, key: bytes, value: Value, lease: Lease | None = None) -> None:
        self._changes = {key: value}
        self._lease = lease
        self.keys = () if lease is None else (lease.key,)

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        if self._lease is not None:
            self._lease.check(values[0])
        return Changes(self._changes, None)


async def _scenario() -> None:
    engine = MemoryEngine()
    lease = await acquire(engine, "purge", "me", 100.0, 15.0)
    assert lease is not None
    await engine.write(Put(b"\xf0item", b"there"))
    snapshot = engine.snapshot()
    await engine.write(Put(LAST_ID, b"\x07"))
    await roll_back(engine, snapshot)
    with pytest.raises(LeaseLost):  # a step of background work that was going on
        await engine.write(Put(b"\xf0item", None, lease))
    assert await engine.read([b"\xf0item", LAST_ID]) == [b"there", b"\x07"]
    for back in (snapshot, MemorySnapshot({}, [])):
        before = await engine.read([CATALOG_VERSION])
        await roll_back(engine, back)
        assert await engine.read([CATALOG_VERSION]) != before
        again = await acquire(engine, "purge", "me", 101.0, 15.0)
        assert again is not None
        assert again.fence > lease.fence
        lease = again
    await engine.close()


def test_steps_ids_and_versions_of_before_mean_nothing_afterwards() -> None:
    asyncio.run(_scenario())
