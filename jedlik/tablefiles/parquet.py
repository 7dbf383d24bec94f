"""Parquet, by the library pyarrow, which is loaded when needed.

A column has one type: text, numbers (64-bit integers, else floats if these are exact, else text),
booleans, binary, or lists of text; other values are JSON. Null means no attribute.

A file of some kilobytes may contain gigabytes: a dictionary's value is repeated for every row that
refers to it, pages are compressed, and the sizes in the file may be false. So few rows are decoded
at a time, those too large for an item are skipped, and memory is limited.
"""

from __future__ import annotations

import contextlib
import resource
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Final

from jedlik.base.extras import install
from jedlik.base.limits import KIB, MIB
from jedlik.services.dynamodb.transfers.input_lines import MAX_LINE_SIZE
from jedlik.tablefiles.formats import BadItem, FileError
from jedlik.tablefiles.plain import attribute, parsed, plain_json
from jedlik.values.attribute import AttributeValue, Item

_ROWS: Final = 10_000
"""Items of a row group, which are in memory at a time."""
_ROWS_READ: Final = 64
_BUFFER: Final = 64 * KIB
"""Bytes of each column that are read at a time."""
_MEMORY: Final = 2048 * MIB
"""Bytes of memory that reading may take: pages of a thousand columns fit."""
_UNREADABLE: Final = (ValueError, OverflowError, RecursionError)
"""Text that is not UTF-8, times outside the calendar, types nested too deep."""
_INTEGERS: Final = range(-(1 << 63), 1 << 63)
_MARK: Final = b"jedlik:type"
"""Metadata of a column with the type of its values, so that reading it gives the same."""


class Parquet:
    """See `Form`."""

    def __init__(self) -> None:
        try:
            import pyarrow as pa  # noqa: PLC0415
            import pyarrow.parquet as pq  # noqa: PLC0415
        except ImportError:
            raise FileError(f"Parquet needs the library pyarrow: {install('parquet')}") from None
        self._arrow: Any = pa
        self._parquet: Any = pq

    def write(self, path: Path, items: Callable[[], Iterable[Item]]) -> None:
        """See `Form`."""
        columns = _columns(items())
        fields = [
            self._arrow.field(name, self._type(kind), metadata={_MARK: kind.encode()})
            for name, kind in columns.items()
        ]
        schema = self._arrow.schema(fields)
        rows = iter(items())
        with self._parquet.ParquetWriter(path, schema) as writer:
            while batch := list(islice(rows, _ROWS)):
                arrays = [
                    self._arrow.array(
                        [_cell(kind, item.get(name)) for item in batch], self._type(kind)
                    )
                    for name, kind in columns.items()
                ]
                writer.write_table(self._arrow.Table.from_arrays(arrays, schema=schema))

    def read(self, path: Path, kinds: dict[str, str]) -> Iterator[Item | BadItem]:
        """See `Form`."""
        self._arrow.set_memory_pool(self._arrow.system_memory_pool())  # others reserve ahead
        try:
            with _limited_memory(_MEMORY):
                yield from self._items(path, kinds)
        except MemoryError as error:  # as which Arrow has it too
            raise FileError(
                f"{path} cannot be read as Parquet: {_ROWS_READ} of its rows take more memory "
                f"than {_MEMORY // MIB:,} MiB"
            ) from error
        except (OSError, self._arrow.ArrowException, *_UNREADABLE) as error:
            raise FileError(f"{path} cannot be read as Parquet: {error}") from error

    def _items(self, path: Path, kinds: dict[str, str]) -> Iterator[Item | BadItem]:
        with self._parquet.ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False) as file:
            marks = {
                each.name: (each.metadata or {}).get(_MARK, b"").decode()
                for each in file.schema_arrow
            }
            number = 0
            for batch in file.iter_batches(_ROWS_READ, use_threads=False):
                rows = [batch] if batch.nbytes <= MAX_LINE_SIZE else _one_by_one(batch)
                for some in rows:
                    if some.nbytes > MAX_LINE_SIZE:
                        yield BadItem(f"row {number + 1}: it has more than any item")
                    else:
                        for row in some.to_pylist():
                            yield _item(row, marks, kinds)
                    number += some.num_rows

    def _type(self, kind: str) -> Any:
        arrow = self._arrow
        types = {
            "INT": arrow.int64(),
            "FLOAT": arrow.float64(),
            "BOOL": arrow.bool_(),
            "B": arrow.binary(),
            "SS": arrow.list_(arrow.string()),
        }
        return types.get(kind, arrow.string())


