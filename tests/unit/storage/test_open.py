"""Which store is opened for which settings."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from jedlik.storage.contract import Mix
from jedlik.storage.directory import DataDirectory
from jedlik.storage.engine import Durability, Engine, Queueing, Remote, Starting
from jedlik.storage.failures import DataDirectoryError
from jedlik.storage.lmdb.logged_engine import LoggedLmdbEngine
from jedlik.storage.lmdb.recovery import needs_recovery
from jedlik.storage.lmdb.shared_engine import SharedLmdbEngine
from jedlik.storage.memory import MemoryEngine
from jedlik.storage.open import (
    OpenStorage,
    StorageSettings,
    open_storage,
    release_directory,
    take_directory,
)
from jedlik.storage.postgres.engine import PostgresEngine


def test_without_a_directory_data_are_in_memory() -> None:
    storage = open_storage(StorageSettings())
    assert isinstance(storage.engine, MemoryEngine)
    asyncio.run(storage.close())


def test_what_only_some_engines_offer() -> None:
    local, shared = MemoryEngine(), PostgresEngine("postgresql://127.0.0.1:1/none")
    queueing: Queueing = local  # for the type checker too
    remote: Remote = shared
    starting: Starting = shared
    engines: tuple[Engine, Engine] = (local, shared)
    offers = [[isinstance(each, kind) for kind in (Queueing, Remote, Starting)] for each in engines]
    assert offers == [[True, False, False], [False, True, True]]
    assert queueing.write_queue.waiting == 0
    assert not OpenStorage(shared, None).is_ready, "it is not connected"
    assert (remote.available, starting) == (False, shared)
    asyncio.run(local.close())


def test_with_a_directory_data_last_and_others_are_kept_out(tmp_path: Path) -> None:
    async def run() -> None:
        settings = StorageSettings(tmp_path / "data")
        storage = open_storage(settings)
        assert isinstance(storage.engine, LoggedLmdbEngine)
        await storage.engine.write(Mix(b"count"))
        with pytest.raises(DataDirectoryError, match="in use"):
            open_storage(settings)
        await storage.close()
        storage = open_storage(settings)
        assert await storage.engine.read([b"count"]) == [b"1"]
        await storage.close()

    asyncio.run(run())


@pytest.mark.parametrize("durability", ["fsync", "relaxed"])
def test_workers_share_a_store_that_the_main_process_closes(
    tmp_path: Path, durability: Durability
) -> None:
    settings = StorageSettings(tmp_path / "data", durability)
    main = take_directory(settings)

    async def work() -> None:
        storage = open_storage(settings, worker=True)
        assert isinstance(storage.engine, SharedLmdbEngine)
        assert storage.engine._log.flushes == (durability == "fsync")
        await storage.engine.write(Mix(b"count"))
        await storage.close()

    asyncio.run(work())
    release_directory(main, all_ended=True)
    assert not needs_recovery(tmp_path / "data" / "store")
    storage = open_storage(settings)
    assert asyncio.run(storage.engine.read([b"count"])) == [b"1"]
    asyncio.run(storage.close())


def test_a_store_that_a_worker_did_not_close_is_left_for_recovery(tmp_path: Path) -> None:
    settings = StorageSettings(tmp_path / "data")
    main = take_directory(settings)

    async def work() -> None:
        storage = open_storage(settings, worker=True)
        await storage.engine.write(Mix(b"count"))
        await storage.close()

    asyncio.run(work())
    release_directory(main, all_ended=False)
    assert needs_recovery(tmp_path / "data" / "store")
    storage = open_storage(settings)
    assert asyncio.run(storage.engine.read([b"count"])) == [b"1"]
    asyncio.run(storage.close())


def test_a_worker_needs_a_main_process(tmp_path: Path) -> None:
    settings = StorageSettings(tmp_path / "data")
    main = DataDirectory.open(tmp_path / "data")
    storage = open_storage(settings, worker=True)
    asyncio.run(storage.close())
    main.close()
    with pytest.raises(DataDirectoryError, match="no Jedlik server"):
        open_storage(settings, worker=True)


def test_a_store_that_cannot_be_opened_frees_the_directory(tmp_path: Path) -> None:
    settings = StorageSettings(tmp_path / "data")
    asyncio.run(open_storage(settings).close())
    store = tmp_path / "data" / "store" / "data.mdb"
    content = store.read_bytes()
    store.write_bytes(b"no store" * 4096)
    with pytest.raises(DataDirectoryError, match="cannot be opened"):
        open_storage(settings)
    store.write_bytes(content)
    asyncio.run(open_storage(settings).close())
