"""One process that serves, from its opening to its last answer."""

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
"""Signals to end that follow within this time count as one: a terminal signals all processes of a
group, and make, shells and service managers pass the signal on once more."""

END_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


_COLLECT_AFTER: Final = 2_000
"""Objects made and not yet freed, before the collector looks for cycles among them. All threads
stand still meanwhile, for 0.2 to 1 us an object."""
_COLLECT_OLDER_AFTER: Final = 1_000
"""Such looks, before all that they have left is looked at again. That stays in caches: with ten
looks, 10,000 tables described once each stopped the server for 86 ms."""
_SILENT_SECONDS: Final = 1.5
"""How long the start waits for a store, one that nodes share say, before it says so."""

_log = logging.getLogger(__name__)

Announce = Callable[[bool], None]
"""Called once requests are answered, with whether they must be signed by somebody who is known."""


class WorkersFailed(Exception):
    """A worker could not be started when the server was; the text says why."""


def exit_code(signal_number: int) -> int:
    """The exit code of a process that a signal ended, as shells show it."""
    return 128 + signal_number


def storage_settings(settings: Settings) -> StorageSettings:
    """What of the settings is the store's."""
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
        # The machine's time: a suite that sets its server's clock still waits in its own.
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
    """Serve in this process until SIGTERM or SIGINT comes, and then finish what was accepted.

    Calls `announce` once requests are answered. A second signal ends the process at once. Raises
    `DataDirectoryError`.
    """
    storage = open_store(settings, worker=False)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings, storage, sockets, tls, announce, Stopping(END_SIGNALS)))


class Stopping:
    """What signals do to a process: the first one asks it to stop, a later one ends it."""

    def __init__(self, signals: Sequence[int]) -> None:
        self._signals = signals
        self._first: float | None = None
        self.asked = asyncio.Event()

    def listen(self) -> None:
        """Take signals from now on, those too that came while they were blocked."""
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
    """Tune the allocator, and the collector of cycles, to a process that does nothing but serve."""
    freed_memory.keep()
    # What is there by now stays: no collection need ever look at it again, and worker processes
    # made from this one go on sharing its memory.
    gc.collect()
    gc.freeze()
    # Requests leave no cycles behind, so that looking for some every 700 objects is in vain.
    gc.set_threshold(_COLLECT_AFTER, _COLLECT_OLDER_AFTER)


async def serve(
    settings: Settings,
    storage: OpenStorage,
    sockets: Sequence[socket.socket],
    tls: Tls | None,
    announce: Announce,
    stopping: Stopping,
) -> None:
    """Serve until `stopping` was asked for, then close the store. SIGHUP loads certificates."""
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
    _log.warning("the store does not answer yet; the server goes on trying for some seconds")


def _unreadable(settings: Settings, failure: StorageFailure) -> Exception:
    """What a store is that could be opened, and then not be read."""
    if settings.engine is not None:
        return EngineUnusable(str(failure))
    return DataDirectoryError(
        f"the store in {settings.directory} cannot be read: {failure}; `jedlik verify` says more; "
        "restore it from a backup"
    )
