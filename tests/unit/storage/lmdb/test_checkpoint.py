"""The last checkpoint that is whole counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from jedlik.storage.lmdb.checkpoint import (
    FAILED,
    FILE,
    Checkpoint,
    CheckpointFile,
    NewestGeneration,
    durable_checkpoint,
    note_closed,
    note_failure,
    pages_of,
    read_checkpoint,
    write_checkpoint,
)
from jedlik.storage.lmdb.data_file import Damaged

PAGES = bytes(range(256)) * 32


def checkpoint(generation: int) -> Checkpoint:
    return Checkpoint(
        generation,
        10 * generation,
        PAGES + bytes([generation]) * 8192,
        is_strict=generation % 2 == 0,
    )


def newest(directory: Path) -> int | None:
    looks = NewestGeneration(directory)
    try:
        return looks.look()
    finally:
        looks.close()


def test_the_newest_one_is_read(tmp_path: Path) -> None:
    assert read_checkpoint(tmp_path) is None
    for first in (4, 5):
        file = CheckpointFile(tmp_path, checkpoint(first))
        assert read_checkpoint(tmp_path) == checkpoint(first)
        for generation in range(first + 1, first + 4):
            file.write(checkpoint(generation))
            assert read_checkpoint(tmp_path) == checkpoint(generation)
        file.close()


def test_several_processes_write_them_in_turn(tmp_path: Path) -> None:
    for generation in (4, 5, 8):
        write_checkpoint(tmp_path, checkpoint(generation))
        assert read_checkpoint(tmp_path) == checkpoint(generation)
    note_closed(tmp_path)
    write_checkpoint(tmp_path, checkpoint(3))
    assert read_checkpoint(tmp_path) == checkpoint(3)


def test_the_generation_of_one_that_is_half_written_is_known(tmp_path: Path) -> None:
    assert newest(tmp_path) is None
    for generation in (4, 5):
        write_checkpoint(tmp_path, checkpoint(generation))
        assert newest(tmp_path) == generation
    with (tmp_path / FILE).open("r+b") as file:
        file.seek(8000)
        file.write(b"torn")
        file.seek((tmp_path / FILE).stat().st_size // 2 + 8000)
        file.write(b"torn")
    assert newest(tmp_path) == 5
    note_closed(tmp_path)
    assert newest(tmp_path) is None


@pytest.mark.parametrize("last", [4, 5])
def test_after_a_failure_the_last_one_counts_and_none_follows(tmp_path: Path, last: int) -> None:
    note_failure(tmp_path)
    assert newest(tmp_path) is None, "there is nothing yet to be lost"
    write_checkpoint(tmp_path, checkpoint(last - 1))
    write_checkpoint(tmp_path, checkpoint(last))
    for _ in range(2):
        note_failure(tmp_path)
        assert newest(tmp_path) == FAILED
        assert read_checkpoint(tmp_path) == checkpoint(last)
    note_closed(tmp_path)
    assert newest(tmp_path) is None


def test_one_that_is_relied_on_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    for name in ("sync_file", "sync_directory"):
        monkeypatch.setattr(f"jedlik.storage.lmdb.checkpoint.{name}", synced.append)
    assert durable_checkpoint(tmp_path) is None
    write_checkpoint(tmp_path, checkpoint(4))
    synced.clear()
    assert durable_checkpoint(tmp_path) == checkpoint(4)
    assert synced == [tmp_path / FILE, tmp_path]


def test_large_values_take_pages_of_their_own() -> None:
    few = pages_of({b"a": b"1", b"b": None})
    assert 2 <= few < 20
    assert pages_of({b"a": bytes(1 << 20), b"b": None}) == few + 256


@pytest.mark.parametrize("generation", [5, 6])
def test_while_one_is_written_the_one_before_it_counts(tmp_path: Path, generation: int) -> None:
    file = CheckpointFile(tmp_path, checkpoint(generation - 2))
    file.write(checkpoint(generation - 1))
    before = (tmp_path / FILE).read_bytes()
    file.write(checkpoint(generation))
    file.close()
    after = (tmp_path / FILE).read_bytes()
    half = len(after) // 2
    for cut in (0, 4, 30, 5000, half - 1):
        at = half * (generation & 1) + cut
        (tmp_path / FILE).write_bytes(after[:at] + before[at:])
        if cut < half - 1:  # what fills the slot up is the same in both
            assert read_checkpoint(tmp_path) == checkpoint(generation - 1), cut


def test_without_a_whole_one_the_file_is_damaged(tmp_path: Path) -> None:
    CheckpointFile(tmp_path, checkpoint(3)).close()
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(whole.replace(b"\3", b"\4"))
    with pytest.raises(Damaged, match="checkpoint"):
        read_checkpoint(tmp_path)
    (tmp_path / FILE).write_bytes(b"")
    with pytest.raises(Damaged, match="checkpoint"):
        read_checkpoint(tmp_path)
