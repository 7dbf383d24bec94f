"""Scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.base.errors import MalformedValue, ResourceNotFoundException, ValidationException
from jedlik.base.places import Caller
from jedlik.gateway.operation import Body, Payload
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import KEY_MISMATCH
from jedlik.services.dynamodb.expressions.parameters import check_parameters
from jedlik.services.dynamodb.items.key_ranges import START_INVALID, Source, Span
from jedlik.services.dynamodb.items.pages import PageRequest, read_page
from jedlik.services.dynamodb.operations.items.expression_parameters import (
    legacy_page_filter,
    page_filter,
    placeholders_of,
    projection,
)
from jedlik.services.dynamodb.operations.items.reading import (
    check_attributes_to_get,
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


async def scan(database: Database, payload: ScanInput, caller: Caller | None = None) -> Body:
    """A page of a table or index, or of one segment of it."""
    try:
        request = await _request(database, payload)
    except ValidationException:
        await _check_in_order(payload)
        raise
    page = await read_page(database, request, caller)
    request.source.table.meter.count_returned("Scan", page.count, page.scanned)
    return page_body(payload, page)


async def _check_in_order(payload: ScanInput) -> None:
    """Raise ValidationException for the first error of a Scan before those of its expressions, in
    the order in which the service looks (dynalite's tests, which ran against it)."""
    check_parameters("Scan", payload)
    check_select(payload)
    check_attributes_to_get(payload)
    if payload.get("ScanFilter"):
        await legacy_page_filter(payload, "ScanFilter")
    check_start(payload)
    _check_segments(payload)


async def _request(database: Database, payload: ScanInput) -> PageRequest:
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
    try:
        wanted = wanted_of(payload, source, condition, selected)
    except ValidationException:
        _check_start(payload, source)  # comes first
        raise
    span = _span(payload, source)
    after = _after(payload, source, span)
    check_paths(table, selected, condition)
    consistent = payload.get("ConsistentRead") or False
    return PageRequest(
        "Scan", source, span, consistent, payload.get("Limit"), after, False, *wanted
    )


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


def _start_errors(source: Source) -> tuple[str, str]:
    """The texts for another key's starting key, and for one of another type."""
    if source.index is None:
        return (f"{START_INVALID}: {KEY_MISMATCH}",) * 2
    return START_INVALID, KEY_MISMATCH


def _check_start(payload: Payload, source: Source) -> None:
    start = payload.get("ExclusiveStartKey")
    if start is not None:
        check_start(payload)
        mismatch, wrong_type = _start_errors(source)
        source.check_start(start, mismatch=mismatch, wrong_type=wrong_type)


def _after(payload: Payload, source: Source, span: Span) -> bytes | None:
    start = payload.get("ExclusiveStartKey")
    if start is None:
        return None
    mismatch, wrong_type = _start_errors(source)
    try:
        position = source.position(start, mismatch=mismatch, wrong_type=wrong_type)
    except MalformedValue as error:
        raise malformed_start(error) from None
    if position not in span:
        raise ValidationException(
            f"{START_INVALID}: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with "
            f"correct Segment. TotalSegments: {payload['TotalSegments']} "
            f"Segment: {payload['Segment']}"
        )
    return position
