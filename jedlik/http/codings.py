"""Content-encodings: gzip and deflate, undone on requests and applied to answers.

Of S3's `aws-chunked` no other service is documented to know anything ("Signature calculations for
the Authorization header", S3's API reference), so it is refused like any unknown coding.

What a client sends decides how much memory undoing takes, so the output is bounded, not the input:
decompression stops one byte past the limit.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import Final

from jedlik.base.errors import MalformedHttpRequestException, RequestEntityTooLargeException

# zlib's window bits: 15, and 16 more for gzip's framing, 32 more to take either framing.
_GZIP: Final = 31
_DEFLATE: Final = 15
_EITHER: Final = 47
_RAW: Final = -15

_LEVEL: Final = 1
"""Compression runs on the event loop: level 1 gives most of the gain at a third of the time."""

_MAX_ENCODINGS: Final = 3


def decode(body: bytes, encodings: bytes, limit: int) -> bytes:
    """The body before its `Content-Encoding` was applied.

    Raises `RequestEntityTooLargeException` where it is larger than `limit` bytes and
    `MalformedHttpRequestException` where it is not what the header says.
    """
    names = [name.strip().lower() for name in encodings.split(b",")]
    if len(names) > _MAX_ENCODINGS:
        raise MalformedHttpRequestException("Too many content encodings.")
    for name in reversed(names):
        if name in (b"gzip", b"x-gzip", b"deflate"):
            body = _decompress(body, limit)
        elif name not in (b"", b"identity"):
            raise MalformedHttpRequestException(
                f"Unsupported content encoding: {name.decode('latin-1')}."
            )
    return body


def _decompress(body: bytes, limit: int) -> bytes:
    window = _EITHER
    out = bytearray()
    while True:
        decompressor = zlib.decompressobj(window)
        try:
            out += decompressor.decompress(body, limit + 1 - len(out))
        except zlib.error:
            if window == _EITHER and not out:
                window = _RAW  # "deflate" without zlib's frame is wrong and widely sent
                continue
            raise MalformedHttpRequestException("The body cannot be decompressed.") from None
        if len(out) > limit:
            raise RequestEntityTooLargeException
        if not decompressor.eof:
            raise MalformedHttpRequestException("The compressed body is incomplete.")
        body = decompressor.unused_data
        if not body:
            return bytes(out)


@lru_cache(maxsize=256)
def preferred(accept_encoding: bytes) -> bytes | None:
    """The coding to answer with, of what an `Accept-Encoding` header allows; None is identity."""
    weights: dict[bytes, float] = {}
    for part in accept_encoding.lower().split(b","):
        name, _, parameter = part.partition(b";")
        key, _, weight = parameter.partition(b"=")
        try:
            weights[name.strip()] = float(weight) if key.strip() == b"q" else 1.0
        except ValueError:
            weights[name.strip()] = 0.0
    anything = weights.get(b"*", 0.0)
    gzip = weights.get(b"gzip", anything)
    deflate = weights.get(b"deflate", anything)
    if max(gzip, deflate) <= 0 or max(gzip, deflate) < weights.get(b"identity", 0.0):
        return None
    return b"gzip" if gzip >= deflate else b"deflate"


def encode(body: bytes, coding: bytes) -> bytes:
    """The body in a coding that `preferred` named."""
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP if coding == b"gzip" else _DEFLATE)
    return compressor.compress(body) + compressor.flush()
