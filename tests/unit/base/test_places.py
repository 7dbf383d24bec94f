"""Places: how many have one at a time, in which order they get it, and that each is given back."""

from __future__ import annotations

import asyncio

import pytest

from jedlik.base.places import Place


def test_the_next_in_line_gets_the_place_that_is_given_back() -> None:
    async def run() -> None:
        places = asyncio.Semaphore(1)
        order: list[str] = []
        kept: list[list[str]] = []

        async def work(name: str) -> None:
            with Place(places) as place:
                held = [name]
                assert await place.keep(held) is (name == "a")
                kept.append(held)
                order.append(name)
                await asyncio.sleep(0)
                order.append(name)

        await asyncio.gather(*map(work, "abc"))
        assert order == list("aabbcc")
        assert kept == [["a"], [], []], "those that have to wait hold nothing meanwhile"
        assert not places.locked()

    asyncio.run(run())


def test_a_place_that_was_not_taken_is_not_given_back() -> None:
    async def run() -> None:
        places = asyncio.Semaphore(1)
        with Place(places) as place:
            assert not place.is_taken
        await places.acquire()
        assert places.locked(), "there is still only one"

    asyncio.run(run())


def test_a_failure_gives_the_place_back() -> None:
    async def run() -> None:
        places = asyncio.Semaphore(1)

        async def fail() -> None:
            with Place(places) as place:
                await place.keep()
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fail()
        assert not places.locked()

    asyncio.run(run())


def test_one_that_is_cancelled_while_it_waits_takes_no_place() -> None:
    async def run() -> None:
        places = asyncio.Semaphore(0)

        async def work() -> None:
            with Place(places) as place:
                await place.keep()

        waiting = asyncio.ensure_future(work())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert places.locked()
        places.release()
        assert not places.locked()

    asyncio.run(run())
