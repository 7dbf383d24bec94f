"""Slow, rude or broken clients, over real sockets; the service is a stub."""

from __future__ import annotations

import asyncio
import gzip
import logging
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvloop

from jedlik.base.clock import SystemClock
from jedlik.base.ids import RandomIds
from jedlik.gateway.content import undo_coding
from jedlik.gateway.exchange import Answer, Reply, Request
from jedlik.http import wrong_scheme
from jedlik.http.server import HttpServer
from jedlik.http.settings import HttpSettings

PATIENCE = 60.0


class Echo:
    """Answers with the content; with `later`, in the loop's next turn."""

    def __init__(self, *, later: bool = False, answer: bytes | None = None) -> None:
        self.later = later
        self.answer = answer
        self.requests = 0

    def submit(self, request: Request, reply: Reply) -> None:
        self.requests += 1
        undo_coding(request)
        answer = Answer(200, request.content if self.answer is None else self.answer)
        if self.later:
            asyncio.get_running_loop().call_soon(reply, answer)
        else:
            reply(answer)


Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Running:
    """A running server, and connections to it."""

    def __init__(self, server: HttpServer, service: Echo, address: tuple[str, int]) -> None:
        self.server = server
        self.service = service
        self.address = address

    async def connect(self) -> Client:
        return await asyncio.open_connection(*self.address)

    async def talk(self, *pieces: bytes) -> bytes:
        """Send, close the sending side, and read to the end."""
        reader, writer = await self.connect()
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        writer.write_eof()
        received = await asyncio.wait_for(reader.read(), PATIENCE)
        writer.close()
        return received

    async def until_empty(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while self.server.connections:  # noqa: ASYNC110 - the loop tells nobody of a lost client
                await asyncio.sleep(0.005)


@asynccontextmanager
async def serving(service: Echo | None = None, **settings: Any) -> AsyncIterator[Running]:
    chosen = service or Echo()
    server = HttpServer(chosen, HttpSettings(**settings), SystemClock(), RandomIds())
    listener = socket.create_server(("127.0.0.1", 0))
    server.start([listener])
    try:
        yield Running(server, chosen, listener.getsockname())
    finally:
        await server.shutdown(1.0)


Scenario = Callable[[], Awaitable[None]]


@pytest.fixture(params=[asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Any:
    """Runs a scenario; anything logged fails the test, except the hint that a client speaks TLS,
    which a process logs once."""

    def runner(scenario: Scenario) -> None:
        with caplog.at_level(logging.WARNING):
            request.param(scenario())
        logged = [each for each in caplog.records if each.name != wrong_scheme.__name__]
        assert [record.getMessage() for record in logged] == []

    return runner


def call(content: bytes, *lines: bytes) -> bytes:
    return (
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-amz-json-1.0\r\n"
        b"Content-Length: %d\r\n%b\r\n%b"
        % (len(content), b"".join(line + b"\r\n" for line in lines), content)
    )


def statuses(received: bytes) -> list[bytes]:
    return [part[:3] for part in received.split(b"HTTP/1.1 ")[1:]]


def test_a_request_byte_by_byte(run: Any) -> None:
    async def scenario() -> None:
        async with serving() as running:
            received = await running.talk(*(bytes([byte]) for byte in call(b"hello")))
            assert received.endswith(b"\r\n\r\nhello")
            assert statuses(received) == [b"200"]

    run(scenario)


@pytest.mark.parametrize("later", [False, True])
def test_pipelined_requests_are_answered_in_order(run: Any, later: bool) -> None:
    async def scenario() -> None:
        async with serving(Echo(later=later), max_pipelined=4) as running:
            received = await running.talk(b"".join(call(b"<%d>" % n) for n in range(500)))
            assert statuses(received) == [b"200"] * 500
            at = -1
            for number in range(500):
                at = received.index(b"<%d>" % number, at + 1)

    run(scenario)


def test_a_client_that_pipelines_and_does_not_read(run: Any) -> None:
    async def scenario() -> None:
        service = Echo(answer=b"x" * 100_000)
        async with serving(service) as running:
            reader, writer = await running.connect()
            writer.write(call(b"{}") * 1000)
            before = -1
            while service.requests != before:  # it stops by itself, far below 1000
                before = service.requests
                await asyncio.sleep(0.05)
            assert 0 < service.requests < 500
            received = 0
            while service.requests < 1000 or received < 1000 * 100_000:
                piece = await asyncio.wait_for(reader.read(1 << 20), PATIENCE)
                assert piece
                received += len(piece)
            assert service.requests == 1000
            writer.close()

    run(scenario)


def test_a_body_in_chunks_and_compressed(run: Any) -> None:
    async def scenario() -> None:
        async with serving() as running:
            sent = gzip.compress(b'{"TableName": "Music"}')
            chunks = b"".join(
                b"%x\r\n%b\r\n" % (len(part), part)
                for part in (sent[at : at + 5] for at in range(0, len(sent), 5))
            )
            received = await running.talk(
                b"POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-amz-json-1.0\r\n"
                b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
                + chunks
                + b"0\r\n\r\n"
            )
            assert received.endswith(b'{"TableName": "Music"}')

    run(scenario)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20, b"400"),
        (b"GET\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: h\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: h\r\n" + b"x: y\r\n" * 200 + b"\r\n", b"400"),
        (b"POST /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n", b"400"),
        (call(b"x")[:-1].replace(b"Length: 1", b"Length: 99999999"), b"413"),
    ],
)
def test_what_cannot_be_served_is_answered_and_closed(run: Any, sent: bytes, status: bytes) -> None:
    async def scenario() -> None:
        async with serving() as running:
            received = await running.talk(sent)
            assert statuses(received) == [status]
            assert b"\r\nConnection: close\r\n" in received
            assert b'"__type":"com.amazon.coral.service#' in received
            await running.until_empty()
            assert statuses(await running.talk(call(b"next"))) == [b"200"]
            assert running.service.requests == 1

    run(scenario)


