"""What was answered and is not in LMDB's file yet: who sees it, when it goes there, and what
becomes of it where it cannot."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from jedlik.storage.contract import Mix
from jedlik.storage.engine import Value
from jedlik.storage.failures import StorageFull, StorageUnavailable
from jedlik.storage.lmdb.checkpoint import FILE, read_checkpoint
from jedlik.storage.lmdb.commit_log import MAX_UNSTORED, MAX_UNSTORED_BYTES
from jedlik.storage.lmdb.environment import Environment
from jedlik.storage.lmdb.logged_engine import LoggedLmdbEngine
from jedlik.storage.lmdb.logged_store import LoggedLmdbStore

COUNT = b"count"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LoggedLmdbStore]:
    opened = LoggedLmdbStore(Environment(tmp_path), flushes=True, pages=200)
    yield opened
    if not opened._environment.closed:
        opened.close()


def commit(store: LoggedLmdbStore, changes: dict[bytes, Value]) -> None:
    if not store.is_ready:
        store.make_ready()
    store.log(changes)
    store.flush()
    assert store.store(changes)


def in_file(store: LoggedLmdbStore, key: bytes) -> Value:
    """The value that LMDB's file has."""
    with store._environment.env.begin(store._environment.rows) as txn:
        value: Value = txn.get(key)
        return value


def generation(directory: Path) -> int:
    found = read_checkpoint(directory)
    assert found is not None
    return found.generation


def rows_in(directory: Path) -> dict[bytes, bytes]:
    async def read() -> dict[bytes, bytes]:
        engine = LoggedLmdbEngine.open(directory)
        page = await engine.range(b"", None)
        await engine.close()
        return dict(page.rows)

    return asyncio.run(read())


def disk_is_full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_changes_are_stored_when_there_are_many(store: LoggedLmdbStore) -> None:
    for number in range(MAX_UNSTORED - 1):
        commit(store, {b"%d" % number: b"x"})
        assert store.is_behind
    assert in_file(store, b"0") is None
    commit(store, {b"last": b"x"})
    assert not store.is_behind
    assert in_file(store, b"0") == in_file(store, b"last") == b"x"


