"""The log gives back what was written to it, as far as it was written to its end."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.storage.engine import Value
from jedlik.storage.failures import OutcomeUnknown, StorageFull, StorageUnavailable
from jedlik.storage.lmdb import commit_log
from jedlik.storage.lmdb.commit_log import (
    BLOCK,
    CommitLog,
    contents,
    decoded,
    encoded,
    files,
    value_bytes,
)

FIRST = 6
CHANGES: list[dict[bytes, Value]] = [
    {b"a": b"1", b"b": None, b"": b""},
    {b"long" * 2000: b"x" * 10_000},
    {b"a": None},
]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[CommitLog]:
    opened = CommitLog(tmp_path, FIRST)
    yield opened
    opened.close()


def read(directory: Path, generation: int = FIRST, number: int = 0) -> list[object]:
    return [decoded(each) for each in contents(directory, generation, number)]


@given(st.dictionaries(st.binary(max_size=40), st.none() | st.binary(max_size=40)))
def test_changes_are_decoded_as_they_were_encoded(changes: dict[bytes, Value]) -> None:
    again = decoded(encoded(changes))
    assert list(again.items()) == list(changes.items())


def test_records_come_in_their_order(log: CommitLog, tmp_path: Path) -> None:
    assert read(tmp_path) == []
    for changes in CHANGES:
        log.append(changes)
    log.flush()
    assert read(tmp_path) == CHANGES
    assert read(tmp_path, FIRST + 1) == []
    assert read(tmp_path, FIRST, 1) == [], "the generation begins with another record"


def test_a_generation_ends_where_its_last_commit_did(log: CommitLog, tmp_path: Path) -> None:
    log.append(CHANGES[0])
    end = log.end
    log.append(CHANGES[1])  # of a process that has died
    log.end_generation(FIRST, end)
    log.go_on(FIRST + 1, 1, 0)
    log.append(CHANGES[2])
    assert read(tmp_path) == [CHANGES[0], CHANGES[2]]
    log.end_generation(FIRST - 2, 0)
    log.end_generation(FIRST, 1 << 30)
    assert read(tmp_path) == [CHANGES[0], CHANGES[2]]


def test_a_generation_and_the_next_one_are_read(log: CommitLog, tmp_path: Path) -> None:
    log.append(CHANGES[0])
    log.next_generation()
    log.append(CHANGES[1])
    log.append(CHANGES[2])
    assert read(tmp_path) == CHANGES
    assert read(tmp_path, FIRST + 1, 1) == CHANGES[1:]


def test_another_process_goes_on_where_one_has_left_off(log: CommitLog, tmp_path: Path) -> None:
    log.append(CHANGES[0])
    other = CommitLog(tmp_path, 0)
    other.go_on(FIRST, log.number, log.end)
    other.append(CHANGES[1])
    other.go_on(FIRST + 1, other.number, 0)
    other.append(CHANGES[2])
    other.close()
    assert read(tmp_path) == CHANGES


def test_a_long_file_is_cut_where_another_process_begins_it_again(
    log: CommitLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit_log, "_KEPT", 4 * BLOCK)
    other = CommitLog(tmp_path, FIRST)
    log.append({b"a": bytes(10 * BLOCK)})
    other.go_on(FIRST, 1, log.end)
    assert files(tmp_path)[FIRST & 1].stat().st_size > 10 * BLOCK
    other.go_on(FIRST + 2, 1, 0)
    assert files(tmp_path)[FIRST & 1].stat().st_size == 4 * BLOCK
    other.close()


def test_what_an_older_generation_left_in_the_file_is_not_read(
    log: CommitLog, tmp_path: Path
) -> None:
    for _ in range(3):
        log.append(CHANGES[0])
    log.next_generation()
    log.next_generation()
    log.append(CHANGES[2])
    assert read(tmp_path, FIRST + 2, 3) == [CHANGES[2]]


def test_a_generation_that_is_cut_off_is_not_followed_by_the_next(
    log: CommitLog, tmp_path: Path
) -> None:
    log.append(CHANGES[0])
    log.append(CHANGES[1])
    log.next_generation()
    log.append(CHANGES[2])
    with files(tmp_path)[0].open("r+b") as file:
        file.seek(BLOCK + 100)
        file.write(b"?")
    assert read(tmp_path) == CHANGES[:1]


@pytest.mark.parametrize("cut", [*range(30), 100, 5000, BLOCK - 1, BLOCK, 4 * BLOCK + 1])
def test_a_record_that_is_not_whole_is_not_read(log: CommitLog, tmp_path: Path, cut: int) -> None:
    log.append(CHANGES[0])
    log.append(CHANGES[1])
    file = files(tmp_path)[0]
    with file.open("r+b") as opened:
        opened.truncate(BLOCK + cut)
    assert read(tmp_path) == CHANGES[:1]
    os.truncate(file, 1 << 20)
    assert read(tmp_path) == CHANGES[:1], "zeros where it was not written"


def test_a_changed_byte_is_noticed(log: CommitLog, tmp_path: Path) -> None:
    log.append(CHANGES[0])
    file = files(tmp_path)[0]
    whole = file.read_bytes()
    length = 24 + len(encoded(CHANGES[0]))
    for at in range(length):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        assert read(tmp_path) == [], at
    file.write_bytes(whole[:length] + b"?" + whole[length + 1 :])
    assert read(tmp_path) == CHANGES[:1], "what fills the block up does not count"


def test_a_record_that_is_withdrawn_gives_way_to_the_next(log: CommitLog, tmp_path: Path) -> None:
    log.append(CHANGES[0])
    log.append(CHANGES[1])
    log.withdraw()
    assert read(tmp_path) == CHANGES[:1]
    log.append(CHANGES[2])
    assert read(tmp_path) == [CHANGES[0], CHANGES[2]]


def test_without_room_nothing_is_appended(
    log: CommitLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append(CHANGES[0])

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patched:
        patched.setattr(commit_log.os, "posix_fallocate", full)
        with pytest.raises(StorageFull):
            log.append({b"big": bytes(2 << 20)})
        log.append(CHANGES[1])
    assert read(tmp_path) == CHANGES[:2]
    log.append({b"big": bytes(2 << 20)})
    assert len(read(tmp_path)) == 3


def test_a_file_system_that_sets_no_room_aside_will_do(
    log: CommitLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "not supported")

    monkeypatch.setattr(commit_log.os, "posix_fallocate", unknown)
    for changes in CHANGES:
        log.append(changes)
    assert read(tmp_path) == CHANGES


@pytest.mark.parametrize("which", ["_opened", "sync_directory"])
def test_a_log_that_cannot_be_opened_leaves_no_file_open(
    tmp_path: Path, which: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, calls = getattr(commit_log, which), []

    def refuse(path: Path) -> int:
        calls.append(path)
        if which == "sync_directory" or len(calls) == 2:
            raise OSError(errno.EMFILE, "too many open files")
        return original(path)  # type: ignore[no-any-return]

    monkeypatch.setattr(commit_log, which, refuse)
    before = len(list(Path("/dev/fd").iterdir()))
    with pytest.raises(OSError, match="too many"):
        CommitLog(tmp_path, FIRST)
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_both_generations_are_flushed(log: CommitLog, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[int] = []
    monkeypatch.setattr(commit_log, "flush_file", flushed.append)
    log.append(CHANGES[0])
    log.next_generation()
    log.append(CHANGES[1])
    log.flush_both()
    assert sorted(flushed) == sorted(log.files)


def test_a_record_that_may_have_stayed_is_an_unknown_outcome(
    log: CommitLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append(CHANGES[0])

    def broken(*_: object) -> int:
        raise OSError(errno.EIO, "broken")

    with monkeypatch.context() as patched:
        patched.setattr(commit_log.os, "pwritev", broken)
        with pytest.raises(StorageUnavailable):
            log.append(CHANGES[1])
        patched.setattr(commit_log.os, "pwrite", broken)
        with pytest.raises(OutcomeUnknown):
            log.append(CHANGES[1])
    log.append(CHANGES[2])
    assert read(tmp_path) == [CHANGES[0], CHANGES[2]]


@pytest.mark.parametrize("erased", range(6))
def test_records_are_erased_from_the_last_one_to_the_first(
    log: CommitLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, erased: int
) -> None:
    for changes in CHANGES:
        log.append(changes)
    left = iter(range(erased))
    pwrite = os.pwrite

    def a_block(file: int, content: bytes, at: int) -> int:
        if next(left, None) is None:
            raise OSError(errno.EIO, "no")  # or its process dies
        return pwrite(file, content[:BLOCK], at)

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", a_block)
        with pytest.raises(OSError, match="no"):
            log.erase(FIRST, 0, log.end)
    whole = read(tmp_path)
    assert whole == CHANGES[: len(whole)]
    log.go_on(FIRST, 0, 0)
    log.append(CHANGES[0])  # as long as what was there
    assert read(tmp_path) == CHANGES[: max(1, len(whole))]


def test_one_record_is_read(log: CommitLog, tmp_path: Path) -> None:
    ends = []
    for changes in CHANGES:
        log.append(changes)
        ends.append(log.end)
    found = log.record(FIRST, 0, 0)
    for number, changes in enumerate(CHANGES[1:], 1):
        assert found == (CHANGES[number - 1], ends[number - 1])
        found = log.record(FIRST, number, found.end)
        assert found is not None
        assert found.changes == changes
    assert log.record(FIRST, 1, 0) is None, "it has another number"
    assert log.record(FIRST + 2, 0, 0) is None
    assert log.record(FIRST, len(CHANGES), log.end) is None, "it is not there"
    with files(tmp_path)[FIRST & 1].open("r+b") as file:
        file.seek(30)
        file.write(b"torn")
    assert log.record(FIRST, 0, 0) is None


def test_a_generation_has_a_first_number(log: CommitLog) -> None:
    assert log.first_number(FIRST) is None
    log.go_on(FIRST, 7, 0)
    log.append(CHANGES[0])
    log.append(CHANGES[1])
    assert log.first_number(FIRST) == 7
    assert log.first_number(FIRST + 1) is None
    assert log.first_number(FIRST + 2) is None


def test_a_large_file_shrinks_when_it_is_used_again(log: CommitLog, tmp_path: Path) -> None:
    log.append({b"big": bytes(commit_log._KEPT + BLOCK)})
    log.next_generation()
    log.next_generation()
    log.append(CHANGES[0])
    assert files(tmp_path)[0].stat().st_size == commit_log._KEPT
    assert read(tmp_path, FIRST + 2, 1) == CHANGES[:1]


def test_files_are_for_us_alone_and_no_links(log: CommitLog, tmp_path: Path) -> None:
    assert {file.stat().st_mode & 0o777 for file in files(tmp_path)} == {0o600}
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "log.0").symlink_to(tmp_path / "target")
    with pytest.raises(OSError, match=r"log\.0"):
        CommitLog(elsewhere, 0)
    assert not (tmp_path / "target").exists()


def test_what_is_written_again_is_what_it_was(
    log: CommitLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for changes in CHANGES:
        log.append(changes)
    written: list[tuple[int, int]] = []
    write = os.pwrite

    def watched(file: int, content: bytes, at: int) -> int:
        written.append((at, len(content)))
        return write(file, content, at)

    monkeypatch.setattr(os, "pwrite", watched)
    monkeypatch.setattr(commit_log, "_GROWTH", 2 * BLOCK)
    log.write_again(FIRST, BLOCK, log.end)
    assert sum(size for _, size in written) == log.end - BLOCK
    assert min(written)[0] == BLOCK
    assert read(tmp_path) == CHANGES


def test_only_values_that_are_put_have_bytes() -> None:
    assert value_bytes({b"key": b"12", b"gone": None, b"empty": b"", b"other": b"345"}) == 5
    assert value_bytes({}) == 0
