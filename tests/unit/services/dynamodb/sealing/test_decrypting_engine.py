"""Above the decrypting engine all is as on an engine without it, whatever is sealed below."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.crypto.errors import CorruptCiphertext
from jedlik.crypto.root_key import RootKey
from jedlik.kernel.arns import Arns
from jedlik.kernel.keyspaces import (
    CATALOG_VERSION,
    COUNTERS,
    ITEMS,
    KEY_RING_CHANGES,
    KEY_RINGS,
    KEYS,
)
from jedlik.services.dynamodb.sealing.data_keys import wrapped_under
from jedlik.services.dynamodb.sealing.decrypting_engine import DecryptingEngine, DecryptingReads
from jedlik.services.dynamodb.sealing.key_ring import STORE, KeyRing
from jedlik.services.dynamodb.sealing.vault import Vault
from jedlik.storage.engine import Changes, Engine, Page, Value
from jedlik.storage.memory import MemoryEngine
from jedlik.values.keybytes import successor

ROOT = RootKey(bytes(32))
SEALED, PLAIN = 7, 8
"""Ids of a table with a key ring, and of one without."""


class Write:
    """Puts values, and returns what was there."""

    def __init__(self, values: dict[bytes, Value]) -> None:
        self.keys: Sequence[bytes] = tuple(values)
        self._values = values

    def decide(self, values: Sequence[Value]) -> Changes[list[Value]]:
        return Changes(self._values, list(values))


class Interrupted:
    """Reads of an engine; behind the read of that number something else happens."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.reads = 0
        self.at = 0
        self.happens: Callable[[], Awaitable[object]] | None = None

    async def read(self, keys: Sequence[bytes]) -> list[Value]:
        values = await self._engine.read(keys)
        await self._interrupt()
        return values

    async def range(self, low: bytes, high: bytes | None, **options: Any) -> Page:
        page = await self._engine.range(low, high, **options)
        await self._interrupt()
        return page

    async def _interrupt(self) -> None:
        self.reads += 1
        if self.happens is not None and self.reads == self.at:
            await self.happens()


def ring(table_id: int, number: int = 1) -> KeyRing:
    key = wrapped_under(ROOT, Arns().account, "t", number)
    return KeyRing(table_id, "t", (key,), number)


def rings_at(version: bytes, *rings: KeyRing) -> Write:
    """A write of key rings with the catalog's version."""
    values: dict[bytes, Value] = {
        KEY_RINGS + each.table_id.to_bytes(4, "big"): orjson.dumps(each) for each in rings
    }
    return Write({**values, CATALOG_VERSION: version, KEY_RING_CHANGES: version})


async def viewed(*rings: KeyRing) -> tuple[Engine, DecryptingEngine]:
    """An engine with these key rings, and the view on it."""
    engine = MemoryEngine()
    await engine.write(rings_at(b"\x01", *rings))
    ids = count()
    vault = Vault(engine, Arns(), lambda: str(next(ids)), ROOT)
    await vault.load()
    return engine, DecryptingEngine(engine, vault, lambda _version: None)


tables = st.sampled_from([SEALED, PLAIN]).map(lambda id_: id_.to_bytes(4, "big"))
keys = st.one_of(
    st.builds(lambda table, rest: ITEMS + table + rest, tables, st.binary(max_size=4)),
    st.builds(lambda rest: KEYS + rest, st.binary(min_size=16, max_size=16)),
    st.binary(max_size=3).map(lambda rest: COUNTERS + rest),
)
items = st.builds(
    lambda size, text: size.to_bytes(4, "big") + orjson.dumps({"a": {"S": text}}),
    st.integers(0, 400 * 1024),
    st.text(max_size=20),
)
writes = st.dictionaries(keys, st.one_of(st.none(), items), max_size=8)


@given(st.lists(writes, max_size=6), st.binary(max_size=2), st.booleans())
def test_the_view_is_no_other_engine(
    steps: list[dict[bytes, Value]], low: bytes, reverse: bool
) -> None:
    async def run() -> None:
        _, view = await viewed(ring(STORE), ring(SEALED))
        reference = MemoryEngine()
        for values in steps:
            assert await view.write(Write(values)) == await reference.write(Write(values))
        seen = sorted({key for values in steps for key in values})
        assert await view.read(seen) == await reference.read(seen)
        for start, end in ((COUNTERS + low, ITEMS), (COUNTERS, None), (ITEMS, successor(ITEMS))):
            options = {"reverse": reverse, "limit": 5, "also_read": seen}
            ours = await view.range(start, end, **options)
            theirs = await reference.range(start, end, reverse=reverse, limit=5, also_read=seen)
            assert ours == theirs

    asyncio.run(run())


