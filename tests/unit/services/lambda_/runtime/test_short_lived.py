"""Directories that end with their process."""

from __future__ import annotations

import os
from pathlib import Path

from jedlik.services.lambda_.runtime.short_lived import ShortLivedDirectory


def made_by_one_that_was_killed(parent: Path) -> None:
    child = os.fork()
    if not child:
        ShortLivedDirectory(parent).path.joinpath("code").mkdir()
        os._exit(0)  # as a killed process: nothing is closed
    os.waitpid(child, 0)


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    parent, elsewhere = tmp_path / "parent", tmp_path / "elsewhere"
    parent.mkdir()
    elsewhere.mkdir()
    (elsewhere / "lock").touch()
    living = ShortLivedDirectory(parent)
    made_by_one_that_was_killed(parent)
    (left,) = set(parent.iterdir()) - {living.path}
    assert (left / "code").is_dir()
    (parent / "jedlik-functions-link").symlink_to(elsewhere)
    (parent / "jedlik-functions-unlocked").mkdir()
    (parent / "another").mkdir()
    mine = ShortLivedDirectory(parent)
    assert {each.name for each in parent.iterdir()} == {
        living.path.name, mine.path.name, "another", "jedlik-functions-link",
        "jedlik-functions-unlocked",
    }  # fmt: skip
    assert (elsewhere / "lock").exists()
    assert mine.path.stat().st_mode & 0o077 == 0
    living.close()
    mine.close()
    assert not living.path.exists()
    assert not mine.path.exists()
