"""One connection to a cluster: bytes to requests, answers to bytes, and time-outs.

Requests of a connection are answered one after the other. Cache hits are answered in the callback
that brought the request, without decoding anything: an item is cached under the slice of a GetItem
that has its table and key, and a page under its whole request. Every other request gets a task.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final, cast

from jedlik.base.errors import ServiceError
from jedlik.base.limits import KIB
from jedlik.base.log import RATE_LIMITED
from jedlik.dax.access.access import ACTIONS, PUTTING
from jedlik.dax.access.authorizer import Grant
from jedlik.dax.access.callers import ClusterCaller, Peer
from jedlik.dax.access.signatures import Proof, known_seconds
from jedlik.dax.errors import (
    DaxError,
    NotAuthenticated,
    dax_error,
    error_bytes,
    internal,
    malformed,
    overloaded,
)
from jedlik.dax.item_keys import GET_ITEM_HEAD, key_in
from jedlik.dax.node import Node
from jedlik.dax.session import DaxRequest, Session
from jedlik.dax.wire import methods
from jedlik.dax.wire.cbor import MalformedCbor
from jedlik.dax.wire.framing import in_frame
from jedlik.gateway.writing import retained_with, write_counted
from jedlik.storage.failures import StorageFailure

log = logging.getLogger(__name__)

QUERY_HEAD: Final = methods.QUERY.head
SCAN_HEAD: Final = methods.SCAN.head
_HEAD_SIZE: Final = len(GET_ITEM_HEAD)
assert len(QUERY_HEAD) == len(SCAN_HEAD) == _HEAD_SIZE
_MAX_WAITING: Final = 64 * KIB
"""Bytes of further requests that a client may send before it gets its answer."""
_SHORT_REQUEST: Final = 16 * KIB
"""Bytes of a request that is answered even if the node is full."""
HELLO_SECONDS: Final = 10.0
"""From the first byte until the client is authenticated, and from the first byte of a request to
its last."""
MINIMUM_RATE: Final = 16 * KIB
"""Bytes a second at which a longer request has to arrive after that."""
IDLE_SECONDS: Final = 900.0
UNREAD_SECONDS: Final = 60.0
"""How long a client may leave an answer unread."""


class DaxConnection(asyncio.Protocol):
    """The protocol object of one connection to a node."""

    __slots__ = (
        "_allowed", "_caller", "_ending", "_held", "_known_until", "_node", "_owner", "_paused",
        "_peer", "_reading", "_retained", "_session", "_state", "_state_since", "_taken", "_task",
        "_transport",
    )  # fmt: skip

    def __init__(self, node: Node) -> None:
        self._node = node
        self._session = Session()
        self._transport: asyncio.Transport | None = None
        self._peer = Peer({}, "", secure=False)
        self._caller: ClusterCaller | None = None
        self._owner = ""
        """The owner of attribute lists that the caller's items need."""
        self._known_until = 0.0
        self._allowed: dict[bytes, Grant] = {}
        self._task: asyncio.Task[None] | None = None
        self._held = 0
        self._retained = 0
        """Bytes of long answers that the transport may still hold."""
        self._taken = 0
        self._reading = True
        self._paused = False
        self._ending = False
        self._state: tuple[object, ...] = ()
        self._state_since = node.now()

    # --- Called by the transport ------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        client = str(peer[0]) if isinstance(peer, tuple) else ""
        secure = transport.get_extra_info("ssl_object") is not None
        self._peer = Peer({}, client, secure)
        if not self._node.admits(self, client):
            self._fail(overloaded("The node has as many connections as it takes."))

    def data_received(self, data: bytes) -> None:
        self._node.counters.bytes_in += len(data)
        if self._ending:
            return
        if self._task is None and self._session.is_ready:
            reply = self._from_cache(data)
            if reply is not None:
                self._send(reply)
                return
        self._session.feed(data)
        self._advance()
        self._account()

    def eof_received(self) -> bool:
        return False

    def pause_writing(self) -> None:
        self._paused = True
        self._stop_reading()
        self._account()

    def resume_writing(self) -> None:
        self._paused = False
        self._advance()
        self._account()

    def connection_lost(self, _exc: Exception | None) -> None:
        self._transport = None
        self._ending = True
        self._node.hold(-self._held)
        self._held = 0
        self._node.forget(self)

    # --- Called by the node -----------------------------------------------------------------------

    def sweep(self, now: float) -> None:
        """Close if something is overdue at this monotonic time."""
        transport = self._transport
        if transport is None:
            return
        unsent, size = transport.get_write_buffer_size(), self._session.size
        receiving = self._task is None and (size > 0 or self._caller is None)
        state = (unsent, self._task, self._caller, receiving, 0 if receiving else self._taken)
        if state != self._state:
            self._state, self._state_since = state, now
            return
        waited = now - self._state_since
        if unsent or self._ending:
            if waited >= UNREAD_SECONDS:
                transport.abort()
        elif receiving:
            if waited >= HELLO_SECONDS + size / MINIMUM_RATE:
                self._close()
        elif self._task is None and waited >= IDLE_SECONDS:
            self._close()

    def drain(self) -> None:
        """Answer what was accepted, then close."""
        self._ending = True
        if self._task is None:
            self._close()

    def abort(self) -> None:
        """Close immediately."""
        if self._task is not None:
            self._task.cancel()
        if self._transport is not None:
            self._transport.abort()

    # --- What the caches have ---------------------------------------------------------------------

    def _from_cache(self, data: bytes) -> bytes | None:
        """The answer to a request from the caches; None if they do not have it."""
        head = data[:_HEAD_SIZE]
        grant = self._allowed.get(head)
        node = self._node
        if grant is None or node.now() >= self._known_until or not grant.holds():
            return None
        if head == GET_ITEM_HEAD:
            reply = node.memory.find(key_in(data))
            if reply is not None:
                node.operations.GetItem += 1
                node.memory.counters.item_hits += 1
            return reply
        reply = node.memory.find(data)
        if reply is not None:
            node.count_cached_page("Query" if head == QUERY_HEAD else "Scan")
        return reply

    # --- Requests ---------------------------------------------------------------------------------

    def _advance(self) -> None:
        """Start the next complete request, if possible now."""
        session = self._session
        if self._task is not None:
            if session.size > _MAX_WAITING:
                self._stop_reading()
            return
        if self._ending or self._paused:
            return
        try:
            request = session.next_request()
            self._account()
            if self._node.is_full and (request is None or len(request.raw) > _SHORT_REQUEST):
                raise overloaded("The node has no memory left for requests.")
        except DaxError as error:
            self._fail(error)
            return
        self._start_reading()
        if request is not None:
            self._taken += 1
            # Until it is answered, and even if the client goes away before.
            self._node.hold(len(request.raw))
            loop = asyncio.get_running_loop()
            self._task = loop.create_task(self._answer(request))

    async def _answer(self, request: DaxRequest) -> None:
        try:
            reply = await self._reply_to(request)
            if reply:
                self._send(reply)
        except DaxError as error:
            if request.method.name is not None:
                self._node.count_error(error)
            self._send_error(error)
            if isinstance(error, NotAuthenticated):
                self._close()
        finally:
            self._task = None
            self._node.hold(-len(request.raw))
            if self._ending:
                self._close()
            else:
                self._advance()
            self._account()

    async def _reply_to(self, request: DaxRequest) -> bytes:
        """The answer to a request; raises `DaxError`."""
        try:
            return await self._handle(request)
        except MalformedCbor as error:
            raise malformed(str(error)) from None
        except ServiceError as error:
            raise dax_error(error) from None
        except DaxError:
            raise
        except StorageFailure as error:
            log.error(
                "a request of DAX's protocol failed: storage failed: %s", error, extra=RATE_LIMITED
            )
        except Exception:
            log.exception("a request of DAX's protocol failed")
        raise internal() from None

    async def _handle(self, request: DaxRequest) -> bytes:
        method, node = request.method, self._node
        if method is methods.AUTHORIZE:
            await self._authenticate(request)
            return b""
        caller = self._caller
        if caller is None or node.now() >= self._known_until:
            raise NotAuthenticated(
                "MissingAuthenticationTokenException", "The connection is not authenticated."
            )
        if method is methods.ENDPOINTS:
            return node.endpoints(self._transport)
        if method.name is None:
            actions = PUTTING if method is methods.DEFINE_ATTRIBUTE_LIST_ID else ACTIONS
            await node.access.check_any(caller, actions)
            return await node.cluster.define(method, request.reader, self._owner)
        await node.access.check(caller, method.name)
        call = await node.cluster.read(method, request.reader, self._owner)
        await node.access.check_parts(caller, call)
        self._allow(request.raw[:_HEAD_SIZE], method.name, caller)
        return await node.cluster.operate(method, call, request.raw)

    def _allow(self, head: bytes, action: str, caller: ClusterCaller) -> None:
        """From now on, answer such requests from the caches without a check, if policies allow all
        of them."""
        if head in (GET_ITEM_HEAD, QUERY_HEAD, SCAN_HEAD):
            grant = self._node.access.grant(caller, action)
            if grant is None:
                self._allowed.pop(head, None)
            else:
                self._allowed[head] = grant

    async def _authenticate(self, request: DaxRequest) -> None:
        reader = request.reader
        access_key, signature, string = reader.text(), reader.text(), reader.bytes()
        token = None if reader.is_null() else reader.text()
        agent = "" if reader.is_null() else reader.text()
        self._peer.headers = {b"user-agent": (agent or self._session.agent)[:256].encode()}
        self._caller = None
        self._allowed = {}
        proof = Proof(access_key, signature, string, token)
        node = self._node
        identity = await node.access.identify(proof, self._peer)
        self._owner = node.access.owner(identity)
        self._caller = ClusterCaller(identity, self._peer, node.arn)
        self._known_until = node.now() + known_seconds(identity, node.clock.now())
        self._session.known = True
        node.recognize(self)

    # --- Answers ----------------------------------------------------------------------------------

    def _send(self, data: bytes) -> None:
        transport = self._transport
        if transport is not None:
            if self._session.framed:
                data = in_frame(data)
            self._node.counters.bytes_out += len(data)
            if len(data) > _SHORT_REQUEST:
                self._retained = retained_with(transport, self._retained, len(data))
            write_counted(transport, data, secure=self._peer.secure)

    def _account(self) -> None:
        """Report to the node what this connection holds; end it if that is too much."""
        transport, node = self._transport, self._node
        if transport is None:
            return
        unsent = transport.get_write_buffer_size()
        held = self._session.size + (max(unsent, self._retained) if unsent else 0)
        node.hold(held - self._held)
        self._held = held
        if unsent and node.is_full:
            self.abort()

    def _send_error(self, error: DaxError) -> None:
        reasons = error.details.get("reasons")
        self._send(error_bytes(error, self._node.request_id(), reasons))

    def _fail(self, error: DaxError) -> None:
        """Answer a request that cannot be understood or accepted, and end the connection."""
        self._node.count_error(error)
        self._send_error(error)
        self._close()

    def _close(self) -> None:
        self._ending = True
        if self._transport is not None:
            self._transport.close()

    def _stop_reading(self) -> None:
        if self._reading and self._transport is not None:
            self._reading = False
            self._transport.pause_reading()

    def _start_reading(self) -> None:
        if not self._reading and not self._paused and self._transport is not None:
            self._reading = True
            self._transport.resume_reading()
