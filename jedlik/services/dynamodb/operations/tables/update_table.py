"""UpdateTable."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from jedlik.base.errors import ValidationException
from jedlik.gateway.operation import Body, Payload
from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.services.dynamodb.database.catalog import CatalogDraft, table_not_found
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.encryption.table_encryption import (
    change_encryption,
    check_specification,
    encryption_of,
    is_aws_managed,
    master_of,
)
from jedlik.services.dynamodb.operations.global_tables.protection import PROTECTION
from jedlik.services.dynamodb.operations.global_tables.replica_classes import check_classes
from jedlik.services.dynamodb.operations.tables.new_replicated_index import (
    check_new_index,
    scale_new_index,
)
from jedlik.services.dynamodb.operations.tables.replicated_change import (
    CLIENT,
    FOLLOWING,
    SCALING,
    Origin,
    in_all_regions,
)
from jedlik.services.dynamodb.operations.tables.stream_specification import check_at_update
from jedlik.services.dynamodb.operations.tables.table_update import TableUpdate
from jedlik.services.dynamodb.operations.tables.update_answer import (
    shown_at_update,
    with_vectors_shown,
)
from jedlik.services.dynamodb.operations.tables.update_combination import check_combination
from jedlik.services.dynamodb.replication.membership import share, tell_key
from jedlik.services.dynamodb.streams.streams import StreamDraft, change_table
from jedlik.services.dynamodb.tables.descriptions import (
    ShownEncryption,
    read_figures,
    table_description,
)
from jedlik.services.dynamodb.tables.index_changes import checked_changes, has_units
from jedlik.services.dynamodb.tables.model import Table
from jedlik.services.dynamodb.tables.quotas import reserved_by_account
from jedlik.services.dynamodb.tables.throughput.on_demand import with_maxima
from jedlik.services.dynamodb.tables.throughput.provisioned import check_units
from jedlik.services.dynamodb.vectors.changes import checked_vector_changes

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import UpdateTableInput

_REPLICAS: Final = "jedlik.services.dynamodb.operations.global_tables.replica_updates"
_CHANGES: Final = (
    "ProvisionedThroughput",
    "BillingMode",
    "StreamSpecification",
    "GlobalSecondaryIndexUpdates",
    "VectorIndexUpdates",
    "SSESpecification",
    "DeletionProtectionEnabled",
    "OnDemandThroughput",
    "WarmThroughput",
    "TableClass",
    "GlobalTableSettingsReplicationMode",
    PROTECTION,
)
_RESERVING: Final = frozenset(("ProvisionedThroughput", "GlobalSecondaryIndexUpdates"))
"""Changes that may use more of the account's capacity."""

_EMPTIED: Final = ("OnDemandThroughput", "WarmThroughput")
"""Structures that may be without any units."""

_SHARED_ENCRYPTION: Final = frozenset(("Enabled", "SSEType"))
"""The members of SSESpecification that hold in all regions."""

_CONSISTENCY: Final = "MultiRegionConsistency"
_NOTHING_TO_DO: Final = (
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
    "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, "
    f"ReplicaTransitRoleArn, {_CONSISTENCY}, DeletionProtectionEnabled, OnDemandThroughput, "
    "WarmThroughput or TableClass is required"
)


