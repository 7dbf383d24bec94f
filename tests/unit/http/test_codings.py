"""Content-encodings: what is undone, what is refused, what is chosen."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import (
    MalformedHttpRequestException,
    RequestEntityTooLargeException,
    ServiceError,
)
from jedlik.http.codings import decode, encode, preferred

LIMIT = 10_000


def raw_deflate(body: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(body) + compressor.flush()


@pytest.mark.parametrize(
    ("encodings", "sent"),
    [
        (b"gzip", gzip.compress(b"content", mtime=0)),
        (b"GZIP", gzip.compress(b"content", mtime=0)),
        (b"x-gzip", gzip.compress(b"content", mtime=0)),
        (b"gzip", gzip.compress(b"con", mtime=0) + gzip.compress(b"tent", mtime=0)),
        (b"deflate", zlib.compress(b"content")),
        (b"deflate", raw_deflate(b"content")),
        (b"deflate, gzip", gzip.compress(zlib.compress(b"content"), mtime=0)),
        (b"identity", b"content"),
        (b"", b"content"),
        (b"identity, gzip", gzip.compress(b"content", mtime=0)),
    ],
)
def test_what_is_undone(encodings: bytes, sent: bytes) -> None:
    assert decode(sent, encodings, LIMIT) == b"content"


@pytest.mark.parametrize(
    ("encodings", "sent"),
    [
        (b"gzip", b"content"),
        (b"gzip", b""),
        (b"gzip", gzip.compress(b"content", mtime=0)[:-1]),
        (b"gzip", gzip.compress(b"content", mtime=0) + b"rest"),
        (b"gzip", gzip.compress(b"content", mtime=0)[:-8] + b"\0" * 8),
        (b"deflate", zlib.compress(b"content")[:-2]),
        (b"deflate", b"\xff\xff\xff"),
        (b"br", b"content"),
        (b"aws-chunked", b"7;chunk-signature=0\r\ncontent\r\n0;chunk-signature=0\r\n\r\n"),
        (b"gzip, gzip, gzip, gzip", b"content"),
    ],
)
def test_what_is_not_what_it_says(encodings: bytes, sent: bytes) -> None:
    with pytest.raises(MalformedHttpRequestException):
        decode(sent, encodings, LIMIT)


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress, raw_deflate])
def test_the_limit_is_on_the_content(compress: object) -> None:
    assert callable(compress)
    assert len(decode(compress(b"x" * LIMIT), b"gzip", LIMIT)) == LIMIT
    with pytest.raises(RequestEntityTooLargeException):
        decode(compress(b"x" * (LIMIT + 1)), b"gzip", LIMIT)
    with pytest.raises(RequestEntityTooLargeException):
        decode(compress(b"x" * 50_000_000), b"gzip", LIMIT)


def test_a_bomb_of_many_members_is_bounded_too() -> None:
    with pytest.raises(RequestEntityTooLargeException):
        decode(gzip.compress(b"x" * 1000) * 11, b"gzip", LIMIT)


@given(st.binary(max_size=200))
def test_garbage_is_refused_and_nothing_else(garbage: bytes) -> None:
    try:
        content = decode(garbage, b"gzip", LIMIT)
    except ServiceError:
        return
    assert len(content) <= LIMIT


@given(st.binary(max_size=3000), st.sampled_from([b"gzip", b"deflate"]))
def test_what_is_applied_can_be_undone(body: bytes, coding: bytes) -> None:
    assert decode(encode(body, coding), coding, LIMIT) == body


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
        (b"identity;q=1, gzip;q=0.5", None),
        (b"gzip;q=nonsense", None),
        (b"br", None),
    ],
)
def test_what_is_chosen(accepted: bytes, coding: bytes | None) -> None:
    assert preferred(accepted) == coding
