"""A table as the API describes it: the members of TableDescription, from the catalog and counters.

API reference, "TableDescription", "GlobalSecondaryIndexDescription" and
"LocalSecondaryIndexDescription". As in the service's answers, AttributeDefinitions and
NonKeyAttributes are sorted by name, indexes stay in their order, and most changes show once they
are over. Of the optional members, BillingModeSummary appears once a table is or was on demand,
TableClassSummary once a class was named, and WarmThroughput always except in the answer to
CreateTable.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from jedlik.kernel.arns import Arns
from jedlik.kernel.keyspaces import CATALOG_VERSION, counters_prefix
from jedlik.services.dynamodb.tables.figures import Figures, total
from jedlik.services.dynamodb.tables.key_schema import KeySchema
from jedlik.services.dynamodb.tables.model import (
    ACTIVE,
    CREATING,
    INACCESSIBLE_ENCRYPTION_CREDENTIALS,
    TABLE_INDEX_ID,
    UPDATING,
    Index,
    Projection,
    Table,
    VectorIndex,
)
from jedlik.services.dynamodb.tables.replicas import STRONG, Replica, Replication
from jedlik.services.dynamodb.tables.throughput.provisioned import provisioned_description
from jedlik.services.dynamodb.tables.throughput.warm import warm_description
from jedlik.storage.engine import Engine, Value
from jedlik.values.keybytes import successor

_NOTHING = (0, 0)


class ShownEncryption(NamedTuple):
    """SSEDescription, and whether the key cannot be used."""

    description: dict[str, Any]
    inaccessible: bool = False


async def read_figures(engine: Engine, table_id: int) -> tuple[Figures, Value]:
    """Items and bytes of a table and its indexes, with the catalog version of that moment."""
    prefix = counters_prefix(table_id)
    page = await engine.range(prefix, successor(prefix), also_read=(CATALOG_VERSION,))
    rows, version = page.rows, page.also_read[0]
    while page.more:
        page = await engine.range(rows[-1][0] + b"\x00", successor(prefix))
        rows += page.rows
    return total(value for _, value in rows), version


def table_description(
    table: Table,
    arns: Arns,
    now: float,
    figures: Figures | None = None,
    encryption: ShownEncryption | None = None,
) -> dict[str, Any]:
    """TableDescription of a table as it is at `now`; without `figures` it holds nothing.

    `encryption` is its encryption, if that is shown.
    """
    figures = figures or {}
    status = _status(table, now, encryption)
    settings = {**table.settings, **table.hidden_settings(now)}
    items, size = figures.get(TABLE_INDEX_ID, _NOTHING)
    answer: dict[str, Any] = {
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind}
            for name, kind in sorted(table.attribute_kinds.items())
        ],
        "TableName": table.name,
        "KeySchema": key_schema(table.schema),
        "TableStatus": status,
        "CreationDateTime": table.created_at,
        "ProvisionedThroughput": provisioned_description(settings, table.billing_mode, now),
        "TableSizeBytes": size,
        "ItemCount": items,
        "TableArn": arns.table_arn(table.name),
        "TableId": table.uuid,
    }
    _add_billing_mode(answer, table, status, settings)
    _add_indexes(answer, table, arns, now, figures)
    _add_stream(answer, table, arns)
    if encryption is not None:
        answer["SSEDescription"] = encryption.description
    if table.restore is not None:
        answer["RestoreSummary"] = table.restore.summary
    shown = ("TableClassSummary", "OnDemandThroughput", "GlobalTableSettingsReplicationMode")
    for member in shown:
        if settings.get(member) is not None:
            answer[member] = settings[member]
    answer["DeletionProtectionEnabled"] = table.deletion_protection
    _add_warm(answer, table, table, status, now)
    if table.replication is not None:
        answer |= replication_description(table, table.replication, now)
    return answer


def _status(table: Table, now: float, encryption: ShownEncryption | None) -> str:
    """TableStatus."""
    status = table.status(now)
    if status != ACTIVE:
        return status
    if encryption is not None and encryption.inaccessible:
        return INACCESSIBLE_ENCRYPTION_CREDENTIALS
    replication = table.replication
    return UPDATING if replication is not None and replication.busy else status


def _add_indexes(
    answer: dict[str, Any], table: Table, arns: Arns, now: float, figures: Figures
) -> None:
    """The lists of indexes, without the empty ones. An index of a table that is being restored has
    no status (answers of the service)."""
    local = [_local_index(index, table, arns, figures) for index in table.indexes if index.local]
    global_ = [
        _global_index(index, table, arns, now, figures)
        for index in table.indexes
        if not index.local
    ]
    vectors = [_vector_index(index, table, arns, now, figures) for index in table.vector_indexes]
    if table.restore is not None:
        for index in (*global_, *vectors):
            del index["IndexStatus"]
    if local:
        answer["LocalSecondaryIndexes"] = local
    if global_:
        answer["GlobalSecondaryIndexes"] = global_
    if vectors:
        answer["VectorIndexes"] = vectors


GLOBAL_TABLE_VERSION: Final = "2019.11.21"
_SETTINGS_MODE: Final = {"GlobalTableSettingsReplicationMode": "ENABLED_WITH_OVERRIDES"}


def replication_description(table: Table, replication: Replication, now: float) -> dict[str, Any]:
    """The replicas in a table's description. A replica shows its own settings; shared ones are
    omitted, except for warm throughput (answers of the service)."""
    answer: dict[str, Any] = {
        "GlobalTableVersion": GLOBAL_TABLE_VERSION,
        "Replicas": [_replica(table, replica, now) for replica in replication.replicas],
        **_SETTINGS_MODE,
    }
    if replication.consistency == STRONG:
        answer["MultiRegionConsistency"] = STRONG
    else:
        answer["DisassociationProtectionEnabled"] = replication.protected
    if replication.witnesses:
        answer["GlobalTableWitnesses"] = list(replication.witnesses)
    return answer


def _replica(table: Table, replica: Replica, now: float) -> dict[str, Any]:
    settings = replica.settings
    status = replica.inaccessible or replica.status
    shown: dict[str, Any] = {"RegionName": replica.region, "ReplicaStatus": status}
    if replica.inaccessible is not None:
        shown["ReplicaInaccessibleDateTime"] = replica.inaccessible_since
    for member in _REPLICA_MEMBERS:
        if member in settings:
            shown[member] = settings[member]
    if "TableClassOverride" in settings:
        shown["ReplicaTableClassSummary"] = {"TableClass": settings["TableClassOverride"]}
        if replica.class_since is not None:
            shown["ReplicaTableClassSummary"]["LastUpdateDateTime"] = replica.class_since
    _add_warm(shown, table, table, ACTIVE, now)
    overrides = {each["IndexName"]: each for each in settings.get("GlobalSecondaryIndexes", ())}
    indexes = []
    for index in table.indexes:
        if not index.local:
            own = {"IndexName": index.name, **overrides.get(index.name, {})}
            _add_warm(own, table, index, ACTIVE, now)
            indexes.append(own)
    if indexes:
        shown["GlobalSecondaryIndexes"] = indexes
    return shown | _SETTINGS_MODE


_REPLICA_MEMBERS: Final = (
    "KMSMasterKeyId", "ProvisionedThroughputOverride", "OnDemandThroughputOverride",
)  # fmt: skip


def _add_warm(
    answer: dict[str, Any], table: Table, resource: Table | Index, status: str, now: float
) -> None:
    """WarmThroughput of the table or an index: the former value, until a rise is over."""
    if status == CREATING and "WarmThroughput" not in resource.settings:
        return
    warming = resource.warming is not None and resource.warming.goes_on(now)
    warm = warm_description(
        resource.settings, table.billing_mode, UPDATING if warming or status == CREATING else ACTIVE
    )
    answer["WarmThroughput"] = warm | resource.hidden_settings(now).get("WarmThroughput", {})


def _add_stream(answer: dict[str, Any], table: Table, arns: Arns) -> None:
    """The stream: its settings while it is enabled, and its name also afterwards."""
    stream = table.stream
    if stream is None:
        return
    if stream.closed_at is None:
        answer["StreamSpecification"] = {
            "StreamEnabled": True,
            "StreamViewType": stream.view_type,
        }
    answer["LatestStreamLabel"] = stream.label
    answer["LatestStreamArn"] = arns.stream_arn(table.name, stream.label)


def _add_billing_mode(
    answer: dict[str, Any], table: Table, status: str, settings: dict[str, Any]
) -> None:
    if table.settings.get("LastUpdateToPayPerRequestDateTime") is None:
        return
    switched_at = settings["LastUpdateToPayPerRequestDateTime"]
    summary = answer["BillingModeSummary"] = {"BillingMode": table.billing_mode}
    if status != CREATING and switched_at is not None:
        summary["LastUpdateToPayPerRequestDateTime"] = switched_at


def key_schema(schema: KeySchema) -> list[dict[str, str]]:
    """KeySchema."""
    return [
        {"AttributeName": attribute.name, "KeyType": key_type}
        for key_type, attributes in (("HASH", schema.partition), ("RANGE", schema.sort))
        for attribute in attributes
    ]


def vector_settings(index: VectorIndex) -> dict[str, Any]:
    """The settings of a vector index: the members of VectorIndexInfo."""
    answer: dict[str, Any] = {
        "IndexName": index.name,
        "VectorAttribute": {"AttributeName": index.vector},
        "Projection": projection_description(index.projection),
        "Dimensions": index.dimensions,
        "DistanceFunction": index.distance,
    }
    schema = [
        {"AttributeName": attribute.name, "SearchSchemaElementType": element_type}
        for element_type, attributes in (
            ("HASH", index.schema.partition),
            ("INLINE_FILTER", index.schema.sort),
        )
        for attribute in attributes
    ]
    if schema:
        answer["SearchSchema"] = schema
    return answer


def projection_description(projection: Projection) -> dict[str, Any]:
    """The Projection member of an index's description."""
    answer: dict[str, Any] = {"ProjectionType": projection.kind}
    if projection.attributes:
        answer["NonKeyAttributes"] = sorted(projection.attributes)
    return answer


