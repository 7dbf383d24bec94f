"""Lines of DynamoDB JSON and CSV as items."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from jedlik.services.dynamodb.transfers import input_items
from jedlik.services.dynamodb.transfers.input_items import (
    csv_records,
    json_values,
    reader_of,
    record_reader,
    values_of,
)
from jedlik.services.dynamodb.transfers.input_objects import LONG_LINE
from jedlik.services.dynamodb.transfers.unreadable import NoItem, UnreadableObject
from jedlik.values.canonical import ItemTooLarge

ITEM = b'{"Item":{"pk":{"S":"a"}}}'
BRACES = '{"Item":{"pk":{"S":"ü } { \\"}{"}}}'.encode()


@pytest.mark.parametrize(
    ("line", "values"),
    [
        (b"", [b""]),
        (ITEM, [ITEM]),
        (BRACES, [BRACES]),
        (ITEM + ITEM, [ITEM, ITEM]),
        (b" " + ITEM + b" \t" + BRACES + ITEM + b" ", [ITEM, BRACES, ITEM]),
        (ITEM + b"  {" + ITEM, [ITEM, b"{" + ITEM]),
        (ITEM + b" x " + ITEM, [ITEM + b" x " + ITEM]),
        (b'{"a":[{}{}]}', [b'{"a":[{}{}]}']),
        (b"{}" + b'{"a":' * 100_000, [b"{}", b'{"a":' * 100_000]),
        (b"\xff{}{}", [b"\xff{}{}"]),
        (b"{}{}]{}", [b"{}", b"{}", b"]{}"]),
        (b'{}{"a' + b'\\"{}' * 50_000, [b"{}", b'{"a' + b'\\"{}' * 50_000]),
    ],
)
def test_values_of_a_line(line: bytes, values: list[bytes]) -> None:
    assert list(values_of(line)) == values


Reshape = Callable[[AsyncIterator[bytes]], AsyncIterator[bytes]]


def reshaped(reshape: Reshape, *lines: bytes) -> list[bytes]:
    async def given() -> AsyncIterator[bytes]:
        for line in lines:
            yield line

    async def made() -> list[bytes]:
        return [each async for each in reshape(given())]

    return asyncio.run(made())


def test_values_of_a_long_line_are_found_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = set()

    def noted(line: bytes) -> Any:
        threads.add(threading.current_thread())
        return values_of(line)

    def some(values: Any) -> list[bytes]:
        threads.add(threading.current_thread())
        return [each for _, each in zip(range(10), values, strict=False)]

    monkeypatch.setattr(input_items, "_some", some)
    monkeypatch.setattr(input_items, "values_of", noted)
    count = LONG_LINE // len(ITEM) + 1
    assert reshaped(json_values, ITEM * 2, ITEM * count, b"{}") == [ITEM] * (2 + count) + [b"{}"]
    assert len(threads) == 2


def test_an_item_is_what_stands_under_its_name() -> None:
    read = reader_of("DYNAMODB_JSON", None, {})
    assert read(ITEM) == {"pk": {"S": "a"}}
    assert read(b"  ") is None
    for line in (b"{", b"[]", b"{}", b'{"Item": 1}'):
        with pytest.raises(UnreadableObject):
            read(line)


def test_long_lines_are_read_like_short_ones() -> None:
    read = reader_of("DYNAMODB_JSON", None, {})
    long = b'{"Item":{"l":{"L":[%b{"N":"1"}]}}}'
    found = read(long % (b'{"N":"1"},' * 20_000))
    assert found is not None
    assert len(found["l"]["L"]) == 20_001
    with pytest.raises(UnreadableObject, match="a line is not valid JSON"):
        read(long % (b'{"N":"1"},' * 20_000) + b"}")
    with pytest.raises(ItemTooLarge):
        read(long % (b'{"N":"1"},' * 500_000))


def test_a_record_without_an_item_is_no_reason_to_stop() -> None:
    read = record_reader("DYNAMODB_JSON")
    assert read(ITEM) == {"Item": {"pk": {"S": "a"}}}
    with pytest.raises(NoItem):
        read(b"{}")


def test_csv_fields_have_the_types_of_keys() -> None:
    read = reader_of("CSV", {"Csv": {"Delimiter": "|"}}, {"n": "N"})
    assert read("\ufeffn|text|none".encode()) is None
    assert read(b'1|"two | 2"|') == {"n": {"N": "1"}, "text": {"S": "two | 2"}}


def test_a_quoted_field_may_continue_in_the_next_lines() -> None:
    lines = (b"a,b", b'1,"x', b"", b'y"', b'2,"q""r"', b'3,"z')
    assert reshaped(csv_records, *lines) == [
        b"a,b", b'1,"x\n\ny"', b'2,"q""r"', b'3,"z\n',
    ]  # fmt: skip
    with pytest.raises(UnreadableObject, match="a quoted field does not end"):
        reshaped(csv_records, b'"', *[b"x" * 1_000_000] * 9)
    with pytest.raises(UnreadableObject, match="a line is not valid CSV"):
        reader_of("CSV", {"Csv": {"HeaderList": ["n", "z"]}}, {})(b'3,"z\n')


def test_many_short_lines_of_a_field_are_joined_quickly() -> None:
    (joined,) = reshaped(csv_records, b'"', *[b""] * 1_000_000, b'"')
    assert joined == b'"' + b"\n" * 1_000_001 + b'"'


def test_csv_fields_may_be_as_long_as_items() -> None:
    read = reader_of("CSV", {"Csv": {"HeaderList": ["n", "z"]}}, {})
    assert read(b"1," + b"z" * 400_000) == {"n": {"S": "1"}, "z": {"S": "z" * 400_000}}
    with pytest.raises(UnreadableObject, match="more fields than an item can have"):
        read(b"," * 500_000)
