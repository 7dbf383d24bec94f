"""What one process that shares the log leaves half done, another one does not rely on."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import lmdb
import pytest

from jedlik.storage.engine import Value
from jedlik.storage.failures import OutcomeUnknown, StorageUnavailable
from jedlik.storage.lmdb import checkpoint, shared_log
from jedlik.storage.lmdb.checkpoint import Checkpoint
from jedlik.storage.lmdb.commit_log import BLOCK, CommitLog
from jedlik.storage.lmdb.environment import Environment
from jedlik.storage.lmdb.published import Published
from jedlik.storage.lmdb.shared_log import SharedLog
from tests.unit.storage.lmdb.shared_log_stand import (
    Overlapping,
    Process,
    failing,
    rows_after_a_kill,
)


def _no_note(*_: object) -> None:
    raise lmdb.Error("put")


def test_a_record_that_no_commit_followed_does_not_cut_off_the_next_generation(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.commit({b"a": b"1"})
    process.finish_checkpoint()
    place, log = process.place, process.log.log
    log.go_on(place.generation, place.number, place.end)
    log.append({b"b": b"2"})  # and then its process dies
    log.flush()
    with monkeypatch.context() as patched:
        patched.setattr(SharedLog, "_flush_all", lambda *_: None)  # the next one dies as well
        patched.setattr(process.log, "_pages", 0)
        process.commit({b"c": b"3"})
        process.finish_checkpoint()
    assert process.place.generation == place.generation + 1
    assert rows_after_a_kill(process) == {b"a": b"1", b"c": b"3"}


def test_a_whole_checkpoint_without_its_commit_makes_the_next_one_start_over(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although the snapshot of the generation before is still there: another process has it."""
    process.commit({b"a": b"1"})
    before = process.place
    with monkeypatch.context() as patched:
        patched.setattr(Environment, "note_place", _no_note)
        patched.setattr(SharedLog, "let_go", lambda *_: None)
        process.log.make_room()
        with pytest.raises(lmdb.Error):
            process.commit({b"b": b"2"})
    assert process.place == before
    process.commit({b"c": b"3"})
    assert rows_after_a_kill(process) == {b"a": b"1", b"c": b"3"}


