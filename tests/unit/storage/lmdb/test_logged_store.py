"""Checkpoints: when they are made, and what becomes of commits where they cannot be."""

from __future__ import annotations

import asyncio
import contextlib
import errno
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from jedlik.storage.contract import Mix
from jedlik.storage.engine import Value
from jedlik.storage.failures import OutcomeUnknown, StorageFull, StorageUnavailable
from jedlik.storage.lmdb import commit_log, logged_store
from jedlik.storage.lmdb.checkpoint import FILE, Checkpoint, CheckpointFile, read_checkpoint
from jedlik.storage.lmdb.environment import DATA_FILE, Environment
from jedlik.storage.lmdb.logged_engine import LoggedLmdbEngine
from jedlik.storage.lmdb.logged_store import LoggedLmdbStore
from tests.engines.small_disk import PART, fill

COUNT = b"count"


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(tmp_path)


@pytest.fixture
def store(environment: Environment) -> Iterator[LoggedLmdbStore]:
    opened = LoggedLmdbStore(environment, flushes=True, pages=100)
    yield opened
    if not environment.closed:
        opened.close()


def commit(store: LoggedLmdbStore, changes: dict[bytes, Value]) -> None:
    if not store.is_ready:
        store.make_ready()
    store.log(changes)
    store.flush()
    if not store.store(changes):
        store.store_anyhow(changes)


def commit_now(store: LoggedLmdbStore, changes: dict[bytes, Value]) -> None:
    commit(store, changes)
    assert store.catch_up()


def count_up(store: LoggedLmdbStore) -> int:
    """Commit one number after the other; the last for which that went well."""
    for number in range(1, 500):
        try:
            commit(store, {COUNT: b"%d" % number})
        except StorageUnavailable:
            return number - 1
        store._await_checkpoint()
    return 499


def rows_in(directory: Path, keys: Sequence[bytes]) -> list[Value]:
    async def read() -> list[Value]:
        engine = LoggedLmdbEngine.open(directory)
        values = await engine.read(keys)
        await engine.close()
        return values

    return asyncio.run(read())


def generation(directory: Path) -> int:
    found = read_checkpoint(directory)
    assert found is not None
    return found.generation


def names(directory: Path) -> list[str]:
    return sorted(file.name for file in directory.iterdir())


def test_nothing_is_made_before_the_first_write(store: LoggedLmdbStore, tmp_path: Path) -> None:
    assert not store.is_ready
    assert names(tmp_path) == [DATA_FILE, "lock.mdb"]
    store.make_ready()
    assert store.is_ready
    assert names(tmp_path) == [FILE, DATA_FILE, "lock.mdb", "log.0", "log.1"]
    store.close()
    assert names(tmp_path) == [FILE, DATA_FILE, "lock.mdb"]
    assert read_checkpoint(tmp_path) is None


def test_a_checkpoint_is_made_after_so_many_pages(store: LoggedLmdbStore, tmp_path: Path) -> None:
    commit(store, {COUNT: b"0"})
    first = generation(tmp_path)
    for number in range(200):
        commit_now(store, {COUNT: b"%d" % number})
        store._await_checkpoint()
    assert 5 <= generation(tmp_path) - first <= 20


