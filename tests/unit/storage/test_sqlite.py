"""What is the sqlite engine's own; what it shares with others is the contract's."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from jedlik.storage import sealed_file
from jedlik.storage.contract import Mix
from jedlik.storage.failures import DataDirectoryError, StorageFailure, StorageUnavailable
from jedlik.storage.sealed_file import FILE, SealedFile
from jedlik.storage.sqlite import SqliteEngine
from tests.simulated_clock import SimulatedClock

KEY = bytes(range(32))
MARKER = b"a-marker-that-nobody-may-find"


def run(test: Callable[[SqliteEngine], Coroutine[Any, Any, None]], engine: SqliteEngine) -> None:
    async def both() -> None:
        try:
            await test(engine)
        finally:
            await engine.close()

    asyncio.run(both())


def files(directory: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in directory.iterdir()}


def test_nothing_is_readable_in_any_file(tmp_path: Path) -> None:
    async def test(engine: SqliteEngine) -> None:
        for number in range(50):
            row = {MARKER + b"-key%d" % number: MARKER * 300}
            await engine.write(Mix(b"count", (), row))
        written = files(tmp_path)
        assert {FILE, f"{FILE}-wal", f"{FILE}-shm"} <= written.keys()
        for content in written.values():
            assert MARKER not in content
            assert b"rows" not in content, "the schema is encrypted too"
            assert not content.startswith(b"SQLite format 3")

    run(test, SqliteEngine.open(tmp_path, KEY))
    assert files(tmp_path)[f"{FILE}-wal"] == b"", "the log is emptied at the end"
    assert MARKER not in files(tmp_path)[FILE]


def test_a_directory_may_be_copied_over_an_earlier_copy_of_it(tmp_path: Path) -> None:
    """Of a server that had been killed: its log is of no file that came later."""
    store, copy = tmp_path / "store", tmp_path / "copy"
    store.mkdir()

    async def write(engine: SqliteEngine) -> None:
        for number in range(40):
            await engine.write(Mix(b"count", (), {b"%d" % number: bytes(5000)}))
        if not copy.exists():
            shutil.copytree(store, copy)  # what a kill leaves

    for _ in range(2):
        run(write, SqliteEngine.open(store, KEY))
    shutil.copytree(store, copy, dirs_exist_ok=True)

    async def check(engine: SqliteEngine) -> None:
        assert engine.problems() == []
        assert await engine.read([b"count"]) == [b"80"]

    run(check, SqliteEngine.open(copy, KEY))


def modes(directory: Path) -> set[int]:
    return {file.stat().st_mode & 0o777 for file in directory.iterdir()}


def test_files_are_the_users_alone(tmp_path: Path) -> None:
    async def test(engine: SqliteEngine) -> None:
        await engine.write(Mix(b"count"))
        assert modes(tmp_path) == {0o600}

    previous = os.umask(0)
    try:
        run(test, SqliteEngine.open(tmp_path, KEY))
    finally:
        os.umask(previous)


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    asyncio.run(SqliteEngine.open(tmp_path, KEY).close())
    with pytest.raises(DataDirectoryError, match="another database key"):
        SqliteEngine.open(tmp_path, bytes(32))
    asyncio.run(SqliteEngine.open(tmp_path, KEY).close())


def fill(directory: Path) -> None:
    async def test(engine: SqliteEngine) -> None:
        rows = {b"%04d" % number: b"v" * 1000 for number in range(200)}
        await engine.write(Mix(b"count", (), rows))

    run(test, SqliteEngine.open(directory, KEY))


def reading_fails(directory: Path) -> None:
    async def test(engine: SqliteEngine) -> None:
        assert engine.problems() != []
        with pytest.raises(StorageUnavailable):
            await engine.range(b"", None)

    run(test, SqliteEngine.open(directory, KEY))


def test_a_changed_bit_is_noticed(tmp_path: Path) -> None:
    fill(tmp_path)
    content = bytearray((tmp_path / FILE).read_bytes())
    content[4096 * 20 + 1234] ^= 1
    (tmp_path / FILE).write_bytes(content)
    reading_fails(tmp_path)


def test_pages_that_changed_places_are_noticed(tmp_path: Path) -> None:
    fill(tmp_path)
    content = (tmp_path / FILE).read_bytes()
    pages = [content[start : start + 4096] for start in range(0, len(content), 4096)]
    pages[20], pages[21] = pages[21], pages[20]
    (tmp_path / FILE).write_bytes(b"".join(pages))
    reading_fails(tmp_path)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"something else" * 10_000)
    with pytest.raises(DataDirectoryError, match="damaged"):
        SqliteEngine.open(tmp_path, KEY)


def test_a_newer_schema(tmp_path: Path) -> None:
    file = SealedFile(tmp_path, KEY, "fsync")
    file.writer.pragma("user_version", 2)
    file.close()
    with pytest.raises(DataDirectoryError, match="newer Jedlik"):
        SqliteEngine.open(tmp_path, KEY)


@pytest.mark.parametrize(("durability", "level"), [("fsync", 2), ("relaxed", 1)])
def test_each_durability_has_its_pragmas(tmp_path: Path, durability: Any, level: int) -> None:
    file = SealedFile(tmp_path, KEY, durability)
    assert file.writer.pragma("synchronous") == level
    assert file.writer.pragma("journal_mode") == "wal"
    assert file.writer.pragma("cipher") == "chacha20"
    file.sync()
    file.close()


def test_relaxed_durability_flushes_about_once_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushes: list[int] = []
    monkeypatch.setattr(SealedFile, "sync", lambda _: flushes.append(1))
    clock = SimulatedClock()

    async def test(engine: SqliteEngine) -> None:
        await engine.write(Mix(b"count"))
        await engine.write(Mix(b"count"))
        assert flushes == []
        clock.advance(1.0)
        await engine.write(Mix(b"count"))
        await engine.write(Mix(b"count"))
        assert flushes == [1]

    run(test, SqliteEngine.open(tmp_path, KEY, "relaxed", clock))
    assert len(flushes) == 2, "and at the end"


def test_a_closed_engine_says_so(tmp_path: Path) -> None:
    async def test() -> None:
        engine = SqliteEngine.open(tmp_path, KEY)
        await engine.close()
        for use in (engine.read([b"a"]), engine.read([b"a", b"b"]), engine.range(b"", None)):
            with pytest.raises(StorageFailure, match="closed"):
                await use
        with pytest.raises(StorageFailure, match="closed"):
            await engine.write(Mix(b"count"))

    asyncio.run(test())


def test_the_log_does_not_grow_for_ever(tmp_path: Path) -> None:
    async def test(engine: SqliteEngine) -> None:
        for _ in range(40):
            await engine.write(Mix(b"count", (), {b"large": os.urandom(400_000)}))
            await engine.read([b"large"])
        most = 2 * sealed_file._LOG_PAGES * 4120
        assert (tmp_path / f"{FILE}-wal").stat().st_size < most
        assert (tmp_path / FILE).stat().st_size < 3_000_000

    run(test, SqliteEngine.open(tmp_path, KEY, "relaxed"))