def test_another_reader_does_not_stand_in_for_a_snapshot(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may end at any moment, also in the middle of a commit."""
    process.commit({b"a": b"1"})
    backup = process.environment.env.begin()
    with monkeypatch.context() as patched:
        patched.setattr(process.log, "_pages", 0)
        for number in range(3):
            process.commit({b"b": b"%d" % number})
            process.finish_checkpoint()
    place = process.place
    assert backup.id() < place.needed.transaction
    process.lose_snapshots()
    process.commit({b"c": b"3"})
    assert process.place.generation > place.generation + 1, "it has started over"
    backup.abort()


CLOSES = """
import sys
from pathlib import Path
from tests.unit.storage.lmdb.shared_log_stand import Process

process = Process(Path(sys.argv[1]))
process.commit({b"a": b"1"})
print("ready", flush=True)
sys.stdin.read()
process.close()
"""


def test_a_process_closes_between_the_commits_of_others(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that commits has seen its snapshot, and takes no pages of the checkpoint."""
    command = [sys.executable, "-c", CLOSES, str(process.directory)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == b"ready\n"
        needed = process.place.needed
        assert needed.process == other.pid
        apply = Environment.apply

        def closed_meanwhile(*arguments: Any) -> None:
            assert other.stdin is not None
            other.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                other.wait(0.5)
            assert process.environment.is_kept(needed)
            apply(*arguments)

        with monkeypatch.context() as patched:
            patched.setattr(Environment, "apply", closed_meanwhile)
            process.commit({b"b": b"2"})
        assert other.wait(10) == 0
    process.commit({b"c": b"3"})
    assert process.place.needed.process == os.getpid()
    assert rows_after_a_kill(process) == {b"a": b"1", b"b": b"2", b"c": b"3"}


def test_a_checkpoint_of_a_dead_process_is_flushed_before_it_is_relied_on(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.commit({b"a": b"1"})
    process.finish_checkpoint()
    flushed: list[int] = []
    with monkeypatch.context() as patched:
        patched.setattr(checkpoint, "sync_file", lambda _: flushed.append(process.place.generation))
        patched.setattr(process.log, "_pages", 0)
        patched.setattr(SharedLog, "_flush_all", lambda *_: None)
        before = process.place.generation
        process.commit({b"b": b"2"})
        assert flushed == [before]
        process.finish_checkpoint()
        patched.undo()
        process.lose_snapshots()
        process.log.make_room()
    process.commit({b"c": b"3"})
    assert rows_after_a_kill(process) == {b"a": b"1", b"b": b"2", b"c": b"3"}


@pytest.mark.parametrize("is_over", [True, False])
def test_without_its_snapshot_what_was_published_is_below_a_new_checkpoint(
    first: Overlapping, second: Overlapping, monkeypatch: pytest.MonkeyPatch, is_over: bool
) -> None:
    """Whether or not the last checkpoint was over, for which another file of the log is needed."""
    with monkeypatch.context() as patched:
        if not is_over:
            patched.setattr(SharedLog, "_flush_all", lambda *_: None)  # its process dies first
        patched.setattr(first.log, "_pages", 0)
        first.write({b"b": b"2"})
        first.finish_checkpoint()
    for number in range(3):
        second.begin({b"a": b"%d" % number, b"first": None})
        second.end()
    before = first.place
    assert before.number == second.commits.published - 3
    first.lose_snapshots()
    copies: list[dict[bytes, bytes]] = []
    write = shared_log.write_checkpoint

    def as_it_is(directory: Path, checkpoint: Checkpoint) -> None:
        copies.append(rows_after_a_kill(first))
        write(directory, checkpoint)
        copies.append(rows_after_a_kill(first))

    monkeypatch.setattr(shared_log, "write_checkpoint", as_it_is)
    assert not second.begin({b"c": b"3"}), "it is made alone"
    second.write({b"c": b"3"})
    assert copies == [{b"a": b"2", b"b": b"2"}] * 2
    assert second.place.generation == before.generation + (3 if is_over else 0)
    assert first.seen() == {b"a": b"2", b"b": b"2", b"c": b"3"}
    assert rows_after_a_kill(second) == first.seen()


def test_it_stays_however_often_that_fails_after_the_checkpoint(
    first: Overlapping, second: Overlapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is there that recovery then finds it, and in the generation before that processes do."""
    for number in range(3):
        first.begin({b"%d" % number: bytes(3 * BLOCK)})
        first.end()
    published = first.seen()
    first.lose_snapshots()
    with monkeypatch.context() as patched:
        patched.setattr(Environment, "note_place", failing(lmdb.DiskError("no")))
        for process in (first, second, first):
            with pytest.raises(StorageUnavailable):
                process.write({b"a": b"1"})
            assert rows_after_a_kill(first) == second.seen() == published
    second.write({b"b": b"2"})
    assert first.seen() == {**published, b"b": b"2"}
    assert rows_after_a_kill(second) == first.seen()


def test_what_a_checkpoint_has_is_not_taken_back(
    first: Overlapping, second: Overlapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though its commit failed: recovery would find it."""
    first.begin({b"a": b"1"})
    first.land()  # as it does before it waits for the other one
    first.lose_snapshots()
    with monkeypatch.context() as patched:
        patched.setattr(Environment, "note_place", failing(lmdb.DiskError("no")))
        with pytest.raises(StorageUnavailable):
            second.write({b"b": b"2"})
        patched.setattr(CommitLog, "flush", failing(OSError(errno.EIO, "no")))
        with pytest.raises(OutcomeUnknown):
            first.end()
    assert rows_after_a_kill(first) == {b"first": b"1", b"a": b"1"}
    second.write({b"c": b"3"})
    assert rows_after_a_kill(first) == second.seen() == {b"first": b"1", b"a": b"1", b"c": b"3"}


def write_below_a_checkpoint_that_is_never_made(
    process: Overlapping, changes: dict[bytes, Value], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As its process dies before."""
    with monkeypatch.context() as patched:
        patched.setattr(SharedLog, "_flush_all", lambda *_: None)
        patched.setattr(process.log, "_pages", 0)
        process.write(changes)
        process.finish_checkpoint()


def test_what_is_put_there_late_keeps_the_snapshot_that_is_needed_by_then(
    first: Overlapping, second: Overlapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_below_a_checkpoint_that_is_never_made(first, {b"a": b"1"}, monkeypatch)
    first.begin({b"b": b"2"})
    first.end()
    generation = first.place.generation
    compare = second.commits.tail._compare

    def compare_early(txn: lmdb.Transaction[bytes]) -> None:
        compare(txn)
        monkeypatch.undo()
        first.lose_snapshots()
        first.commits.join()
        first.begin({b"c": b"3"})
        first.end()

    monkeypatch.setattr(second.commits.tail, "_compare", compare_early)
    assert second.commits.catch_up()
    assert first.stored()[b"c"] == b"3"
    assert first.place.generation == generation
    assert first.begin({b"d": b"4"}), "its snapshot is there"
    first.end()


def test_what_is_put_there_once_more_is_flushed_even_if_commits_are_not(
    first: Overlapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log that lost its end would take the rows back to what they were in the middle of it."""
    first.log.flushes = first.commits.flushes = False
    write_below_a_checkpoint_that_is_never_made(first, {b"a": b"1"}, monkeypatch)
    first.begin({b"b": b"2"})
    first.end()
    first.lose_snapshots()
    flushed: list[int] = []
    monkeypatch.setattr(CommitLog, "flush", lambda log: flushed.append(log.generation))
    first.commits.join()
    assert first.stored() == {b"first": b"1", b"a": b"1", b"b": b"2"}
    assert flushed == [first.place.generation]


def test_what_a_process_left_is_written_again_before_it_is_flushed(
    first: Overlapping, second: Overlapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have died because its flush failed, of which the system tells no other one."""
    first.begin({b"a": b"1"})
    first.end()
    published = first.place.end + BLOCK
    first.begin({b"b": b"2" * 2 * BLOCK})
    first.land()
    steps: list[tuple[int, ...]] = []
    monkeypatch.setattr(CommitLog, "write_again", lambda _, *places: steps.append(places))
    monkeypatch.setattr(CommitLog, "flush", lambda _: steps.append(()))
    generation = first.place.generation
    second.commits.join()
    assert steps == [(generation, published, published + 3 * BLOCK), ()]
    assert second.stored() == {b"first": b"1", b"a": b"1", b"b": b"2" * 2 * BLOCK}


def test_a_commit_that_cannot_be_published_may_have_taken_place(
    first: Overlapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    first.log.make_room()
    with monkeypatch.context() as patched:
        patched.setattr(Published, "advance", failing(OSError(errno.ENOLCK, "no")))
        with pytest.raises(OutcomeUnknown):
            first.write({b"a": b"1"})
    assert first.seen() == {b"first": b"1", b"a": b"1"}
