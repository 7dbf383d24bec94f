"""Whichever process dies, and whatever a power loss leaves of LMDB's file, everything that was
acknowledged comes back."""

from __future__ import annotations

import errno
import random
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import lmdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.storage.failures import OutcomeUnknown, StorageFull, StorageUnavailable
from jedlik.storage.lmdb import shared_log
from jedlik.storage.lmdb.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from jedlik.storage.lmdb.commit_log import CommitLog
from jedlik.storage.lmdb.commit_log import contents as logged
from jedlik.storage.lmdb.environment import DATA_FILE, Environment
from jedlik.storage.lmdb.recovery import recover
from jedlik.storage.lmdb.shared_log import SharedLog, _unused_generation
from tests.properties import examples
from tests.unit.storage.lmdb.power_loss import rows_in, some_changes, some_pages
from tests.unit.storage.lmdb.shared_log_stand import FEW_PAGES, Process, rows_after_a_kill
from tests.waiting import wait_until


@examples(150)
@given(seed=st.integers(0, 1 << 32))
def test_no_page_that_was_not_flushed_is_needed(seed: int) -> None:
    draw = random.Random(seed)
    expected: dict[bytes, bytes] = {}
    flushed: dict[int, bytes] = {}
    """By generation: LMDB's file as its checkpoint was about to be written."""
    with TemporaryDirectory() as scratch, pytest.MonkeyPatch.context() as patched:
        directory = Path(scratch) / "store"
        directory.mkdir()

        def noted(where: Path, begun: Checkpoint) -> None:
            if threading.current_thread().name == "jedlik-checkpoint" and begun.number % 2:
                return  # as if the process had died before
            flushed[begun.generation] = (where / DATA_FILE).read_bytes()
            write_checkpoint(where, begun)

        patched.setattr(shared_log, "write_checkpoint", noted)
        for _ in range(draw.randrange(1, 5)):
            process = Process(directory, pages=draw.choice((FEW_PAGES, 5 * FEW_PAGES)))
            for _ in range(draw.randrange(1, 100)):
                changes = some_changes(draw)
                process.commit(changes)
                for key, value in changes.items():
                    expected.pop(key, None)
                    if value is not None:
                        expected[key] = value
                if draw.random() < 0.1:
                    process.lose_snapshots(draw)
            aside = Path(scratch) / "aside"
            process.finish_checkpoint()  # which may be halfway at any other moment
            shutil.copytree(directory, aside)
            process.close()
            last = read_checkpoint(aside)
            assert last is not None
            now = (aside / DATA_FILE).read_bytes()
            (aside / DATA_FILE).write_bytes(some_pages(draw, flushed[last.generation], now))
            shutil.rmtree(directory)
            aside.rename(directory)
            recover(directory)
        assert rows_in(directory) == expected


def test_some_reader_always_has_what_the_last_checkpoint_needs(process: Process) -> None:
    for number in range(200):
        process.commit({b"%d" % (number % 7): b"x" * 5000})
        if number % 60 == 50:
            process.lose_snapshots()
        if number % 60 != 50:
            assert process.environment.is_kept(process.place.needed)

    def kept() -> int:
        _, *readers = process.environment.env.readers().splitlines()
        return sum(not each.endswith("-") for each in readers)

    wait_until(lambda: kept() <= 3)  # older ones are let go of, on threads


