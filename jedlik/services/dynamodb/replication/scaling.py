"""Auto scaling of tables with replicas: what is set up elsewhere too, and its role."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jedlik.kernel.arns import Arns
from jedlik.services.dynamodb.database.auto_scaling import DISABLED, AutoScaling

READ = "Read"
WRITE = "Write"


async def write_scaling(
    scaling: AutoScaling, table: str, indexes: Iterable[str]
) -> list[dict[str, Any]]:
    """The auto scaling of a table's and its indexes' write capacity, as the changes that set up the
    same elsewhere: a new replica gets its own targets and policies (answers of the service)."""
    changes = []
    for index in (None, *indexes):
        settings = await scaling.settings(table, index, WRITE)
        if settings != DISABLED:
            update = {member: settings[member] for member in ("MinimumUnits", "MaximumUnits")}
            update["ScalingPolicyUpdate"] = settings["ScalingPolicies"][0]
            changes.append({"index": index, "direction": WRITE, "update": update})
    return changes


def service_role_arn(arns: Arns) -> str:
    """The ARN of the service-linked role, which is used if no role is named."""
    return (
        f"arn:aws:iam::{arns.account}:role/aws-service-role/"
        "dynamodb.application-autoscaling.amazonaws.com/"
        "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable"
    )
