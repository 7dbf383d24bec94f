"""Endpoints that are no Kinesis: what they say is not believed, and they keep no one waiting."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from jedlik.auth.signing import SigningCredentials
from jedlik.kernel.remote import client
from jedlik.kernel.remote.client import KINESIS, RemoteClient
from jedlik.services.dynamodb.kinesis.records import KinesisRecord
from jedlik.services.dynamodb.kinesis.sinks import (
    DirectorySink,
    KinesisSink,
    SinkFailure,
)
from tests.limits import file_size_limit

CREDENTIALS = SigningCredentials("someone", "secret")
Answer = Callable[[socket.socket], None]


class Endpoint:
    """Answers every request in one way, on a port of its own."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.requests = 0
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            while connection.recv(1 << 16):
                self.requests += 1
                self._answer(connection)
        except OSError:
            pass

    def close(self) -> None:
        for each in (self._listening, *self._open):
            each.close()


@pytest.fixture
def endpoint() -> Iterator[Callable[[Answer], Endpoint]]:
    made: list[Endpoint] = []

    def make(answer: Answer) -> Endpoint:
        made.append(Endpoint(answer))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def sink() -> Iterator[Callable[..., KinesisSink]]:
    clients: list[RemoteClient] = []

    def make(endpoint: Endpoint, seconds: float = 5.0) -> KinesisSink:
        remote = RemoteClient(KINESIS, endpoint.url, "us-east-1", CREDENTIALS, seconds=seconds)
        clients.append(remote)
        return KinesisSink(remote, seconds)

    yield make
    for each in clients:
        each.abort()
        each.close()


def record(number: int = 0) -> KinesisRecord:
    return KinesisRecord(f"{number}", b"{}", 1, 0.0)


def says(body: Any, status: str = "200 OK", headers: str = "") -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n{headers}\r\n"
    return lambda connection: connection.sendall(head.encode() + content)


def failure(asked: Coroutine[Any, Any, Any]) -> str:
    with pytest.raises(SinkFailure) as raised:
        asyncio.run(asked)
    return str(raised.value)


TAKEN = {"SequenceNumber": "1", "ShardId": "shardId-0"}


def test_only_a_sequence_number_says_that_a_record_is_taken(
    endpoint: Callable[[Answer], Endpoint],
    sink: Callable[..., KinesisSink],
) -> None:
    entries = [TAKEN, {}, {"ErrorCode": "Throttled"}, {"ErrorCode": None, **TAKEN}]
    found = sink(endpoint(says({"Records": entries})))
    records = [record(number) for number in range(4)]
    assert asyncio.run(found.put("changes", records)) == [True, False, False, True]


@pytest.mark.parametrize(
    "body",
    [b"", b"hello", [], {}, 7, "x", {"Records": None}, {"Records": ["a"]}, {"Records": 3},
     {"Records": []}, {"Records": [TAKEN, TAKEN]}],
)  # fmt: skip
def test_answers_that_are_none_take_nothing(
    endpoint: Callable[[Answer], Endpoint], sink: Callable[..., KinesisSink], body: Any
) -> None:
    found = sink(endpoint(says(body)))
    assert failure(found.put("changes", [record()]))
    assert failure(found.refusal("changes"))


