"""Data directories: what may be opened, and what is made."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jedlik.storage.directory.data_directory import DataDirectory
from jedlik.storage.directory.format_file import PLAIN_FORMAT
from jedlik.storage.failures import DataDirectoryError
from jedlik.storage.hot_copy import hot_copy

NOBODY = 65534


@pytest.fixture
def unprivileged() -> Iterator[None]:
    """Root may write anywhere, so somebody else tries."""
    if os.geteuid() == 0:
        os.seteuid(NOBODY)
        yield
        os.seteuid(0)
    else:
        yield


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")
def test_a_server_opens_its_directory_after_root_did(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.mkdir(mode=0o700)
    os.chown(path, NOBODY, NOBODY)
    DataDirectory.open(path).close()
    assert {file.stat().st_uid for file in path.iterdir()} == {NOBODY}


def test_a_new_directory_is_made_with_its_format(path: Path) -> None:
    DataDirectory.open(path).close()
    assert (path / "format").read_bytes() == b"jedlik data, format %d\n" % PLAIN_FORMAT
    assert (path / "store").is_dir()
    assert path.stat().st_mode & 0o077 == 0, "others can read the data"
    names = ["format", "lock", "new", "store", "workers.lock"]
    assert sorted(p.name for p in path.iterdir()) == names


def test_an_existing_directory_opens_again(path: Path) -> None:
    new = DataDirectory.open(path)
    new.mark_complete()
    new.close()
    (path / "store" / "data.mdb").write_bytes(b"kept")
    with_data = DataDirectory.open(path)
    assert (with_data.store / "data.mdb").read_bytes() == b"kept"
    with_data.close()
    with_data.close()


def test_workers_share_it_under_a_main_process(path: Path) -> None:
    with pytest.raises(DataDirectoryError, match="holds no Jedlik data"):
        DataDirectory.join(path)
    main = DataDirectory.open(path)
    workers = [DataDirectory.join(path) for _ in range(3)]
    assert {worker.store for worker in workers} == {main.store}
    for worker in workers:
        worker.close()
    main.close()
    with pytest.raises(DataDirectoryError, match="no Jedlik server has"):
        DataDirectory.join(path)


def test_a_directory_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    path.mkdir(parents=True)
    (path / "precious.txt").write_text("kept")
    with pytest.raises(DataDirectoryError, match=r"holds other files \(precious.txt\)"):
        DataDirectory.open(path)
    assert [p.name for p in path.iterdir()] == ["precious.txt"]


def test_what_file_systems_put_there_does_not_count(path: Path) -> None:
    (path / "lost+found").mkdir(parents=True)
    DataDirectory.open(path).close()


@pytest.mark.parametrize("begun", ["new.new", "format.new"])
def test_a_creation_that_was_interrupted_is_taken_up(path: Path, begun: str) -> None:
    path.mkdir(parents=True)
    (path / "lock").touch()
    (path / begun).write_bytes(b"jedl")
    DataDirectory.open(path).close()
    assert (path / "format").read_bytes().startswith(b"jedlik data, format")


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataDirectoryError, match="is not a directory"):
        DataDirectory.open(tmp_path / "file")
    with pytest.raises(DataDirectoryError, match="below something that is not a directory"):
        DataDirectory.open(tmp_path / "file" / "data")


def test_a_directory_that_may_not_be_written(tmp_path: Path, unprivileged: None) -> None:
    parent = Path("/")  # exists, and belongs to root
    with pytest.raises(DataDirectoryError, match="not writable for this user"):
        DataDirectory.open(parent / "jedlik-test-that-is-never-made")


def test_no_directory_is_made_for_a_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for use in (DataDirectory.open, DataDirectory.join, DataDirectory.open_read_only):
        with pytest.raises(DataDirectoryError, match="is a URL and not a directory"):
            use(Path("postgresql://user@host/name"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_no_engine_opens_is_refused_and_nothing_is_made(tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"d\xff")
    for use in (DataDirectory.open, DataDirectory.join, DataDirectory.open_read_only):
        with pytest.raises(DataDirectoryError, match="is not UTF-8"):
            use(odd)
    DataDirectory.open(tmp_path / "data").close()
    with pytest.raises(DataDirectoryError, match="is not UTF-8"):
        hot_copy(tmp_path / "data", odd)
    assert [each.name for each in tmp_path.iterdir()] == ["data"]
    DataDirectory.open(tmp_path / "dätå").close()
