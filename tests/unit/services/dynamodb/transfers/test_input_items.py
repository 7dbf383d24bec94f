"""Lines of DynamoDB JSON and CSV as items."""

from __future__ import annotations

import pytest

from jedlik.services.dynamodb.transfers.input_items import json_values, reader_of, record_reader
from jedlik.services.dynamodb.transfers.unreadable import NoItem, UnreadableObject

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
    ],
)
def test_values_of_a_line(line: bytes, values: list[bytes]) -> None:
    assert list(json_values(line)) == values


def test_an_item_is_what_stands_under_its_name() -> None:
    read = reader_of("DYNAMODB_JSON", None, {})
    assert read(ITEM) == {"pk": {"S": "a"}}
    assert read(b"  ") is None
    for line in (b"{", b"[]", b"{}", b'{"Item": 1}'):
        with pytest.raises(UnreadableObject):
            read(line)


def test_a_record_without_an_item_is_no_reason_to_stop() -> None:
    read = record_reader("DYNAMODB_JSON")
    assert read(ITEM) == {"Item": {"pk": {"S": "a"}}}
    with pytest.raises(NoItem):
        read(b"{}")


def test_csv_fields_have_the_types_of_keys() -> None:
    read = reader_of("CSV", {"Csv": {"Delimiter": "|"}}, {"n": "N"})
    assert read("\ufeffn|text|none".encode()) is None
    assert read(b'1|"two | 2"|') == {"n": {"N": "1"}, "text": {"S": "two | 2"}}
