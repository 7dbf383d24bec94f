"""Answers of malicious services."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from jedlik.auth.signing import SigningCredentials
from jedlik.kernel.remote.client import DYNAMODB, RemoteClient, Unreachable


@pytest.fixture
def dripping() -> Iterator[int]:
    """The port of a server whose answer has a byte every few milliseconds, for ever."""
    bound = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            connection, _ = bound.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
                while True:
                    connection.sendall(b" ")
                    time.sleep(0.005)

    thread = threading.Thread(target=serve)
    thread.start()
    yield bound.getsockname()[1]
    bound.close()
    thread.join(60)


def test_an_answer_that_never_ends_is_given_up(dripping: int) -> None:
    credentials = SigningCredentials("a", "b")
    url = f"http://127.0.0.1:{dripping}"
    client = RemoteClient(DYNAMODB, url, "us-east-1", credentials, seconds=0.2)
    with pytest.raises(Unreachable, match="takes too long"):
        client.call("ListTables", {})
    client.close()
