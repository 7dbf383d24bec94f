"""A data directory that lost a file is refused, and nothing in it is touched."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from jedlik.crypto.root_key import RootKey
from jedlik.storage.directory import DataDirectory, holds_data
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
