"""Batches through a cluster."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from jedlik.base.turns import Turns
from jedlik.dax import batches
from jedlik.dax.errors import DaxError
from jedlik.dax.wire import cbor, methods
from tests.control_plane import ControlPlane
from tests.unit.dax.caching import OWNER, TABLE, Caching, thing, wire_key


def batch(*keys: str, consistent: bool = False) -> tuple[bytes, bytes]:
    wires = cbor.array([wire_key(thing(key)) for key in keys])
    part = cbor.array([cbor.boolean(consistent), cbor.NULL, wires])
    return cbor.mapping([(cbor.text("tab"), part)]), cbor.NULL


def test_a_batch_reads_what_is_missing(caching: Caching, plane: ControlPlane) -> None:
    async def read() -> None:
        await caching.put(thing("a"))
        await caching.behind("PutItem", Item=thing("b"))
        (found, unread), _ = await caching.ask(methods.BATCH_GET_ITEM, *batch("a", "b", "c"))
        assert len(found["tab"]) == 4
        assert unread == {}
        asked = caching.backend.payloads[-1]["RequestItems"]["tab"]["Keys"]
        assert asked == [thing("b"), thing("c")]
        await caching.ask(methods.BATCH_GET_ITEM, *batch("a", "b", "c"))
        await caching.get("c")
        assert caching.calls == ["PutItem", "BatchGetItem"]
        await caching.ask(methods.BATCH_GET_ITEM, *batch("a", consistent=True))
        assert caching.calls == ["BatchGetItem"]

    plane.run(read())


def test_a_batch_of_projections_without_keys_is_read_and_not_cached(
    caching: Caching, plane: ControlPlane
) -> None:
    async def read() -> None:
        await caching.behind("PutItem", Item=thing("a", v="1"))
        path = cbor.array([cbor.integer(18), cbor.text("v")])
        projection = cbor.byte_string(cbor.array([cbor.integer(1), cbor.array([path])]))
        part = cbor.array([cbor.FALSE, projection, cbor.array([wire_key(thing("a"))])])
        asked = cbor.mapping([(cbor.text("tab"), part)]), cbor.NULL
        for _ in range(2):
            (found, unread), _ = await caching.ask(methods.BATCH_GET_ITEM, *asked)
            assert (found, unread) == ({"tab": [{0: "1"}]}, {})
            assert caching.calls[-1:] == ["BatchGetItem"]

    plane.run(read())


def test_a_batch_that_the_service_refuses_is_refused_whatever_is_cached(
    caching: Caching, plane: ControlPlane
) -> None:
    async def read() -> None:
        await caching.put(thing("a"))
        for keys in (("a", "a"), (), tuple(map(str, range(101)))):
            with pytest.raises(DaxError, match=r"duplicates|length|failed|Too many"):
                await caching.ask(methods.BATCH_GET_ITEM, *batch(*keys))

    plane.run(read())


def test_a_batch_of_writes_is_known_to_the_item_cache(
    caching: Caching, plane: ControlPlane
) -> None:
    async def write() -> None:
        await caching.put(thing("a"))
        pairs = [wire_key(thing("a")), cbor.NULL, wire_key(thing("b")), cbor.byte_string(b"\x01")]
        tables = cbor.mapping([(cbor.text("tab"), cbor.array(pairs))])
        await caching.ask(methods.BATCH_WRITE_ITEM, tables, cbor.NULL)
        assert (await caching.get("a"), await caching.get("b")) == (None, thing("b"))
        assert caching.calls == ["PutItem", "BatchWriteItem"]

    plane.run(write())


def test_others_have_their_turn_after_each_written_item_that_is_cached(
    caching: Caching, plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An item may have a hundred thousand values, and a batch 25 of them."""
    monkeypatch.setattr(Turns, "over", True)  # as if each item took long
    turns = 0
    write = caching.backend.call

    async def written(*call: Any) -> dict[str, Any]:
        nonlocal turns
        result = await write(*call)
        turns = 0  # what follows is the cluster's own
        return result

    async def write_batch() -> None:
        nonlocal turns
        item = cbor.byte_string(
            cbor.integer(await caching.cluster._tables.list_id(("v",), OWNER)) + b"\x9f\xf6\xff"
        )
        pairs = [part for at in range(10) for part in (wire_key(thing(f"{at}")), item)]
        tables = cbor.mapping([(TABLE, cbor.array(pairs))])
        monkeypatch.setattr(caching.backend, "call", written)
        batch = asyncio.ensure_future(caching.ask(methods.BATCH_WRITE_ITEM, tables, cbor.NULL))
        while not batch.done():
            turns += 1
            await asyncio.sleep(0)

    plane.run(write_batch())
    assert turns >= 10


@pytest.mark.parametrize("refusals", [3, 8])
def test_unprocessed_items_are_written_again_a_few_times(
    caching: Caching, plane: ControlPlane, monkeypatch: pytest.MonkeyPatch, refusals: int
) -> None:
    """Clients of this protocol cannot read unprocessed items."""
    monkeypatch.setattr(batches, "_FIRST_PAUSE", 0.0)
    pairs = [part for name in "ab" for part in (wire_key(thing(name)), cbor.NULL)]
    tables = cbor.mapping([(TABLE, cbor.array(pairs))])
    asked: list[int] = []

    async def call(_name: str, payload: Any, *_hold: Any) -> dict[str, Any]:
        requests = payload["RequestItems"]["tab"]
        asked.append(len(requests))
        left = {"tab": requests[:1]} if len(asked) <= refusals else {}
        return {"UnprocessedItems": left}

    async def write() -> None:
        await caching.get("a")  # the table is known from then on
        monkeypatch.setattr(caching.backend, "call", call)
        await caching.ask(methods.BATCH_WRITE_ITEM, tables, cbor.NULL)

    if refusals < 8:
        plane.run(write())
        assert asked == [2, 1, 1, 1]
    else:
        with pytest.raises(DaxError, match="could not be written"):
            plane.run(write())
        assert asked == [2] + 7 * [1]
