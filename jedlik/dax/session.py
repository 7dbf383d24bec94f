"""One connection's requests, parsed from the incoming bytes. No I/O.

    hello       text "J7yne5G", 0 or 1, a session id or null, a map that describes the client, 0
    request     1, a method's number, its arguments; one after the other

With 1 the client wants its answers in frames (see `wire.framing`), as Java's does. A hello has no
answer, and a client sends each request after the answer to the previous one. Before it is
authenticated, it may send only a little.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from jedlik.base.limits import KIB, MAX_REQUEST_SIZE
from jedlik.dax.errors import UnknownMethod, malformed
from jedlik.dax.wire.cbor import MalformedCbor, Reader
from jedlik.dax.wire.framing import ItemScanner
from jedlik.dax.wire.methods import METHODS, SERVICE, Method

MAX_UNKNOWN_SIZE: Final = 64 * KIB
"""Bytes of a request before authentication; a session token is the longest part of it."""
_HELLO: Final = b"\x67J7yne5G"
_HELLO_ITEMS: Final = 5
_BARE, _FRAMED = 0, 1
_REQUEST_HEAD: Final = 2
_MAX_AGENT: Final = 256
_MAX_SESSION_ID: Final = 64
"""Bytes of a session id. Clients in Python send none, those in Go a UUID as text."""


class DaxRequest(NamedTuple):
    """A request. `raw` is the whole of it as received, `start` the offset of its arguments."""

    method: Method
    raw: bytes
    start: int

    @property
    def reader(self) -> Reader:
        """Reads the arguments."""
        return Reader(self.raw, self.start)


class Session:
    """The bytes of a connection that are not yet processed.

    After an error the rest cannot be parsed any more: the connection ends.
    """

    def __init__(self) -> None:
        self.known = False
        """Whether the client is known; the connection sets it."""
        self.agent = ""
        """The name of the client's program, as it says."""
        self.framed = False
        """Whether the client wants its answers in frames."""
        self._buffer = bytearray()
        self._scanner = ItemScanner(MAX_UNKNOWN_SIZE)
        self._position = 0
        self._items = 0
        self._wanted = _HELLO_ITEMS
        self._arguments = 0
        self._method: Method | None = None
        self._greeted = False

    @property
    def size(self) -> int:
        """Bytes that are held."""
        return len(self._buffer)

    @property
    def is_ready(self) -> bool:
        """Whether the client has said hello and the next byte begins a request."""
        return self._greeted and not self._buffer

    def feed(self, data: bytes) -> None:
        """Add received bytes."""
        self._buffer += data

    def next_request(self) -> DaxRequest | None:
        """The next complete request; None if more bytes are needed. Raises `DaxError`."""
        try:
            while self._next_message():
                raw = bytes(memoryview(self._buffer)[: self._position])
                method, start = self._method, self._arguments
                del self._buffer[: self._position]
                self._begin()
                if self._greeted and method is not None:
                    return DaxRequest(method, raw, start)
                self._greet(Reader(raw))
        except MalformedCbor as error:
            raise malformed(str(error)) from None
        return None

    def _begin(self) -> None:
        """Expect a request from its first byte."""
        self._position = self._items = 0
        self._wanted = _REQUEST_HEAD
        self._method = None
        self._scanner.restart()

    def _next_message(self) -> bool:
        """Scan the received bytes; returns whether a hello or a request is complete."""
        if not self._greeted and not _HELLO.startswith(bytes(self._buffer[: len(_HELLO)])):
            # Not a DAX client: there is no need to wait for the end.
            raise malformed("a connection begins with the protocol's name")
        limit = MAX_REQUEST_SIZE if self.known else MAX_UNKNOWN_SIZE
        self._scanner.max_length = limit
        while self._items < self._wanted:
            self._position, whole = self._scanner.scan(self._buffer, self._position)
            if self._position > limit or (not whole and len(self._buffer) > limit):
                raise malformed("it is larger than a request may be")
            if not whole:
                return False
            self._items += 1
            if self._items == _REQUEST_HEAD and self._greeted:
                self._find_method()
        return True

    def _find_method(self) -> None:
        reader = Reader(bytes(memoryview(self._buffer)[: self._position]))
        service, number = reader.integer(), reader.integer()
        method = METHODS.get(number) if service == SERVICE else None
        if method is None:
            raise UnknownMethod(number)
        self._method = method
        self._arguments = self._position
        self._wanted += method.arguments

    def _greet(self, reader: Reader) -> None:
        reader.text()
        layering, session_id, about, types = (reader.value() for _ in range(4))
        if layering not in (_BARE, _FRAMED) or types != 0 or not isinstance(about, dict):
            raise malformed("a connection begins in a way that is not known")
        if session_id is not None and not (
            isinstance(session_id, bytes | str) and len(session_id) <= _MAX_SESSION_ID
        ):
            raise malformed("a session's id is malformed")
        agent = about.get("UserAgent")
        self.agent = agent[:_MAX_AGENT] if isinstance(agent, str) else ""
        self.framed = layering == _FRAMED
        self._greeted = True