async def update_table(
    database: Database, payload: UpdateTableInput, *, origin: Origin = CLIENT
) -> Body:
    """Change a table's settings, its replicas, or create, change or delete its global secondary
    indexes. Shared settings change in all replicas."""
    if payload.get("ReplicaUpdates") is not None:
        # Loaded by the first request that needs it: few tables have replicas.
        replicas: Body = await importlib.import_module(_REPLICAS).update_replicas(database, payload)
        return replicas
    changed = _changed_members(payload)
    index_changes = checked_changes(payload)
    vector_changes = checked_vector_changes(payload)
    check_combination(payload, changed, [*index_changes, *vector_changes])
    check_units(payload.get("ProvisionedThroughput"))
    view_type = check_at_update(payload.get("StreamSpecification"))
    specification = payload.get("SSESpecification")
    check_specification(specification)
    name = database.arns.table_name(payload["TableName"])
    if not changed:
        if await database.catalog.current(name) is None:
            raise table_not_found(name)
        raise _nothing_to_do(payload)
    from_region = origin in FOLLOWING
    update = TableUpdate(
        database, payload, index_changes, vector_changes, view_type, from_region=from_region
    )
    if specification is not None:
        return await _encrypted(database, name, specification, update)

    await check_new_index(database, name, () if from_region else index_changes)
    await check_classes(database, name, () if from_region else changed)
    reserved = {}
    if _RESERVING.intersection(changed):
        reserved = await reserved_by_account(database.store)

    def decide(draft: StreamDraft) -> tuple[Table, Table]:
        table = draft.catalog.existing(name, imported=True)
        update.check_state(table)
        after = update.applied(table, draft.catalog)
        if _RESERVING.intersection(changed):
            database.quotas.check_account(after, reserved)
        after = update.with_stream(after, draft)
        after = in_all_regions(draft.catalog, table, after, payload, changed, update.now, origin)
        kept = after if database.transition_seconds else after.settled()
        if kept != table:
            draft.catalog.put(kept)
        return table, after

    before, after = await change_table(database, name, decide, enabling=view_type is not None)
    if index_changes or vector_changes:
        database.wake_workers()
        await scale_new_index(database, after, index_changes)
    encryption = await encryption_of(database, after)
    shown = shown_at_update(before, after, changed, index_changes, update.now)
    shown = with_vectors_shown(shown, before, after, vector_changes)
    if payload.get("OnDemandThroughput") is not None:
        maxima = with_maxima(shown.settings, payload["OnDemandThroughput"])
        shown = replace(shown, settings=maxima)
    return await _described(database, shown, update.now, encryption)


async def update_scaled_table(database: Database, payload: UpdateTableInput) -> Body:
    """The same for auto scaling, whose changes of read capacity affect only this region."""
    return await update_table(database, payload, origin=SCALING)


async def _encrypted(
    database: Database, name: str, specification: Mapping[str, Any], update: TableUpdate
) -> Body:
    """Encrypt a table according to a specification, and all its replicas likewise. A key of a user
    belongs to one region: see `replica_keys`."""
    replicated = not update.from_region and await _has_replicas(database, name, specification)
    shared = {member: specification[member] for member in _SHARED_ENCRYPTION & specification.keys()}

    def follow(draft: CatalogDraft, table: Table) -> Table:
        tell_key(draft, table, update.now)
        if update.from_region:
            return table
        if (table.replication is not None) != replicated:  # so another key would be right
            raise CatalogChanged
        payload = {**update.payload, "SSESpecification": shared}
        return share(draft, table, "UpdateTable", payload, update.now)

    table, changing = await change_encryption(
        database, name, specification, update.check_state, follow
    )
    return await _described(database, table, update.now, changing)


async def _has_replicas(database: Database, name: str, specification: Mapping[str, Any]) -> bool:
    """Whether a table has replicas. If so, raises ValidationException for a user's key: each of
    them needs one of its own."""
    table = await database.catalog.current(name)
    if table is None or table.replication is None:
        return False
    if specification.get("KMSMasterKeyId") and not is_aws_managed(
        await master_of(database, specification)
    ):
        raise ValidationException(
            "Invalid operation: Customer Managed CMKs on Global Table Version 2019.11.21 replicas "
            "cannot be updated through SSESpecification parameter and can only be updated through "
            "ReplicaUpdates parameter"
        )
    return True


async def _described(
    database: Database, shown: Table, now: float, encryption: ShownEncryption | None
) -> Body:
    figures, _ = await read_figures(database.engine, shown.id)
    return {"TableDescription": table_description(shown, database.arns, now, figures, encryption)}


def _changed_members(payload: Payload) -> list[str]:
    changed = [member for member in _CHANGES if payload.get(member) is not None]
    for member in _EMPTIED:
        # Without any units the member counts as absent.
        if member in changed and not has_units(payload[member]):
            changed.remove(member)
    if not [member for member in changed if payload[member] != []]:
        if any(payload.get(member) is not None for member in _EMPTIED):
            return []
        raise _nothing_to_do(payload)
    if payload.get("GlobalSecondaryIndexUpdates") == []:
        raise ValidationException.of_values("List of GlobalSecondaryIndexUpdates is empty")
    if payload.get("VectorIndexUpdates") == []:
        raise ValidationException.of_values("List of VectorIndexUpdates is empty")
    return changed


def _nothing_to_do(payload: Payload) -> ValidationException:
    """The error of a request that changes nothing: it lists the missing members."""
    if payload.get(_CONSISTENCY) is None:
        return ValidationException(_NOTHING_TO_DO)
    return ValidationException(_NOTHING_TO_DO.replace(f"{_CONSISTENCY}, ", ""))
