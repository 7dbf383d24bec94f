"""Content codings of requests: which are undone and which are refused, and their cost."""

from __future__ import annotations

import gzip
import time
import zlib
from itertools import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import (
    MalformedHttpRequestException,
    RequestEntityTooLargeException,
    ServiceError,
)
from jedlik.gateway.content import undo_coding, undone
from jedlik.gateway.exchange import Request

LIMIT = 10_000


def raw_deflate(body: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(body) + compressor.flush()


@pytest.mark.parametrize(
    ("coding", "sent"),
    [
        (b"gzip", gzip.compress(b"content", mtime=0)),
        (b" GZIP ", gzip.compress(b"content", mtime=0)),
        (b"x-gzip", gzip.compress(b"content", mtime=0)),
        (b"gzip", gzip.compress(b"con", mtime=0) + gzip.compress(b"tent", mtime=0)),
        (b"gzip", gzip.compress(b"content", mtime=0) + b"rest"),
        (b"deflate", zlib.compress(b"content")),
        (b"deflate", raw_deflate(b"content")),
        (b"identity", b"content"),
        (b"", b"content"),
    ],
)
def test_what_is_undone(coding: bytes, sent: bytes) -> None:
    assert undone(sent, coding, LIMIT) == b"content"


@pytest.mark.parametrize(
    ("coding", "sent"),
    [
        (b"gzip", b"content"),
        (b"gzip", b""),
        (b"gzip", gzip.compress(b"content", mtime=0)[:-1]),
        (b"gzip", gzip.compress(b"con", mtime=0) + gzip.compress(b"tent", mtime=0)[:-1]),
        (b"gzip", gzip.compress(b"content", mtime=0)[:-8] + b"\0" * 8),
        (b"deflate", zlib.compress(b"con") + zlib.compress(b"tent")),
        (b"deflate", zlib.compress(b"content") + gzip.compress(b"", mtime=0)),
        (b"deflate", zlib.compress(b"content")[:-2]),
        (b"deflate", b"\xff\xff\xff"),
        (b"br", b"content"),
        (b"aws-chunked", b"7;chunk-signature=0\r\ncontent\r\n0;chunk-signature=0\r\n\r\n"),
        (b"gzip, gzip", gzip.compress(gzip.compress(b"content", mtime=0), mtime=0)),
        (b"identity, gzip", gzip.compress(b"content", mtime=0)),
    ],
)
def test_what_is_not_what_it_says(coding: bytes, sent: bytes) -> None:
    with pytest.raises(MalformedHttpRequestException):
        undone(sent, coding, LIMIT)


def test_no_text_of_the_client_is_repeated() -> None:
    with pytest.raises(MalformedHttpRequestException) as refused:
        undone(b"content", b"mark" * 1000, LIMIT)
    assert "mark" not in refused.value.message


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress, raw_deflate])
def test_the_limit_is_on_the_content(compress: object) -> None:
    assert callable(compress)
    assert len(undone(compress(b"x" * LIMIT), b"gzip", LIMIT)) == LIMIT
    with pytest.raises(RequestEntityTooLargeException):
        undone(compress(b"x" * (LIMIT + 1)), b"gzip", LIMIT)
    with pytest.raises(RequestEntityTooLargeException):
        undone(compress(b"x" * 50_000_000), b"gzip", LIMIT)


def test_the_limit_is_on_all_members_together() -> None:
    body = gzip.compress(b"x" * 6000, mtime=0) * 2
    with pytest.raises(RequestEntityTooLargeException):
        undone(body, b"gzip", LIMIT)


def test_empty_members_cost_no_more_than_their_bytes() -> None:
    body = b"".join(repeat(gzip.compress(b"", mtime=0), 800_000))
    began = time.process_time()
    with pytest.raises(MalformedHttpRequestException):
        undone(body, b"gzip", LIMIT)
    assert time.process_time() - began < 1.0


@given(st.binary(max_size=200))
def test_garbage_is_refused_and_nothing_else(garbage: bytes) -> None:
    try:
        content = undone(garbage, b"gzip", LIMIT)
    except ServiceError:
        return
    assert len(content) <= LIMIT


def test_the_signature_keeps_the_body_as_sent() -> None:
    sent = gzip.compress(b"{}")
    request = Request(b"POST", b"/", {b"content-encoding": b"gzip"}, sent, sent, b"id")
    undo_coding(request)
    assert (request.body, request.content) == (sent, b"{}")


def test_without_a_coding_nothing_changes() -> None:
    request = Request(b"POST", b"/", {}, b"{}", b"{}", b"id")
    undo_coding(request)
    assert request.content is request.body
