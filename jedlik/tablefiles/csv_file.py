"""CSV: the first line has the attributes' names.

A name may have a type (`age:N`), as in seeds. Without one, key attributes have the table's type,
and all others are strings. An empty field is an attribute that the item does not have. Values that
are not scalars are JSON.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, TextIO

from jedlik.base.csv_fields import allow_long_fields
from jedlik.tablefiles.formats import (
    BadItem,
    FileError,
    bounded_lines,
    is_compressed,
    open_to_read,
)
from jedlik.tablefiles.plain import attribute, parsed, plain_json
from jedlik.values.attribute import AttributeValue, Item

_SCALARS: Final = ("S", "N", "B", "BOOL")
_TYPES: Final = (*_SCALARS, "L", "M", "SS", "NS", "BS")
_SETS: Final = ("SS", "NS", "BS")
_SHOWN: Final = 64
"""Characters shown of a first line that is wrong: a file of another kind may be one long line."""


class Csv:
    """See `Form`."""

    def write(self, path: Path, items: Callable[[], Iterable[Item]]) -> None:
        """See `Form`. A column with one type in all items has it in its name, unless that is a
        string, so that reading it gives the same values."""
        kinds: dict[str, set[str]] = {}
        for item in items():
            for name, value in item.items():
                kinds.setdefault(name, set()).update(value)
        with _open_to_write(path) as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([_titled(name, found) for name, found in kinds.items()])
            for item in items():
                writer.writerow([_field(item.get(name)) for name in kinds])

    def read(self, path: Path, kinds: dict[str, str]) -> Iterator[Item | BadItem]:
        """See `Form`."""
        allow_long_fields()
        try:
            with open_to_read(path) as binary:
                file = io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")
                rows = csv.reader(bounded_lines(file, path))
                header = next(rows, None)
                if not header:
                    raise FileError(f"{path}: the first line has to name the attributes")
                columns = [_column(title, kinds) for title in header]
                if len(columns) == 1 and columns[0][0] not in kinds:
                    raise FileError(
                        f"{path}: the first line has a single column, '{header[0][:_SHOWN]}', "
                        "which is no key of the table; columns are separated by commas"
                    )
                for row in rows:
                    if row:
                        yield _item(columns, row, rows.line_num)
        except (OSError, EOFError, zlib.error, csv.Error, UnicodeDecodeError) as error:
            raise FileError(f"{path} cannot be read to its end: {error}") from error


def _open_to_write(path: Path) -> TextIO:
    if is_compressed(path):
        return gzip.open(path, "wt", encoding="utf-8", newline="")
    return path.open("w", encoding="utf-8", newline="")


def _titled(name: str, kinds: set[str]) -> str:
    (kind,) = kinds if len(kinds) == 1 else ("S",)
    return name if kind in ("S", "NULL") and ":" not in name else f"{name}:{kind}"


def _field(value: AttributeValue | None) -> str:
    if value is None or "NULL" in value:
        return ""
    for kind in _SCALARS[:3]:
        if kind in value:
            return str(value[kind])
    return plain_json(value)


def _column(title: str, kinds: dict[str, str]) -> tuple[str, str]:
    name, _, kind = title.rpartition(":")
    if name and kind in _TYPES:
        return name, kind
    return title, kinds.get(title, "S")


def _item(columns: list[tuple[str, str]], row: list[str], number: int) -> Item | BadItem:
    if len(row) > len(columns):
        return BadItem(f"line {number}: more fields than the first line has names")
    try:
        return {
            name: _value(kind, field)
            for (name, kind), field in zip(columns, row, strict=False)
            if field
        }
    except ValueError as error:
        return BadItem(f"line {number}: {error}")


def _value(kind: str, field: str) -> AttributeValue:
    if kind == "BOOL":
        return {"BOOL": field.lower() == "true"}
    if kind in _SCALARS:
        return {kind: field}
    content = parsed(field)
    if kind in _SETS:
        return {kind: [str(each) for each in content]}
    return attribute(content)
