"""Names that survive a power failure, and files that are safe to open."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from jedlik.base.limits import MIB
from jedlik.storage import disk
from jedlik.storage.disk import (
    append_line,
    keep_to_ourselves,
    make_directory,
    replace_file,
)
from jedlik.storage.failures import StorageFull


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


def test_a_new_file_is_not_written_through_a_link(tmp_path: Path) -> None:
    other, path = tmp_path / "other", tmp_path / "new"
    other.write_bytes(b"kept")
    path.symlink_to(other)
    with disk.open_new(path) as file:
        file.write(b"own")
    assert (other.read_bytes(), path.read_bytes()) == (b"kept", b"own")
    assert not path.is_symlink()


def test_a_file_of_our_own_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"left")
    with disk.open_own(path) as file:
        assert file.read() == b"left"
    with pytest.raises(FileNotFoundError):
        disk.open_own(tmp_path / "b")


def test_links_pipes_and_files_of_others_are_not_our_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"left")
    (tmp_path / "soft").symlink_to(path)
    os.mkfifo(tmp_path / "pipe")
    for name in ("soft", "pipe"):
        with pytest.raises(PermissionError, match="link"):
            disk.open_own(tmp_path / name)
    (tmp_path / "hard").hardlink_to(path)
    with pytest.raises(PermissionError):
        disk.open_own(path)
    (tmp_path / "hard").unlink()
    disk.open_own(path).close()
    real = os.fstat
    owner = max(os.geteuid(), tmp_path.stat().st_uid)

    def of_another_user(descriptor: int) -> os.stat_result:
        fields = list(real(descriptor)[:10])
        fields[4] = owner + 1
        return os.stat_result(fields)

    monkeypatch.setattr(os, "fstat", of_another_user)
    with pytest.raises(PermissionError):
        disk.open_own(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files that it can give away")
def test_what_root_made_in_the_directory_of_another_user_becomes_that_users(tmp_path: Path) -> None:
    theirs, outside = tmp_path / "theirs", tmp_path / "outside"
    for each in (theirs / "store" / "log.0", theirs / "format", outside):
        each.parent.mkdir(parents=True, exist_ok=True)
        each.touch()
    (theirs / "soft").symlink_to(outside)
    (theirs / "hard").hardlink_to(outside)
    os.mkfifo(theirs / "pipe")
    disk.give_to_owner(theirs)
    assert (theirs / "format").stat().st_uid == 0, "the directory is root's own"
    os.chown(theirs, 65534, 65533)
    (tmp_path / "link").symlink_to(theirs)  # as /var/lib/jedlik is to systemd's directory
    disk.give_to_owner(tmp_path / "link")
    for name in ("format", "store", "store/log.0"):
        given = (theirs / name).stat()
        assert (given.st_uid, given.st_gid) == (65534, 65533), name
    assert outside.stat().st_uid == 0, "root's own file, into which that user may have linked"
    assert (theirs / "pipe").stat().st_uid == 0


@pytest.mark.parametrize(
    ("total", "left", "ok"),
    [
        (1000 * MIB, 51 * MIB, True),
        (1000 * MIB, 49 * MIB, False),
        (1000 * 1024 * MIB, 1025 * MIB, True),
        (1000 * 1024 * MIB, 1023 * MIB, False),
    ],
)
def test_the_reserve_of_a_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, total: int, left: int, ok: bool
) -> None:
    found = SimpleNamespace(f_blocks=total // 4096, f_bavail=left // 4096, f_frsize=4096)
    monkeypatch.setattr(disk.os, "statvfs", lambda _path: found)
    with contextlib.nullcontext() if ok else pytest.raises(StorageFull, match="MiB of the disk"):
        disk.check_reserve(tmp_path)
