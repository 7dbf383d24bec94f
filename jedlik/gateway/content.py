"""Content codings of requests: gzip and deflate, undone once the caller is known.

It can take seconds to decompress 304 bytes, and a few kilobytes can become 16 megabytes. So an API
undoes the coding after it has verified the signature, which covers the body as sent, and the cost
is bounded: one coding (no SDK sends several), a few gzip members, output up to one byte past the
limit.

Successive gzip members are one content, and what follows the last is ignored (observed).

`aws-chunked` is documented only for S3 ("Signature calculations for the Authorization header", S3's
API reference), so it is refused like any unknown coding.
"""

from __future__ import annotations

import re
import zlib
from typing import Final

from jedlik.base.errors import MalformedHttpRequestException, RequestEntityTooLargeException
from jedlik.base.limits import MAX_REQUEST_SIZE
from jedlik.gateway.exchange import Request

# zlib's window bits: 15, and 32 more to take gzip's framing or its own.
_EITHER: Final = 47
_RAW: Final = -15

_GZIP: Final = b"\x1f\x8b"
"""The first bytes of a gzip member."""

MAX_MEMBERS: Final = 16
"""Each is a copy of everything that follows it."""

_COMPRESSED: Final = (b"gzip", b"x-gzip", b"deflate")
_NAME: Final = re.compile(rb"[a-z0-9-]{1,32}").fullmatch
_IDENTITY: Final = (b"", b"identity")


def undo_coding(request: Request) -> None:
    """Set a request's `content` to its decoded `body`; to be called once its sender is known.

    Raises `RequestEntityTooLargeException` if the content is larger than a body may be and
    `MalformedHttpRequestException` if the body is not what `Content-Encoding` says.
    """
    coding = request.headers.get(b"content-encoding")
    if coding is not None:
        request.content = undone(request.body, coding, MAX_REQUEST_SIZE)


def undone(body: bytes, coding: bytes, limit: int) -> bytes:
    """`body` without its content coding; errors as in `undo_coding`."""
    coding = coding.strip().lower()
    if coding in _IDENTITY:
        return body
    if coding not in _COMPRESSED:
        named = f": {coding.decode('ascii')}" if _NAME(coding) else ""
        raise MalformedHttpRequestException(f"Unsupported content encoding{named}.")
    try:
        return _decompressed(body, _EITHER, limit)
    except zlib.error:
        pass
    try:  # "deflate" without zlib's frame is wrong, but common
        return _decompressed(body, _RAW, limit)
    except zlib.error:
        raise MalformedHttpRequestException("The body cannot be decompressed.") from None


def _decompressed(body: bytes, window: int, limit: int) -> bytes:
    is_gzip = body.startswith(_GZIP)
    members: list[bytes] = []
    rest = body
    while not members or (is_gzip and rest.startswith(_GZIP)):
        if len(members) == MAX_MEMBERS:
            raise MalformedHttpRequestException("The compressed body has too many members.")
        content, rest = _member(rest, window, limit)
        members.append(content)
        limit -= len(content)
    if rest and not is_gzip:
        raise MalformedHttpRequestException("Something follows the compressed body.")
    return b"".join(members)


def _member(body: bytes, window: int, limit: int) -> tuple[bytes, bytes]:
    """What one compressed stream contains, and what follows it."""
    decompressor = zlib.decompressobj(window)
    content = decompressor.decompress(body, limit + 1)
    if len(content) > limit:
        raise RequestEntityTooLargeException
    if not decompressor.eof:
        raise MalformedHttpRequestException("The compressed body is incomplete.")
    return content, decompressor.unused_data
