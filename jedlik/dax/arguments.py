"""Values in the arguments of a request, checked to be of the kind that is expected.

Decoded CBOR may be anything. All functions raise `MalformedCbor`.
"""

from __future__ import annotations

from typing import Any, Final

from jedlik.dax.wire.cbor import MalformedCbor, Reader

OPTIONS: Final = range(20)
"""The numbers of optional parameters (see `requests`)."""


def read_options(reader: Reader) -> dict[int, Any]:
    """Optional parameters by their numbers; if one comes twice, the last counts."""
    found = reader.value()
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(key in OPTIONS for key in found):
        raise MalformedCbor("a request has parameters that are not known")
    return found


def flag(options: dict[int, Any], option: int) -> bool:
    """A boolean, which some methods send as 0 or 1."""
    value = options.get(option, False)
    if value not in (0, 1):
        raise MalformedCbor("a boolean is missing")
    return bool(value)


def choice(choices: dict[int, str], value: Any) -> str:
    """What a number stands for."""
    chosen = choices.get(value) if type(value) is int else None
    if chosen is None:
        raise MalformedCbor("a parameter has a value that is not known")
    return chosen


def integer(value: Any) -> int:
    """A whole number."""
    if type(value) is not int:
        raise MalformedCbor("an integer is missing")
    return value


def byte_string(value: Any) -> bytes:
    """Bytes."""
    if not isinstance(value, bytes):
        raise MalformedCbor("a byte string is missing")
    return value


def array(value: Any) -> list[Any]:
    """An array of anything."""
    if not isinstance(value, list):
        raise MalformedCbor("an array is missing")
    return value


def text(value: Any) -> str:
    """Text, as a text string or as its bytes."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise MalformedCbor("a text is not UTF-8") from None
    if not isinstance(value, str):
        raise MalformedCbor("a string is missing")
    return value


def table_request(value: Any) -> tuple[bool, Any, list[Any]]:
    """Of a table in a BatchGetItem: whether it is read consistently, the projection, and keys."""
    if not isinstance(value, list) or len(value) != 3 or not isinstance(value[0], bool | None):
        raise MalformedCbor("a table of a batch has to have three parameters")
    return bool(value[0]), value[1], array(value[2])


def rows(first: list[Any], *columns: Any) -> list[tuple[Any, ...]]:
    """The rows of a table of columns, of which all but the first may be null."""
    filled = [first]
    for column in columns:
        filled.append([None] * len(first) if column is None else array(column))
        if len(filled[-1]) != len(first):
            raise MalformedCbor("the arrays of a transaction differ in length")
    return list(zip(*filled, strict=True))
