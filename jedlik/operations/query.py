"""Query."""

from __future__ import annotations

from jedlik.base.errors import ValidationException
from jedlik.database.database import Database
from jedlik.database.query import PageRequest, read_page
from jedlik.database.source import Source, Span
from jedlik.expressions import (
    Condition,
    KeyConditions,
    Placeholders,
    check_not_mixed,
    compile_condition,
    compile_key_condition,
    compile_key_conditions,
    compile_query_filter,
)
from jedlik.operations.expression_parameters import placeholders_of
from jedlik.operations.operation import Body, Payload
from jedlik.operations.projections import projection_with
from jedlik.operations.reading import check_select, page_body, source_of, wanted_of

_START = "The provided starting key is invalid"
_OUTSIDE = "The provided starting key is outside query boundaries based on provided conditions"


async def query(database: Database, payload: Payload) -> Body:
    """A page of one item collection, in the order of the sort key."""
    check_not_mixed(payload)
    check_select(payload, "Querying")
    placeholders = placeholders_of(
        payload, ("FilterExpression", "KeyConditionExpression"), ("ProjectionExpression",)
    )
    keys = _key_conditions(payload, placeholders)
    condition = _filter(payload, placeholders)
    projection = projection_with(payload, placeholders)
    placeholders.check_all_used()
    table = await database.table(payload["TableName"])
    source = source_of(table, payload)
    key_condition = keys.match(source.schema)
    _check_filter(source, condition)
    wanted = wanted_of(payload, source, condition, projection)
    span = source.matching(key_condition)
    request = PageRequest(
        source,
        span,
        payload.get("ConsistentRead") or False,
        payload.get("Limit"),
        _after(payload, source, span),
        payload.get("ScanIndexForward") is False,
        wanted.filter,
        wanted.projection,
        wanted.count_only,
        wanted.fetch,
    )
    return page_body(payload, await read_page(database, request))


def _key_conditions(payload: Payload, placeholders: Placeholders) -> KeyConditions:
    text = payload.get("KeyConditionExpression")
    if text is not None:
        return compile_key_condition(text, placeholders)
    if payload.get("KeyConditions") is None:
        raise ValidationException(
            "Either the KeyConditions or KeyConditionExpression parameter "
            "must be specified in the request."
        )
    return compile_key_conditions(payload)


def _filter(payload: Payload, placeholders: Placeholders) -> Condition | None:
    text = payload.get("FilterExpression")
    if text is not None:
        return compile_condition(text, placeholders, "FilterExpression")
    return compile_query_filter(payload)


def _check_filter(source: Source, condition: Condition | None) -> None:
    """A filter must not look at what the key condition has selected by already."""
    if condition is None:
        return
    for attribute in source.schema.attributes:
        if attribute.name in condition.attributes:
            raise ValidationException(
                "Filter Expression can only contain non-primary key attributes: "
                f"Primary key attribute: {attribute.name}"
            )


def _after(payload: Payload, source: Source, span: Span) -> bytes | None:
    start = payload.get("ExclusiveStartKey")
    if start is None:
        return None
    position = source.position(start, parameter_error=_START)
    if position not in span:
        raise ValidationException(_OUTSIDE)
    return position
