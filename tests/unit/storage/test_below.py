"""Folders below a directory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jedlik.storage.below import folder_below


def test_folders_are_made_if_wanted(tmp_path: Path) -> None:
    with folder_below(tmp_path, ("a", "b"), make=True) as folder:
        os.mkdir("c", dir_fd=folder)
    assert (tmp_path / "a/b/c").is_dir()
    with folder_below(tmp_path, ("a", "b"), make=True), folder_below(tmp_path, ()):
        pass
    with pytest.raises(FileNotFoundError), folder_below(tmp_path, ("a", "none")):
        pass


def test_a_link_below_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outside/in").mkdir(parents=True)
    (tmp_path / "root").mkdir()
    (tmp_path / "root/link").symlink_to("../outside")
    (tmp_path / "entry").symlink_to("root")
    (tmp_path / "root/file").touch()
    for folders in (("link",), ("link", "in"), ("file",)):
        for make in (False, True):
            with pytest.raises(OSError), folder_below(tmp_path / "root", folders, make=make):
                pass
    with folder_below(tmp_path / "entry", ()) as folder:  # the directory itself may be a link
        assert os.fstat(folder).st_ino == (tmp_path / "root").stat().st_ino


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    before = len(list(Path("/dev/fd").iterdir()))
    with folder_below(tmp_path, ("a", "b"), make=True):
        pass
    with pytest.raises(FileNotFoundError), folder_below(tmp_path, ("a", "none", "c")):
        pass
    assert len(list(Path("/dev/fd").iterdir())) == before
