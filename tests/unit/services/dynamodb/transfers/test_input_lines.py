"""Lines of objects: across chunks, compressed, truncated, and far too long."""

from __future__ import annotations

import asyncio
import gzip
import time
import zlib

import pytest

from jedlik.kernel.buckets.bucket import StoredObject
from jedlik.services.dynamodb.transfers import input_lines
from jedlik.services.dynamodb.transfers.input_lines import GZIP, ZSTD, lines_of
from jedlik.services.dynamodb.transfers.unreadable import UnreadableObject

LINES = [b"", b"a", b"b" * 10, "é".encode(), b'{"x":1}']


class Held:
    """A bucket that has one object, and gives it in small pieces."""

    def __init__(self, content: bytes, piece: int) -> None:
        self._content = content
        self._piece = piece

    async def read(self, _found: StoredObject, start: int, size: int) -> bytes:
        return self._content[start : start + min(size, self._piece)]


def lines(content: bytes, compression: str = "NONE", piece: int = 3) -> list[bytes]:
    async def read() -> list[bytes]:
        found = StoredObject("k", len(content), "1")
        bucket = Held(content, piece)
        return [line async for line in lines_of(bucket, found, compression)]  # type: ignore[arg-type]

    return asyncio.run(read())


def compressed(content: bytes, compression: str) -> bytes:
    if compression == ZSTD:
        zstandard = pytest.importorskip("zstandard")
        packed: bytes = zstandard.ZstdCompressor().compress(content)
        return packed
    return gzip.compress(content, mtime=0) if compression == GZIP else content


@pytest.mark.parametrize("piece", [1, 2, 1000])
@pytest.mark.parametrize("compression", ["NONE", GZIP, ZSTD])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_lines_are_the_same_however_they_come(piece: int, compression: str, end: bytes) -> None:
    content = compressed(end.join(LINES), compression)
    assert lines(content, compression, piece) == LINES
    assert lines(compressed(b"", compression), compression, piece) == []


@pytest.mark.parametrize("compression", [GZIP, ZSTD])
def test_successive_compressed_streams_are_read(compression: str) -> None:
    content = compressed(b"a\nb", compression) + compressed(b"c\nd\n", compression)
    assert lines(content, compression) == [b"a", b"bc", b"d"]


@pytest.mark.parametrize("compression", [GZIP, ZSTD])
def test_a_stream_that_is_cut_short_or_none_is_said(compression: str) -> None:
    content = compressed(b"a\n" * 100, compression)
    with pytest.raises(UnreadableObject, match="ends before its end"):
        lines(content[:-5], compression)
    with pytest.raises(UnreadableObject, match="not compressed"):
        lines(b"a\nb\n" * 10, compression)


def test_an_object_that_is_shorter_than_it_was_ends() -> None:
    async def read() -> list[bytes]:
        found = StoredObject("k", 100, "1")
        return [line async for line in lines_of(Held(b"a\nb", 2), found, "NONE")]  # type: ignore[arg-type]

    assert asyncio.run(read()) == [b"a", b"b"]


def test_lines_have_a_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(input_lines, "MAX_LINE_SIZE", 10)
    assert lines(b"x" * 10 + b"\ny") == [b"x" * 10, b"y"]
    with pytest.raises(UnreadableObject, match="longer than 10 bytes"):
        lines(b"x" * 12 + b"\ny")


def test_what_inflates_beyond_all_measure_comes_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(input_lines, "PIECE", 1000)
    monkeypatch.setattr(input_lines, "MAX_LINE_SIZE", 2000)
    packer = zlib.compressobj(wbits=31)
    content = packer.compress(bytes(1_000_000)) + packer.flush()
    with pytest.raises(UnreadableObject, match="longer than"):
        lines(content, GZIP, piece=10_000)


def processor_seconds(content: bytes) -> float:
    began = time.process_time()
    lines(content, GZIP, piece=1024 * 1024)
    return time.process_time() - began


def test_very_many_members_cost_what_they_are_long() -> None:
    empty = gzip.compress(b"", mtime=0)
    few = processor_seconds(empty * 5_000)
    assert processor_seconds(empty * 50_000) < 30 * few + 0.2


def test_a_line_that_is_compressed_byte_by_byte_is_put_together_once() -> None:
    byte = gzip.compress(b"x", mtime=0)
    line = lines(gzip.compress(b"y" * 4_000_000, mtime=0) + byte * 50_000, GZIP, 1024 * 1024)
    assert len(line[0]) == 4_050_000


def test_others_have_their_turn_while_nothing_is_read() -> None:
    async def longest_pause() -> float:
        content = gzip.compress(b"", mtime=0) * 50_000
        found, longest = StoredObject("k", len(content), "1"), 0.0

        async def read() -> None:
            async for _ in lines_of(Held(content, 1024 * 1024), found, GZIP):  # type: ignore[arg-type]
                pass

        reading = asyncio.create_task(read())
        while not reading.done():
            began = time.thread_time()
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - began)
        return longest

    assert asyncio.run(longest_pause()) < 0.1


def test_a_small_object_holds_no_large_window() -> None:
    """Each import in progress held 128 MiB."""
    pytest.importorskip("zstandard")
    start, rle_block = b"\x28\xb5\x2f\xfd\x00", b"\x03\x00\x10\n"  # the last, of 128 KiB
    for exponent, is_read in ((23, True), (24, False), (27, False)):
        frame = start + bytes([(exponent - 10) << 3]) + rle_block
        if is_read:
            assert len(lines(frame, ZSTD)) == 128 * 1024
        else:
            with pytest.raises(UnreadableObject, match="too much memory"):
                lines(frame, ZSTD)
