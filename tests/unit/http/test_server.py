"""The server on real sockets: it starts, says where, and stops without losing an answer."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Any

import pytest
import uvloop

from jedlik.base.clock import SystemClock
from jedlik.base.ids import RandomIds
from jedlik.base.limits import MIB
from jedlik.gateway.exchange import Answer, Reply, Request
from jedlik.http.codings import compression_thread
from jedlik.http.server import HttpServer
from jedlik.http.settings import HttpSettings

CALL = (
    b"POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-amz-json-1.0\r\n"
    b"Content-Length: 2\r\n\r\n{}"
)


class SlowService:
    """Answers when `gate` is opened."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.began = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def submit(self, request: Request, reply: Reply) -> None:
        self.began.set()
        task = asyncio.get_running_loop().create_task(self._answer(request, reply))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, request: Request, reply: Reply) -> None:
        await self.gate.wait()
        reply(Answer(200, request.content))


async def started(service: Any, **settings: Any) -> tuple[HttpServer, int]:
    server = HttpServer(service, HttpSettings(**settings), SystemClock(), RandomIds())
    listener = socket.create_server(("127.0.0.1", 0))
    server.start([listener])
    return server, listener.getsockname()[1]


LOOPS = pytest.mark.parametrize("run", [asyncio.run, uvloop.run])


@LOOPS
def test_shutdown_answers_what_was_accepted(run: Any) -> None:
    async def scenario() -> None:
        service = SlowService()
        server, port = await started(service)
        idle_reader, idle_writer = await asyncio.open_connection("127.0.0.1", port)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(CALL)
        await service.began.wait()
        stopping = asyncio.ensure_future(server.shutdown(10.0))
        assert await idle_reader.read() == b""
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", port)
        assert not stopping.done()
        service.gate.set()
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"\r\nConnection: close\r\n" in answer
        assert answer.endswith(b"{}")
        await stopping
        assert server.connections == 0
        for each in (writer, idle_writer):
            each.close()

    run(scenario())


@LOOPS
def test_shutdown_cuts_off_what_does_not_end(run: Any) -> None:
    async def scenario() -> None:
        service = SlowService()
        server, port = await started(service)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(CALL)
        await service.began.wait()
        await server.shutdown(0.05)
        assert server.connections == 0
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        service.gate.set()  # the late answer finds nobody and does no harm
        await asyncio.sleep(0)
        writer.close()

    run(scenario())


def test_a_server_that_was_never_started_can_be_shut_down() -> None:
    server = HttpServer(SlowService(), HttpSettings(), SystemClock(), RandomIds())
    asyncio.run(server.shutdown())


def test_the_sweep_runs_by_itself() -> None:
    async def scenario() -> None:
        server, port = await started(SlowService(), sweep_interval=0.01, idle_timeout=0.0)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await asyncio.wait_for(reader.read(), 60) == b""
        writer.close()
        await server.shutdown()

    uvloop.run(scenario())


class LongService:
    """Answers with more than a client's and the server's socket take."""

    def submit(self, _request: Request, reply: Reply) -> None:
        reply(Answer(200, bytes(16 * MIB)))


LONG_CALLS = [
    CALL[:-1],  # never whole
    CALL,  # an answer that is not read
    CALL.replace(b"Host", b"Accept-Encoding: gzip\r\nHost"),
    CALL * 3,
]


@LOOPS
def test_clients_that_break_off_leave_nothing_counted(run: Any) -> None:
    """Else they would add up, until no one is served any more."""

    async def scenario() -> None:
        settings = HttpSettings()
        server, port = await started(LongService())
        writers = []
        for sent in LONG_CALLS:
            _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
            writer.write(sent)
            writers.append(writer)
        allowances = server._allowances
        most = settings.max_unread // 2
        async with asyncio.timeout(60):
            while server.connections < len(writers):  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            while allowances.leave_unread("127.0.0.1", most):  # until what is not read is counted
                allowances.read("127.0.0.1", most)
                await asyncio.sleep(0.001)
        for writer in writers:
            writer.transport.abort()
        async with asyncio.timeout(60):
            while server.connections or compression_thread().waiting:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        assert allowances.leave_unread("127.0.0.1", most)
        assert allowances.hold("127.0.0.1", settings.max_client_pending)
        assert all(map(allowances.connect, ["127.0.0.1"] * settings.max_client_connections))
        await server.shutdown()

    run(scenario())
