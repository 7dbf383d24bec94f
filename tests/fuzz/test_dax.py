"""Spoilt bytes at DAX's front door: only errors of the protocol, and no hanging."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator

import pytest

from jedlik.base.errors import ServiceError
from jedlik.dax.errors import DaxError
from jedlik.dax.session import Session
from jedlik.dax.wire import cbor, methods
from jedlik.dax.wire.cbor import MalformedCbor, Reader
from jedlik.dax.wire.methods import METHODS, Method
from tests.control_plane import ControlPlane
from tests.unit.dax.caching import OWNER, TABLE, Caching, path_action, thing, wire_key
from tests.unit.dax.requesting import HELLO, authentication, request

KEY = wire_key(thing("a"))
VALUE = cbor.byte_string(b"\x02\x61v")
CONDITION = cbor.byte_string(bytes.fromhex("8301830682820b82126170830082126173821100816162"))
UPDATE = cbor.byte_string(b"\x83\x01" + cbor.array([path_action("v")]) + b"\x81\x61x")
PROJECTION = cbor.byte_string(bytes.fromhex("82018182126176"))
OPTIONS = cbor.mapping(
    [
        (cbor.integer(0), PROJECTION),
        (cbor.integer(3), cbor.integer(2)),
        (cbor.integer(2), cbor.TRUE),
    ]
)
CHANGES = cbor.mapping([(cbor.integer(4), CONDITION), (cbor.integer(8), UPDATE)])
TABLES = cbor.mapping([(cbor.text("tab"), cbor.array([KEY, VALUE, KEY, cbor.NULL]))])
READ = cbor.mapping(
    [(cbor.text("tab"), cbor.array([cbor.FALSE, PROJECTION, cbor.array([KEY, KEY])]))]
)


def one(value: bytes) -> bytes:
    return cbor.array([value])


REQUESTS: list[tuple[Method, bytes]] = [
    (methods.GET_ITEM, TABLE + KEY + OPTIONS),
    (methods.PUT_ITEM, TABLE + KEY + VALUE + CHANGES),
    (methods.UPDATE_ITEM, TABLE + KEY + CHANGES),
    (methods.DELETE_ITEM, TABLE + KEY + cbor.NULL),
    (methods.QUERY, TABLE + CONDITION + OPTIONS),
    (methods.SCAN, TABLE + OPTIONS),
    (methods.BATCH_GET_ITEM, READ + cbor.NULL),
    (methods.BATCH_WRITE_ITEM, TABLES + cbor.NULL),
    (methods.TRANSACT_GET_ITEMS, one(TABLE) + one(KEY) + one(PROJECTION) + cbor.NULL),
    (
        methods.TRANSACT_WRITE_ITEMS,
        one(cbor.integer(2)) + one(TABLE) + one(KEY) + one(VALUE) + cbor.NULL
        + one(cbor.integer(2)) + one(CONDITION) + cbor.NULL + cbor.NULL,
    ),
    (methods.DEFINE_KEY_SCHEMA, TABLE),
    (methods.DEFINE_ATTRIBUTE_LIST, cbor.integer(2)),
    (methods.DEFINE_ATTRIBUTE_LIST_ID, cbor.array([cbor.text("a"), cbor.text("b")])),
]  # fmt: skip
WEIRD = [
    b"\x9f", b"\xff", b"\xbf", b"\x5f", b"\xf6", b"\x80", b"\xa0", b"\xc2\x41\xff", b"",
    b"\xfb" + b"\0" * 8, b"\x5b" + b"\xff" * 8, b"\x9b" + b"\x7f" * 8, b"\x81" * 600,
    b"\x1b" + b"\xff" * 8, b"\x62\xc3\x28", b"\xd9\x0c\xf9\x81\x01",
    b"\xc4\x82\x1b" + b"\xff" * 8 + b"\x01",
]  # fmt: skip


def spoilt(data: bytes, draw: random.Random) -> bytes:
    """The data with something wrong somewhere."""
    changed = bytearray(data)
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(changed) + 1)
        match draw.randrange(5):
            case 0 if at < len(changed):
                changed[at] = draw.randrange(256)
            case 1:
                changed[at:at] = draw.choice(WEIRD)
            case 2:
                del changed[at : at + draw.randint(1, 6)]
            case 3:
                changed[at : at + draw.randint(1, 6)] = draw.choice(WEIRD)
            case _:
                changed[at:at] = changed[: draw.randint(0, 30)]
    return bytes(changed)


@pytest.mark.parametrize("seed", range(40))
def test_spoilt_connections(seed: int) -> None:
    draw = random.Random(seed)
    whole = HELLO + authentication(1.7e9) + b"".join(request(*each) for each in REQUESTS)
    for _ in range(60):
        session = Session()
        session.known = draw.random() < 0.5
        data = spoilt(whole, draw)
        at = 0
        with contextlib.suppress(DaxError):
            while at < len(data):
                size = draw.choice((1, 5, 100, 1000))
                session.feed(data[at : at + size])
                at += size
                while (found := session.next_request()) is not None:
                    assert found.method in METHODS.values()


@pytest.mark.parametrize("seed", range(13))
def test_spoilt_requests(plane: ControlPlane, seed: int) -> None:
    caching = Caching(plane)
    plane.run(caching.put(thing("a", v="v")))
    draw = random.Random(seed)
    method, arguments = REQUESTS[seed]
    outcomes = {"answered": 0, "refused": 0}

    async def ask(data: bytes) -> None:
        raw = method.head + data
        if method.name is None:
            await caching.cluster.define(method, Reader(raw, len(method.head)), OWNER)
        else:
            call = await caching.cluster.read(method, Reader(raw, len(method.head)), OWNER)
            await caching.cluster.operate(method, call, raw)

    for number in range(150):
        data = arguments if number == 0 else spoilt(arguments, draw)
        try:
            plane.run(ask(data))
            outcomes["answered"] += 1
        except (DaxError, ServiceError, MalformedCbor):
            outcomes["refused"] += 1
    plane.run(caching.cluster.stop())
    assert outcomes["refused"] > 20
    assert not caching.cluster.memory._busy


@pytest.fixture
def plane() -> Iterator[ControlPlane]:
    made = ControlPlane()
    yield made
    made.close()
