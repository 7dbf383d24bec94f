from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from jedlik.storage import disk
from jedlik.storage.disk import append_line, keep_to_ourselves, make_directory, replace_file


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The directories whose names were made durable, in order."""
    paths: list[Path] = []
    monkeypatch.setattr(disk, "sync_directory", paths.append)
    return paths


def test_every_directory_that_gets_a_new_name_is_synced(tmp_path: Path, synced: list[Path]) -> None:
    make_directory(tmp_path / "a" / "b" / "c")
    assert (tmp_path / "a" / "b" / "c").is_dir()
    assert synced == [tmp_path, tmp_path / "a", tmp_path / "a" / "b"]


def test_a_directory_that_is_there_is_taken(tmp_path: Path) -> None:
    make_directory(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        make_directory(tmp_path / "file")
    with pytest.raises(NotADirectoryError):
        make_directory(tmp_path / "file" / "below")


def test_a_replaced_files_name_is_synced(tmp_path: Path, synced: list[Path]) -> None:
    replace_file(tmp_path / "f", b"new")
    assert (tmp_path / "f").read_bytes() == b"new"
    assert synced == [tmp_path]
    assert [file.name for file in tmp_path.iterdir()] == ["f"]


def test_a_line_that_a_full_disk_cut_off_spoils_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = os.open(tmp_path / "log", os.O_RDWR | os.O_APPEND | os.O_CREAT)
    append_line(file, b"whole\n")
    write, room = os.write, [3]

    def little_room(descriptor: int, data: bytes) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = write(descriptor, bytes(data)[: room[0]])
        room[0] -= taken
        return taken

    monkeypatch.setattr(os, "write", little_room)
    with pytest.raises(OSError, match="No space"):
        append_line(file, b"torn line\n")
    monkeypatch.undo()
    append_line(file, b"next\n")
    os.close(file)
    assert (tmp_path / "log").read_bytes() == b"whole\ntor\nnext\n"


def test_files_that_another_process_takes_away_keep_no_one_from_opening(tmp_path: Path) -> None:
    """Two workers open a new store at once, and one removes what it made for a moment."""
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")  # listed, and not there once looked at
    descriptor = os.open(tmp_path / "open", os.O_CREAT | os.O_RDWR)
    os.set_inheritable(descriptor, True)
    try:
        keep_to_ourselves(tmp_path)
        assert not os.get_inheritable(descriptor)
    finally:
        os.close(descriptor)
