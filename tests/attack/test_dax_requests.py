"""DAX's front door: unauthenticated bytes cost little, and large requests of clients do not delay
others."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from jedlik.dax.wire import cbor, methods
from jedlik.dax.wire.cbor import Reader
from tests.api.accounts import Account, allow
from tests.api.making import make
from tests.attack.processor_time import cpu_seconds
from tests.servers import ACCESS_KEY, SECRET_KEY, RunningServer
from tests.unit.dax.requesting import HELLO, authentication, request

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

NESTED = b"\x81" * 60_000
MANY = b"\x9a\x00\x00\xf0\x00" + b"\x00" * 60_000
SETS = b"\xd9\x0c\xf9\x81" * 50_000
TINY = 40_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    scratch = tmp_path_factory.mktemp("dax")
    known = ("--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY)
    options = ("--data", scratch / "data", "--dax", "--dax-port", "0", *known)
    server = RunningServer(scratch, *options, fresh=True)
    yield server
    server.kill()
    assert "Traceback" not in server.log()


@pytest.fixture(scope="module")
def table(server: RunningServer) -> str:
    return make(server.client(), "p")


@pytest.fixture
def door(server: RunningServer) -> Iterator[socket.socket]:
    """A connection that has sent nothing."""
    (found,) = server.client("dax").describe_clusters()["Clusters"]
    url = urlsplit(found["ClusterDiscoveryEndpoint"]["URL"])
    with socket.create_connection((url.hostname or "", url.port or 0), timeout=20) as connection:
        yield connection


@pytest.fixture
def known(door: socket.socket) -> socket.socket:
    """A connection of an authenticated client."""
    door.sendall(HELLO + authentication(time.time(), ACCESS_KEY, SECRET_KEY))
    return door


@pytest.mark.parametrize(
    "sent",
    [
        b"\x67J7yne5G\x00\xf6" + NESTED,
        b"\x67J7yne5G\x00\xf6\xa1\x61a" + MANY,
        HELLO + methods.AUTHORIZE.head + MANY,
        HELLO + methods.AUTHORIZE.head + cbor.text("a" * 60_000) * 100,
        HELLO + methods.GET_ITEM.head + cbor.text("a") + cbor.byte_string(SETS)[:60_000],
        HELLO + request(methods.SCAN, cbor.text("t"), cbor.NULL) * 5_000,
        bytes(16_000_000),
    ],
)
def test_bytes_of_strangers(server: RunningServer, door: socket.socket, sent: bytes) -> None:
    before = cpu_seconds(server)
    with contextlib.suppress(OSError):  # closed on the way
        door.sendall(sent)
        door.shutdown(socket.SHUT_WR)
        while door.recv(65_536):
            pass
    assert cpu_seconds(server) - before < 0.5


def list_id(known: socket.socket, *names: str) -> int:
    """The number of a list of attributes."""
    texts = cbor.array([cbor.text(name) for name in names])
    known.sendall(request(methods.DEFINE_ATTRIBUTE_LIST_ID, texts))
    reader = Reader(known.recv(1000))
    assert reader.array_length() == 0
    return reader.integer()


@pytest.mark.parametrize("value", [NESTED, SETS, b"\x9f" + b"\xf6" * 1_000_000 + b"\xff"])
def test_values_that_no_item_has(
    server: RunningServer, known: socket.socket, table: str, value: bytes
) -> None:
    item = cbor.byte_string(cbor.integer(list_id(known, "l")) + value)
    name, key = cbor.text(table), cbor.byte_string(b"k")
    before = cpu_seconds(server)
    known.sendall(request(methods.PUT_ITEM, name, key, item, cbor.NULL))
    answer = known.recv(65_536)
    assert b"nested too deeply" in answer or b"too many items" in answer
    assert cpu_seconds(server) - before < 1.5


def test_a_batch_of_items_of_tiny_values(
    server: RunningServer, known: socket.socket, table: str
) -> None:
    number = cbor.integer(list_id(known, "l"))
    item = cbor.byte_string(number + b"\x9f" + b"\xf6" * TINY + b"\xff")
    pairs = [part for at in range(12) for part in (cbor.byte_string(b"k%d" % at), item)]
    tables = cbor.mapping([(cbor.text(table), cbor.array(pairs))])
    done: list[Any] = []

    def write() -> None:
        known.sendall(request(methods.BATCH_WRITE_ITEM, tables, cbor.NULL))
        done.append(known.recv(65_536))

    batch = threading.Thread(target=write)
    began = time.perf_counter()
    batch.start()
    client, waited = server.client(), [0.0]
    while batch.is_alive():
        asked = time.perf_counter()
        client.get_item(TableName=table, Key={"p": {"S": "none"}})
        waited.append(time.perf_counter() - asked)
    took = time.perf_counter() - began
    assert done[0][:1] == b"\x80"
    assert max(waited) < 0.7 * took


@pytest.mark.parametrize("consistent", [False, True])
def test_reading_many_items_of_tiny_values(
    server: RunningServer, known: socket.socket, table: str, consistent: bool
) -> None:
    """From the item cache, and from the tables."""
    number = cbor.integer(list_id(known, "l"))
    item = cbor.byte_string(number + b"\x9f" + b"\xf6" * TINY + b"\xff")
    name, keys = cbor.text(table), [cbor.byte_string(b"r%d" % at) for at in range(20)]
    for key in keys:
        known.sendall(request(methods.PUT_ITEM, name, key, item, cbor.NULL))
        assert known.recv(65_536)[:1] == b"\x80"
    get = cbor.array([cbor.boolean(consistent), cbor.NULL, cbor.array(keys)])
    client, waits, done = server.client(), [], threading.Event()

    def look() -> None:
        while not done.is_set():
            began = time.perf_counter()
            client.get_item(TableName=table, Key={"p": {"S": "none"}})
            waits.append(time.perf_counter() - began)

    other = threading.Thread(target=look)
    other.start()
    known.sendall(request(methods.BATCH_GET_ITEM, cbor.mapping([(name, get)]), cbor.NULL))
    began, received = time.perf_counter(), 0
    while received < len(keys) * TINY:
        received += len(known.recv(1 << 20))
    took = time.perf_counter() - began
    done.set()
    other.join()
    assert took < 0.3 or len(waits) > 50, "at once, or others are served meanwhile"


def test_who_may_nothing_learns_of_no_table(
    server: RunningServer, door: socket.socket, table: str
) -> None:
    account = Account(server)
    keys = account.user("no-caller-of-dax", allow("s3:GetObject"))
    door.sendall(HELLO + authentication(time.time(), *keys.values()))
    keys_of_it = cbor.array([cbor.byte_string(b"k")])
    for name in (cbor.text(table), cbor.text("Elsewhere")):
        get = cbor.array([cbor.FALSE, cbor.NULL, keys_of_it])
        for method, arguments in (
            (methods.DEFINE_KEY_SCHEMA, (name,)),
            (methods.SCAN, (name, cbor.NULL)),
            (methods.BATCH_GET_ITEM, (cbor.mapping([(name, get)]), cbor.NULL)),
            (methods.TRANSACT_GET_ITEMS, (cbor.array([name]), keys_of_it, cbor.NULL, cbor.NULL)),
        ):
            door.sendall(request(method, *arguments))
            assert b"AccessDeniedException" in door.recv(65_536)


def test_batches_of_those_who_may_nothing_are_not_read(
    server: RunningServer, door: socket.socket, table: str
) -> None:
    account = Account(server)
    keys = account.user("no-batcher", allow("dax:GetItem"))
    door.sendall(HELLO + authentication(time.time(), *keys.values()))
    all_keys = cbor.array([cbor.byte_string(b"%d" % at) for at in range(200_000)])
    tables = cbor.mapping([(cbor.text(table), cbor.array([cbor.FALSE, cbor.NULL, all_keys]))])
    before = cpu_seconds(server)
    door.sendall(request(methods.BATCH_GET_ITEM, tables, cbor.NULL))
    assert b"AccessDeniedException" in door.recv(65_536)
    assert cpu_seconds(server) - before < 0.35
