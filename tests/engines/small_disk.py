"""What happens on a disk of 4 MiB. Run as a script, with mounts of its own: SCENARIO DIRECTORY."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from jedlik.storage.contract import Mix, contents
from jedlik.storage.engine import Engine
from jedlik.storage.failures import DataDirectoryError, StorageFull
from jedlik.storage.lmdb.environment import Environment
from jedlik.storage.lmdb.logged_engine import LoggedLmdbEngine
from jedlik.storage.lmdb.read_only import ReadOnlyLmdbEngine
from jedlik.storage.lmdb.shared_engine import SharedLmdbEngine
from jedlik.storage.sqlite import SqliteEngine

COUNTER = b"counter"
PART = bytes(50_000)


async def fill(engine: Engine) -> tuple[int, int]:
    """Put until it fails; how many writes went well, and the count that was acknowledged last."""
    last = -1
    for number in range(1000):
        puts = {b"%d-%d" % (number, part): PART for part in range(4)}
        try:
            last, _ = await engine.write(Mix(COUNTER, (), puts))
        except StorageFull:
            return number, last
    raise AssertionError("it never filled up")


async def check_whole(engine: Engine, stored: int) -> None:
    """This many writes of `fill` are there, and no part of another."""
    rows = await contents(engine, b"")
    assert len(rows) == 4 * stored + 1
    assert await engine.read([COUNTER]) == [b"%d" % stored]


async def fails(engine: Engine) -> bool:
    """Whether a large write finds no room."""
    try:
        await engine.write(Mix(COUNTER, (), {b"x": bytes(1_000_000)}))
    except StorageFull:
        return True
    return False


def use_up(disk: Path) -> None:
    """Leave no byte free."""
    with contextlib.suppress(OSError), (disk / "ballast").open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass


def mount(disk: Path, options: str) -> None:
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)])
    if done.returncode:
        sys.exit(77)


def problem_of_opening(directory: Path, open_engine: Callable[[Path], object]) -> str:
    try:
        open_engine(directory)
    except DataDirectoryError as error:
        return str(error)
    return "none"


def open_sqlite(directory: Path) -> Engine:
    return SqliteEngine.open(directory, bytes(32))


async def logged_full_and_extended(disk: Path) -> None:
    await _full_and_extended(disk, LoggedLmdbEngine.open(disk))


async def shared_full_and_extended(disk: Path) -> None:
    await _full_and_extended(disk, SharedLmdbEngine.share(disk))


async def sqlite_full_and_extended(disk: Path) -> None:
    await _full_and_extended(disk, open_sqlite(disk))


async def _full_and_extended(disk: Path, engine: Engine) -> None:
    stored, _ = await fill(engine)
    assert stored >= 5
    await check_whole(engine, stored)
    assert await fails(engine)
    await check_whole(engine, stored)
    mount(disk, "remount,size=8m")
    count, _ = await engine.write(Mix(COUNTER, (), {b"x": bytes(1_000_000)}))
    assert count == stored
    assert await engine.read([b"x"]) == [bytes(1_000_000)]
    await engine.close()


async def logged_full_before_opening(disk: Path) -> None:
    _full_before_opening(disk, LoggedLmdbEngine.open)


async def shared_full_before_opening(disk: Path) -> None:
    _full_before_opening(disk, SharedLmdbEngine.share)


async def sqlite_full_before_opening(disk: Path) -> None:
    _full_before_opening(disk, open_sqlite)


def _full_before_opening(disk: Path, open_engine: Callable[[Path], Engine]) -> None:
    store = disk / "store"
    store.mkdir()
    use_up(disk)
    problem = problem_of_opening(store, open_engine)
    assert "no room left to open the store" in problem, problem


async def logged_full_when_opened_again(disk: Path) -> None:
    await _full_when_opened_again(disk, LoggedLmdbEngine.open)


async def shared_full_when_opened_again(disk: Path) -> None:
    await _full_when_opened_again(disk, SharedLmdbEngine.share)


async def _full_when_opened_again(disk: Path, open_engine: Callable[[Path], Engine]) -> None:
    engine = open_engine(disk)
    await engine.write(Mix(COUNTER, (), {b"k": b"v"}))
    await engine.close()
    use_up(disk)
    engine = open_engine(disk)
    for _ in range(300):
        assert len((await engine.range(b"", None)).rows) == 2
    assert await fails(engine)
    assert await engine.read([b"k"]) == [b"v"]
    (disk / "ballast").unlink()
    assert not await fails(engine)
    await engine.close()


async def logged_full_when_recovered(disk: Path) -> None:
    """Where a log cannot be put into the store, for want of room, it stays where it is."""
    engine = LoggedLmdbEngine.open(disk)
    last, _ = await engine.write(Mix(COUNTER, (), {b"x": bytes(1_000_000)}))
    engine._environment.close()  # as if it was killed
    use_up(disk)
    with contextlib.suppress(DataDirectoryError):
        await LoggedLmdbEngine.open(disk).close()
    (disk / "ballast").unlink()
    engine = LoggedLmdbEngine.open(disk)
    assert await engine.read([COUNTER, b"x"]) == [b"%d" % (last + 1), bytes(1_000_000)]
    await engine.close()


async def read_only(disk: Path) -> None:
    engine = LoggedLmdbEngine.open(disk)
    await engine.write(Mix(COUNTER))
    await engine.close()
    mount(disk, "remount,ro")
    problem = problem_of_opening(disk, Environment)
    assert "not writable" in problem, problem
    reader = ReadOnlyLmdbEngine.open(disk)
    assert await reader.read([COUNTER]) == [b"1"]
    await reader.close()


def main() -> None:
    scenario, directory = sys.argv[1:]
    mount(Path(directory), "size=4m")
    asyncio.run(globals()[scenario](Path(directory)))


if __name__ == "__main__":
    main()
