"""Lines of input as items: DynamoDB JSON, Ion and CSV.

Developer guide, "Amazon S3 import formats for DynamoDB". In CSV only the key attributes of the
table and its indexes have their types, everything else is a string, and an empty field gives no
attribute. The items still have to be checked like those that a client puts.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.transfers.input_lines import MAX_LINE_SIZE
from jedlik.services.dynamodb.transfers.input_objects import Read
from jedlik.services.dynamodb.transfers.ion_input import IonReader, Record
from jedlik.services.dynamodb.transfers.unreadable import NoItem, UnreadableObject
from jedlik.values.attribute import Item

CSV: Final = "CSV"
ION: Final = "ION"

_SEVERAL: Final = re.compile(rb"\}\s*\{").search
_BLANKS: Final = re.compile(r"[ \t\r]*").match
_DECODER: Final = json.JSONDecoder()


def reader_of(
    input_format: str, options: dict[str, Any] | None, kinds: dict[str, str]
) -> Read[Item]:
    """A reader of the lines of one object; `kinds` are the types of key attributes."""
    if input_format == CSV:
        given = (options or {}).get("Csv") or {}
        return CsvReader(given.get("Delimiter") or ",", given.get("HeaderList"), kinds).item
    read = record_reader(input_format)

    def item(line: bytes) -> Item | None:
        try:
            record = read(line)
        except NoItem as error:
            raise UnreadableObject(error.message) from None
        return None if record is None else record["Item"]

    return item


def record_reader(input_format: str) -> Read[Record]:
    """A reader of the lines of one object in DynamoDB JSON or Ion, with everything that accompanies
    an item."""
    return IonReader().record if input_format == ION else _json_record


def _json_record(line: bytes) -> Record | None:
    if not line.strip():
        return None
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise UnreadableObject(f"a line is not valid JSON: {error}") from None
    if not isinstance(record, dict) or not isinstance(record.get("Item"), dict):
        raise NoItem
    return record


def json_values(line: bytes) -> Iterator[bytes]:
    """The values of a line of DynamoDB JSON: the service takes several on one line (observed)."""
    if not _SEVERAL(line):
        yield line
        return
    try:
        text = line.decode()
    except UnicodeDecodeError:
        yield line
        return
    end = 0
    while (start := _next_value(text, end)) < len(text):
        try:
            _, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = len(text)
        yield text[start:end].encode()


def _next_value(text: str, end: int) -> int:
    blanks = _BLANKS(text, end)
    return end if blanks is None else blanks.end()


class CsvReader:
    """Reads the lines of one object; the first one is the header unless one was given."""

    def __init__(self, delimiter: str, header: Sequence[str] | None, kinds: dict[str, str]) -> None:
        self._delimiter = delimiter
        self._header = None if header is None else list(header)
        self._kinds = kinds
        self._begun: list[bytes] = []
        """Lines of a record whose quoted field continues, and their size."""
        self._size = 0

    def item(self, line: bytes) -> Item | None:
        """See `Read`. A quoted field may continue in the next line."""
        if line.count(b'"') % 2 != bool(self._begun):  # a quote is open after it
            self._begun.append(line)
            self._size += len(line) + 1
            if self._size > MAX_LINE_SIZE:
                raise UnreadableObject("a quoted field does not end")
            return None
        if self._begun:
            line = b"\n".join((*self._begun, line))
            self._begun, self._size = [], 0
        try:
            text = line.decode("utf-8-sig" if self._header is None else "utf-8")
            fields = next(csv.reader([text], delimiter=self._delimiter, strict=True), [])
        except (UnicodeDecodeError, csv.Error, ValueError) as error:
            raise UnreadableObject(f"a line is not valid CSV: {error}") from None
        if self._header is None:
            self._header = fields
            return None
        if not text:
            return None
        if len(fields) > len(self._header):
            raise ValidationException(
                f"The line has {len(fields)} fields, and the header has {len(self._header)}"
            )
        pairs = zip(self._header, fields, strict=False)
        return {name: {self._kinds.get(name, "S"): field} for name, field in pairs if field}
