"""Copies of whole databases, between engines in memory."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from jedlik.kernel.copying import Differs, NotEmpty, copy, is_incomplete
from jedlik.kernel.keyspaces import COPY_NOTE
from jedlik.storage.blind_write import BlindWrite
from jedlik.storage.contract import contents
from jedlik.storage.engine import Value
from jedlik.storage.failures import StorageUnavailable
from jedlik.storage.memory import MemoryEngine

ROWS = {b"\x03%05d" % number: b"v%d" % number for number in range(7000)}


def ignore(_done: int, _expected: int) -> None:
    pass


async def filled(values: dict[bytes, Any] = ROWS) -> MemoryEngine:
    engine = MemoryEngine()
    await engine.write(BlindWrite(values))
    return engine


class DiesLater(MemoryEngine):
    """Fails after some writes."""

    left = 3

    async def write(self, task: Any) -> Any:
        self.left -= 1
        if self.left == 0:
            raise StorageUnavailable("gone")
        return await super().write(task)


def test_a_copy_is_the_same_and_complete() -> None:
    async def run() -> None:
        source, target = await filled(), MemoryEngine()
        seen: list[tuple[int, int]] = []
        copied = await copy(source, target, lambda *state: seen.append(state))
        assert copied == (7000, sum(map(len, ROWS.values())), 0)
        assert await contents(target, b"") == sorted(ROWS.items())
        assert not await is_incomplete(target)
        assert (7000, 14000) in seen
        assert seen[-1] == (14000, 14000)

    asyncio.run(run())


def test_an_interrupted_copy_goes_on() -> None:
    async def run() -> None:
        source, target = await filled(), DiesLater()
        with pytest.raises(StorageUnavailable):
            await copy(source, target, ignore)
        assert await is_incomplete(target)
        copied = await copy(source, target, ignore)
        assert copied.keys == 7000
        assert copied.kept == 2000
        assert await contents(target, b"") == sorted(ROWS.items())

    asyncio.run(run())


def test_data_are_not_overwritten() -> None:
    async def run() -> None:
        source, target = await filled(), await filled({b"\x03x": b"mine"})
        with pytest.raises(NotEmpty, match="target"):
            await copy(source, target, ignore)
        assert await contents(target, b"") == [(b"\x03x", b"mine")]

    asyncio.run(run())


def test_an_incomplete_copy_is_no_source() -> None:
    async def run() -> None:
        source = await filled({COPY_NOTE: b"incomplete"})
        with pytest.raises(NotEmpty, match="source"):
            await copy(source, MemoryEngine(), ignore)

    asyncio.run(run())


@pytest.mark.parametrize("late", [{b"\x03": b"new"}, {b"\x0300003": b"new"}, {b"\x0300003": None}])
def test_a_source_in_use_is_found_out(late: dict[bytes, Value]) -> None:
    async def run() -> None:
        source, target = await filled(), DiesLater()
        with pytest.raises(StorageUnavailable):
            await copy(source, target, ignore)
        await source.write(BlindWrite(late))
        with pytest.raises(Differs):
            await copy(source, target, ignore)
        assert await is_incomplete(target)

    asyncio.run(run())
