"""Mutated requests: the connection answers in HTTP or closes, and never fails.

`python tests/fuzz/test_http.py [seconds] [seed]` runs it for longer; a failure prints the seed of
the stream that caused it.
"""

from __future__ import annotations

import gzip
import logging
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from jedlik.app.apis import APIS
from jedlik.auth.sigv4 import OpenVerifier, Verifier
from jedlik.base.errors import ServiceError
from jedlik.base.ids import RandomIds
from jedlik.gateway.apis import unsupported_service
from jedlik.gateway.exchange import Answer, Reply, Request
from jedlik.http.fallback import Fallback
from jedlik.http.server import HttpServer
from jedlik.http.settings import HttpSettings
from tests.simulated_clock import SimulatedClock

HEADER_SIGNED = (
    b"POST / HTTP/1.1\r\nHost: localhost:8000\r\nContent-Type: application/x-amz-json-1.0\r\n"
    b"X-Amz-Target: DynamoDB_20120810.GetItem\r\nX-Amz-Date: 20240131T120000Z\r\n"
    b"Authorization: AWS4-HMAC-SHA256 Credential=AKID/20240131/us-east-1/dynamodb/aws4_request, "
    b"SignedHeaders=host;x-amz-date;x-amz-target, Signature=" + b"0a" * 32 + b"\r\n"
    b"Accept-Encoding: gzip, deflate;q=0.5\r\nOrigin: http://x\r\nContent-Length: 2\r\n\r\n{}"
)
QUERY_SIGNED_IN_CHUNKS = (
    b"POST /?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20240131%2Fus-east-1%2F"
    b"dynamodb%2Faws4_request&X-Amz-Date=20240131T120000Z&X-Amz-Expires=60&X-Amz-SignedHeaders="
    b"host&X-Amz-Signature=abc HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n2;x=y\r\n{}\r\n0\r\nTrailer: x\r\n\r\n"
)
HEALTH = b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
PREFLIGHT = (
    b"OPTIONS / HTTP/1.1\r\nHost: h\r\nOrigin: http://x\r\n"
    b"Access-Control-Request-Headers: x-amz-target\r\n\r\n"
)
UPGRADE = (
    b"POST / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n"
    b"Content-Type: application/json\r\n\r\n123"
)
COMPRESSED = (
    b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Encoding: gzip\r\n"
    b"Content-Type: application/json\r\nContent-Length: 22\r\n\r\n" + gzip.compress(b"{}", mtime=0)
)
CONNECT = b"CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n"
HEAD = b"HEAD http://h/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"

SEEDS = [
    HEADER_SIGNED, QUERY_SIGNED_IN_CHUNKS, HEALTH, PREFLIGHT, UPGRADE, COMPRESSED, CONNECT, HEAD,
]  # fmt: skip
PIECES = [
    b"\r\n", b"\n", b"\r", b"\0", b" ", b":", b",", b"%", b"%zz", b"=", b"&", b"\xff\xfe", b"-1",
    b"99999999999999999999", b"chunked", b"gzip", b"Content-Length: 5\r\n", b"Host: x\r\n",
    b"Transfer-Encoding: chunked\r\n", b"HTTP/1.1", b"0\r\n\r\n", b"ffffffffffffffff\r\n",
    b"Connection: close\r\n", b"a" * 70_000, b"x: y\r\n" * 200,
]  # fmt: skip


def mutated(rnd: random.Random, message: bytes) -> bytes:
    """A message with a few changes, or none."""
    data = bytearray(message)
    for _ in range(rnd.choice((0, 1, 1, 2, 5))):
        at = rnd.randrange(len(data) + 1)
        kind = rnd.randrange(5)
        if kind == 0:
            data[at : at + 1] = bytes([rnd.randrange(256)])
        elif kind == 1:
            del data[at : at + rnd.choice((1, 2, 10, 100))]
        elif kind == 2:
            data[at:at] = rnd.choice(PIECES)
        elif kind == 3:
            data[at:at] = data[at : at + rnd.randrange(1, 40)]
        else:
            other = rnd.choice(SEEDS)
            data[at:at] = other[rnd.randrange(len(other)) :][: rnd.randrange(1, 60)]
    return bytes(data)


class Transport:
    """Holds the connection to the rules of a transport."""

    def __init__(self) -> None:
        self.out = bytearray()
        self.ended = False
        self.reading = True

    def get_extra_info(self, _name: str) -> Any:
        return None

    def write(self, data: bytes) -> None:
        assert not self.ended, "a write after the end"
        self.out += data

    def write_eof(self) -> None:
        self.ended = True

    def can_write_eof(self) -> bool:
        return True

    def close(self) -> None:
        self.ended = True

    def abort(self) -> None:
        self.ended = True

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        assert self.reading
        self.reading = False

    def resume_reading(self) -> None:
        assert not self.reading
        self.reading = True


