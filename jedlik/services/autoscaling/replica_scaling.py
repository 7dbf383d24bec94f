"""Auto scaling for DynamoDB's operations on tables with replicas.

UpdateTableReplicaAutoScaling sets ordinary targets and policies of this service (measured: "table
replicas", by the authors of a controller for the service).
"""

from __future__ import annotations

import importlib
from typing import Any, Final

from jedlik.base.errors import ServiceError, ValidationException
from jedlik.services.autoscaling.model import NAMESPACE, Scaled
from jedlik.services.autoscaling.store import find_target, scales_writes
from jedlik.services.dynamodb.database.auto_scaling import DISABLED
from jedlik.services.dynamodb.database.database import Database

_OPERATIONS: Final = "jedlik.services.autoscaling.operations.registry"
_COOLDOWNS: Final = ("ScaleInCooldown", "ScaleOutCooldown", "DisableScaleIn")


class ReplicaScaling:
    """See `AutoScaling`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def scales_writes(self, table: str, index: str | None) -> bool:
        """See AutoScaling."""
        return await scales_writes(self._database, table, index)

    async def settings(self, table: str, index: str | None, direction: str) -> dict[str, Any]:
        """See AutoScaling. A target without a policy is shown as disabled, as in the service."""
        target = await find_target(self._database, Scaled(table, index, direction))
        if target is None or not target.policies:
            return DISABLED
        return {
            "MinimumUnits": target.minimum,
            "MaximumUnits": target.maximum,
            "AutoScalingRoleArn": target.role,
            "ScalingPolicies": [
                {
                    "PolicyName": policy.name,
                    "TargetTrackingScalingPolicyConfiguration": {
                        member: policy.configuration[member]
                        for member in ("TargetValue", *_COOLDOWNS)
                        if member in policy.configuration
                    },
                }
                for policy in target.policies
            ],
        }

    async def change(
        self, table: str, index: str | None, direction: str, update: dict[str, Any]
    ) -> None:
        """See AutoScaling."""
        scaled = Scaled(table, index, direction)
        target = {
            "ServiceNamespace": NAMESPACE,
            "ResourceId": scaled.resource,
            "ScalableDimension": scaled.dimension,
        }
        known = await find_target(self._database, scaled)
        if update.get("AutoScalingDisabled"):
            if known is not None:
                await self._do("DeregisterScalableTarget", target)
            return
        bounds = {
            name: update[member]
            for member, name in (("MinimumUnits", "MinCapacity"), ("MaximumUnits", "MaxCapacity"))
            if update.get(member) is not None
        }
        if bounds:
            await self._do("RegisterScalableTarget", {**target, **bounds})
        policy = update.get("ScalingPolicyUpdate")
        if policy is None:
            return
        name = policy.get("PolicyName") or f"{_metric(scaled)}:{scaled.resource}"
        for other in () if known is None else known.policies:
            if other.name != name:  # policies are identified by name: another one replaces it
                await self._do("DeleteScalingPolicy", {**target, "PolicyName": other.name})
        configuration = {
            **policy["TargetTrackingScalingPolicyConfiguration"],
            "PredefinedMetricSpecification": {"PredefinedMetricType": _metric(scaled)},
        }
        await self._do(
            "PutScalingPolicy",
            {
                **target,
                "PolicyName": name,
                "PolicyType": "TargetTrackingScaling",
                "TargetTrackingScalingPolicyConfiguration": configuration,
            },
        )

    async def _do(self, operation: str, payload: dict[str, Any]) -> None:
        """Call an operation; its error is passed on as DynamoDB passes on those of services that
        it calls."""
        operations = importlib.import_module(_OPERATIONS).OPERATIONS
        try:
            await operations[operation](self._database, payload)
        except ServiceError as error:
            code, request_id = error.code(), self._database.ids.uuid()
            raise ValidationException(
                f"{error.message} (Service: AWSApplicationAutoScaling; Status Code: "
                f"{error.status}; Error Code: {code}; Request ID: {request_id}; Proxy: null)"
            ) from None


def _metric(scaled: Scaled) -> str:
    return f"DynamoDB{scaled.direction}CapacityUtilization"
