"""What the caches know and do not know: the DAX developer guide's "DAX and DynamoDB consistency
models" and "How DAX processes requests", rule by rule, each beside its counter-case."""

from __future__ import annotations

import asyncio

import pytest

from jedlik.dax.attribute_lists import AttributeLists
from jedlik.dax.cache import TimesToLive
from jedlik.dax.errors import DaxError
from jedlik.dax.wire import cbor, methods
from tests.control_plane import ControlPlane
from tests.unit.dax.caching import OWNER, TABLE, Caching, thing, wire_key


def test_a_read_is_cached_and_a_write_beside_it_unseen_until_its_time_ends(
    caching: Caching, plane: ControlPlane
) -> None:
    async def read() -> None:
        await caching.behind("PutItem", Item=thing("a", v="1"))
        assert await caching.get("a") == thing("a", v="1")
        await caching.behind("PutItem", Item=thing("a", v="2"))
        assert await caching.get("a") == thing("a", v="1")
        plane.clock.advance(299)
        assert await caching.get("a") == thing("a", v="1")
        assert caching.calls == ["GetItem"]
        plane.clock.advance(1)
        assert await caching.get("a") == thing("a", v="2")
        assert caching.calls == ["GetItem"]

    plane.run(read())
    counters = caching.cluster.memory.counters
    assert (counters.item_hits, counters.item_misses) == (2, 2)


def test_what_is_not_there_is_cached_too(caching: Caching, plane: ControlPlane) -> None:
    async def read() -> None:
        assert await caching.get("a") is None
        await caching.behind("PutItem", Item=thing("a"))
        assert await caching.get("a") is None
        assert caching.calls == ["GetItem"]
        plane.clock.advance(300)
        assert await caching.get("a") == thing("a")

    plane.run(read())


def test_a_strongly_consistent_read_passes_through_and_leaves_nothing(
    caching: Caching, plane: ControlPlane
) -> None:
    async def read() -> None:
        await caching.behind("PutItem", Item=thing("a", v="1"))
        assert await caching.get("a", consistent=True) == thing("a", v="1")
        assert len(caching.cluster.memory) == 0
        await caching.get("a")
        await caching.behind("PutItem", Item=thing("a", v="2"))
        assert await caching.get("a", consistent=True) == thing("a", v="2")
        assert await caching.get("a") == thing("a", v="1")
        assert caching.calls == ["GetItem", "GetItem", "GetItem"]
        assert await caching.query("a", consistent=True) == ["as"]
        assert await caching.query("a", consistent=True) == ["as"]
        assert caching.calls == ["Query", "Query"]

    plane.run(read())


def test_writes_through_the_cluster_are_known_to_the_item_cache(
    caching: Caching, plane: ControlPlane
) -> None:
    async def write() -> None:
        await caching.put(thing("a", v="1"))
        assert await caching.get("a") == thing("a", v="1")
        await caching.update("a", "v", "2")
        assert await caching.get("a") == thing("a", v="2")
        await caching.delete("a")
        assert await caching.get("a") is None
        assert caching.calls == ["PutItem", "UpdateItem", "DeleteItem"]

    plane.run(write())


def test_a_table_is_one_whether_its_name_is_given_or_its_arn(
    caching: Caching, plane: ControlPlane
) -> None:
    arn = plane.database.arns.table_arn("tab")

    async def write() -> None:
        await caching.put(thing("a", v="1"))
        await caching.put(thing("a", v="2"), table=arn)
        assert await caching.get("a") == thing("a", v="2")
        assert await caching.get("a", table=arn) == thing("a", v="2")
        assert caching.calls == ["PutItem", "PutItem"]

    plane.run(write())


def test_a_write_does_not_change_the_query_cache(caching: Caching, plane: ControlPlane) -> None:
    async def write() -> None:
        await caching.put(thing("a", "1"))
        assert await caching.query("a") == ["a1"]
        await caching.put(thing("a", "2"))
        assert await caching.query("a") == ["a1"]
        assert caching.calls == ["PutItem", "Query", "PutItem"]
        plane.clock.advance(300)
        assert await caching.query("a") == ["a1", "a2"]

    plane.run(write())
    counters = caching.cluster.memory.counters
    assert (counters.query_hits, counters.query_misses) == (1, 2)


def test_a_query_does_not_warm_the_item_cache(caching: Caching, plane: ControlPlane) -> None:
    async def read() -> None:
        await caching.behind("PutItem", Item=thing("a"))
        await caching.query("a")
        await caching.get("a")
        assert caching.calls == ["Query", "GetItem"]

    plane.run(read())


def test_pages_are_not_cached_where_their_time_is_zero(plane: ControlPlane) -> None:
    caching = Caching(plane, TimesToLive(0.0, 0.0))

    async def read() -> None:
        await caching.query("a")
        await caching.query("a")
        assert caching.calls == ["Query", "Query"]
        await caching.get("a")
        plane.clock.advance(1e6)
        await caching.get("a")
        assert caching.calls == ["GetItem"]

    plane.run(read())


@pytest.mark.parametrize(
    ("returned", "cached"), [(None, True), (1, True), (4, True), (2, False), (3, False), (5, False)]
)
def test_an_update_leaves_the_item_or_nothing(
    caching: Caching, plane: ControlPlane, returned: int | None, cached: bool
) -> None:
    """The whole item is asked for where the client wants nothing else."""

    async def write() -> None:
        await caching.put(thing("a", v="1", w="w"))
        answer = await caching.update("a", "v", "2", returned)
        assert (answer is None) == (returned in (None, 1))
        assert caching.calls == ["PutItem", "UpdateItem"]
        assert await caching.get("a") == thing("a", v="2", w="w")
        assert caching.calls == ([] if cached else ["GetItem"])

    plane.run(write())


