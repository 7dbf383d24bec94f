"""Requests in the bytes of a connection, wherever these are cut; and bytes that are not
requests."""

from __future__ import annotations

import pytest

from jedlik.base.limits import MAX_REQUEST_SIZE
from jedlik.dax.errors import DaxError, UnknownMethod
from jedlik.dax.session import MAX_UNKNOWN_SIZE, Session
from jedlik.dax.wire import cbor, methods
from tests.unit.dax.requesting import HELLO, request


def session(*, known: bool = True) -> Session:
    made = Session()
    made.feed(HELLO)
    assert made.next_request() is None
    made.known = known
    return made


GET = request(methods.GET_ITEM, cbor.byte_string(b"tab"), cbor.byte_string(b"key"), cbor.NULL)
ENDPOINTS = request(methods.ENDPOINTS)


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 1000])
def test_requests_are_found_wherever_they_are_cut(piece: int) -> None:
    made = Session()
    data = HELLO + GET + ENDPOINTS + GET
    found = []
    for at in range(0, len(data), piece):
        made.feed(data[at : at + piece])
        while (one := made.next_request()) is not None:
            found.append((one.method, one.raw))
    assert found == [
        (methods.GET_ITEM, GET),
        (methods.ENDPOINTS, ENDPOINTS),
        (methods.GET_ITEM, GET),
    ]
    assert made.is_ready
    assert made.agent == "test"


@pytest.mark.parametrize(("layering", "framed"), [(b"\x00", False), (b"\x01", True)])
def test_a_client_may_ask_for_frames(layering: bytes, framed: bool) -> None:
    made = Session()
    made.feed(HELLO[:8] + layering + HELLO[9:])
    made.next_request()
    assert made.is_ready
    assert made.framed is framed


def test_arguments_are_read_in_order() -> None:
    made = session()
    made.feed(GET)
    one = made.next_request()
    assert one is not None
    reader = one.reader
    assert (reader.bytes(), reader.bytes(), reader.is_null()) == (b"tab", b"key", True)
    assert reader.at_end


@pytest.mark.parametrize(
    "hello",
    [
        b"GET / HTTP/1.1\r\n\r\n" * 5, b"\x16\x03\x01" * 30, cbor.text("J7yne5H") + HELLO[8:],
        HELLO[:8] + b"\x02" + HELLO[9:], HELLO[:-1] + b"\x05",
        HELLO[:9] + b"\x58\x41" + b"x" * 65 + HELLO[10:],
        HELLO[:9] + b"\xf6\x80\x00", b"\xff", b"\x00" * 9, b"\x1c",
    ],
)  # fmt: skip
def test_what_is_no_hello(hello: bytes) -> None:
    made = Session()
    made.feed(hello)
    with pytest.raises(DaxError):
        made.next_request()


@pytest.mark.parametrize(
    "head", [b"\x01\x00", b"\x02\x1a\x0f\xb0\xcc\x6a", b"\x01\x3b" + b"\xff" * 8]
)
def test_unknown_methods(head: bytes) -> None:
    made = session()
    made.feed(head)
    with pytest.raises(UnknownMethod):
        made.next_request()


def test_a_method_is_an_integer() -> None:
    made = session()
    made.feed(b"\x01\x61a")
    with pytest.raises(DaxError):
        made.next_request()


def test_who_is_not_known_may_send_little() -> None:
    made = session(known=False)
    made.feed(GET[:6] + b"\x5a" + (MAX_UNKNOWN_SIZE + 1).to_bytes(4, "big"))
    with pytest.raises(DaxError, match="longer"):
        made.next_request()
    made = session(known=False)
    made.feed(GET[:6] + b"\x9f" + b"\x41a" * MAX_UNKNOWN_SIZE)
    with pytest.raises(DaxError):
        made.next_request()


def test_a_request_has_a_largest_size() -> None:
    made = session()
    made.feed(GET[:6] + b"\x5b" + (1 << 40).to_bytes(8, "big"))
    with pytest.raises(DaxError, match="longer"):
        made.next_request()
    half = cbor.byte_string(bytes(MAX_REQUEST_SIZE // 2 + 1))
    made = session()
    made.feed(GET[:6] + half + half)
    with pytest.raises(DaxError, match="larger"):
        made.next_request()
