"""Lines of Ion as items, read by the Ion library, which is loaded when first needed.

Developer guide, "Amazon S3 import formats for DynamoDB": the types of `transfers.ion`, backwards.
"""

from __future__ import annotations

from base64 import b64encode
from decimal import Decimal
from typing import Any, Final

from jedlik.base.errors import ValidationException
from jedlik.kernel.places.bucket import PlaceFailure
from jedlik.services.dynamodb.transfers.unreadable import UnreadableObject
from jedlik.values.attribute import Item

_SETS: Final = {"$dynamodb_SS": "SS", "$dynamodb_NS": "NS", "$dynamodb_BS": "BS"}
_KINDS: Final = {
    "STRING": "S", "SYMBOL": "S", "INT": "N", "DECIMAL": "N", "FLOAT": "N", "BOOL": "BOOL",
    "NULL": "NULL", "BLOB": "B", "CLOB": "B", "LIST": "L", "SEXP": "L", "STRUCT": "M",
}  # fmt: skip


class IonReader:
    """Reads the lines of one object. Raises PlaceFailure where the library is not installed."""

    def __init__(self) -> None:
        try:
            from amazon.ion import simpleion  # noqa: PLC0415
            from amazon.ion.exceptions import IonException  # noqa: PLC0415
        except ImportError:
            raise PlaceFailure(
                "reading Ion needs the library amazon-ion: pip install 'jedlik[ion]'"
            ) from None
        self._load = simpleion.loads
        self._errors = (IonException, ValueError, TypeError, EOFError)

    def item(self, line: bytes) -> Item | None:
        """See `ReadItem`."""
        if not line.strip():
            return None
        try:
            values: Any = self._load(line, single_value=False)
        except self._errors as error:
            raise UnreadableObject(f"a line is no Ion: {error}") from None
        if not values:
            return None
        record = values[0]
        found: Any = record["Item"] if hasattr(record, "items") and "Item" in record else None
        if not hasattr(found, "items"):
            raise ValidationException("The line has no Item")
        return {str(name): _attribute(each) for name, each in found.items()}


def _attribute(value: Any) -> dict[str, Any]:
    kind = "NULL" if value is None else _KINDS.get(value.ion_type.name, "")
    if not kind:
        raise ValidationException(f"The Ion type {value.ion_type.name} is no attribute value")
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
    return True if kind == "NULL" else str(value)
