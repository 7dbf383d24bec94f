"""An answer to bytes: status line, headers, checksum, body.

Except for its request id, checksum and length, the head of an ordinary answer stays the same for a
whole second. So it is laid out once a second, with its date, and each answer fills in the rest.

`x-amz-crc32` is the CRC-32 of the body as sent, after compression: SDKs check it before they
decompress.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Final, NamedTuple
from zlib import crc32

import orjson

from jedlik.base.errors import ServiceError
from jedlik.gateway.exchange import Answer, EncodedAnswer, HeadedAnswer, Request, Withheld
from jedlik.gateway.protocols import AMZ_JSON, JSON
from jedlik.http.codings import encode, preferred_coding
from jedlik.http.own_hosts import is_loopback_origin
from jedlik.http.settings import LOOPBACK_ORIGINS, HttpSettings

_EXPOSED: Final = b"x-amzn-RequestId,x-amz-crc32,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"
_PREFLIGHT_MAX_AGE: Final = b"172800"

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip

_LOOPBACK_ORIGINS: Final = LOOPBACK_ORIGINS.encode()


def error_answer(error: ServiceError) -> Answer:
    """The answer for a request that never reached the service, in the service's form."""
    return Answer(error.status, orjson.dumps(error.body()))


def http_date(seconds: float) -> bytes:
    """A time since the epoch as in `Date` (RFC 9110, 5.6.7), in English whatever the locale."""
    at = time.gmtime(seconds)
    return (
        f"{_DAYS[at.tm_wday]}, {at.tm_mday:02} {_MONTHS[at.tm_mon - 1]} {at.tm_year:04} "
        f"{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02} GMT"
    ).encode("ascii")


class AnswerWithheld(Exception):
    """The connection is to be cut once `begun`, the beginning of an answer, has been sent."""

    def __init__(self, begun: bytes) -> None:
        super().__init__(begun)
        self.begun = begun


class Encoded(NamedTuple):
    """A body in the coding in which it is sent; None is identity."""

    coding: bytes | None
    body: bytes


class AnswerWriter:
    """Lays out answers for all connections of a server."""

    __slots__ = ("_compress_from", "_cors_origin", "_date", "_ordinary")

    def __init__(self, settings: HttpSettings, now: float) -> None:
        self._compress_from = settings.compress_from
        origin = settings.cors_origin
        self._cors_origin = None if origin is None else origin.encode("ascii")
        self.set_time(now)

    def set_time(self, now: float) -> None:
        """Set the date to send, in seconds since the epoch."""
        self._date = http_date(now)
        self._ordinary = (
            b"HTTP/1.1 200 OK\r\nServer: Server\r\nDate: %b\r\nConnection: keep-alive\r\n"
            b"Content-Type: application/x-amz-json-1.0\r\nx-amzn-RequestId: " % self._date
        )

    def write(self, answer: Answer, request: Request, close: bool) -> bytes:
        """The answer to `request` as it is sent; `close` says that it is the connection's last.

        Raises AnswerWithheld.
        """
        headers = request.headers
        body = answer.body
        if (
            answer.status != 200
            or close
            or b"origin" in headers
            or headers.get(b"content-type") != AMZ_JSON
            or answer.content_type != AMZ_JSON
            or (len(body) >= self._compress_from and b"accept-encoding" in headers)
        ):
            return b"".join(self.write_parts(answer, request, close))
        return b"%b%b\r\nx-amz-crc32: %d\r\nContent-Length: %d\r\n\r\n%b" % (
            self._ordinary, request.request_id, crc32(body), len(body), body,
        )  # fmt: skip

    def coding(self, answer: Answer, request: Request) -> bytes | None:
        """The coding in which an answer's body is to be sent; None: as it is."""
        if len(answer.body) < self._compress_from or isinstance(answer, (EncodedAnswer, Withheld)):
            return None
        return preferred_coding(request.headers.get(b"accept-encoding", b""))

    def write_parts(
        self, answer: Answer, request: Request, close: bool, encoded: Encoded | None = None
    ) -> tuple[bytes, bytes]:
        """The same with head and body apart, for a body so long that copying it takes time.
        `encoded` is the encoded body, if there is one already."""
        if isinstance(answer, Withheld):
            raise AnswerWithheld(self._first_half(answer.answer, request))
        headers = request.headers
        if encoded is None:
            coding = self.coding(answer, request)
            body = answer.body if coding is None else encode(answer.body, coding)
        else:
            coding, body = encoded
        content_type = answer.content_type
        if content_type == AMZ_JSON and headers.get(b"content-type", b"").startswith(JSON):
            content_type = JSON  # the service answers in the type it was asked in
        lines = [
            b"HTTP/1.1 %d %b" % (answer.status, _reason(answer.status)),
            b"Server: Server",
            b"Date: " + self._date,
            b"Connection: close" if close else b"Connection: keep-alive",
            b"x-amzn-RequestId: " + request.request_id,
            b"x-amz-crc32: %d" % crc32(body),
            b"Content-Length: %d" % len(body),
        ]
        if content_type:
            lines.append(b"Content-Type: " + content_type)
        if coding is not None:
            lines.append(b"Content-Encoding: " + coding)
        if isinstance(answer, HeadedAnswer):
            lines += answer.headers
        origin = self._allowed_origin(headers.get(b"origin"))
        if origin is not None:
            lines += _cors(request, origin)
        head = b"\r\n".join(lines) + b"\r\n\r\n"
        return head, b"" if request.method == b"HEAD" else body

    def _first_half(self, answer: Answer | None, request: Request) -> bytes:
        """The head of an answer and half of its body. Half of the whole would not do: clients
        accept a head that ends early as complete."""
        if answer is None:
            return b""
        head, end, body = self.write(answer, request, close=False).partition(b"\r\n\r\n")
        return head + end + body[: len(body) // 2]

    def _allowed_origin(self, origin: bytes | None) -> bytes | None:
        """The origin to allow to a browser whose page is from `origin`; None: none."""
        allowed = self._cors_origin
        if origin is None or allowed is None:
            return None
        if allowed != _LOOPBACK_ORIGINS:
            return allowed
        return origin if is_loopback_origin(origin) else None


def _cors(request: Request, origin: bytes) -> list[bytes]:
    """The headers that the service sends to a browser: every method and header is allowed."""
    lines = [
        b"Access-Control-Allow-Origin: " + origin,
        b"Access-Control-Expose-Headers: " + _EXPOSED,
    ]
    if request.method == b"OPTIONS":
        for asked, allowed in (
            (b"access-control-request-headers", b"Access-Control-Allow-Headers: "),
            (b"access-control-request-method", b"Access-Control-Allow-Methods: "),
        ):
            value = request.headers.get(asked)
            if value:
                lines.append(allowed + value)
        lines.append(b"Access-Control-Max-Age: " + _PREFLIGHT_MAX_AGE)
    return lines


def _reason(status: int) -> bytes:
    try:
        return HTTPStatus(status).phrase.encode("ascii")
    except ValueError:
        return b"Unknown"
