"""Every engine by name. A new engine is entered in `MAKERS` and must pass all that is here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from jedlik.storage.engine import Engine
from jedlik.storage.lmdb.logged_engine import LoggedLmdbEngine
from jedlik.storage.lmdb.shared_engine import SharedLmdbEngine
from jedlik.storage.memory import MemoryEngine
from jedlik.storage.postgres.engine import PostgresEngine
from jedlik.storage.prefixed import PrefixedEngine
from jedlik.storage.sqlite import SqliteEngine
from tests.faulty_engine import Faults, FaultyEngine
from tests.postgres import shared_server

SQLITE_KEY = bytes(range(32))


class Maker(Protocol):
    """Opens engines on the same store, one after the other; one in memory is empty each time."""

    lasting: bool

    def __call__(self) -> Engine: ...


class _Memory:
    lasting = False

    def __init__(self, directory: Path) -> None:
        pass

    def __call__(self) -> Engine:
        return MemoryEngine()


class _Logged:
    lasting = True

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def __call__(self) -> Engine:
        return LoggedLmdbEngine.open(self.directory)


class _LoggedWithCheckpoints(_Logged):
    """After every few commits, and it grows its map again and again."""

    def __call__(self) -> Engine:
        return LoggedLmdbEngine.open(self.directory, map_size=64 * 1024, pages=20)


class _RelaxedLogged(_Logged):
    def __call__(self) -> Engine:
        return LoggedLmdbEngine.open(self.directory, "relaxed", pages=100)


class _Shared(_Logged):
    def __call__(self) -> Engine:
        return SharedLmdbEngine.share(self.directory)


class _SharedWithCheckpoints(_Logged):
    """After every few commits."""

    def __call__(self) -> Engine:
        return SharedLmdbEngine.share(self.directory, pages=20)


class _RelaxedShared(_Logged):
    def __call__(self) -> Engine:
        return SharedLmdbEngine.share(self.directory, "relaxed", pages=100)


class _Sqlite:
    lasting = True

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def __call__(self) -> Engine:
        return SqliteEngine.open(self.directory, SQLITE_KEY)


class _RelaxedSqlite(_Sqlite):
    def __call__(self) -> Engine:
        return SqliteEngine.open(self.directory, SQLITE_KEY, "relaxed")


class _SqliteWithReruns(_RelaxedSqlite):
    def __call__(self) -> Engine:
        return FaultyEngine(super().__call__(), Faults(reruns=0.5), seed=4)


class _WithoutFaults(_RelaxedLogged):
    def __call__(self) -> Engine:
        return FaultyEngine(super().__call__(), Faults(), seed=1)


class _WithReruns(_RelaxedLogged):
    def __call__(self) -> Engine:
        return FaultyEngine(super().__call__(), Faults(reruns=0.5), seed=2)


class _MemoryWithReruns(_Memory):
    def __call__(self) -> Engine:
        return FaultyEngine(super().__call__(), Faults(reruns=0.5), seed=3)


class _PrefixedMemory(_Memory):
    """A part of a memory engine, its prefix ending as no successor can be made by adding one."""

    def __call__(self) -> Engine:
        return PrefixedEngine(MemoryEngine(), b"part\xff")


class _PrefixedLogged(_RelaxedLogged):
    def __call__(self) -> Engine:
        return _ClosedWithItsBase(super().__call__(), b"\x20part\0")


class _ClosedWithItsBase(PrefixedEngine):
    async def close(self) -> None:
        await self.base.close()


class _Postgres:
    """In a schema of its own on the server that all tests of a process share."""

    lasting = True

    def __init__(self, _directory: Path) -> None:
        self.url = shared_server().new_schema()
        with ThreadPoolExecutor(1) as elsewhere:  # there may be an event loop here
            elsewhere.submit(asyncio.run, self._make_tables()).result()

    async def _make_tables(self) -> None:
        engine = self()
        await engine.start()
        await engine.close()

    def __call__(self) -> PostgresEngine:
        return PostgresEngine(self.url)


class _PostgresUnderLocks(_Postgres):
    """Every batch takes the long way."""

    def __call__(self) -> PostgresEngine:
        return PostgresEngine(self.url, optimistic=0)


class _PostgresWithReruns(_Postgres):
    def __call__(self) -> Any:
        return FaultyEngine(super().__call__(), Faults(reruns=0.5), seed=4)

    async def _make_tables(self) -> None:
        engine = PostgresEngine(self.url)
        await engine.start()
        await engine.close()


MAKERS: dict[str, Callable[[Path], Maker]] = {
    "memory": _Memory,
    "logged": _Logged,
    "logged-checkpoints": _LoggedWithCheckpoints,
    "logged-relaxed": _RelaxedLogged,
    "shared": _Shared,
    "shared-checkpoints": _SharedWithCheckpoints,
    "shared-relaxed": _RelaxedShared,
    "sqlite": _Sqlite,
    "sqlite-relaxed": _RelaxedSqlite,
    "sqlite-reruns": _SqliteWithReruns,
    "logged-faults-0": _WithoutFaults,
    "logged-reruns": _WithReruns,
    "memory-reruns": _MemoryWithReruns,
    "memory-part": _PrefixedMemory,
    "logged-part": _PrefixedLogged,
    "postgres": _Postgres,
    "postgres-locks": _PostgresUnderLocks,
    "postgres-reruns": _PostgresWithReruns,
}
