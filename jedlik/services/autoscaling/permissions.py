"""What each scaling operation asks for.

Service Authorization Reference, "Actions, resources, and condition keys for AWS Application Auto
Scaling": lists ask on `*`, everything else on the scalable target. What is done to tables is done
by the service-linked role; so that no one has more done by it than they may do themselves, what
sets a table's capacity asks for what that would take (user guide, "Permissions validation for
Application Auto Scaling API calls on target resources").
"""

from __future__ import annotations

from typing import Final

from jedlik.auth.policy.facts import Values, by_lower_key
from jedlik.gateway.operation import Payload
from jedlik.services.autoscaling.errors import ScalingError
from jedlik.services.autoscaling.names import target_arn
from jedlik.services.autoscaling.operations.parameters import scaled_of
from jedlik.services.autoscaling.store import all_targets, find_target
from jedlik.services.dynamodb.api.permissions import RequiredPermission
from jedlik.services.dynamodb.tables.database import Database

_LISTS: Final = frozenset(
    (
        "DescribeScalableTargets", "DescribeScalingActivities", "DescribeScalingPolicies",
        "DescribeScheduledActions",
    )
)  # fmt: skip
_SET_CAPACITY: Final = frozenset(
    ("PutScalingPolicy", "PutScheduledAction", "RegisterScalableTarget")
)
_ON_TABLE: Final = ("DescribeTable", "UpdateTable")


async def required_permissions(
    database: Database, operation: str, payload: Payload
) -> list[RequiredPermission]:
    """What a checked request asks for. Anyone who registers a target with tags needs TagResource
    too (user guide, "Tagging support for Application Auto Scaling")."""
    resource = "*"
    keys: dict[str, Values] = {}
    for member, key in (
        ("ScalableDimension", "application-autoscaling:scalable-dimension"),
        ("ServiceNamespace", "application-autoscaling:service-namespace"),
    ):
        if payload.get(member):
            keys[key] = (payload[member],)
    if operation not in _LISTS:
        resource, tags = await _target(database, payload)
        keys |= {f"aws:resourcetag/{key}": value for key, value in by_lower_key(tags).items()}
    action = f"application-autoscaling:{operation}"
    permissions = [RequiredPermission(action, resource, None, "", payload, keys=keys)]
    if operation == "RegisterScalableTarget" and payload.get("Tags"):
        tagging = permissions[0]._replace(action="application-autoscaling:TagResource")
        permissions.append(tagging)
    if operation in _SET_CAPACITY:
        permissions += _of_table(database, payload)
    return permissions


def _of_table(database: Database, payload: Payload) -> list[RequiredPermission]:
    """What the table of a request is asked for; of nonsense the operation says so."""
    try:
        table = scaled_of(payload).table
    except ScalingError:
        return []
    arn = database.names.table_arn(table)
    return [
        RequiredPermission(f"dynamodb:{action}", arn, table, action, payload)
        for action in _ON_TABLE
    ]


async def _target(database: Database, payload: Payload) -> tuple[str, dict[str, str]]:
    """The ARN of the target that a request is about, and its tags; one that is not there is all."""
    unknown = target_arn(database.names, "*")
    arn = payload.get("ResourceARN")
    if arn is not None:
        for target in await all_targets(database):
            if target_arn(database.names, target.id) == arn:
                return arn, target.tags
        return arn, {}
    try:
        scaled = scaled_of(payload)
    except ScalingError:
        return unknown, {}
    found = await find_target(database, scaled)
    return (unknown, {}) if found is None else (target_arn(database.names, found.id), found.tags)
