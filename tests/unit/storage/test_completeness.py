"""A data directory that lost a file is refused, and nothing in it is touched."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from jedlik.crypto.root_key import RootKey
from jedlik.storage.directory.data_directory import DataDirectory, holds_data
from jedlik.storage.failures import DataDirectoryError
from jedlik.storage.open import StorageSettings, open_storage
from tests.store_task import Store

ROOT_KEY = RootKey(bytes(range(32)))
LOST = [
    (None, "format"),
    (None, "store"),
    (None, "store/data.mdb"),
    (ROOT_KEY, "format"),
    (ROOT_KEY, "sealed"),
    (ROOT_KEY, "sealed/rows.db"),
    (ROOT_KEY, "key"),
]


def _written(path: Path, key: RootKey | None) -> StorageSettings:
    settings = StorageSettings(path, root_key=key)

    async def write() -> None:
        storage = open_storage(settings)
        await storage.engine.write(Store(b"k", b"v"))
        await storage.close()

    asyncio.run(write())
    return settings


def _files(path: Path) -> dict[str, bytes]:
    return {str(p.relative_to(path)): p.read_bytes() for p in path.rglob("*") if p.is_file()}


@pytest.mark.parametrize(("key", "name"), LOST)
def test_a_directory_that_lost_a_file_is_not_taken_for_a_new_one(
    tmp_path: Path, key: RootKey | None, name: str
) -> None:
    settings = _written(tmp_path / "data", key)
    lost = tmp_path / "data" / name
    lost.rename(tmp_path / "lost")
    left = _files(tmp_path / "data")
    for each in (settings, StorageSettings(tmp_path / "data", root_key=ROOT_KEY)):
        with pytest.raises(DataDirectoryError, match=f"{name}.* is missing"):
            open_storage(each)
    with pytest.raises(DataDirectoryError, match=f"{name}.* is missing"):
        holds_data(tmp_path / "data")
    assert _files(tmp_path / "data") == left
    (tmp_path / "lost").rename(lost)
    open_storage(settings)


@pytest.mark.parametrize(("key", "name"), [(None, "store/data.mdb"), (ROOT_KEY, "sealed/rows.db")])
def test_an_empty_store_is_none_of_a_new_directory(
    tmp_path: Path, key: RootKey | None, name: str
) -> None:
    settings = _written(tmp_path / "data", key)
    (tmp_path / "data" / name).write_bytes(b"")
    with pytest.raises(DataDirectoryError, match=f"{name} is empty"):
        open_storage(settings)


@pytest.mark.parametrize("key", [None, ROOT_KEY])
def test_a_directory_whose_making_was_cut_off_is_made(tmp_path: Path, key: RootKey | None) -> None:
    path = tmp_path / "data"
    DataDirectory.open(path).close()
    shutil.rmtree(path / "store")
    _written(path, key)
    assert not (path / "new").exists()
    assert holds_data(path)


@pytest.mark.parametrize("size", [4096, 11_000])
def test_a_store_whose_making_was_cut_off_is_made_again(tmp_path: Path, size: int) -> None:
    """LMDB opens no file of which a power failure left less than the whole."""
    path = tmp_path / "data"
    _written(tmp_path / "other", None)
    DataDirectory.open(path).close()
    content = (tmp_path / "other" / "store" / "data.mdb").read_bytes()
    (path / "store" / "data.mdb").write_bytes(content[:size])
    _written(path, None)
    assert holds_data(path)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        *((None, name) for name in ("format", "lock", "workers.lock", "store/lock.mdb")),
        (None, "store/data.mdb"),
        *((ROOT_KEY, name) for name in ("key", "sealed/rows.db", "sealed/rows.db-wal")),
        (None, "sealed.new/rows.db"),
    ],
)
@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_what_is_no_file_is_neither_read_nor_written_to(
    tmp_path: Path, key: RootKey | None, name: str, kind: str
) -> None:
    """As in a directory that somebody else has packed."""
    settings = _written(tmp_path / "data", key)
    victim, place = tmp_path / "victim", tmp_path / "data" / name
    victim.write_bytes(place.read_bytes() if place.exists() else b"")
    place.unlink(missing_ok=True)
    place.parent.mkdir(exist_ok=True)
    if kind == "link":
        place.symlink_to(victim)
    else:
        os.mkfifo(place)
    before = _files(tmp_path)
    for attempt in (
        lambda: open_storage(settings),
        lambda: open_storage(StorageSettings(tmp_path / "data", root_key=key, read_only=True)),
        lambda: DataDirectory.join(tmp_path / "data"),
        lambda: holds_data(tmp_path / "data"),
    ):
        with pytest.raises(DataDirectoryError, match=r"is (a link|no file), where a data"):
            attempt()
    assert _files(tmp_path) == before
