"""What takes long is not done on the event loop, and each batch is answered, however it ends."""

from __future__ import annotations

import asyncio
import errno
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from jedlik.storage.contract import Mix
from jedlik.storage.engine import Value
from jedlik.storage.failures import OutcomeUnknown, StorageFull, StorageUnavailable
from jedlik.storage.flushes import Done, Flushes, FlushLost, ThreadFlushes
from jedlik.storage.lmdb import shared_writer
from jedlik.storage.lmdb.commit_log import MAX_UNSTORED, CommitLog
from jedlik.storage.lmdb.environment import Environment
from jedlik.storage.lmdb.overlapping import OverlappingCommits
from jedlik.storage.lmdb.shared_log import SharedLog
from jedlik.storage.lmdb.shared_writer import SharedWriter
from jedlik.storage.writer import SYNC_INTERVAL


class SomeFlushes(ThreadFlushes):
    """Flushes, of which the next ones fail."""

    failures: list[OSError]

    def start(self, place: int, done: Done, *, alone: bool = False) -> None:
        error = self.failures.pop(0) if self.failures else None
        super().start(place, done if error is None else lambda _: done(error), alone=alone)


class Stand:
    """A writer, its store, and on which threads this was asked for what."""

    def __init__(self, directory: Path, *, flushes: bool = True) -> None:
        self.environment = Environment(directory, 1 << 28, 1 << 28)
        self.log = SharedLog(self.environment, flushes=flushes)
        self.store = OverlappingCommits(self.environment, self.log)
        self.failures: list[OSError] = []
        self.writer = SharedWriter(self.store, self._flushes)
        self.other = SharedLog(self.environment)
        """What another process has of the log."""
        self.others = OverlappingCommits(self.environment, self.other)

    def _flushes(self, files: Sequence[int], _: int) -> Flushes:
        made = SomeFlushes(files)
        made.failures = self.failures
        return made

    async def put(self, key: bytes, value: bytes = b"1") -> None:
        await self.writer.gatherer.join(Mix(b"count", (), {key: value}))

    def value(self, key: bytes) -> Value:
        """What everyone sees."""
        tail = self.others.tail
        with tail.begin() as txn:
            return tail.changes[key] if key in tail.changes else txn.get(key)

    def stored(self, key: bytes) -> Value:
        """What LMDB's file has."""
        with self.environment.env.begin(self.environment.rows) as txn:
            return txn.get(key)

    def close(self) -> None:
        for log in (self.other, self.log):
            log.close()
        self.environment.close()


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    made = Stand(tmp_path)
    yield made
    made.close()


