"""Bytes to requests, without I/O: a state machine around httptools' parser.

httptools calls back for every piece of a message. The rest is decided here: names become lower
case, repeated headers are joined, trailers dropped, and every size is bounded before it is
buffered.

Two of its habits shape the code. It bounds nothing, so a header block is measured: by whole reads
while it is incomplete, which is cheap, and exactly when it might be over the limit. Trailers and
extensions of chunks are measured by the reads that bring nothing of the body. And httptools skips
the body of any request that offers an upgrade (`Upgrade: h2c` comes from ordinary HTTP/2-capable
clients), although a server that ignores the offer must read it; such a body is collected by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import httptools

from jedlik.base.errors import (
    MalformedHttpRequestException,
    RequestEntityTooLargeException,
    ServiceError,
)
from jedlik.base.ids import Ids
from jedlik.gateway.exchange import AccessPoint, Request
from jedlik.http.settings import HttpSettings

IDLE: Final = 0
"""Between requests."""
HEAD: Final = 1
"""Within a request line or headers."""
BODY: Final = 2
"""Within a body."""


class RequestReader:
    """Makes the requests of one connection.

    `accept` is called with every complete request, in order; `expect` when a client waits for
    permission to send its body. `phase` is where in a message the bytes so far ended, `number` how
    many messages began. `last` says that the client wants no answers after that to the request just
    accepted; later bytes must not be fed. `client`, `secure` and `point` are passed on in requests.
    """

    __slots__ = (
        "_accept", "_body", "_body_digits", "_chunk", "_expect", "_head_size", "_headers", "_held",
        "_max_body", "_parser", "_progress", "_refusal", "_repeated", "_request_headers",
        "_request_id", "_settings", "_url", "_without_body", "client", "last", "number", "phase",
        "point", "secure",
    )  # fmt: skip

    def __init__(
        self,
        accept: Callable[[Request], None],
        expect: Callable[[], None],
        settings: HttpSettings,
        ids: Ids,
        client: str = "",
        secure: bool = False,
    ) -> None:
        self._accept = accept
        self._expect = expect
        self._settings = settings
        self._request_id = ids.request_id
        self.client = client
        self.secure = secure
        self.point: AccessPoint | None = None
        self._max_body = settings.max_body_size
        self._body_digits = len(str(settings.max_body_size))
        self._headers: dict[bytes, bytes] = {}
        self._request_headers: dict[bytes, bytes] = {}
        self._repeated = 0
        self._head_size = 0
        self._chunk = 0
        self._url = b""
        self._body: bytes | bytearray = b""
        self._held: tuple[bytes, int] | None = None
        self._refusal: ServiceError | None = None
        self._progress = (0, 0)
        """A message's number, and how much of its body had arrived by the last read."""
        self._without_body = 0
        """Bytes of its reads since then."""
        self.phase = IDLE
        self.number = 0
        self.last = False
        self._parser = httptools.HttpRequestParser(self)

    @property
    def received(self) -> int:
        """Bytes of the body so far."""
        return len(self._body)

    @property
    def pending(self) -> int:
        """Bytes of a request that is not complete."""
        return 0 if self.phase == IDLE else self._head_size + len(self._body)

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the connection.

        Raises `MalformedHttpRequestException` or `RequestEntityTooLargeException`; nothing may be
        fed afterwards.
        """
        rest: bytes | None = data
        while rest:  # not by recursion: a client may offer an upgrade with every request
            if self._held is not None:
                rest = self._feed_held(rest)
                continue
            fed, rest = rest, None
            number = self.number
            self._chunk = len(fed)
            try:
                self._parser.feed_data(fed)
            except httptools.HttpParserUpgrade as upgrade:
                rest = self._feed_upgraded(fed[upgrade.args[0] :])
            except httptools.HttpParserError as error:
                self._failed(error)
            if self.phase == HEAD and number == self.number:
                self._head_size += len(fed)
                if self._head_size > self._settings.max_headers_size:
                    raise MalformedHttpRequestException("The request's headers are too large.")
            elif self.phase == BODY:
                self._check_progress(len(fed))

    def drop(self) -> None:
        """Forget the request that is not complete; nothing may be fed afterwards."""
        self._body = self._url = b""
        self._headers = self._request_headers = {}
        self._head_size = 0

    def close(self) -> None:
        """Break the reference cycles of this object, so that it needs no cycle collector."""
        del self._parser, self._accept, self._expect

    # --- The parser's callbacks -------------------------------------------------------------------

    def on_message_begin(self) -> None:
        self.phase = HEAD
        self.number += 1

    def on_url(self, url: bytes) -> None:
        self._url += url
        if len(self._url) > self._settings.max_target_size:
            self._refuse(MalformedHttpRequestException("The request's target is too long."))

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        headers = self._headers
        if name in headers:
            value = headers[name] + b"," + value
            self._repeated += 1
            if self._repeated > self._settings.max_headers:  # joining them takes ever longer
                self._refuse(MalformedHttpRequestException("The request has too many headers."))
        headers[name] = value

    def on_headers_complete(self) -> None:
        headers = self._headers
        # Whatever comes as a header after this is a trailer, and trailers are dropped.
        self._headers = {}
        self._request_headers = headers
        self.phase = BODY
        if len(headers) + self._repeated > self._settings.max_headers:
            self._refuse(MalformedHttpRequestException("The request has too many headers."))
        if self._head_size + self._chunk > self._settings.max_headers_size:
            self._measure(headers)
        length = headers.get(b"content-length")
        if (
            length is not None
            and len(length) >= self._body_digits
            and _stated(length) > self._max_body
        ):
            self._refuse(RequestEntityTooLargeException())
        coding = headers.get(b"transfer-encoding")
        if coding is not None and coding.strip().lower() != b"chunked":
            # Codings before it, which the parser lets pass, would be left in the body.
            self._refuse(MalformedHttpRequestException("Unsupported transfer coding."))
        if b"expect" in headers:
            self._check_expect(headers[b"expect"])

    def on_body(self, body: bytes) -> None:
        if self._body:
            if isinstance(self._body, bytes):
                self._body = bytearray(self._body)
            self._body += body
        else:
            self._body = body
        if len(self._body) > self._max_body:
            self._refuse(RequestEntityTooLargeException())

    def on_message_complete(self) -> None:
        headers = self._request_headers
        host = headers.get(b"host")
        if host is None or b"," in host:
            self._check_host(host)
        parser = self._parser
        method = parser.get_method()
        if b"upgrade" in headers and parser.should_upgrade():
            self._hold(method, headers)
            return
        if not parser.should_keep_alive() or method == b"CONNECT":
            self._check_version()
            self.last = True
        self._complete(method)

    # --- What the callbacks leave to rarer paths --------------------------------------------------

    def _complete(self, method: bytes) -> None:
        body = self._body
        if not isinstance(body, bytes):
            body = bytes(body)
        request = Request(
            method,
            self._url,
            self._request_headers,
            body,
            body,
            self._request_id(),
            self.client,
            self.secure,
            self.point,
        )
        self.phase = IDLE
        self._url = self._body = b""
        self._head_size = self._repeated = 0
        if self._headers:
            self._headers = {}
        self._accept(request)

    def _refuse(self, refusal: ServiceError) -> None:
        """Stop the parser from within a callback; `feed` raises the refusal."""
        self._refusal = refusal
        raise refusal

    def _failed(self, error: httptools.HttpParserError) -> None:
        if self._refusal is not None:
            raise self._refusal from None
        if isinstance(error, httptools.HttpParserCallbackError):
            raise error
        # After a last request the parser fails at any byte, but such bytes are only to be ignored.
        if not self.last:
            raise MalformedHttpRequestException(f"Malformed HTTP request: {error}.") from None

    def _check_progress(self, size: int) -> None:
        """A read of `size` bytes ended within a body: drop trailers, and bound everything that is
        not part of the body, as chunks and their end may contain any amount of it."""
        self._headers = {}
        progress = (self.number, len(self._body))
        if progress != self._progress:
            self._progress, self._without_body = progress, 0
            return
        self._without_body += size
        if self._without_body > self._settings.max_headers_size:
            raise MalformedHttpRequestException(
                "The request's trailers, or the extensions of a chunk, are too large."
            )

    def _measure(self, headers: dict[bytes, bytes]) -> None:
        # Four more bytes a line: colon, space and the line's end.
        size = sum(len(name) + len(value) + 4 for name, value in headers.items())
        if size > self._settings.max_headers_size:
            self._refuse(MalformedHttpRequestException("The request's headers are too large."))

    def _check_host(self, host: bytes | None) -> None:
        """RFC 9112, 3.2: an HTTP/1.1 request has exactly one Host."""
        if host is not None or self._parser.get_http_version() != "1.0":
            self._refuse(
                MalformedHttpRequestException("The request needs exactly one Host header.")
            )

    def _check_version(self) -> None:
        """The parser also takes 0.9 and 2.0, neither of which is spoken in this form."""
        if self._parser.get_http_version() not in ("1.0", "1.1"):
            self._refuse(MalformedHttpRequestException("Unsupported HTTP version."))

    def _check_expect(self, expectation: bytes) -> None:
        """RFC 9110, 10.1.1: other expectations, and those of an HTTP/1.0 client, are ignored."""
        if expectation.lower() == b"100-continue" and self._parser.get_http_version() == "1.1":
            self._expect()

    def _hold(self, method: bytes, headers: dict[bytes, bytes]) -> None:
        if b"transfer-encoding" in headers:
            self._refuse(MalformedHttpRequestException("An upgrade request with a chunked body."))
        self._held = (method, _stated(headers.get(b"content-length", b"0")))

    def _feed_upgraded(self, data: bytes) -> bytes | None:
        """Take the bytes after the headers of an offer to upgrade. Those after a CONNECT, for which
        no request is held, are not for us."""
        return None if self._held is None else self._feed_held(data)

    def _feed_held(self, data: bytes) -> bytes | None:
        """Take bytes of the body of a request that is held. Returns those that follow it."""
        assert self._held is not None
        method, length = self._held
        missing = length - len(self._body)
        if isinstance(self._body, bytes):
            self._body = bytearray(self._body)
        self._body += data[:missing]
        if len(data) < missing:
            return None
        self._held = None
        self._complete(method)
        return data[missing:]


def _stated(length: bytes) -> int:
    """The number in a Content-Length, which the parser has found to be one of 64 bits. Of more than
    4,300 digits int() reads none, even if they are zeros."""
    return int(length.strip().lstrip(b"0") or b"0")
