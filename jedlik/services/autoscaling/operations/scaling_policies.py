"""PutScalingPolicy, DescribeScalingPolicies, DeleteScalingPolicy."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from jedlik.gateway.operation import Payload
from jedlik.services.autoscaling.alarms import delete_alarms, put_alarms
from jedlik.services.autoscaling.errors import ObjectNotFoundException, ScalingValidationException
from jedlik.services.autoscaling.model import NAMESPACE, Policy, ScalableTarget, Scaled
from jedlik.services.autoscaling.names import alarm_arn, alarm_name, policy_arn
from jedlik.services.autoscaling.operations.parameters import (
    is_asked_for,
    page,
    registered,
    scaled_of,
)
from jedlik.services.autoscaling.scaling import current_capacity
from jedlik.services.autoscaling.store import all_targets, change_target
from jedlik.services.autoscaling.tracking import ALARMS
from jedlik.services.dynamodb.tables.database import Database

TARGET_TRACKING: Final = "TargetTrackingScaling"
_CONFIGURATION: Final = "TargetTrackingScalingPolicyConfiguration"
_UNBUILT: Final = (
    ("StepScalingPolicyConfiguration", "StepScaling"),
    ("PredictiveScalingPolicyConfiguration", "PredictiveScaling"),
)
_MIN_TARGET, _MAX_TARGET = 20.0, 90.0
"""Percent (developer guide, "Managing throughput capacity automatically")."""
_NOT_PRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f]").search


async def put_scaling_policy(database: Database, payload: Payload) -> Payload:
    """Create or change a policy."""
    scaled = scaled_of(payload)
    if _NOT_PRINTABLE(payload["PolicyName"]):
        raise ScalingValidationException(
            f"1 validation error detected: Value '{payload['PolicyName']}' at 'policyName' failed "
            "to satisfy constraint: Member must satisfy regular expression pattern: \\p{Print}+"
        )
    configuration = _checked(payload, scaled)
    new_id = database.ids.uuid()
    alarms = {kind: database.ids.uuid() for kind in ALARMS}
    now = database.clock.now()
    current = await current_capacity(database, scaled)

    def decide(found: ScalableTarget | None) -> tuple[ScalableTarget, Policy]:
        target = registered(found, scaled)
        name = payload["PolicyName"]
        known = target.policy(name)
        if known is None and target.policies:
            raise ScalingValidationException(
                "Only one TargetTrackingScaling policy for a given metric specification is allowed."
            )
        if known is None:
            policy = Policy(new_id, name, now, configuration, alarms)
        else:
            policy = replace(known, configuration=configuration)
        history = target.history
        if history.set_to is None:
            history = replace(history, set_to=current)
        return replace(target.with_policy(policy), history=history), policy

    policy = await change_target(database, scaled, decide)
    await put_alarms(database, scaled, policy, current)
    return {
        "PolicyARN": policy_arn(database.arns, scaled, policy),
        "Alarms": _alarms(database, scaled, policy),
    }


def _checked(payload: Payload, scaled: Scaled) -> dict[str, Any]:
    """The configuration of a target tracking policy. Raises ScalingValidationException."""
    kind = payload.get("PolicyType")
    for member, name in _UNBUILT:
        if kind == name or payload.get(member) is not None:
            raise ScalingValidationException(
                f"{name} is not available on this server; only {TARGET_TRACKING} is"
            )
    configuration: dict[str, Any] | None = payload.get(_CONFIGURATION)
    if kind != TARGET_TRACKING or configuration is None:
        raise ScalingValidationException(
            f"PolicyType {TARGET_TRACKING} and {_CONFIGURATION} must be specified."
        )
    if configuration.get("CustomizedMetricSpecification") is not None:
        raise ScalingValidationException(
            "CustomizedMetricSpecification is not available on this server; "
            "use PredefinedMetricSpecification"
        )
    specification = configuration.get("PredefinedMetricSpecification") or {}
    metric = f"DynamoDB{scaled.direction}CapacityUtilization"
    if specification.get("PredefinedMetricType") != metric:
        raise ScalingValidationException(
            f"The PredefinedMetricType for {scaled.dimension} must be {metric}."
        )
    if specification.get("ResourceLabel") is not None:
        raise ScalingValidationException(f"ResourceLabel must not be specified for {metric}.")
    if not _MIN_TARGET <= configuration["TargetValue"] <= _MAX_TARGET:
        raise ScalingValidationException(
            f"The target value must be between {_MIN_TARGET:g} and {_MAX_TARGET:g}."
        )
    for member in ("ScaleInCooldown", "ScaleOutCooldown"):
        if (configuration.get(member) or 0) < 0:
            raise ScalingValidationException(f"{member} must not be negative.")
    return {member: value for member, value in configuration.items() if value is not None}


def _alarms(database: Database, scaled: Scaled, policy: Policy) -> list[dict[str, str]]:
    names = (alarm_name(scaled, kind, alarm_id) for kind, alarm_id in policy.alarms.items())
    return [{"AlarmName": name, "AlarmARN": alarm_arn(database.arns, name)} for name in names]


async def describe_scaling_policies(database: Database, payload: Payload) -> Payload:
    """A page of the policies, by resource, dimension and name."""
    wanted = payload.get("PolicyNames")
    found = [
        {
            "PolicyARN": policy_arn(database.arns, target.scaled, policy),
            "PolicyName": policy.name,
            "ServiceNamespace": NAMESPACE,
            "ResourceId": target.scaled.resource,
            "ScalableDimension": target.scaled.dimension,
            "PolicyType": TARGET_TRACKING,
            _CONFIGURATION: policy.configuration,
            "Alarms": _alarms(database, target.scaled, policy),
            "CreationTime": policy.created,
        }
        for target in await all_targets(database)
        if is_asked_for(payload, target.scaled)
        for policy in target.policies
        if not wanted or policy.name in wanted
    ]
    return page(payload, "ScalingPolicies", found)


async def delete_scaling_policy(database: Database, payload: Payload) -> Payload:
    """Delete a policy; the capacity does not change."""
    scaled = scaled_of(payload)
    name = payload["PolicyName"]

    def decide(target: ScalableTarget | None) -> tuple[ScalableTarget, Policy]:
        policy = None if target is None else target.policy(name)
        if target is None or policy is None:
            raise ObjectNotFoundException(
                f"No scaling policy found for {scaled.named}, policy name: {name}"
            )
        kept = tuple(policy for policy in target.policies if policy.name != name)
        return replace(target, policies=kept), policy

    gone = await change_target(database, scaled, decide)
    await delete_alarms(database, scaled, (gone,))
    return {}
