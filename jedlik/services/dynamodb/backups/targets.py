"""The table that a restore makes: what it inherits, and what the request overrides.

API reference, "RestoreTableFromBackup" and "RestoreTableToPointInTime"; developer guide, "Restoring
a table": keys, indexes, encryption and throughput are restored; streams, TTL, recovery, tags,
policies, deletion protection, table class and auto scaling are not. Texts as the service answers
them. Indexes can be left out or renamed, but not added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from jedlik.base.errors import TableAlreadyExistsException, TableInUseException, ValidationException
from jedlik.gateway.operation import Payload
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.tables.definitions import UNNUMBERED
from jedlik.services.dynamodb.tables.descriptions import (
    key_schema,
    projection_description,
    vector_settings,
)
from jedlik.services.dynamodb.tables.model import (
    CREATING,
    PAY_PER_REQUEST,
    PROVISIONED,
    Index,
    Table,
    Transition,
    VectorIndex,
)
from jedlik.services.dynamodb.tables.quotas import Quotas
from jedlik.services.dynamodb.tables.throughput.provisioned import check_capacity
from jedlik.services.dynamodb.tables.throughput.settings import initial_settings
from jedlik.services.dynamodb.vectors.definitions import ONLY_ON_DEMAND

_INVALID: Final = "Invalid Request: "
_KEPT_SETTINGS: Final = ("ProvisionedThroughput", "OnDemandThroughput")


def target_table(database: Database, payload: Payload, source: Table) -> Table:
    """The new table, still without ids. Raises ValidationException and LimitExceededException."""
    now = round(database.clock.now(), 3)
    billing_mode: str = payload.get("BillingModeOverride") or source.billing_mode
    settings = _settings(database.quotas, payload, source, billing_mode)
    if billing_mode == PAY_PER_REQUEST:
        settings["LastUpdateToPayPerRequestDateTime"] = now
    seconds = database.transition_seconds
    indexes = _indexes(database.quotas, payload, source, billing_mode)
    vectors = _vector_indexes(payload.get("VectorIndexOverride"), source, indexes)
    if vectors and billing_mode != PAY_PER_REQUEST:
        raise ValidationException.of_values(ONLY_ON_DEMAND)
    schemas = (source.schema, *(i.schema for i in indexes), *(v.schema for v in vectors))
    used = {name for schema in schemas for name in schema.names}
    return Table(
        id=0,
        uuid=database.ids.uuid(),
        name=payload["TargetTableName"],
        created_at=now,
        schema=source.schema,
        attribute_kinds={
            name: kind for name, kind in source.attribute_kinds.items() if name in used
        },
        indexes=indexes,
        vector_indexes=vectors,
        billing_mode=billing_mode,
        settings=settings,
        transition=Transition(CREATING, now + seconds) if seconds else None,
    )


def check_target(draft: CatalogDraft, name: str) -> None:
    """Refuse the name of a table that exists.

    Raises TableAlreadyExistsException, or TableInUseException while that one is being restored.
    """
    table = draft.table(name)
    if table is None:
        return
    restore = table.restore
    if restore is None:
        raise TableAlreadyExistsException(f"Table already exists: {name}")
    origin = restore.source_backup_arn or restore.source_table_arn
    raise TableInUseException(f"Table: {name} is already being restored from backup: {origin}")


def _settings(quotas: Quotas, payload: Payload, source: Table, billing_mode: str) -> dict[str, Any]:
    provisioned = payload.get("ProvisionedThroughputOverride")
    on_demand = payload.get("OnDemandThroughputOverride")
    overridden = payload.get("BillingModeOverride")
    if provisioned is not None and billing_mode != PROVISIONED:
        how = (
            "if BillingMode is overridden to PAY_PER_REQUEST"
            if overridden
            else "unless BillingMode is PROVISIONED"
        )
        raise ValidationException(f"{_INVALID}Cannot override ProvisionedThroughput {how}")
    if overridden == PROVISIONED and provisioned is None:
        raise ValidationException(
            f"{_INVALID}Must override ProvisionedThroughput if BillingMode is overridden to "
            "PROVISIONED"
        )
    _check_on_demand(on_demand, billing_mode)
    if provisioned is not None:
        check_capacity(provisioned, quotas)
    return _throughput(source.settings, provisioned, on_demand, billing_mode)


def _throughput(
    inherited: dict[str, Any],
    provisioned: dict[str, Any] | None,
    on_demand: dict[str, Any] | None,
    billing_mode: str,
) -> dict[str, Any]:
    """The throughput that a table or index keeps, as far as its billing mode uses it."""
    given: dict[str, Any] = {name: inherited[name] for name in _KEPT_SETTINGS if name in inherited}
    if provisioned is not None:
        given["ProvisionedThroughput"] = provisioned
    if on_demand is not None:
        given["OnDemandThroughput"] = on_demand
    given.pop(
        "ProvisionedThroughput" if billing_mode == PAY_PER_REQUEST else "OnDemandThroughput", 0
    )
    return initial_settings(given)


def _check_on_demand(given: dict[str, Any] | None, billing_mode: str) -> None:
    for member in ("MaxReadRequestUnits", "MaxWriteRequestUnits"):
        value = None if given is None else given.get(member)
        if value is None:
            continue
        if billing_mode != PAY_PER_REQUEST:
            raise ValidationException(
                f"{_INVALID}Cannot override {member} for OnDemandThroughput unless "
                "BillingModeOverride is PAY_PER_REQUEST"
            )
        if value < 1:
            raise ValidationException(
                f"{_INVALID}Requested {member} for OnDemandThroughput is outside of valid range"
            )


def _indexes(quotas: Quotas, payload: Payload, source: Table, mode: str) -> tuple[Index, ...]:
    local = _chosen(payload.get("LocalSecondaryIndexOverride"), source, local=True)
    chosen = _chosen(payload.get("GlobalSecondaryIndexOverride"), source, local=False)
    return (
        *(replace(index, settings={}, transition=None) for index, _ in local),
        *(_global(quotas, index, member, source, mode) for index, member in chosen),
    )


def _chosen(
    override: Sequence[dict[str, Any]] | None, source: Table, *, local: bool
) -> list[tuple[Index, dict[str, Any] | None]]:
    """The source's indexes that are restored, under their new names, and the request for each."""
    of_source = [
        replace(index, id=UNNUMBERED, backfilling=False)
        for index in source.indexes
        if index.local == local
    ]
    if override is None:
        return [(index, None) for index in of_source]
    chosen: list[tuple[Index, dict[str, Any] | None]] = []
    for member in override:
        index = next((each for each in of_source if _matches(each, member)), None)
        if index is None or any(member["IndexName"] == other.name for other, _ in chosen):
            raise ValidationException(
                f"{_INVALID}Index {member['IndexName']} does not match a secondary index that "
                "existed in the source table and cannot be created during the restore operation"
            )
        chosen.append((replace(index, name=member["IndexName"]), member))
    return chosen


