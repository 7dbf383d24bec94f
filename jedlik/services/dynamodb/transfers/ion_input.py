"""Lines of Ion as items, read by the Ion library, which is loaded when first needed.

Developer guide, "Amazon S3 import formats for DynamoDB": the types of `transfers.ion`, backwards.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from jedlik.base.errors import ValidationException
from jedlik.base.extras import install
from jedlik.base.limits import MAX_ITEM_SIZE
from jedlik.kernel.buckets.bucket import BucketFailure
from jedlik.services.dynamodb.transfers.unreadable import NoItem, UnreadableObject
from jedlik.values.canonical import ItemTooLarge
from jedlik.values.nesting import NestingTooDeep

Record = dict[str, Any]
"""The members of a line: `Item`, and for bulk puts those of its condition, in wire form."""

_SETS: Final = {"$dynamodb_SS": "SS", "$dynamodb_NS": "NS", "$dynamodb_BS": "BS"}
_KINDS: Final = (
    (str, "S"), (bool, "BOOL"), ((int, float, Decimal), "N"), (bytes, "B"), (list, "L"),
    (dict, "M"),
)  # fmt: skip
"""Symbols, which the library makes tuples, and nulls are not among them."""
_BINARY: Final = b"\xe0\x01\x00\xea"
"""How binary Ion begins, which has no lines."""
_MAX_LINE: Final = 2 * 1024 * 1024
"""Bytes: five times those of an item, whose Ion is up to four times as long. In that time the
library makes all values of a line."""
_MIN_BUFFER: Final = 4096
"""Bytes; with less, the library refuses everything."""
_MAX_DIGITS: Final = 1000
"""Far above the 38 that a number may have."""
_DIGITS: Final = re.compile(rb"[0-9A-Fa-f_]{%d}" % _MAX_DIGITS).search
_MAX_EXPONENT: Final = 4
"""Digits of an exponent; the three of the largest number are enough."""
_EXPONENT: Final = re.compile(
    rb"(?<![\w$])[0-9][0-9_]*+(?:\.[0-9_]*+)?[DEde][-+]?[0-9]{%d}" % (_MAX_EXPONENT + 1)
).search
"""A number with a longer one."""
_TEXTS: Final = re.compile(
    rb"""/\*.*?(?:\*/|\Z)|//[^\r\n]*|\{\{[^"'}]*+(?:\}\})?|'''(?:[^\\]|\\.)*?(?:'''|\\?\Z)"""
    rb"""|"(?>(?:[^"\\]|\\.)*)(?:"|\\?\Z)|'(?>(?:[^'\\]|\\.)*)(?:'|\\?\Z)""",
    re.DOTALL,
)
"""Comments, blobs, strings (also those of clobs) and quoted symbols of a line. What has begun like
one of them is one, even if it does not end: otherwise each beginning would be tried to the line's
end."""


class IonReader:
    """Reads the lines of one object. Raises BucketFailure if the library is not installed."""

    def __init__(self) -> None:
        try:
            from amazon.ion import simpleion  # noqa: PLC0415
            from amazon.ion.exceptions import IonException  # noqa: PLC0415
        except ImportError:
            raise BucketFailure(
                f"reading Ion needs the library amazon-ion: {install('ion')}"
            ) from None
        models = simpleion.IonPyValueModel
        self._load = simpleion.loads
        self._model = models.MAY_BE_BARE | models.STRUCT_AS_STD_DICT
        self._errors = (IonException, ValueError, TypeError, EOFError)

    def record(self, line: bytes) -> Record | None:
        """The record of a line (see `input_objects.Read`)."""
        if not line.strip():
            return None
        try:
            return self._record(line)
        except RecursionError:
            raise NestingTooDeep from None

    def _record(self, line: bytes) -> Record | None:
        if line.startswith(_BINARY):
            raise UnreadableObject("a line is binary Ion, which has no lines")
        if len(line) > _MAX_LINE:
            raise ItemTooLarge
        _check_numbers(line)
        try:
            lazily: Any = self._load(
                line,
                single_value=False,
                parse_eagerly=False,
                value_model=self._model,
                text_buffer_size_limit=max(len(line), _MIN_BUFFER),
            )
            values = [*islice(lazily, 2)]  # a second one is only checked
        except self._errors as error:
            raise UnreadableObject(f"a line is not valid Ion: {error}") from None
        if not values:
            return None
        found = values[0]
        if not isinstance(found, dict) or not isinstance(found.get("Item"), dict):
            raise NoItem
        converter = _Converter()
        return {_text(name): converter.member(_text(name), each) for name, each in found.items()}


