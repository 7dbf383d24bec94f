"""PutScalingPolicy, DescribeScalingPolicies, DeleteScalingPolicy."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from jedlik.gateway.operation import Payload
from jedlik.services.autoscaling.alarms import delete_alarms, put_alarms
from jedlik.services.autoscaling.errors import (
    AccessDeniedException,
    ObjectNotFoundException,
    ScalingValidationException,
)
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
from jedlik.services.dynamodb.database.database import Database

TARGET_TRACKING: Final = "TargetTrackingScaling"
_CONFIGURATION: Final = "TargetTrackingScalingPolicyConfiguration"
_CONFIGURATIONS: Final = {
    TARGET_TRACKING: _CONFIGURATION,
    "StepScaling": "StepScalingPolicyConfiguration",
    "PredictiveScaling": "PredictiveScalingPolicyConfiguration",
}
"""The configuration of each type of policy. DynamoDB has only the first."""
_MIN_TARGET, _MAX_TARGET = 10.0, 90.0
"""Percent, as the service answers; the developer guide advises 20 to 90."""
_LEAST, _MOST = 8.51592e-109, 1.174271e108
"""The range of targets for any metric (API reference)."""
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
    now = round(database.clock.now(), 3)
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
    """The configuration of a target tracking policy. Raises ScalingValidationException, or
    AccessDeniedException for the other types of policies."""
    _check_type(payload)
    configuration: dict[str, Any] = payload[_CONFIGURATION]
    kind = _metric_of(configuration, scaled)
    value = configuration["TargetValue"]
    if not _LEAST <= value <= _MOST:
        raise ScalingValidationException(
            "For target tracking scaling, target value must be between '8.51592E-109' and "
            f"'1.174271E108', but was '{float(value)}'."
        )
    if not _MIN_TARGET <= value <= _MAX_TARGET:
        raise ScalingValidationException(
            f"For predefined metric type {kind}, target value must be between '{_MIN_TARGET}' and "
            f"'{_MAX_TARGET}', but was '{float(value)}'."
        )
    return {member: value for member, value in configuration.items() if value is not None}


def _check_type(payload: Payload) -> None:
    kind = payload.get("PolicyType")
    if kind is None:
        raise ScalingValidationException("PolicyType must be specified")
    if payload.get(_CONFIGURATIONS[kind]) is None:
        raise ScalingValidationException(f"{kind} policy configuration must be specified")
    if sum(payload.get(member) is not None for member in _CONFIGURATIONS.values()) > 1:
        raise ScalingValidationException(
            "You must only provide a single scaling policy configuration, which must match the "
            "scaling policy type specified."
        )
    if kind != TARGET_TRACKING:
        raise AccessDeniedException


def _metric_of(configuration: dict[str, Any], scaled: Scaled) -> str:
    """The metric that is tracked, of which DynamoDB has one for each dimension."""
    predefined = configuration.get("PredefinedMetricSpecification")
    customized = configuration.get("CustomizedMetricSpecification")
    if predefined is None and customized is None:
        raise ScalingValidationException(
            "PredefinedMetricSpecification or CustomizedMetricSpecification must be set for target "
            "tracking scaling."
        )
    if predefined is not None and customized is not None:
        raise ScalingValidationException(
            "Only one of PredefinedMetricSpecification or CustomizedMetricSpecification can be set "
            "for target tracking scaling."
        )
    if predefined is None:
        raise ScalingValidationException(
            f"Scalable dimension {scaled.dimension} does not support CustomizedMetricSpecification."
        )
    kind = f"DynamoDB{scaled.direction}CapacityUtilization"
    if predefined.get("PredefinedMetricType") != kind:
        raise ScalingValidationException(
            f"Scalable dimension {scaled.dimension} only supports the following predefined metric "
            f"types: {kind}"
        )
    if predefined.get("ResourceLabel") is not None:
        raise ScalingValidationException(
            f"Resource label should not be specified for predefined metric type {kind}"
        )
    return kind


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
