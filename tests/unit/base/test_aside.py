"""Work in the thread, and the loop beside it."""

from __future__ import annotations

import asyncio
import threading

import pytest

from jedlik.base.aside import aside


def test_the_loop_goes_on_during_the_work() -> None:
    began, served = threading.Event(), threading.Event()

    def work(text: str, number: int) -> tuple[str, int]:
        began.set()
        assert served.wait(5)
        return text, number

    async def both() -> tuple[str, int]:
        working = asyncio.ensure_future(aside(work, "a", 1))
        assert await asyncio.to_thread(began.wait, 5)
        served.set()
        return await working

    assert asyncio.run(both()) == ("a", 1)


def test_errors_of_the_work_are_raised() -> None:
    with pytest.raises(ValueError, match="x"):
        asyncio.run(aside(int, "x"))


def test_there_is_one_thread() -> None:
    async def threads() -> list[int]:
        return await asyncio.gather(*(aside(threading.get_ident) for _ in range(4)))

    assert len(set(asyncio.run(threads()))) == 1
