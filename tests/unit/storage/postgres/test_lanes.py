"""Which tasks make a batch while others are on their way, without a database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from jedlik.storage.postgres.decisions import Waiting
from jedlik.storage.postgres.lanes import STEADY, Lanes, OnlyRead


class Task:
    """A task of some keys; its result is its name."""

    def __init__(self, name: str, *keys: bytes) -> None:
        self.name = name
        self.keys = keys

    def decide(self, _values: Any) -> Any:
        raise AssertionError("nothing is decided here")


class Commits:
    """Commits a batch when it is let; `batches` are the names of the tasks of each."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self._ends: list[asyncio.Event] = []

    async def commit(self, batch: list[Waiting]) -> None:
        end = asyncio.Event()
        self.batches.append([waiting.task.name for waiting in batch])
        self._ends.append(end)
        await end.wait()
        for waiting in batch:
            waiting.future.set_result(waiting.task.name)

    def let(self, number: int) -> None:
        self._ends[number].set()


def run(scenario: Callable[[Commits, Lanes, OnlyRead], Awaitable[None]]) -> None:
    async def bounded() -> None:
        commits, only_read = Commits(), OnlyRead()
        await asyncio.wait_for(scenario(commits, Lanes(commits.commit, only_read), only_read), 20)

    asyncio.run(bounded())


async def settle() -> None:
    """Let everything happen that needs no more than turns of the loop."""
    for _ in range(20):
        await asyncio.sleep(0)


def test_batches_of_different_keys_are_on_their_way_together() -> None:
    async def scenario(commits: Commits, lanes: Lanes, _only_read: OnlyRead) -> None:
        first = lanes.join(Task("a", b"1"))
        await settle()
        second = lanes.join(Task("b", b"2"))
        await settle()
        assert commits.batches == [["a"], ["b"]]
        commits.let(1)
        assert await second == "b"
        assert not first.done()
        commits.let(0)
        assert await first == "a"

    run(scenario)


def test_tasks_of_a_key_follow_one_another_and_overtake_nobody() -> None:
    async def scenario(commits: Commits, lanes: Lanes, _only_read: OnlyRead) -> None:
        lanes.join(Task("a", b"1"))
        await settle()
        lanes.join(Task("b", b"1", b"2"))  # waits for a
        lanes.join(Task("c", b"2"))  # comes after b, which wants its key
        lanes.join(Task("d", b"3"))
        await settle()
        assert commits.batches == [["a"], ["d"]]
        commits.let(0)
        await settle()
        assert commits.batches == [["a"], ["d"], ["b", "c"]]
        commits.let(1)
        commits.let(2)
        await lanes.close()

    run(scenario)


def test_a_key_that_is_only_read_is_claimed_by_nobody() -> None:
    async def scenario(commits: Commits, lanes: Lanes, only_read: OnlyRead) -> None:
        for _ in range(STEADY):
            only_read.learn([b"version"], [])
        lanes.join(Task("a", b"version", b"1"))
        await settle()
        lanes.join(Task("b", b"version", b"2"))
        await settle()
        assert commits.batches == [["a"], ["b"]]
        only_read.learn([], [b"version"])  # it was changed: a key like any other again
        lanes.join(Task("c", b"version", b"3"))
        await settle()
        lanes.join(Task("d", b"version", b"4"))
        await settle()
        assert commits.batches == [["a"], ["b"], ["c"]]
        for number in range(3):
            commits.let(number)
        await settle()
        commits.let(3)
        await lanes.close()

    run(scenario)


def test_no_more_batches_than_may_be_on_their_way() -> None:
    async def scenario(commits: Commits, lanes: Lanes, _only_read: OnlyRead) -> None:
        for number in range(6):
            lanes.join(Task(str(number), b"%d" % number))
            await settle()
        assert commits.batches == [["0"], ["1"], ["2"], ["3"]]
        commits.let(0)
        await settle()
        assert commits.batches[4:] == [["4", "5"]]
        for number in range(1, 5):
            commits.let(number)
        await lanes.close()

    run(scenario)


def test_who_makes_tasks_learns_that_a_batch_has_left() -> None:
    async def scenario(commits: Commits, lanes: Lanes, _only_read: OnlyRead) -> None:
        numbers: list[int] = []
        lanes.on_batch = numbers.append
        for number in range(6):
            lanes.join(Task(str(number), b"%d" % number))
            await settle()
        assert numbers == [1, 2, 3, 0]
        for number in range(4):
            commits.let(number)
        await settle()
        assert numbers == [1, 2, 3, 0, 1], "the last two leave in one batch"
        commits.let(4)
        await lanes.close()

    run(scenario)
