"""What a log has beyond a place is read, and nothing that is not whole or not its next record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jedlik.storage.engine import Value
from jedlik.storage.lmdb import pending as module
from jedlik.storage.lmdb.checkpoint import pages_of
from jedlik.storage.lmdb.commit_log import BLOCK, CommitLog, Record
from jedlik.storage.lmdb.pending import Pending, PendingRecords
from jedlik.storage.lmdb.progress import Place, Snapshot

PLACE = Place(6, 3, 0, 10, Snapshot(1, 1), Snapshot(1, 1))
RECORDS: list[dict[bytes, Value]] = [{b"a": b"1", b"b": b"2"}, {}, {b"a": None, b"c": b"x" * 5000}]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[CommitLog]:
    made = CommitLog(tmp_path, 0)
    yield made
    made.close()


@pytest.fixture
def records(log: CommitLog) -> PendingRecords:
    return PendingRecords(log)


def appended(records: PendingRecords, place: Place = PLACE) -> Pending:
    pending = records.after(place)
    for record in RECORDS:
        pending = records.append(pending, record)
    return pending


def test_what_was_appended_is_read(records: PendingRecords, log: CommitLog) -> None:
    expected = appended(records)
    assert PendingRecords(log).after(PLACE) == expected
    ends = [BLOCK, 2 * BLOCK, 4 * BLOCK]
    assert expected.records == [Record(*each) for each in zip(RECORDS, ends, strict=True)]
    assert [expected.end_before(number) for number in range(3, 7)] == [0, *ends]
    assert expected.changes == {b"a": None, b"b": b"2", b"c": b"x" * 5000}
    assert (expected.number, expected.end) == (6, 4 * BLOCK)
    assert expected.pages == 10 + sum(map(pages_of, RECORDS))
    assert expected.place_after == PLACE._replace(number=6, end=4 * BLOCK, pages=expected.pages)


def test_a_key_is_read_where_it_was_changed_last(records: PendingRecords) -> None:
    stored = {b"a": b"old", b"d": b"4", b"e": b"5"}
    published = {b"b": b"older", b"e": None, b"f": b"6"}
    keys = (b"a", b"b", b"d", b"e", b"f", b"g")
    pending = appended(records)
    read = pending.reader({}, stored.get)
    assert [read(key) for key in keys] == [None, b"2", b"4", b"5", None, None]
    read = pending.reader(published, stored.get)
    assert [read(key) for key in keys] == [None, b"2", b"4", None, b"6", None]
    empty = records.after(PLACE._replace(generation=8))
    read = empty.reader(published, stored.get)
    assert [read(key) for key in keys] == [b"old", b"older", b"4", None, b"6", None]
    get = stored.get
    assert empty.reader({}, get) is get


@pytest.mark.parametrize("other", [{"generation": 8}, {"number": 4}, {"end": BLOCK}])
def test_other_records_are_not_read(records: PendingRecords, other: dict[str, int]) -> None:
    appended(records)
    assert records.after(PLACE._replace(**other)).records == []


@pytest.mark.parametrize("at", [0, 10, 30, 60])
def test_a_record_that_is_not_whole_is_the_end(
    records: PendingRecords, log: CommitLog, tmp_path: Path, at: int
) -> None:
    appended(records)
    with (tmp_path / "log.0").open("r+b") as file:
        file.seek(2 * BLOCK + at)
        file.write(b"torn")
    pending = PendingRecords(log).after(PLACE)
    assert [record.changes for record in pending.records] == RECORDS[:2]
    assert pending.end == 2 * BLOCK


def test_nothing_is_decoded_twice(records: PendingRecords, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = appended(records)
    assert records.after(PLACE) == expected
    monkeypatch.setattr(module, "decoded", None)
    assert records.after(PLACE) == expected


def test_one_that_was_written_over_is_decoded(records: PendingRecords) -> None:
    appended(records)
    assert [record.changes for record in records.after(PLACE).records] == RECORDS
    records.append(records.after(PLACE._replace(generation=8))._replace(place=PLACE), {b"z": b"9"})
    assert records.after(PLACE).records[0].changes == {b"z": b"9"}