def test_a_client_in_the_middle_of_a_large_upload_sees_why_it_is_refused(run: Any) -> None:
    async def scenario() -> None:
        async with serving(max_body_size=1000) as running:
            reader, writer = await running.connect()
            writer.write(call(b"")[:-4].replace(b"Length: 0", b"Length: 20000000") + b"\r\n\r\n")
            for _ in range(20):
                writer.write(b"x" * 1_000_000)
                await writer.drain()
            assert statuses(await asyncio.wait_for(reader.read(), PATIENCE)) == [b"413"]
            writer.close()

    run(scenario)


def test_a_half_closed_client_gets_its_answer(run: Any) -> None:
    async def scenario() -> None:
        async with serving(Echo(later=True)) as running:
            received = await running.talk(call(b"one") + call(b"two"))
            assert statuses(received) == [b"200", b"200"]
            assert received.endswith(b"two")

    run(scenario)


@pytest.mark.parametrize("sent", [b"", b"PO", call(b"hello")[:30], call(b"hello")[:-1]])
def test_clients_that_leave(run: Any, sent: bytes) -> None:
    async def scenario() -> None:
        async with serving() as running:
            assert await running.talk(sent) == b""
            for _ in range(20):  # and with a reset instead of an end
                reset = socket.create_connection(running.address)
                reset.sendall(sent)
                reset.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                reset.close()
            await running.until_empty()
            assert running.service.requests == 0

    run(scenario)


def test_clients_that_leave_before_their_answer(run: Any) -> None:
    async def scenario() -> None:
        service = Echo(later=True, answer=b"x" * 500_000)
        async with serving(service) as running:
            for _ in range(20):
                one = socket.create_connection(running.address)
                one.sendall(call(b"{}") * 3)
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                await asyncio.sleep(0.001)
                one.close()
            await running.until_empty()
            assert statuses(await running.talk(call(b"{}"))) == [b"200"]

    run(scenario)


def test_slow_clients_are_told_and_let_go(run: Any) -> None:
    async def scenario() -> None:
        async with serving(
            sweep_interval=0.02, header_timeout=0.1, body_timeout=0.1, linger_timeout=0.1
        ) as running:

            async def drip(start: bytes) -> bytes:
                reader, writer = await running.connect()
                writer.write(start)
                for _ in range(100):
                    writer.write(b"a")
                    with suppress(ConnectionError):
                        await writer.drain()
                    with suppress(TimeoutError):
                        received = await asyncio.wait_for(reader.read(1000), 0.03)
                        writer.close()
                        return received
                raise AssertionError("nobody minds a slow client")

            received = await asyncio.gather(
                *(drip(b"POST / HTTP/1.1\r\nHost: h\r\nX: ") for _ in range(20)),
                *(drip(call(b"x" * 9000)[:-9000]) for _ in range(20)),
            )
            assert [statuses(each) for each in received] == [[b"408"]] * 40
            await running.until_empty()

    run(scenario)


def test_others_are_served_while_many_are_slow(run: Any) -> None:
    async def scenario() -> None:
        async with serving() as running:
            slow = [await running.connect() for _ in range(100)]
            for number, (_, writer) in enumerate(slow):
                writer.write(call(b"hello")[: number + 1])
            for _ in range(20):
                assert statuses(await running.talk(call(b"x"))) == [b"200"]
            for number, (_, writer) in enumerate(slow):
                writer.write(call(b"hello")[number + 1 :])
            for reader, writer in slow:
                answer = await asyncio.wait_for(reader.readuntil(b"hello"), PATIENCE)
                assert statuses(answer) == [b"200"]
                writer.close()

    run(scenario)
