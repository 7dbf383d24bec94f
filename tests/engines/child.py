"""Another process beside a test, on the same store. Run as a script: COMMAND DIRECTORY ARGUMENTS.

count DIR N ENGINE     counts the counter up N times, eight at a time
fill DIR LIMIT ENGINE  puts until no file may be larger than LIMIT; prints what it saw as JSON
cramp DIR LEFT         puts until the map finds no room in LEFT bytes of address space; prints how
                       many writes went well
die DIR ENGINE         takes the write lock and dies with it

ENGINE is logged, shared or sqlite (see tests.engines.makers).
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from jedlik.storage.contract import Mix, contents
from jedlik.storage.engine import Engine
from jedlik.storage.failures import StorageFull
from jedlik.storage.lmdb.logged_engine import LoggedLmdbEngine
from jedlik.storage.lmdb.reads import LmdbReads
from jedlik.storage.lmdb.shared_engine import SharedLmdbEngine
from jedlik.storage.sqlite import SqliteEngine

COUNTER = b"counter"
KEY = bytes(range(32))
"""What tests.engines.makers opens SQLite's file with."""


def open_engine(directory: Path, name: str) -> Engine:
    if name == "sqlite":
        return SqliteEngine.open(directory, KEY)
    if name == "shared":
        return SharedLmdbEngine.share(directory, pages=50)
    return LoggedLmdbEngine.open(directory)


async def count(directory: Path, times: int, name: str) -> None:
    engine = open_engine(directory, name)
    for _ in range(times // 8):
        await asyncio.gather(*(engine.write(Mix(COUNTER)) for _ in range(8)))
    await engine.close()


async def fill(directory: Path, limit: int, name: str) -> None:
    engine = open_engine(directory, name)
    await engine.write(Mix(COUNTER, (), {b"first": b"1"}))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    stored = 0
    failures = []
    for number in range(40):
        try:
            puts = {b"%d-%d" % (number, part): bytes(50_000) for part in range(4)}
            await engine.write(Mix(COUNTER, (), puts))
            stored += 1
        except StorageFull as error:
            failures.append(str(error))
    rows = await contents(engine, b"")
    first = await engine.read([b"first", COUNTER])
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    after, _ = await engine.write(Mix(COUNTER, (), {b"after": b"1"}))
    await engine.close()
    seen = {
        "stored": stored,
        "failures": len(failures),
        "rows": len(rows),
        "first": first[0] == b"1",
        "counter": int(first[1] or b"0"),
        "after": after,
    }
    print(json.dumps(seen))


async def cramp(directory: Path, left: int) -> None:
    engine = LoggedLmdbEngine.open(directory, "relaxed", map_size=1 << 20)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (address_space() + left, hard))
    stored = await put_until_full(engine)
    assert await engine.read([COUNTER]) == [b"%d" % stored]
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    assert len(await contents(engine, b"large")) == stored
    count, _ = await engine.write(Mix(COUNTER, (), {b"larger": bytes(10_000_000)}))
    assert count == stored
    await engine.close()
    print(stored)


def address_space() -> int:
    """Bytes that this process has mapped."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


async def put_until_full(engine: LoggedLmdbEngine) -> int:
    """How many writes of 100,000 bytes went well."""
    for number in range(10_000):
        try:
            await engine.write(Mix(COUNTER, (), {b"large%d" % number: bytes(100_000)}))
        except StorageFull:
            return number
    raise AssertionError("it never filled up")


def die(directory: Path, name: str) -> None:
    engine = open_engine(directory, name)
    if isinstance(engine, SqliteEngine):
        with engine._file.locked():
            writer = engine._file.writer
            writer.execute("PRAGMA cache_size = 1")  # so that pages go to the log before the commit
            writer.execute("BEGIN IMMEDIATE")
            rows = [(b"half%d" % number, b"done" * 1000) for number in range(1000)]
            writer.executemany("INSERT INTO rows VALUES (?, ?)", rows)
            os.kill(os.getpid(), signal.SIGKILL)
    assert isinstance(engine, LmdbReads)
    txn = engine._environment.env.begin(write=True)
    txn.put(b"half", b"done", db=engine._environment.rows)
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    command, directory, *arguments = sys.argv[1:]
    if command == "die":
        die(Path(directory), *arguments)
    else:
        commands: dict[str, Callable[..., Coroutine[Any, Any, None]]] = {
            "count": count, "fill": fill, "cramp": cramp,
        }  # fmt: skip
        run = commands[command]
        asyncio.run(run(Path(directory), int(arguments[0]), *arguments[1:]))


if __name__ == "__main__":
    main()
