"""The wrapped database key in a data directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from jedlik.crypto.root_key import RootKey
from jedlik.storage import key_file
from jedlik.storage.completeness import KEY
from jedlik.storage.failures import DataDirectoryError

ROOT, OTHER = RootKey(bytes(32)), RootKey(b"\x01" * 32)


def test_the_key_is_read_back_under_its_root_key(tmp_path: Path) -> None:
    key = key_file.create(tmp_path, ROOT)
    assert len(key) == 32
    assert key_file.read(tmp_path, ROOT) == key
    file = tmp_path / KEY
    assert file.stat().st_mode & 0o777 == 0o600
    assert key not in file.read_bytes()
    assert [each.name for each in tmp_path.iterdir()] == [KEY]


def test_the_layout_of_the_file(tmp_path: Path) -> None:
    key_file.create(tmp_path, ROOT)
    content = (tmp_path / KEY).read_bytes()
    assert content[:9] == b"jedlikDK\x01"
    assert content[9:25] == ROOT.id
    assert len(content) == 85


def test_a_wrong_key_is_one_clear_line(tmp_path: Path) -> None:
    key_file.create(tmp_path, ROOT)
    with pytest.raises(DataDirectoryError, match="wrong root key") as caught:
        key_file.read(tmp_path, OTHER)
    assert ROOT.id.hex() in str(caught.value)
    assert OTHER.id.hex() in str(caught.value)


def test_every_changed_byte_is_noticed(tmp_path: Path) -> None:
    key_file.create(tmp_path, ROOT)
    file = tmp_path / KEY
    good = file.read_bytes()
    for place in range(len(good)):
        file.write_bytes(good[:place] + bytes([good[place] ^ 0x40]) + good[place + 1 :])
        with pytest.raises(DataDirectoryError):
            key_file.read(tmp_path, ROOT)
    for content in (b"", good[:-1], good + b"x"):
        file.write_bytes(content)
        with pytest.raises(DataDirectoryError, match="damaged"):
            key_file.read(tmp_path, ROOT)
    file.unlink()
    with pytest.raises(DataDirectoryError, match="is missing"):
        key_file.read(tmp_path, ROOT)


def test_another_root_key(tmp_path: Path) -> None:
    key = key_file.create(tmp_path, ROOT)
    key_file.rewrap(tmp_path, ROOT, OTHER)
    assert key_file.read(tmp_path, OTHER) == key, "the data stay readable"
    with pytest.raises(DataDirectoryError, match="wrong root key"):
        key_file.rewrap(tmp_path, ROOT, OTHER)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(DataDirectoryError, match="cannot be written"):
        key_file.create(tmp_path / "none", ROOT)
