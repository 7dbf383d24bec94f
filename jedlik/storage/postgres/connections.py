"""Connections to the database that restore themselves, and the meaning of their errors.

A statement may fail in three ways: the database refuses it (it has no effect), the connection
breaks while it runs (a commit may have happened or not), or it takes too long. A statement that
takes too long is never cancelled: if a commit waits for a synchronous standby, PostgreSQL
understands a cancel as the permission to continue without the standby. Instead the connection is
dropped, and the commit's outcome is unknown.

Callers wait for a connection in a queue of limited length, until a deadline. A free connection is
given to the first of them. Connections are made when they are needed. While they cannot be made,
there is a pause between attempts, so that a database that has just restarted is not overrun.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import asyncpg

from jedlik.base.urls import hosts_of
from jedlik.storage.failures import StorageFailure, StorageFull, StorageUnavailable
from jedlik.storage.postgres.statements import SESSION, SET_OPTION

log = logging.getLogger(__name__)

ResultT = TypeVar("ResultT")

CONNECT_SECONDS: Final = 3.0
STATEMENT_SECONDS: Final = 5.0
"""The time limit of a statement; the database itself then ends reads and waits for locks."""
MAX_WAITING: Final = 4096
"""Callers that may wait for a connection."""
PAUSE: Final = 0.1
"""Seconds between two attempts to connect while they fail."""
_WRITABLE: Final = "read-write"

_BROKEN: Final = (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError, EOFError)
_BROKEN_CLASSES: Final = ("08", "57P")
"""SQLSTATE: connection exceptions, and a server that shuts down, crashes or starts."""
_UNKNOWN: Final = ("40003",)
"""Whether the statement was completed is unknown."""
_NOT_WRITABLE: Final = ("25006",)
"""The server is a standby, or has become one."""
_TOO_MANY: Final = ("53300",)
_AGAIN: Final = ("40001", "40P01", "22012", "55P03", "57014")
"""SQLSTATE: serialization failure, deadlock, the division in COMMIT, no lock, time-out."""
_HOPELESS: Final = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ClientConfigurationError,
)
"""Errors of a wrong connection string: password, database, options."""
_MALFORMED: Final = (
    "no connection can be made: the connection string has not the form of a URL; what is in a "
    "password besides letters and digits has to be percent-encoded (%2F for /)"
)
_FULL: Final = "53100"


class ConnectionLost(Exception):
    """The connection broke, or the server is not, or no longer, a suitable one."""


class Conflict(Exception):
    """A conflict with another transaction; nothing happened, and the work should be retried."""


class Connection:
    """One connection, for one statement at a time."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.warned = False
        raw.add_log_listener(self._warn)

    def _warn(self, _raw: Any, _message: Any) -> None:
        self.warned = True

    @property
    def is_open(self) -> bool:
        """Whether statements can be sent."""
        return not self._raw.is_closed()

    def drop(self) -> None:
        """Cut the connection; a running statement fails with ConnectionLost, but is not
        cancelled."""
        self._raw.terminate()

    async def close(self) -> None:
        """Close the connection properly."""
        try:
            await self._raw.close(timeout=1.0)
        except (*_BROKEN, asyncpg.PostgresError, TimeoutError):
            self.drop()

    async def fetch(self, statement: str, *arguments: Any) -> list[Any]:
        """Rows of a statement. Raises ConnectionLost, Conflict or a StorageFailure."""
        return await self._limited(self._raw.fetch(statement, *arguments))

    async def run(self, script: str) -> None:
        """Run SQL that gives no rows."""
        await self._limited(self._raw.execute(script))

    async def value(self, statement: str, *arguments: Any) -> Any:
        """The first column of the first row of a statement; None if there is no row."""
        return await self._limited(self._raw.fetchval(statement, *arguments))

    async def _limited(self, call: Awaitable[ResultT]) -> ResultT:
        timer = asyncio.get_running_loop().call_later(STATEMENT_SECONDS + 1.0, self.drop)
        try:
            return await call
        except (asyncpg.PostgresError, *_BROKEN) as error:
            raise translated(error) from error
        finally:
            timer.cancel()


def translated(error: BaseException) -> Exception:
    """The engine's error for an error of asyncpg."""
    if not isinstance(error, asyncpg.PostgresError):
        return ConnectionLost(str(error) or type(error).__name__)
    state = error.sqlstate or ""
    if state.startswith(_BROKEN_CLASSES) or state in (*_UNKNOWN, *_NOT_WRITABLE, *_TOO_MANY):
        return ConnectionLost(str(error))
    if state in _AGAIN:
        return Conflict(str(error))
    kind: type[StorageFailure] = StorageFull if state == _FULL else StorageUnavailable
    return kind(f"the database refused it: {error} ({state})")