def _check_numbers(line: bytes) -> None:
    """Refuse numbers that are too much for the library. Raises UnreadableObject."""
    if not (_DIGITS(line) or _EXPONENT(line)):
        return
    numbers = _TEXTS.sub(b" ", line)
    # The time that it takes for a number grows with the square of its digits.
    if _DIGITS(numbers):
        raise UnreadableObject(f"a line has a number of more than {_MAX_DIGITS} digits")
    # Of decimals with exponents close to a million it writes the digits beyond the memory for them.
    if _EXPONENT(numbers):
        raise UnreadableObject(
            f"a line has a number whose exponent has more than {_MAX_EXPONENT} digits"
        )


class _Converter:
    """Makes the members of one record from Ion values. Raises ValidationException."""

    def __init__(self) -> None:
        self._left = MAX_ITEM_SIZE
        """How many more values an item can have: each takes a byte at least."""

    def member(self, name: str, value: Any) -> Any:
        """A member of a record: maps of attribute values, strings, and maps of strings."""
        if not isinstance(value, dict):
            return _text(value)
        if name == "ExpressionAttributeNames":
            return {_text(key): _text(each) for key, each in value.items()}
        return self._map(value)

    def _map(self, value: dict[Any, Any]) -> dict[str, Any]:
        return {_text(name): self._attribute(each) for name, each in value.items()}

    def _attribute(self, value: Any) -> dict[str, Any]:
        self._left -= 1
        if self._left < 0:
            raise ItemTooLarge
        kind = _kind_of(value)
        of_set = next((_SETS[name] for name in _annotations(value) if name in _SETS), None)
        if of_set is None:
            return {kind: self._content(kind, value)}
        if kind != "L":
            raise ValidationException(
                f"An Ion value with the annotation $dynamodb_{of_set} is not a list"
            )
        elements = [self._attribute(each) for each in value]
        if any(of_set[0] not in each for each in elements):
            raise ValidationException(f"A value of a $dynamodb_{of_set} is of another type")
        return {of_set: [each[of_set[0]] for each in elements]}

    def _content(self, kind: str, value: Any) -> Any:
        if kind == "N":
            return str(value if isinstance(value, Decimal) else Decimal(str(value)))
        if kind == "B":
            return b64encode(value).decode()
        if kind == "L":
            return [self._attribute(each) for each in value]
        if kind == "M":
            return self._map(value)
        if kind == "BOOL":
            return bool(value)
        return True if kind == "NULL" else _text(value)


def _kind_of(value: Any) -> str:
    """The type of an Ion value as an attribute value. Raises ValidationException."""
    if isinstance(value, tuple):
        return "S"  # a symbol
    if isinstance(value, datetime):
        raise ValidationException("The Ion type TIMESTAMP is not an attribute value")
    kind = next((kind for types, kind in _KINDS if isinstance(value, types)), "NULL")
    # A boolean with an annotation is an int.
    return "BOOL" if kind == "N" and _ion_type(value) == "BOOL" else kind


def _ion_type(value: Any) -> str | None:
    """The name of a value's Ion type, which only those with annotations have."""
    known = getattr(value, "ion_type", None)
    return None if known is None else str(known.name)


def _annotations(value: Any) -> Iterator[str]:
    for each in getattr(value, "ion_annotations", ()):
        yield each.text


def _text(value: Any) -> str:
    """The text of a string or symbol; the library's symbols are not strings."""
    return str(getattr(value, "text", value))
