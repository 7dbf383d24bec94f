"""Numbers on the wire, and their order in sort keys."""

from __future__ import annotations

from decimal import Decimal

import pytest
from amazondax import LexDecimal
from hypothesis import given

from jedlik.base.errors import ValidationException
from jedlik.dax.wire.cbor import MalformedCbor, Reader
from jedlik.dax.wire.decimals import number_bytes, number_text, ordered_bytes, text_of_ordered
from tests.strategies import decimals, plain

VECTORS = [
    ("0", "80"), ("1", "c11c0000"), ("3", "c14e0000"), ("12.5", "c2224020"), ("-1", "3ee3fff0"),
    ("-12.5", "3dddbfd0"), ("123456789", "c921dd4c8402"),
]  # fmt: skip
EXTREMES = [
    ("1e100", "fe800000651c0000"), ("-1e100", "017fffff9ae3fff0"), ("1e-100", "817fffff9d1c0000"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "encoded"), VECTORS)
def test_ordered_bytes(text: str, encoded: str) -> None:
    assert ordered_bytes(text).hex() == encoded
    assert text_of_ordered(bytes.fromhex(encoded)) == text


@pytest.mark.parametrize(("text", "encoded"), EXTREMES)
def test_ordered_bytes_of_extremes(text: str, encoded: str) -> None:
    """Clients may leave zeros at the end out, or have written them."""
    whole = plain(Decimal(text))
    assert text_of_ordered(bytes.fromhex(encoded)) == whole
    assert ordered_bytes(whole).hex()[:12] == encoded[:12]
    assert text_of_ordered(ordered_bytes(whole)) == whole


@pytest.mark.parametrize("text", ["10", "-20", "1000", "123000", "0.5", "-0.001", "99999999"])
def test_decimals_are_those_of_the_client(text: str) -> None:
    assert ordered_bytes(text) == LexDecimal.encode(Decimal(text))


@given(decimals(), decimals())
def test_bytes_are_in_the_order_of_numbers(left: Decimal, right: Decimal) -> None:
    first, second = ordered_bytes(plain(left)), ordered_bytes(plain(right))
    assert (first < second) == (left < right)
    assert (first == second) == (left == right)
    assert text_of_ordered(first) == plain(left)


@given(decimals())
def test_numbers_survive_a_round_trip(number: Decimal) -> None:
    reader = Reader(number_bytes(plain(number)))
    assert number_text(reader.value()) == plain(number)
    assert reader.at_end


@pytest.mark.parametrize(
    "encoded", ["", "81", "fe8000", "c1", "c10000", "c1ffff", "00", "ff", "7f80", "c1" + "1c" * 80]
)
def test_what_is_no_ordered_number(encoded: str) -> None:
    with pytest.raises((MalformedCbor, ValidationException)):
        text_of_ordered(bytes.fromhex(encoded))


def test_numbers_out_of_range_are_refused_as_in_the_api() -> None:
    for encoded in ("c4821901f401", "c482390200" + "01", "c25820" + "ff" * 32):
        with pytest.raises(ValidationException):
            number_text(Reader(bytes.fromhex(encoded)).value())
    for value in (True, None, "1", 1.5):
        with pytest.raises(MalformedCbor):
            number_text(value)
