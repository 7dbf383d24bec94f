"""Group commit: tasks decided in order, committed together, answered each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from jedlik.storage.contract import Mix, Refused
from jedlik.storage.engine import Changes, Value
from jedlik.storage.failures import StorageUnavailable
from jedlik.storage.groupcommit import GATHERING, TURNS, Gatherer, TaskOutcome, Waiting, decide
from tests.simulated_clock import SimulatedClock

COUNT = b"count"


class Bad:
    """Returns what is no bytes."""

    def __init__(self, values: Any) -> None:
        self.keys: Sequence[bytes] = ()
        self.values = values

    def decide(self, values: Sequence[Value]) -> Changes[int]:
        return Changes(self.values, len(values))


def test_a_later_task_sees_an_earlier_ones_changes_and_the_store_is_read_once() -> None:
    asked: list[bytes] = []

    def get(key: bytes) -> Value:
        asked.append(key)
        return b"7"

    decided = decide([Mix(COUNT), Mix(COUNT), Mix(COUNT)], get)
    assert asked == [COUNT]
    assert decided.changes == {COUNT: b"10"}
    assert [outcome.result[0] for outcome in decided.outcomes] == [7, 8, 9]


def test_a_deleted_key_is_absent_for_the_next_task() -> None:
    tasks = [Mix(COUNT, (), {b"k": None}), Mix(COUNT, (b"k",))]
    decided = decide(tasks, {b"k": b"v", COUNT: b"0"}.get)
    assert decided.outcomes[1].result == (1, [None])
    assert decided.changes == {b"k": None, COUNT: b"2"}


def test_a_task_that_raises_changes_nothing() -> None:
    tasks = [Mix(COUNT), Mix(COUNT, (), {b"k": b"v"}, refuses=True), Mix(COUNT)]
    decided = decide(tasks, {COUNT: b"0"}.get)
    assert decided.changes == {COUNT: b"2"}
    assert [type(outcome.error) for outcome in decided.outcomes] == [
        type(None),
        Refused,
        type(None),
    ]


@pytest.mark.parametrize("values", [{"k": b"v"}, {b"k": "v"}, {b"k": bytearray(1)}, [1], None])
def test_a_task_that_puts_no_bytes_fails_alone(values: Any) -> None:
    decided = decide([Mix(COUNT), Bad(values), Mix(COUNT)], {COUNT: b"0"}.get)
    assert decided.changes == {COUNT: b"2"}
    assert isinstance(decided.outcomes[1].error, TypeError | AttributeError)


def test_a_task_whose_keys_raise_fails_alone() -> None:
    class NoKeys(Bad):
        @property
        def keys(self) -> Sequence[bytes]:
            raise Refused

        @keys.setter
        def keys(self, keys: Sequence[bytes]) -> None:
            pass

    decided = decide([NoKeys({}), Mix(COUNT)], {COUNT: b"0"}.get)
    assert isinstance(decided.outcomes[0].error, Refused)
    assert decided.changes == {COUNT: b"1"}


def test_what_the_store_raises_is_not_blamed_on_a_task() -> None:
    def get(key: bytes) -> Value:
        raise StorageUnavailable("gone")

    with pytest.raises(StorageUnavailable):
        decide([Mix(COUNT)], get)


def test_a_batch_ends_where_its_changes_are_large() -> None:
    tasks = [Mix(COUNT, (), {b"%d" % n: bytes(100)}) for n in range(5)]
    assert len(decide(tasks, {}.get, max_bytes=250).outcomes) == 3
    assert len(decide(tasks, {}.get, max_bytes=1).outcomes) == 1
    assert len(decide(tasks, {}.get, max_bytes=10_000).outcomes) == 5


def test_a_batch_ends_where_what_it_read_is_large() -> None:
    keys = [b"%d" % n for n in range(5)]
    store = {COUNT: b"0", **dict.fromkeys(keys, bytes(100))}
    tasks = [Mix(COUNT, (key,)) for key in keys]
    assert len(decide(tasks, store.get, max_bytes=250).outcomes) == 3
    same = [Mix(COUNT, (keys[0],)) for _ in keys]
    assert len(decide(same, store.get, max_bytes=250).outcomes) == 5


def test_what_several_tasks_read_is_read_once() -> None:
    asked: list[bytes] = []

    def get(key: bytes) -> Value:
        asked.append(key)
        return None

    decided = decide([Mix(COUNT, (b"k",)), Mix(b"other", (b"k",))], get)
    assert sorted(asked) == [COUNT, b"k", b"other"]
    assert [outcome.result[1] for outcome in decided.outcomes] == [[None], [None]]


class Recorder:
    """Commits nothing; the test answers batches by hand."""

    def __init__(self, max_waiting: int = 100) -> None:
        self.batches: list[list[Waiting]] = []
        self.clock = SimulatedClock()
        self.gatherer = Gatherer(self.batches.append, max_waiting, self.clock.monotonic)

    def answer(self, ended: bool = True) -> None:
        batch = self.batches.pop(0)
        self.gatherer.deliver(batch, [TaskOutcome(None, None)] * len(batch), ended)


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def test_tasks_of_neighbouring_turns_make_one_batch() -> None:
    async def run() -> None:
        recorder = Recorder()
        futures = [recorder.gatherer.join(Mix(COUNT))]
        await turns(1)
        futures.append(recorder.gatherer.join(Mix(COUNT)))
        await turns(3)
        assert [len(batch) for batch in recorder.batches] == [2]
        recorder.answer()
        await asyncio.gather(*futures)

    asyncio.run(run())


def test_a_batch_leaves_though_tasks_keep_coming() -> None:
    async def run() -> None:
        recorder = Recorder()
        for _ in range(TURNS + 2):
            recorder.gatherer.join(Mix(COUNT))
            await turns(1)
        assert len(recorder.batches) == 1

    asyncio.run(run())


def test_a_batch_waits_for_no_further_turn_of_a_busy_loop() -> None:
    async def run() -> None:
        recorder = Recorder()
        recorder.gatherer.join(Mix(COUNT))
        recorder.clock.advance(2 * GATHERING)  # the turn took so long
        await turns(1)
        assert [len(batch) for batch in recorder.batches] == [1]

    asyncio.run(run())


def test_tasks_that_come_during_a_commit_are_the_next_batch() -> None:
    async def run() -> None:
        recorder = Recorder()
        recorder.gatherer.join(Mix(COUNT))
        await turns(3)
        late = [recorder.gatherer.join(Mix(COUNT)) for _ in range(5)]
        await turns(10)
        assert [len(batch) for batch in recorder.batches] == [1]
        recorder.answer()
        await turns(3)
        assert [len(batch) for batch in recorder.batches] == [5]
        assert not any(future.done() for future in late)
        recorder.answer()
        assert all(future.done() for future in late)

    asyncio.run(run())


def test_take_gives_all_or_none() -> None:
    async def run() -> None:
        recorder = Recorder()
        for _ in range(3):
            recorder.gatherer.join(Mix(COUNT))
        assert recorder.gatherer.take(at_least=4) == []
        assert len(recorder.gatherer.take(at_least=3)) == 3
        assert recorder.gatherer.take() == []

    asyncio.run(run())


def test_a_batch_is_filled_up_with_what_waits() -> None:
    async def fill_up() -> None:
        batches: list[list[Waiting]] = []
        gatherer = Gatherer(batches.append)
        for _ in range(3):
            gatherer.join(Mix(COUNT))
        batch = gatherer.take()
        gatherer.fill_up(batch)
        assert len(batch) == 3
        late = [gatherer.join(Mix(COUNT)) for _ in range(2)]
        gatherer.fill_up(batch)
        assert [waiting.future for waiting in batch[3:]] == late
        assert gatherer.waiting == 0

    asyncio.run(fill_up())


def test_the_queue_is_bounded() -> None:
    async def run() -> None:
        recorder = Recorder(max_waiting=3)
        futures = [recorder.gatherer.join(Mix(COUNT)) for _ in range(3)]
        with pytest.raises(StorageUnavailable, match="3 writes are waiting"):
            recorder.gatherer.join(Mix(COUNT))
        await turns(3)
        recorder.gatherer.join(Mix(COUNT))  # there is room while those are committed
        recorder.answer()
        assert all(future.done() for future in futures)

    asyncio.run(run())


def test_a_cancelled_caller_is_passed_over() -> None:
    async def run() -> None:
        recorder = Recorder()
        cancelled, other = (recorder.gatherer.join(Mix(COUNT)) for _ in range(2))
        await turns(3)
        cancelled.cancel()
        recorder.answer()
        assert other.done()
        assert not other.cancelled()

    asyncio.run(run())


def test_close_waits_for_what_was_accepted() -> None:
    async def run() -> None:
        recorder = Recorder()
        accepted = recorder.gatherer.join(Mix(COUNT))
        closing = asyncio.ensure_future(recorder.gatherer.close())
        await turns(5)
        assert not closing.done()
        with pytest.raises(StorageUnavailable, match="closed"):
            recorder.gatherer.join(Mix(COUNT))
        recorder.answer()
        await turns(3)
        assert accepted.done()
        assert closing.done()

    asyncio.run(run())


def test_close_of_an_idle_one_does_not_suspend() -> None:
    async def run() -> None:
        with pytest.raises(StopIteration):
            Recorder().gatherer.close().send(None)

    asyncio.run(run())


def test_another_loop_may_follow_but_not_interfere() -> None:
    recorder = Recorder()

    async def leave_one() -> None:
        recorder.gatherer.join(Mix(COUNT))
        await turns(3)

    asyncio.run(leave_one())  # its loop ends with a batch on its way

    async def go_on() -> None:
        future = recorder.gatherer.join(Mix(COUNT))
        await turns(3)
        assert len(recorder.batches) == 2
        recorder.batches.pop(0)
        recorder.answer()
        await future

    asyncio.run(go_on())
    first, second = asyncio.new_event_loop(), asyncio.new_event_loop()
    first.run_until_complete(leave_one())
    with pytest.raises(RuntimeError, match="another event loop"):
        second.run_until_complete(leave_one())
    first.close()
    second.close()
