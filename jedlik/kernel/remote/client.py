"""Signed JSON calls to one service at one endpoint, over one connection.

Calls are made in threads: they are few, and the standard library's client implements all of HTTP.
"""

from __future__ import annotations

import contextlib
import gzip
import http.client
import socket
import ssl
import threading
import time
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import orjson

from jedlik.auth.signing import Signer, SigningCredentials
from jedlik.base.urls import is_origin

SECONDS: Final = 30.0
"""The time limit of an answer."""
_WORTH_COMPRESSING: Final = 1024
MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024
"""Bytes of an answer: more than any service sends; an endpoint that is not a service must not fill
the memory."""
_CHUNK: Final = 64 * 1024


class RemoteError(Exception):
    """An error of a service: the HTTP status, and the error's name and text."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.status = status
        self.name = name
        self.message = message


class Unreachable(Exception):
    """The service gave no answer; the text says why."""


class RemoteService(NamedTuple):
    """How a service is called: the name in signatures, the prefix of X-Amz-Target, its JSON."""

    signed_as: str
    target: str
    content_type: str


DYNAMODB: Final = RemoteService("dynamodb", "DynamoDB_20120810", "application/x-amz-json-1.0")
KINESIS: Final = RemoteService("kinesis", "Kinesis_20131202", "application/x-amz-json-1.1")


def check_endpoint(url: str) -> None:
    """Raise ValueError unless this is an HTTP URL with a host."""
    if not is_origin(url):
        raise ValueError(f"{url} is not the URL of a service: http://HOST:PORT or https://HOST")


class RemoteClient:
    """Calls one service. May be used from several threads, one call after the other."""

    def __init__(
        self,
        service: RemoteService,
        url: str,
        region: str,
        credentials: SigningCredentials,
        trusted: ssl.SSLContext | None = None,
        seconds: float = SECONDS,
    ) -> None:
        """`trusted` are the authorities whose certificates are accepted, by default those of the
        machine; `seconds` is the time limit of an answer."""
        check_endpoint(url)
        self._trusted = trusted
        self._seconds = seconds
        self._service = service
        self._parts = urlsplit(url)
        self._signer = Signer(credentials, region, service.signed_as)
        self._lock = threading.Lock()
        self._connection: http.client.HTTPConnection | None = None
        self._aborted = False

    def call(self, operation: str, payload: Any, *, compressed: bool = False) -> Any:
        """The decoded answer of a call. Raises RemoteError and Unreachable."""
        body = orjson.dumps(payload)
        headers = {
            "host": self._parts.netloc.rpartition("@")[2],
            "content-type": self._service.content_type,
            "x-amz-target": f"{self._service.target}.{operation}",
        }
        if compressed and len(body) > _WORTH_COMPRESSING:
            body = gzip.compress(body, compresslevel=1)
            headers["content-encoding"] = "gzip"
        headers = self._signer.sign(headers, body, time.time())
        with self._lock:
            self._aborted = False
            status, answer = self._exchange(body, headers)
        return decoded(status, answer)

    def abort(self) -> None:
        """Make a call in another thread end with Unreachable."""
        self._aborted = True
        connection = self._connection
        if connection is not None and connection.sock is not None:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._drop()

    def _exchange(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Send and read; once more over a new connection if the kept one has been closed
        meanwhile."""
        kept = self._connection is not None
        try:
            return self._send(body, headers)
        except (OSError, http.client.HTTPException) as error:
            self._drop()
            if not kept or self._aborted or isinstance(error, TimeoutError):
                raise Unreachable(self._why(error)) from error
        try:
            return self._send(body, headers)
        except (OSError, http.client.HTTPException) as error:
            self._drop()
            raise Unreachable(self._why(error)) from error

    def _send(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        if self._connection is None:
            self._connection = self._connected()
        self._connection.request("POST", "/", body, headers)
        end = time.monotonic() + self._seconds
        with self._connection.getresponse() as answer:
            return answer.status, _whole(answer, end)

    def _connected(self) -> http.client.HTTPConnection:
        host = self._parts.hostname or ""
        if self._parts.scheme == "https":
            context = self._trusted or ssl.create_default_context()
            return http.client.HTTPSConnection(
                host, self._parts.port, timeout=self._seconds, context=context
            )
        return http.client.HTTPConnection(host, self._parts.port, timeout=self._seconds)

    def _drop(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.close()
            self._connection = None

    def _why(self, error: Exception) -> str:
        where = f"{self._parts.scheme}://{self._parts.netloc.rpartition('@')[2]}"
        return f"{where} cannot be reached: {str(error) or type(error).__name__}"


def _whole(answer: http.client.HTTPResponse, end: float) -> bytes:
    """The body, complete by the monotonic time `end`: the connection's own time limit is for each
    part, so an endpoint that sends single bytes could occupy a thread for ever."""
    parts, size = [], 0
    while part := answer.read1(_CHUNK):
        parts.append(part)
        size += len(part)
        if time.monotonic() > end:
            raise TimeoutError("its answer takes too long")
        if size > MAX_ANSWER_BYTES:
            raise http.client.HTTPException(f"it answered more than {MAX_ANSWER_BYTES:,} bytes")
    if answer.length:  # bytes missing of Content-Length
        raise http.client.IncompleteRead(b"", answer.length)
    return b"".join(parts)


def decoded(status: int, answer: bytes) -> Any:
    """The members of an answer. Raises RemoteError."""
    try:
        members = orjson.loads(answer or b"{}")
    except orjson.JSONDecodeError:
        shown = answer[:200].decode("utf-8", "replace")
        raise RemoteError(status, "InvalidAnswer", f"its answer is not JSON: {shown}") from None
    if status == http.client.OK:
        return members
    if not isinstance(members, dict):
        raise RemoteError(status, "InvalidAnswer", f"it answered {status} without an error")
    name = str(members.get("__type") or members.get("code") or "UnknownError").rpartition("#")[2]
    raise RemoteError(status, name, str(members.get("message") or members.get("Message") or ""))
