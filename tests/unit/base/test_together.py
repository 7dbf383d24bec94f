"""Several pieces of work at once."""

from __future__ import annotations

import asyncio

import pytest

from jedlik.base.together import together


async def number(given: int) -> int:
    await asyncio.sleep(0)
    return given


def test_results_are_in_order() -> None:
    assert asyncio.run(together(map(number, range(5)))) == [0, 1, 2, 3, 4]
    assert asyncio.run(together(())) == []


def test_a_failure_is_raised_once_all_have_ended() -> None:
    ended: list[str] = []

    async def fail(kind: type[Exception], turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        ended.append(kind.__name__)
        raise kind

    async def work() -> None:
        for _ in range(9):
            await asyncio.sleep(0)
        ended.append("work")

    with pytest.raises(KeyError):
        asyncio.run(together([work(), fail(KeyError, 5), fail(ValueError, 1)]))
    assert ended == ["ValueError", "KeyError", "work"]


def test_cancelled_it_cancels_all() -> None:
    cancelled = 0

    async def wait() -> None:
        nonlocal cancelled
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled += 1
            raise

    async def scenario() -> None:
        task = asyncio.create_task(together([wait(), wait()]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
    assert cancelled == 2
