"""From settings to an engine: in memory, in a data directory, or in a shared database."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jedlik.base.clock import Clock
from jedlik.storage.directory import DataDirectory
from jedlik.storage.engine import Engine
from jedlik.storage.environment import Durability
from jedlik.storage.lmdb import LmdbEngine
from jedlik.storage.memory import MemoryEngine

SWITCH_INTERVAL: Final = 0.0005
"""Seconds until the interpreter makes a busy event loop let the writer's thread go on, and the
reverse. The default of 5 ms is ten flushes: with it a loop that is busy with reads slows 32 writers
down from 30,000 to 20,000 puts a second."""


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """Where the data are. `directory` None keeps them in memory."""

    directory: Path | None = None
    durability: Durability = "fsync"
    map_limit: int | None = None
    """Bytes that the store may grow to; None: as far as the disk goes."""
    engine: str | None = None
    """The connection string of a shared database, which takes the place of the directory."""
    read_engine: str | None = None
    """The connection string of its standbys, for reads that need not be consistent."""


class OpenStorage:
    """An engine together with the directory under it; close them together.

    `standby` is an engine that may answer with what was true a moment ago.
    """

    def __init__(
        self, engine: Engine, directory: DataDirectory | None, standby: Engine | None = None
    ) -> None:
        self.engine = engine
        self.directory = directory
        self.standby = standby

    async def start(self) -> None:
        """Connect to a shared database; nothing else has to. Raises `EngineUnusable`."""
        for engine in (self.engine, self.standby):
            start = getattr(engine, "start", None)
            if start is not None:
                await start()

    @property
    def is_ready(self) -> bool:
        """Whether the engine answered when it was last asked."""
        return bool(getattr(self.engine, "available", True))

    async def close(self) -> None:
        """Close the engine, then let go of the directory."""
        try:
            if self.standby is not None:
                await self.standby.close()
            await self.engine.close()
        finally:
            if self.directory is not None:
                self.directory.close()


def open_storage(
    settings: StorageSettings, *, worker: bool = False, clock: Clock | None = None
) -> OpenStorage:
    """Open what the settings name; raises `DataDirectoryError`.

    With `worker` for a process beside the main one, which has the directory open. A process may
    hold a directory and fork, but must open the engine after that: LMDB's files are not shared
    through a fork. Sets the interpreter's switch interval (see `SWITCH_INTERVAL`).
    """
    if settings.engine is not None:
        return _open_shared(settings.engine, settings.read_engine)
    if settings.directory is None:
        return OpenStorage(MemoryEngine(), None)
    sys.setswitchinterval(min(SWITCH_INTERVAL, sys.getswitchinterval()))
    take = DataDirectory.join if worker else DataDirectory.open
    directory = take(settings.directory)
    try:
        engine = LmdbEngine.open(
            directory.store, settings.durability, map_limit=settings.map_limit, clock=clock
        )
    except BaseException:
        directory.close()
        raise
    return OpenStorage(engine, directory)


def _open_shared(url: str, read_url: str | None) -> OpenStorage:
    """Engines that are still to be started, with `OpenStorage.start`."""
    # Loaded here, because the database's driver would double the time of every other start.
    open_postgres: Any = importlib.import_module("jedlik.storage.postgres.engine").open_postgres
    standby = open_postgres(read_url, standby=True) if read_url is not None else None
    return OpenStorage(open_postgres(url), None, standby)
