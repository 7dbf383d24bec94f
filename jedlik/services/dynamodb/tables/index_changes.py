"""GlobalSecondaryIndexUpdates: their rules, and what they make of a table.

API reference, "UpdateTable" and "GlobalSecondaryIndexUpdate"; developer guide, "Managing global
secondary indexes": one index is created or deleted at a time, a new one is backfilled while the
table stays in use, and throughput changes do not count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from jedlik.base.errors import (
    LimitExceededException,
    ResourceInUseException,
    ResourceNotFoundException,
    ValidationException,
)
from jedlik.base.limits import MAX_GLOBAL_INDEXES
from jedlik.services.dynamodb.tables.definitions import (
    AT_UPDATE,
    attribute_kinds,
    check_global_keys,
    check_index_throughput,
    check_projected_attributes,
    check_projection,
    global_index,
)
from jedlik.services.dynamodb.tables.model import (
    ACTIVE,
    CREATING,
    DELETING,
    PAY_PER_REQUEST,
    PROVISIONED,
    UPDATING,
    AnyIndex,
    Index,
    Table,
    Transition,
)
from jedlik.services.dynamodb.tables.quotas import Quotas
from jedlik.services.dynamodb.tables.throughput.on_demand import changed_on_demand, check_on_demand
from jedlik.services.dynamodb.tables.throughput.provisioned import (
    changed_capacity,
    check_capacity,
    units_before,
)
from jedlik.services.dynamodb.tables.throughput.warm import (
    changed_warm,
    check_warm_increase,
    raised_warm,
    warm_before,
)
from jedlik.services.dynamodb.tables.waiting import has_to_wait

_ACTIONS: Final = ("Update", "Create", "Delete")
_STATE_WORDS: Final = {CREATING: "created", UPDATING: "updated", DELETING: "deleted"}
ONE_AT_A_TIME: Final = (
    "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per "
    "table"
)


@dataclass(frozen=True, slots=True)
class IndexChange:
    """One checked element of GlobalSecondaryIndexUpdates."""

    action: str
    name: str
    member: dict[str, Any]


def checked_changes(payload: Mapping[str, Any]) -> list[IndexChange]:
    """The index changes of an UpdateTable request, checked as far as is possible without the
    table."""
    changes: list[IndexChange] = []
    names: set[str] = set()
    for element in payload.get("GlobalSecondaryIndexUpdates") or ():
        actions = [action for action in _ACTIONS if element.get(action) is not None]
        if not actions:
            raise ValidationException.of_values(
                "One of GlobalSecondaryIndexUpdate.Update, "
                "GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be "
                "null"
            )
        if len(actions) > 1:
            raise ValidationException.of_values(
                "Only one global secondary index action is allowed per "
                "GlobalSecondaryIndexUpdate object"
            )
        member = element[actions[0]]
        name = member["IndexName"]
        if name in names:
            raise ValidationException.of_values(
                f"Only one global secondary index update per index is allowed "
                f"simultaneously. Index: {name}"
            )
        names.add(name)
        changes.append(IndexChange(actions[0], name, member))
    for change in changes:
        if change.action == "Create":
            _check_creation(change, payload)
        elif change.action == "Update":
            _check_units_to_warm(change)
    if sum(change.action != "Update" for change in changes) > 1:
        raise LimitExceededException(ONE_AT_A_TIME)
    return changes


def _check_creation(change: IndexChange, payload: Mapping[str, Any]) -> None:
    if not payload.get("AttributeDefinitions"):
        raise ValidationException.of_values(
            f"AttributeDefinitions is not specified for index: {change.name}"
        )
    attribute_kinds(payload["AttributeDefinitions"])
    check_global_keys(change.member["KeySchema"])
    check_projection(change.member["Projection"])


def _check_units_to_warm(change: IndexChange) -> None:
    warm = change.member.get("WarmThroughput")
    if warm is not None and not has_units(warm):
        raise ValidationException.of_values(
            f"WarmThroughput must have at least one of ReadUnitsPerSecond or "
            f"WriteUnitsPerSecond specified for index: {change.name}"
        )


def has_units(member: dict[str, Any]) -> bool:
    """Whether an OnDemandThroughput or WarmThroughput has any units; without, it counts as absent
    (answers of the service)."""
    return any(units is not None for units in member.values())


def check_order(table: Table, changes: Sequence[IndexChange], now: float) -> None:
    """Refuse a creation or deletion while another index is created or deleted, and a creation under
    the name of one that is still DELETING."""
    for change in changes:
        if change.action == "Create":
            for index in table.all_indexes:
                if index.name == change.name and index.status(now) == DELETING:
                    raise index_in_use(table, index, DELETING)
        if change.action != "Update" and any(
            index.name != change.name and index.status(now) in (CREATING, DELETING)
            for index in table.all_indexes
        ):
            raise LimitExceededException(ONE_AT_A_TIME)


def existing_index(table: Table, change: IndexChange) -> Index:
    """The global index that a change is about."""
    index = table.index(change.name)
    if index is None:
        raise ResourceNotFoundException(
            f"Requested resource not found: Index {change.name} for table {table.name}"
        )
    if index.local:
        verb = change.action.lower()
        raise ValidationException(
            f"Cannot {verb} an index that is not a GlobalSecondaryIndex: {change.name}"
        )
    return index


def index_in_use(table: Table, index: AnyIndex, status: str) -> ResourceInUseException:
    """The error for an index that is CREATING, UPDATING or DELETING, as `status` says."""
    return has_to_wait(
        table, f"Index is being {_STATE_WORDS[status]}. Table: {table.name} Index: {index.name}"
    )


def with_index_created(
    table: Table,
    change: IndexChange,
    definitions: Sequence[dict[str, Any]],
    quotas: Quotas,
    index_id: int,
    transition: Transition | None,
) -> Table:
    """The table with a new index that is still to be backfilled."""
    member = change.member
    if any(index.name == change.name for index in table.all_indexes):
        raise ValidationException("Attempting to create an index which already exists")
    if sum(not index.local for index in table.indexes) >= MAX_GLOBAL_INDEXES:
        raise LimitExceededException(
            "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit "
            f"of {MAX_GLOBAL_INDEXES}"
        )
    defined = attribute_kinds(definitions)
    kinds = extended_kinds(table, member["KeySchema"], defined)
    check_index_throughput(member, table.billing_mode, quotas, AT_UPDATE)
    index = replace(
        global_index(member, kinds), id=index_id, backfilling=True, transition=transition
    )
    changed = replace(table, attribute_kinds=kinds, indexes=(*table.indexes, index))
    check_projected_attributes(changed.indexes)
    return changed


def extended_kinds(
    table: Table, keys: Sequence[dict[str, Any]], defined: dict[str, str]
) -> dict[str, str]:
    """The table's attribute definitions with those that a new key schema needs.

    The request has to define all of them, also those that the table defines already (API reference,
    "UpdateTable", AttributeDefinitions). Raises ValidationException.
    """
    kinds = dict(table.attribute_kinds)
    dimensions = {index.vector: index.dimensions for index in table.vector_indexes}
    for key in keys:
        name = key["AttributeName"]
        known, new = kinds.get(name), defined.get(name)
        if new is None:
            raise ValidationException(
                "Invalid KeySchema: Some index key attribute have no definition"
            )
        if name in dimensions:
            raise redefined(
                vector_element(name, dimensions[name]), key_element(name, new, key["KeyType"])
            )
        if known is not None and known != new:
            raise redefined(
                key_element(name, known, key["KeyType"]), key_element(name, new, key["KeyType"])
            )
        kinds[name] = new
    return kinds


def redefined(existing: str, new: str) -> ValidationException:
    """The refusal of another type for an attribute, with what the two schemas say about it."""
    return ValidationException.of_values(
        "Attributes cannot be redefined. Please check that your attribute has the same type as "
        f"previously defined. Existing schema: {existing} New schema: {new}"
    )


def key_element(name: str, kind: str, role: str) -> str:
    """A key attribute in the service's words."""
    return f"Schema:[SchemaElement: key{{{name}:{kind}:{role}}}]"


