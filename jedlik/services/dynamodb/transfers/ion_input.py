"""Lines of Ion as items, read by the Ion library, which is loaded when first needed.

Developer guide, "Amazon S3 import formats for DynamoDB": the types of `transfers.ion`, backwards.
"""

from __future__ import annotations

from base64 import b64encode
from decimal import Decimal
from typing import Any, Final

from jedlik.base.errors import ValidationException
from jedlik.kernel.buckets.bucket import BucketFailure
from jedlik.services.dynamodb.transfers.unreadable import NoItem, UnreadableObject
from jedlik.values.nesting import NestingTooDeep

Record = dict[str, Any]
"""The members of a line: `Item`, and for bulk puts those of its condition, in wire form."""

_SETS: Final = {"$dynamodb_SS": "SS", "$dynamodb_NS": "NS", "$dynamodb_BS": "BS"}
_KINDS: Final = {
    "STRING": "S", "SYMBOL": "S", "INT": "N", "DECIMAL": "N", "FLOAT": "N", "BOOL": "BOOL",
    "NULL": "NULL", "BLOB": "B", "CLOB": "B", "LIST": "L", "SEXP": "L", "STRUCT": "M",
}  # fmt: skip


class IonReader:
    """Reads the lines of one object. Raises BucketFailure if the library is not installed."""

    def __init__(self) -> None:
        try:
            from amazon.ion import simpleion  # noqa: PLC0415
            from amazon.ion.exceptions import IonException  # noqa: PLC0415
        except ImportError:
            raise BucketFailure(
                "reading Ion needs the library amazon-ion: pip install 'jedlik[ion]'"
            ) from None
        self._load = simpleion.loads
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
        try:
            values: Any = self._load(line, single_value=False)
        except self._errors as error:
            raise UnreadableObject(f"a line is not valid Ion: {error}") from None
        if not values:
            return None
        found = values[0]
        if not hasattr(found, "items") or not hasattr(found.get("Item"), "items"):
            raise NoItem
        return {str(name): _member(str(name), each) for name, each in found.items()}


def _member(name: str, value: Any) -> Any:
    """A member of a record: maps of attribute values, strings, and maps of strings."""
    if not hasattr(value, "items"):
        return _text(value)
    if name == "ExpressionAttributeNames":
        return {str(key): _text(each) for key, each in value.items()}
    return {str(key): _attribute(each) for key, each in value.items()}


def _attribute(value: Any) -> dict[str, Any]:
    kind = "NULL" if value is None else _KINDS.get(value.ion_type.name, "")
    if not kind:
        raise ValidationException(f"The Ion type {value.ion_type.name} is not an attribute value")
    names = [each.text for each in getattr(value, "ion_annotations", ())]
    of_set = next((_SETS[name] for name in names if name in _SETS), None)
    if of_set is not None:
        return {of_set: [_content(of_set[0], each) for each in value]}
    return {kind: _content(kind, value)}


def _content(kind: str, value: Any) -> Any:
    if kind == "N":
        return str(value if isinstance(value, Decimal) else Decimal(str(value)))
    if kind == "B":
        return b64encode(bytes(value)).decode()
    if kind == "L":
        return [_attribute(each) for each in value]
    if kind == "M":
        return {str(name): _attribute(each) for name, each in value.items()}
    if kind == "BOOL":
        return bool(value)
    return True if kind == "NULL" else _text(value)


def _text(value: Any) -> str:
    """The text of a string or symbol; the library's symbols are not strings."""
    return str(getattr(value, "text", value))
