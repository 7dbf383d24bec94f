"""Several worker processes that share the listening sockets and the store.

    parent   binds the sockets, holds the data directory's lock, starts workers and restarts those
             that die; it opens no store and runs no event loop, so that it can fork
    worker   opens the store for itself (LMDB's environments do not survive a fork) and serves

A worker reports through its *report* pipe that it is ready, or why it is not. The *life* pipe shows
workers that the parent has died, since only the parent has its writing end. Signals go to the
parent; workers ignore a terminal's Ctrl+C, which reaches them too.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import select
import signal
import socket
import time
from dataclasses import dataclass, replace
from typing import Final, NoReturn

import uvloop

from jedlik.app.addresses import listening
from jedlik.app.process import (
    END_SIGNALS,
    SAME_SIGNAL_SECONDS,
    Announce,
    Stopping,
    WorkersFailed,
    exit_code,
    open_store,
    serve,
    storage_settings,
)
from jedlik.app.settings import Settings
from jedlik.app.tls.context import Tls
from jedlik.services.dynamodb.operations.registry import OPERATIONS
from jedlik.storage.directory.data_directory import DataDirectory
from jedlik.storage.failures import DataDirectoryError, EngineUnusable
from jedlik.storage.open import release_directory, take_directory

log = logging.getLogger(__name__)

FIRST_PAUSE: Final = 0.1
MAX_PAUSE: Final = 5.0
STEADY_SECONDS: Final = 10.0
"""After a worker has lived this long, the pauses begin again with the shortest."""

KILL_AFTER: Final = 5.0
"""Seconds that a worker may take to end, after the time for its requests."""

STOPPED_SECONDS: Final = 3.0
"""How long a worker may be stopped (SIGSTOP) before another one replaces it: it answers nothing,
but still gets its share of new connections, and it may hold the store's lock. A terminal's Ctrl+Z
stops the parent too, so that its workers are not replaced."""

_READY: Final = {False: b"\x06", True: b"\x07"}
"""The report of a worker that is ready, by whether requests must be signed."""


class Pauses:
    """How long to wait before a worker is restarted: longer each time, while it keeps dying."""

    def __init__(self) -> None:
        self._deaths = 0

    def after(self, lived: float) -> float:
        """Seconds to wait, given for how many seconds the worker was alive."""
        self._deaths = 1 if lived >= STEADY_SECONDS else self._deaths + 1
        return min(FIRST_PAUSE * 2.0 ** (self._deaths - 1), MAX_PAUSE)


@dataclass(slots=True)
class _Worker:
    """A worker's place, with its sockets. `pid` is None while no worker is alive in it."""

    sockets: list[socket.socket]
    pauses: Pauses
    pid: int | None = None
    report: int = -1
    started: float = 0.0
    ready: bool = False
    start_at: float = 0.0
    stopped_since: float | None = None


