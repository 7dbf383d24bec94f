"""Directories on media that cannot be written to: they are read, and nothing in them changes."""

from __future__ import annotations

import asyncio
import fcntl
import shutil
from pathlib import Path

import pytest

from jedlik.crypto.root_key import RootKey
from jedlik.storage import hot_copy as hot_copy_module
from jedlik.storage import open as open_module
from jedlik.storage.failures import DataDirectoryError, StorageFailure
from jedlik.storage.hot_copy import hot_copy
from jedlik.storage.open import StorageSettings, is_read_only, open_storage
from tests.store_task import Store

ROOT_KEY = RootKey(bytes(range(32)))
KEYS = pytest.mark.parametrize("key", [None, ROOT_KEY], ids=["plain", "encrypted"])


def _written(path: Path, key: RootKey | None) -> StorageSettings:
    async def write() -> None:
        storage = open_storage(StorageSettings(path, root_key=key))
        await storage.engine.write(Store(b"k", b"v"))
        await storage.close()

    asyncio.run(write())
    return StorageSettings(path, root_key=key, encrypts_plain=False, read_only=True)


def _bare(path: Path) -> None:
    """Remove what only processes need that have it open."""
    for name in ("lock", "workers.lock", "store/lock.mdb", "sealed/write.lock"):
        (path / name).unlink(missing_ok=True)


def _state(path: Path) -> dict[str, tuple[bytes, int]]:
    files = [file for file in path.rglob("*") if file.is_file()]
    return {str(file): (file.read_bytes(), file.stat().st_mtime_ns) for file in files}


@KEYS
@pytest.mark.parametrize("bare", [False, True])
def test_it_is_read_and_nothing_changes(tmp_path: Path, key: RootKey | None, bare: bool) -> None:
    settings = _written(tmp_path / "data", key)
    if bare:  # as copies are that were made of the data alone
        _bare(tmp_path / "data")
    before = _state(tmp_path)

    async def read() -> None:
        storage = open_storage(settings)
        assert await storage.engine.read([b"k"]) == [b"v"]
        assert [row[0] for row in (await storage.engine.range(b"", None)).rows] == [b"k"]
        with pytest.raises(StorageFailure):
            await storage.engine.write(Store(b"k", b"w"))
        await storage.close()

    asyncio.run(read())
    assert _state(tmp_path) == before


@KEYS
def test_a_directory_that_a_server_has_open_is_refused(tmp_path: Path, key: RootKey | None) -> None:
    settings = _written(tmp_path / "data", key)
    with (tmp_path / "data" / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(DataDirectoryError, match="in use"):
            open_storage(settings)


def test_commits_that_are_only_in_the_log_are_not_passed_over(tmp_path: Path) -> None:
    settings = _written(tmp_path / "data", ROOT_KEY)
    (tmp_path / "data" / "sealed" / "rows.db-wal").write_bytes(b"commits")
    with pytest.raises(DataDirectoryError, match="holds commits"):
        open_storage(settings)


def test_another_root_key_reads_nothing(tmp_path: Path) -> None:
    _written(tmp_path / "data", ROOT_KEY)
    other = StorageSettings(tmp_path / "data", root_key=RootKey(bytes(32)), read_only=True)
    with pytest.raises(DataDirectoryError, match="wrong root key"):
        open_storage(other)


def test_what_this_process_may_write_to_is_not_read_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not is_read_only(tmp_path)
    assert not is_read_only(tmp_path / "not there")
    monkeypatch.setattr(open_module.os, "access", lambda *_, **__: False)
    assert is_read_only(tmp_path)


def _killed(path: Path, aside: Path, key: RootKey | None = None) -> Path:
    """A directory as a server leaves it that is killed after a write."""

    async def write() -> None:
        storage = open_storage(StorageSettings(path, root_key=key))
        await storage.engine.write(Store(b"k", b"v"))
        shutil.copytree(path, aside)
        await storage.close()

    asyncio.run(write())
    return aside


def test_one_that_was_not_closed_is_not_read_without_its_last_writes(tmp_path: Path) -> None:
    killed = _killed(tmp_path / "data", tmp_path / "killed")
    settings = StorageSettings(killed, read_only=True)
    before = _state(killed)
    with pytest.raises(DataDirectoryError, match="was not closed: its last writes are in a log"):
        open_storage(settings)
    assert _state(killed) == before
    hot_copy(killed, tmp_path / "copy")
    assert _state(killed) == before
    asyncio.run(_read(StorageSettings(tmp_path / "copy", read_only=True)))


async def _read(settings: StorageSettings) -> None:
    storage = open_storage(settings)
    assert await storage.engine.read([b"k"]) == [b"v"]
    await storage.close()


@KEYS
@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("closed", [False, True])
def test_a_copy_of_it_changes_nothing(
    tmp_path: Path, key: RootKey | None, bare: bool, closed: bool
) -> None:
    source = tmp_path / "data"
    if closed:
        _written(source, key)
    else:
        source = _killed(source, tmp_path / "killed", key)
    if bare:
        _bare(source)
    before = _state(source)
    hot_copy(source, tmp_path / "copy", key)
    assert _state(source) == before
    for path in (tmp_path / "copy").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0
    asyncio.run(_read(StorageSettings(tmp_path / "copy", root_key=key, read_only=True)))


def test_a_damaged_log_is_named_where_it_is(tmp_path: Path) -> None:
    killed = _killed(tmp_path / "data", tmp_path / "killed")
    for log in killed.glob("store/log.*"):
        log.unlink()
    with pytest.raises(DataDirectoryError, match=f"^{killed}/store/log.[01] is missing"):
        hot_copy(killed, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_server_that_starts_in_a_directory_without_locks_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _written(tmp_path / "data", None)
    _bare(tmp_path / "data")
    copy = hot_copy_module._copy_file

    def copy_and_start(source: Path, target: Path) -> None:
        copy(source, target)
        (tmp_path / "data" / "lock").touch()

    monkeypatch.setattr(hot_copy_module, "_copy_file", copy_and_start)
    with pytest.raises(DataDirectoryError, match="a Jedlik server has opened"):
        hot_copy(tmp_path / "data", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_one_that_was_not_closed_is_encrypted_with_its_last_writes(tmp_path: Path) -> None:
    killed = _killed(tmp_path / "data", tmp_path / "killed")

    async def read() -> None:
        storage = open_storage(StorageSettings(killed, root_key=ROOT_KEY, encrypts_plain=True))
        assert await storage.engine.read([b"k"]) == [b"v"]
        await storage.close()

    asyncio.run(read())
