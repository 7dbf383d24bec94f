"""The implemented scaling operations, by name."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from jedlik.gateway.operation import Payload
from jedlik.services.autoscaling.operations import (
    scalable_targets,
    scaling_activities,
    scaling_policies,
    scheduled_actions,
    tags,
)
from jedlik.services.dynamodb.database.database import Database

OPERATIONS: dict[str, Callable[[Database, Payload], Coroutine[Any, Any, Payload]]] = {
    "DeleteScalingPolicy": scaling_policies.delete_scaling_policy,
    "DeleteScheduledAction": scheduled_actions.delete_scheduled_action,
    "DeregisterScalableTarget": scalable_targets.deregister_scalable_target,
    "DescribeScalableTargets": scalable_targets.describe_scalable_targets,
    "DescribeScalingActivities": scaling_activities.describe_scaling_activities,
    "DescribeScalingPolicies": scaling_policies.describe_scaling_policies,
    "DescribeScheduledActions": scheduled_actions.describe_scheduled_actions,
    "ListTagsForResource": tags.list_tags_for_resource,
    "PutScalingPolicy": scaling_policies.put_scaling_policy,
    "PutScheduledAction": scheduled_actions.put_scheduled_action,
    "RegisterScalableTarget": scalable_targets.register_scalable_target,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
}
