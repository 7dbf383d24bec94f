"""Commits of several processes overlap, and it is as if they came one after the other."""

from __future__ import annotations

import errno
import random
import shutil
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import lmdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.storage.engine import Changes, Value
from jedlik.storage.failures import OutcomeUnknown, StorageUnavailable
from jedlik.storage.lmdb import overlapping
from jedlik.storage.lmdb.commit_log import BLOCK, CommitLog
from jedlik.storage.lmdb.environment import Environment
from jedlik.storage.lmdb.overlapping import OverlappingCommits
from jedlik.storage.lmdb.recovery import recover
from tests.properties import examples
from tests.unit.storage.lmdb.power_loss import rows_in, some_changes
from tests.unit.storage.lmdb.shared_log_stand import (
    Overlapping,
    Put,
    applied,
    failing,
    rows_after_a_kill,
    short,
)


@examples(100)
@given(seed=st.integers(0, 1 << 32))
def test_any_overlap_is_some_order(seed: int) -> None:
    draw = random.Random(seed)
    with TemporaryDirectory() as scratch:
        directory = Path(scratch) / "store"
        directory.mkdir()
        processes = [Overlapping(directory)]
        processes += [Overlapping(directory, processes[0]) for _ in range(2)]
        states: list[dict[bytes, bytes]] = [{}]
        """What there is after each commit, in the order of the log."""
        ends: dict[Overlapping, int] = {}
        """The commits that are under way, by their place in that order."""
        stored = 0

        def end(process: Overlapping) -> None:
            nonlocal stored
            number = ends.pop(process)
            with suppress(OutcomeUnknown):  # it is there, but its process cannot know
                process.end()
            stored = max(stored, number)

        def end_all(*few: Overlapping) -> None:
            """Together; or only a few, unless one of these needs a checkpoint and so waits until
            no other one is under way."""
            ending = []
            for process in few or list(ends):
                ending.append(threading.Thread(target=end, args=(process,)))
                ending[-1].start()
            for each in ending:
                each.join(0.3 if few else None)
                if each.is_alive():
                    end_all()
                    each.join()

        for _ in range(draw.randrange(1, 120)):
            process = draw.choice(processes)
            if process in ends:
                end_all(process)
            else:
                changes = short(some_changes(draw)) or {b"any": b"1"}
                if not process.begin(changes):
                    end_all()  # it would wait for these
                    process.write(changes)
                    stored = len(states)
                else:
                    ends[process] = len(states)
                states.append(applied(states[-1], changes))
            assert process.seen() in states[stored:]
            if draw.random() < 0.1:
                process.commits.catch_up()
            if draw.random() < 0.03:
                process.lose_snapshots(draw)
        aside = Path(scratch) / "aside"
        shutil.copytree(directory, aside)
        recover(aside)
        assert rows_in(aside) == states[-1]
        end_all()
        assert processes[0].seen() == states[-1]
        for process in processes[1:]:
            process.log.close()
        processes[0].close()


def test_a_commit_sees_what_is_not_published_yet(first: Overlapping, second: Overlapping) -> None:
    first.begin({b"a": b"1", b"first": None})
    task = Put({b"b": b"2"}, [b"a", b"first", b"b"])
    logged = second.commits.log([task], 1 << 20)
    assert task.values == [b"1", None, None]
    assert first.seen() == {b"first": b"1"}
    first.end()
    assert first.seen() == {b"a": b"1"}
    assert logged is not None
    assert logged.pending is not None
    second.commits.publish(logged.pending)
    assert first.seen() == {b"a": b"1", b"b": b"2"}


def test_what_only_looks_waits_for_what_it_has_seen(
    first: Overlapping, second: Overlapping
) -> None:
    looking = second.commits.log([Put({}, [b"first"])], 1 << 20)
    assert looking is not None
    assert looking.pending is None
    first.begin({b"a": b"1"})
    second.begin({})
    assert second.under_way is not None
    second.end()
    assert first.seen() == {b"first": b"1", b"a": b"1"}


def test_the_turn_is_another_process_s_while_that_decides(
    first: Overlapping, second: Overlapping
) -> None:
    class Looks(Put):
        def decide(self, values: Sequence[Value]) -> Changes[None]:
            with pytest.raises(BlockingIOError):
                second.begin({b"b": b"2"})
            return super().decide(values)

    logged = first.commits.log([Looks({b"a": b"1"})], 1 << 20)
    assert logged is not None
    assert second.begin({b"b": b"2"})


def test_a_batch_ends_where_it_is_long_enough(first: Overlapping) -> None:
    logged = first.commits.log([Put({b"%d" % n: b"x" * 60}) for n in range(5)], 100)
    assert logged is not None
    assert len(logged.outcomes) == 2