def test_changes_are_stored_when_they_are_large(store: LoggedLmdbStore) -> None:
    half = bytes(MAX_UNSTORED_BYTES // 2)
    commit(store, {b"1": half})
    assert in_file(store, b"1") is None
    commit(store, {b"2": half})
    assert in_file(store, b"1") == in_file(store, b"2") == half
    commit(store, {b"3": b"x"})
    commit(store, {b"4": bytes(MAX_UNSTORED_BYTES)})
    assert in_file(store, b"3") == b"x"
    assert in_file(store, b"4") is not None, "no more than that waits"


def test_what_is_put_again_and_again_is_written_once(store: LoggedLmdbStore) -> None:
    commit(store, {COUNT: b"0"})
    store.catch_up()
    before = store._environment.env.info()["last_txnid"]
    for number in range(50):
        commit(store, {COUNT: b"%d" % number})
    store.catch_up()
    assert in_file(store, COUNT) == b"49"
    assert store._environment.env.info()["last_txnid"] == before + 1


def test_the_log_ends_with_a_checkpoint_however_little_is_stored(
    store: LoggedLmdbStore, tmp_path: Path
) -> None:
    commit(store, {COUNT: b"0"})
    first = generation(tmp_path)
    for number in range(450):
        commit(store, {COUNT: b"%d" % number})
        store._await_checkpoint()
    assert generation(tmp_path) == first + 2, "200 blocks of the log each"


def test_what_was_decided_on_is_what_was_answered_last(tmp_path: Path) -> None:
    async def run() -> None:
        engine = LoggedLmdbEngine.open(tmp_path)
        for number in range(10):
            assert await engine.write(Mix(COUNT, (b"x",), {b"x": b"%d" % number})) == (
                number, [b"%d" % (number - 1) if number else None],
            )  # fmt: skip
        assert engine._store.is_behind
        await engine.close()

    asyncio.run(run())
    assert rows_in(tmp_path) == {COUNT: b"10", b"x": b"9"}


def test_a_process_that_is_killed_loses_nothing(store: LoggedLmdbStore, tmp_path: Path) -> None:
    commit(store, {COUNT: b"0", b"x": b"1"})
    store.catch_up()
    commit(store, {COUNT: b"1"})
    commit(store, {b"x": None})
    assert in_file(store, COUNT) == b"0"
    store._environment.close()
    assert rows_in(tmp_path) == {COUNT: b"1"}


def test_closing_stores_it(store: LoggedLmdbStore, tmp_path: Path) -> None:
    commit(store, {COUNT: b"1"})
    store.close()
    assert read_checkpoint(tmp_path) is None
    assert rows_in(tmp_path) == {COUNT: b"1"}


def test_where_the_disk_is_nearly_full_each_write_is_stored_before_it_is_answered(
    store: LoggedLmdbStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(store, {COUNT: b"0"})
    store.catch_up()
    monkeypatch.setattr(Environment, "has_room", lambda _: False)
    commit(store, {COUNT: b"1"})
    assert store.catch_up()
    for number in range(2, 5):
        commit(store, {COUNT: b"%d" % number})
        assert in_file(store, COUNT) == b"%d" % number


def test_a_directory_that_is_moved_away_takes_writes_all_the_same(
    store: LoggedLmdbStore, tmp_path: Path
) -> None:
    commit(store, {COUNT: b"0"})
    moved = tmp_path.rename(tmp_path.with_name("moved"))
    for number in range(1, 4):
        commit(store, {COUNT: b"%d" % number})
        assert store.catch_up()
    moved.rename(tmp_path)
    assert in_file(store, COUNT) == b"3"


def run(tmp_path: Path, test: Callable[[LoggedLmdbEngine], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        engine = LoggedLmdbEngine.open(tmp_path)
        await test(engine)
        await engine.close()

    asyncio.run(whole())


def test_reads_and_snapshots_have_all_that_was_answered(tmp_path: Path) -> None:
    async def test(engine: LoggedLmdbEngine) -> None:
        await engine.write(Mix(COUNT, (), {b"a": b"1", b"b": b"1"}))
        assert await engine.read([b"a"]) == [b"1"]
        assert await engine.read([b"b", b"other", COUNT]) == [b"1", None, b"1"]
        assert engine._store.is_behind
        assert (await engine.range(b"x", None)).rows == []
        assert (await engine.range(b"a", b"b")).rows == [(b"a", b"1")]
        assert engine._store.is_behind, "a read stores nothing"
        await engine.write(Mix(COUNT, (), {b"a": None}))
        page = await engine.range(b"x", None, also_read=[b"a", b"b"])
        assert page.also_read == [None, b"1"]
        await engine.write(Mix(COUNT, (), {b"b": b"2"}))
        snapshot = engine.hold()
        await engine.write(Mix(COUNT, (), {b"b": b"3"}))
        assert await snapshot.read([b"b"]) == [b"2"]
        snapshot.release()
        before = engine.state()
        await engine.write(Mix(COUNT))
        assert engine.state() != before
        await engine.write(Mix(COUNT))
        assert engine.problems() == []

    run(tmp_path, test)


def test_what_cannot_be_stored_is_read_all_the_same_and_keeps_further_writes_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(engine: LoggedLmdbEngine) -> None:
        await engine.write(Mix(COUNT, (), {b"a": b"1", b"b": b"1", b"c": b"1"}))
        assert engine._store.catch_up()
        await engine.write(Mix(COUNT, (), {b"a": None, b"b": b"2", b"d": b"2"}))
        with monkeypatch.context() as patched:
            patched.setattr(Environment, "apply", disk_is_full)
            assert (await engine.range(b"a", b"count")).rows == [(b"b", b"2"), (b"c", b"1")]
            page = await engine.range(b"a", None, reverse=True, limit=2, also_read=[b"a", b"c"])
            assert page == ([(b"d", b"2"), (COUNT, b"2")], [None, b"1"], True)
            assert await engine.read([b"a", b"b", b"c"]) == [None, b"2", b"1"]
            for each in (engine.state, engine.hold, engine.problems):
                with pytest.raises(StorageUnavailable, match="could not be stored"):
                    each()
            with pytest.raises(StorageUnavailable, match="No space"):
                await engine.write(Mix(COUNT))
        assert await engine.write(Mix(COUNT)) == (2, [])
        assert [key for key, _ in (await engine.range(b"", None)).rows] == [b"b", b"c", COUNT, b"d"]

    run(tmp_path, test)


def test_what_could_not_be_stored_until_the_end_is_recovered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(engine: LoggedLmdbEngine) -> None:
        await engine.write(Mix(COUNT))
        monkeypatch.setattr(Environment, "apply", disk_is_full)

    run(tmp_path, test)
    assert (tmp_path / FILE).read_bytes() != b"closed\n"
    monkeypatch.undo()
    assert rows_in(tmp_path) == {COUNT: b"1"}


def test_a_large_write_after_it_is_refused_and_does_not_come_back(
    store: LoggedLmdbStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(store, {COUNT: b"0"})
    large: dict[bytes, Value] = {COUNT: bytes(MAX_UNSTORED_BYTES)}
    with monkeypatch.context() as patched:
        patched.setattr(Environment, "apply", disk_is_full)
        store.log_durably(large)
        assert not store.store(large)
        with pytest.raises(OSError, match="No space"):
            store.store_anyhow(large)
    store._environment.close()
    assert rows_in(tmp_path) == {COUNT: b"0"}


def test_while_a_thread_stores_it_reads_look_there_first(tmp_path: Path) -> None:
    async def test(engine: LoggedLmdbEngine) -> None:
        await engine.write(Mix(COUNT, (), {b"a": b"1"}))
        with engine._store._storing:
            assert (await engine.range(b"a", b"b")).rows == [(b"a", b"1")]
        assert engine._store.is_behind
        assert engine._store.is_ready, "nothing went wrong"

    run(tmp_path, test)


def test_a_full_map_is_no_reason_to_answer_what_cannot_be_stored(tmp_path: Path) -> None:
    async def run() -> None:
        engine = LoggedLmdbEngine.open(tmp_path, map_size=1 << 20, map_limit=1 << 20)
        written = 0
        with contextlib.suppress(StorageFull):
            for number in range(1000):
                await engine.write(Mix(COUNT, (), {b"%d" % number: bytes(5000)}))
                assert not engine._store.is_behind
                written += 1
        assert 50 < written < 1000
        await engine.close()

    asyncio.run(run())
