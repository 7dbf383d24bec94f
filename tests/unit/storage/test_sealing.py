"""Data directories that become encrypted ones, and what happens when that is cut off."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from jedlik.crypto.root_key import RootKey
from jedlik.storage import key_file, sealing
from jedlik.storage.contract import Mix, contents
from jedlik.storage.directory.data_directory import DataDirectory
from jedlik.storage.failures import DataDirectoryError
from jedlik.storage.lmdb.logged_engine import LoggedLmdbEngine
from jedlik.storage.open import StorageSettings, open_storage, take_directory
from jedlik.storage.sqlite import SqliteEngine

ROOT, OTHER = RootKey(bytes(32)), RootKey(b"\x01" * 32)
MARKER = b"a-marker-that-nobody-may-find"
ROWS = {
    b"": b"the empty key",
    b"short": MARKER,
    MARKER * 40: b"a long key",
    **{b"%05d" % number: b"v" * (number % 90) for number in range(200)},
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data"


def put(settings: StorageSettings, rows: dict[bytes, bytes]) -> None:
    async def run() -> None:
        storage = open_storage(settings)
        await storage.engine.write(Mix(b"count", (), rows))
        await storage.close()

    asyncio.run(run())


def rows_in(settings: StorageSettings, engine: type) -> dict[bytes, bytes]:
    async def run() -> dict[bytes, bytes]:
        storage = open_storage(settings)
        try:
            assert type(storage.engine) is engine
            return dict(await contents(storage.engine, b""))
        finally:
            await storage.close()

    return asyncio.run(run())


def found_in(path: Path) -> list[str]:
    """Files with the marker in them or in their names."""
    return [str(f) for f in path.rglob("*") if f.is_file() and MARKER in f.read_bytes()]


def test_a_new_directory_is_encrypted_from_the_start(path: Path) -> None:
    settings = StorageSettings(path, root_key=ROOT)
    put(settings, ROWS)
    assert rows_in(settings, SqliteEngine) == {**ROWS, b"count": b"1"}
    assert found_in(path) == []
    assert (path / "format").read_bytes() == b"jedlik data, format 4\n"
    assert sorted(file.name for file in path.iterdir()) == [
        "format", "key", "lock", "sealed", "workers.lock",
    ]  # fmt: skip


def test_plain_data_are_converted(path: Path) -> None:
    put(StorageSettings(path), ROWS)
    assert found_in(path) != [], "this test finds what is plain"
    seen: list[tuple[int, int]] = []
    settings = StorageSettings(
        path, root_key=ROOT, progress=lambda done, all_: seen.append((done, all_))
    )
    assert rows_in(settings, SqliteEngine) == {**ROWS, b"count": b"1"}
    assert seen
    assert found_in(path) == []
    assert not (path / "store").exists()
    seen.clear()
    assert len(rows_in(settings, SqliteEngine)) == len(ROWS) + 1
    assert seen == [], "once is enough"


def test_large_values_are_copied_in_small_parts(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "_BATCH_BYTES", 1000)
    put(StorageSettings(path), {b"%d" % number: b"v" * 700 for number in range(7)})
    seen: list[int] = []
    settings = StorageSettings(path, root_key=ROOT, progress=lambda done, _: seen.append(done))
    assert len(rows_in(settings, SqliteEngine)) == 8
    assert seen == [2, 4, 6, 8]


def test_without_a_root_key_nothing_changes(path: Path) -> None:
    put(StorageSettings(path), ROWS)
    assert rows_in(StorageSettings(path), LoggedLmdbEngine) == {**ROWS, b"count": b"1"}
    assert (path / "format").read_bytes() == b"jedlik data, format 5\n"


class Cut(Exception):
    """The power fails."""


STEPS: list[tuple[Any, str]] = [
    (key_file, "create"),
    (sealing, "_copy"),
    (sealing, "_insert"),
    (sealing, "sync_file"),
    (sealing, "sync_directory"),
    (DataDirectory, "set_format"),
    (sealing, "_remove"),
]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("module", "step"), STEPS)
def test_cut_off_anywhere(
    path: Path, monkeypatch: pytest.MonkeyPatch, module: Any, step: str, after: bool
) -> None:
    put(StorageSettings(path), ROWS)
    settings = StorageSettings(path, root_key=ROOT)
    original = getattr(module, step)

    def cut(*arguments: Any) -> Any:
        if after:
            original(*arguments)
        raise Cut

    with monkeypatch.context() as patch:
        patch.setattr(module, step, cut)
        with pytest.raises(Cut):
            open_storage(settings)
    assert rows_in(settings, SqliteEngine) == {**ROWS, b"count": b"1"}
    assert found_in(path) == []
    assert not (path / "store").exists()
    assert not (path / "sealed.new").exists()


def test_a_conversion_that_was_cut_off_leaves_the_plain_data_in_use(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(StorageSettings(path), ROWS)

    def cut(*_: Any) -> None:
        raise Cut

    with monkeypatch.context() as patch:
        patch.setattr(DataDirectory, "set_format", cut)
        with pytest.raises(Cut):
            open_storage(StorageSettings(path, root_key=ROOT))
    put(StorageSettings(path), {b"later": b"write"})
    rows = rows_in(StorageSettings(path, root_key=OTHER), SqliteEngine)
    assert rows[b"later"] == b"write"


def test_an_encrypted_directory_wants_its_key(path: Path) -> None:
    put(StorageSettings(path, root_key=ROOT), ROWS)
    with pytest.raises(DataDirectoryError, match="is encrypted: give its root key"):
        open_storage(StorageSettings(path))
    with pytest.raises(DataDirectoryError, match="wrong root key"):
        open_storage(StorageSettings(path, root_key=OTHER))
    assert len(rows_in(StorageSettings(path, root_key=ROOT), SqliteEngine)) == len(ROWS) + 1


def test_workers_join(path: Path) -> None:
    settings = StorageSettings(path, root_key=ROOT)
    main = take_directory(settings)
    with pytest.raises(DataDirectoryError, match="give its root key"):
        open_storage(StorageSettings(path), worker=True)
    worker = open_storage(settings, worker=True)
    assert isinstance(worker.engine, SqliteEngine)
    asyncio.run(worker.close())
    main.close()


def test_a_failed_conversion_frees_the_directory(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(StorageSettings(path), ROWS)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(sealing, "sync_file", full)
        with pytest.raises(DataDirectoryError, match="No space left"):
            open_storage(StorageSettings(path, root_key=ROOT))
    assert len(rows_in(StorageSettings(path), LoggedLmdbEngine)) == len(ROWS) + 1
