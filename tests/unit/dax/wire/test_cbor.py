"""CBOR: written values are read back, and lengths are not trusted beyond the bytes received."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.dax.wire import cbor
from jedlik.dax.wire.cbor import Fraction, MalformedCbor, Reader, Tagged
from tests.unit.dax.wire.values_written import VALUES, written


@given(VALUES)
def test_what_is_written_is_read(value: object) -> None:
    reader = Reader(written(value))
    assert reader.value() == value
    assert reader.at_end


@given(VALUES, st.data())
def test_what_ends_early_is_refused(value: object, data: st.DataObject) -> None:
    whole = written(value)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    with pytest.raises(MalformedCbor):
        Reader(cut).value()


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        # RFC 8949, appendix A
        (0, "00"), (23, "17"), (24, "1818"), (100, "1864"), (1000, "1903e8"),
        (1000000, "1a000f4240"),
        (1000000000000, "1b000000e8d4a51000"), (18446744073709551615, "1bffffffffffffffff"),
        (18446744073709551616, "c249010000000000000000"), (-1, "20"), (-1000, "3903e7"),
        (-18446744073709551617, "c349010000000000000000"), ("", "60"), ("IETF", "6449455446"),
        ("水", "63e6b0b4"), (b"\x01\x02\x03\x04", "4401020304"), ([1, [2, 3]], "8201820203"),
        ({"a": 1, "b": [2, 3]}, "a26161016162820203"), (None, "f6"), (True, "f5"), (False, "f4"),
    ],
)  # fmt: skip
def test_values_have_their_standard_bytes(value: object, encoded: str) -> None:
    assert written(value).hex() == encoded
    assert Reader(bytes.fromhex(encoded)).value() == value


@pytest.mark.parametrize(
    ("encoded", "value"),
    [
        ("5f42010243030405ff", b"\x01\x02\x03\x04\x05"),
        ("7f657374726561646d696e67ff", "streaming"),
        ("9fff", []), ("9f018202039f0405ffff", [1, [2, 3], [4, 5]]),
        ("bf61610161629f0203ffff", {"a": 1, "b": [2, 3]}), ("bf0141aa0142bbccff", {1: b"\xbb\xcc"}),
        ("c48221196ab3", Fraction(-2, 27315)), ("d90cfc05", Tagged(3324, 5)),
    ],
)  # fmt: skip
def test_forms_that_are_only_read(encoded: str, value: object) -> None:
    assert Reader(bytes.fromhex(encoded)).value() == value


@pytest.mark.parametrize(
    "encoded",
    [
        "", "1c", "1d", "1e", "1f", "3f", "df", "ff", "f8", "f818", "f97e00",
        "fa3fc00000", "fa00000014", "fb7ff0000000000000", "fbfff0000000000000",
        "fb7ff8000000000000",
        "e0", "f7", "5bffffffffffffffff", "9bffffffffffffffff", "bbffffffffffffffff", "a1f601",
        "a180", "a1", "62c328", "5f61", "5f6161ff", "7f41ff", "c2f6", "c240" + "00", "c401",
        "c4820102" + "ff", "c482f601", "c481" + "01", "c2" + "5841" + "ff" * 65, "80ff",
    ],
)  # fmt: skip
def test_what_is_no_item_of_the_protocol(encoded: str) -> None:
    reader = Reader(bytes.fromhex(encoded))
    with pytest.raises(MalformedCbor):
        list(iter(reader.value, "never"))


@pytest.mark.parametrize("opening", [b"\x81", b"\x9f", b"\xa1\x01", b"\xbf\x01", b"\xc6"])
def test_nesting_has_a_bottom(opening: bytes) -> None:
    with pytest.raises(MalformedCbor):
        Reader(opening * 100_000).value()
    depth = cbor.MAX_DEPTH
    assert Reader(b"\x81" * depth + b"\x00").value() is not None


def test_the_number_of_items_is_bounded() -> None:
    most = cbor.MAX_ITEMS
    assert len(Reader(b"\x9f" + bytes(most - 1) + b"\xff").value()) == most - 1
    for one in (b"\x00", b"\x60", b"\x5f\x40\xff"):
        with pytest.raises(MalformedCbor, match="too many items"):
            Reader(b"\x9f" + one * most + b"\xff").value()
    fractions = 136_000  # more than an item of the largest size has
    assert len(Reader(b"\x9f" + b"\xc4\x82\x20\x01" * fractions + b"\xff").value()) == fractions


@pytest.mark.parametrize(
    ("number", "encoded", "fraction"),
    [
        (1.1, "fb3ff199999999999a", (-1, 11)), (1.5, "fb3ff8000000000000", (-1, 15)),
        (-4.1, "fbc010666666666666", (-1, -41)), (1e30, "fb46293e5939a08cea", (30, 1)),
        (1.25e-7, "fb3e80c6f7a0b5ed8d", (-9, 125)), (-0.0, "fb8000000000000000", (-1, 0)),
        (1e-322, "fb0000000000000014", (-322, 1)),
    ],
)  # fmt: skip
def test_a_double_is_the_shortest_fraction_that_it_may_stand_for(
    number: float, encoded: str, fraction: tuple[int, int]
) -> None:
    assert cbor.double(number).hex() == encoded
    assert Reader(bytes.fromhex(encoded)).value() == Fraction(*fraction)
