"""Page steps: every row once, whatever is written meanwhile and wherever the process is killed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.kernel.leases import Lease, LeaseLost, acquire
from jedlik.kernel.page_steps import DeleteRows, PageSize, Span, page_step
from jedlik.storage.blind_write import BlindWrite
from jedlik.storage.engine import Row, Value
from jedlik.storage.memory import MemoryEngine

SPANS = [(b"a", b"b"), (b"c", b"d")]
VERSION = b"v"


class Copy:
    """Copies rows to keys that begin with z, as they are under lock."""

    cursor_key: bytes | None = b"k"
    spans: Sequence[Span] = SPANS

    def __init__(self, expects: Mapping[bytes, Value]) -> None:
        self.expects = expects

    def page(self, rows: Sequence[Row]) -> CopyRows:
        return CopyRows([key for key, _ in rows])


class CopyRows:
    def __init__(self, keys: Sequence[bytes]) -> None:
        self.keys = keys

    def changes(self, values: Sequence[Value]) -> dict[bytes, Value]:
        return {b"z" + key: value for key, value in zip(self.keys, values, strict=True)}


class Clear:
    cursor_key = None
    spans = SPANS
    expects: Mapping[bytes, Value] = {}

    def page(self, rows: Sequence[Row]) -> DeleteRows:
        return DeleteRows(rows)


async def filled() -> tuple[MemoryEngine, Lease]:
    engine = MemoryEngine()
    rows: dict[bytes, Value] = {b"a%02d" % n: b"%d" % n for n in range(10)}
    rows |= {b"c%02d" % n: b"%d" % n for n in range(10)}
    await engine.write(BlindWrite({**rows, b"b": b"not this", b"d": b"nor this", VERSION: b"1"}))
    lease = await acquire(engine, "work", "me", 0.0, 10)
    assert lease is not None
    return engine, lease


def test_all_rows_of_all_spans_in_pages() -> None:
    async def scenario() -> None:
        engine, lease = await filled()
        work, steps = Copy({VERSION: b"1"}), 1
        while await page_step(engine, lease, work, PageSize(rows=3)):
            steps += 1
        assert steps == 8
        copies = (await engine.range(b"z", None)).rows
        assert len(copies) == 20
        assert await engine.read((b"k",)) == [b"c09"]
        assert not await page_step(engine, lease, work)

    asyncio.run(scenario())


def test_a_row_that_changed_after_it_was_read_is_decided_as_it_is() -> None:
    async def scenario() -> None:
        engine, lease = await filled()

        class Late(Copy):
            def page(self, rows: Sequence[Row]) -> CopyRows:
                engine._values[b"a00"] = b"new"
                return super().page(rows)

        await page_step(engine, lease, Late({}), PageSize(rows=1))
        assert await engine.read((b"za00",)) == [b"new"]

    asyncio.run(scenario())


@pytest.mark.parametrize("late", [False, True])
def test_a_page_changes_nothing_if_an_expected_value_changed(late: bool) -> None:
    async def scenario() -> None:
        engine, lease = await filled()

        class Late(Copy):
            def page(self, rows: Sequence[Row]) -> CopyRows:
                if late:
                    engine._values[VERSION] = b"2"
                return super().page(rows)

        with pytest.raises(CatalogChanged):
            await page_step(engine, lease, Late({VERSION: b"1" if late else b"0"}))
        assert (await engine.range(b"z", None)).rows == []
        assert await engine.read((b"k",)) == [None]

    asyncio.run(scenario())


def test_without_the_lease_nothing_happens() -> None:
    async def scenario() -> None:
        engine, lease = await filled()
        await acquire(engine, "work", "other", 20.0, 10)
        with pytest.raises(LeaseLost):
            await page_step(engine, lease, Copy({}))
        assert (await engine.range(b"z", None)).rows == []

    asyncio.run(scenario())


def test_rows_that_go_need_no_cursor() -> None:
    async def scenario() -> None:
        engine, lease = await filled()
        while await page_step(engine, lease, Clear(), PageSize(rows=7)):
            pass
        left = [key for key, _ in (await engine.range(b"a", b"e")).rows]
        assert left == [b"b", b"d"]

    asyncio.run(scenario())
