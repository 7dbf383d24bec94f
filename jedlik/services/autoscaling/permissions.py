"""The permissions that each scaling operation needs.

Service Authorization Reference, "Actions, resources, and condition keys for AWS Application Auto
Scaling": lists need a permission on `*`, everything else on the scalable target. Tables are changed
by the service-linked role; so that callers cannot do more through it than by themselves, operations
that set a table's capacity also need the permissions for that (user guide, "Permissions validation
for Application Auto Scaling API calls on target resources").
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
from jedlik.services.dynamodb.database.database import Database

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
    """The permissions for a checked request. Registering a target with tags needs TagResource too
    (user guide, "Tagging support for Application Auto Scaling")."""
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
    """The permissions on a request's table; invalid input is left to the operation."""
    try:
        table = scaled_of(payload).table
    except ScalingError:
        return []
    arn = database.arns.table_arn(table)
    return [
        RequiredPermission(f"dynamodb:{action}", arn, table, action, payload)
        for action in _ON_TABLE
    ]


async def _target(database: Database, payload: Payload) -> tuple[str, dict[str, str]]:
    """The ARN of a request's target, and its tags; `*` for a missing one."""
    unknown = target_arn(database.arns, "*")
    arn = payload.get("ResourceARN")
    if arn is not None:
        for target in await all_targets(database):
            if target_arn(database.arns, target.id) == arn:
                return arn, target.tags
        return arn, {}
    try:
        scaled = scaled_of(payload)
    except ScalingError:
        return unknown, {}
    found = await find_target(database, scaled)
    return (unknown, {}) if found is None else (target_arn(database.arns, found.id), found.tags)
