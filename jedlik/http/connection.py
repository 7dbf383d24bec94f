"""One connection: requests in, answers out in the same order, and a limit on every wait.

Requests of one connection are handed to the service one after the other. Every API call is a POST,
and RFC 9112, 9.3.2 lets a server process pipelined requests concurrently only if all are safe;
also, a client that pipelines a PutItem and a GetItem may expect to read what it wrote. Requests
that come early wait here; once a certain number of them are waiting, reading stops.

A read is answered inside `submit`, so its answer is known before `data_received` returns. Such
answers are collected and written together.

A connection that is refused in the middle of a request must not simply be closed: because of unread
bytes, the kernel would send a reset, and the client might lose the answer that says why. So only
the sending side is closed, and for a moment whatever still arrives is read and dropped
("lingering").
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from functools import partial
from typing import Final, cast

from jedlik.base.errors import (
    AccessDeniedException,
    InternalServerError,
    RequestTimeoutException,
    ServiceError,
    ServiceUnavailableException,
)
from jedlik.base.ids import Ids
from jedlik.gateway.apis import Api
from jedlik.gateway.client_networks import client_of
from jedlik.gateway.exchange import AccessPoint, Answer, Reply, Request
from jedlik.gateway.writing import retained_with, write_counted
from jedlik.http.answers import AnswerWithheld, AnswerWriter, Encoded, error_answer
from jedlik.http.codings import compression_thread
from jedlik.http.connections import Connections
from jedlik.http.many_requests import A_TURN, are_many
from jedlik.http.reader import BODY, HEAD, IDLE, RequestReader
from jedlik.http.settings import HttpSettings
from jedlik.http.targets import normalize_target
from jedlik.http.wrong_scheme import warn_of_other_protocol

_log = logging.getLogger(__name__)

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_CLOSE_NOTIFY_SECONDS: Final = 1.0
_MAX_COLLECTED: Final = 16
_SHORT_BODY: Final = 16 * 1024
"""Bytes of a request's body up to which it does not count while it is carried out."""
_MAX_INFLATION: Final = 1032
"""How many bytes one byte of deflate becomes at most."""
_LONG_BODY: Final = 64 * 1024
"""Longer bodies are sent apart from their head, since joining the two would copy the body, and are
compressed off the event loop."""


def _size(request: Request) -> int:
    """The bytes that a waiting request holds."""
    lines = sum(len(name) + len(value) for name, value in request.headers.items())
    return lines + len(request.target) + len(request.body)


