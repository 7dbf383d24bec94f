"""A connection without a network: its transport records, and its service can delay answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from jedlik.gateway.exchange import Answer, Reply, Request
from jedlik.http.connection import HttpConnection
from jedlik.http.server import HttpServer
from jedlik.http.settings import HttpSettings
from tests.simulated_clock import SimulatedClock


class CountingIds:
    """Request ids 1, 2, 3 and so on."""

    def __init__(self) -> None:
        self.count = 0

    def request_id(self) -> bytes:
        self.count += 1
        return b"%d" % self.count

    def uuid(self) -> str:
        raise NotImplementedError

    def secret(self, size: int) -> bytes:
        raise NotImplementedError


class MemoryTransport:
    """A transport that records what the connection does with it."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.reading = True
        self.closed = False
        self.aborted = False
        self.eof = False
        self.unsent = 0

    def get_extra_info(self, name: str) -> Any:
        return ("192.0.2.7", 4711) if name == "peername" else None

    def write(self, data: bytes) -> None:
        assert not self.closed
        assert not self.eof
        self.writes.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def pause_reading(self) -> None:
        assert self.reading
        self.reading = False

    def resume_reading(self) -> None:
        assert not self.reading
        self.reading = True

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.eof = True

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.aborted = self.closed = True


class StubService:
    """Answers with the request's content: immediately, or if `holding`, on `release`. It raises
    `fails`, and sends `answer`, if set."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.holding = False
        self.held: list[tuple[Request, Reply]] = []
        self.fails: Exception | None = None
        self.answer: Answer | None = None

    def submit(self, request: Request, reply: Reply) -> None:
        self.requests.append(request)
        if self.fails is not None:
            raise self.fails
        if self.holding:
            self.held.append((request, reply))
        else:
            reply(self.answer or Answer(200, request.content))

    def release(self) -> None:
        """Answer the oldest request that is held. IndexError without any."""
        request, reply = self.held.pop(0)
        reply(Answer(200, request.content))


@dataclass(slots=True)
class Received:
    """A parsed answer; names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def take_apart(stream: bytes) -> list[Received]:
    """Parse a stream of answers. AssertionError if a byte belongs to none of them."""
    answers = []
    while stream:
        head, separator, stream = stream.partition(b"\r\n\r\n")
        assert separator, "an answer without an end to its headers"
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(": ")
            assert name.lower() not in headers
            headers[name.lower()] = value
        status = int(first.split(" ")[1])
        length = 0 if status == 100 else int(headers["content-length"])
        answers.append(Received(status, headers, stream[:length]))
        assert len(stream) >= length
        stream = stream[length:]
    return answers


@dataclass(slots=True)
class Front:
    """A connection with everything that it needs."""

    server: HttpServer
    connection: HttpConnection
    transport: MemoryTransport
    service: StubService
    clock: SimulatedClock
    settings: HttpSettings = field(default_factory=HttpSettings)

    def send(self, data: bytes) -> None:
        self.connection.data_received(data)

    def answers(self) -> list[Received]:
        return take_apart(b"".join(self.transport.writes))

    def wait(self, seconds: float) -> None:
        """Move the clock forward, with a sweep every second."""
        for _ in range(int(seconds)):
            self.clock.advance(1.0)
            self.server.sweep()


Opener = Callable[..., Front]


@pytest.fixture
def open_connection() -> Opener:
    """`open_connection(**settings)` is a connection with these HttpSettings."""

    def make(**settings: Any) -> Front:
        chosen = replace(HttpSettings(), **settings)
        clock = SimulatedClock()
        service = StubService()
        server = HttpServer(service, chosen, clock, CountingIds())
        connection = server.connection()
        transport = MemoryTransport()
        connection.connection_made(transport)  # type: ignore[arg-type]
        return Front(server, connection, transport, service, clock, chosen)

    return make


@pytest.fixture
def front(open_connection: Opener) -> Front:
    """A connection with the default settings."""
    return open_connection()
