"""The HTTP server: listens, watches its connections, and stops without losing an answer."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from functools import partial

from jedlik.base.clock import Clock
from jedlik.base.ids import Ids
from jedlik.gateway.accepting import Listener
from jedlik.gateway.apis import Api
from jedlik.gateway.exchange import AccessPoint
from jedlik.http.allowances import Allowances
from jedlik.http.answers import AnswerWriter
from jedlik.http.connection import HttpConnection
from jedlik.http.connections import Connections
from jedlik.http.settings import HttpSettings
from jedlik.http.wrong_scheme import warn_of_failed_handshake


class HttpServer:
    """Serves `service` over HTTP/1.1, on one event loop."""

    def __init__(
        self,
        service: Api,
        settings: HttpSettings,
        clock: Clock,
        ids: Ids,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._service = service
        self._settings = settings
        self._ids = ids
        self._tls = tls
        self._writer = AnswerWriter(settings, clock.now())
        self._allowances = Allowances(settings, clock)
        self._connections = Connections(clock, self._writer, self._allowances)
        self._listeners: list[Listener] = []
        self._timer: asyncio.TimerHandle | None = None

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._connections.open)

    def connection(self, point: AccessPoint | None = None) -> HttpConnection:
        """A protocol object for a new connection, perhaps through an access point."""
        return HttpConnection(
            self._service, self._settings, self._ids, self._writer, self._connections, point
        )

    def start(self, sockets: Sequence[socket.socket], point: AccessPoint | None = None) -> None:
        """Serve on sockets that listen, which other processes may share, on the running event loop.

        Requests to them came through the access point `point`, if given.
        """
        for bound in sockets:
            connect = partial(self.connection, point)
            listener = Listener(
                bound, connect, self._tls, self._allowances, warn_of_failed_handshake
            )
            self._listeners.append(listener)
        if self._timer is None:
            self._arm(asyncio.get_running_loop())

    def sweep(self) -> None:
        """Close connections that are overdue; runs by itself while the server is started."""
        self._connections.sweep()

    async def shutdown(self, grace: float = 10.0) -> None:
        """Stop listening, answer what was accepted, and return when all connections are closed.

        Connections that are still open after `grace` seconds are cut off.
        """
        for each in self._listeners:
            each.close()
        for each in self._listeners:
            await each.settle()
        await self._connections.drain(grace)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = loop.call_later(self._settings.sweep_interval, self._tick, loop)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        self._arm(loop)
        self.sweep()
