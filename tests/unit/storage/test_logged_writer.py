"""Which batches go together, what they see of each other, and what becomes of them at a failure."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Sequence
from typing import Any

import pytest

from jedlik.storage.contract import Mix
from jedlik.storage.engine import Value
from jedlik.storage.failures import (
    OutcomeUnknown,
    StorageFailure,
    StorageFull,
    StorageUnavailable,
)
from jedlik.storage.flushes import FlushLost
from jedlik.storage.logged_writer import APART, LONG
from tests.unit.storage.logged_writer_stand import COUNT, Stand, run, turns


def test_a_write_is_answered_when_it_is_logged_flushed_and_stored() -> None:
    async def test(stand: Stand) -> None:
        (write,) = await stand.begun()
        assert stand.store.steps == ["decide 1", "log"]
        assert stand.store.rows == {}, "no read sees it yet"
        assert not write.done()
        stand.disk.end()
        assert stand.store.rows == {COUNT: b"1"}
        assert await write == (0, [])
        assert stand.disk.places == [1]
        await stand.writer.close()
        assert stand.disk.is_closed

    run(test)


def test_batches_that_were_decided_during_a_flush_are_logged_together() -> None:
    async def test(stand: Stand) -> None:
        first = await stand.begun()
        second = await stand.begun(None, None)
        third = await stand.begun(Mix(COUNT, (b"x",), {b"x": b"1"}))
        assert stand.store.steps == ["decide 1", "log", "decide 2", "decide 1"]
        stand.disk.end()
        assert stand.store.rows == {COUNT: b"1"}
        assert await first[0] == (0, [])
        assert stand.store.logged[1:] == [{COUNT: b"4", b"x": b"1"}]
        fourth = await stand.begun(Mix(COUNT, (b"x",)))
        stand.disk.end()
        assert [await write for write in second + third] == [(1, []), (2, []), (3, [None])]
        stand.disk.end()
        assert await fourth[0] == (4, [b"1"])
        assert stand.store.rows == {COUNT: b"5", b"x": b"1"}
        await stand.writer.close()

    run(test)


def test_what_changes_nothing_waits_for_what_it_has_seen() -> None:
    class Look:
        keys = (COUNT,)

        def decide(self, values: Sequence[Value]) -> Any:
            return Mix(COUNT).decide(values)._replace(values={}, result=values[0])

    async def test(stand: Stand) -> None:
        first = await stand.begun()
        look = await stand.begun(Look())
        assert not look[0].done(), "the first one may still fail"
        stand.disk.end()
        assert await look[0] == b"1"
        assert await first[0] == (0, [])
        alone = await stand.begun(Look())
        assert await alone[0] == b"1"
        assert stand.store.steps.count("log") == 1
        await stand.writer.close()

    run(test)


def test_a_flush_that_fails_takes_what_was_decided_since_with_it() -> None:
    async def test(stand: Stand) -> None:
        first = await stand.begun()
        second = await stand.begun()
        stand.disk.end(OSError(errno.EIO, "broken"))
        for write in first + second:
            with pytest.raises(StorageFull, match="broken"):
                await write
        assert stand.store.logged == []
        assert stand.store.rows == {}
        third = await stand.begun()
        stand.disk.end()
        assert await third[0] == (0, []), "the others never were"
        await stand.writer.close()

    run(test)


def test_what_a_lost_flush_was_to_keep_is_logged_again() -> None:
    """For another flush of the same pages would keep nothing, and succeed."""

    async def test(stand: Stand) -> None:
        first = await stand.begun()
        second = await stand.begun()
        stand.disk.end(FlushLost(errno.EPIPE, "ended"))
        assert await first[0] == (0, [])
        again = ["forget", "log durably", "store anyhow"]
        assert stand.store.steps == ["decide 1", "log", "decide 1", *again, "log"]
        stand.disk.end()
        assert await second[0] == (1, [])
        assert stand.store.logged == [{COUNT: b"1"}, {COUNT: b"2"}]
        await stand.writer.close()

    run(test)


@pytest.mark.parametrize("is_unknown", [False, True])
def test_what_cannot_be_logged_again_fails(is_unknown: bool) -> None:
    async def test(stand: Stand) -> None:
        (write,) = await stand.begun()
        if is_unknown:
            stand.store.forgets = OutcomeUnknown("broken")
        else:
            stand.store.fails["log durably"] = StorageUnavailable("broken")
        stand.disk.end(FlushLost(errno.EPIPE, "ended"))
        with pytest.raises(StorageFailure, match="broken"):
            await write
        assert stand.store.rows == {}
        await stand.writer.close()

    run(test)


@pytest.mark.parametrize("step", ["log", "make ready", "decide 1"])
def test_a_failing_store_fails_the_batch(step: str) -> None:
    async def test(stand: Stand) -> None:
        stand.store.is_ready = step != "make ready"
        stand.store.fails[step] = StorageUnavailable("gone")
        with pytest.raises(StorageUnavailable, match="gone"):
            await stand.write()
        stand.disk.at_once = True
        assert await stand.write() == (0, [])
        await stand.writer.close()

    run(test)


def test_a_store_is_made_ready_before_it_logs() -> None:
    async def test(stand: Stand) -> None:
        stand.disk.at_once = True
        stand.store.is_ready = False
        assert await stand.write() == (0, [])
        assert stand.store.steps == ["decide 1", "make ready", "log", "store"]
        await stand.writer.close()

    run(test)


def test_what_takes_longer_to_store_is_left_to_the_thread() -> None:
    async def test(stand: Stand) -> None:
        stand.disk.at_once = True
        stand.store.quick = False
        assert await stand.write() == (0, [])
        assert stand.store.steps == ["decide 1", "log", "store", "store anyhow"]
        stand.store.fails["store anyhow"] = StorageFull("full")
        with pytest.raises(StorageFull):
            await stand.write()
        assert stand.store.rows == {COUNT: b"1"}
        await stand.writer.close()

    run(test)


def test_after_a_long_decision_the_next_ones_are_made_on_the_thread() -> None:
    async def test(stand: Stand) -> None:
        stand.disk.at_once = True
        stand.store.seconds = 2 * LONG
        assert await stand.write() == (0, [])
        stand.store.steps.clear()
        for number in range(1, APART + 1):
            assert await stand.write() == (number, [])
        assert stand.store.steps == ["decide 1", "log durably", "store anyhow"] * APART
        stand.store.steps.clear()
        stand.store.seconds = 0
        await stand.write()
        assert stand.store.steps == ["decide 1", "log", "store"]
        await stand.writer.close()

    run(test)


def test_a_long_decision_waits_for_what_is_on_its_way() -> None:
    async def test(stand: Stand) -> None:
        first = await stand.begun()
        stand.writer._apart = 1
        second = await stand.begun()
        assert stand.store.steps == ["decide 1", "log"]
        stand.disk.end()
        assert await first[0] == (0, [])
        assert await second[0] == (1, [])
        await stand.writer.close()

    run(test)


@pytest.mark.parametrize("apart", [0, 1000])
def test_a_batch_that_is_too_large_for_one_step_is_decided_in_several(
    apart: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jedlik.storage.logged_writer.ON_LOOP", 2000)
    monkeypatch.setattr("jedlik.storage.logged_writer.MAX_BATCH_BYTES", 2000)

    async def test(stand: Stand) -> None:
        stand.disk.at_once = True
        stand.writer._apart = apart
        tasks = [Mix(COUNT, (), {b"%d" % number: bytes(900)}) for number in range(10)]
        writes = [stand.write(task) for task in tasks]
        assert [await write for write in writes] == [(number, []) for number in range(10)]
        assert [step for step in stand.store.steps if step.startswith("decide")][:2] == [
            "decide 10", "decide 7",
        ]  # fmt: skip
        await stand.writer.close()

    run(test)


@pytest.mark.parametrize(
    ("apart", "steps"),
    [(0, ["decide 1", "log", "store"]), (1, ["decide 1", "log durably", "store anyhow"])],
)
def test_relaxed_writes_are_answered_unflushed_and_flushed_later(
    apart: int, steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jedlik.storage.logged_writer.SYNC_INTERVAL", 0.001)

    async def test(stand: Stand) -> None:
        stand.store.flushes = False
        stand.store.loop = asyncio.get_running_loop()
        stand.writer._apart = apart
        assert await stand.write() == (0, [])
        assert stand.store.steps == steps
        await stand.store.flushed.wait()
        assert stand.store.steps == [*steps, "flush"]
        assert stand.disk.places == []
        await stand.writer.close()

    run(test)


def test_nothing_is_flushed_once_the_writer_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jedlik.storage.logged_writer.SYNC_INTERVAL", 0.01)

    async def test(stand: Stand) -> None:
        stand.store.flushes = False
        assert await stand.write() == (0, [])
        await stand.writer.close()
        await asyncio.sleep(0.05)
        assert stand.store.steps == ["decide 1", "log", "store"]

    run(test)


def test_closing_waits_for_all_that_was_accepted() -> None:
    async def test(stand: Stand) -> None:
        first = await stand.begun()
        second = stand.write()
        closing = asyncio.ensure_future(stand.writer.close())
        await turns()
        assert not closing.done()
        stand.disk.end()
        await turns()
        stand.disk.end()
        await closing
        assert [first[0].result(), second.result()] == [(0, []), (1, [])]
        with pytest.raises(StorageUnavailable, match="closed"):
            stand.write()

    run(test)


def test_behind_a_slow_disk_tasks_wait_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jedlik.storage.logged_writer.MAX_DECIDED", 3)

    async def test(stand: Stand) -> None:
        writes = [write for _ in range(10) for write in await stand.begun()]
        assert stand.store.steps == ["decide 1", "log", *["decide 1"] * 3]
        assert stand.writer.gatherer.waiting == 6
        while stand.disk.done is not None:
            stand.disk.end()
            await turns()
        assert [await write for write in writes] == [(number, []) for number in range(10)]
        assert stand.store.steps[5:] == ["store", "log", "decide 6", "store", "log", "store"]
        await stand.writer.close()

    run(test)


@pytest.mark.parametrize("is_ready", [True, False])
def test_a_loop_that_ends_leaves_whole_commits_to_the_next(is_ready: bool) -> None:
    stand = Stand()
    stand.store.is_ready = is_ready

    async def leave() -> None:
        await stand.begun()
        await stand.begun()

    asyncio.run(leave())
    stand.disk.at_once = True

    async def go_on() -> None:
        async with asyncio.timeout(30):
            assert await stand.write() in ([(1, [])] if is_ready else [(0, []), (1, [])])
            await stand.writer.close()

    asyncio.run(go_on())
    assert len(stand.store.logged) == int(stand.store.rows[COUNT])


def test_what_was_not_flushed_for_a_loop_that_ended_is_forgotten() -> None:
    stand = Stand()

    async def leave() -> None:
        await stand.begun()

    asyncio.run(leave())
    stand.disk.error = OSError(errno.EIO, "broken")
    stand.disk.at_once = True

    async def go_on() -> None:
        async with asyncio.timeout(30):
            assert await stand.write() == (0, [])
            await stand.writer.close()

    asyncio.run(go_on())
    assert stand.store.logged == [{COUNT: b"1"}]
    assert stand.store.steps[:4] == ["decide 1", "log", "forget", "decide 1"]


def test_another_loop_has_to_wait_until_nothing_is_on_its_way() -> None:
    stand = Stand()

    async def elsewhere() -> None:
        with pytest.raises(RuntimeError, match="another event loop"):
            stand.write()

    async def test() -> None:
        (write,) = await stand.begun()
        await asyncio.to_thread(asyncio.run, elsewhere())
        stand.disk.end()
        assert await write == (0, [])
        await stand.writer.close()

    asyncio.run(test())
