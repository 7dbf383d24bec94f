"""The reads of many callers in one round trip.

A round trip costs both sides far more than a key does, and with many clients there is always one
that reads. So reads of one turn of the event loop share a statement, and while IN_FLIGHT statements
are on their way, further reads gather for the next one. A statement is one snapshot, which is taken
after all of its callers asked for it, as each of them needs.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from jedlik.storage.engine import Value
from jedlik.storage.failures import StorageFailure, StorageUnavailable
from jedlik.storage.postgres.connections import Conflict, Connection, ConnectionLost, Connections
from jedlik.storage.postgres.longkeys import HEAD, original, stored_key
from jedlik.storage.postgres.statements import READ

IN_FLIGHT: Final = 2
MAX_KEYS: Final = 512
"""A statement takes no further caller once it has this many keys."""
MAX_WAITING: Final = 16_384
PATIENCE: Final = 8.0
"""Seconds during which a call is retried if the connection breaks or there are conflicts."""


class _Waiting(NamedTuple):
    keys: Sequence[bytes]
    future: asyncio.Future[list[Value]]
    since: float


class Reads:
    """Reads over some connections, for one event loop."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._waiting: deque[_Waiting] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._due = False

    def join(self, keys: Sequence[bytes]) -> asyncio.Future[list[Value]]:
        """The values of `keys`, with the next statement."""
        loop = asyncio.get_running_loop()
        if len(self._waiting) >= MAX_WAITING:
            raise StorageUnavailable(f"{MAX_WAITING} reads are waiting already")
        future: asyncio.Future[list[Value]] = loop.create_future()
        self._waiting.append(_Waiting(keys, future, loop.time()))
        if not self._due and len(self._running) < IN_FLIGHT:
            self._due = True
            loop.call_soon(self._start)
        return future

    async def close(self) -> None:
        """Return when all are answered."""
        while self._running or self._due:
            await asyncio.sleep(0)
            if self._running:
                await asyncio.wait(self._running)

    def _start(self) -> None:
        self._due = False
        if not self._waiting or len(self._running) >= IN_FLIGHT:
            return
        batch: list[_Waiting] = []
        count = 0
        while self._waiting and count < MAX_KEYS:
            batch.append(self._waiting.popleft())
            count += len(batch[-1].keys)
        task = asyncio.get_running_loop().create_task(self._answer(batch))
        self._running.add(task)
        task.add_done_callback(self._ended)
        if self._waiting and len(self._running) < IN_FLIGHT:
            self._due = True
            asyncio.get_running_loop().call_soon(self._start)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if self._waiting and not self._due:
            self._due = True
            task.get_loop().call_soon(self._start)

    async def _answer(self, batch: list[_Waiting]) -> None:
        keys = list(dict.fromkeys(key for waiting in batch for key in waiting.keys))
        try:
            values = await patiently(
                self._connections,
                lambda connection: _read(connection, keys),
                batch[0].since + PATIENCE,
            )
        except BaseException as error:
            failure = (
                error if isinstance(error, StorageFailure) else StorageUnavailable(repr(error))
            )
            for waiting in batch:
                if not waiting.future.done():
                    waiting.future.set_exception(failure)
                    waiting.future.exception()
            if not isinstance(error, Exception):
                raise
            return
        get = values.get
        for waiting in batch:
            if not waiting.future.done():
                waiting.future.set_result([get(key) for key in waiting.keys])


async def _read(connection: Connection, keys: list[bytes]) -> dict[bytes, bytes]:
    return by_key(await connection.fetch(READ, stored(keys)))


def stored(keys: Iterable[bytes]) -> list[bytes]:
    """The keys as they are stored."""
    return [key if len(key) <= HEAD else stored_key(key) for key in keys]


def by_key(rows: list[Any]) -> dict[bytes, bytes]:
    """Values by their keys, from rows as they are stored."""
    return dict((key, value) if len(key) <= HEAD else original(key, value) for key, value in rows)


async def patiently(connections: Connections, work: Any, deadline: float) -> Any:
    """The result of `work`, which changes nothing and is retried until the deadline. Raises a
    StorageFailure."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            return await connections.use(work, deadline)
        except (ConnectionLost, Conflict) as error:
            if loop.time() >= deadline:
                raise StorageUnavailable(f"the database does not answer: {error}") from error
            await asyncio.sleep(0.01)
