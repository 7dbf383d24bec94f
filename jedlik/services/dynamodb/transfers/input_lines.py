"""The lines of an object in a bucket, decompressed as they are read.

Memory is bounded whatever the object contains: a chunk that inflates enormously is read in small
pieces, and a line is limited to the longest possible form of an item.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Final

from jedlik.base.extras import install
from jedlik.base.turns import Turns
from jedlik.kernel.buckets.bucket import Bucket, BucketFailure, StoredObject
from jedlik.services.dynamodb.transfers.unreadable import UnreadableObject

CHUNK: Final = 1024 * 1024
PIECE: Final = 1024 * 1024
"""Bytes that are decompressed at a time."""
_GZIP_SLICE: Final = 4096
"""Bytes that are passed to zlib at a time: each member of gzip costs a copy of all that follow it
in them, and twenty bytes are a member."""
_ZSTD_SLICE: Final = 64
"""Bytes that are passed to zstd at a time. It returns everything that they inflate to, and four
bytes can encode a block of 128 KiB. So this is 2 MiB at most, in some five milliseconds."""
assert _ZSTD_SLICE // 4 * 128 * 1024 <= 2 * PIECE, "others wait while a slice is inflated"
_ZSTD_WINDOW: Final = 8 * 1024 * 1024
"""Bytes that a frame may refer back to, and that are held while its object is read, even of one
that has a few bytes itself. Decoders should have room for this much (RFC 8878, 3.1.1.1.2); only the
levels 20 to 22 of zstd, and its long mode, need more."""
MAX_LINE_SIZE: Final = 8 * 1024 * 1024
"""An item has up to 400 KB; escapes and empty containers make its JSON a few times as long."""

GZIP: Final = "GZIP"
ZSTD: Final = "ZSTD"


Inflate = Callable[[bytes], Iterator[bytes]]


def _uncounted(_size: int) -> None:
    pass


async def lines_of(
    bucket: Bucket,
    found: StoredObject,
    compression: str,
    count: Callable[[int], None] = _uncounted,
) -> AsyncIterator[bytes]:
    """The lines of an object, without their ends; `count` is called with the bytes that were
    decompressed. Raises UnreadableObject and BucketFailure."""
    inflate = _inflate(compression)
    rest, offset = b"", 0
    turns = Turns()
    while offset < found.size:
        chunk = await bucket.read(found, offset, CHUNK)
        if not chunk:
            break
        offset += len(chunk)
        for piece in _joined(inflate(chunk)):
            if turns.over:
                await turns.give_way()
            if not piece:
                continue
            count(len(piece))
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                yield line.removesuffix(b"\r")
            if len(rest) > MAX_LINE_SIZE:
                raise UnreadableObject(f"a line is longer than {MAX_LINE_SIZE} bytes")
    for _ in inflate(b""):  # checks that the object is complete
        pass
    if rest:
        yield rest.removesuffix(b"\r")


def _joined(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of PIECE bytes or more, except the last, and an empty one while
    they are gathered. A line is put together from so few that its bytes are copied a few times
    only, even if it was compressed byte by byte."""
    gathered = bytearray()
    for piece in pieces:
        gathered += piece
        if len(gathered) >= PIECE:
            yield bytes(gathered)
            gathered.clear()
        else:
            yield b""
    if gathered:
        yield bytes(gathered)


def _inflate(compression: str) -> Inflate:
    if compression == GZIP:
        return _Gzip().pieces
    if compression == ZSTD:
        return _Zstd().pieces
    return lambda chunk: iter((chunk,)) if chunk else iter(())


class _Gzip:
    """Any number of gzip members, one after the other."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)
        self._begun = False

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """The contents of a chunk; the chunk b"" says that there are no more."""
        if not chunk:
            if self._begun and not self._member.eof:
                raise UnreadableObject("the gzip stream ends before its end")
            return
        self._begun = True
        for start in range(0, len(chunk), _GZIP_SLICE):
            given = chunk[start : start + _GZIP_SLICE]
            while given:
                if self._member.eof:
                    self._member = zlib.decompressobj(wbits=31)
                try:
                    piece = self._member.decompress(given, PIECE)
                except zlib.error as error:
                    raise UnreadableObject(f"it is not compressed with gzip: {error}") from None
                ended = self._member.eof
                given = self._member.unused_data if ended else self._member.unconsumed_tail
                yield piece


class _Zstd:
    """Any number of zstd frames, one after the other."""

    def __init__(self) -> None:
        try:
            import zstandard  # noqa: PLC0415
        except ImportError:
            raise BucketFailure(
                f"reading zstd needs the library zstandard: {install('zstd')}"
            ) from None
        self._library: Any = zstandard
        self._frame: Any = None

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """See `_Gzip.pieces`."""
        if not chunk and self._frame is not None and not self._frame.eof:
            raise UnreadableObject("the zstd stream ends before its end")
        for start in range(0, len(chunk), _ZSTD_SLICE):
            given = chunk[start : start + _ZSTD_SLICE]
            while given:
                if self._frame is None or self._frame.eof:
                    decompressor = self._library.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
                    self._frame = decompressor.decompressobj()
                try:
                    piece = self._frame.decompress(given)
                except self._library.ZstdError as error:
                    raise UnreadableObject(f"it is not compressed with zstd: {error}") from None
                given = self._frame.unused_data if self._frame.eof else b""
                for begin in range(0, len(piece), PIECE):
                    yield piece[begin : begin + PIECE]
