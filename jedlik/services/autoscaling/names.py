"""ARNs and names of auto scaling's resources.

Forms: Service Authorization Reference, "Actions, resources, and condition keys for AWS Application
Auto Scaling"; answers of the service in public issues.
"""

from __future__ import annotations

from jedlik.kernel.arns import Arns
from jedlik.services.autoscaling.model import NAMESPACE, Policy, Scaled, ScheduledAction


def target_arn(arns: Arns, target_id: str) -> str:
    """The ARN of a scalable target."""
    return (
        f"arn:aws:application-autoscaling:{arns.region}:{arns.account}:scalable-target/{target_id}"
    )


def policy_arn(arns: Arns, scaled: Scaled, policy: Policy) -> str:
    """The ARN of a scaling policy."""
    return (
        f"arn:aws:autoscaling:{arns.region}:{arns.account}:scalingPolicy:{policy.id}:"
        f"resource/{NAMESPACE}/{scaled.resource}:policyName/{policy.name}"
    )


def action_arn(arns: Arns, scaled: Scaled, action: ScheduledAction) -> str:
    """The ARN of a scheduled action."""
    return (
        f"arn:aws:autoscaling:{arns.region}:{arns.account}:scheduledAction:{action.id}:"
        f"resource/{NAMESPACE}/{scaled.resource}:scheduledActionName/{action.name}"
    )


def alarm_name(scaled: Scaled, kind: str, alarm_id: str) -> str:
    """The name of a policy's alarm of a kind."""
    return f"TargetTracking-{scaled.resource}-{kind}-{alarm_id}"


def alarm_arn(arns: Arns, name: str) -> str:
    """The ARN of an alarm."""
    return f"arn:aws:cloudwatch:{arns.region}:{arns.account}:alarm:{name}"
