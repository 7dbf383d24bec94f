"""Where a command continues: which records of progress are believed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from jedlik.tablefiles import resuming
from jedlik.tablefiles.formats import FileError
from jedlik.tablefiles.resuming import Resuming, are_counts

WHAT = {"import": "a"}
STATE = {"lines": 3}


def found(path: Path) -> Any:
    return Resuming(path, WHAT).found(lambda state: are_counts(state.get("lines")))


def test_what_was_kept_is_found_and_gone_when_it_is_over(tmp_path: Path) -> None:
    path = tmp_path / "a.resume"
    assert found(path) is None
    Resuming(path, WHAT).keep(STATE)
    assert found(path) == STATE
    assert path.stat().st_mode & 0o077 == 0
    Resuming(path, WHAT).over()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        b"", b"[]", b"{", b"\xff", b'{"what": {"import": "a"}}', b"[" * 5000,
        b'{"what": {"import": "a"}, "state": {"lines": -1}}',
        b'{"what": {"import": "a"}, "state": {"lines": true}}',
        b'{"what": {"import": "a"}, "state": {"lines": "3"}}',
        b'{"what": {"import": "a"}, "state": {}}',
    ],
)  # fmt: skip
def test_what_no_command_left_is_named(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "a.resume"
    path.write_bytes(text)
    with pytest.raises(FileError, match="not what a command left"):
        found(path)


def test_a_file_that_is_too_long_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.resume"
    Resuming(path, WHAT).keep(STATE)
    monkeypatch.setattr(resuming, "_MAX_SIZE", path.stat().st_size - 1)
    with pytest.raises(FileError, match="not what a command left"):
        found(path)


def test_a_link_is_neither_read_nor_written_through(tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    other.write_bytes(orjson.dumps({"what": WHAT, "state": STATE}))
    path = tmp_path / "a.resume"
    path.symlink_to(other)
    with pytest.raises(FileError, match="link"):
        found(path)
    (tmp_path / "a.resume.unfinished").symlink_to(other)
    before = other.read_bytes()
    Resuming(path, WHAT).keep({"lines": 4})
    assert other.read_bytes() == before
    assert found(path) == {"lines": 4}