def vector_element(name: str, dimensions: int) -> str:
    """An attribute that holds vectors in the service's words."""
    return f"VectorIndexSchema:[VectorAttribute: key{{{name}:L:{dimensions}}}]"


def check_index_deletable(table: Table, change: IndexChange, now: float) -> Index:
    """The index to delete; one that is not allocated yet, or deleted already, is in use."""
    index = existing_index(table, change)
    refuse_unless_deletable(table, index, now)
    return index


def refuse_unless_deletable(table: Table, index: AnyIndex, now: float) -> None:
    """Raise ResourceInUseException for an index of any kind that is not allocated yet, or is
    deleted already."""
    status = index.status(now)
    if status == CREATING and not index.allocated(now):
        raise has_to_wait(
            table,
            "Index creation is in resource allocation phase. Retry deletion during backfilling "
            f"phase or when the index is active. Table: {table.name} Index: {index.name}",
        )
    if status != ACTIVE and not index.backfilling:
        raise index_in_use(table, index, status)


def without_index(table: Table, gone: AnyIndex) -> Table:
    """The table without an index, and without attribute definitions that only that one used."""
    remaining = replace(
        table,
        indexes=tuple(index for index in table.indexes if index.id != gone.id),
        vector_indexes=tuple(index for index in table.vector_indexes if index.id != gone.id),
    )
    used = set(table.schema.names).union(*(each.schema.names for each in remaining.all_indexes))
    kinds = {name: kind for name, kind in table.attribute_kinds.items() if name in used}
    return replace(remaining, attribute_kinds=kinds)