class Connections:
    """Up to `size` connections to one database, or to the first suitable one of several. With
    `writable`, standbys are skipped."""

    def __init__(self, url: str, size: int, *, writable: bool = True) -> None:
        self._url = url
        self._size = size
        self._writable = writable
        self._free: list[Connection] = []
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._used = 0
        self._retry_at = 0.0
        self._failure = "no connection was made yet"
        self.available = False
        """Whether the last thing that was tried worked."""

    async def use(
        self, work: Callable[[Connection], Awaitable[ResultT]], deadline: float
    ) -> ResultT:
        """Do `work` with a connection for it alone. `deadline` is in the event loop's time. Raises
        ConnectionLost if there is no connection by then, or if it breaks, StorageUnavailable if too
        many callers wait, and what the work raises."""
        connection = await self._take(deadline)
        try:
            result = await work(connection)
        except ConnectionLost as error:
            self._note(str(error))
            connection.drop()
            raise
        except (Conflict, StorageFailure):
            raise
        except BaseException:
            connection.drop()
            raise
        else:
            self.available = True
            return result
        finally:
            self._give_back(connection)

    async def close(self) -> None:
        """Close all connections, none of which may be in use."""
        self._size = 0
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(StorageUnavailable("the storage engine is closed"))
        self._waiting.clear()
        while self._free:
            await self._free.pop().close()

    def _note(self, failure: str) -> None:
        if self.available:
            log.warning("the database does not answer: %s", failure)
        self.available = False
        self._failure = failure

    async def _take(self, deadline: float) -> Connection:
        """A connection for the caller alone, counted as used."""
        if not self._size:
            raise StorageUnavailable("the storage engine is closed")
        # Callers that wait already must not be overtaken.
        if self._used < self._size and not self._waiting:
            return await self._occupy(deadline)
        if len(self._waiting) >= MAX_WAITING:
            raise StorageUnavailable(f"{MAX_WAITING} calls wait for a connection already")
        return await self._queue(deadline)

    async def _occupy(self, deadline: float) -> Connection:
        """Take a place, with a free connection or a new one."""
        self._used += 1
        return await self._fill(deadline)

    async def _fill(self, deadline: float) -> Connection:
        """A connection for a taken place; gives the place up if none can be made."""
        while self._free:
            connection = self._free.pop()
            if connection.is_open:
                return connection
        try:
            return await self._connect(deadline)
        except BaseException:
            self._leave(None)
            raise

    async def _queue(self, deadline: float) -> Connection:
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[Connection | None] = loop.create_future()
        self._waiting.append(turn)
        timer = loop.call_at(deadline, _time_out, turn)
        try:
            connection = await turn
        except asyncio.CancelledError:
            # The place may have been handed over at the moment in which the caller was cancelled.
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._leave(turn.result())
            raise
        finally:
            timer.cancel()
        if connection is not None and connection.is_open:
            return connection
        return await self._fill(deadline)

    def _give_back(self, connection: Connection) -> None:
        self._leave(connection if connection.is_open else None)

    def _leave(self, connection: Connection | None) -> None:
        """Hand a place over to the first waiting caller, with its connection if it has one."""
        assert self._used > 0, "a place is given up that no one had"
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return
        self._used -= 1
        if connection is not None:
            self._free.append(connection)

    async def _connect(self, deadline: float) -> Connection:
        loop = asyncio.get_running_loop()
        while True:
            now = loop.time()
            if now >= deadline:
                raise ConnectionLost(self._failure)
            if now < self._retry_at:
                await asyncio.sleep(min(self._retry_at, deadline) - now)
                continue
            try:
                return await self._open(min(CONNECT_SECONDS, max(0.5, deadline - now)))
            except (asyncpg.PostgresError, TimeoutError, *_BROKEN) as error:
                if isinstance(error, _HOPELESS):
                    raise StorageUnavailable(f"no connection can be made: {error}") from error
                self._note(self._reason(error))
                self._retry_at = loop.time() + PAUSE
            except ValueError:
                # Its text contains what was taken for the port, possibly a part of the password.
                raise StorageUnavailable(_MALFORMED) from None

    def _reason(self, error: Exception) -> str:
        """Why there is no connection, and to which hosts, in the system's words."""
        if not isinstance(error, OSError):  # TimeoutError is one
            return str(error) or type(error).__name__
        why = error.strerror or str(error) or "no answer"
        if error.errno is not None and error.errno in errno.errorcode:
            why = os.strerror(error.errno)  # asyncio puts words of its own beside the number
        return f"{hosts_of(self._url)}: {why}".removeprefix(": ")

    async def _open(self, seconds: float) -> Connection:
        limits = str(int(STATEMENT_SECONDS * 1000))
        raw = await asyncpg.connect(
            self._url,
            timeout=seconds,
            server_settings={"application_name": "jedlik", "statement_timeout": limits},
            **({"target_session_attrs": _WRITABLE} if self._writable else {}),
        )
        for name, value in SESSION:
            try:
                await raw.fetchval(SET_OPTION, name, value)
            except asyncpg.PostgresError:
                log.debug("the database has no option %s", name)
        if not self.available:
            log.info("connected to the database")
            self.available = True
        return Connection(raw)


def _time_out(turn: asyncio.Future[Connection | None]) -> None:
    if not turn.done():
        turn.set_exception(StorageUnavailable("every connection to the database is in use"))
