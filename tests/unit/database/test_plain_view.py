"""Above the plain view everything is as on an engine without it, whatever is sealed below."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import count

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.database.data_keys import wrapped_under
from jedlik.database.keyspaces import CATALOG_VERSION, COUNTERS, ITEMS, KEY_RINGS, KEYS
from jedlik.database.names import Names
from jedlik.database.plain_view import PlainView
from jedlik.database.vault import Vault
from jedlik.kms.root_key import RootKey
from jedlik.kms.unopened import ValueBroken
from jedlik.model.key_ring import STORE, KeyRing
from jedlik.storage.engine import Changes, Engine, Value
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


def ring(table_id: int, number: int = 1) -> KeyRing:
    key = wrapped_under(ROOT, Names().account, "t", number)
    return KeyRing(table_id, "t", (key,), number)


async def viewed(*rings: KeyRing) -> tuple[Engine, PlainView]:
    """An engine with these key rings, and the view on it."""
    engine = MemoryEngine()
    values: dict[bytes, Value] = {
        KEY_RINGS + each.table_id.to_bytes(4, "big"): orjson.dumps(each) for each in rings
    }
    await engine.write(Write({**values, CATALOG_VERSION: b"\x01"}))
    ids = count()
    vault = Vault(engine, Names(), lambda: str(next(ids)), ROOT)
    await vault.load()
    return engine, PlainView(engine, vault)


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
            options = {"reverse": reverse, "limit": 5, "beside": seen}
            ours = await view.range(start, end, **options)
            theirs = await reference.range(start, end, reverse=reverse, limit=5, beside=seen)
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
        sealed = other._vault.sealed(key, value)
        await engine.write(Write({key: sealed}))
        with pytest.raises(ValueBroken, match="no key ring"):
            await view.read([key])
        ring_key = KEY_RINGS + SEALED.to_bytes(4, "big")
        await engine.write(Write({ring_key: orjson.dumps(both), CATALOG_VERSION: b"\x02"}))
        assert await view.read([key]) == [value]

    asyncio.run(run())
