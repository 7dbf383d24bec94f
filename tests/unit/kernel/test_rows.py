"""Many rows, page by page."""

from __future__ import annotations

import asyncio

import pytest

from jedlik.base import turns
from jedlik.kernel.rows import all_rows, pages, read_in_turns
from jedlik.storage.blind_write import BlindWrite
from jedlik.storage.engine import Row
from jedlik.storage.memory import MemoryEngine
from tests.turns_of_others import beside_others

KEYS = [b"a%d" % number for number in range(7)]


async def filled() -> MemoryEngine:
    engine = MemoryEngine()
    await engine.write(BlindWrite(dict.fromkeys([*KEYS, b"b"], b"x" * 10)))
    return engine


@pytest.mark.parametrize(
    ("limit", "max_bytes", "sizes"),
    [(3, None, [3, 3, 1]), (7, None, [7]), (1000, 20, [2, 2, 2, 1])],
)
def test_a_range_in_pages(limit: int, max_bytes: int | None, sizes: list[int]) -> None:
    async def read() -> list[list[Row]]:
        return [rows async for rows in pages(await filled(), b"a", b"b", limit, max_bytes)]

    found = asyncio.run(read())
    assert list(map(len, found)) == sizes
    assert [key for rows in found for key, _ in rows] == KEYS


def test_what_is_empty_has_no_page() -> None:
    async def read() -> list[list[Row]]:
        return [rows async for rows in pages(await filled(), b"c", None)]

    assert asyncio.run(read()) == []


def test_all_rows_with_a_prefix() -> None:
    async def read() -> list[Row]:
        return await all_rows(await filled(), b"a", 2)

    assert [key for key, _ in asyncio.run(read())] == KEYS


def test_others_have_their_turn_between_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns.Turns, "over", True)

    async def read() -> list[int]:
        engine = await filled()
        return await read_in_turns(
            engine, b"a", lambda key, value: len(value) if key != KEYS[3] else None
        )

    found, seen = asyncio.run(beside_others(read()))
    assert found == [10] * 6
    assert seen >= len(KEYS)
