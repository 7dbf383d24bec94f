"""Scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.base.errors import MalformedValue, ResourceNotFoundException, ValidationException
from jedlik.gateway.operation import Body, Payload
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import KEY_MISMATCH
from jedlik.services.dynamodb.items.key_ranges import Source, Span
from jedlik.services.dynamodb.items.pages import PageRequest, read_page
from jedlik.services.dynamodb.operations.items.expression_parameters import (
    legacy_page_filter,
    page_filter,
    placeholders_of,
    projection,
)
from jedlik.services.dynamodb.operations.items.reading import (
    START_INVALID,
    check_paths,
    check_select,
    check_start,
    malformed_start,
    page_body,
    source_of,
    wanted_of,
)

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import ScanInput


async def scan(database: Database, payload: ScanInput) -> Body:
    """A page of a table or index, or of one segment of it."""
    placeholders = placeholders_of("Scan", payload)
    check_select(payload)
    _check_segments(payload)
    condition = page_filter(payload, placeholders)
    if condition is None and payload.get("ScanFilter"):
        condition = await legacy_page_filter(payload, "ScanFilter")
    selected = projection(payload, placeholders)
    placeholders.check_all_used()
    name = payload["TableName"]
    try:
        table = database.ready.get(name) or await database.table(name)
    except ResourceNotFoundException:
        check_start(payload)  # errors of the key itself come first
        raise
    source = source_of(database, table, payload)
    wanted = wanted_of(payload, source, condition, selected)
    span = _span(payload, source)
    after = _after(payload, source, span)
    check_paths(table, selected, condition)
    consistent = payload.get("ConsistentRead") or False
    request = PageRequest(
        "Scan", source, span, consistent, payload.get("Limit"), after, False, *wanted
    )
    page = await read_page(database, request)
    table.meter.count_returned("Scan", page.count, page.scanned)
    return page_body(payload, page)


def _check_segments(payload: Payload) -> None:
    segment, total = payload.get("Segment"), payload.get("TotalSegments")
    if segment is None and total is None:
        return
    if total is None:
        raise ValidationException(
            "The TotalSegments parameter is required but was not present in the request "
            "when Segment parameter is present"
        )
    if segment is None:
        raise ValidationException(
            "The Segment parameter is required but was not present in the request "
            "when parameter TotalSegments is present"
        )
    if segment >= total:
        raise ValidationException(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            f"Segment: {segment} is not less than TotalSegments: {total}"
        )


def _span(payload: Payload, source: Source) -> Span:
    total = payload.get("TotalSegments")
    return source.whole() if total is None else source.segment(payload["Segment"], total)


def _after(payload: Payload, source: Source, span: Span) -> bytes | None:
    start = payload.get("ExclusiveStartKey")
    if start is None:
        return None
    # The service says what is invalid only for a table (answers in public issues).
    mismatch = f"{START_INVALID}: {KEY_MISMATCH}" if source.index is None else START_INVALID
    try:
        position = source.position(start, mismatch=mismatch, wrong_type=mismatch)
    except MalformedValue as error:
        raise malformed_start(error) from None
    if position not in span:
        raise ValidationException(
            f"{START_INVALID}: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with "
            f"correct Segment. TotalSegments: {payload['TotalSegments']} "
            f"Segment: {payload['Segment']}"
        )
    return position
