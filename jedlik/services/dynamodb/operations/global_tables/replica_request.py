"""The requests of UpdateTable's ReplicaUpdates, and what is refused for any table.

Texts and their order are as the service answered in October 2026 (measured and published by the
authors of a controller for it).
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from jedlik.base.errors import LimitExceededException, ValidationException
from jedlik.base.limits import MAX_EXAMINED_PARTS
from jedlik.gateway.operation import Payload
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.regions.messages import LinkDown
from jedlik.services.dynamodb.replication.membership import SOURCE
from jedlik.services.dynamodb.tables.model import Table

ALREADY_THERE: Final = (
    "Failed to create a the new replica of table with name: \u2018{}\u2019 because one or more "
    "replicas already existed as tables."
)
_NO_ACTION: Final = "There are no actions specified in the Replica Update Action of the request."
_MORE_THAN_ONE: Final = (
    "Update table operation with more than one create or delete replica actions not allowed"
)
_NOT_MEMBERS: Final = (
    "Update global table operation failed because one or more replicas were not part of the global "
    "table. Please retry the request without these replicas: [{}]."
)
_NO_REPLICAS: Final = (
    "Replica specified in the Replica Update or Replica Delete action of the request was not found."
)
"""The error of a table without replicas. Clients that delete a table after its replicas need it."""
KEY_FOR_EACH: Final = "KMSMasterKeyId must be specified for each replica."
ALONE: Final = "Replica modification must be the only operation in the request"
UNLIKE_KEYS: Final = "All replica keys must either be Customer Managed CMK or AWS Managed CMK."
OVERRIDES: Final = (
    "ProvisionedThroughputOverride", "OnDemandThroughputOverride", "GlobalSecondaryIndexes",
    "TableClassOverride",
)  # fmt: skip
OTHERS: Final = frozenset(
    (
        *("ProvisionedThroughput", "BillingMode", "StreamSpecification", "SSESpecification"),
        *("GlobalSecondaryIndexUpdates", "VectorIndexUpdates", "DeletionProtectionEnabled"),
        *("OnDemandThroughput", "WarmThroughput", "TableClass"),
        *("GlobalTableSettingsReplicationMode", "DisassociationProtectionEnabled"),
    )
)


class Action(NamedTuple):
    """The action requested for one region; `kind` is Create, Update or Delete."""

    kind: str
    region: str
    member: dict[str, Any]


def check_alone(payload: Payload) -> None:
    """Refuse a request that also changes something else."""
    others = any(payload.get(member) is not None for member in OTHERS)
    if others or payload.get("GlobalTableWitnessUpdates"):
        raise ValidationException.of_values(ALONE)


def only_action(payload: Payload) -> Action:
    """The one action that a request may have, for one region."""
    check_alone(payload)
    updates = payload["ReplicaUpdates"]
    if len(updates) > MAX_EXAMINED_PARTS:  # at best it is the same one repeated
        raise ValidationException(_MORE_THAN_ONE)
    actions = [_action(update) for update in updates]
    distinct = {(each.kind, each.region): each for each in actions}
    kinds = {each.kind for each in actions}
    if len(kinds) > 1:
        raise ValidationException(
            "Update table operation with more than one type of replica actions not allowed"
        )
    if len(distinct) > 1:
        raise ValidationException(_MORE_THAN_ONE)
    (action,) = distinct.values()
    if action.kind == "Update" and not _asks_something(action.member):
        raise ValidationException(_NO_ACTION)
    return action


def _action(update: dict[str, Any]) -> Action:
    given = {kind: member for kind, member in update.items() if member is not None}
    if not given:
        raise ValidationException(_NO_ACTION)
    if len(given) > 1:
        raise ValidationException(
            "Update table operation with more than one type of replica actions not allowed."
        )
    ((kind, member),) = given.items()
    return Action(kind, member["RegionName"], member)


def _asks_something(member: dict[str, Any]) -> bool:
    if member.get("KMSMasterKeyId") is not None:
        return True
    indexes = member.get("GlobalSecondaryIndexes") or ()
    if any(len(index) > 1 for index in indexes):
        return True
    return any(
        member.get(override) is not None
        for override in OVERRIDES
        if override != "GlobalSecondaryIndexes"
    )


def check_region(database: Database, region: str) -> None:
    """Refuse to make a replica in a region without a link."""
    if region not in database.links:
        regions = ", ".join(sorted((database.arns.region, *database.links)))
        raise ValidationException(
            f"Region {region} is not supported. The latest version of global tables are only "
            f"supported in the following regions: [{regions}]"
        )


def check_not_local(database: Database, region: str) -> None:
    """Refuse to add, change or remove the region's own table as a replica."""
    if region == database.arns.region:
        raise ValidationException(
            "Cannot add or delete the local region through ReplicaUpdates. Use CreateTable, "
            "DeleteTable, or UpdateTable as required."
        )


def no_such_replica(table: Table, region: str) -> ValidationException:
    """The error of a replica that the table does not have."""
    if table.replication is None:
        return ValidationException(_NO_REPLICAS)
    return ValidationException(_NOT_MEMBERS.format(region))


async def asked(
    database: Database, region: str, name: str, key: str | None = None
) -> dict[str, Any]:
    """What another region reports about a table of that name, and about one of its own keys.
    Raises LimitExceededException if it cannot be reached."""
    try:
        link = database.links.get(region)
        if link is None:  # of a replica that was made when the server had other regions or peers
            raise LinkDown("it is neither a region of this server nor one of its peers")
        return await link.control({"do": "describe", "table": name, "key": key})
    except LinkDown as failure:
        raise LimitExceededException(
            f"The region {region} cannot be reached; try again later: {failure}"
        ) from None


async def check_removable(database: Database, table: Table, region: str) -> None:
    """Refuse to remove a replica that is protected against deletion, or from which others were
    recently made."""
    if region not in database.links:
        return
    there = await asked(database, region, table.name)
    if there["protected"]:
        raise ValidationException(
            f"Cannot delete table {table.name} in region {region} because it has deletion "
            "protection enabled. Disable deletion protection first."
        )
    if there.get("source"):  # a peer of an earlier version does not report it
        raise ValidationException(SOURCE)


def being_added(table: Table, region: str) -> ValidationException:
    """The error of a replica that is still being filled."""
    return ValidationException(
        "Create/Update/Delete of replica is not allowed while the replica is being added to table "
        f"with name: \u2018{table.name}\u2019 in region: \u2018{region}\u2019."
    )
