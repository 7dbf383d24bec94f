"""Lines of input as items: DynamoDB JSON, Ion and CSV.

Developer guide, "Amazon S3 import formats for DynamoDB". In CSV only the key attributes of the
table and its indexes have their types, everything else is a string, and an empty field gives no
attribute. The items still have to be checked like those that a client puts.
"""

from __future__ import annotations

import csv
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import islice
from typing import Any, Final

import orjson

from jedlik.base.aside import aside
from jedlik.base.csv_fields import allow_long_fields
from jedlik.base.errors import ValidationException
from jedlik.base.limits import MAX_ITEM_SIZE
from jedlik.base.long_json import parse_steps
from jedlik.base.turns import Turns, at_once
from jedlik.services.dynamodb.transfers.input_lines import MAX_LINE_SIZE
from jedlik.services.dynamodb.transfers.input_objects import LINES_A_TURN, LONG_LINE, Read
from jedlik.services.dynamodb.transfers.ion_input import IonReader, Record
from jedlik.services.dynamodb.transfers.unreadable import NoItem, UnreadableObject
from jedlik.values.attribute import Item
from jedlik.values.canonical import ItemTooLarge

CSV: Final = "CSV"
ION: Final = "ION"

_SEVERAL: Final = re.compile(rb"\}\s*\{").search
_BLANKS: Final = b" \t\r"
_marks: Final = re.compile(
    rb'"(?>(?:[^"\\]|\\.)*)(?:"|\\?\Z)|(?P<begin>[\[{])|(?P<end>[\]}])', re.DOTALL
).finditer
"""Strings, of which the last may be cut off, and brackets."""
_MAX_SEPARATORS: Final = MAX_ITEM_SIZE + 64 * 1024
"""Commas, or delimiters, of a line: each separates values that take a byte at least, or is a byte
of a string; and some are the condition's."""


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
    is_long = len(line) > LONG_LINE
    if is_long and line.count(b",") > _MAX_SEPARATORS:
        raise ItemTooLarge
    try:
        # In steps, since the thread that reads long lines could not be interrupted otherwise.
        record = at_once(parse_steps(line)) if is_long else orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise UnreadableObject(f"a line is not valid JSON: {error}") from None
    if not isinstance(record, dict) or not isinstance(record.get("Item"), dict):
        raise NoItem
    return record


async def json_values(lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The values in lines of DynamoDB JSON: the service takes several on one line (observed)."""
    async for line in lines:
        if len(line) <= LONG_LINE:
            for value in values_of(line):
                yield value
            continue
        values = values_of(line)
        while some := await aside(_some, values):
            for value in some:
                yield value


def _some(values: Iterator[bytes]) -> list[bytes]:
    return [*islice(values, LINES_A_TURN)]


def values_of(line: bytes) -> Iterator[bytes]:
    """The values in one line, by their brackets; what is malformed is the last one."""
    if not _SEVERAL(line):
        yield line
        return
    begin = depth = 0
    for mark in _marks(line):
        if mark["begin"]:
            if not depth and line[begin : mark.start()].strip(_BLANKS):
                break
            depth += 1
        elif mark["end"]:
            depth -= 1
            if depth < 0:
                break
            if not depth:
                yield line[begin : mark.end()].strip(_BLANKS)
                begin = mark.end()
    rest = line[begin:].strip(_BLANKS)
    if rest:
        yield rest


async def csv_records(lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The records in lines of CSV: a quoted field may continue in the next line. Raises
    UnreadableObject."""
    begun = bytearray()
    is_open = False
    turns = Turns()
    async for line in lines:
        is_open = line.count(b'"') % 2 != is_open
        begun += line
        if not is_open:
            yield bytes(begun)
            begun.clear()
            continue
        begun += b"\n"
        if len(begun) > MAX_LINE_SIZE:
            raise UnreadableObject("a quoted field does not end")
        if turns.over:
            await turns.give_way()
    if begun:
        yield bytes(begun)


class CsvReader:
    """Reads the records of one object; the first one is the header unless one was given."""

    def __init__(self, delimiter: str, header: Sequence[str] | None, kinds: dict[str, str]) -> None:
        allow_long_fields()
        self._delimiter = delimiter
        self._header = None if header is None else list(header)
        self._kinds = kinds

    def item(self, line: bytes) -> Item | None:
        """See `Read`."""
        if len(line) > LONG_LINE and line.count(self._delimiter.encode()) > _MAX_SEPARATORS:
            raise UnreadableObject("a line has more fields than an item can have")
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
