"""A process sees what is published and not in LMDB's file, and each record once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from jedlik.storage.engine import Value
from jedlik.storage.failures import StorageUnavailable
from jedlik.storage.lmdb import commit_log
from jedlik.storage.lmdb import tail as module
from jedlik.storage.lmdb.commit_log import BLOCK, MAX_UNSTORED, MAX_UNSTORED_BYTES, CommitLog
from jedlik.storage.lmdb.environment import Environment
from jedlik.storage.lmdb.pending import Pending, PendingRecords
from jedlik.storage.lmdb.progress import Place, Snapshot
from jedlik.storage.lmdb.published import Published
from jedlik.storage.lmdb.tail import Tail

START = Place(6, 3, 0, 10, Snapshot(1, 1), Snapshot(1, 1))


class Stand:
    """A log, what is published of it, and LMDB's file."""

    def __init__(self, directory: Path) -> None:
        self.environment = Environment(directory, 1 << 28)
        self.log = CommitLog(directory, 0)
        self.published = Published(directory)
        self.pending = Pending(START, [], {}, 0)
        self.records = PendingRecords(self.log)
        self.tail = self.new_tail()

    def new_tail(self) -> Tail:
        """That of another process."""
        return Tail(self.environment, self.log, self.published)

    def note(self, place: Place) -> None:
        """Say how far LMDB's file is."""
        with self.environment.env.begin(write=True) as txn:
            self.environment.note_place(txn, place)

    def append(self, changes: dict[bytes, Value], *, publish: bool = True) -> None:
        self.pending = self.records.append(self.pending, changes)
        if publish:
            self.published.advance(self.pending.number)

    def seen(self, tail: Tail | None = None) -> dict[bytes, Value]:
        tail = tail or self.tail
        tail.begin()
        return dict(tail.changes)

    def close(self) -> None:
        self.published.close()
        self.log.close()
        self.environment.close()


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    made = Stand(tmp_path)
    made.note(START)
    yield made
    made.close()


def test_before_the_first_commit_there_is_nothing(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    assert stand.seen() == {}
    assert stand.tail.place is None
    stand.close()


def test_what_is_published_is_seen_and_nothing_after_it(stand: Stand) -> None:
    stand.append({b"a": b"1", b"b": b"2"})
    stand.append({b"a": None, b"c": b"x" * 3 * BLOCK})
    stand.append({b"d": b"4"}, publish=False)
    assert stand.seen() == {b"a": None, b"b": b"2", b"c": b"x" * 3 * BLOCK}
    assert stand.tail.place == START._replace(number=5, end=5 * BLOCK)
    stand.published.advance(6)
    assert stand.seen()[b"d"] == b"4"


def test_what_lmdb_has_by_now_is_forgotten(stand: Stand) -> None:
    for key in (b"a", b"b", b"c"):
        stand.append({key: b"1", b"last": key})
    stand.seen()
    kept = Snapshot(2, 2)
    stand.note(START._replace(number=5, end=2 * BLOCK, pages=17, needed=kept))
    assert stand.seen() == {b"c": b"1", b"last": b"c"}
    assert stand.tail.place == START._replace(number=6, end=3 * BLOCK, pages=17, needed=kept)
    assert stand.tail.since(5) == {b"c": b"1", b"last": b"c"}
    assert stand.tail.since(6) == {}
    stand.note(START._replace(number=6, end=3 * BLOCK))
    assert stand.seen() == {}


def test_it_may_be_asked_for_a_part(stand: Stand) -> None:
    for key in (b"a", b"b", b"c"):
        stand.append({key: b"1", b"last": key})
    stand.seen()
    assert stand.tail.since(3) == {b"a": b"1", b"b": b"1", b"c": b"1", b"last": b"c"}
    assert stand.tail.since(4) == {b"b": b"1", b"c": b"1", b"last": b"c"}


def test_another_generation_begins_in_the_other_file(stand: Stand) -> None:
    stand.append({b"a": b"1"})
    stand.seen()
    place = Place(7, 5, BLOCK, 4, Snapshot(3, 3), Snapshot(1, 1))
    first = place._replace(number=4, end=0)
    stand.pending = stand.records.append(Pending(first, [], {}, 0), {b"b": b"2"})
    stand.note(place)  # it was committed alone, and is published only now
    assert stand.seen() == {}
    stand.published.advance(5)
    stand.append({b"c": b"3"})
    assert stand.seen() == {b"c": b"3"}
    assert stand.seen(stand.new_tail()) == {b"c": b"3"}


def test_a_read_that_began_before_that_begins_again(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand.seen()
    record, place = CommitLog.record, Place(7, 5, 0, 4, Snapshot(3, 3), Snapshot(1, 1))
    looked: list[int] = []

    def meanwhile(log: CommitLog, generation: int, number: int, at: int) -> object:
        looked.append(generation)
        stand.note(place)
        return record(log, generation, number, at)

    monkeypatch.setattr(CommitLog, "record", meanwhile)
    stand.published.advance(5)
    assert stand.seen() == {}
    assert looked == [6]
    assert stand.tail.place == place


def test_what_is_nowhere_cannot_be_read(stand: Stand) -> None:
    stand.append({b"a": b"1"})
    stand.published.advance(5)
    with pytest.raises(StorageUnavailable):
        stand.tail.begin()
    stand.append({b"b": b"2"})
    assert stand.seen() == {b"a": b"1", b"b": b"2"}


def test_nor_can_a_log_that_is_damaged(stand: Stand, tmp_path: Path) -> None:
    stand.append({b"a": b"1"})
    shutil.copyfile(tmp_path / "log.1", tmp_path / "log.0")
    with pytest.raises(StorageUnavailable):
        stand.tail.begin()


def test_what_was_published_here_is_not_read_again(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand.append({b"a": b"1"})
    stand.seen()
    pending = stand.records.after(stand.tail.place or START)
    pending = stand.records.append(pending, {b"b": b"2"})
    stand.published.advance(pending.number)
    stand.seen()  # a read was faster
    pending = stand.records.append(pending, {b"c": b"3"})
    monkeypatch.setattr(commit_log, "decoded", None)
    stand.published.advance(pending.number)
    stand.tail.take(pending)
    assert stand.seen() == {b"a": b"1", b"b": b"2", b"c": b"3"}
    assert stand.tail.place == START._replace(number=6, end=3 * BLOCK)


def test_nothing_is_taken_over_from_another_generation(stand: Stand) -> None:
    stand.seen()
    stand.tail.take(Pending(START._replace(generation=8), [], {}, 0))
    assert stand.tail.place == START


def test_it_is_long_with_many_changes_or_bytes(stand: Stand) -> None:
    stand.append({b"%d" % number: b"" for number in range(MAX_UNSTORED - 1)})
    stand.seen()
    assert not stand.tail.is_long
    stand.append({b"one more": None})
    stand.seen()
    assert stand.tail.is_long
    stand.note(START._replace(number=5, end=stand.pending.end))
    stand.append({b"a": bytes(MAX_UNSTORED_BYTES - 1)})
    stand.seen()
    assert not stand.tail.is_long
    stand.append({b"b": b"1"})
    stand.seen()
    assert stand.tail.is_long
    stand.note(START._replace(number=6, end=stand.pending.end - BLOCK))
    stand.seen()
    assert not stand.tail.is_long


def test_a_read_costs_no_look_into_the_log(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    stand.append({b"a": b"1"})
    stand.seen()
    for step in ("record", "head", "content"):
        monkeypatch.setattr(CommitLog, step, None)
    monkeypatch.setattr(module.Environment, "place", None)
    assert stand.seen() == {b"a": b"1"}