class Supervisor:
    """The parent."""

    def __init__(
        self,
        settings: Settings,
        sockets: list[socket.socket],
        tls: Tls | None,
        announce: Announce,
    ) -> None:
        self._settings = settings
        self._tls = tls
        self._announce: Announce | None = announce
        self._directory: DataDirectory | None = None
        if settings.engine is None:
            self._directory = take_directory(storage_settings(settings))
        shares = listening.spread(sockets, settings.workers)
        self._workers = [_Worker(share, Pauses()) for share in shares]
        self._life, self._life_end = os.pipe()
        self._wakeups, self._wakeup_end = os.pipe()
        self._stopped_at: float | None = None
        self._failure: str | None = None
        self._all_clean = True
        """Whether each worker that has ended closed the store before."""

    def run(self) -> None:
        """Serve until a signal to end comes and all workers have finished.

        Raises `WorkersFailed` if the server cannot start.
        """
        self._listen_for_signals()
        OPERATIONS.load_usual()
        try:
            while self._stopped_at is None or any(worker.pid for worker in self._workers):
                self._start_due()
                self._wait()
                self._reap()
        finally:
            self._kill()
            self._close_sockets()
            if self._directory is not None:
                release_directory(self._directory, all_ended=self._all_closed())
        if self._failure is not None:
            raise WorkersFailed(self._failure)

    # --- Signals -------------------------------------------------------------------------------

    def _listen_for_signals(self) -> None:
        os.set_blocking(self._wakeup_end, False)
        os.set_blocking(self._wakeups, False)
        reload = () if self._tls is None else (signal.SIGHUP,)
        for number in (*END_SIGNALS, *reload, signal.SIGCHLD):
            signal.signal(number, lambda _number, _frame: None)
        signal.set_wakeup_fd(self._wakeup_end, warn_on_full_buffer=False)

    def _wait(self) -> None:
        """Wait for a signal, a worker's report, or the time at which something is due."""
        reports = {worker.report: worker for worker in self._workers if worker.report >= 0}
        readable, _, _ = select.select([self._wakeups, *reports], [], [], self._pause())
        for descriptor in readable:
            if descriptor == self._wakeups:
                self._signalled(os.read(descriptor, 64))
            else:
                self._reported(reports[descriptor])
        if self._stopped_at is not None and time.monotonic() >= self._last_moment():
            self._kill()
        self._kill_stopped_workers()

    def _pause(self) -> float | None:
        """Seconds until a worker is to be started or killed; None: never."""
        if self._stopped_at is not None:
            due = [self._last_moment()]
        else:
            due = [worker.start_at for worker in self._workers if worker.pid is None]
        due += [
            worker.stopped_since + STOPPED_SECONDS
            for worker in self._workers
            if worker.stopped_since is not None
        ]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _last_moment(self) -> float:
        """When workers that have not ended are killed, while the server stops."""
        assert self._stopped_at is not None
        return self._stopped_at + self._settings.grace_seconds + KILL_AFTER

    def _signalled(self, numbers: bytes) -> None:
        for number in numbers:
            if number == signal.SIGHUP:
                self._signal_all(number)
            elif number in END_SIGNALS:
                if self._stopped_at is None:
                    self._stop()
                elif time.monotonic() - self._stopped_at >= SAME_SIGNAL_SECONDS:
                    self._kill()
                    os._exit(exit_code(number))

    # --- Workers -------------------------------------------------------------------------------

    def _start_due(self) -> None:
        now = time.monotonic()
        for worker in self._workers:
            if worker.pid is None and self._stopped_at is None and worker.start_at <= now:
                try:
                    self._start(worker)
                except OSError as error:
                    # The system is short of processes or memory, often for the same reason for
                    # which a worker died. The others continue to serve.
                    self._start_later(worker, 0.0, f"a worker cannot start: {error.strerror}")

    def _start(self, worker: _Worker) -> None:
        """Start a worker. Raises OSError if the system refuses another process."""
        report, report_end = os.pipe()
        # Signals wait until the worker handles them itself (see Stopping).
        signal.pthread_sigmask(signal.SIG_BLOCK, END_SIGNALS)
        try:
            pid = os.fork()
            if pid == 0:
                os.close(report)
                self._work(worker, report_end)
        except OSError:
            os.close(report)
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, END_SIGNALS)
            os.close(report_end)
        worker.pid, worker.report, worker.ready = pid, report, False
        worker.started = time.monotonic()
        log.debug("worker %d starts", pid)

    def _reported(self, worker: _Worker) -> None:
        report = os.read(worker.report, 4096)
        if report in _READY.values():
            worker.ready = True
            log.info("worker %d is ready", worker.pid)
            if self._announce is not None and all(each.ready for each in self._workers):
                announce, self._announce = self._announce, None
                announce(report == _READY[True])
        elif report:
            log.error("worker %d: %s", worker.pid, report.decode())
            if self._announce is not None:
                self._failure = report.decode()
        os.close(worker.report)
        worker.report = -1

    def _reap(self) -> None:
        for worker in self._workers:
            if worker.pid is None:
                continue
            pid, status = os.waitpid(worker.pid, os.WNOHANG | os.WUNTRACED | os.WCONTINUED)
            if not pid:
                continue
            if os.WIFSTOPPED(status):
                worker.stopped_since = time.monotonic()
                log.warning("worker %d was stopped by signal %d", pid, os.WSTOPSIG(status))
            elif os.WIFCONTINUED(status):
                worker.stopped_since = None
                log.warning("worker %d continues", pid)
            else:
                self._died(worker, os.waitstatus_to_exitcode(status))

    def _kill_stopped_workers(self) -> None:
        """Kill workers that were stopped for too long, which loses nothing that was
        acknowledged."""
        now = time.monotonic()
        for worker in self._workers:
            if worker.stopped_since is None or now < worker.stopped_since + STOPPED_SECONDS:
                continue
            log.error("worker %d has been stopped for too long and is killed", worker.pid)
            worker.stopped_since = None
            assert worker.pid is not None
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGKILL)

    def _died(self, worker: _Worker, code: int) -> None:
        if worker.report >= 0:
            self._reported(worker)
        pid, worker.pid, worker.ready = worker.pid, None, False
        self._all_clean = self._all_clean and code == 0
        worker.stopped_since = None
        if self._stopped_at is not None:
            log.debug("worker %d ended with %d", pid, code)
            return
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        if self._announce is not None:
            self._failure = self._failure or f"a worker process ended with {how} while starting"
        lived = time.monotonic() - worker.started
        self._start_later(worker, lived, f"worker {pid} ended with {how}")

    def _start_later(self, worker: _Worker, lived: float, why: str) -> None:
        """Start a worker in the place of one that was alive for so long, or end the server if it
        has not answered anything yet."""
        if self._announce is not None:
            self._failure = self._failure or why
            self._stop()
            return
        pause = worker.pauses.after(lived)
        worker.start_at = time.monotonic() + pause
        log.error("%s; another one starts in %.1f s", why, pause)

    def _all_closed(self) -> bool:
        """Whether all workers that there ever were have closed the store."""
        return self._all_clean and not any(worker.pid for worker in self._workers)

    def _stop(self) -> None:
        self._stopped_at = time.monotonic()
        self._close_sockets()
        self._signal_all(signal.SIGTERM)

    def _close_sockets(self) -> None:
        for worker in self._workers:
            listening.close(worker.sockets)

    def _kill(self) -> None:
        self._signal_all(signal.SIGKILL)

    def _signal_all(self, number: int) -> None:
        for worker in self._workers:
            if worker.pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker.pid, number)

    # --- In the worker's process ----------------------------------------------------------------

    def _work(self, place: _Worker, report: int) -> NoReturn:
        code = 1
        try:
            self._leave_parent(place)
            settings = self._settings_of(place)
            storage = open_store(settings, worker=True)
            stopping = Stopping((signal.SIGTERM,))
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                loop = runner.get_loop()
                loop.add_reader(self._life, self._orphaned, loop, stopping)
                runner.run(
                    serve(
                        settings,
                        storage,
                        place.sockets,
                        self._tls,
                        lambda closed: _report(report, _READY[closed]),
                        stopping,
                    )
                )
            code = 0
        except (DataDirectoryError, EngineUnusable, listening.AddressError) as error:
            _report(report, str(error).encode())
        except BaseException:
            log.exception("worker %d failed", os.getpid())
        finally:
            os._exit(code)

    def _settings_of(self, place: _Worker) -> Settings:
        """A worker's settings: only the first one runs DAX's clusters, whose caches are in its
        memory."""
        settings = self._settings
        if settings.dax is None or place is self._workers[0]:
            return settings
        return replace(settings, dax=None, dax_elsewhere=True)

    def _leave_parent(self, place: _Worker) -> None:
        """Close what belongs to the parent alone, and ignore Ctrl+C."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for descriptor in (self._life_end, self._wakeups, self._wakeup_end):
            os.close(descriptor)
        for worker in self._workers:
            if worker.report >= 0:
                os.close(worker.report)
            if worker.sockets is not place.sockets:
                listening.close(worker.sockets)
        if self._directory is not None:
            self._directory.close()

    def _orphaned(self, loop: asyncio.AbstractEventLoop, stopping: Stopping) -> None:
        loop.remove_reader(self._life)
        log.warning("worker %d ends because the server's main process has died", os.getpid())
        stopping.asked.set()


def _report(descriptor: int, message: bytes) -> None:
    os.write(descriptor, message)
    os.close(descriptor)
