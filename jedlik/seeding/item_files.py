"""Files of items; the file's name is the table's.

CSV has the attributes' names in its first line, each with a type if it is not a string (`age:N`);
an empty field is an attribute that the item does not have. JSON has items in the API's form, one on
each line or in a list, plain or as in exports (`{"Item": {...}}`).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Any, Final

from jedlik.base.csv_fields import allow_long_fields
from jedlik.seeding.seed import Item, Seed, SeedError

_TYPES: Final = ("S", "N", "B", "BOOL")


def recognizes(document: Any) -> bool:
    """Whether this is a list of items, an answer with `Items`, or a single item."""
    if isinstance(document, dict):
        return isinstance(document.get("Items"), list) or _is_item(document)
    return isinstance(document, list)


def read(document: Any, table: str) -> Seed:
    """The items of a document."""
    if isinstance(document, dict):
        document = document.get("Items", [document])
    return Seed(items={table: _items(document)})


def read_lines(text: str, table: str) -> Seed:
    """The items of a file that has one on each line. Raises SeedError."""
    documents = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                documents.append(json.loads(line))
            except json.JSONDecodeError as error:
                raise SeedError(f"line {number}: not valid JSON: {error}") from error
    return Seed(items={table: _items(documents)})


def read_csv(text: str, table: str) -> Seed:
    """The items of a CSV file. Raises SeedError."""
    allow_long_fields()
    rows = csv.reader(io.StringIO(text))
    header = next(rows, None)
    if not header:
        raise SeedError("the first line has to name the attributes")
    columns = [_column(name) for name in header]
    items = []
    for row in rows:
        if len(row) > len(columns):
            raise SeedError(f"line {rows.line_num} has more fields than the first line has names")
        items.append(
            {
                name: {kind: value.lower() == "true" if kind == "BOOL" else value}
                for (name, kind), value in zip(columns, row, strict=False)
                if value
            }
        )
    return Seed(items={table: [item for item in items if item]})


def _column(name: str) -> tuple[str, str]:
    before, colon, kind = name.strip().rpartition(":")
    return (before, kind) if colon and kind in _TYPES else (name.strip(), "S")


def _items(documents: Iterable[Any]) -> list[Item]:
    items = []
    for place, document in enumerate(documents, 1):
        item = document.get("Item", document) if isinstance(document, dict) else document
        if not _is_item(item):
            raise SeedError(
                f'item {place} is not DynamoDB JSON: attribute values look like {{"S": "text"}}'
            )
        items.append(item)
    return items


def _is_item(value: Any) -> bool:
    """Whether this has the form of an item; the server reports its errors."""
    return (
        isinstance(value, dict)
        and bool(value)
        and all(isinstance(each, dict) and len(each) == 1 for each in value.values())
    )
