"""DescribeTableReplicaAutoScaling and UpdateTableReplicaAutoScaling.

Both are only for tables with replicas. Rules and texts are as the service answered in October 2026
(measured and published by the authors of a controller for it), including its quotation marks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from jedlik.base.errors import (
    LimitExceededException,
    ResourceNotFoundException,
    ValidationException,
)
from jedlik.gateway.operation import Body, Payload
from jedlik.services.dynamodb.database.auto_scaling import DISABLED
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.regions.messages import LinkDown
from jedlik.services.dynamodb.replication.scaling import READ, WRITE, service_role_arn
from jedlik.services.dynamodb.tables.model import CREATING, DELETING, PAY_PER_REQUEST, Table
from jedlik.services.dynamodb.tables.replicas import ACTIVE, Replication

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import (
        DescribeTableReplicaAutoScalingInput,
        UpdateTableReplicaAutoScalingInput,
    )

_WRITES: Final = "ProvisionedWriteCapacityAutoScalingUpdate"
_READS: Final = "ReplicaProvisionedReadCapacityAutoScalingUpdate"
_INDEX_READS: Final = "ProvisionedReadCapacityAutoScalingUpdate"
_REQUIRED: Final = ("MaximumUnits", "ScalingPolicyUpdate", "MinimumUnits")
_BLANK: Final = (("MaximumUnits", "MinimumUnits"), ("ScalingPolicyUpdate",))
_PARAMETERS: Final = {
    WRITE: "GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate",
    READ: "ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate",
}
"""Their names in errors."""


class Change(NamedTuple):
    """A change of the auto scaling of one capacity, in one region or (None) in all."""

    region: str | None
    gsi: str | None
    direction: str
    update: dict[str, Any]


async def describe_table_replica_auto_scaling(
    database: Database, payload: DescribeTableReplicaAutoScalingInput
) -> Body:
    """The auto scaling of all replicas, including this region's."""
    table, replication = await _global_table(database, payload)
    return await _described(database, table, replication)


async def update_table_replica_auto_scaling(
    database: Database, payload: UpdateTableReplicaAutoScalingInput
) -> Body:
    """Change auto scaling: for writes in all regions, for reads in the named regions. The answer
    shows the state before the change, like the service's."""
    table, replication = await _global_table(database, payload)
    changes = list(_changes(payload))
    _check_request(database, table, payload, changes)
    regions = {database.arns.region, *(each.region for each in replication.replicas)}
    for change in changes:
        if change.region is not None and change.region not in regions:
            raise _no_such(payload)
    _check_billing(table, sorted(regions), changes)
    before = await _described(database, table, replication)
    for region in sorted(regions):
        wanted = [each._replace(region=None) for each in changes if each.region in (None, region)]
        await _change_in(database, table, region, wanted)
    return before


async def _global_table(database: Database, payload: Payload) -> tuple[Table, Replication]:
    table = await database.catalog.current(database.arns.table_name(payload["TableName"]))
    if table is None or table.replication is None:
        raise _no_such(payload)
    return table, table.replication


def _no_such(payload: Payload) -> ResourceNotFoundException:
    return ResourceNotFoundException(
        f"Global table with name: '{payload['TableName']}' does not exist."
    )


# --- The request ----------------------------------------------------------------------------------


def _changes(payload: Payload) -> Iterator[Change]:
    if payload.get(_WRITES) is not None:
        yield Change(None, None, WRITE, payload[_WRITES])
    for each in payload.get("GlobalSecondaryIndexUpdates") or ():
        if each.get(_WRITES) is not None:
            yield Change(None, each.get("IndexName"), WRITE, each[_WRITES])
    for replica in payload.get("ReplicaUpdates") or ():
        region = replica["RegionName"]
        if replica.get(_READS) is not None:
            yield Change(region, None, READ, replica[_READS])
        for each in replica.get("ReplicaGlobalSecondaryIndexUpdates") or ():
            if each.get(_INDEX_READS) is not None:
                yield Change(region, each.get("IndexName"), READ, each[_INDEX_READS])


def _check_request(
    database: Database, table: Table, payload: Payload, changes: list[Change]
) -> None:
    now = database.clock.now()
    failed = f"Failed to update settings for global table with name: \u2018{table.name}\u2019"
    regions = [each["RegionName"] for each in payload.get("ReplicaUpdates") or ()]
    twice = [region for region, count in Counter(regions).items() if count > 1]
    if twice:
        raise ValidationException(
            f"{failed} because the regions: \u2018[{', '.join(twice)}]\u2019 were specified more "
            "than once."
        )
    changed = {change.region for change in changes}
    for region in regions:
        if region not in changed:
            raise ValidationException(
                f"{failed} because at least one update parameter must be specified for region: "
                f"\u2018{region}\u2019."
            )
    if not changes:
        raise ValidationException(
            f"{failed} because at least one update parameter must be specified."
        )
    for change in changes:
        _check_complete(table.name, change.update)
        _check_role(database, change.update)
    unknown = [change for change in changes if not _is_scaled(table, change.gsi, now)]
    writes = [change.gsi for change in unknown if change.region is None]
    if writes:
        raise ResourceNotFoundException(
            f"{failed} because the global secondary indexes with names: "
            f"\u2018[{', '.join(map(str, writes))}]\u2019 do not exist."
        )
    for change in unknown:
        raise ResourceNotFoundException(
            f"{failed} because a global secondary index with name: \u2018{change.gsi}\u2019 does "
            f"not exist in region: \u2018{change.region}\u2019."
        )


