"""The definition of a replica: the request that would create the table, as it is, in another
region.

Which settings are shared is described in the developer guide, "Global tables: how it works", and as
the service answered in October 2026: tags, deletion protection, recovery, policies, insights and
Kinesis destinations are separate in each region.
"""

from __future__ import annotations

from typing import Any, Final

from jedlik.services.dynamodb.tables.descriptions import (
    key_schema,
    projection_description,
    vector_settings,
)
from jedlik.services.dynamodb.tables.model import PROVISIONED, Index, Table

_WARM: Final = ("ReadUnitsPerSecond", "WriteUnitsPerSecond")


def create_request(table: Table, overrides: dict[str, Any], key: str | None) -> dict[str, Any]:
    """The CreateTable request for a replica with these overrides. `key` is the KMS key there; empty
    for the one that the service manages, None for a hidden one."""
    request: dict[str, Any] = {
        "TableName": table.name,
        "KeySchema": key_schema(table.schema),
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind}
            for name, kind in table.attribute_kinds.items()
        ],
        "BillingMode": table.billing_mode,
        **_throughput(table.settings, table.billing_mode, overrides),
    }
    by_name = {each["IndexName"]: each for each in overrides.get("GlobalSecondaryIndexes", ())}
    local = [_index(index) for index in table.indexes if index.local]
    global_ = [
        _index(index) | _throughput(index.settings, table.billing_mode, by_name.get(index.name, {}))
        for index in table.indexes
        if not index.local
    ]
    if local:
        request["LocalSecondaryIndexes"] = local
    if global_:
        request["GlobalSecondaryIndexes"] = global_
    if table.vector_indexes:
        request["VectorIndexes"] = [vector_settings(index) for index in table.vector_indexes]
    if table.stream is not None and table.stream.closed_at is None:
        view_type = table.stream.view_type
        request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view_type}
    table_class = overrides.get("TableClassOverride")
    if table_class is None:
        table_class = table.settings.get("TableClassSummary", {}).get("TableClass")
    if table_class is not None:
        request["TableClass"] = table_class
    if key is not None:
        request["SSESpecification"] = {
            "Enabled": True, "SSEType": "KMS", **({"KMSMasterKeyId": key} if key else {}),
        }  # fmt: skip
    return request


def _index(index: Index) -> dict[str, Any]:
    return {
        "IndexName": index.name,
        "KeySchema": key_schema(index.schema),
        "Projection": projection_description(index.projection),
    }


def _throughput(
    settings: dict[str, Any], billing_mode: str, overrides: dict[str, Any]
) -> dict[str, Any]:
    """The units of a table or an index, with the replica's overrides."""
    found: dict[str, Any] = {}
    if billing_mode == PROVISIONED:
        units = settings["ProvisionedThroughput"]
        own = overrides.get("ProvisionedThroughputOverride", {})
        found["ProvisionedThroughput"] = {
            member: own.get(member, units[member])
            for member in ("ReadCapacityUnits", "WriteCapacityUnits")
        }
    else:
        own = overrides.get("OnDemandThroughputOverride", {})
        maxima = {**settings.get("OnDemandThroughput", {}), **own}
        if maxima:
            found["OnDemandThroughput"] = maxima
    warm = settings.get("WarmThroughput", {})
    if warm:
        found["WarmThroughput"] = {member: warm[member] for member in _WARM if member in warm}
    return found
