"""Bytes to requests: in any split, with anything in front and behind."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import (
    MalformedHttpRequestException,
    RequestEntityTooLargeException,
    ServiceError,
)
from jedlik.base.ids import RandomIds
from jedlik.gateway.exchange import Request
from jedlik.http.reader import BODY, HEAD, IDLE, RequestReader
from jedlik.http.settings import HttpSettings
from tests.properties import examples

PLAIN = (
    b"POST / HTTP/1.1\r\nHost: localhost:8000\r\nX-Amz-Target: DynamoDB_20120810.GetItem\r\n"
    b"Content-Type: application/x-amz-json-1.0\r\nContent-Length: 13\r\n\r\n" + b'{"Key": "abc"'
)
CHUNKED = (
    b"POST /?a=b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    b'4\r\n{"a"\r\n1;note=x\r\n:\r\n3\r\n1}\n\r\n0\r\nX-Amz-Target: smuggled\r\n\r\n'
)
BODILESS = b"GET / HTTP/1.1\r\nhost: h\r\nX-Empty:\r\nx-two: a\r\nX-TWO: b\r\n\r\n"
UPGRADE = (
    b"POST / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    b"HTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: 5\r\n\r\nhello"
)
MESSAGES = [PLAIN, CHUNKED, BODILESS, UPGRADE]


class Reading:
    """A reader and what came of it."""

    def __init__(self, chosen: HttpSettings | None = None) -> None:
        self.requests: list[Request] = []
        self.expected = 0
        settings = chosen or HttpSettings()
        self.reader = RequestReader(self.requests.append, self._expect, settings, RandomIds())
        self.reader.client = "client"

    def _expect(self) -> None:
        self.expected += 1

    def feed(self, *pieces: bytes) -> Reading:
        for piece in pieces:
            self.reader.feed(piece)
        return self

    def seen(self) -> list[tuple[bytes, bytes, dict[bytes, bytes], bytes]]:
        return [(one.method, one.target, one.headers, one.body) for one in self.requests]


def test_a_request_is_taken_apart() -> None:
    reading = Reading().feed(PLAIN)
    request = reading.requests[0]
    assert (request.method, request.target) == (b"POST", b"/")
    assert request.headers == {
        b"host": b"localhost:8000",
        b"x-amz-target": b"DynamoDB_20120810.GetItem",
        b"content-type": b"application/x-amz-json-1.0",
        b"content-length": b"13",
    }
    assert request.body == request.content == b'{"Key": "abc"'
    assert type(request.body) is bytes
    assert request.client == "client"
    assert len(request.request_id) == 52
    assert reading.reader.phase == IDLE
    assert not reading.reader.last


def test_chunks_are_joined_and_trailers_dropped() -> None:
    request = Reading().feed(CHUNKED).requests[0]
    assert request.target == b"/?a=b"
    assert request.body == b'{"a":1}\n'
    assert type(request.body) is bytes
    assert b"x-amz-target" not in request.headers


TO_THE_END = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"


@pytest.mark.parametrize(
    "endless",
    [
        lambda at: b"x%d: %s\r\n" % (at, b"a" * 500),
        lambda _at: b"x: %s\r\n" % (b"a" * 500),
        lambda at: (b"" if at else b"x: ") + b"a" * 500,
    ],
    ids=["names", "one name", "one value"],
)
def test_trailers_without_end_are_not_kept(endless: Callable[[int], bytes]) -> None:
    reading = Reading().feed(TO_THE_END + b"0\r\n")
    pieces = HttpSettings().max_headers_size // 500 + 2
    with pytest.raises(MalformedHttpRequestException):
        reading.feed(*map(endless, range(pieces)))
    assert not reading.reader._headers
    assert reading.requests == []


def test_an_extension_of_a_chunk_without_end_is_refused() -> None:
    reading = Reading().feed(TO_THE_END + b"2;a=")
    with pytest.raises(MalformedHttpRequestException, match="too large"):
        reading.feed(*[b"a" * 500] * 1000)


def test_some_trailers_and_many_tiny_chunks_are_taken() -> None:
    chunks = b"1;note=%s\r\n \r\n" % (b"x" * 100) * 2000
    trailers = b"".join(b"x%d: y\r\n" % at for at in range(1000))
    whole = TO_THE_END + chunks + b"0\r\n" + trailers + b"\r\n"
    pieces = [whole[at : at + 400] for at in range(0, len(whole), 400)]
    assert Reading().feed(*pieces, PLAIN).requests[0].body == b"{}" + b" " * 2000


def test_a_header_that_is_repeated_without_end_is_refused_before_the_rest_is_read() -> None:
    repeated = b"POST / HTTP/1.1\r\nHost: h\r\n" + b"x: a\r\n" * 1000
    with pytest.raises(MalformedHttpRequestException, match="too many headers"):
        Reading().feed(repeated)


def test_trailers_do_not_become_headers_of_the_next_request() -> None:
    first, second = Reading().feed(CHUNKED + BODILESS).requests
    assert first.target == b"/?a=b"
    assert b"x-amz-target" not in second.headers


def test_repeated_headers_are_joined_and_empty_ones_kept() -> None:
    headers = Reading().feed(BODILESS).requests[0].headers
    assert headers[b"x-two"] == b"a,b"
    assert headers[b"x-empty"] == b""


def test_an_offered_upgrade_is_ignored_and_its_body_read() -> None:
    first, second = Reading().feed(UPGRADE + PLAIN).requests
    assert first.body == b"hello"
    assert first.method == b"POST"
    assert second.body == b'{"Key": "abc"'


@pytest.mark.parametrize("message", MESSAGES)
def test_byte_by_byte(message: bytes) -> None:
    whole = Reading().feed(message + message)
    pieces = Reading().feed(*(bytes([byte]) for byte in message + message))
    assert len(pieces.requests) == 2
    assert pieces.seen() == whole.seen()


@pytest.mark.parametrize("message", MESSAGES)
def test_every_split(message: bytes) -> None:
    whole = Reading().feed(message).seen()
    for at in range(1, len(message)):
        reading = Reading().feed(message[:at])
        assert reading.requests == []
        assert reading.reader.phase in (HEAD, BODY)
        assert reading.feed(message[at:]).seen() == whole
        assert reading.reader.phase == IDLE


@pytest.mark.parametrize("message", MESSAGES)
def test_trailing_bytes_are_the_start_of_the_next_request(message: bytes) -> None:
    for at in range(1, len(PLAIN)):
        reading = Reading().feed(message + PLAIN[:at])
        assert len(reading.requests) == 1
        assert reading.reader.phase != IDLE
        assert reading.feed(PLAIN[at:]).requests[1].body == b'{"Key": "abc"'


@examples(60)
@given(
    order=st.lists(st.sampled_from(MESSAGES), min_size=1, max_size=8),
    cuts=st.lists(st.integers(0, 2000), max_size=12),
)
def test_any_stream_in_any_pieces(order: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(order)
    expected = [one for message in order for one in Reading().feed(message).seen()]
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    pieces = [stream[a:b] for a, b in pairwise(edges) if a < b]
    assert Reading().feed(*pieces).seen() == expected


@pytest.mark.parametrize(
    "message",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"BREW / HTTP/1.1\r\nHost: h\r\n\r\n",
        b"POST / HTTP/9.9\r\nHost: h\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost h\r\n\r\n",
        b"POST / HTTP/1.1\r\n: h\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nA\x00b: c\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\na: b\x00c\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost : h\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /\r\n\r\n",
        b"POST / HTTP/2.0\r\nHost: h\r\nContent-Length: 0\r\n\r\n",
        b"POST / HTTP/0.9\r\nHost: h\r\nContent-Length: 0\r\n\r\n",
        (
            b"POST / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
    ],
)
def test_what_is_not_http_is_refused_in_any_pieces(message: bytes) -> None:
    with pytest.raises(MalformedHttpRequestException):
        Reading().feed(message)
    with pytest.raises(MalformedHttpRequestException):
        Reading().feed(*(bytes([byte]) for byte in message))


def test_http_1_0_needs_no_host_and_is_the_last() -> None:
    reading = Reading().feed(b"POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi")
    assert reading.requests[0].body == b"hi"
    assert reading.reader.last


@pytest.mark.parametrize(
    ("head", "last"),
    [
        (b"POST / HTTP/1.0\r\nConnection: keep-alive\r\n", False),
        (b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n", True),
        (b"POST / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\n", False),
        (b"POST / HTTP/1.1\r\nHost: h\r\n", False),
    ],
)
def test_who_wants_the_connection_closed(head: bytes, last: bool) -> None:
    assert Reading().feed(head + b"Content-Length: 0\r\n\r\n").reader.last is last


def test_bytes_behind_a_last_request_are_ignored() -> None:
    reading = Reading().feed(
        b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 0\r\n\r\n\x00garbage"
    )
    assert len(reading.requests) == 1


def test_connect_is_the_last_request() -> None:
    reading = Reading().feed(b"CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n\x16\x03\x01")
    assert reading.requests[0].method == b"CONNECT"
    assert reading.reader.last


def refused(chosen: HttpSettings, *pieces: bytes) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        Reading(chosen).feed(*pieces)
    return caught.value


def accepted(chosen: HttpSettings, *pieces: bytes) -> Request:
    reading = Reading(chosen).feed(*pieces)
    (request,) = reading.requests
    return request


@pytest.mark.parametrize("pieces", [1, 7, 4096])
def test_headers_up_to_a_limit(pieces: int) -> None:
    chosen = HttpSettings(max_headers_size=1000)

    def message(size: int) -> list[bytes]:
        # "host: h" and "x: ..." with their line ends are 9 and 5 bytes
        whole = b"GET / HTTP/1.1\r\nhost: h\r\nx: " + b"a" * (size - 14) + b"\r\n\r\n"
        return [whole[at : at + pieces] for at in range(0, len(whole), pieces)]

    if pieces == 4096:
        assert accepted(chosen, *message(1000)).headers[b"x"] == b"a" * 986
        error = refused(chosen, *message(1001))
    else:  # a head that comes in pieces is measured by whole pieces, request line included
        accepted(chosen, *message(1000 - 30))
        error = refused(chosen, *message(1001))
    assert isinstance(error, MalformedHttpRequestException)


def test_headers_without_end_are_refused() -> None:
    chosen = HttpSettings(max_headers_size=1000)
    error = refused(chosen, b"GET / HTTP/1.1\r\nx: ", *[b"a"] * 1001)
    assert isinstance(error, MalformedHttpRequestException)


def test_a_large_read_of_many_requests_is_not_a_large_head() -> None:
    chosen = HttpSettings(max_headers_size=300)
    assert len(Reading(chosen).feed(PLAIN * 20 + PLAIN[:40]).requests) == 20


def test_number_of_headers() -> None:
    chosen = HttpSettings(max_headers=10)

    def message(names: list[bytes]) -> bytes:
        lines = b"".join(name + b": v\r\n" for name in names)
        return b"GET / HTTP/1.1\r\nHost: h\r\n" + lines + b"\r\n"

    accepted(chosen, message([b"x%d" % i for i in range(9)]))
    accepted(chosen, message([b"x"] * 9))
    refused(chosen, message([b"x%d" % i for i in range(10)]))
    refused(chosen, message([b"x"] * 10))


def test_length_of_the_target() -> None:
    chosen = HttpSettings(max_target_size=50)
    accepted(chosen, b"GET /" + b"a" * 49 + b" HTTP/1.1\r\nHost: h\r\n\r\n")
    error = refused(chosen, b"GET /" + b"a" * 50)
    assert isinstance(error, MalformedHttpRequestException)


def test_announced_body_up_to_a_limit() -> None:
    chosen = HttpSettings(max_body_size=100)
    head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n"
    assert len(accepted(chosen, head % 100 + b"x" * 100).body) == 100
    # refused before a byte of the body came
    assert isinstance(refused(chosen, head % 101), RequestEntityTooLargeException)
    assert isinstance(refused(chosen, head % 10**18), RequestEntityTooLargeException)


@pytest.mark.parametrize("coding", [b"Chunked", b"  chunked ", b"chunked  "])
def test_how_chunked_may_be_written(coding: bytes) -> None:
    plain = b"Transfer-Encoding: chunked"
    request = Reading().feed(CHUNKED.replace(plain, b"Transfer-Encoding:" + coding)).requests[0]
    assert request.body == b'{"a":1}\n'


def test_chunked_body_up_to_a_limit() -> None:
    chosen = HttpSettings(max_body_size=100)
    head = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"a\r\n" + b"x" * 10 + b"\r\n"
    assert len(accepted(chosen, head + chunk * 10 + b"0\r\n\r\n").body) == 100
    error = refused(chosen, head + chunk * 10 + b"1\r\nx")
    assert isinstance(error, RequestEntityTooLargeException)


def test_leave_to_send_a_body() -> None:
    head = b"POST / HTTP/1.%d\r\nHost: h\r\nExpect: %b\r\nContent-Length: 2\r\n\r\n"
    assert Reading().feed(head % (1, b"100-Continue")).expected == 1
    assert Reading().feed(head % (0, b"100-continue")).expected == 0
    assert Reading().feed(head % (1, b"a-miracle")).expected == 0


def test_no_leave_for_a_body_that_is_too_large() -> None:
    reading = Reading(HttpSettings(max_body_size=10))
    with pytest.raises(RequestEntityTooLargeException):
        reading.feed(
            b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n"
        )
    assert reading.expected == 0


def test_a_length_may_begin_with_any_number_of_zeros() -> None:
    for zeros in (b"0" * 30, b"0" * 5000):
        assert Reading().feed(PLAIN.replace(b" 13", b" " + zeros + b"13")).seen()[0][3]
        assert Reading().feed(UPGRADE.replace(b" 5", b" " + zeros + b"5")).seen()[0][3] == b"hello"
        none = PLAIN.partition(b"\r\n\r\n")[0].replace(b" 13", b" " + zeros) + b"\r\n\r\n"
        assert Reading().feed(none).seen()[0][3] == b""
        with pytest.raises(RequestEntityTooLargeException):
            Reading().feed(PLAIN.replace(b" 13", b" " + zeros + b"9" * 18))
