"""The thread that commits outlives event loops, and says so where it does not."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from jedlik.storage.engine import Changes
from jedlik.storage.failures import StorageUnavailable
from jedlik.storage.groupcommit import TaskOutcome
from jedlik.storage.writer import Tasks, Writer
from tests.simulated_clock import SimulatedClock


class Nothing:
    keys = ()

    def decide(self, _values: object) -> Changes[None]:
        return Changes({}, None)


class Commits:
    """Counts; one waits for `go_on` once `stalls` is set, or for the lock if it `is_locked`."""

    def __init__(self) -> None:
        self.count = 0
        self.batches: list[int] = []
        self.stalls = False
        self.is_locked = False
        self.stalled = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, tasks: Tasks) -> list[TaskOutcome]:
        if self.is_locked:
            self.is_locked = False
            self._stall()
        given = len(tasks())
        self.batches.append(given)
        self.count += given
        if self.stalls:
            self.stalls = False
            self._stall()
        return [TaskOutcome(self.count, None)] * given

    def _stall(self) -> None:
        self.stalled.set()
        assert self.go_on.wait(30)


def _write(writer: Writer) -> int:
    async def written() -> int:
        async with asyncio.timeout(30):
            result: int = await writer.gatherer.join(Nothing())
            return result

    return asyncio.run(written())


def test_a_loop_that_ends_in_the_middle_of_a_commit_leaves_the_thread_to_the_next() -> None:
    commits = Commits()
    writer = Writer(commits, SimulatedClock(0.0), None)

    async def left() -> None:
        writer.gatherer.join(Nothing())
        await asyncio.to_thread(commits.stalled.wait, 30)

    commits.stalls = True
    asyncio.run(left())
    # The next loop's task waits while the commit of the first one's goes on. When that is over the
    # thread takes the task with it, so that the loop's own turn hands over no task at all.
    threading.Timer(0.05, commits.go_on.set).start()
    assert _write(writer) >= 2
    for _ in range(3):
        _write(writer)
    assert writer._thread.is_alive()
    asyncio.run(writer.close())
    assert not writer._thread.is_alive()


def test_what_comes_while_another_process_has_the_lock_is_in_the_batch() -> None:
    commits = Commits()
    writer = Writer(commits, SimulatedClock(0.0), None)

    async def write() -> None:
        commits.is_locked = True
        futures = [writer.gatherer.join(Nothing())]
        await asyncio.to_thread(commits.stalled.wait, 30)
        futures += [writer.gatherer.join(Nothing()) for _ in range(5)]
        commits.go_on.set()
        async with asyncio.timeout(30):
            assert await asyncio.gather(*futures) == [6] * 6
        await writer.close()

    asyncio.run(write())
    assert commits.batches == [6]


def test_the_tasks_of_the_next_loop_are_not_in_the_batch_of_one_that_ended() -> None:
    commits = Commits()
    writer = Writer(commits, SimulatedClock(0.0), None)

    async def left() -> None:
        writer.gatherer.join(Nothing())
        await asyncio.to_thread(commits.stalled.wait, 30)

    commits.is_locked = True
    asyncio.run(left())
    threading.Timer(0.05, commits.go_on.set).start()
    assert _write(writer) == 2
    assert commits.batches == [1, 1]
    asyncio.run(writer.close())


def test_one_call_to_the_loop_answers_a_whole_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    commits = Commits()
    writer = Writer(commits, SimulatedClock(0.0), None)

    async def write() -> None:
        loop = asyncio.get_running_loop()
        calls: list[object] = []
        original = loop.call_soon_threadsafe

        def counted(*arguments: Any) -> Any:
            calls.append(arguments)
            return original(*arguments)

        monkeypatch.setattr(loop, "call_soon_threadsafe", counted)
        await asyncio.gather(*(writer.gatherer.join(Nothing()) for _ in range(100)))
        assert len(calls) == 1
        await writer.close()

    asyncio.run(write())
    assert commits.batches == [100]


def test_a_defect_in_committing_fails_the_batch_and_not_the_thread() -> None:
    def broken(tasks: Tasks) -> list[TaskOutcome]:
        return [TaskOutcome(1 / 0, None)] if len(defects) else commits(tasks)

    commits, defects = Commits(), ["one"]
    writer = Writer(broken, SimulatedClock(0.0), None)
    with pytest.raises(StorageUnavailable, match="ZeroDivisionError"):
        _write(writer)
    defects.clear()
    assert _write(writer) == 1
    asyncio.run(writer.close())


def test_an_empty_hand_over_does_not_end_the_thread() -> None:
    writer = Writer(Commits(), SimulatedClock(0.0), None)
    writer._hand_over([])
    assert _write(writer) == 1
    asyncio.run(writer.close())


def test_writes_are_refused_where_the_thread_has_ended() -> None:
    writer = Writer(Commits(), SimulatedClock(0.0), None)
    asyncio.run(writer.close())
    writer.gatherer._closed = False  # as if it had ended by a fault, and not been closed
    for _ in range(2):
        with pytest.raises(StorageUnavailable, match="thread"):
            _write(writer)
