"""The smallest valid input of an operation, made from its compiled shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jedlik.services.dynamodb.inputs import BY_NAME, compiler_of
from jedlik.services.dynamodb.table_name import TableNameOrArn
from jedlik.validation.compile import Worded
from jedlik.validation.containers import ListOf, MapOf, Structure
from jedlik.validation.scalars import Boolean, Number, Text, Timestamp, Value
from jedlik.validation.shape import Shape


def structure_of(operation: str) -> Structure:
    info = BY_NAME[operation]
    return compiler_of(info.service).structure(info.input_shape)


def minimal(shape: Shape, whole: bool = False) -> Any:
    """A smallest valid value; `whole` includes the optional members."""
    match shape:
        case Worded():
            return minimal(shape.shape, whole)
        case Structure():
            members = shape.members.values()
            return {m.name: minimal(m.shape, whole) for m in members if whole or m.required}
        case ListOf():
            return [minimal(shape.element, whole) for _ in range(max(shape.min_length or 0, whole))]
        case MapOf():
            size = max(shape.min_length or 0, whole)
            return {f"{minimal(shape.key)}{i}": minimal(shape.element, whole) for i in range(size)}
        case Text():
            return text(shape)
        case TableNameOrArn():
            return "abc"
        case Number():
            return shape.minimum or 0
        case Boolean():
            return True
        case Timestamp():
            return 0
        case Value():
            return {"S": "x"}
    raise AssertionError(shape)


def text(shape: Text) -> str:
    if shape.enum:
        return shape.enum[0]
    length = shape.min_length or 1
    for letter in "a0,":
        for size in (length, max(length, 2), 12, 16, 112):
            if not shape.broken(letter * size):
                return letter * size
    raise AssertionError(shape.pattern)


def structures(shape: Shape, value: Any, path: str = "") -> Iterator[tuple[Structure, Any, str]]:
    """Every structure in a value, with its path as failures write it."""
    match shape:
        case Worded():
            yield from structures(shape.shape, value, path)
        case Structure():
            yield shape, value, path
            for name, member in shape.ordered:
                if member.name in value:
                    below = f"{path}.{name}" if path else name
                    yield from structures(member.shape, value[member.name], below)
        case ListOf():
            for index, part in enumerate(value, 1):
                yield from structures(shape.element, part, f"{path}.{index}.member")
        case MapOf():
            for key, part in value.items():
                yield from structures(shape.element, part, f"{path}.{key}.member")
