"""An engine that only reads changes nothing, and refuses writes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from jedlik.storage.contract import Mix, contents
from jedlik.storage.failures import DataDirectoryError, StorageUnavailable
from jedlik.storage.lmdb.logged_engine import LoggedLmdbEngine
from jedlik.storage.lmdb.read_only import ReadOnlyLmdbEngine

COUNT, LONG = b"count", b"k" * 600


def _files(directory: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in directory.iterdir()}


def test_it_reads_what_was_written_and_refuses_writes(tmp_path: Path) -> None:
    async def run() -> None:
        written = LoggedLmdbEngine.open(tmp_path)
        await written.write(Mix(COUNT, (), {LONG: b"v"}))
        await written.close()
        before = _files(tmp_path)
        engine = ReadOnlyLmdbEngine.open(tmp_path)
        assert await contents(engine, b"") == [(COUNT, b"1"), (LONG, b"v")]
        assert engine.problems() == []
        snapshot = engine.hold()
        assert await snapshot.read([LONG]) == [b"v"]
        snapshot.release()
        with pytest.raises(StorageUnavailable, match="read-only"):
            await engine.write(Mix(COUNT))
        assert await engine.read([COUNT]) == [b"1"]
        await engine.close()
        with pytest.raises(StorageUnavailable, match="closed"):
            await engine.read([COUNT])
        assert _files(tmp_path) == before

    asyncio.run(run())


def test_a_directory_without_a_store_is_refused_and_stays_empty(tmp_path: Path) -> None:
    with pytest.raises(DataDirectoryError, match="cannot be opened"):
        ReadOnlyLmdbEngine.open(tmp_path)
    assert not list(tmp_path.iterdir())
