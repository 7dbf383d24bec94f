"""Places: how many have one at a time, in which order they get it, and that each is given back."""

from __future__ import annotations

import asyncio

import pytest

from jedlik.base.places import Place, Places
from tests.callers import Caller


def test_the_next_in_line_gets_the_place_that_is_given_back() -> None:
    async def run() -> None:
        places = Places(1)
        order: list[str] = []
        kept: list[list[str]] = []

        async def work(name: str) -> None:
            with Place(places, None) as place:
                held = [name]
                assert await place.keep(held) is (name == "a")
                kept.append(held)
                order.append(name)
                await asyncio.sleep(0)
                order.append(name)

        await asyncio.gather(*map(work, "abc"))
        assert order == list("aabbcc")
        assert kept == [["a"], [], []], "those that have to wait hold nothing meanwhile"
        assert places.is_free_for(None)

    asyncio.run(run())


def test_a_place_that_was_not_taken_is_not_given_back() -> None:
    async def run() -> None:
        places = Places(1)
        with Place(places, None) as place:
            assert not place.is_taken
        await places.take(None)
        assert not places.is_free_for(None), "there is still only one"

    asyncio.run(run())


def test_a_failure_gives_the_place_back() -> None:
    async def run() -> None:
        places = Places(1)

        async def fail() -> None:
            with Place(places, None) as place:
                await place.keep()
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fail()
        assert places.is_free_for(None)

    asyncio.run(run())


def test_one_that_is_cancelled_while_it_waits_takes_no_place() -> None:
    async def run() -> None:
        places = Places(1)
        await places.take(None)

        async def work() -> None:
            with Place(places, None) as place:
                await place.keep()

        waiting = asyncio.ensure_future(work())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert not places.is_free_for(None)
        places.give_back(None)
        assert places.is_free_for(None)

    asyncio.run(run())


def test_a_caller_alone_has_half_and_leaves_some_for_the_next() -> None:
    async def run() -> None:
        places = Places(8)
        counts = []
        for name in "abcd":
            caller, count = Caller(name), 0
            while places.is_free_for(caller):
                await places.take(caller)
                count += 1
            counts.append(count)
        assert counts == [4, 2, 1, 1]

    asyncio.run(run())


def test_many_who_wait_do_not_delay_another_caller() -> None:
    async def run() -> None:
        places, one, another = Places(2), Caller("one"), Caller("another")
        await places.take(one)
        waiting = [asyncio.ensure_future(places.take(one)) for _ in range(100)]
        await asyncio.sleep(0)
        assert await Place(places, another).keep(), "at once"
        late = asyncio.ensure_future(places.take(Caller("third")))
        await asyncio.sleep(0)
        places.give_back(one)
        await asyncio.sleep(0)
        assert waiting[0].done(), "who asked first of those who have none"
        assert not late.done()
        places.give_back(another)
        await asyncio.sleep(0)
        assert late.done()
        assert not waiting[1].done()
        for each in waiting[1:]:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    asyncio.run(run())


def test_one_that_is_cancelled_once_it_has_its_place_gives_it_back() -> None:
    async def run() -> None:
        places = Places(1)
        await places.take(None)
        waiting = asyncio.ensure_future(places.take(Caller("one")))
        await asyncio.sleep(0)
        places.give_back(None)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert places.is_free_for(None)

    asyncio.run(run())
