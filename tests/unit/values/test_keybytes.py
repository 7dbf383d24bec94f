"""Key bytes sort like the values, whatever follows them."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.values import keybytes
from tests.strategies import EXACT, binaries, decimals, plain, strings


def base64(raw: bytes) -> str:
    return b64encode(raw).decode()


def order(left, right) -> int:
    return (left > right) - (left < right)


# (kind, canonical content, what Python orders as the service does), two of one kind.
pairs = st.one_of(
    st.tuples(decimals(), decimals()).map(
        lambda two: [("N", plain(number), number) for number in two]
    ),
    st.tuples(strings, strings).map(lambda two: [("S", text, text.encode()) for text in two]),
    st.tuples(binaries, binaries).map(lambda two: [("B", base64(raw), raw) for raw in two]),
)
# The same digits under other signs and exponents: where an encoding of numbers goes wrong.
siblings = st.tuples(decimals(), st.integers(-3, 3), st.sampled_from([-1, 1])).map(
    lambda case: [
        ("N", plain(number), number)
        for number in (case[0], EXACT.multiply(case[0].scaleb(case[1], EXACT), case[2]))
    ]
)


@given(pairs)
def test_raw_bytes_have_the_order_of_the_values(pair):
    (kind, one, a), (_, other, b) = pair
    raw, raw_other = keybytes.raw_bytes(kind, one), keybytes.raw_bytes(kind, other)
    assert order(raw, raw_other) == order(a, b)


@given(siblings)
def test_numbers_of_like_digits(pair):
    (_, one, a), (_, other, b) = pair
    if b and not -130 <= b.adjusted() <= 125:
        return
    assert order(keybytes.number_bytes(one), keybytes.number_bytes(other)) == order(a, b)


@given(pairs, st.binary(max_size=4), st.binary(max_size=4))
def test_closed_bytes_keep_the_order_when_anything_follows(pair, tail, other_tail):
    (kind, one, a), (_, other, b) = pair
    closed, closed_other = keybytes.closed_bytes(kind, one), keybytes.closed_bytes(kind, other)
    assert order(closed, closed_other) == order(a, b)
    if a != b:
        assert order(closed + tail, closed_other + other_tail) == order(a, b)
        assert not closed.startswith(closed_other)
        assert not closed_other.startswith(closed)


@given(strings, strings)
def test_open_bytes_are_what_the_values_that_begin_so_begin_with(prefix, text):
    begins = keybytes.closed_bytes("S", text).startswith(keybytes.open_bytes("S", prefix))
    assert begins == text.encode().startswith(prefix.encode())
    assert keybytes.closed_bytes("S", prefix + text).startswith(keybytes.open_bytes("S", prefix))


@given(binaries, binaries)
def test_open_bytes_of_binaries(prefix, raw):
    begins = keybytes.closed_bytes("B", base64(raw)).startswith(
        keybytes.open_bytes("B", base64(prefix))
    )
    assert begins == raw.startswith(prefix)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("0", "01"),
        ("1", "02 82 11 00"),
        ("-1", "00 7d ee ff"),
        ("12.5", "02 83 13 51 00"),
        ("0.05", "02 80 51 00"),
        ("9" * 38 + "0" * 88, "02 ff" + " 9a" * 19 + " 00"),
        ("0." + "0" * 129 + "1", "02 00 11 00"),
        ("-0." + "0" * 129 + "1", "00 ff ee ff"),
    ],
)
def test_number_bytes_are_laid_out_as_drawn(text, stored):
    assert keybytes.number_bytes(text) == bytes.fromhex(stored)


def test_closed_strings_are_laid_out_as_drawn():
    assert keybytes.closed_bytes("S", "a\x00b") == b"a\x00\xffb\x00\x01"
    assert keybytes.closed_bytes("B", base64(b"\x00")) == b"\x00\xff\x00\x01"
    assert keybytes.closed_bytes("S", "") == b"\x00\x01"
    assert keybytes.raw_bytes("S", "a\x00b") == b"a\x00b"
    assert keybytes.open_bytes("N", "1") == keybytes.closed_bytes("N", "1")


few = st.lists(st.sampled_from([0, 1, 0x61, 0xFE, 0xFF]), max_size=5).map(bytes)


@given(few, few)
def test_successor_bounds_exactly_what_begins_with_the_prefix(prefix, key):
    end = keybytes.successor(prefix)
    inside = prefix <= key and (end is None or key < end)
    assert inside == key.startswith(prefix)


@pytest.mark.parametrize(
    ("prefix", "end"),
    [(b"", None), (b"\xff\xff", None), (b"a", b"b"), (b"a\xff", b"b"), (b"\x00", b"\x01"),
     (b"\xfe\xff\xff", b"\xff")],
)  # fmt: skip
def test_successor(prefix, end):
    assert keybytes.successor(prefix) == end


class TestPartitionHash:
    def test_is_sixteen_bytes_and_stays_what_it_was(self):
        # Data directories outlive versions: these bytes never change.
        one = keybytes.partition_hash([{"S": "user-123"}])
        assert one.hex() == "06847aa7d3d567d089fd8ab817e68c79"
        two = keybytes.partition_hash([{"S": "a"}, {"N": "1"}])
        assert two.hex() == "cd77f8ebe34460882365484532c866bb"

    @given(st.lists(strings, min_size=2, max_size=2), st.lists(strings, min_size=2, max_size=2))
    def test_attributes_do_not_run_together(self, one, other):
        hashed, hashed_other = (
            keybytes.partition_hash([{"S": text} for text in texts]) for texts in (one, other)
        )
        assert (hashed == hashed_other) == (one == other)

    def test_types_do_not_matter_within_a_schema_but_values_do(self):
        assert keybytes.partition_hash([{"N": "1"}]) != keybytes.partition_hash([{"N": "10"}])
        assert keybytes.partition_hash([{"B": "AA=="}]) != keybytes.partition_hash([{"B": "AAA="}])
