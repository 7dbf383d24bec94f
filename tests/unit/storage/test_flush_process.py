"""What is written out behind the flushes: all of the file in each round, a part at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jedlik.storage import flush_process
from jedlik.storage.flush_process import LEAST_PART, PARTS, WritingOut

Ranges = list[tuple[int, int]]


@pytest.fixture
def ranges(monkeypatch: pytest.MonkeyPatch) -> Ranges:
    """The beginnings and sizes that the system was asked to write out."""
    asked: Ranges = []

    class Libc:
        def sync_file_range(self, _file: int, begin: Any, size: Any, _flags: Any) -> None:
            asked.append((begin.value, size.value))

    monkeypatch.setattr(flush_process, "LIBC", Libc())
    return asked


@pytest.fixture
def file(tmp_path: Path) -> Iterator[int]:
    opened = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    yield opened
    os.close(opened)


def changed(file: int, size: int) -> None:
    os.truncate(file, size)
    os.utime(file, ns=(0, os.fstat(file).st_mtime_ns + 1))


def covered(ranges: Ranges) -> set[int]:
    """The bytes of the ranges, in units of the smallest part."""
    return {
        unit
        for begin, size in ranges
        for unit in range(begin // LEAST_PART, -(-(begin + size) // LEAST_PART))
    }


@pytest.mark.parametrize("size", [1, LEAST_PART, 5 * LEAST_PART + 1, 3 * PARTS * LEAST_PART + 7])
def test_a_round_covers_the_file(file: int, ranges: Ranges, size: int) -> None:
    changed(file, size)
    writing_out = WritingOut(file)
    writing_out.look()
    while writing_out.step():
        pass
    assert covered(ranges) >= set(range(-(-size // LEAST_PART)))
    assert len(ranges) <= PARTS
    assert not writing_out.step()


def test_a_file_that_did_not_change_is_left_alone(file: int, ranges: Ranges) -> None:
    changed(file, 2 * LEAST_PART)
    writing_out = WritingOut(file)
    writing_out.look()
    while writing_out.step():
        pass
    ranges.clear()
    writing_out.look()
    assert not writing_out.step()
    changed(file, 2 * LEAST_PART)
    writing_out.look()
    assert writing_out.step()


def test_a_round_goes_on_when_the_file_changes_and_another_one_follows(
    file: int, ranges: Ranges
) -> None:
    """Otherwise the end of a busy file would never be reached."""
    writing_out = WritingOut(file)
    for _ in range(4):
        changed(file, 4 * LEAST_PART)
        writing_out.look()
        assert writing_out.step()
    assert covered(ranges) == set(range(4))
    ranges.clear()
    writing_out.look()
    while writing_out.step():
        pass
    assert covered(ranges) == set(range(4))


def test_without_the_call_nothing_is_written_out(
    file: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flush_process, "LIBC", None)
    changed(file, LEAST_PART)
    writing_out = WritingOut(file)
    writing_out.look()
    assert not writing_out.step()
