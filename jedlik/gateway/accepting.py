"""Taking new connections from a listening socket, many in one turn of the event loop.

uvloop's own servers take one per socket and turn. A loop whose turns are milliseconds long, because
there is much to do, then lets connections wait that came at once: the last of 512 was taken after
more than four seconds. So a turn takes all that wait, up to a bound that keeps those short who have
their connection already.
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
"""Taking this many costs about as much as one slice of a long page (see `base.turns`)."""

_HANDSHAKE_TIMEOUT: Final = 10.0
_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_PAUSE: Final = 1.0
"""Seconds until the next try where the system has no more files or memory for connections."""
_SETTLING: Final = 0.1
"""Seconds that connections which were just taken are given to become protocols, at the end."""

_log = logging.getLogger(__name__)


class Arrivals(Protocol):
    """Counts connections that are being made, which may take as long as a handshake."""

    def arrive(self, address: str) -> bool:
        """Whether a client at that address may have one made; it is counted until `arrived`."""
        ...

    def arrived(self, address: str) -> None:
        """One that was counted is made, or came to nothing."""
        ...


def _ignore(_handshake: OSError) -> None:
    """Handshakes fail."""


class Listener:
    """Makes a protocol of every connection that comes in on a bound, listening `bound`.

    With `tls` a protocol is connected once the handshake is over: until then `arrivals` counts it.
    `on_failed` is called with why a handshake failed. Belongs to the running loop.
    """

    def __init__(
        self,
        bound: socket.socket,
        make_protocol: Callable[[], asyncio.Protocol],
        tls: ssl.SSLContext | None,
        arrivals: Arrivals,
        on_failed: Callable[[OSError], None] = _ignore,
    ) -> None:
        self.bound = bound
        self._make_protocol = make_protocol
        self._tls = tls
        self._arrivals = arrivals
        self._on_failed = on_failed
        self._loop = asyncio.get_running_loop()
        self._connecting: set[asyncio.Task[None]] = set()
        self._again: asyncio.TimerHandle | None = None
        bound.setblocking(False)
        self._loop.add_reader(bound, self._accept)

    def close(self) -> None:
        """Take no more connections."""
        if self._again is not None:
            self._again.cancel()
        else:
            self._loop.remove_reader(self.bound)
        self.bound.close()

    async def settle(self) -> None:
        """Let connections that were taken before `close` become protocols; handshakes that are
        not over by then are given up."""
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
                continue  # it has gone while it waited
            except OSError as error:
                if error.errno not in _EXHAUSTED:
                    raise
                self._rest(error)
                return
            if not self._arrivals.arrive(address[0]):
                connection.close()
                continue
            task = self._loop.create_task(self._connect(connection))
            self._connecting.add(task)
            task.add_done_callback(partial(self._arrived, address[0]))

    def _arrived(self, address: str, task: asyncio.Task[None]) -> None:
        self._connecting.discard(task)
        self._arrivals.arrived(address)

    def _rest(self, error: OSError) -> None:
        """The socket stays readable: without a pause the loop would do nothing but try."""
        _log.error("no connection can be taken: %s; trying again in %d s", error.strerror, _PAUSE)
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
        except OSError as error:  # a handshake that failed or took too long among them
            _log.debug("a connection came to nothing: %s", error)
            self._on_failed(error)
            connection.close()
