"""CBOR of the RPC protocol: examples of RFC 8949, and values written and read back."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.services.cloudwatch.wire import cbor
from jedlik.services.cloudwatch.wire.cbor import MAX_DEPTH, Malformed, decode, encode

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | st.text() | st.binary()
    | st.floats(allow_nan=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)  # fmt: skip


@given(VALUES)
def test_what_is_encoded_is_decoded(value: object) -> None:
    assert decode(encode(value)) == value


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        ("00", 0), ("1818", 24), ("1b000000e8d4a51000", 10**12), ("3863", -100),
        ("f93c00", 1.0), ("fa47c35000", 100000.0), ("fb3ff199999999999a", 1.1), ("f90001", 2**-24),
        ("f4", False), ("f6", None), ("f7", None), ("4401020304", b"\x01\x02\x03\x04"),
        ("6449455446", "IETF"), ("83010203", [1, 2, 3]), ("a26161016162820203",
                                                          {"a": 1, "b": [2, 3]}),
        ("5f42010243030405ff", b"\x01\x02\x03\x04\x05"), ("7f657374726561646d696e67ff",
                                                          "streaming"),
        ("9f018202039f0405ffff", [1, [2, 3], [4, 5]]), ("bf61610161629f0203ffff",
                                                        {"a": 1, "b": [2, 3]}),
        ("c11a514b67b0", 1363896240), ("c1fb41d452d9ec200000", 1363896240.5),
    ],
)  # fmt: skip
def test_examples_of_the_specification(sent: str, value: object) -> None:
    """RFC 8949, appendix A."""
    assert decode(bytes.fromhex(sent)) == value


@pytest.mark.parametrize(
    "sent",
    [
        "", "ff", "18", "1c", "a1ff", "9f", "81ff", "bf6161ffff", "0000", "62ffff", "5f6161ff",
        "a10102", "c074323031332d30332d32315432303a30343a30305a", "c1f97e00", "c1f5", "f8ff",
        "9bffffffffffffffff", "bbffffffffffffffff", "5bffffffffffffffff", "1f", "c1",
        "81" * (MAX_DEPTH + 2) + "00",
    ],
)  # fmt: skip
def test_what_is_none(sent: str) -> None:
    with pytest.raises(Malformed):
        decode(bytes.fromhex(sent))


@given(st.binary(max_size=60))
def test_any_bytes_are_decoded_or_malformed(sent: bytes) -> None:
    with contextlib.suppress(Malformed):
        decode(sent)


def test_times_are_tagged() -> None:
    moment = datetime(2013, 3, 21, 20, 4, tzinfo=UTC)
    assert encode(moment)[0] == 0xC1
    assert decode(encode(moment)) == moment.timestamp()


def _array(size: int, element: bytes) -> bytes:
    return b"\x9a" + size.to_bytes(4, "big") + element * size


def test_many_values_are_none_but_for_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cbor, "MAX_VALUES", 100)
    assert decode(_array(99, b"\xf6")) == [None] * 99
    assert decode(_array(1000, b"\x01")) == [1] * 1000
    for element in (b"\xf6", b"\xa0", b"\x80", b"\x61a", b"\x81\x01"):
        with pytest.raises(Malformed):
            decode(_array(100, element))


@pytest.mark.parametrize("sent", ["8201", "82fb3ff1999999", "82fb3ff199999999999a", "8201ff"])
def test_arrays_of_numbers_that_are_cut_off(sent: str) -> None:
    with pytest.raises(Malformed):
        decode(bytes.fromhex(sent))
