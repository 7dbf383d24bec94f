"""Query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.base.errors import ValidationException
from jedlik.base.places import Caller
from jedlik.gateway.operation import Body, Payload
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import KEY_MISMATCH
from jedlik.services.dynamodb.expressions.conditions.condition import check_no_key_attributes
from jedlik.services.dynamodb.expressions.conditions.key_condition import (
    KeyCondition,
    KeyConditions,
    parse_key_condition,
)
from jedlik.services.dynamodb.expressions.parameters import check_parameters
from jedlik.services.dynamodb.expressions.placeholders import Placeholders
from jedlik.services.dynamodb.items.key_ranges import START_INVALID, Source, Span
from jedlik.services.dynamodb.items.pages import PageRequest, read_page
from jedlik.services.dynamodb.operations.items.expression_parameters import (
    legacy_page_filter,
    page_filter,
    placeholders_of,
    projection,
)
from jedlik.services.dynamodb.operations.items.query_keys import check_keys_in_order
from jedlik.services.dynamodb.operations.items.reading import (
    check_attributes_to_get,
    check_paths,
    check_select,
    check_start,
    page_body,
    source_of,
    wanted_of,
)

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import QueryInput

_ONE_ROW = "The query can return at most one row and cannot be restarted"
_OTHER_RANGE = "The provided starting key does not match the range key predicate"
_OUTSIDE = "The provided starting key is outside query boundaries based on provided conditions"


async def query(database: Database, payload: QueryInput, caller: Caller | None = None) -> Body:
    """A page of one item collection, in the order of the sort key."""
    try:
        placeholders = placeholders_of("Query", payload)
        check_select(payload)
        check_start(payload)
        keys = _key_conditions(payload, placeholders)
        condition = page_filter(payload, placeholders)
        if condition is None and payload.get("QueryFilter"):
            condition = await legacy_page_filter(payload, "QueryFilter")
        selected = projection(payload, placeholders)
        placeholders.check_all_used()
        keys.check()
    except ValidationException:
        await _check_in_order(payload)
        raise
    name = payload["TableName"]
    table = database.ready.get(name) or await database.table(name)
    source = source_of(database, table, payload, query=True)
    try:
        key_condition = keys.match(source.key_roles)
        source.check_values(key_condition)
        span = source.matching(key_condition)
        after = _after(payload, source, key_condition, span)
    except ValidationException:
        check_keys_in_order(source, keys, payload.get("ExclusiveStartKey"))
        raise
    check_paths(table, selected, None)
    if condition is not None:
        parameter = "FilterExpression" if payload.get("FilterExpression") else "QueryFilter"
        check_no_key_attributes(condition, source.schema.names, parameter)
    wanted = wanted_of(payload, source, condition, selected)
    check_paths(table, None, condition)
    consistent = payload.get("ConsistentRead") or False
    reverse = payload.get("ScanIndexForward") is False
    request = PageRequest(
        "Query", source, span, consistent, payload.get("Limit"), after, reverse, *wanted
    )
    page = await read_page(database, request, caller)
    if _finds_one(source, key_condition):
        page.last_key = None
    table.meter.count_returned("Query", page.count, page.scanned)
    if table.meter.contributors is not None and table.meter.contributors.due():
        names = [attribute.name for attribute in source.schema.partition]
        named = dict(zip(names, key_condition.partition, strict=True))
        of_index = source.index.name if source.index is not None and source.is_global else ""
        table.meter.contributors.count_use(named, page.consumption.total, of_index)
    return page_body(payload, page)


async def _check_in_order(payload: QueryInput) -> None:
    """Raise ValidationException for the first error of a Query that needs no table, in the order in
    which the service looks (dynalite's tests, which ran against it)."""
    check_parameters("Query", payload)
    check_select(payload)
    if payload.get("QueryFilter"):
        await legacy_page_filter(payload, "QueryFilter")
    check_attributes_to_get(payload)
    check_start(payload)
    _check_has_key_conditions(payload)
    placeholders = placeholders_of("Query", payload)
    if payload.get("KeyConditionExpression") is None:  # else it comes before other expressions
        page_filter(payload, placeholders)
        projection(payload, placeholders)


def _finds_one(source: Source, condition: KeyCondition) -> bool:
    """Whether at most one item can be found: the condition names a table's whole key."""
    return source.index is None and len(condition.equals) == len(source.schema.sort)


def _key_conditions(payload: Payload, placeholders: Placeholders) -> KeyConditions:
    text = payload.get("KeyConditionExpression")
    if text is not None:
        return parse_key_condition(text, placeholders)
    _check_has_key_conditions(payload)
    from jedlik.services.dynamodb.expressions.conditions.legacy import (  # noqa: PLC0415
        legacy_key_conditions,
    )

    return legacy_key_conditions(payload["KeyConditions"])


def _check_has_key_conditions(payload: Payload) -> None:
    """Raise ValidationException for a Query without key conditions."""
    if payload.get("KeyConditions") is None and payload.get("KeyConditionExpression") is None:
        raise ValidationException(
            "Either the KeyConditions or KeyConditionExpression parameter "
            "must be specified in the request."
        )


def _after(payload: Payload, source: Source, condition: KeyCondition, span: Span) -> bytes | None:
    start = payload.get("ExclusiveStartKey")
    if start is None:
        return None
    position = source.position(start, mismatch=START_INVALID, wrong_type=KEY_MISMATCH)
    if _finds_one(source, condition):
        raise ValidationException(_ONE_ROW)
    if position in span:
        return position
    if source.with_partition(position, condition) in span:
        of_whole_partition = not condition.equals and condition.range is None
        raise ValidationException(_OUTSIDE if of_whole_partition else _ONE_ROW)
    raise ValidationException(_OTHER_RANGE)