def with_index_updated(
    table: Table,
    change: IndexChange,
    quotas: Quotas,
    now: float,
    until: float,
    *,
    switched: bool,
) -> Table:
    """The table with changed throughput settings of an index, whose change lasts until `until`.

    `switched`: the same request made the table provisioned, so its units are new and may be any.
    """
    index = existing_index(table, change)
    _check_index_updatable(table, index, now)
    member, settings = change.member, index.settings
    provisioned = member.get("ProvisionedThroughput")
    on_demand, warm = member.get("OnDemandThroughput"), member.get("WarmThroughput")
    _check_settings_given(table, change)
    if provisioned is not None:
        check_capacity(provisioned, quotas, index.name)
        if switched:
            settings = raised_warm(
                {
                    **settings,
                    "ProvisionedThroughput": {
                        **settings.get("ProvisionedThroughput", {}),
                        **provisioned,
                    },
                }
            )
        else:
            settings = changed_capacity(settings, provisioned, now, index.name)
    if on_demand is not None:
        check_on_demand(on_demand, table.billing_mode, quotas, index.name, at_update=True)
        settings = changed_on_demand(settings, on_demand)
    if warm is not None:
        check_warm_increase(warm, settings, table.billing_mode, quotas, index.name)
        settings = changed_warm(settings, warm, table.billing_mode)
    return table.with_index(_changing(table, index, settings, member, (now, until), switched))


def _changing(
    table: Table,
    index: Index,
    settings: dict[str, Any],
    member: dict[str, Any],
    moments: tuple[float, float],
    switched: bool,
) -> Index:
    """The index with new settings. Units are shown once they are in force, on-demand maxima
    immediately, and a change of warm throughput leaves the index ACTIVE."""
    now, until = moments
    changed = replace(index, settings=settings)
    if member.get("WarmThroughput") is not None:
        warm = warm_before(index.settings, table.billing_mode)
        if index.warming is not None and index.warming.goes_on(now):
            warm = index.warming.before  # a second rise joins the first
        changed = replace(changed, warming=Transition(UPDATING, until, before=warm))
    if set(member) <= {"IndexName", "WarmThroughput"}:
        return changed
    units = member.get("ProvisionedThroughput") is not None and not switched
    before = units_before(index.settings, settings) if units else {}
    return replace(changed, transition=Transition(UPDATING, until, before=before))


def _check_index_updatable(table: Table, index: Index, now: float) -> None:
    status = index.status(now)
    if status == CREATING and not index.allocated(now):
        # Two spaces, as the service has them.
        raise has_to_wait(
            table,
            f"Index is being created but is not backfilling yet.  Table: {table.name} "
            f"Index: {index.name}",
        )
    if status != ACTIVE and not index.backfilling:
        raise index_in_use(table, index, status)


def _check_settings_given(table: Table, change: IndexChange) -> None:
    member = change.member
    given = [
        name
        for name in ("ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput")
        if member.get(name) is not None and has_units(member[name])
    ]
    if table.billing_mode == PROVISIONED and not given:
        raise ValidationException.of_values(AT_UPDATE.missing(change.name))
    if table.billing_mode == PAY_PER_REQUEST and (not given or given[0] == "ProvisionedThroughput"):
        raise ValidationException.of_values(
            f"The only Updates for index: {change.name} when TableThroughputMode is "
            "PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput"
        )
