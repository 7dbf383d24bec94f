"""Spoilt requests of every operation against a running server.

Whatever is sent, there is no 5xx and no traceback in the log, answers cost less than two seconds of
processor time, memory stays bounded, and the server works at the end. `make test-fuzz` does it for
ten minutes (JEDLIK_FUZZ_SECONDS for longer or shorter), the usual tests for a few seconds.

Every case is drawn from `SEED:number` alone. A failure prints that, and the bytes;
JEDLIK_FUZZ_CASE=SEED:number runs that case by itself.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import socket
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.conftest import StartServer
from tests.fuzz.making_requests import TABLES, RequestMaker
from tests.fuzz.mutations import spoil_bytes, spoil_framing, spoil_headers, spoil_structure
from tests.servers import UNSIGNED, RunningServer

BUSY_SECONDS = 2.0
"""Of the processor, for one answer: what else the machine does is not counted."""
ANSWER_SECONDS = 30.0
"""By the clock, for a server that waits instead of working."""
SMOKE_CASES = 1000
MOST_GROWTH = 300 * 1024
"""KiB of memory, beyond what the server had after its first cases."""
CASES_BETWEEN_CHECKS = 250


class Case(NamedTuple):
    """One request to send: `whole`: it is one correctly framed request."""

    number: int
    kind: str
    data: bytes
    whole: bool


def draw_case(seed: str, number: int) -> Case:
    """The case of that number."""
    draw = random.Random(f"{seed}:{number}")
    target, payload = RequestMaker(draw).request()
    headers = [
        (b"Host", b"localhost"),
        *((name.encode(), value.encode()) for name, value in UNSIGNED.items()),
        (b"X-Amz-Target", target.encode()),
    ]
    kind = draw.choices(
        ("valid", "structure", "bytes", "headers", "target", "framing"), (2, 10, 4, 3, 1, 3)
    )[0]
    if kind == "structure":
        payload = spoil_structure(payload, draw)
    body = json.dumps(payload).encode()
    if kind == "bytes":
        body = spoil_bytes(body, draw)
    if kind == "headers":
        headers, body = spoil_headers(headers, body, draw)
    if kind == "target":
        headers[-1] = (b"X-Amz-Target", _without_line_ends(spoil_bytes(target.encode(), draw)))
    line = b"POST / HTTP/1.1\r\n"
    if kind == "target" and draw.random() < 0.3:
        path = draw.choice((b"/x", b"/?a=b", b"*", b"//", b"/%00", b"http://h/"))
        line = draw.choice((b"GET ", b"PUT ", b"OPTIONS ", b"POST ")) + path + b" HTTP/1.1\r\n"
    head = line + b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    if kind == "framing":
        return Case(number, kind, spoil_framing(head, body, draw), False)
    data = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    return Case(number, kind, data, True)


def _without_line_ends(data: bytes) -> bytes:
    return data.translate(None, b"\r\n\x00")


def _has_text(error: dict[str, Any]) -> bool:
    """Whether an error has a text; only the one for a body that is not JSON may lack it (see
    errors)."""
    return bool(error.keys() & {"message", "Message"}) or error["__type"].endswith(
        "#SerializationException"
    )


class Failure(Exception):
    """What is wrong with the answer to a case."""


class Client:
    """Sends cases: whole ones on one connection while it lasts, others on connections of their
    own."""

    def __init__(self, server: RunningServer) -> None:
        self._server = server
        self._socket: socket.socket | None = None
        self.statuses: Counter[int] = Counter()

    def send(self, case: Case) -> None:
        """Send a case and check the answer. Raises `Failure`."""
        before = busy(self._server)
        try:
            self._send_whole(case) if case.whole else self._send_alone(case)
        except TimeoutError:
            raise Failure("no answer in time") from None
        if busy(self._server) - before > BUSY_SECONDS:
            raise Failure("the answer cost too much")

    def _send_whole(self, case: Case) -> None:
        for attempt in (1, 2):
            fresh = self._socket is None
            if self._socket is None:
                self._socket = self._server.socket(ANSWER_SECONDS)
            try:
                self._socket.sendall(case.data)
                response = http.client.HTTPResponse(self._socket)
                response.begin()
                body = response.read()
            except (ConnectionError, http.client.HTTPException) as error:
                self.close()
                if fresh or attempt == 2:
                    # Refused while it was being sent: the answer may be lost with the connection.
                    if len(case.data) > 64 * 1024 and isinstance(error, ConnectionError):
                        return
                    raise Failure(f"no answer: {error!r}") from error
                continue
            if response.will_close:
                self.close()
            self._look_at(case, response.status, body, dict(response.headers.items()))
            return

    def _send_alone(self, case: Case) -> None:
        with self._server.socket(ANSWER_SECONDS) as connection:
            received = bytearray()
            try:
                connection.sendall(case.data)
                connection.shutdown(socket.SHUT_WR)
                while part := connection.recv(65536):
                    received += part
            except ConnectionError:
                pass  # closed on the client that sends garbage: fine
        for status in re.findall(rb"(?:^|\n)HTTP/1\.[01] (\d{3}) ", bytes(received)):
            self.statuses[int(status)] += 1
            if status >= b"500" and not _is_of_a_coding(received):
                raise Failure(f"status {status.decode()}: {bytes(received)[-300:]!r}")

    def _look_at(self, case: Case, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.statuses[status] += 1
        if status >= 500 and not _is_of_a_coding(body):
            raise Failure(f"status {status}: {body[:300]!r}")
        if "Content-Encoding" in headers or status == 404 or case.kind in ("target", "headers"):
            return
        try:
            answer = json.loads(body)
        except ValueError:
            raise Failure(f"the answer is no JSON: {body[:300]!r}") from None
        if status != 200 and not (answer.get("__type") and _has_text(answer)):
            raise Failure(f"not the form of an error: {body[:300]!r}")

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _is_of_a_coding(answer: bytes | bytearray) -> bool:
    """Whether an answer is about a wrong content coding, which the service answers with an internal
    error."""
    return re.search(rb"content encoding|compressed", answer) is not None


def memory(server: RunningServer) -> int:
    """KiB of the server's memory, without mapped files."""
    status = Path(f"/proc/{server.process.pid}/status")
    if not status.exists():
        return 0
    return int(re.findall(r"RssAnon:\s+(\d+)", status.read_text())[0])


