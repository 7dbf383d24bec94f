"""The end of an item is found wherever the bytes are cut, and length and depth are bounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.dax.wire import framing
from jedlik.dax.wire.cbor import MalformedCbor
from jedlik.dax.wire.framing import ItemScanner, in_frame
from tests.unit.dax.wire.values_written import VALUES, written

LIMIT = 1000


def end_of(data: bytes, *, piece: int) -> int | None:
    """Where the first item ends, given this many bytes at a time."""
    scanner, buffer, position = ItemScanner(LIMIT), bytearray(), 0
    for at in range(0, len(data), piece):
        buffer += data[at : at + piece]
        position, whole = scanner.scan(buffer, position)
        if whole:
            return position
    return None


@given(VALUES, st.binary(max_size=5), st.integers(1, 7))
def test_an_item_ends_where_it_ends(value: object, after: bytes, piece: int) -> None:
    item = written(value)
    assert end_of(item + after, piece=piece) == len(item)
    assert end_of(item[:-1], piece=piece) is None


@pytest.mark.parametrize(
    "encoded",
    ["9fff", "bfff", "5fff", "5f4101ff", "9f9fffff", "c249010000000000000000", "d90cf9f6"],
)
def test_forms_without_a_length_and_tags(encoded: str) -> None:
    data = bytes.fromhex(encoded)
    assert end_of(data + b"\x00", piece=1) == len(data)


@pytest.mark.parametrize(
    "encoded",
    ["ff", "80ff", "81ff", "1f", "3f", "df", "1c", "fc", "5a000003e9", "7bffffffffffffffff"],
)
def test_what_is_refused(encoded: str) -> None:
    data = bytes.fromhex(encoded)
    scanner, position = ItemScanner(LIMIT), 0
    if data[0] == 0x80:  # an item, and then something else
        position, _ = scanner.scan(data, position)
    with pytest.raises(MalformedCbor):
        scanner.scan(data, position)


def test_depth_and_number_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MalformedCbor, match="deep"):
        ItemScanner(LIMIT).scan(b"\x81" * (framing.MAX_LEVELS + 1), 0)
    monkeypatch.setattr(framing, "MAX_ITEMS", 100)
    with pytest.raises(MalformedCbor, match="many"):
        ItemScanner(LIMIT).scan(b"\x9f" + b"\x00" * 100, 0)
    with pytest.raises(MalformedCbor, match="many"):
        ItemScanner(LIMIT).scan(b"\xc6" * 101, 0)


def test_an_array_that_promises_everything_costs_nothing() -> None:
    assert ItemScanner(LIMIT).scan(b"\x9b" + b"\xff" * 8, 0) == (9, False)


def test_an_answer_in_a_frame() -> None:
    assert in_frame(b"\x80\xf6") == b"\x00\x00\x00\x0a\x01\x00\x00\x00\x80\xf6"
    assert in_frame(b"x" * 70_000)[:8] == (70_008).to_bytes(4, "big") + b"\x01\x00\x00\x00"