def test_the_store_is_flushed_before_its_checkpoint_is_written(
    store: LoggedLmdbStore, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync, write = environment.sync, CheckpointFile.write

    def synced() -> None:
        steps.append("flush")
        sync()

    def written(self: CheckpointFile, checkpoint: Checkpoint) -> None:
        steps.append("write")
        write(self, checkpoint)

    monkeypatch.setattr(environment, "sync", synced)
    monkeypatch.setattr(CheckpointFile, "write", written)
    for number in range(100):
        commit_now(store, {COUNT: b"%d" % number})
        store._await_checkpoint()
    assert steps == ["flush", *["flush", "write"] * (len(steps) // 2)]
    assert len(steps) > 5


def test_pages_of_former_checkpoints_are_used_again(store: LoggedLmdbStore, tmp_path: Path) -> None:
    sizes = []
    for number in range(600):
        commit(store, {COUNT: b"%d" % number, b"big": bytes(9000)})
        store._await_checkpoint()
        sizes.append((tmp_path / DATA_FILE).stat().st_size)
    assert sizes[-1] == sizes[200] < 4 << 20


def test_a_store_that_could_not_be_flushed_takes_no_more_and_loses_nothing(
    store: LoggedLmdbStore, environment: Environment, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    commit(store, {COUNT: b"0"})

    def broken() -> None:
        raise StorageUnavailable("input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(environment, "sync", broken)
        last = count_up(store)
        assert 10 < last < 499
    with pytest.raises(StorageUnavailable, match="could not be flushed"):
        commit(store, {COUNT: b"more"})
    store.close()
    assert FILE in names(tmp_path), "the next process recovers"
    assert rows_in(tmp_path, [COUNT]) == [b"%d" % last]


def fail_to_flush(_: int) -> None:
    raise OSError(errno.EIO, "broken")


def test_what_could_not_be_flushed_does_not_come_back(
    store: LoggedLmdbStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Later commits have not seen it."""
    commit(store, {COUNT: b"0"})
    calls: list[int] = []

    def once(file: int) -> None:
        calls.append(file)
        if len(calls) == 1:
            fail_to_flush(file)

    with monkeypatch.context() as patched:
        patched.setattr(commit_log, "flush_file", once)
        with pytest.raises(StorageUnavailable, match="broken"):
            store.log_durably({COUNT: b"failed"})
    store._environment.close()  # as if it was killed
    assert rows_in(tmp_path, [COUNT]) == [b"0"]


def test_what_cannot_be_flushed_after_the_map_has_grown_does_not_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = Environment(tmp_path, 1 << 18)
    store = LoggedLmdbStore(environment, flushes=True)
    commit(store, {COUNT: b"0"})
    store.log({COUNT: bytes(1 << 19)})
    renew = store._renew

    def renewed(log: commit_log.CommitLog) -> None:
        renew(log)
        calls: list[int] = []
        monkeypatch.setattr(
            commit_log,
            "flush_file",
            lambda file: calls.append(file) if calls else (calls.append(file), fail_to_flush(file)),
        )

    monkeypatch.setattr(store, "_renew", renewed)
    with pytest.raises(StorageUnavailable, match="broken"):
        store.store_anyhow({COUNT: bytes(1 << 19)})
    monkeypatch.undo()
    environment.close()  # as if it was killed
    assert rows_in(tmp_path, [COUNT]) == [b"0"]


def test_a_relaxed_flush_that_failed_is_made_up_for_by_a_checkpoint(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LoggedLmdbStore(environment, flushes=False)
    store.flush()
    commit(store, {COUNT: b"0"})
    before = generation(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(commit_log, "flush_file", fail_to_flush)
        with pytest.raises(StorageUnavailable, match="broken"):
            store.flush()
    assert not store.is_ready
    commit(store, {COUNT: b"1"})
    assert generation(tmp_path) == before + 1
    store.close()


def test_no_checkpoint_follows_one_that_failed(
    store: LoggedLmdbStore, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would overwrite a log that the last one before needs, and a flush after one that failed
    may succeed without having written anything."""
    commit(store, {COUNT: b"0"})
    log = store._log
    assert log is not None
    before = log.generation

    def broken() -> None:
        raise StorageUnavailable("input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(environment, "sync", broken)
        store._begin_checkpoint()
        store._await_checkpoint()
    failures = []
    for _ in range(2):
        with pytest.raises(StorageUnavailable, match="could not be flushed") as failed:
            store._renew(log)
        failures.append(failed.value)
    assert failures[0] is not failures[1], "it would keep the frames of both"
    assert log.generation == before + 1


def test_a_map_that_could_not_grow_takes_nothing_before_the_next_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For growing has ended the snapshot that kept the pages of the last one."""
    environment = Environment(tmp_path, 1 << 18)
    store = LoggedLmdbStore(environment, flushes=True)
    commit(store, {COUNT: b"0"})
    before = generation(tmp_path)

    def refuse() -> None:
        raise StorageUnavailable("cannot allocate memory")

    with monkeypatch.context() as patched:
        patched.setattr(environment, "grow", refuse)
        with pytest.raises(StorageUnavailable, match="cannot allocate"):
            commit(store, {COUNT: bytes(1 << 19)})
    assert not store.is_ready
    commit(store, {COUNT: b"1"})
    assert generation(tmp_path) == before + 1
    assert store._snapshot is not None
    store.close()


def test_without_threads_checkpoints_are_made_all_the_same(
    store: LoggedLmdbStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoThread:
        def __init__(self, **_: object) -> None:
            pass

        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    commit(store, {COUNT: b"0"})
    first = generation(tmp_path)
    monkeypatch.setattr(logged_store.threading, "Thread", NoThread)
    for number in range(50):
        commit_now(store, {COUNT: b"%d" % number})
    assert generation(tmp_path) > first + 1


def test_a_record_that_may_have_stayed_is_forgotten_by_a_checkpoint(
    store: LoggedLmdbStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(store, {COUNT: b"0"})
    before = generation(tmp_path)

    def broken(*_: object) -> int:
        raise OSError(errno.EIO, "broken")

    with monkeypatch.context() as patched:
        patched.setattr(commit_log.os, "pwrite", broken)
        store.log({COUNT: b"unknown"})
        assert isinstance(store.forget(OSError(errno.EIO, "broken")), OutcomeUnknown)
    assert not store.is_ready
    commit(store, {b"other": b"1"})
    assert generation(tmp_path) == before + 1
    store._environment.close()  # as if it was killed
    assert rows_in(tmp_path, [COUNT, b"other"]) == [b"0", b"1"]


@pytest.mark.parametrize("are_both_used", [True, False])
def test_a_full_disk_has_room_for_the_log_where_it_was_before(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, are_both_used: bool
) -> None:
    """Else nothing could be deleted, which makes room."""
    store = LoggedLmdbStore(environment, flushes=True)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    commit_now(store, {COUNT: b"0"})
    assert store._log is not None
    if are_both_used:
        store._renew(store._log)
        commit_now(store, {COUNT: b"0"})
    before = generation(tmp_path)
    monkeypatch.setattr(commit_log.os, "posix_fallocate", full)
    for number in range(30):
        for _ in range(2 if are_both_used else 3):
            with contextlib.suppress(StorageFull):
                commit(store, {COUNT: b"%d" % number, b"more": bytes(90_000)})
                break
        else:
            raise AssertionError("it was refused too often")
    between = generation(tmp_path)
    assert 1 < between - before < 10
    for _ in range(5):
        with pytest.raises(StorageFull):
            commit(store, {COUNT: bytes(2_000_000)})
    assert generation(tmp_path) == between, "no checkpoint makes room for that"
    commit(store, {COUNT: b"2"})
    environment.close()  # as if it was killed
    assert rows_in(tmp_path, [COUNT]) == [b"2"]


@pytest.mark.parametrize("limit", [None, 3 << 20])
def test_a_map_that_is_full_grows_and_at_its_limit_the_write_is_refused(
    tmp_path: Path, limit: int | None
) -> None:
    environment = Environment(tmp_path, 1 << 18, limit)
    store = LoggedLmdbStore(environment, flushes=True, pages=100)
    stored = 0
    try:
        for number in range(100):
            commit(store, {b"%d" % number: bytes(50_000)})
            stored += 1
    except StorageFull:
        assert limit
    assert stored == 100 if limit is None else 20 < stored < 60
    commit(store, {b"0": None})
    commit(store, {b"1": None})
    commit(store, {COUNT: b"1"})
    environment.close()  # as if it was killed
    found = rows_in(tmp_path, [COUNT, b"0", *(b"%d" % number for number in range(2, stored + 1))])
    assert found == [b"1", None, *[bytes(50_000)] * (stored - 2), None]


def test_deleting_makes_room_at_the_limit(tmp_path: Path) -> None:
    async def run() -> None:
        engine = LoggedLmdbEngine.open(tmp_path, map_size=1 << 18, map_limit=3 << 20)
        assert (await fill(engine))[0] < 100
        for _ in range(20):
            for number in range(5):
                await engine.write(Mix(COUNT, (), {b"%d-0" % number: None}))
            for number in range(5):
                await engine.write(Mix(COUNT, (), {b"%d-0" % number: PART}))
        await engine.close()

    asyncio.run(run())


def test_a_defect_in_committing_fails_the_batch_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        engine = LoggedLmdbEngine.open(tmp_path)
        await engine.write(Mix(COUNT))
        with monkeypatch.context() as patched:
            patched.setattr(Environment, "has_room", lambda _: False)
            assert engine.state()
            patched.setattr(Environment, "apply", lambda *_: 1 / 0)
            with pytest.raises(StorageUnavailable, match="ZeroDivisionError"):
                await engine.write(Mix(COUNT))
        engine._environment.close()  # as if it was killed

    asyncio.run(run())
    assert rows_in(tmp_path, [COUNT]) == [b"1"]
