"""The file with the format of a data directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from jedlik.storage.directory.data_directory import DataDirectory
from jedlik.storage.directory.format_file import ENCRYPTED_FORMAT, FORMAT, PLAIN_FORMAT
from jedlik.storage.failures import DataDirectoryError


@pytest.mark.parametrize(
    ("old", "new"), [(1, PLAIN_FORMAT), (2, ENCRYPTED_FORMAT), (3, PLAIN_FORMAT)]
)
def test_a_directory_of_a_former_format_becomes_one_of_this(path: Path, old: int, new: int) -> None:
    for name in ("store/data.mdb", "sealed/rows.db", "key"):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(b"something")
    (path / "format").write_bytes(b"jedlik data, format %d\n" % old)
    directory = DataDirectory.open(path)
    assert (directory.format, directory.encrypted) == (new, old == 2)
    directory.close()
    assert (path / "format").read_bytes() == b"jedlik data, format %d\n" % new


def test_a_newer_format_is_refused(path: Path) -> None:
    DataDirectory.open(path).close()
    (path / "format").write_bytes(b"jedlik data, format %d\n" % (FORMAT + 1))
    for take in (DataDirectory.open, DataDirectory.join):
        with pytest.raises(
            DataDirectoryError, match=f"has data format {FORMAT + 1}, made by a new"
        ):
            take(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"jedlik data, format 1",
        b"jedlik data, format 0\n",
        b"jedlik data, format -1\n",
        b"jedlik data, format 1\nmore",
        b"jedlik data, format 1\n\n",
        b"other\n",
        b"\xff\0\n",
    ],
)
def test_a_format_file_of_another_program_is_refused(path: Path, content: bytes) -> None:
    path.mkdir(parents=True)
    (path / "format").write_bytes(content)
    with pytest.raises(DataDirectoryError, match="not written by Jedlik"):
        DataDirectory.open(path)
    assert (path / "format").read_bytes() == content
