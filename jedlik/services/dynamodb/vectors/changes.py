"""VectorIndexUpdates: their rules, and their effect on a table.

API reference, "UpdateTable" and "VectorIndexUpdate". Vector indexes share the limit of one index
that is created or deleted at a time with global ones; a new one is backfilled as those are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from jedlik.base.errors import (
    LimitExceededException,
    ResourceNotFoundException,
    ValidationException,
)
from jedlik.base.limits import MAX_VECTOR_INDEXES
from jedlik.services.dynamodb.tables.definitions import attribute_kinds, check_projected_attributes
from jedlik.services.dynamodb.tables.index_changes import (
    ONE_AT_A_TIME,
    IndexChange,
    extended_kinds,
    key_element,
    redefined,
    refuse_unless_deletable,
    vector_element,
)
from jedlik.services.dynamodb.tables.model import (
    PAY_PER_REQUEST,
    Table,
    Transition,
    VectorIndex,
)
from jedlik.services.dynamodb.vectors.definitions import (
    ONLY_ON_DEMAND,
    check_same_dimensions,
    check_vector_index,
    vector_index,
)

_ACTIONS: Final = ("Create", "Delete")


def checked_vector_changes(payload: Mapping[str, Any]) -> list[IndexChange]:
    """The changes that an UpdateTable request makes to vector indexes, at most one, checked as far
    as possible from the request alone."""
    changes = []
    for element in payload.get("VectorIndexUpdates") or ():
        actions = [action for action in _ACTIONS if element.get(action) is not None]
        if not actions:
            raise ValidationException.of_values(
                "One of VectorIndexUpdate.Create, VectorIndexUpdate.Delete must not be null"
            )
        if len(actions) > 1:
            raise ValidationException.of_values(
                "Only one vector index action is allowed per VectorIndexUpdate object"
            )
        member = element[actions[0]]
        changes.append(IndexChange(actions[0], member["IndexName"], member))
    for change in changes:
        if change.action == "Create":
            defined = attribute_kinds(payload.get("AttributeDefinitions") or ())
            check_vector_index(change.member, defined)
    if len(changes) > 1:
        raise LimitExceededException(ONE_AT_A_TIME)
    return changes


def with_vector_index_created(
    table: Table,
    change: IndexChange,
    definitions: Sequence[dict[str, Any]],
    index_id: int,
    transition: Transition | None,
) -> Table:
    """The table with a new vector index that is still to be backfilled."""
    member = change.member
    if any(index.name == change.name for index in table.all_indexes):
        raise ValidationException("Attempting to create an index which already exists")
    if table.billing_mode != PAY_PER_REQUEST:
        raise ValidationException.of_values(ONLY_ON_DEMAND)
    if len(table.vector_indexes) >= MAX_VECTOR_INDEXES:
        raise LimitExceededException(
            "Subscriber limit exceeded: Number of vector secondary indexes exceeds per-table limit "
            f"of {MAX_VECTOR_INDEXES}"
        )
    _check_not_a_key(table, member)
    # The same applies to attributes that the table already defines.
    check_vector_index(member, {**table.attribute_kinds, **attribute_kinds(definitions)})
    check_same_dimensions(
        member, {index.vector: index.dimensions for index in table.vector_indexes}
    )
    keys = [
        {"AttributeName": each["AttributeName"], "KeyType": each["SearchSchemaElementType"]}
        for each in member.get("SearchSchema") or ()
    ]
    kinds = extended_kinds(table, keys, attribute_kinds(definitions))
    index = replace(
        vector_index(member, kinds), id=index_id, backfilling=True, transition=transition
    )
    changed = replace(table, attribute_kinds=kinds, vector_indexes=(*table.vector_indexes, index))
    check_projected_attributes(changed.all_indexes)
    return changed


def _check_not_a_key(table: Table, member: Mapping[str, Any]) -> None:
    """Refuse an attribute for vectors that the table or an index has in its key."""
    vector = member["VectorAttribute"]["AttributeName"]
    schemas = (table.schema, *(index.schema for index in table.all_indexes))
    for name, kind, role in (each for schema in schemas for each in schema.roles):
        if name == vector:
            new = vector_element(name, member["Dimensions"])
            raise redefined(key_element(name, kind, role), new)


def deletable_vector_index(table: Table, change: IndexChange, now: float) -> VectorIndex:
    """The vector index to delete; one that is still allocated, or already deleted, is in use."""
    index = table.vector_index(change.name)
    if index is None:
        if table.index(change.name) is not None:
            raise ValidationException(
                f"Cannot delete an index that is not a VectorIndex: {change.name}"
            )
        raise ResourceNotFoundException(
            f"Requested resource not found: Index {change.name} for table {table.name}"
        )
    refuse_unless_deletable(table, index, now)
    return index