def test_very_large_changes_are_committed_alone(first: Overlapping) -> None:
    large: dict[bytes, Value] = {b"%d" % n: bytes(1 << 20) for n in range(4)}
    assert not first.begin(large)
    assert first.begin({b"0": bytes((4 << 20) - 1)})


def test_the_later_one_publishes_the_earlier_one_as_well(
    first: Overlapping, second: Overlapping
) -> None:
    first.begin({b"a": b"1"})
    second.begin({b"b": b"2"})
    second.end()
    assert first.seen() == {b"first": b"1", b"a": b"1", b"b": b"2"}
    first.end()
    assert first.commits.published == first.place.number + 2


def test_a_commit_of_a_process_that_died_is_built_on(
    first: Overlapping, second: Overlapping
) -> None:
    first.begin({b"a": b"1"})
    first.land()  # it dies
    second.write({b"b": b"2"})
    assert second.seen() == {b"first": b"1", b"a": b"1", b"b": b"2"}
    assert rows_after_a_kill(second) == second.seen()


def test_one_that_it_was_still_writing_is_written_over(
    first: Overlapping, second: Overlapping
) -> None:
    first.begin({b"a": b"1"})
    first.land()
    place = first.place
    with (first.directory / f"log.{place.generation & 1}").open("r+b") as log:
        log.seek(place.end + 30)
        log.write(b"torn")
    second.write({b"b": b"2"})
    assert second.seen() == {b"first": b"1", b"b": b"2"}
    assert rows_after_a_kill(second) == second.seen()


def test_what_was_left_is_stored_before_a_commit_is_made_alone(
    first: Overlapping, second: Overlapping
) -> None:
    first.begin({b"a": b"1"})
    first.land()
    second.log.make_room()
    second.write({b"b": b"2"})
    assert second.seen() == {b"first": b"1", b"a": b"1", b"b": b"2"}
    assert rows_after_a_kill(second) == second.seen()


