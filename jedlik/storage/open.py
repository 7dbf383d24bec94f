"""From settings to an engine: in memory, in a data directory, or in a shared database."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from jedlik.storage.directory import DataDirectory
from jedlik.storage.engine import Durability, Engine, Reads, Remote, Starting
from jedlik.storage.failures import DataDirectoryError
from jedlik.storage.lmdb.logged_engine import LoggedLmdbEngine
from jedlik.storage.lmdb.read_only import ReadOnlyLmdbEngine
from jedlik.storage.lmdb.recovery import needs_recovery, recover, settle
from jedlik.storage.lmdb.shared_engine import SharedLmdbEngine

if TYPE_CHECKING:
    from jedlik.crypto.root_key import RootKey

SWITCH_INTERVAL: Final = 0.0005
"""Seconds until the interpreter switches from a busy event loop to the writer's thread, or back.
The default of 5 ms is ten flushes: with it, a loop that is busy with reads slows 32 writers down
from 30,000 to 20,000 puts a second."""


def unseen(_done: int, _expected: int) -> None:
    """Progress that no one watches."""


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """Where the data is. `directory` None keeps it in memory."""

    directory: Path | None = None
    durability: Durability = "fsync"
    map_limit: int | None = None
    """Bytes that the plain store may grow to; None: up to the size of the disk."""
    root_key: RootKey | None = field(default=None, repr=False)
    """The key under which the data is encrypted; None: it is plain."""
    encrypts_plain: bool = True
    """Whether plain data is encrypted if there is a root key. If not, plain data stays plain, and
    the key is only for directories that are encrypted already or empty."""
    progress: Callable[[int, int], None] = unseen
    """Called with rows done and rows expected while plain data is being encrypted."""
    engine: str | None = field(default=None, repr=False)
    """The connection string of a shared database, which takes the place of the directory."""
    read_engine: str | None = field(default=None, repr=False)
    """The connection string of its standbys, for reads that need not be consistent."""
    read_only: bool = False
    """Whether a directory is only read, because it cannot be written to (see `is_read_only`)."""


class StartedReads(Reads, Starting, Protocol):
    """Reads that have to be started and closed."""

    async def close(self) -> None: ...


class OpenStorage:
    """An engine together with its directory, to be closed together.

    `standby` is an engine whose answers may be slightly outdated; `delayed` are reads that
    deliberately are, to be set before `start`.
    """

    def __init__(
        self,
        engine: Engine,
        directory: DataDirectory | None,
        standby: Engine | None = None,
    ) -> None:
        self.engine = engine
        self.directory = directory
        self.standby = standby
        self.delayed: StartedReads | None = None

    async def start(self) -> None:
        """Connect to a shared database, and start `delayed`; other engines need no start. Raises
        `EngineUnusable`."""
        for reads in (self.engine, self.standby, self.delayed):
            if isinstance(reads, Starting):
                await reads.start()

    def follow_batches(self, on_batch: Callable[[int], None]) -> None:
        """Call `on_batch` whenever a batch of writes is sent, if the engine has several in flight
        (see `Remote.follow_batches`); never if it commits one after the other."""
        if isinstance(self.engine, Remote):
            self.engine.follow_batches(on_batch)

    @property
    def is_ready(self) -> bool:
        """Whether the engine answered its last call."""
        return not isinstance(self.engine, Remote) or self.engine.available

    async def close(self) -> None:
        """Close the engine, then release the directory."""
        try:
            for reads in (self.standby, self.delayed):
                if reads is not None:
                    await reads.close()
            await self.engine.close()
        finally:
            if self.directory is not None:
                self.directory.close()


def is_read_only(directory: Path) -> bool:
    """Whether the directory exists and this process cannot write to it."""
    return directory.is_dir() and not os.access(directory, os.W_OK, effective_ids=True)


def take_directory(settings: StorageSettings) -> DataDirectory:
    """Take the directory for this process, the main one, in the format that the settings require.

    Plain data is encrypted if there is a root key and `encrypts_plain`. Raises
    `DataDirectoryError`.
    """
    assert settings.directory is not None, "only memory has no directory"
    directory = DataDirectory.open(settings.directory)
    try:
        directory.must_open_with(settings.root_key)
        recover(directory.plain)
        if settings.root_key is not None:
            sealing = _loaded("sealing")
            if settings.encrypts_plain or not sealing.holds_plain_data(directory):
                sealing.seal(directory, settings.root_key, settings.progress)
    except BaseException:
        directory.close()
        raise
    return directory


def release_directory(directory: DataDirectory, *, all_ended: bool) -> None:
    """Let go of a directory that was taken, after this process's workers.

    `all_ended` says that each of them closed the store. If not, what one of them may not have
    flushed is recovered from the log when the directory is next opened.
    """
    if all_ended:
        settle(directory.plain)
    directory.close()


def open_storage(settings: StorageSettings, *, worker: bool = False) -> OpenStorage:
    """Open what the settings name; raises `DataDirectoryError`.

    `worker` is for processes other than the main one, which has the directory open. A process may
    hold a directory and fork, but must open the engine only afterwards: the engines' files cannot
    be shared through a fork. Sets the interpreter's switch interval (see `SWITCH_INTERVAL`).
    """
    if settings.engine is not None:
        return _open_shared(settings.engine, settings.read_engine)
    if settings.directory is None:
        return OpenStorage(_loaded("memory").MemoryEngine(), None)
    sys.setswitchinterval(min(SWITCH_INTERVAL, sys.getswitchinterval()))
    if settings.read_only:
        directory = DataDirectory.open_read_only(settings.directory)
    else:
        directory = DataDirectory.join(settings.directory) if worker else take_directory(settings)
    try:
        directory.must_open_with(settings.root_key)
        engine = _open_engine(directory, settings, worker=worker)
        if not settings.read_only:
            directory.mark_complete()
    except BaseException:
        directory.close()
        raise
    return OpenStorage(engine, directory)


def _open_shared(url: str, read_url: str | None) -> OpenStorage:
    """Engines that are still to be started, with `OpenStorage.start`."""
    # Imported here, because the database's driver would double the time of every other start.
    open_postgres = _loaded("postgres.engine").open_postgres
    standby = open_postgres(read_url, standby=True) if read_url is not None else None
    return OpenStorage(open_postgres(url), None, standby)


def _open_engine(directory: DataDirectory, settings: StorageSettings, *, worker: bool) -> Engine:
    if directory.encrypted:
        key = _loaded("sealing").database_key(directory, settings.root_key)
        engine: Engine = _loaded("sqlite").SqliteEngine.open(
            directory.store, key, settings.durability, read_only=settings.read_only
        )
        return engine
    if settings.read_only:
        if needs_recovery(directory.store):
            raise DataDirectoryError(
                f"{directory.path} was not closed: its last writes are in a log that has to be put "
                "into the store first; open it once where it can be written to"
            )
        return ReadOnlyLmdbEngine.open(directory.store)
    if worker:
        return SharedLmdbEngine.share(directory.store, settings.durability, settings.map_limit)
    return LoggedLmdbEngine.open(directory.store, settings.durability, map_limit=settings.map_limit)


def _loaded(module: str) -> Any:
    """A module of this package that few starts need, so that the others are cheaper."""
    return importlib.import_module(f"jedlik.storage.{module}")