def _one_by_one(batch: Any) -> Iterator[Any]:
    return (batch.slice(at, 1) for at in range(batch.num_rows))


@contextlib.contextmanager
def _limited_memory(more: int) -> Iterator[None]:
    """Make allocations fail, on Linux, once this process has this many bytes more than now."""
    if sys.platform != "linux":
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    limit = pages * resource.getpagesize() + more
    if soft != resource.RLIM_INFINITY:
        limit = min(limit, soft)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _columns(items: Iterable[Item]) -> dict[str, str]:
    """The kind of every column: an attribute type, INT or FLOAT for numbers, JSON for mixtures."""
    found: dict[str, set[str]] = {}
    for item in items:
        for name, value in item.items():
            ((kind, content),) = value.items()
            if kind == "N":
                kind = _number_kind(content)
            found.setdefault(name, set()).add(kind)
    return {name: _common(kinds - {"NULL"}) for name, kinds in found.items()}


def _number_kind(text: str) -> str:
    number = Decimal(text)
    if number == number.to_integral_value() and int(number) in _INTEGERS:
        return "INT"
    return "FLOAT" if Decimal(repr(float(number))) == number else "N"


def _common(kinds: set[str]) -> str:
    if len(kinds) == 1:
        return next(iter(kinds))
    if kinds == {"INT", "FLOAT"}:
        return "FLOAT"
    if kinds and kinds <= {"INT", "FLOAT", "N"}:
        return "N"
    return "JSON" if kinds else "S"


def _cell(kind: str, value: AttributeValue | None) -> Any:
    if value is None or "NULL" in value:
        return None
    if kind in ("INT", "FLOAT"):
        return int(Decimal(value["N"])) if kind == "INT" else float(value["N"])
    if kind == "B":
        return b64decode(value["B"])
    if kind in ("S", "N", "BOOL", "SS"):
        return value[kind]
    return plain_json(value)


def _item(row: dict[str, Any], marks: dict[str, str], kinds: dict[str, str]) -> Item | BadItem:
    try:
        return {
            name: _value(each, marks.get(name, ""), kinds.get(name))
            for name, each in row.items()
            if each is not None
        }
    except (ValueError, TypeError) as error:
        return BadItem(f"a row: {error}")


def _value(value: Any, mark: str, key_kind: str | None) -> AttributeValue:
    if mark == "JSON" or mark in ("L", "M"):
        return attribute(parsed(value))
    if mark in ("NS", "BS"):
        return {mark: [str(each) for each in parsed(value)]}
    if mark in ("SS", "N"):
        return {mark: value}
    found = _plain_value(value)
    if key_kind is not None and key_kind not in found:
        return {key_kind: str(next(iter(found.values())))}
    return found


def _plain_value(value: Any) -> AttributeValue:
    """A value of any Parquet file."""
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | float | Decimal):
        return {"N": repr(value) if isinstance(value, float) else str(value)}
    if isinstance(value, bytes):
        return {"B": b64encode(value).decode()}
    if isinstance(value, list):
        return {"L": [_nested(each) for each in value]}
    if isinstance(value, dict):
        return {"M": {str(name): _nested(each) for name, each in value.items()}}
    return {"S": value if isinstance(value, str) else str(value)}


def _nested(value: Any) -> AttributeValue:
    return {"NULL": True} if value is None else _plain_value(value)