def test_it_is_flushed_first(
    first: Overlapping, second: Overlapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[int] = []
    monkeypatch.setattr(CommitLog, "flush", lambda log: flushed.append(log.generation))
    first.begin({b"a": b"1"})
    first.land()
    left = first.place.generation
    second.log.make_room()
    second.write({b"b": b"2"})
    assert flushed == [left, second.place.generation]


def test_where_all_have_died_the_next_one_puts_it_there(
    first: Overlapping, second: Overlapping
) -> None:
    first.begin({b"a": b"1"})
    first.end()
    assert first.stored() == {b"first": b"1"}
    first.lose_snapshots()
    second.commits.join()
    assert first.stored() == {b"first": b"1", b"a": b"1"}
    assert rows_after_a_kill(second) == first.stored()


def test_what_could_not_be_flushed_is_taken_back(
    first: Overlapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(CommitLog, "flush", failing(OSError(errno.EIO, "no")))
        with pytest.raises(StorageUnavailable):
            first.write({b"a": b"1"})
    assert rows_after_a_kill(first) == {b"first": b"1"}
    first.write({b"b": b"2"})
    assert rows_after_a_kill(first) == {b"first": b"1", b"b": b"2"}


def test_where_it_found_no_room_the_log_starts_over(
    first: Overlapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush = CommitLog.flush
    failures = [OSError(errno.ENOSPC, "no")]

    def full(log: CommitLog) -> None:
        if failures:
            raise failures.pop()
        flush(log)

    before = first.place
    with monkeypatch.context() as patched:
        patched.setattr(CommitLog, "flush", full)
        first.write({b"a": b"1"})
    assert first.place.generation > before.generation
    assert rows_after_a_kill(first) == {b"first": b"1", b"a": b"1"}


def test_so_is_what_was_built_on_it(
    first: Overlapping, second: Overlapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    first.begin({b"a": b"1"})
    second.begin({b"b": b"2"})
    second.land()  # as it does before it waits for the other one
    with monkeypatch.context() as patched:
        patched.setattr(CommitLog, "flush", failing(OSError(errno.EIO, "no")))
        for process in (first, second):
            with pytest.raises(StorageUnavailable):
                process.end()
    assert rows_after_a_kill(first) == {b"first": b"1"}
    second.write({b"c": b"3"})
    assert rows_after_a_kill(first) == {b"first": b"1", b"c": b"3"}


def test_what_another_process_has_stored_stays(
    first: Overlapping, second: Overlapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    first.begin({b"a": b"1"})
    second.begin({b"b": b"2"})
    second.end()
    with monkeypatch.context() as patched:
        patched.setattr(CommitLog, "flush", failing(OSError(errno.EIO, "no")))
        with pytest.raises(OutcomeUnknown):
            first.end()
    assert rows_after_a_kill(first) == {b"first": b"1", b"a": b"1", b"b": b"2"}


def test_what_was_published_before_stays(
    first: Overlapping, second: Overlapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2):
        first.begin({b"%d" % number: b"1"})
        first.end()
    second.begin({b"a": b"1"})
    with monkeypatch.context() as patched:
        patched.setattr(CommitLog, "flush", failing(OSError(errno.EIO, "no")))
        with pytest.raises(StorageUnavailable):
            second.end()
    assert first.stored() == {b"first": b"1"}
    assert first.seen() == {b"first": b"1", b"0": b"1", b"1": b"1"}
    assert rows_after_a_kill(first) == first.seen()
    second.write({b"b": b"2"})
    assert rows_after_a_kill(first) == {b"first": b"1", b"0": b"1", b"1": b"1", b"b": b"2"}


@pytest.mark.parametrize("error", [lmdb.MapFullError("full"), lmdb.DiskError("no")])
def test_what_cannot_be_stored_stays_in_the_log(
    first: Overlapping, second: Overlapping, monkeypatch: pytest.MonkeyPatch, error: lmdb.Error
) -> None:
    def fail(*_: object) -> None:
        raise error

    first.begin({b"a": b"1"})
    first.end()
    with monkeypatch.context() as patched:
        patched.setattr(Environment, "apply", fail)
        assert not first.commits.catch_up()
        second.commits.join()
    assert second.seen() == {b"first": b"1", b"a": b"1"}
    assert rows_after_a_kill(first) == second.seen()
    assert first.commits.catch_up()
    assert first.stored() == second.seen()


def test_one_process_at_a_time_puts_it_into_the_file(
    first: Overlapping, second: Overlapping
) -> None:
    first.begin({b"a": b"1"})
    first.end()
    with second.commits._storing.taken():
        assert not first.commits.catch_up()
        assert first.stored() == {b"first": b"1"}
    assert first.commits.catch_up()
    place = first.place
    assert second.commits.catch_up()
    assert second.place == place, "it has nothing to do any more"


def test_without_a_snapshot_nothing_is_put_there(first: Overlapping) -> None:
    """It could come to lie where the last checkpoint is."""
    first.begin({b"a": b"1"})
    first.end()
    first.lose_snapshots()
    assert not first.commits.catch_up()
    assert first.stored() == {b"first": b"1"}


def test_where_the_file_falls_far_behind_commits_are_made_alone(
    first: Overlapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    first.begin({b"a": b"1"})
    first.end()
    monkeypatch.setattr(overlapping, "FAR", BLOCK)
    assert not first.begin({b"b": b"2"})
    first.write({b"b": b"2"})
    assert first.stored() == {b"first": b"1", b"a": b"1", b"b": b"2"}


def test_it_stays_where_it_cannot_be_taken_back(
    first: Overlapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    first.begin({b"a": b"1"})
    with monkeypatch.context() as patched:
        patched.setattr(CommitLog, "flush", failing(OSError(errno.EIO, "no")))
        patched.setattr(CommitLog, "erase", failing(OSError(errno.EIO, "no")))
        with pytest.raises(OutcomeUnknown):
            first.end()
    first.write({b"b": b"2"})
    assert first.seen() == {b"first": b"1", b"a": b"1", b"b": b"2"}


@pytest.mark.parametrize("step", [OverlappingCommits.join, OverlappingCommits.close])
def test_no_snapshot_goes_while_a_commit_is_under_way(
    first: Overlapping, second: Overlapping, step: Callable[[OverlappingCommits], None]
) -> None:
    third = Overlapping(first.directory, first)
    second.begin({b"b": b"2"})
    thread = threading.Thread(target=step, args=(third.commits,))
    thread.start()
    thread.join(0.2)
    assert thread.is_alive()
    second.end()
    thread.join()
    assert second.begin({b"c": b"3"})
    second.end()
    if step is OverlappingCommits.join:
        third.log.close()


def test_commits_that_fail_again_and_again_keep_no_read_open(
    first: Overlapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Environment) -> None:
        raise StorageUnavailable("no")

    first.log.make_room()
    monkeypatch.setattr(Environment, "sync", fail)
    for _ in range(20):
        with pytest.raises(StorageUnavailable):
            first.write({b"a": b"1"})
    assert len(first.environment.env.readers().splitlines()) < 10
    monkeypatch.undo()
    first.log._broken = None  # so that it may close


def test_with_little_room_commits_are_made_alone(
    first: Overlapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert first.begin({b"a": b"1"})
    first.end()
    monkeypatch.setattr(Environment, "has_room", lambda _: False)
    assert first.begin({b"a": b"2"}), "it was there for all that goes to the file together"
    first.end()
    assert first.commits.catch_up()
    assert not first.begin({b"b": b"2"})


def test_where_a_checkpoint_is_due_a_commit_is_made_alone(
    first: Overlapping, second: Overlapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first.log, "_pages", 1)
    assert not first.begin({b"a": b"1"})
    assert second.log._turn.take(wait=False)
    assert first.begin({b"a": b"1"}), "one is being made"
    first.end()
    second.log._turn.end()
