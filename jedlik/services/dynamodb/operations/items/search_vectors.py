"""SearchVectors."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import orjson

from jedlik.base.errors import InvalidParameter, MalformedValue, ValidationException
from jedlik.base.limits import MAX_SEARCH_RESULTS
from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.capacity.units import NONE
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.expressions.projection import Projection
from jedlik.services.dynamodb.operations.items.answers import json_object
from jedlik.services.dynamodb.operations.items.expression_parameters import (
    placeholders_of,
    projection,
)
from jedlik.services.dynamodb.recording.vector_entries import OpenVectorIndex
from jedlik.services.dynamodb.tables.model import CREATING, DELETING
from jedlik.services.dynamodb.vectors.conditions import compile_search_condition, search_scope
from jedlik.services.dynamodb.vectors.search import Found, nearest
from jedlik.values.canonical import canonical_value
from jedlik.values.floats import FLOAT_SIZE, float_array, vector_bytes
from jedlik.values.joined_numbers import JoinedNumbers

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import SearchVectorsInput

_MIN_BYTES: Final = 1024.0
_BYTES_A_DIMENSION: Final = 30.6875
_BYTES_A_RESULT: Final = 65.0
"""The consumption of a search, as others have measured it on the service, where it varies from call
to call: a part for the index's dimensions, one for each result and its attributes, and four bytes a
dimension for each vector that is returned."""


async def search_vectors(database: Database, payload: SearchVectorsInput) -> Body:
    """The items whose vectors are nearest to the given one, most similar first."""
    wanted = _search_vector(payload["SearchVector"])
    count: int = payload["TopK"]
    if count > MAX_SEARCH_RESULTS:
        raise ValidationException(
            f"Provided TopK value '{count}' is out of valid range. The value must be between 1 and "
            f"{MAX_SEARCH_RESULTS} inclusive"
        )
    placeholders = placeholders_of("SearchVectors", payload)
    text = payload.get("SearchConditionExpression")
    terms = None if text is None else compile_search_condition(text, placeholders)
    selected = projection(payload, placeholders)
    placeholders.check_all_used()
    name = payload["TableName"]
    table = database.ready.get(name) or await database.table(name)
    index = _searchable(database, table, payload["IndexName"])
    dimensions = index.model.dimensions
    if len(wanted) != dimensions:
        raise ValidationException(
            f"Input search vector dimension {len(wanted)} does not match vector index dimension "
            f"{dimensions}"
        )
    scope = search_scope(index, terms)
    found = await nearest(database, table, index, wanted, scope, count)
    with_vectors = selected is not None and index.model.vector in selected.top_level
    size = _request_bytes(index, found, with_vectors=with_vectors)
    table.meter.count_vectors_searched(index.name, size)
    table.meter.count_returned("SearchVectors", len(found))
    results = [_result(index, each, selected, with_vector=with_vectors) for each in found]
    members = [b'"SearchResults":[' + b",".join(results) + b"]"]
    if payload.get("ReturnConsumedCapacity") not in (None, NONE):
        consumed = {"VectorSearchRequestBytes": size, "VectorSearchUnits": size}
        members.append(b'"ConsumedCapacity":' + orjson.dumps(consumed))
    return json_object(members)


def _search_vector(elements: list[Any] | JoinedNumbers) -> Sequence[float]:
    """The numbers as 32-bit floats, like those with which they are compared."""
    try:
        if type(elements) is JoinedNumbers and elements.are_plain():
            with suppress(ValueError):  # it may have a form that JSON does not allow
                return float_array(vector_bytes(elements))
        canonical_value({"L": elements})
        return float_array(vector_bytes(elements))
    except MalformedValue:
        raise
    except (InvalidParameter, ValueError):
        raise ValidationException(
            "Search vector contains invalid values. All values in the search vector must be a "
            "32-bit floating-point number attribute"
        ) from None


def _searchable(database: Database, table: OpenTable, name: str) -> OpenVectorIndex:
    """The vector index of that name; ValidationException if it cannot be searched."""
    index = table.vector_index(name)
    if index is None and table.index(name) is not None:
        raise ValidationException("SearchVectors operation not supported on this index type.")
    now = database.clock.now()
    status = DELETING if index is None else index.model.status(now)
    # To the search endpoint an index that is still being allocated is missing (service's answers).
    if index is None or status == DELETING or not index.model.allocated(now):
        raise ValidationException(f"The table does not have the specified index: {name}")
    if status == CREATING:
        raise ValidationException(f"Cannot search backfilling vector index: {name}")
    return index


def _request_bytes(index: OpenVectorIndex, found: list[Found], *, with_vectors: bool) -> float:
    dimensions = index.model.dimensions
    size = _BYTES_A_DIMENSION * dimensions
    for each in found:
        size += _BYTES_A_RESULT + index.attributes_size(each.entry)
        if with_vectors:
            size += FLOAT_SIZE * dimensions
    return max(size, _MIN_BYTES)


def _result(
    index: OpenVectorIndex, found: Found, selected: Projection | None, *, with_vector: bool
) -> bytes:
    if selected is None:
        shown = index.attributes_json(found.entry)
    else:
        item = index.whole(found.entry) if with_vector else index.attributes(found.entry)
        shown = orjson.dumps(selected.apply(item))
    return b'{"Item":' + shown + b',"Score":' + orjson.dumps(found.score) + b"}"
