"""The book of contributors: what was counted is stored once, however many ask for it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from jedlik.services.dynamodb.metering import contributors
from jedlik.services.dynamodb.metering.contributors import (
    ContributorBook,
    Contributors,
    read_minutes,
)
from jedlik.services.dynamodb.tables.insights import Rule
from jedlik.storage.memory import MemoryEngine

RULE = Rule("rule", "Table", "", False, ("K",))


class Clock:
    def now(self) -> float:
        return 60.0

    def monotonic(self) -> float:
        return 0.0


class Seen:
    """Contributors that saw one key once."""

    def __init__(self) -> None:
        self.left = [(RULE, ("a",), 1.0)]

    def take(self, _seconds: float) -> list[Any]:
        left, self.left = self.left, []
        return left


class Store:
    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.clock = Clock()


class Slow:
    """An engine whose writes take a turn of the loop, and fail where they are told to."""

    def __init__(self) -> None:
        self._engine = MemoryEngine()
        self.fails = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    async def write(self, task: Any) -> Any:
        await asyncio.sleep(0)
        if self.fails:
            raise OSError
        return await self._engine.write(task)


async def stored(engine: Any) -> float:
    return sum(sketch.total for _, sketch in await read_minutes(engine, "rule", 0, 120))


def test_two_that_flush_at_once_store_everything_once() -> None:
    async def main() -> None:
        engine = Slow()
        book = ContributorBook(Store(engine))  # type: ignore[arg-type]
        book.fold([Seen()])  # type: ignore[list-item]
        first, second = asyncio.create_task(book.flush()), asyncio.create_task(book.flush())
        await asyncio.sleep(0)
        book.fold([Seen()])  # type: ignore[list-item]  # while the first write is under way
        await asyncio.gather(first, second)
        assert await stored(engine) == 2.0

    asyncio.run(main())


def test_what_could_not_be_stored_is_kept() -> None:
    async def main() -> None:
        engine = Slow()
        book = ContributorBook(Store(engine))  # type: ignore[arg-type]
        book.fold([Seen()])  # type: ignore[list-item]
        engine.fails = True
        with pytest.raises(OSError):
            await book.flush()
        engine.fails = False
        await book.flush()
        assert await stored(engine) == 1.0

    asyncio.run(main())


def test_items_may_be_emptied_once_they_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contributors, "all_rules", lambda _table: [RULE])
    seen: Any = Contributors(object())  # type: ignore[arg-type]
    item = {"K": {"S": "a"}, "other": {"S": "b"}}
    assert seen.due()
    seen.count_use(item, 1.0)
    item.clear()
    assert seen.take(1.0) == [(RULE, ("a",), 1.0)]