def threads_of(stand: Stand, name: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the threads on which a method of the store is called from now on."""
    method, called = getattr(stand.store, name), []

    def noted(*arguments: object) -> object:
        called.append(threading.current_thread().name)
        return method(*arguments)

    monkeypatch.setattr(stand.store, name, noted)
    return called


async def turns_until(condition: Callable[[], object]) -> None:
    """Let the loop turn."""
    for _ in range(100_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it did not come about")


def run(stand: Stand, use: Callable[[], object]) -> None:
    """Use the writer on a loop of its own, once it has begun its log, and close it."""

    async def used() -> None:
        await stand.put(b"first")
        result = use()
        if asyncio.iscoroutine(result):
            await result
        await stand.writer.close()

    asyncio.run(used())


def test_a_short_commit_is_made_on_the_loop(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    async def use() -> None:
        calls = {
            name: threads_of(stand, name, monkeypatch) for name in ("log", "publish", "commit")
        }
        await stand.put(b"a")
        assert calls == {"log": ["MainThread"], "publish": ["MainThread"], "commit": []}
        assert stand.value(b"a") == b"1"

    run(stand, use)


def test_one_that_is_made_alone_is_made_on_a_thread(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def use() -> None:
        called = threads_of(stand, "commit", monkeypatch)
        stand.log.make_room()
        await stand.put(b"a")
        assert called == ["jedlik-writer"]
        assert stand.value(b"a") == b"1"

    run(stand, use)


def test_for_another_process_the_loop_waits_some_turns(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def use() -> None:
        called = threads_of(stand, "commit", monkeypatch)
        monkeypatch.setattr(shared_writer, "LOOKS", 60.0)
        with stand.others._order.taken():
            putting = asyncio.create_task(stand.put(b"a"))
            await turns_until(lambda: stand.writer._looks_until)
            more = asyncio.create_task(stand.put(b"b"))
            await asyncio.sleep(0)
        await asyncio.gather(putting, more)
        assert called == []
        assert stand.writer.gatherer.commits == 2, "the first, and one of both"

    run(stand, use)


def test_and_then_a_thread_does(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    async def use() -> None:
        called = threads_of(stand, "commit", monkeypatch)
        with ExitStack() as left:
            left.enter_context(stand.others._order.taken())
            putting = asyncio.create_task(stand.put(b"a"))
            await turns_until(lambda: called)
            more = asyncio.create_task(stand.put(b"b"))
            await asyncio.sleep(0.01)
            assert not putting.done()
        await asyncio.gather(putting, more)
        assert called == ["jedlik-writer"]
        assert (stand.value(b"a"), stand.value(b"b")) == (b"1", b"1")

    run(stand, use)


def test_after_a_long_decision_the_next_ones_are_made_on_a_thread(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def use() -> None:
        called = threads_of(stand, "commit", monkeypatch)
        monkeypatch.setattr(stand.writer, "_timer", iter((0.0, 1.0, 1.0, 1.0)).__next__)
        monkeypatch.setattr(shared_writer, "APART", 2)
        for key in (b"a", b"b", b"c", b"d"):
            await stand.put(key)
        assert called == ["jedlik-writer"] * 2

    run(stand, use)


def test_a_large_batch_is_committed_in_parts(stand: Stand) -> None:
    async def use() -> None:
        await asyncio.gather(*(stand.put(b"%d" % n, bytes(50_000)) for n in range(10)))
        assert all(stand.value(b"%d" % n) for n in range(10))
        assert stand.writer.gatherer.commits > 3

    run(stand, use)


def test_what_could_not_be_flushed_is_refused(stand: Stand) -> None:
    async def use() -> None:
        stand.failures.append(OSError(errno.EIO, "no"))
        with pytest.raises(StorageUnavailable):
            await stand.put(b"a")
        await stand.put(b"b")
        assert (stand.value(b"a"), stand.value(b"b")) == (None, b"1")

    run(stand, use)


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "no"), FlushLost(errno.EPIPE, "it died")])
def test_where_that_can_help_it_is_committed_again(stand: Stand, error: OSError) -> None:
    async def use() -> None:
        stand.failures.append(error)
        await stand.put(b"a")
        assert stand.value(b"a") == b"1"
        assert stand.value(b"count") == b"2"

    run(stand, use)


def test_a_failure_of_the_store_is_told(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> bool:
        raise StorageFull("full")

    def unknown(*_: object) -> bool:
        raise OutcomeUnknown("half way")

    async def use() -> None:
        with monkeypatch.context() as patched:
            patched.setattr(stand.log, "make_room", lambda: None)
            patched.setattr(stand.store, "log", full)
            patched.setattr(stand.store, "_commit", full)
            with pytest.raises(StorageFull):
                await stand.put(b"a")
        with monkeypatch.context() as patched:
            patched.setattr(stand.store._published, "advance", unknown)
            with pytest.raises(OutcomeUnknown):
                await stand.put(b"b")
        await stand.put(b"d")
        assert stand.value(b"d") == b"1"

    run(stand, use)


def test_what_was_published_is_put_into_the_file_a_little_later(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def use() -> None:
        called = threads_of(stand, "catch_up", monkeypatch)
        monkeypatch.setattr(shared_writer, "CATCH_UP", 0.0)
        monkeypatch.setattr(shared_writer, "SYNC_INTERVAL", 0.0)
        with stand.others._storing.taken():
            await stand.put(b"a")
            assert (stand.value(b"a"), stand.stored(b"a")) == (b"1", None)
            await turns_until(lambda: len(called) > 2)
            assert stand.stored(b"a") is None
        await turns_until(lambda: stand.stored(b"a"))

    run(stand, use)


def test_so_is_what_was_logged_on_a_thread(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    async def use() -> None:
        monkeypatch.setattr(shared_writer, "CATCH_UP", 0.0)
        monkeypatch.setattr(shared_writer, "LOOKS", 0.0)
        called = threads_of(stand, "commit", monkeypatch)
        with stand.others._order.taken():
            writing = asyncio.create_task(stand.put(b"a"))
            await turns_until(lambda: called)
        await writing
        await turns_until(lambda: stand.stored(b"a"))

    run(stand, use)


def test_with_relaxed_durability_the_log_is_flushed_once_in_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand = Stand(tmp_path, flushes=False)

    def none(_: Sequence[int], __: int) -> Flushes:
        raise AssertionError("it flushes nothing with a commit")

    async def use() -> None:
        stand.writer._make_flushes = none
        called = threads_of(stand, "flush", monkeypatch)
        monkeypatch.setattr(CommitLog, "flush", lambda _: none((), 0))
        await asyncio.gather(*(stand.put(b"%d" % n, bytes(50_000)) for n in range(10)))
        assert all(stand.value(b"%d" % n) for n in range(10))
        assert called == []
        due = stand.writer._flush_due
        assert due is not None
        assert due.when() - asyncio.get_running_loop().time() <= SYNC_INTERVAL
        stand.writer._flush_now()
        await stand.put(b"a")
        stand.writer._thread.finish()
        assert called == ["jedlik-writer"]

    run(stand, use)
    stand.close()


def test_after_a_flush_that_failed_a_checkpoint_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand = Stand(tmp_path, flushes=False)

    def fails(_: CommitLog) -> None:
        raise OSError(errno.EIO, "no")

    async def use() -> None:
        generation = stand.log.log.generation
        with monkeypatch.context() as patched:
            patched.setattr(CommitLog, "flush_both", fails)
            stand.writer._flush_now()
            stand.writer._thread.finish()
        await stand.put(b"a")
        assert stand.log.log.generation > generation
        assert stand.stored(b"a") == b"1"

    run(stand, use)
    stand.close()


def test_many_changes_are_put_there_together(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    async def use() -> None:
        monkeypatch.setattr(shared_writer, "CATCH_UP", 3600.0)
        for number in range(MAX_UNSTORED - 1):  # and the key that each of them counts in
            await stand.put(b"%d" % number)
        assert stand.stored(b"0") is None
        for key in (b"a", b"b"):
            await stand.put(key)
        assert all(stand.stored(b"%d" % number) for number in range(MAX_UNSTORED - 1))
        assert stand.stored(b"b") is None

    run(stand, use)


def test_a_loop_that_ended_leaves_nothing_half_done(stand: Stand) -> None:
    async def begin() -> None:
        await stand.put(b"first")
        stand.writer.gatherer.join(Mix(b"count", (), {b"a": b"1"}))
        await turns_until(lambda: stand.writer._logged)

    async def go_on() -> None:
        await stand.put(b"b")
        await stand.writer.close()

    asyncio.run(begin())
    asyncio.run(go_on())
    assert (stand.value(b"a"), stand.value(b"b"), stand.value(b"count")) == (b"1", b"1", b"3")
