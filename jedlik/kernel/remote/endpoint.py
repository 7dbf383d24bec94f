"""DynamoDB at another address: any endpoint of its API, called over HTTP with signed requests.

Connections are kept and reused, for one request at a time. If a connection is closed before the
answer, a read is sent once more; whether a write was done is unknown, and the client gets that
error.

Unlike `client`, it belongs to an event loop and has many calls in flight.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from errno import ECONNREFUSED
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from jedlik.auth.signing import Signer, SigningCredentials
from jedlik.base.limits import KIB, MIB
from jedlik.base.trust import client_context, handshake_failure
from jedlik.kernel.remote.client import DYNAMODB, Unreachable

MAX_CONNECTIONS: Final = 64
SECONDS: Final = 30.0
"""The time limit of an answer, as in clients of DynamoDB."""
MAX_ANSWER: Final = 64 * MIB
"""More than a BatchGetItem of 16 MB takes as JSON."""
_READS: Final = ("BatchGetItem", "DescribeTable", "GetItem", "Query", "Scan", "TransactGetItems")
_MAX_HEADERS: Final = 64 * KIB


class _Closed(Exception):
    """A connection was closed before the answer."""


class Connection(NamedTuple):
    """Both directions of a connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Endpoint:
    """Calls the endpoint at `url`. `now` returns seconds since the epoch."""

    def __init__(
        self, url: str, region: str, credentials: SigningCredentials, now: Callable[[], float]
    ) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self._secure = parts.scheme == "https"
        self._host = parts.hostname
        self._port = parts.port or (443 if self._secure else 80)
        self._name = parts.netloc.rpartition("@")[2]
        self._tls: ssl.SSLContext | None = None
        self._signer = Signer(credentials, region, DYNAMODB.signed_as)
        self._now = now
        self._idle: list[Connection] = []
        self._slots = asyncio.Semaphore(MAX_CONNECTIONS)

    async def call(self, operation: str, body: bytes) -> tuple[int, bytes]:
        """HTTP status and body of the answer to an input. Raises `Unreachable`."""
        async with self._slots:
            try:
                async with asyncio.timeout(SECONDS):
                    return await self._call(operation, body)
            except (OSError, TimeoutError, _Closed) as error:
                text = f"DynamoDB at {self._name} did not answer: {self._reason(error)}"
                raise Unreachable(text) from None

    async def close(self) -> None:
        """Close all connections."""
        for each in self._idle:
            each.writer.close()
        self._idle.clear()

    def _reason(self, error: Exception) -> str:
        """Why there was no answer: briefly if nothing listens there, the most frequent case."""
        if isinstance(error, ssl.SSLError):
            return handshake_failure(error)
        if isinstance(error, TimeoutError) and not str(error):
            return f"nothing came for {SECONDS:.0f} s"
        text = str(error) or type(error).__name__
        if isinstance(error, _Closed) and not self._secure:
            return f"{text}; a server with TLS needs https://"
        return "connection refused" if f"[Errno {ECONNREFUSED}]" in text else text

    async def _call(self, operation: str, body: bytes) -> tuple[int, bytes]:
        while self._idle:
            used = self._idle.pop()
            if used.writer.is_closing() or used.reader.at_eof():
                used.writer.close()
                continue
            try:
                return await self._exchange(used, operation, body)
            except (_Closed, ConnectionError):
                if operation not in _READS:
                    raise
                break
        if self._secure and self._tls is None:
            self._tls = client_context()
        reader, writer = await asyncio.open_connection(
            self._host, self._port, ssl=self._tls, limit=_MAX_HEADERS
        )
        return await self._exchange(Connection(reader, writer), operation, body)

    async def _exchange(
        self, connection: Connection, operation: str, body: bytes
    ) -> tuple[int, bytes]:
        reader, writer = connection
        try:
            writer.write(self._request(operation, body))
            await writer.drain()
            status, headers = await _head(reader)
            answer = await _body(reader, headers)
        except BaseException:
            writer.close()
            raise
        if headers.get(b"connection", b"").lower() == b"close":
            writer.close()
        else:
            self._idle.append(connection)
        return status, answer

    def _request(self, operation: str, body: bytes) -> bytes:
        """A signed request, in the bytes of HTTP."""
        headers = {
            "host": self._name,
            "content-type": DYNAMODB.content_type,
            "x-amz-target": f"{DYNAMODB.target}.{operation}",
        }
        signed = self._signer.sign(headers, body, self._now())
        text = "".join(f"{name}: {value}\r\n" for name, value in signed.items())
        head = f"POST / HTTP/1.1\r\n{text}content-length: {len(body)}\r\n\r\n"
        return head.encode("latin-1") + body


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[bytes, bytes]]:
    """Status and headers, with names in lower case. Raises `_Closed`."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        raise _Closed("the connection was closed") from None
    first, *lines = head[:-4].split(b"\r\n")
    words = first.split(b" ", 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
        raise _Closed("the answer is not HTTP")
    headers = {}
    for line in lines:
        name, _, value = line.partition(b":")
        headers[name.strip().lower()] = value.strip()
    return int(words[1]), headers


async def _body(reader: asyncio.StreamReader, headers: dict[bytes, bytes]) -> bytes:
    """The body, by its length or in chunks. Raises `_Closed`."""
    try:
        if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
            return await _chunks(reader)
        length = int(headers.get(b"content-length", b"0"))
        if not 0 <= length <= MAX_ANSWER:
            raise _Closed("the answer is too long")
        return await reader.readexactly(length)
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
        raise _Closed("the answer ends early") from None


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    chunks, size = [], 0
    while length := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
        size += length
        if length < 0 or size > MAX_ANSWER:
            raise _Closed("the answer is too long")
        chunks.append(await reader.readexactly(length))
        await reader.readexactly(2)
    with contextlib.suppress(asyncio.IncompleteReadError):
        while (await reader.readuntil(b"\r\n")) != b"\r\n":
            pass
    return b"".join(chunks)
