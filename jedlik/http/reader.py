"""Bytes to requests, without I/O: a state machine around httptools' parser.

httptools calls back for every piece of a message. The rest is decided here: names become lower
case, repeated headers are joined, trailers dropped, and every size is bounded before it is
buffered.

Two of its habits shape the code. First, it bounds nothing, so header blocks are measured: by whole
reads while they are incomplete, which is cheap, and exactly once they might be over the limit.
Trailers and chunk extensions are measured by the reads that bring no part of the body. Second, it
skips the body of any request that offers an upgrade (ordinary HTTP/2-capable clients send `Upgrade:
h2c`), although a server that ignores the offer must read it; such a body is collected by hand.
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
    permission to send its body. `phase` is the part of a message in which the bytes so far end,
    `number` how many messages have begun. `last` says that the request just accepted is the last to
    be answered; no more bytes may be fed then. `client`, `secure` and `point` are passed on in
    requests.
    """

    __slots__ = (
        "_accept", "_body", "_body_digits", "_expect", "_head_size", "_headers", "_max_body",
        "_parser", "_progress", "_read_size", "_refusal", "_repeated", "_request_headers",
        "_request_id", "_settings", "_upgrade", "_url", "_without_body", "client", "last", "number",
        "phase", "point", "secure",
    )  # fmt: skip

    def __init__(
        self,
        accept: Callable[[Request], None],
        expect: Callable[[], None],
        settings: HttpSettings,
        ids: Ids,
    ) -> None:
        self._accept = accept
        self._expect = expect
        self._settings = settings
        self._request_id = ids.request_id
        self.client = ""
        self.secure = False
        self.point: AccessPoint | None = None
        self._max_body = settings.max_body_size
        self._body_digits = len(str(settings.max_body_size))
        self._headers: dict[bytes, bytes] = {}
        self._request_headers: dict[bytes, bytes] = {}
        self._repeated = 0
        self._head_size = 0
        self._read_size = 0
        self._url = b""
        self._body: bytes | bytearray = b""
        self._upgrade: tuple[bytes, int] | None = None
        """The method of a request that offers an upgrade, and the length of its body."""
        self._refusal: ServiceError | None = None
        self._progress = (0, 0)
        """The number of a message, and how much of its body had arrived by the last read that
        brought some of it."""
        self._without_body = 0
        """Bytes of the reads since then."""
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
            if self._upgrade is not None:
                rest = self._feed_upgrade_body(rest)
                continue
            fed, rest = rest, None
            number = self.number
            self._read_size = len(fed)
            try:
                self._parser.feed_data(fed)
            except httptools.HttpParserUpgrade as upgrade:
                rest = self._feed_after_upgrade(fed[upgrade.args[0] :])
            except httptools.HttpParserError as error:
                self._raise_refusal(error)
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
        # Headers that come after this are trailers, which are dropped.
        self._headers = {}
        self._request_headers = headers
        self.phase = BODY
        if len(headers) + self._repeated > self._settings.max_headers:
            self._refuse(MalformedHttpRequestException("The request has too many headers."))
        if self._head_size + self._read_size > self._settings.max_headers_size:
            self._check_headers_size(headers)
        length = headers.get(b"content-length")
        if (
            length is not None
            and len(length) >= self._body_digits
            and _content_length(length) > self._max_body
        ):
            self._refuse(RequestEntityTooLargeException())
        coding = headers.get(b"transfer-encoding")
        if coding is not None and coding.strip().lower() != b"chunked":
            # The parser accepts other codings before "chunked", but would leave them in the body.
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
            self._await_body(method, headers)
            return
        if not parser.should_keep_alive() or method == b"CONNECT":
            self._check_version()
            self.last = True
        self._complete(method)

    # --- Rarer paths ------------------------------------------------------------------------------

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

    def _raise_refusal(self, error: httptools.HttpParserError) -> None:
        if self._refusal is not None:
            raise self._refusal from None
        if isinstance(error, httptools.HttpParserCallbackError):
            raise error
        # After the last request, the parser fails at any byte, but those bytes are just ignored.
        if not self.last:
            raise MalformedHttpRequestException(f"Malformed HTTP request: {error}.") from None

    def _check_progress(self, size: int) -> None:
        """A read of `size` bytes ended within a body: drop trailers, and bound what is not part of
        the body, since chunk extensions and trailers may be of any length."""
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

    def _check_headers_size(self, headers: dict[bytes, bytes]) -> None:
        # Four more bytes a line: colon, space, CR and LF.
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
        """The parser also accepts 0.9 and 2.0, which do not look like this."""
        if self._parser.get_http_version() not in ("1.0", "1.1"):
            self._refuse(MalformedHttpRequestException("Unsupported HTTP version."))

    def _check_expect(self, expectation: bytes) -> None:
        """RFC 9110, 10.1.1: other expectations, and those of an HTTP/1.0 client, are ignored."""
        if expectation.lower() == b"100-continue" and self._parser.get_http_version() == "1.1":
            self._expect()

    def _await_body(self, method: bytes, headers: dict[bytes, bytes]) -> None:
        if b"transfer-encoding" in headers:
            self._refuse(MalformedHttpRequestException("An upgrade request with a chunked body."))
        self._upgrade = (method, _content_length(headers.get(b"content-length", b"0")))

    def _feed_after_upgrade(self, data: bytes) -> bytes | None:
        """Take the bytes that follow the headers of a request that offers an upgrade. Those after a
        CONNECT are not for us."""
        return None if self._upgrade is None else self._feed_upgrade_body(data)

    def _feed_upgrade_body(self, data: bytes) -> bytes | None:
        """Take bytes of the body of a request that offers an upgrade. Returns those that follow."""
        assert self._upgrade is not None
        method, length = self._upgrade
        missing = length - len(self._body)
        if isinstance(self._body, bytes):
            self._body = bytearray(self._body)
        self._body += data[:missing]
        if len(data) < missing:
            return None
        self._upgrade = None
        self._complete(method)
        return data[missing:]


def _content_length(length: bytes) -> int:
    """The number in a Content-Length, which the parser has found to fit 64 bits. Leading zeros are
    removed, since int() refuses more than 4,300 digits, whatever they are."""
    return int(length.strip().lstrip(b"0") or b"0")