class Service:
    """Authenticates, and answers immediately or, at random, later."""

    def __init__(self, rnd: random.Random, clock: SimulatedClock) -> None:
        self.rnd = rnd
        self.verifiers = (Verifier({"AKID": "secret"}.get, clock), OpenVerifier())
        self.held: list[Reply] = []
        self.count = 0

    def submit(self, request: Request, reply: Reply) -> None:
        if not any(api.recognizes(request) for api in APIS):
            Fallback(lambda: True, partial(unsupported_service, APIS)).submit(request, reply)
            return
        self.count += 1
        assert type(request.body) is type(request.content) is bytes
        for verifier in self.verifiers:
            with suppress(ServiceError):
                verifier.verify(request)
        if self.rnd.random() < 0.3:
            self.held.append(reply)
        else:
            reply(Answer(200, b"{}" * self.rnd.choice((1, 1000))))


def check_answers(stream: bytes, heads: int) -> None:
    """Every byte belongs to an answer that is not a server error; at most `heads` of them, those to
    HEAD requests, come without the body whose length they say."""
    while stream:
        head, separator, stream = stream.partition(b"\r\n\r\n")
        assert separator
        assert head.startswith(b"HTTP/1.1 ")
        status = int(head[9:12])
        assert status < 500
        if status == 100:
            continue
        lines = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
        length = int(lines[b"Content-Length"])
        if length and (not stream or stream.startswith(b"HTTP/1.1 ")):
            heads -= 1
            assert heads >= 0
            continue
        assert len(stream) >= length
        stream = stream[length:]


def play(seed: int) -> int:
    """One connection's life; returns how many requests reached the service."""
    rnd = random.Random(seed)
    clock = SimulatedClock(1706702400.0)
    service = Service(rnd, clock)
    settings = HttpSettings(max_pipelined=3)
    server = HttpServer(service, settings, clock, RandomIds())
    connection = server.connection()
    transport = Transport()
    connection.connection_made(transport)  # type: ignore[arg-type]
    stream = b"".join(mutated(rnd, rnd.choice(SEEDS)) for _ in range(rnd.randrange(1, 5)))
    heads = stream.count(b"HEAD")
    while stream and not (transport.ended and rnd.random() < 0.5):
        size = rnd.choice((1, 3, 50, 1000, 100_000))
        connection.data_received(stream[:size])
        stream = stream[size:]
        if service.held and rnd.random() < 0.5:
            service.held.pop(0)(Answer(200, b"{}"))
        if rnd.random() < 0.02:
            clock.advance(20.0)
            server.sweep()
    if rnd.random() < 0.3:
        connection.eof_received()
    while service.held:
        service.held.pop(0)(Answer(200, b"{}"))
    for _ in range(4):
        clock.advance(200.0)
        server.sweep()
    assert transport.ended, "a connection that never ends"
    connection.connection_lost(None)
    assert server.connections == 0
    check_answers(bytes(transport.out), heads)
    return service.count


def fuzz(seconds: float, seed: int) -> int:
    """Play connections for a while, with seeds from `seed` on; returns how many."""
    with quiet():
        return _fuzz(seconds, seed)


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress the log of refused requests."""
    log = logging.getLogger("jedlik")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)


FEWEST = 500
"""Connections, however slow the machine: so many that chance does not decide how many are served
(one of four is)."""


def _fuzz(seconds: float, seed: int) -> int:
    until = time.monotonic() + seconds
    count = reached = 0
    while time.monotonic() < until or count < FEWEST:
        try:
            reached += play(seed + count)
        except BaseException:
            print(f"seed {seed + count}", file=sys.stderr)
            raise
        count += 1
    assert reached > count // 20, "the mutations are too wild to reach the service"
    return count


def test_mutated_requests() -> None:
    fuzz(2.0, random.SystemRandom().randrange(2**40))


def test_the_seeds_themselves_are_served() -> None:
    assert sum(play_unchanged(message) for message in SEEDS) == 4


def play_unchanged(message: bytes) -> int:
    clock = SimulatedClock(1706702400.0)
    service = Service(random.Random(0), clock)
    server = HttpServer(service, HttpSettings(), clock, RandomIds())
    connection = server.connection()
    transport = Transport()
    connection.connection_made(transport)  # type: ignore[arg-type]
    connection.data_received(message)
    while service.held:
        service.held.pop(0)(Answer(200, b"{}"))
    check_answers(bytes(transport.out), message.count(b"HEAD"))
    assert transport.out
    return service.count


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    chosen = arguments[1] if len(arguments) > 1 else random.SystemRandom().randrange(2**40)
    print(fuzz(arguments[0] if arguments else 60, chosen), "connections, from seed", chosen)
