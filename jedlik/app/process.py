"""Runs a server in one process, from opening the store to the last answer."""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import os
import signal
import socket
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import uvloop

from jedlik.app import freed_memory
from jedlik.app.server import Server
from jedlik.app.settings import Settings
from jedlik.base.clock import ShiftedClock, SystemClock
from jedlik.base.ids import RandomIds
from jedlik.storage.failures import DataDirectoryError, EngineUnusable, StorageFailure
from jedlik.storage.open import OpenStorage, StorageSettings, open_storage

if TYPE_CHECKING:
    from jedlik.app.tls.context import Tls

SAME_SIGNAL_SECONDS: Final = 0.5
"""Signals within this time count as one: a terminal signals all processes of a group, and make,
shells and service managers pass the signal on to the same process."""

END_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


_COLLECT_AFTER: Final = 2_000
"""New objects after which the garbage collector searches them for cycles. All threads stop
meanwhile, for 0.2 to 1 us per object."""
_COLLECT_OLDER_AFTER: Final = 1_000
"""Collections of new objects after which older ones are examined too. Most of those are in caches:
with Python's default of ten, describing 10,000 tables once each stopped the server for 86 ms."""
_SILENT_SECONDS: Final = 1.5
"""How long the start waits for a store, such as a shared database, before it prints that it
waits."""

_log = logging.getLogger(__name__)

Announce = Callable[[bool], None]
"""Called when requests are answered; the argument says whether they must be signed by a known
caller."""


class WorkersFailed(Exception):
    """A worker could not be started; the text says why."""


def exit_code(signal_number: int) -> int:
    """The exit code of a process that a signal ended, as shells show it."""
    return 128 + signal_number


def storage_settings(settings: Settings) -> StorageSettings:
    """The settings that concern the store."""
    return StorageSettings(
        settings.directory,
        settings.durability,
        root_key=settings.root_key,
        progress=settings.progress,
        engine=settings.engine,
        read_engine=settings.read_engine,
    )


def open_store(settings: Settings, *, worker: bool) -> OpenStorage:
    """The store of these settings. Raises `DataDirectoryError`."""
    storage = open_storage(storage_settings(settings), worker=worker)
    if settings.eventual_delay:
        # The machine's time: a test suite that sets the server's clock still waits in real time.
        storage.delayed = importlib.import_module("jedlik.kernel.delayed_reads").DelayedReads(
            storage.engine, settings.eventual_delay, SystemClock()
        )
    return storage


def serve_here(
    settings: Settings,
    sockets: Sequence[socket.socket],
    tls: Tls | None,
    announce: Announce,
) -> None:
    """Serve in this process until SIGTERM or SIGINT, and then finish what was accepted.

    Calls `announce` once requests are answered. A second signal ends the process at once. Raises
    `DataDirectoryError`.
    """
    storage = open_store(settings, worker=False)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings, storage, sockets, tls, announce, Stopping(END_SIGNALS)))


class Stopping:
    """Stops the process at a signal: the first one asks it to stop, a second one ends it
    immediately."""

    def __init__(self, signals: Sequence[int]) -> None:
        self._signals = signals
        self._first: float | None = None
        self.asked = asyncio.Event()

    def listen(self) -> None:
        """Handle signals from now on, including those that arrived while they were blocked."""
        loop = asyncio.get_running_loop()
        for number in self._signals:
            loop.add_signal_handler(number, self._signalled, loop, number)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, END_SIGNALS)

    def _signalled(self, loop: asyncio.AbstractEventLoop, number: int) -> None:
        now = loop.time()
        if self._first is None:
            self._first = now
            self.asked.set()
        elif now - self._first >= SAME_SIGNAL_SECONDS:
            os._exit(exit_code(number))


def _settle_memory() -> None:
    """Tune the allocator and the garbage collector for a process that does nothing but serve."""
    freed_memory.keep()
    # Present objects live as long as the process, so no collection needs to examine them;
    # untouched, their memory also stays shared with forked workers.
    gc.collect()
    gc.freeze()
    # Requests leave no cycles behind, so a search every 700 objects (the default) is a waste.
    gc.set_threshold(_COLLECT_AFTER, _COLLECT_OLDER_AFTER)


async def serve(
    settings: Settings,
    storage: OpenStorage,
    sockets: Sequence[socket.socket],
    tls: Tls | None,
    announce: Announce,
    stopping: Stopping,
) -> None:
    """Serve until `stopping` is asked for, then close the store. SIGHUP reloads certificates."""
    stopping.listen()
    clock = ShiftedClock() if settings.testing else SystemClock()
    server = Server(settings, storage, clock, RandomIds(), tls.context if tls else None)
    if tls is not None:
        asyncio.get_running_loop().add_signal_handler(
            signal.SIGHUP, partial(tls.refresh, forced=True)
        )
        tls.watch()
    try:
        saying = asyncio.get_running_loop().call_later(_SILENT_SECONDS, _say_waiting)
        try:
            await server.start(sockets)
        except StorageFailure as failure:
            raise _unreadable(settings, failure) from failure
        finally:
            saying.cancel()
        _settle_memory()
        announce(server.closed)
        await stopping.asked.wait()
    finally:
        await server.stop()
        if tls is not None:
            tls.stop()


def _say_waiting() -> None:
    _log.warning("the store does not answer yet; the server will keep trying for some seconds")


def _unreadable(settings: Settings, failure: StorageFailure) -> Exception:
    """The error for a store that could be opened but not read."""
    if settings.engine is not None:
        return EngineUnusable(str(failure))
    return DataDirectoryError(
        f"the store in {settings.directory} cannot be read: {failure}; `jedlik verify` says more; "
        "restore it from a backup"
    )