def _check_complete(name: str, update: dict[str, Any]) -> None:
    """A request for scaling must have bounds and a policy, even if some exist; one that ends it
    must have neither."""
    if not update.get("AutoScalingDisabled"):
        lacks = [f"'{member}'" for member in _REQUIRED if update.get(member) is None]
        if lacks:
            raise ValidationException(
                f"Failed to update settings for global table with name: \u2018{name}\u2019: "
                f"Parameters {', '.join(lacks)} are required unless auto scaling is being disabled."
            )
        return
    for members in _BLANK:
        given = [f"'{member}'" for member in members if update.get(member) is not None]
        if given:
            raise ValidationException(
                f"Failed to update settings for global table with name \u2018{name}\u2019: "
                f"Parameters {', '.join(given)} must be left blank when disabling auto scaling."
            )


def _check_role(database: Database, update: dict[str, Any]) -> None:
    """Refuse any role but the service's own: DynamoDB makes the change on the caller's behalf, and
    may not pass any other role."""
    arns, role = database.arns, update.get("AutoScalingRoleArn")
    if role not in (None, service_role_arn(arns)):
        raise ValidationException(
            f"User: arn:aws:sts::{arns.account}:assumed-role/AWSServiceRoleForDynamoDBReplication "
            f"is not authorized to perform: iam:PassRole on resource: {role} because no "
            "identity-based policy allows the iam:PassRole action"
        )


def _is_scaled(table: Table, gsi: str | None, now: float) -> bool:
    """Whether this is the table, or one of its indexes that is no longer being created."""
    index = None if gsi is None else table.index(gsi)
    return gsi is None or (
        index is not None and not index.local and index.status(now) not in (CREATING, DELETING)
    )


def _check_billing(table: Table, regions: list[str], changes: list[Change]) -> None:
    wanted = [change for change in changes if not change.update.get("AutoScalingDisabled")]
    if table.billing_mode == PAY_PER_REQUEST and wanted:
        named = ", ".join(f"'{region.upper()}'" for region in regions)
        failed = f"Failed to update global table with name \u2018{table.name}\u2018."
        raise ValidationException(
            f"{failed} Replicas {named} "
            "BillingMode is PayPerRequest. You must convert table's BillingMode to PROVISIONED to "
            f"set parameters: '{_PARAMETERS[wanted[0].direction]}'."
        )


# --- All regions ----------------------------------------------------------------------------------


async def _described(database: Database, table: Table, replication: Replication) -> Body:
    now = database.clock.now()
    statuses = {each.region: each.status for each in replication.replicas}
    statuses[database.arns.region] = ACTIVE
    replicas = [
        {
            "RegionName": region,
            "ReplicaStatus": status,
            **await _change_in(database, table, region, ()),
        }
        for region, status in sorted(statuses.items())
    ]
    return {
        "TableAutoScalingDescription": {
            "TableName": table.name,
            "TableStatus": table.status(now),
            "Replicas": replicas,
        }
    }


async def _change_in(
    database: Database, table: Table, region: str, changes: list[Change] | tuple[()]
) -> dict[str, Any]:
    """Carry out changes in a region; returns its auto scaling afterwards."""
    wanted = [
        {"index": each.gsi, "direction": each.direction, "update": each.update} for each in changes
    ]
    if region == database.arns.region:
        return await scale_here(database, table, wanted)
    link = database.links.get(region)
    message = {"do": "scale", "table": table.name, "changes": wanted}
    try:
        if link is None:
            raise LinkDown("it is neither a region of this server nor one of its peers")
        return await link.control(message)
    except LinkDown as failure:
        raise LimitExceededException(
            f"The region {region} cannot be reached; try again later: {failure}"
        ) from None


async def scale_here(
    database: Database, table: Table, changes: list[dict[str, Any]]
) -> dict[str, Any]:
    """Carry out changes in this region; returns its auto scaling afterwards."""
    scaling = database.scaling
    for each in changes:
        await scaling.change(table.name, each["index"], each["direction"], each["update"])
    now = database.clock.now()
    return {
        "GlobalSecondaryIndexes": [
            {
                "IndexName": index.name,
                "IndexStatus": index.status(now),
                **{
                    f"Provisioned{direction}CapacityAutoScalingSettings": await _settings(
                        database, table, index.name, direction
                    )
                    for direction in (READ, WRITE)
                },
            }
            for index in table.indexes
            if _is_scaled(table, index.name, now)
        ],
        **{
            f"ReplicaProvisioned{direction}CapacityAutoScalingSettings": await _settings(
                database, table, None, direction
            )
            for direction in (READ, WRITE)
        },
    }


async def _settings(
    database: Database, table: Table, index: str | None, direction: str
) -> dict[str, Any]:
    """The auto scaling of one capacity. A table on demand keeps its settings, disabled."""
    found = await database.scaling.settings(table.name, index, direction)
    if table.billing_mode == PAY_PER_REQUEST and found != DISABLED:
        return {**found, "AutoScalingDisabled": True}
    return found