def test_a_first_checkpoint_that_finds_no_room_is_made_later(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(shared_log, "write_checkpoint", full)
        with pytest.raises(StorageFull):
            process.commit({b"a": b"1"})
    process.commit({b"b": b"2"})
    assert rows_after_a_kill(process) == {b"b": b"2"}


def test_without_snapshots_the_log_starts_over(process: Process) -> None:
    process.commit({b"a": b"1"})
    before = process.place
    process.lose_snapshots()
    process.commit({b"b": b"2"})
    after = process.place
    assert after.generation >= before.generation + 2
    assert after.number == before.number + 1
    last = read_checkpoint(process.directory)
    assert last is not None
    assert (last.generation, last.number) == (after.generation, before.number)
    assert rows_after_a_kill(process) == {b"a": b"1", b"b": b"2"}


def test_a_checkpoint_that_no_one_finished_is_made_again(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.commit({b"first": b"1"})
    with monkeypatch.context() as patched:
        patched.setattr(SharedLog, "_flush_all", lambda *_: None)  # as if it died before
        first = process.place.generation
        while process.place.generation == first:
            process.commit({b"k": b"x" * 5000})
        process.finish_checkpoint()
    unfinished = process.place.generation
    last = read_checkpoint(process.directory)
    assert last is not None
    assert last.generation == unfinished - 1
    while process.place.generation == unfinished:
        process.commit({b"k": b"y" * 5000})
    last = read_checkpoint(process.directory)
    assert last is not None
    assert last.generation == process.place.generation > unfinished + 1
    assert rows_after_a_kill(process) == {b"first": b"1", b"k": b"y" * 5000}


def test_a_later_snapshot_does_not_do_while_its_checkpoint_is_not_on_the_disk(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.commit({b"a": b"1"})
    first = process.place.generation
    with monkeypatch.context() as patched:
        patched.setattr(SharedLog, "_flush_all", lambda *_: None)  # its process dies before
        while process.place.generation == first:
            process.commit({b"k": b"x" * 5000})
        process.finish_checkpoint()
    (begun, keeper), _ = process.log._kept
    begun.is_over.set()
    keeper.join()
    process.commit({b"k": b"y"})
    last = read_checkpoint(process.directory)
    assert last is not None
    assert last.generation == process.place.generation > first + 1
    assert rows_after_a_kill(process) == {b"a": b"1", b"k": b"y"}


def test_no_generation_is_used_twice(tmp_path: Path) -> None:
    """Not even after a recovery, which leaves notes of the ones before in LMDB's file."""
    seen: set[int] = set()
    for _ in range(3):
        process = Process(tmp_path)
        process.commit({b"a": b"1"})
        assert process.place.generation not in seen
        seen.add(process.place.generation)
        process.close()
        recover(tmp_path)
    last = Checkpoint(6, 0, b"")
    assert _unused_generation(last) > 6 + 1
    assert (_unused_generation(last) - 6) % 2 == 1, "it does not go where the last one is"


def _no_flush(_: CommitLog) -> None:
    raise OSError(errno.EIO, "Input/output error")


def _no_note(*_: object) -> None:
    raise lmdb.Error("put")


def _no_process(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("where", "name", "fault", "raised"),
    [
        (CommitLog, "flush", _no_flush, OutcomeUnknown),
        (Environment, "note_place", _no_note, lmdb.Error),
        (Environment, "note_place", _no_process, KeyboardInterrupt),
    ],
)
def test_what_failed_does_not_come_back(
    process: Process,
    where: type,
    name: str,
    fault: Callable[..., Any],
    raised: type[BaseException],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    process.commit({b"a": b"1"})
    with monkeypatch.context() as patched:
        patched.setattr(where, name, fault)
        with pytest.raises(raised):
            process.commit({b"b": b"2"})
    if raised is not OutcomeUnknown:
        assert rows_after_a_kill(process) == {b"a": b"1"}
    process.commit({b"c": b"3"})
    assert rows_after_a_kill(process) == {b"a": b"1", b"c": b"3"}


def test_a_record_that_another_one_is_written_over_is_not_taken_back(process: Process) -> None:
    process.commit({b"a": b"1"})
    process.commit({b"b": b"2"})
    log = process.log.log
    process.log._withdraw(log.number - 2, OSError())
    assert rows_after_a_kill(process) == {b"a": b"1", b"b": b"2"}


def test_a_failure_with_a_new_generation_leaves_the_one_before(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.commit({b"a": b"1"})
    process.finish_checkpoint()
    before = process.place
    with monkeypatch.context() as patched:
        patched.setattr(Environment, "note_place", _no_note)
        patched.setattr(process.log, "_pages", 0)
        with pytest.raises(lmdb.Error):
            process.commit({b"b": b"2"})
    assert process.place == before
    assert rows_after_a_kill(process) == {b"a": b"1"}
    process.commit({b"c": b"3"})
    assert rows_after_a_kill(process) == {b"a": b"1", b"c": b"3"}


def test_to_make_room_the_log_begins_at_the_start_of_a_file(process: Process) -> None:
    process.commit({b"a": b"1"})
    process.commit({b"b": b"2"})
    before = process.place
    ((_, keeper),) = process.log._kept
    process.log.make_room()
    process.commit({b"c": b"3"})
    assert process.place.end < before.end
    keeper.join(10)
    assert not process.environment.is_kept(before.snapshot), "pages freed before can be used"
    assert rows_after_a_kill(process) == {b"a": b"1", b"b": b"2", b"c": b"3"}


def test_a_record_that_finds_no_room_is_not_there(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    process.commit({b"a": b"1"})
    with monkeypatch.context() as patched:
        patched.setattr(CommitLog, "_make_room", full)
        with pytest.raises(StorageFull):
            process.commit({b"b": b"2"})
    process.commit({b"c": b"3"})
    assert rows_after_a_kill(process) == {b"a": b"1", b"c": b"3"}


def test_after_a_flush_of_the_file_has_failed_nothing_is_acknowledged(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Environment) -> None:
        raise StorageUnavailable("input/output error")

    process.commit({b"a": b"1"})
    rows = {b"a": b"1"}
    monkeypatch.setattr(Environment, "sync", fail)
    while process.log._broken is None:
        process.commit({b"%d" % len(rows): b"x" * 5000})
        rows[b"%d" % len(rows)] = b"x" * 5000
        time.sleep(0.001)
    monkeypatch.undo()
    with pytest.raises(StorageUnavailable, match="could not be flushed"):
        process.commit({b"b": b"2"})
    assert rows_after_a_kill(process) == rows
    with pytest.raises(StorageUnavailable, match="could not be flushed"):
        process.close()


def test_after_a_flush_has_failed_no_process_acknowledges_anything(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Environment) -> None:
        raise StorageUnavailable("input/output error")

    process.commit({b"a": b"1"})
    rows: dict[bytes, bytes] = {b"a": b"1"}
    with monkeypatch.context() as patched:
        patched.setattr(Environment, "sync", fail)
        while process.log._broken is None:
            with suppress(StorageUnavailable):  # it has failed just now
                process.commit({b"%d" % len(rows): b"x" * 5000})
                rows[b"%d" % len(rows)] = b"x" * 5000
            time.sleep(0.001)
    last = read_checkpoint(process.directory)
    broken, process.log = process.log, SharedLog(process.environment, FEW_PAGES)  # starts later
    with pytest.raises(StorageUnavailable, match="could not be flushed"):
        process.commit({b"more": b"2"})
    assert read_checkpoint(process.directory) == last
    assert rows_after_a_kill(process) == rows
    for log in (broken, process.log):
        with pytest.raises(StorageUnavailable, match="could not be flushed"):
            log.close()
    process.log = SharedLog(process.environment, FEW_PAGES)


def test_a_process_that_does_not_commit_lets_go_of_its_snapshots(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_log, "_PAUSE", 0.01)
    process.commit({b"a": b"1"})
    ((_, keeper),) = process.log._kept
    last = read_checkpoint(process.directory)
    assert last is not None
    for generation in (last.generation + 1, last.generation + 2):
        time.sleep(0.05)
        assert keeper.is_alive()
        write_checkpoint(process.directory, last._replace(generation=generation))  # another process
    keeper.join(10)
    assert not keeper.is_alive()


def test_without_a_thread_checkpoints_are_made_all_the_same(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", none_left)
    for number in range(30):
        process.commit({b"%d" % number: b"x" * 5000})
    assert len(rows_after_a_kill(process)) == 30


def test_records_follow_the_last_checkpoint(process: Process) -> None:
    for number in range(100):
        process.commit({b"%d" % number: b"x" * 2000})
    process.finish_checkpoint()
    last = read_checkpoint(process.directory)
    assert last is not None
    assert last.is_strict
    found = list(logged(process.directory, last.generation, last.number))
    assert len(found) == process.place.number - last.number
    assert len(found) < 100, "there were checkpoints"
