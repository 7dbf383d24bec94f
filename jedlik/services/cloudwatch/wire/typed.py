"""Converts the fields of a form to the types of their shapes.

A form has only text. Numbers, booleans and times are parsed here; a text that cannot be parsed is
refused like a wrong type in the other protocols. A map is written as entries with a key and a
value.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from jedlik.base.errors import SerializationException
from jedlik.services.cloudwatch.shapes import SHAPES

_BOOLEANS: Final = {"true": True, "false": False}


def typed(value: Any, name: str) -> Any:
    """A parsed part of a form, converted to the shape with that name. Raises
    SerializationException."""
    kind, *rest = SHAPES[name]
    try:
        match kind:
            case "structure":
                return _structure(value, rest[0])
            case "list":
                return [typed(each, rest[0]) for each in _elements(value)]
            case "map":
                return _map(value, rest[0], rest[1])
            case "integer" | "long":
                return int(_figures(value))
            case "double":
                return float(_figures(value))
            case "boolean":
                return _BOOLEANS[value.lower()]
            case "timestamp":
                return read_time(value)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise SerializationException(f"{value!r:.100} is no {kind}") from None
    if not isinstance(value, str):
        raise SerializationException("A text has parts.")
    return value


def _figures(text: str) -> str:
    """A text that may be a number: Python also reads `1_0`, and the digits of other scripts. Raises
    ValueError."""
    if "_" in text or not text.isascii():
        raise ValueError(text)
    return text


def _structure(value: Any, members: tuple[tuple[str, str, bool], ...]) -> dict[str, Any]:
    if value == "":
        return {}
    shapes = {name: shape for name, shape, _ in members}
    return {name: typed(each, shapes[name]) for name, each in value.items() if name in shapes}


def _elements(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    if value == "" or value == {"member": ""}:  # how clients write a list without elements
        return []
    raise TypeError


def _map(value: Any, key_shape: str, value_shape: str) -> dict[str, Any]:
    entries = value["entry"]
    found = {}
    for number in sorted(entries, key=int):
        entry = entries[number]
        found[typed(entry["key"], key_shape)] = typed(entry["value"], value_shape)
    return found


def read_time(text: str) -> float:
    """Seconds since the epoch of a time in ISO 8601, or of a number of seconds."""
    try:
        return float(_figures(text))
    except ValueError:
        moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
