"""Bytes that a client does not read are noticed, encrypted or not."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from pathlib import Path
from typing import Any, cast

import pytest
import uvloop

from jedlik.base.limits import MIB
from jedlik.gateway.writing import PIECE, write_counted
from tests.certificates import make

LONG = bytes(16 * MIB)
IN_THE_SYSTEM = 8 * MIB
"""More than its buffers on both sides of a local connection hold."""


class Writer(asyncio.Protocol):
    """Writes to whoever connects, who reads nothing of it."""

    def __init__(self, connected: asyncio.Future[asyncio.Transport]) -> None:
        self._connected = connected
        self.paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._connected.set_result(cast(asyncio.Transport, transport))

    def pause_writing(self) -> None:
        self.paused = True


async def unread(write: Any, tls: ssl.SSLContext | None, trusted: ssl.SSLContext | None) -> int:
    """How many bytes a transport says that its client has not read."""
    loop = asyncio.get_running_loop()
    connected: asyncio.Future[asyncio.Transport] = loop.create_future()
    writer = Writer(connected)
    server = await loop.create_server(lambda: writer, "127.0.0.1", 0, ssl=tls)

    def connect() -> socket.socket:
        client = socket.create_connection(server.sockets[0].getsockname())
        return (
            client if trusted is None else trusted.wrap_socket(client, server_hostname="127.0.0.1")
        )

    client = await loop.run_in_executor(None, connect)
    async with asyncio.timeout(60):
        transport = await connected
    write(transport)
    await asyncio.sleep(0)
    size: int = transport.get_write_buffer_size()
    assert writer.paused is (size > 0)
    transport.abort()
    with contextlib.suppress(OSError):
        client.close()
    server.close()
    return size


@pytest.mark.parametrize("secure", [False, True])
def test_what_is_not_read_is_counted(tmp_path: Path, *, secure: bool) -> None:
    tls = trusted = None
    if secure:
        pair, trust = make(tmp_path)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(pair)
        trusted = ssl.create_default_context(cafile=trust)
    size = uvloop.run(
        unread(lambda transport: write_counted(transport, LONG, secure=secure), tls, trusted)
    )
    assert size > len(LONG) - IN_THE_SYSTEM


class Closing:
    """A transport that is closed after some writes."""

    def __init__(self, writes: int) -> None:
        self.left = writes
        self.written: list[bytes] = []

    def is_closing(self) -> bool:
        return self.left == 0

    def write(self, data: bytes) -> None:
        self.left -= 1
        self.written.append(bytes(data))


@pytest.mark.parametrize(("size", "pieces"), [(1, 1), (PIECE, 1), (PIECE + 1, 2), (3 * PIECE, 3)])
def test_pieces_are_the_whole(size: int, pieces: int) -> None:
    data, transport = bytes(range(256)) * (size // 256 + 1), Closing(-1)
    write_counted(transport, data[:size], secure=True)  # type: ignore[arg-type]
    assert b"".join(transport.written) == data[:size]
    assert len(transport.written) == pieces
    whole = Closing(-1)
    write_counted(whole, data[:size], secure=False)  # type: ignore[arg-type]
    assert whole.written == [data[:size]]


def test_nothing_is_written_to_what_is_closed() -> None:
    transport = Closing(2)
    write_counted(transport, LONG, secure=True)  # type: ignore[arg-type]
    assert len(transport.written) == 2