def _local_index(index: Index, table: Table, arns: Arns, figures: Figures) -> dict[str, Any]:
    items, size = figures.get(index.id, _NOTHING)
    return {
        "IndexName": index.name,
        "KeySchema": key_schema(index.schema),
        "Projection": projection_description(index.projection),
        "IndexSizeBytes": size,
        "ItemCount": items,
        "IndexArn": arns.index_arn(table.name, index.name),
    }


def _global_index(
    index: Index, table: Table, arns: Arns, now: float, figures: Figures
) -> dict[str, Any]:
    items, size = figures.get(index.id, _NOTHING)
    status = index.status(now)
    settings = {**index.settings, **index.hidden_settings(now)}
    answer = {
        "IndexName": index.name,
        "KeySchema": key_schema(index.schema),
        "Projection": projection_description(index.projection),
        "IndexStatus": status,
        "ProvisionedThroughput": provisioned_description(settings, table.billing_mode, now),
        "IndexSizeBytes": size,
        "ItemCount": items,
        "IndexArn": arns.index_arn(table.name, index.name),
    }
    # Not of indexes that come with their table (API reference, "GlobalSecondaryIndexDescription").
    if status == CREATING and table.status(now) != CREATING:
        answer["Backfilling"] = index.backfilling and index.allocated(now)
    if "OnDemandThroughput" in index.settings:
        answer["OnDemandThroughput"] = index.settings["OnDemandThroughput"]
    _add_warm(answer, table, index, status, now)
    return answer


def _vector_index(
    index: VectorIndex, table: Table, arns: Arns, now: float, figures: Figures
) -> dict[str, Any]:
    items, size = figures.get(index.id, _NOTHING)
    status = index.status(now)
    answer = {
        **vector_settings(index),
        "IndexStatus": status,
        "IndexSizeBytes": size,
        "ItemCount": items,
        "IndexArn": arns.index_arn(table.name, index.name),
    }
    # Not of indexes that come with their table, and first false: nothing is read from the table
    # while the index is allocated (answers of the service).
    if status == CREATING and table.status(now) != CREATING:
        answer["Backfilling"] = index.backfilling and index.allocated(now)
    return answer
