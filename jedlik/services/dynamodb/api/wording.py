"""The service's texts for errors in requests, which depend on the operation.

In 2026 single-item writes moved to newer checks of their parameters, whose errors stand after "1
validation error detected: ", and single-item reads, BatchGetItem and Query to the same checks
without those words. Batches of writes, transactions, Scan and PartiQL have kept the older ones. The
move went region by region and is not documented; this is how most regions answered in October 2026.

Only errors that do not depend on the table differ: those about an item or a schema have the same
text everywhere.
"""

from __future__ import annotations

from typing import Final

from jedlik.base.errors import InvalidParameter, InvalidSelect, MalformedValue, ValidationException

_WRITES: Final = frozenset(("PutItem", "UpdateItem", "DeleteItem"))
_NEWER: Final = _WRITES | {"GetItem", "BatchGetItem", "Query"}

_IN_ENVELOPE: Final[dict[type[InvalidParameter], frozenset[str]]] = {
    MalformedValue: frozenset(),
    InvalidSelect: frozenset(("Query",)),
}
"""Operations that count these among "validation errors"; all others of their kind: `_WRITES`."""


def worded(error: InvalidParameter, operation: str) -> ValidationException:
    """The error as `operation` words it."""
    if operation not in _NEWER:
        return error
    counted = operation in _IN_ENVELOPE.get(type(error), _WRITES)
    return ValidationException(
        f"1 validation error detected: {error.newer}" if counted else error.newer
    )
