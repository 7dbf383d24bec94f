"""What policies are asked for, by operation (Service Authorization Reference, "Actions, resources,
and condition keys for Amazon CloudWatch")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from jedlik.auth.identity import Identity
from jedlik.auth.policy.facts import Get, Values
from jedlik.gateway.operation import Payload
from jedlik.kernel.arns import Arns
from jedlik.services.iam.authorization.authorizer import Authorizer
from jedlik.services.iam.authorization.denial import denied
from jedlik.services.iam.authorization.requests import AuthorizationRequest, CallContext


def alarm_arn(names: Arns, alarm: str) -> str:
    """The ARN of an alarm."""
    return f"arn:aws:cloudwatch:{names.region}:{names.account}:alarm:{alarm}"


def rule_arn(names: Arns, rule: str) -> str:
    """The ARN of a Contributor Insights rule."""
    return f"arn:aws:cloudwatch:{names.region}:{names.account}:insight-rule/{rule}"


def _resources(names: Arns, operation: str, payload: Payload) -> Iterator[str]:
    match operation:
        case "DescribeAlarmHistory" | "PutMetricAlarm" | "SetAlarmState":
            name = payload.get("AlarmName")
            yield alarm_arn(names, name or "*")
        case "DeleteAlarms" | "DisableAlarmActions" | "EnableAlarmActions":
            yield from (alarm_arn(names, name) for name in payload["AlarmNames"])
        case "DescribeAlarms":
            yield alarm_arn(names, "*")
        case "GetInsightRuleReport":
            yield rule_arn(names, payload["RuleName"])
        case "ListTagsForResource" | "TagResource" | "UntagResource":
            yield payload["ResourceARN"]
        case _:
            yield "*"


def _namespace(part: AuthorizationRequest) -> Values | None:
    namespace = part.whole.get("Namespace")
    return None if namespace is None else (namespace,)


def _alarm_actions(part: AuthorizationRequest) -> Values | None:
    members = ("AlarmActions", "InsufficientDataActions", "OKActions")
    return tuple(each for member in members for each in part.whole.get(member) or ()) or None


_OWN_KEYS: Final[Mapping[str, Get]] = {
    "cloudwatch:alarmactions": _alarm_actions,
    "cloudwatch:namespace": _namespace,
}


def check(
    authorizer: Authorizer,
    names: Arns,
    context: CallContext,
    identity: Identity,
    operation: str,
    payload: Mapping[str, Any],
) -> None:
    """Raise AccessDeniedException unless the caller may do this. Identities are to be current."""
    principal = authorizer.principal(identity)
    action = f"cloudwatch:{operation}"
    asked = AuthorizationRequest("", payload, payload, None, context, identity.region)
    for resource in _resources(names, operation, payload):
        plan = authorizer.plan(principal, action, resource, context.point, own=_OWN_KEYS)
        decision = plan.decide(asked)
        if not decision.allowed:
            raise denied(principal, action, resource, decision.reason(action))
