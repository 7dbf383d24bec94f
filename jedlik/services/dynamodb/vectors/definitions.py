"""Vector indexes from the wire to the model, and the rules for them.

API reference, "VectorIndex" and "SearchSchemaElement"; developer guide, "Vector search:
requirements and limitations". Texts are those of the service's answers in public issues.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from jedlik.base.errors import ValidationException
from jedlik.base.limits import (
    MAX_SEARCH_FILTERS,
    MAX_VECTOR_DIMENSIONS,
    MAX_VECTOR_INDEXES,
    MAX_VECTOR_PROJECTED,
)
from jedlik.services.dynamodb.tables.definitions import (
    HASH,
    UNNUMBERED,
    check_projection,
    index_projection,
)
from jedlik.services.dynamodb.tables.key_schema import KeyAttribute, KeySchema
from jedlik.services.dynamodb.tables.model import PAY_PER_REQUEST, VectorIndex

Member = dict[str, Any]

INLINE_FILTER: Final = "INLINE_FILTER"

ONLY_ON_DEMAND: Final = f"Vector indexes are only supported for {PAY_PER_REQUEST} tables"


def search_schema_names(members: Iterable[Member] | None) -> list[str]:
    """The attributes of the search schemas of a request's vector indexes."""
    return [
        element["AttributeName"]
        for member in members or ()
        for element in member.get("SearchSchema") or ()
    ]


def check_vector_indexes(
    members: Sequence[Member] | None, defined: Mapping[str, str], billing_mode: str
) -> None:
    """The rules for CreateTable's VectorIndexes, except those for names. Raises
    ValidationException. `defined` are the request's AttributeDefinitions."""
    if members is None:
        return
    if not members:
        raise ValidationException.of_values("List of VectorIndexes is empty")
    if billing_mode != PAY_PER_REQUEST:
        raise ValidationException.of_values(ONLY_ON_DEMAND)
    if len(members) > MAX_VECTOR_INDEXES:
        raise ValidationException.of_values(
            f"VectorIndex count exceeds the per-table limit of {MAX_VECTOR_INDEXES}"
        )
    dimensions: dict[str, int] = {}
    for member in members:
        check_vector_index(member, defined)
        check_same_dimensions(member, dimensions)


def check_vector_index(member: Member, defined: Mapping[str, str]) -> None:
    """The rules for one vector index by itself."""
    if not 1 <= member["Dimensions"] <= MAX_VECTOR_DIMENSIONS:
        raise ValidationException.of_values(
            f"Number of dimensions must be between 1 and {MAX_VECTOR_DIMENSIONS} inclusive."
        )
    vector = member["VectorAttribute"]["AttributeName"]
    if vector in defined:
        raise ValidationException.of_values(
            f"Conflicting attribute definition for '{vector}'. An attribute cannot be "
            "defined in AttributeDefinitions when used as a VectorAttribute."
        )
    _check_search_schema(member.get("SearchSchema") or (), defined)
    check_projection(member["Projection"])
    _check_projected(member)


def _check_search_schema(schema: Sequence[Member], defined: Mapping[str, str]) -> None:
    names = [element["AttributeName"] for element in schema]
    types = [element["SearchSchemaElementType"] for element in schema]
    for kind, most in ((HASH, 1), (INLINE_FILTER, MAX_SEARCH_FILTERS)):
        count = types.count(kind)
        if count > most:
            raise ValidationException.of_values(
                f"Value '{count}' at 'SearchSchema' failed to satisfy constraint: Member "
                f"must have {kind} count less than or equal to {most}"
            )
    if any(name not in defined for name in names):
        raise ValidationException.of_values(
            "One element in SearchSchema is not defined in attribute definitions"
        )
    for at, name in enumerate(names):
        if name in names[:at]:
            raise ValidationException.of_values(f"Duplicate element in SearchSchema: {name}")


def _check_projected(member: Member) -> None:
    """Refuse more projected attributes than one index may have; its vector and its filters count
    as such."""
    projected = {
        *(member["Projection"].get("NonKeyAttributes") or ()),
        member["VectorAttribute"]["AttributeName"],
        *(
            element["AttributeName"]
            for element in member.get("SearchSchema") or ()
            if element["SearchSchemaElementType"] == INLINE_FILTER
        ),
    }
    if len(projected) > MAX_VECTOR_PROJECTED:
        raise ValidationException.of_values(
            f"Number of projected attributes, {len(projected)}, exceeds the per-index limit of "
            f"{MAX_VECTOR_PROJECTED}"
        )


def check_same_dimensions(member: Member, dimensions: dict[str, int]) -> None:
    """Refuse a number of dimensions that differs from that of other indexes on the same attribute;
    `dimensions` are those by attribute, to which the index is added."""
    vector = member["VectorAttribute"]["AttributeName"]
    if dimensions.setdefault(vector, member["Dimensions"]) != member["Dimensions"]:
        raise ValidationException.of_values(
            f"Conflicting attribute definition for '{vector}'. All VectorIndexes on the "
            "same vector attribute must use the same dimensions."
        )


def check_names(members: Iterable[Member], taken: Iterable[str]) -> None:
    """Refuse two indexes with one name, of the same or different kinds."""
    names = set(taken)
    for member in members:
        name = member["IndexName"]
        if name in names:
            raise ValidationException.of_values(f"Duplicate index name: {name}")
        names.add(name)


def vector_index(member: Member, kinds: Mapping[str, str]) -> VectorIndex:
    """The model of a checked VectorIndex."""

    def attributes(element_type: str) -> tuple[KeyAttribute, ...]:
        return tuple(
            KeyAttribute(element["AttributeName"], kinds[element["AttributeName"]])
            for element in member.get("SearchSchema") or ()
            if element["SearchSchemaElementType"] == element_type
        )

    return VectorIndex(
        id=UNNUMBERED,
        name=member["IndexName"],
        vector=member["VectorAttribute"]["AttributeName"],
        dimensions=member["Dimensions"],
        distance=member["DistanceFunction"],
        schema=KeySchema(attributes(HASH), attributes(INLINE_FILTER)),
        projection=index_projection(member),
    )
