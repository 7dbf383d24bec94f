"""Accepts new connections from a listening socket, many in one turn of the event loop.

uvloop's own servers accept one connection per socket and turn. Under load, when turns take
milliseconds, connections that arrive together wait long: the last of 512 was accepted after more
than four seconds. So each turn accepts all that are waiting, up to a bound that limits how long
connected clients are delayed.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

ACCEPTS_A_TURN: Final = 64
"""Accepting so many takes about as long as one slice of a long page (see `base.turns`)."""

_HANDSHAKE_TIMEOUT: Final = 10.0
_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_PAUSE: Final = 1.0
"""Seconds until the next attempt when the system is out of open files or memory."""
_SETTLING: Final = 0.1
"""Seconds at shutdown in which connections accepted before may still become protocols."""

_log = logging.getLogger(__name__)


class Handshakes(Protocol):
    """Counts connections whose handshake is not over."""

    def begin_handshake(self, address: str) -> bool:
        """Whether a client at that address may connect; if so, it counts until `end_handshake`."""
        ...

    def end_handshake(self, address: str) -> None:
        """Stop counting a connection, which has been made or has failed."""
        ...


def _ignore(_handshake: OSError) -> None:
    """By default, failed handshakes are only logged at the debug level."""


class Listener:
    """Makes a protocol for every connection to `bound`, a listening socket, in the running loop.

    With `tls`, a protocol is connected after the handshake; until then `handshakes` counts it.
    `on_failed` is called with the reason when a handshake fails.
    """

    def __init__(
        self,
        bound: socket.socket,
        make_protocol: Callable[[], asyncio.Protocol],
        tls: ssl.SSLContext | None,
        handshakes: Handshakes,
        on_failed: Callable[[OSError], None] = _ignore,
    ) -> None:
        self.bound = bound
        self._make_protocol = make_protocol
        self._tls = tls
        self._handshakes = handshakes
        self._on_failed = on_failed
        self._loop = asyncio.get_running_loop()
        self._connecting: set[asyncio.Task[None]] = set()
        self._again: asyncio.TimerHandle | None = None
        bound.setblocking(False)
        self._loop.add_reader(bound, self._accept)

    def close(self) -> None:
        """Accept no more connections."""
        if self._again is not None:
            self._again.cancel()
        else:
            self._loop.remove_reader(self.bound)
        self.bound.close()

    async def settle(self) -> None:
        """Let connections that were accepted before `close` become protocols; cancel handshakes
        that take longer."""
        if self._connecting:
            await asyncio.wait(self._connecting, timeout=_SETTLING)
        for task in self._connecting:
            task.cancel()

    def _accept(self) -> None:
        for _ in range(ACCEPTS_A_TURN):
            try:
                connection, address = self.bound.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionAbortedError:
                continue  # the client gave up while it waited
            except OSError as error:
                if error.errno not in _EXHAUSTED:
                    raise
                self._pause(error)
                return
            if not self._handshakes.begin_handshake(address[0]):
                connection.close()
                continue
            task = self._loop.create_task(self._connect(connection))
            self._connecting.add(task)
            task.add_done_callback(partial(self._end_handshake, address[0]))

    def _end_handshake(self, address: str, task: asyncio.Task[None]) -> None:
        self._connecting.discard(task)
        self._handshakes.end_handshake(address)

    def _pause(self, error: OSError) -> None:
        """Pause: the socket stays readable, and the loop would do nothing but retry."""
        _log.error(
            "no connection can be accepted: %s; trying again in %d s", error.strerror, _PAUSE
        )
        self._loop.remove_reader(self.bound)
        self._again = self._loop.call_later(_PAUSE, self._resume)

    def _resume(self) -> None:
        self._again = None
        self._loop.add_reader(self.bound, self._accept)

    async def _connect(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        try:
            await self._loop.connect_accepted_socket(
                self._make_protocol,
                connection,
                ssl=self._tls,
                ssl_handshake_timeout=_HANDSHAKE_TIMEOUT if self._tls else None,
            )
        except OSError as error:  # including a handshake that failed or timed out
            _log.debug("a connection could not be made: %s", error)
            self._on_failed(error)
            connection.close()
