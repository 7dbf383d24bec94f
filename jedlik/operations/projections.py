"""The projection of a read that has no other expressions: GetItem, and each part of a batch."""

from __future__ import annotations

import orjson

from jedlik.expressions import (
    Placeholders,
    Projection,
    check_not_mixed,
    compile_attributes_to_get,
    compile_projection,
)
from jedlik.operations.expression_parameters import placeholders_of
from jedlik.operations.operation import Payload
from jedlik.values.stored import decode, wire


def projection_of(payload: Payload) -> Projection | None:
    """What ProjectionExpression or AttributesToGet selects; None: everything."""
    if len(payload) == 2:
        return None
    check_not_mixed(payload)
    placeholders = placeholders_of(payload, (), ("ProjectionExpression",))
    projection = projection_with(payload, placeholders)
    placeholders.check_all_used()
    return projection


def projection_with(payload: Payload, placeholders: Placeholders) -> Projection | None:
    """The same for a request whose placeholders other expressions use too."""
    text = payload.get("ProjectionExpression")
    if text is not None:
        return compile_projection(text, placeholders)
    names = payload.get("AttributesToGet")
    return None if names is None else compile_attributes_to_get(names)


def projected(stored: bytes, projection: Projection | None) -> bytes:
    """The JSON of a stored item, or of the part of it that is selected."""
    if projection is None:
        return wire(stored)
    return orjson.dumps(projection.apply(decode(stored)))