def test_a_refused_write_changes_nothing_and_one_with_no_outcome_forgets(
    caching: Caching, plane: ControlPlane
) -> None:
    async def write() -> None:
        await caching.put(thing("a", v="1"))
        caching.backend.failure = DaxError("ValidationException", "no", 400)
        with pytest.raises(DaxError):
            await caching.put(thing("a", v="2"))
        await caching.get("a")
        assert caching.calls == ["PutItem", "PutItem"]
        caching.backend.failure = DaxError("InternalServerError", "who knows", 500)
        with pytest.raises(DaxError):
            await caching.put(thing("a", v="3"))
        assert await caching.get("a") == thing("a", v="3")
        assert caching.calls == ["PutItem", "GetItem"]

    plane.run(write())


def test_a_read_that_a_write_overtakes_is_not_kept(caching: Caching, plane: ControlPlane) -> None:
    async def race() -> None:
        await caching.behind("PutItem", Item=thing("a", v="old"))
        release = caching.backend.hold = asyncio.Event()
        reading = asyncio.ensure_future(caching.get("a"))
        await caching.backend.held.wait()
        await caching.put(thing("a", v="new"))
        release.set()
        assert await reading == thing("a", v="old")
        assert await caching.get("a") == thing("a", v="new")

    plane.run(race())


def test_a_projection_is_cut_from_a_cached_item_and_never_cached(
    caching: Caching, plane: ControlPlane
) -> None:
    path = cbor.array([cbor.integer(18), cbor.text("v")])
    projection = cbor.byte_string(cbor.array([cbor.integer(1), cbor.array([path])]))
    options = cbor.mapping([(cbor.integer(0), projection)])

    async def read() -> None:
        await caching.behind("PutItem", Item=thing("a", v="1", w="2"))
        arguments = (TABLE, wire_key(thing("a")), options)
        assert await caching.ask(methods.GET_ITEM, *arguments) == {0: {0: "1"}}
        assert await caching.get("a") == thing("a", v="1", w="2")
        assert caching.calls == ["GetItem", "GetItem"]
        assert await caching.ask(methods.GET_ITEM, *arguments) == {0: {0: "1"}}
        assert caching.calls == []

    plane.run(read())


# --- Transactions -------------------------------------------------------------------------------


def test_what_a_transaction_wrote_is_read_again_in_the_background(
    caching: Caching, plane: ControlPlane
) -> None:
    def column(*values: bytes) -> bytes:
        return cbor.array(list(values))

    async def write() -> None:
        await caching.put(thing("a", v="old"))
        await caching.ask(
            methods.TRANSACT_WRITE_ITEMS,
            column(cbor.integer(2), cbor.integer(7)),
            column(TABLE, TABLE),
            column(wire_key(thing("a")), wire_key(thing("b"))),
            column(cbor.byte_string(b"\x01"), cbor.NULL),
            cbor.NULL, cbor.NULL, cbor.NULL, cbor.NULL, cbor.NULL,
        )  # fmt: skip
        await asyncio.gather(*caching.cluster._refills)
        assert caching.calls == ["PutItem", "TransactWriteItems", "TransactGetItems"]
        assert (await caching.get("a"), await caching.get("b")) == (thing("a"), None)
        assert caching.calls == []

    plane.run(write())


def test_a_transactional_read_passes_through(caching: Caching, plane: ControlPlane) -> None:
    async def read() -> None:
        await caching.put(thing("a"))
        arguments = (cbor.array([TABLE]), cbor.array([wire_key(thing("a"))]), cbor.NULL, cbor.NULL)
        items, _ = await caching.ask(methods.TRANSACT_GET_ITEMS, *arguments)
        assert items == [b"\x01"]
        await caching.ask(methods.TRANSACT_GET_ITEMS, *arguments)
        assert caching.calls == ["PutItem", "TransactGetItems", "TransactGetItems"]
        assert len(caching.cluster.memory) == 1

    plane.run(read())


# --- Memory, reboot, schemas ----------------------------------------------------------------------


def test_memory_is_bounded(plane: ControlPlane) -> None:
    caching = Caching(plane, memory=20_000)

    async def write() -> None:
        for number in range(100):
            await caching.put(thing(str(number), v="x" * 100))
            assert caching.cluster.memory.used <= 20_000
        await caching.get("99")
        assert "GetItem" not in caching.calls
        await caching.get("0")
        assert caching.calls == ["GetItem"]

    plane.run(write())
    assert caching.cluster.memory.counters.evicted_bytes > 0


def test_a_reboot_empties_the_caches(caching: Caching, plane: ControlPlane) -> None:
    async def read() -> None:
        await caching.put(thing("a"))
        caching.cluster.reboot()
        await caching.get("a")
        assert caching.calls == ["PutItem", "GetItem"]

    plane.run(read())


def test_attribute_lists_survive_a_restart(caching: Caching, plane: ControlPlane) -> None:
    async def numbers() -> list[int]:
        return [
            await caching.cluster._tables.list_id(names, OWNER)
            for names in [(), ("v",), ("v", "w"), ("v",), ("w", "v")]
        ]

    first = plane.run(numbers())
    assert first == [1, 2, 3, 2, 4]
    again = AttributeLists(plane.database)
    assert plane.run(again.names(3)) == ("v", "w")
    assert plane.run(again.id(("w", "v"), OWNER)) == 4
    assert plane.run(again.id(("x",), OWNER)) == 5
