"""Lines of Ion as records."""

from __future__ import annotations

import sys
import time
from typing import Any

import pytest

from jedlik.base.errors import ValidationException
from jedlik.kernel.buckets.bucket import BucketFailure
from jedlik.services.dynamodb.transfers.ion_input import IonReader
from jedlik.services.dynamodb.transfers.unreadable import UnreadableObject
from jedlik.values.canonical import ItemTooLarge
from jedlik.values.nesting import NestingTooDeep

READER = IonReader()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"x"', {"S": "x"}),
        ("word", {"S": "word"}),
        ("7", {"N": "7"}),
        ("1.50", {"N": "1.50"}),
        ("2.5e0", {"N": "2.5"}),
        ("true", {"BOOL": True}),
        ("null", {"NULL": True}),
        ("{{AAE=}}", {"B": "AAE="}),
        ('{{"text"}}', {"B": "dGV4dA=="}),
        ('[1, "a", [true]]', {"L": [{"N": "1"}, {"S": "a"}, {"L": [{"BOOL": True}]}]}),
        ("(1 2)", {"L": [{"N": "1"}, {"N": "2"}]}),
        ("{k: null, m: {}}", {"M": {"k": {"NULL": True}, "m": {"M": {}}}}),
        ('$dynamodb_SS::["a", "b"]', {"SS": ["a", "b"]}),
        ("$dynamodb_NS::[1, 2.5]", {"NS": ["1", "2.5"]}),
        ("$dynamodb_BS::[{{AA==}}]", {"BS": ["AA=="]}),
        ("null.blob", {"NULL": True}),
        ("null.timestamp", {"NULL": True}),
        ("mine::true", {"BOOL": True}),
        ("mine::word", {"S": "word"}),
        ("mine::{k: mine::1}", {"M": {"k": {"N": "1"}}}),
    ],
)
def test_values_are_read_from_ion(text: str, expected: Any) -> None:
    assert READER.record(b"{Item: {a: %s}}" % text.encode()) == {"Item": {"a": expected}}


def test_a_timestamp_is_no_attribute_value() -> None:
    with pytest.raises(
        ValidationException, match="The Ion type TIMESTAMP is not an attribute value"
    ):
        READER.record(b"{Item: {a: 2024-01-01T}}")


@pytest.mark.parametrize(
    "text",
    [
        "$dynamodb_NS::1",
        "$dynamodb_SS::null.list",
        "$dynamodb_NS::[x]",
        "$dynamodb_NS::[null]",
        "$dynamodb_BS::[1]",
        "$dynamodb_BS::[5000000000]",  # as bytes it would be so many zeros
        "$dynamodb_BS::[text]",
        "mine::2024-01-01T",
    ],
)
def test_what_is_no_attribute_value_is_refused(text: str) -> None:
    with pytest.raises(ValidationException):
        READER.record(b"{Item: {a: %s}}" % text.encode())


def test_more_values_than_any_item_has_are_refused() -> None:
    READER.record(b"{Item: {a: [" + b"1," * 400_000 + b"]}}")
    with pytest.raises(ItemTooLarge):
        READER.record(b"{Item: {a: [" + b"1," * 420_000 + b"]}}")


def test_what_is_far_longer_than_any_item_is_not_parsed() -> None:
    with pytest.raises(ItemTooLarge):
        READER.record(b"{Item: {a: (" + b"a " * 1_100_000)


def test_values_after_the_first_are_not_all_made() -> None:
    began = time.process_time()
    assert READER.record(b"{Item: {a: 1}} " * 100_000) == {"Item": {"a": {"N": "1"}}}
    assert time.process_time() - began < 0.05


LONG = b"1" * 20_000


@pytest.mark.parametrize("form", [b'"%b"', b"'%b'", b"'''%b'''", b"{{%b}}", b'{{"%b"}}'])
def test_texts_and_binaries_may_be_long(form: bytes) -> None:
    record = READER.record(b"{Item: {a: %b}}" % (form % LONG))
    assert record is not None
    assert len(next(iter(record["Item"]["a"].values()))) >= len(LONG)


@pytest.mark.parametrize(
    "form",
    [
        b"%b",
        b"-%b.5",
        b"0x%b",
        b'/*"*/%b/*"*/',
        b'// "\r%b // "',
        b'"\\"", c: %b, d: ""',
        b"'', c: %b, d: 'x'",
        b'{{"}}"}}, c: %b',
        b"{{'''}}'''}}, c: %b, d: {{'''}}'''}}",
    ],
)
def test_numbers_of_very_many_digits_are_not_converted(form: bytes) -> None:
    with pytest.raises(UnreadableObject, match="more than 1000 digits"):
        READER.record(b"{Item: {a: %b}}" % (form % LONG))


@pytest.mark.parametrize(
    "form", [b"%b", b"-%b", b"[1, %b]", b"/**/%b", b"b::%b", b"{b:%b}", b"(b.%b)", b"(+%b)"]
)
@pytest.mark.parametrize("number", [b"1d999999", b"1_0.5_0D+999998", b"1.d00000009"])
def test_numbers_with_exponents_that_break_the_library(form: bytes, number: bytes) -> None:
    """It wrote beyond its memory, and the process ended."""
    with pytest.raises(UnreadableObject, match="exponent has more than 4 digits"):
        READER.record(b"{Item: {a: %b}}" % (form % number))


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (b"1d9999", {"N": "1E+9999"}),
        (b"1.5d-130", {"N": "1.5E-130"}),
        (b"0x1d12345", {"N": str(0x1D12345)}),
        (b"a1d99999", {"S": "a1d99999"}),
        (b'"1d99999"', {"S": "1d99999"}),
        (b"{{1d999999}}", {"B": "1d999999"}),
    ],
)
def test_what_looks_like_such_numbers(form: bytes, value: object) -> None:
    assert READER.record(b"{Item: {a: %b}}" % form) == {"Item": {"a": value}}


def test_binary_ion_has_no_lines() -> None:
    with pytest.raises(UnreadableObject, match="binary Ion"):
        READER.record(b"\xe0\x01\x00\xea\x21\x07")


def test_members_of_conditions_keep_their_forms() -> None:
    line = (
        b"{Item: {}, ConditionExpression: \"#a = :a\", ExpressionAttributeNames: {'#a': x}, "
        b"ExpressionAttributeValues: {':a': 1}}"
    )
    assert READER.record(line) == {
        "Item": {},
        "ConditionExpression": "#a = :a",
        "ExpressionAttributeNames": {"#a": "x"},
        "ExpressionAttributeValues": {":a": {"N": "1"}},
    }


@pytest.mark.parametrize("line", [b"", b"  \n", b"// a comment"])
def test_a_line_with_nothing_is_no_record(line: bytes) -> None:
    assert READER.record(line) is None


@pytest.mark.parametrize("line", [b"7", b"{a: 1}", b"{Item: 7}", b"[]"])
def test_a_line_without_an_item(line: bytes) -> None:
    with pytest.raises(ValidationException, match="The line has no Item"):
        READER.record(line)


def test_what_is_no_ion_ends_the_object() -> None:
    with pytest.raises(UnreadableObject, match="a line is not valid Ion"):
        READER.record(b"{Item: {")


def test_what_is_nested_too_deeply_is_refused() -> None:
    deep = b"[" * 20_000 + b"]" * 20_000
    with pytest.raises((NestingTooDeep, UnreadableObject)):
        READER.record(b"{Item: {a: " + deep + b"}}")


def test_without_the_library_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "amazon.ion", None)
    with pytest.raises(BucketFailure, match=r"pip install 'jedlik\[ion\]'"):
        IonReader()