def busy(server: RunningServer) -> float:
    """Seconds of processor time that the server has used; of the clock if that is not known."""
    stat = Path(f"/proc/{server.process.pid}/stat")
    if not stat.exists():
        return time.monotonic()
    # proc(5): behind the name, which may hold anything, utime and stime are fields 12 and 13.
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def make_tables(dynamodb: Any) -> None:
    """Make the tables that cases use, if cases have changed or deleted them."""
    there = dynamodb.list_tables()["TableNames"]
    for table in TABLES:
        if table["TableName"] not in there:
            dynamodb.create_table(**table)


def run(server: RunningServer, seed: str, numbers: Iterator[int], end: float) -> Counter[int]:
    """Run cases until a moment; fails the test at the first failure."""
    client = Client(server)
    try:
        _send_all(server, client, seed, numbers, end)
    finally:
        client.close()
    assert "Traceback" not in server.log(), server.log()[-3000:]
    return client.statuses


def _send_all(
    server: RunningServer, client: Client, seed: str, numbers: Iterator[int], end: float
) -> None:
    dynamodb = server.client()
    make_tables(dynamodb)
    first_memory = 0
    for number in numbers:
        case = draw_case(seed, number)
        try:
            client.send(case)
        except Failure as failure:
            pytest.fail(_report(server, seed, case, str(failure)))
        if number % CASES_BETWEEN_CHECKS == 0:
            if "Traceback" in server.log() or server.process.poll() is not None:
                pytest.fail(_report(server, seed, case, "a traceback within the last cases"))
            make_tables(dynamodb)
            first_memory = first_memory or memory(server)
            grown = memory(server) - first_memory
            if grown > MOST_GROWTH:
                pytest.fail(_report(server, seed, case, f"memory has grown by {grown} KiB"))
        if time.monotonic() > end:
            break
    assert dynamodb.list_tables()["TableNames"]
    dynamodb.close()


def _report(server: RunningServer, seed: str, case: Case, failure: str) -> str:
    shown = case.data if len(case.data) < 4000 else case.data[:4000] + b"..."
    return (
        f"{failure}\nreplay: JEDLIK_FUZZ_CASE={seed}:{case.number} "
        f"(kind: {case.kind}, {len(case.data)} bytes)\n{shown!r}\nlog:\n{server.log()[-3000:]}"
    )


def count_up(first: int = 1) -> Iterator[int]:
    number = first
    while True:
        yield number
        number += 1


def test_some_spoilt_requests(start_server: StartServer) -> None:
    server = start_server()
    replayed = os.environ.get("JEDLIK_FUZZ_CASE")
    if replayed:
        seed, _, number = replayed.rpartition(":")
        run(server, seed, iter([int(number)]), time.monotonic() + 60)
    else:
        cases = islice(count_up(), SMOKE_CASES)
        statuses = run(server, "smoke", cases, time.monotonic() + 200)
        assert statuses[200] > 50
        assert statuses[400] > 50
    assert server.stop() == 0


@pytest.mark.soak
def test_spoilt_requests_for_ten_minutes(start_server: StartServer) -> None:
    server = start_server()
    seconds = float(os.environ.get("JEDLIK_FUZZ_SECONDS", "600"))
    seed = os.environ.get("JEDLIK_FUZZ_SEED") or str(random.SystemRandom().randrange(10**9))
    print(f"JEDLIK_FUZZ_SEED={seed}")
    statuses = run(server, seed, count_up(), time.monotonic() + seconds)
    print(f"{sum(statuses.values())} answers: {dict(sorted(statuses.items()))}")
    assert server.stop() == 0
