"""Connections to the database that come back by themselves, and what their errors mean.

A statement may end in three ways besides having been done: the database refused it (nothing of it
happened), the connection broke while it ran (a commit may have happened or not), or time was up.
Time limits never cancel a statement: PostgreSQL takes a cancel during a commit that waits for a
synchronous standby for the permission to do without the standby. The connection is dropped instead,
and the commit's outcome is unknown.

Callers wait their turn for a connection, in a queue of limited length and until a deadline. A
connection that comes free is handed to the first of them; one who comes later gets behind, so that
no one is overtaken for ever. Connections are made when they are needed. While none can be made,
attempts are a little apart, so that a database that has just come back is not overrun.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import asyncpg

from jedlik.storage.failures import StorageFailure, StorageFull, StorageUnavailable
from jedlik.storage.postgres.statements import SESSION, SET_OPTION

log = logging.getLogger(__name__)

ResultT = TypeVar("ResultT")

CONNECT_SECONDS: Final = 3.0
STATEMENT_SECONDS: Final = 5.0
"""For a statement to be answered; the database itself stops reads and waits for locks then."""
MAX_WAITING: Final = 4096
"""Callers that may wait for a connection."""
PAUSE: Final = 0.1
"""Seconds between two attempts to connect while they fail."""
_WRITABLE: Final = "read-write"

_BROKEN: Final = (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError, EOFError)
_BROKEN_CLASSES: Final = ("08", "57P")
"""SQLSTATE: connection exceptions, and the server's shutting down, crashing or starting."""
_UNKNOWN: Final = ("40003",)
"""Whether the statement was completed is unknown."""
_NOT_WRITABLE: Final = ("25006",)
"""The server has become, or was all along, a standby."""
_TOO_MANY: Final = ("53300",)
_AGAIN: Final = ("40001", "40P01", "22012", "55P03", "57014")
"""SQLSTATE: serialization failure, deadlock, the division in COMMIT, no lock, time-out."""
_HOPELESS: Final = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ClientConfigurationError,
)
"""Errors in connecting that are the connection string's: password, database, options."""
_MALFORMED: Final = (
    "no connection can be made: the connection string has not the form of a URL; what is in a "
    "password besides letters and digits has to be percent-encoded (%2F for /)"
)
_FULL: Final = "53100"


class ConnectionLost(Exception):
    """The connection broke, or the server is not (or no longer) the one to talk to."""


class Conflict(Exception):
    """Another transaction came between; nothing happened, and it is to be tried again."""


class Connection:
    """One connection; a statement at a time."""

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
        """Cut it off; what runs on it fails with ConnectionLost. Nothing is cancelled."""
        self._raw.terminate()

    async def close(self) -> None:
        """End it in order."""
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
    """What an error of asyncpg's means to the engine."""
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
    """Up to `size` connections to one database, or to the first of several that fits.

    With `writable` a server that is a standby is passed over.
    """

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
        """Do `work` with a connection of its own.

        `deadline` is in the event loop's time. Raises ConnectionLost if there is no connection
        by then, or if it broke, StorageUnavailable if too many wait already, and what the
        work raises.
        """
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
        """Close what is open. No one may be at work."""
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
        # Who waits already has come before: none of those may be overtaken.
        if self._used < self._size and not self._waiting:
            return await self._occupy(deadline)
        if len(self._waiting) >= MAX_WAITING:
            raise StorageUnavailable(f"{MAX_WAITING} calls wait for a connection already")
        return await self._queue(deadline)

    async def _occupy(self, deadline: float) -> Connection:
        """Take a place, with a connection that is free or a new one."""
        self._used += 1
        return await self._fill(deadline)

    async def _fill(self, deadline: float) -> Connection:
        """A connection for a place that was taken; gives the place up if there can be none."""
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
            # The place may have been handed over in the moment in which the caller went away.
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
        """Hand a place over to the first who waits, with its connection if it has one."""
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
                self._note(str(error) or type(error).__name__)
                self._retry_at = loop.time() + PAUSE
            except ValueError:
                # Its text shows what was taken for the port: a part of the password, perhaps.
                raise StorageUnavailable(_MALFORMED) from None

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
