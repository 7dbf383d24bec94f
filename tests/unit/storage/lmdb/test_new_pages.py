"""Pages that LMDB adds to its file are made ready, and nothing else changes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from jedlik.storage.lmdb.new_pages import AHEAD, NewPages

PAGE = 4096


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "data.mdb"
    made.write_bytes(b"x" * 3 * PAGE)
    return made


@pytest.fixture
def pages(file: Path) -> Iterator[NewPages]:
    made = NewPages(file)
    yield made
    made.close()


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="the system has no such call")
def test_the_file_is_longer_than_what_is_in_use(file: Path, pages: NewPages) -> None:
    pages.prepare(3 * PAGE)
    assert file.read_bytes() == b"x" * 3 * PAGE + bytes(AHEAD)
    for used in range(4 * PAGE, AHEAD // 2 + 4 * PAGE, PAGE):
        pages.prepare(used)
        assert file.stat().st_size == 3 * PAGE + AHEAD
    pages.prepare(used + PAGE)
    assert file.stat().st_size == 3 * PAGE + 2 * AHEAD


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="the system has no such call")
def test_more_is_read_where_the_last_commit_has_added_much(file: Path, pages: NewPages) -> None:
    pages.prepare(3 * PAGE)
    used = 3 * PAGE + 3 * AHEAD
    pages.prepare(used)
    assert used + 6 * AHEAD <= file.stat().st_size < used + 7 * AHEAD
    before = file.stat().st_size
    pages.prepare(used + PAGE)
    assert file.stat().st_size == before


def test_a_file_that_others_made_longer_is_never_made_shorter(file: Path, pages: NewPages) -> None:
    os.truncate(file, 3 * AHEAD)
    pages.prepare(3 * PAGE)
    assert file.stat().st_size == 3 * AHEAD


def test_where_it_cannot_be_done_nothing_is_done(
    file: Path, pages: NewPages, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_file: int, _size: int) -> None:
        raise OSError("a limit")

    monkeypatch.setattr(os, "ftruncate", refuse)
    pages.prepare(3 * PAGE)
    monkeypatch.undo()
    pages.prepare(3 * PAGE)  # and it is not tried again
    assert file.stat().st_size == 3 * PAGE
