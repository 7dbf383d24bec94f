"""Auto scaling as tables with replicas use it: a service above this one, passed in if it runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from jedlik.kernel.arns import Arns

READ = "Read"
WRITE = "Write"
DISABLED: dict[str, Any] = {"AutoScalingDisabled": True, "ScalingPolicies": []}
"""AutoScalingSettingsDescription of capacity without auto scaling."""


class AutoScaling(Protocol):
    """The auto scaling of one region's tables. `index` None is the table itself, `direction` Read
    or Write."""

    async def scales_writes(self, table: str, index: str | None) -> bool:
        """Whether write capacity follows the writes: there are a target and a policy."""
        ...

    async def settings(self, table: str, index: str | None, direction: str) -> dict[str, Any]:
        """AutoScalingSettingsDescription."""
        ...

    async def change(
        self, table: str, index: str | None, direction: str, update: dict[str, Any]
    ) -> None:
        """Carry out a complete AutoScalingSettingsUpdate. Raises ServiceError."""
        ...


class NoScaling:
    """A server without auto scaling."""

    async def scales_writes(self, _table: str, _index: str | None) -> bool:
        """See AutoScaling."""
        return False

    async def settings(self, _table: str, _index: str | None, _direction: str) -> dict[str, Any]:
        """See AutoScaling."""
        return DISABLED

    async def change(
        self, _table: str, _index: str | None, _direction: str, _update: dict[str, Any]
    ) -> None:
        """See AutoScaling."""


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
