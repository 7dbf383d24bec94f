"""Places: how many have one at a time, in which order they get it, and that each is given back."""

from __future__ import annotations

import asyncio

import pytest

from jedlik.base.places import Place


def test_the_next_in_line_gets_the_place_that_is_given_back() -> None:
    async def run() -> None:
        places = asyncio.Semaphore(1)
        order: list[str] = []

        async def work(name: str) -> None:
            with Place(places) as place:
                must_wait = place.is_to_be_awaited
                assert await place.take() is must_wait
                order.append(name)
                await asyncio.sleep(0)
                order.append(name)

        await asyncio.gather(*map(work, "abc"))
        assert order == list("aabbcc")
        assert not places.locked()

    asyncio.run(run())


def test_a_place_that_was_not_taken_is_not_given_back() -> None:
    places = asyncio.Semaphore(1)
    with Place(places) as place:
        assert not place.is_taken
    assert asyncio.run(_taken(places))
    with Place(places) as other:
        assert other.is_to_be_awaited


async def _taken(places: asyncio.Semaphore) -> bool:
    await places.acquire()
    return places.locked()


def test_a_failure_gives_the_place_back() -> None:
    async def run() -> None:
        places = asyncio.Semaphore(1)

        async def fail() -> None:
            with Place(places) as place:
                await place.take()
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
                await place.take()

        waiting = asyncio.ensure_future(work())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert places.locked()
        places.release()
        assert not places.locked()

    asyncio.run(run())