@given(writes)
def test_what_is_below_is_sealed_where_it_should_be(values: dict[bytes, Value]) -> None:
    async def run() -> None:
        engine, view = await viewed(ring(STORE), ring(SEALED))
        await view.write(Write(values))
        for key, value in values.items():
            (stored,) = await engine.read([key])
            if value is None:
                assert stored is None
            elif key[:5] == ITEMS + SEALED.to_bytes(4, "big") or key[:2] == KEYS:
                assert stored is not None
                assert len(stored) == len(value) + 45
                assert value[4:] not in stored
            else:
                assert stored == value

    asyncio.run(run())


def test_a_ring_that_is_newer_is_read_when_a_value_asks_for_it() -> None:
    async def run() -> None:
        engine, view = await viewed(ring(SEALED))
        newer = ring(SEALED, 2)
        both = KeyRing(SEALED, "t", (*ring(SEALED).keys, *newer.keys), 2, changing=True)
        _, other = await viewed(both)
        key, value = ITEMS + SEALED.to_bytes(4, "big") + b"k", b"\0\0\0\1{}"
        sealed = other._vault.snapshot.sealed(key, value)
        await engine.write(Write({key: sealed}))
        with pytest.raises(CorruptCiphertext, match="no key ring"):
            await view.read([key])
        await engine.write(rings_at(b"\x02", both))
        assert await view.read([key]) == [value]

    asyncio.run(run())


def test_what_is_sealed_anew_while_it_is_read_is_read_again() -> None:
    async def run() -> None:
        engine, view = await viewed(ring(SEALED))
        key, value = ITEMS + SEALED.to_bytes(4, "big") + b"k", b"\0\0\0\1{}"
        await view.write(Write({key: value}))
        newer = ring(SEALED, 2)
        _, other = await viewed(newer)

        async def another_changes_the_key() -> None:
            sealed = other._vault.snapshot.sealed(key, value)
            await engine.write(Write({key: sealed}))
            await engine.write(rings_at(b"\x02", newer))
            await view._vault.load()  # for the sake of another request

        for read in ("read", "range"):
            interrupted = Interrupted(engine)
            interrupted.at, interrupted.happens = 1, another_changes_the_key
            reads = DecryptingReads(interrupted, view._vault, lambda _version: None)
            if read == "read":
                assert await reads.read([key]) == [value]
            else:
                assert (await reads.range(key, None)).rows == [(key, value)]
            await engine.write(rings_at(b"\x01", ring(SEALED)))
            await view._vault.load()

    asyncio.run(run())


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_what_an_earlier_look_finds_does_not_replace_what_a_later_one_found(at: int) -> None:
    async def run() -> None:
        engine, _ = await viewed(ring(SEALED))
        interrupted = Interrupted(engine)
        vault = Vault(interrupted, Arns(), str, ROOT)

        async def another_changes_the_key() -> None:
            await engine.write(rings_at(b"\x02", ring(SEALED, 2)))
            await vault.load()

        interrupted.at, interrupted.happens = at, another_changes_the_key
        snapshot = await vault.load()
        assert snapshot is vault.snapshot
        assert snapshot.version == b"\x02"
        assert snapshot.rings[SEALED].model.sealing == 2

    asyncio.run(run())


def test_a_ring_that_did_not_change_keeps_its_cipher() -> None:
    async def run() -> None:
        one, other = ring(SEALED), ring(PLAIN)
        engine, _ = await viewed(one, other)
        vault = Vault(engine, Arns(), str, ROOT)
        before = await vault.load()
        await engine.write(rings_at(b"\x02", one, ring(PLAIN, 2)))
        after = await vault.load()
        assert after.rings[SEALED] is before.rings[SEALED]
        assert after.rings[PLAIN].model.sealing == 2
        assert before.rings[PLAIN].model.sealing == 1

    asyncio.run(run())


def test_many_key_rings_take_few_reads() -> None:
    async def run() -> None:
        engine, _ = await viewed(*(ring(each) for each in range(1, 1001)))
        interrupted = Interrupted(engine)
        snapshot = await Vault(interrupted, Arns(), str, ROOT).load()
        assert len(snapshot.rings) == 1000
        assert interrupted.reads == 6

    asyncio.run(run())
