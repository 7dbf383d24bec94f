"""Formats in which an item is a line: DynamoDB JSON, plain JSON and Ion."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import orjson

from jedlik.base.errors import ServiceError
from jedlik.base.limits import MAX_NESTING_DEPTH
from jedlik.kernel.buckets.bucket import BucketFailure
from jedlik.services.dynamodb.transfers.ion import LINE_START, ion_item, ion_struct
from jedlik.services.dynamodb.transfers.ion_input import IonReader
from jedlik.services.dynamodb.transfers.unreadable import UnreadableObject
from jedlik.tablefiles.formats import BadItem, FileError, bounded_lines, open_to_read
from jedlik.tablefiles.plain import TOO_DEEP, attribute, parsed, plain_item
from jedlik.values.attribute import Item

_DEEPEST: Final = 2 * MAX_NESTING_DEPTH + 1
"""Levels of JSON in an item: each of its values is an object and its content. Deeper ones could not
even be sent: JSON is parsed to a greater depth than it can be written."""


class DynamoDbJson:
    """A line is `{"Item": {...}}`, as in exports; a plain item is accepted too."""

    def line_of(self, item: Item) -> bytes:
        """See `Form`."""
        return orjson.dumps({"Item": item}) + b"\n"

    def read(self, path: Path, kinds: dict[str, str]) -> Iterator[Item | BadItem]:  # noqa: ARG002
        """See `Form`."""
        return _lines(path, self._item)

    def _item(self, line: bytes) -> Item:
        record = orjson.loads(line)
        item = record.get("Item", record) if isinstance(record, dict) else None
        if not isinstance(item, dict) or not all(_is_value(each) for each in item.values()):
            raise ValueError("it has no item in DynamoDB JSON; is it --format json?")
        return item


def _check_depth(value: object, level: int = 0) -> None:
    if level > _DEEPEST:
        raise ValueError(TOO_DEEP)
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            _check_depth(each, level + 1)


def _is_value(value: object) -> bool:
    return isinstance(value, dict) and len(value) == 1


class PlainJson:
    """A line is an object with plain values."""

    def line_of(self, item: Item) -> bytes:
        """See `Form`."""
        return plain_item(item).encode() + b"\n"

    def read(self, path: Path, kinds: dict[str, str]) -> Iterator[Item | BadItem]:
        """See `Form`. Key attributes get the table's type, whatever their type in the line."""

        def item(line: bytes) -> Item:
            record = parsed(line)
            if not isinstance(record, dict):
                raise ValueError("it is not a JSON object")
            return {
                name: {kinds[name]: str(each)} if name in kinds else attribute(each)
                for name, each in record.items()
            }

        return _lines(path, item)


class Ion:
    """A line is `$ion_1_0 {Item:{...}}`, as in exports."""

    def line_of(self, item: Item) -> bytes:
        """See `Form`."""
        return LINE_START + ion_struct({"Item": ion_item(item)}).encode() + b"\n"

    def read(self, path: Path, kinds: dict[str, str]) -> Iterator[Item | BadItem]:  # noqa: ARG002
        """See `Form`."""
        try:
            reader = IonReader()
        except BucketFailure as failure:
            raise FileError(str(failure)) from None

        def item(line: bytes) -> Item:
            record = reader.record(line)
            if record is None:
                raise ValueError("it has no item")
            found: Item = record["Item"]
            return found

        return _lines(path, item)


def _lines(path: Path, item: Callable[[bytes], Item]) -> Iterator[Item | BadItem]:
    try:
        with open_to_read(path) as file:
            for number, line in enumerate(bounded_lines(file, path), 1):
                if not line.strip():
                    continue
                try:
                    found = item(line)
                    if line.count(b"[") + line.count(b"{") > MAX_NESTING_DEPTH:
                        _check_depth(found)
                    yield found
                except ServiceError as error:
                    yield BadItem(f"line {number}: {error.message}")
                except (ValueError, UnreadableObject) as error:
                    yield BadItem(f"line {number}: {error}")
    except (OSError, EOFError, zlib.error) as error:
        raise FileError(f"{path} cannot be read to its end: {error}") from error