class HttpConnection(asyncio.Protocol):
    """The protocol object of one connection, which is among `connections` while it is open."""

    __slots__ = (
        "_advancing", "_allowances", "_body_progress", "_client", "_collected", "_collecting",
        "_connections", "_current", "_ending", "_finished", "_held", "_ids", "_lingering",
        "_paused", "_pending", "_reader", "_reading", "_retained", "_service", "_settings",
        "_state", "_state_since", "_transport", "_unread", "_waiting", "_waiting_size", "_writer",
    )  # fmt: skip

    def __init__(
        self,
        service: Api,
        settings: HttpSettings,
        ids: Ids,
        writer: AnswerWriter,
        connections: Connections,
        point: AccessPoint | None = None,
    ) -> None:
        self._service = service
        self._settings = settings
        self._ids = ids
        self._writer = writer
        self._connections = connections
        self._allowances = connections.allowances
        self._client: str | None = None
        self._pending = 0
        self._unread = 0
        self._retained = 0
        """Bytes of long data that the transport may still hold."""
        self._reader = RequestReader(self._accept, self._expect, settings, ids)
        self._reader.point = point
        self._transport: asyncio.Transport | None = None
        self._current: Request | None = None
        self._waiting: deque[Request | Answer] = deque()
        self._waiting_size = 0
        self._held = b""
        self._collected: list[bytes] = []
        self._collecting = False
        self._advancing = False
        self._reading = True
        self._paused = False
        self._ending = False
        self._finished = False
        self._lingering = False
        self._state: tuple[object, ...] = ()
        self._state_since = 0.0
        self._body_progress = (0, 0.0, 0)
        """The number of a message, a time, and how much of the body had arrived by then."""

    # --- Called by the transport ------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        self._reader.client = str(peer[0]) if isinstance(peer, tuple) else ""
        self._reader.secure = transport.get_extra_info("ssl_object") is not None
        self._client = client_of(self._reader.client)
        self._connections.open.add(self)
        point = self._reader.point
        if not self._allowances.connect(self._client):
            settings = self._settings
            if len(self._connections.open) > settings.max_connections + settings.max_turned_away:
                self.abort()
            else:
                self._refuse(ServiceUnavailableException())
        elif point is not None and not point.admits(self._reader.client):
            self._refuse(AccessDeniedException(f"{point.vpc_endpoint} is closed to this address."))

    def data_received(self, data: bytes) -> None:
        if self._held or (len(data) > A_TURN and are_many(data)):
            self._hold(data)
            return
        reader = self._reader
        if self._ending or (reader.last and reader.phase == IDLE):
            return
        self._collecting = True
        try:
            reader.feed(data)
        except ServiceError as refusal:
            warn_of_other_protocol(data)
            self._refuse(refusal)
        except Exception:
            _log.exception("a request could not be read")
            self._refuse(InternalServerError())
        if reader.phase != IDLE or self._pending or self._waiting_size:
            self._count_pending()
        self._collecting = False
        if self._collected:
            self._flush()

    def _hold(self, data: bytes) -> None:
        if not self._held:
            asyncio.get_running_loop().call_soon(self._take_turn)
        self._held += data
        self._stop_reading()

    def _take_turn(self) -> None:
        """Receive some of many requests, and more when other connections have had their turn."""
        data, rest = self._held[:A_TURN], self._held[A_TURN:]
        self._held = b""
        self.data_received(data)
        if rest and not self._ending:
            self._hold(rest)
        self._count_pending()
        if not self._held and len(self._waiting) < self._settings.max_pipelined:
            self._start_reading()

    def eof_received(self) -> bool:
        if self._finished or not self._is_busy():
            return False  # the transport closes, after it has sent what it holds
        # A half-closed client will send no more requests, but still waits for answers. (A TLS
        # transport closes, whatever is returned here.)
        self._ending = True
        self._reader.drop()
        return not self._reader.secure

    def pause_writing(self) -> None:
        self._paused = True
        self._stop_reading()
        self._count_unread()

    def resume_writing(self) -> None:
        self._paused = False
        self._retained = 0
        self._count_unread()
        self._advance()

    def connection_lost(self, _exc: Exception | None) -> None:
        self._transport = None
        self._ending = self._finished = True
        self._current = None
        self._waiting.clear()
        if self._client is not None:
            self._allowances.read(self._client, self._unread)
            self._allowances.disconnect(self._client, self._pending)
            self._client = None
        self._collected.clear()
        self._reader.close()
        self._connections.forget(self)

    # --- Called by the server ---------------------------------------------------------------------

    def drain(self) -> None:
        """Answer what was accepted, then close; idle connections close now."""
        if self._finished:
            self._close()
        elif self._is_busy() or self._reader.phase != IDLE:
            self._reader.last = True
        else:
            self._close()
            if self._reader.secure:
                # A TLS transport waits for the client's close_notify, which an idle client sends
                # only when it is used again (RFC 8446, 6.1: neither side has to wait for it).
                asyncio.get_running_loop().call_later(_CLOSE_NOTIFY_SECONDS, self.abort)

    def abort(self) -> None:
        """Close immediately, whatever is in progress."""
        if self._transport is not None:
            self._transport.abort()

    def sweep(self, now: float) -> None:
        """Close if something is overdue at this monotonic time (see `connections`)."""
        transport = self._transport
        if transport is None:
            return
        reader = self._reader
        unsent = transport.get_write_buffer_size()
        busy = self._is_busy()
        state = (reader.number, reader.phase, busy, unsent, self._finished)
        if state != self._state:
            self._state = state
            self._state_since = now
            return
        waited = now - self._state_since
        settings = self._settings
        if self._finished or unsent:
            lingers = self._lingering and not unsent
            if waited >= (settings.linger_timeout if lingers else settings.write_timeout):
                transport.abort()
        elif not busy:
            self._sweep_reading(reader, now, waited)

    # --- Requests in ------------------------------------------------------------------------------

    def _accept(self, request: Request) -> None:
        if self._current is None and not self._waiting and not self._paused:
            if not self._finished:
                self._begin(request)
            return
        self._waiting.append(request)
        self._waiting_size += _size(request)
        if len(self._waiting) >= self._settings.max_pipelined:
            self._stop_reading()

    def _begin(self, request: Request) -> None:
        self._current = request
        reply: Reply = partial(self._reply, request)
        if len(request.body) > _SHORT_BODY or b"content-encoding" in request.headers:
            counted = self._counted(request)
            if counted is None:
                reply(error_answer(ServiceUnavailableException()))
                return
            reply = counted
        try:
            if request.target != b"/":
                normalize_target(request)
            self._service.submit(request, reply)
        except Exception:
            _log.exception("a request could not be handed to the service")
            reply(error_answer(InternalServerError()))

    def _counted(self, request: Request) -> Reply | None:
        """The reply to a long request, until which it counts; None if the client may have no more
        of them carried out. It counts even if the client goes away before, since the request is
        carried out nevertheless."""
        allowances, client, size = self._allowances, self._client, len(request.body)
        assert client is not None, "requests come from open connections"
        if b"content-encoding" in request.headers:
            size = min(_MAX_INFLATION * size, self._settings.max_body_size)
        if not allowances.begin(client, size):
            return None
        counted = size

        def reply(answer: Answer) -> None:
            nonlocal counted
            if counted:
                allowances.end(client, counted)
                counted = 0
            self._reply(request, answer)

        return reply

    def _advance(self) -> None:
        """Start as many of the waiting requests as is possible now."""
        if self._advancing:
            return
        self._advancing = True
        collecting, self._collecting = self._collecting, True
        waiting = self._waiting
        while waiting and self._current is None and not self._paused and not self._finished:
            item = waiting.popleft()
            if isinstance(item, Answer):
                self._answer_refused(item)
            else:
                self._waiting_size -= _size(item)
                self._begin(item)
        if self._pending:
            self._count_pending()
        self._advancing = False
        self._collecting = collecting
        if self._collected and not collecting:
            self._flush()
        if len(waiting) < self._settings.max_pipelined:
            self._start_reading()

    def _expect(self) -> None:
        # Amid earlier answers it would be taken for a part of them, and no client depends on it.
        if not self._is_busy():
            self._send(_CONTINUE)

    def _refuse(self, refusal: ServiceError) -> None:
        """Answer with `refusal` after the requests that already wait, and end the connection."""
        if self._ending:
            return
        self._ending = self._lingering = True
        self._reader.drop()
        self._waiting.append(error_answer(refusal))
        self._advance()

    def _answer_refused(self, answer: Answer) -> None:
        request = Request(b"POST", b"/", {}, b"", b"", self._ids.request_id())
        self._current = request
        self._reply(request, answer)

    def _count_pending(self) -> None:
        """Count the bytes of requests that are held, and refuse too many."""
        reading = 0 if self._ending else self._reader.pending
        pending = self._waiting_size + len(self._held) + reading
        client, more = self._client, pending - self._pending
        if client is None or not more:
            return
        if more < 0:
            self._allowances.release(client, -more)
        elif not self._allowances.hold(client, more):
            self._refuse(ServiceUnavailableException())
            return
        self._pending = pending

    def _count_unread(self) -> None:
        """Count the bytes that the client leaves unread, and cut it off if they are too many."""
        transport, client = self._transport, self._client
        if transport is None or client is None:
            return
        unread = max(transport.get_write_buffer_size(), self._retained) if self._paused else 0
        more = unread - self._unread
        if more <= 0:
            self._allowances.read(client, -more)
        elif not self._allowances.leave_unread(client, more):
            self.abort()
            return
        self._unread = unread

    # --- Answers out ------------------------------------------------------------------------------

    def _reply(self, request: Request, answer: Answer, encoded: Encoded | None = None) -> None:
        if request is not self._current:
            return  # the client has gone
        waiting = self._waiting
        close = (self._reader.last or self._ending) and not waiting
        try:
            written: tuple[bytes, ...]
            if len(answer.body) <= _LONG_BODY:
                written = (self._writer.write(answer, request, close),)
            else:
                coding = None if encoded else self._writer.coding(answer, request)
                if coding is not None:
                    self._encode(request, answer, coding)
                    return
                written = self._writer.write_parts(answer, request, close, encoded)
        except AnswerWithheld as withheld:
            self._cut_off(withheld.begun)
            return
        self._current = None
        for part in written:
            self._send(part)
        if close:
            self._finish()
        elif waiting:
            self._advance()

    def _encode(self, request: Request, answer: Answer, coding: bytes) -> None:
        """Have a long body compressed, then reply; if too many are waiting for that, reply with the
        body as it is."""

        def reply(done: asyncio.Future[bytes]) -> None:
            if done.cancelled():
                return
            failed = done.exception() is not None
            encoded = Encoded(None, answer.body) if failed else Encoded(coding, done.result())
            self._reply(request, answer, encoded)

        body = compression_thread().begin(answer.body, coding, lambda: request is self._current)
        if body is None:
            self._reply(request, answer, Encoded(None, answer.body))
        else:
            body.add_done_callback(reply)

    def _cut_off(self, begun: bytes) -> None:
        """End the connection in the middle of an answer, or before it."""
        self._current = None
        self._waiting.clear()
        self._waiting_size = 0
        if begun:
            self._send(begun)
        if self._collected:
            self._flush()
        self._close()

    def _send(self, data: bytes) -> None:
        if self._collecting and len(data) <= _LONG_BODY:
            self._collected.append(data)
            if len(self._collected) >= _MAX_COLLECTED:
                self._flush()
            return
        if self._collected:
            self._flush()
        transport = self._transport
        if transport is not None:
            if len(data) > _LONG_BODY:
                self._retained = retained_with(transport, self._retained, len(data))
            write_counted(transport, data, secure=self._reader.secure)
            if self._paused:
                self._count_unread()

    def _flush(self) -> None:
        collected = self._collected
        if self._transport is not None:
            if len(collected) == 1:
                self._transport.write(collected[0])
            else:
                write_counted(self._transport, b"".join(collected), secure=self._reader.secure)
        collected.clear()

    def _finish(self) -> None:
        """End the connection once everything is sent."""
        if self._collected:
            self._flush()
        transport = self._transport
        if self._lingering and transport is not None and transport.can_write_eof():
            self._finished = True
            transport.write_eof()
            if not self._reading:
                self._reading = True
                transport.resume_reading()
        else:
            self._close()

    def _close(self) -> None:
        self._ending = self._finished = True
        if self._transport is not None:
            self._transport.close()

    # --- Reading and time-outs --------------------------------------------------------------------

    def _is_busy(self) -> bool:
        return self._current is not None or bool(self._waiting)

    def _stop_reading(self) -> None:
        if self._reading and self._transport is not None:
            self._reading = False
            self._transport.pause_reading()

    def _start_reading(self) -> None:
        if self._reading or self._paused or self._held or self._finished or not self._transport:
            return
        self._reading = True
        self._transport.resume_reading()

    def _sweep_reading(self, reader: RequestReader, now: float, waited: float) -> None:
        settings = self._settings
        if reader.phase == HEAD:
            if waited >= settings.header_timeout:
                self._refuse(RequestTimeoutException())
        elif reader.phase == BODY:
            number, since, before = self._body_progress
            if number != reader.number:
                self._body_progress = (reader.number, self._state_since, 0)
            elif now - since >= settings.body_timeout:
                expected = settings.minimum_body_rate * settings.body_timeout
                if reader.received - before < expected:
                    self._refuse(RequestTimeoutException())
                self._body_progress = (number, now, reader.received)
        elif waited >= settings.idle_timeout:
            self._close()
