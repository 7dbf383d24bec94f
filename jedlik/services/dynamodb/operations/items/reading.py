"""Shared by Query and Scan, apart from the page itself: parameters, their rules, the answer.

API reference, "Query" and "Scan": Select, IndexName, ConsistentRead, ExclusiveStartKey.
"""

from __future__ import annotations

from typing import NamedTuple

import orjson

from jedlik.base.errors import InvalidSelect, MalformedValue, ValidationException
from jedlik.gateway.operation import Payload
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import OpenIndex, OpenTable
from jedlik.services.dynamodb.expressions.conditions.condition import Condition
from jedlik.services.dynamodb.expressions.projection import Projection, project_attributes
from jedlik.services.dynamodb.items.key_ranges import START_INVALID, Source
from jedlik.services.dynamodb.items.pages import PageAnswer
from jedlik.services.dynamodb.operations.items.answers import consumed_capacity, json_object
from jedlik.services.dynamodb.tables.model import CREATING, DELETING
from jedlik.values.canonical import canonical_item

ALL_ATTRIBUTES = "ALL_ATTRIBUTES"
ALL_PROJECTED_ATTRIBUTES = "ALL_PROJECTED_ATTRIBUTES"
SPECIFIC_ATTRIBUTES = "SPECIFIC_ATTRIBUTES"
COUNT = "COUNT"

_PROJECTIONS = ("AttributesToGet", "ProjectionExpression")
_CONSISTENT = "Consistent reads are not supported on global secondary indexes"


def check_select(payload: Payload) -> None:
    """The rules between Select, the projection and the index that need no table. The service's text
    says Querying even for a Scan (its answers in public issues)."""
    select = payload.get("Select")
    if select is None:
        return
    projections = [name for name in _PROJECTIONS if payload.get(name) is not None]
    if select == ALL_PROJECTED_ATTRIBUTES and payload.get("IndexName") is None:
        raise InvalidSelect(
            "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"
        )
    if select == SPECIFIC_ATTRIBUTES and not projections:
        raise InvalidSelect(
            "Must specify the AttributesToGet or ProjectionExpression "
            "when choosing to get SPECIFIC_ATTRIBUTES"
        )
    if select != SPECIFIC_ATTRIBUTES and projections:
        raise InvalidSelect(
            f"Cannot specify the {projections[0]} when choosing to get "
            + ("only the Count" if select == COUNT else str(select))
        )


def check_attributes_to_get(payload: Payload) -> None:
    """Refuse an attribute that is named twice. Raises ValidationException."""
    names = payload.get("AttributesToGet")
    if names is not None:
        project_attributes(names)


def check_start(payload: Payload) -> None:
    """Check that the values of ExclusiveStartKey are valid, which needs no table."""
    start = payload.get("ExclusiveStartKey")
    if start is None:
        return
    try:
        canonical_item(start)
    except MalformedValue as error:
        raise malformed_start(error) from None


def malformed_start(error: MalformedValue) -> ValidationException:
    """The error for an ExclusiveStartKey with a value that cannot be read."""
    return ValidationException(f"{START_INVALID}: {error.message}")


def readable_index(database: Database, table: OpenTable, name: str) -> OpenIndex | None:
    """The index of that name; None if missing or being deleted.

    Raises ValidationException if it is still being created: an index cannot be read "until its
    status changes from CREATING to ACTIVE", and one that is DELETING "can no longer be used"
    (developer guide, "Managing global secondary indexes"). Also if it is a vector index, in the
    words of Scan (ExtendDB's tests of them), which PartiQL shares (Floci's).
    """
    if table.vector_index(name) is not None:
        raise ValidationException("Scan operation not supported on this index type")
    index = table.index(name)
    if index is None or (index.model.transition is None and not index.model.backfilling):
        return index
    status = index.model.status(database.clock.now())
    if status == CREATING:
        raise ValidationException(f"Cannot read from backfilling global secondary index: {name}")
    return None if status == DELETING else index


def source_of(
    database: Database, table: OpenTable, payload: Payload, *, query: bool = False
) -> Source:
    """The table or the index to read. Raises ValidationException."""
    name = payload.get("IndexName")
    if name is None:
        return Source(table, None)
    if query and table.vector_index(name) is not None:
        if payload.get("ConsistentRead"):
            raise ValidationException(_CONSISTENT)
        raise ValidationException("Query operation not supported on this index type.")
    index = readable_index(database, table, name)
    if index is None:
        raise ValidationException(f"The table does not have the specified index: {name}")
    source = Source(table, index)
    if source.is_global and payload.get("ConsistentRead"):
        raise ValidationException(_CONSISTENT)
    return source


class Wanted(NamedTuple):
    """The parts of its items that a page returns."""

    filter: Condition | None
    projection: Projection | None
    count_only: bool
    fetch: bool


def wanted_of(
    payload: Payload, source: Source, condition: Condition | None, projection: Projection | None
) -> Wanted:
    """The parts of items that Select and the projection select from `source`. Raises
    ValidationException."""
    select = payload.get("Select")
    index = source.index
    fetch = False
    if index is not None:
        if select == ALL_ATTRIBUTES:
            fetch = _must_fetch_all(index)
        elif projection is not None:
            fetch = _must_fetch_some(index, projection)
    return Wanted(condition, projection, select == COUNT, fetch)


def check_paths(
    table: OpenTable, projection: Projection | None, condition: Condition | None
) -> None:
    """Refuse paths into key attributes, first those of the projection. Raises
    ValidationException."""
    if projection is not None and projection.led_into:
        table.check_paths(projection.led_into)
    if condition is not None and condition.led_into:
        table.check_paths(condition.led_into)


def _must_fetch_all(index: OpenIndex) -> bool:
    if index.projected is None:
        return False
    if not index.model.local:
        raise ValidationException.of_values(
            "Select type ALL_ATTRIBUTES is not supported for global secondary index "
            f"{index.name} because its projection type is not ALL"
        )
    return True


def _must_fetch_some(index: OpenIndex, projection: Projection) -> bool:
    if index.projects(projection.top_level):
        return False
    if not index.model.local:
        missing = sorted(set(projection.top_level) - (index.projected or frozenset()))
        raise ValidationException.of_values(
            f"Global secondary index {index.name} does not project [{', '.join(missing)}]"
        )
    return True


def page_body(payload: Payload, page: PageAnswer) -> bytes:
    """The body of the answer. A page may be long, so its runs are joined and copied once."""
    members = [b'"Count":%d,"ScannedCount":%d' % (page.count, page.scanned)]
    if page.last_key is not None:
        members.append(b'"LastEvaluatedKey":' + orjson.dumps(page.last_key))
    if payload.get("ReturnConsumedCapacity") is not None:
        members += consumed_capacity(payload, payload["TableName"], lambda: page.consumption)
    if payload.get("Select") == COUNT:
        return json_object(members)
    pieces = [b'{"Items":[']
    for run in page.runs:
        pieces += (run, b",")
    pieces[len(pieces) - bool(page.runs) :] = (b"],", b",".join(members), b"}")
    return b"".join(pieces)