def _vector_indexes(
    override: Sequence[dict[str, Any]] | None, source: Table, others: Sequence[Index]
) -> tuple[VectorIndex, ...]:
    """The source's vector indexes that are restored, under their new names."""
    of_source = [
        replace(index, id=UNNUMBERED, backfilling=False, transition=None)
        for index in source.vector_indexes
    ]
    if override is None:
        return tuple(of_source)
    taken = {index.name for index in others}
    chosen = []
    for member in override:
        name = member["IndexName"]
        index = next((each for each in of_source if _is_same_vector(each, member)), None)
        if index is None or name in taken:
            raise ValidationException(
                f"{_INVALID}Index {name} does not match a vector index that existed in the source "
                "table and cannot be created during the restore operation"
            )
        taken.add(name)
        chosen.append(replace(index, name=name))
    return tuple(chosen)


def _is_same_vector(index: VectorIndex, member: dict[str, Any]) -> bool:
    def comparable(settings: dict[str, Any]) -> dict[str, Any]:
        schema = {
            (each["AttributeName"], each["SearchSchemaElementType"])
            for each in settings.get("SearchSchema") or ()
        }
        projection = settings["Projection"]
        return {
            **settings,
            "IndexName": None,
            "SearchSchema": schema,
            "Projection": (
                projection.get("ProjectionType"),
                sorted(projection.get("NonKeyAttributes") or ()),
            ),
        }

    return comparable(vector_settings(index)) == comparable(member)


def _matches(index: Index, member: dict[str, Any]) -> bool:
    wanted = member["Projection"]
    has = projection_description(index.projection)
    return (
        [(each["AttributeName"], each["KeyType"]) for each in member["KeySchema"]]
        == [(each["AttributeName"], each["KeyType"]) for each in key_schema(index.schema)]
        and wanted.get("ProjectionType") == has["ProjectionType"]
        and sorted(wanted.get("NonKeyAttributes") or ()) == sorted(has.get("NonKeyAttributes", ()))
    )


def _global(
    quotas: Quotas, index: Index, member: dict[str, Any] | None, source: Table, mode: str
) -> Index:
    given = member or {}
    provisioned = given.get("ProvisionedThroughput")
    if provisioned is not None and mode == PAY_PER_REQUEST:
        raise ValidationException(
            f"{_INVALID}Cannot override ProvisionedThroughput if BillingMode is overridden to "
            f"PAY_PER_REQUEST for index {index.name}"
        )
    if mode == PROVISIONED and provisioned is None:
        if source.billing_mode != PROVISIONED or member is not None:
            raise ValidationException(
                f"{_INVALID}Must specify provisioned throughput for index {index.name}"
            )
    elif provisioned is not None:
        check_capacity(provisioned, quotas, index.name)
    _check_on_demand(given.get("OnDemandThroughput"), mode)
    settings = _throughput(index.settings, provisioned, given.get("OnDemandThroughput"), mode)
    return replace(index, settings=settings, transition=None)
