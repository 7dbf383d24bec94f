"""Content codings of answers: which is chosen, and that clients can undo it."""

from __future__ import annotations

import asyncio
import gzip
import threading
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.gateway.content import undone
from jedlik.http import codings
from jedlik.http import connection as connections
from jedlik.http.codings import CompressionThread, compression_thread, encode, preferred_coding
from tests.unit.http.calls import call
from tests.unit.http.conftest import Front

LIMIT = 10_000


@given(st.binary(max_size=3000), st.sampled_from([b"gzip", b"deflate"]))
def test_what_is_applied_can_be_undone(body: bytes, coding: bytes) -> None:
    assert undone(encode(body, coding), coding, LIMIT) == body


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (b"", None),
        (b"identity", None),
        (b"gzip", b"gzip"),
        (b"GZip", b"gzip"),
        (b"gzip, deflate, br", b"gzip"),
        (b"deflate", b"deflate"),
        (b"*", b"gzip"),
        (b"gzip;q=0", None),
        (b"gzip;q=0, *", b"deflate"),
        (b"gzip;q=0.2, deflate;q=0.8", b"deflate"),
        (b"br", None),
        # The service's answers, as observed by others.
        (b"br, zstd, x-gzip", None),
        (b"br, identity, deflate, gzip", b"deflate"),
        (b"dog, gzip ,, cat", b"gzip"),
        (b"br, gzip;q=0, deflate; q = 0.5 , identity;q=0", b"deflate"),
        (b"*, deflate", b"deflate"),
        (b"*, deflate;q=0.5", b"gzip"),
        (b"*, gzip;q=0.5", b"deflate"),
        (b"*, identity", b"gzip"),
        (b"*;q=0", None),
        (b"*;q=0.5,identity", b"gzip"),
        (b"gzip;q=0.5,identity;q=0.8", b"gzip"),
        (b"br;q=0.8,identity;q=0.5,*;q=0", None),
        (b'"gzip"', None),
        (b"gzip br", None),
        (b"gzip:q=1", None),
        (b"deflate;q=0.5, gzip;q=31", b"gzip"),
        (b"gzip;q=31,deflate;q=51", b"gzip"),
        (b"deflate;q=0.5, gzip;q=1;q=0.2", b"gzip"),
        (b"deflate;q=0.5,gzip;q=0.", b"deflate"),
        (b"deflate;q=0.5,gzip;q=0.x", b"gzip"),
        (b"deflate;q=0.5,gzip;q=0. x", b"gzip"),
        (b"deflate;q=-0.5,gzip;q=0.2", b"gzip"),
        (b"gzip ;q=0", None),
        (b"gzip;q= 0;q=1", None),
        (b"gzip;q =0;q=1", b"gzip"),
        (b"gzip;nq=0;q=1", None),
        (b"gzip;q=0, gzip;q=1, gzip;q=0", b"gzip"),
        (b"br,identity;q=0.5,gzip;q=0.0001", b"gzip"),
        (b"gzip;q=0." + b"1" * 60_000, None),
    ],
)
def test_what_is_chosen(accepted: bytes, coding: bytes | None) -> None:
    assert preferred_coding(accepted) == coding


# --- Through connections --------------------------------------------------------------------------

LONG = b"long" * 20_000
GZIP = b"Accept-Encoding: gzip"


async def written(front: Front, count: int) -> list[Any]:
    """This many answers, once they are there."""
    async with asyncio.timeout(60):
        while len(found := front.answers()) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    return list(found)


def test_long_answers_are_compressed_aside_and_written_in_order(front: Front) -> None:
    async def scenario() -> None:
        front.send(call(LONG, GZIP) + call(b"next") + call(LONG))
        assert front.answers() == [], "nothing is compressed while others wait"
        first, second, third = await written(front, 3)
        assert gzip.decompress(first.body) == LONG
        assert first.headers["x-amz-crc32"] == str(crc32(first.body))
        assert (second.body, third.body) == (b"next", LONG)
        assert "content-encoding" not in third.headers

    asyncio.run(scenario())


def test_short_answers_are_compressed_at_once(front: Front) -> None:
    front.send(call(b"x" * 5000, GZIP))
    (answer,) = front.answers()
    assert gzip.decompress(answer.body) == b"x" * 5000


def test_a_client_that_goes_while_its_answer_is_compressed(front: Front) -> None:
    async def scenario() -> None:
        front.send(call(LONG, GZIP))
        front.connection.connection_lost(None)
        await nothing_waits()
        assert front.answers() == []

    asyncio.run(scenario())


async def nothing_waits() -> None:
    async with asyncio.timeout(60):
        while compression_thread().waiting:  # noqa: ASYNC110
            await asyncio.sleep(0.001)


def test_nothing_is_compressed_for_clients_that_have_gone(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They may go while others' answers are, and come again: their answers would add up."""
    made = []
    begun, go_on = threading.Event(), threading.Event()

    def slowly(body: bytes, coding: bytes) -> bytes:
        begun.set()
        go_on.wait(60)
        made.append(body)
        return encode(body, coding)

    async def scenario() -> None:
        monkeypatch.setattr(codings, "encode", slowly)
        first = compression_thread().begin(b"another's", b"gzip", lambda: True)
        assert first is not None
        begun.wait(60)
        front.send(call(LONG, GZIP))
        assert compression_thread().waiting == len(b"another's") + len(LONG)
        front.connection.connection_lost(None)
        go_on.set()
        await first
        await nothing_waits()
        assert made == [b"another's"]

    asyncio.run(scenario())


def test_where_too_many_wait_to_be_compressed_answers_are_sent_as_they_are(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = CompressionThread(len(LONG))

    async def scenario() -> None:
        monkeypatch.setattr(connections, "compression_thread", lambda: few)
        other = few.begin(b"x", b"gzip", lambda: True)
        assert other is not None
        few._ended -= len(LONG)  # as if that were long and took long
        front.send(call(LONG, GZIP))
        (answer,) = front.answers()
        assert answer.body == LONG
        assert "content-encoding" not in answer.headers
        await other
        few._ended += len(LONG)
        front.send(call(LONG, GZIP))
        _, compressed = await written(front, 2)
        assert gzip.decompress(compressed.body) == LONG

    asyncio.run(scenario())


def test_what_cannot_be_compressed_is_sent_as_it_is(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_body: bytes, _coding: bytes) -> bytes:
        raise MemoryError

    async def scenario() -> None:
        monkeypatch.setattr(codings, "encode", fail)
        front.send(call(LONG, GZIP, b"Connection: close"))
        (answer,) = await written(front, 1)
        assert answer.body == LONG
        assert front.transport.closed

    asyncio.run(scenario())
