"""The formats of files.

Exports in CSV and Parquet need to know all columns before the first line, and an interrupted one
has to be resumed: so items are first gathered as DynamoDB JSON, next to the file, and written in
its format at the end.
"""

from __future__ import annotations

import gzip
import importlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, AnyStr, Final, Protocol, cast

from jedlik.services.dynamodb.transfers.input_lines import MAX_LINE_SIZE
from jedlik.values.attribute import Item

DYNAMODB_JSON: Final = "dynamodb-json"
JSON: Final = "json"
ION: Final = "ion"
CSV: Final = "csv"
PARQUET: Final = "parquet"
FORMATS: Final = (DYNAMODB_JSON, JSON, ION, CSV, PARQUET)
BY_LINES: Final = frozenset((DYNAMODB_JSON, JSON, ION))
"""Formats in which an item is a line, whatever else is in the file."""

_SUFFIXES: Final = {
    ".json": DYNAMODB_JSON,
    ".jsonl": DYNAMODB_JSON,
    ".ndjson": DYNAMODB_JSON,
    ".ion": ION,
    ".csv": CSV,
    ".parquet": PARQUET,
}
_GZIP: Final = ".gz"


class FileError(Exception):
    """A file that cannot be read or written in its format; the text says why."""


class BadItem(Exception):
    """A line without a valid item; later ones may have one."""


class Form(Protocol):
    """A format's module."""

    def line_of(self, item: Item) -> bytes:
        """An item's line, with its end. Only for formats by lines."""
        ...

    def write(self, path: Path, items: Callable[[], Iterable[Item]]) -> None:
        """A whole file; `items` may be called several times. Only for other formats."""
        ...

    def read(self, path: Path, kinds: dict[str, str]) -> Iterator[Item | BadItem]:
        """The items of a file; `kinds` are types of key attributes. Raises FileError."""
        ...


def format_of(path: Path, given: str | None) -> str:
    """The requested format, or the one of the file's name. Raises FileError."""
    if given is not None:
        return given
    name = path.name.removesuffix(_GZIP)
    found = _SUFFIXES.get(Path(name).suffix.lower())
    if found is None:
        known = ", ".join(_SUFFIXES)
        raise FileError(
            f"the name {path.name} does not tell the format, as {known} would; use --format"
        )
    return found


def form(name: str) -> Any:
    """The module of a format (see `Form`), loaded when needed."""
    homes = {
        DYNAMODB_JSON: "json_lines:DynamoDbJson",
        JSON: "json_lines:PlainJson",
        ION: "json_lines:Ion",
        CSV: "csv_file:Csv",
        PARQUET: "parquet:Parquet",
    }
    module, _, kind = homes[name].partition(":")
    return getattr(importlib.import_module(f"{__package__}.{module}"), kind)()


def is_compressed(path: Path) -> bool:
    """Whether a file is compressed with gzip, by its name."""
    return path.name.endswith(_GZIP)


def bounded_lines(file: IO[AnyStr], path: Path) -> Iterator[AnyStr]:
    """The lines of an open file, none of them longer than the longest possible item: a compressed
    file of some kilobytes may contain a line of gigabytes. Raises FileError."""
    number = 0
    while line := file.readline(MAX_LINE_SIZE + 1):
        number += 1
        if len(line) > MAX_LINE_SIZE:
            raise FileError(f"{path}: line {number} is longer than {MAX_LINE_SIZE:,} characters")
        yield line


def open_to_read(path: Path) -> IO[bytes]:
    """A file's content, decompressed."""
    if is_compressed(path):
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return path.open("rb")