@pytest.mark.parametrize(
    "raw",
    [b"\x00\xff garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"x" * 70_000, b"HTTP/9 1\r\n\r\n"],
)
def test_what_is_no_http(
    endpoint: Callable[[Answer], Endpoint], sink: Callable[..., KinesisSink], raw: bytes
) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(raw)
        connection.close()

    assert "cannot be reached" in failure(sink(endpoint(answer)).put("changes", [record()]))


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_no_redirection_is_followed(
    endpoint: Callable[[Answer], Endpoint], sink: Callable[..., KinesisSink], status: str
) -> None:
    """Records, and a signature made for another place, stay here."""
    elsewhere = endpoint(says({"Records": [TAKEN]}))
    found = sink(endpoint(says(b"", status, f"Location: {elsewhere.url}/\r\n")))
    assert failure(found.put("changes", [record()]))
    assert failure(found.refusal("changes"))
    assert elsewhere.requests == 0


def test_an_endless_answer_does_not_fill_the_memory(
    endpoint: Callable[[Answer], Endpoint],
    sink: Callable[..., KinesisSink],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "MAX_ANSWER_BYTES", 1 << 20)

    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            connection.sendall(bytes(1 << 16))

    assert "more than" in failure(sink(endpoint(answer)).put("changes", [record()]))


def test_an_answer_that_is_cut_off(
    endpoint: Callable[[Answer], Endpoint], sink: Callable[..., KinesisSink]
) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{}")
        connection.close()

    assert "cannot be reached" in failure(sink(endpoint(answer)).put("changes", [record()]))


def _silent(_connection: socket.socket) -> None:
    pass


def _dripping(connection: socket.socket) -> None:
    """Never silent for long, and never done."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X")
        time.sleep(0.01)


@pytest.mark.parametrize("answer", [_silent, _dripping])
def test_an_endpoint_that_hangs(
    endpoint: Callable[[Answer], Endpoint], sink: Callable[..., KinesisSink], answer: Answer
) -> None:
    """Its calls end, one after the other; threads for other work are free meanwhile."""
    found = sink(endpoint(answer), seconds=0.2)

    async def run() -> None:
        calls = [asyncio.create_task(found.put("changes", [record()])) for _ in range(40)]
        await asyncio.sleep(0.05)
        await asyncio.gather(*(asyncio.to_thread(int) for _ in range(20)))
        # If each call had a thread of the pool, at least five of them would have ended by now.
        assert sum(call.done() for call in calls) < 5
        first = await asyncio.gather(*calls[:2], return_exceptions=True)
        assert all(isinstance(each, SinkFailure) for each in first)
        for call in calls:
            call.cancel()
        async with asyncio.timeout(1):
            await asyncio.gather(*calls, return_exceptions=True)

    asyncio.run(run())


def put_lines(tmp_path: Path, *lines: bytes) -> None:
    records = [KinesisRecord("k", line, 1, 0.0) for line in lines]
    assert asyncio.run(DirectorySink(tmp_path).put("changes", records)) == [True] * len(lines)


@pytest.mark.parametrize("left", [b"", b"{}\n", b'{"half', b'{}\n{"half' + b"x" * 200_000])
def test_what_a_killed_process_left_of_a_line_goes(tmp_path: Path, left: bytes) -> None:
    file = tmp_path / "changes.jsonl"
    file.write_bytes(left)
    put_lines(tmp_path, b'{"a":1}', b'{"a":2}')
    put_lines(tmp_path, b'{"a":3}')
    whole = b"{}\n" if left.startswith(b"{}\n") else b""
    assert file.read_bytes() == whole + b'{"a":1}\n{"a":2}\n{"a":3}\n'


def test_a_directory_on_a_full_disk(tmp_path: Path) -> None:
    """Of what does not fit nothing is written, and the text says what to do."""
    file = tmp_path / "changes.jsonl"
    put_lines(tmp_path, b"{}")
    with file_size_limit(100):
        sent = DirectorySink(tmp_path).put(
            "changes", [record(), KinesisRecord("k", b"x" * 99, 1, 0)]
        )
        text = failure(sent)
    assert text == f"there is no room left for {file}: make room, or use another disk"
    assert file.read_bytes() == b"{}\n"
    missing = DirectorySink(tmp_path / "gone")
    assert "No such file or directory" in failure(missing.put("changes", [record()]))


def test_links_in_place_of_a_stream_are_not_written_through(tmp_path: Path) -> None:
    mine, streams = tmp_path / "mine", tmp_path / "streams"
    streams.mkdir()
    mine.write_text("an unfinished line")
    (streams / "soft.jsonl").symlink_to(mine)
    (streams / "hard.jsonl").hardlink_to(mine)
    (streams / "made.jsonl").symlink_to(tmp_path / "new")
    os.mkfifo(streams / "pipe.jsonl")
    for name in ("soft", "hard", "made", "pipe"):
        text = failure(DirectorySink(streams).put(name, [record()]))
        assert f"{streams / name}.jsonl" in text
    assert mine.read_text() == "an unfinished line"
    assert not (tmp_path / "new").exists()
