"""The permissions for each operation (Service Authorization Reference, "Actions, resources, and
condition keys for Amazon CloudWatch").

An alarm has its tags as `aws:ResourceTag`. Anyone who sets tags while creating one needs
cloudwatch:TagResource too (CloudWatch API reference, "PutMetricAlarm", Tags). In the service, the
policy of a function that an alarm calls has to allow that; functions here have no policies, so
setting an alarm that calls one needs lambda:InvokeFunction on it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from jedlik.auth.identity import Identity
from jedlik.auth.policy.facts import Get, Values, by_lower_key
from jedlik.gateway.operation import Payload
from jedlik.kernel.arns import Arns
from jedlik.kernel.store import Store
from jedlik.services.cloudwatch.alarms.model import ACTIONS_OF, alarm_key, decode_alarm
from jedlik.services.cloudwatch.alarms.names import alarm_arn, named_alarm
from jedlik.services.dynamodb.api.permissions import RequiredPermission
from jedlik.services.iam.authorization.authorizer import Authorizer
from jedlik.services.iam.authorization.denial import denied
from jedlik.services.iam.authorization.long_decisions import decide
from jedlik.services.iam.authorization.requests import AuthorizationRequest, CallContext

Invocation = Callable[[str], Awaitable[Iterable[RequiredPermission]]]
"""The permissions for calling a function, by its name or ARN."""
Target = tuple[str, str | None]
"""A resource, and its alarm's name if it is an alarm."""


def rule_arn(arns: Arns, rule: str) -> str:
    """The ARN of a Contributor Insights rule."""
    return f"arn:aws:cloudwatch:{arns.region}:{arns.account}:insight-rule/{rule}"


def _resources(arns: Arns, operation: str, payload: Payload) -> Iterator[Target]:
    match operation:
        case "DescribeAlarmHistory" | "PutMetricAlarm" | "SetAlarmState":
            name = payload.get("AlarmName")
            yield alarm_arn(arns, name or "*"), name
        case "DeleteAlarms" | "DisableAlarmActions" | "EnableAlarmActions":
            yield from ((alarm_arn(arns, name), name) for name in payload["AlarmNames"])
        case "DescribeAlarms":
            yield alarm_arn(arns, "*"), None
        case "GetInsightRuleReport":
            yield rule_arn(arns, payload["RuleName"]), None
        case "ListTagsForResource" | "TagResource" | "UntagResource":
            given = payload["ResourceARN"]
            name = named_alarm(arns, given)
            yield (given, None) if name is None else (alarm_arn(arns, name), name)
        case _:
            yield "*", None


def _actions(operation: str, payload: Payload) -> Iterator[str]:
    yield f"cloudwatch:{operation}"
    if operation == "PutMetricAlarm" and payload.get("Tags"):
        yield "cloudwatch:TagResource"


def alarm_actions(payload: Payload) -> Iterator[str]:
    """All actions of an alarm, for all states."""
    for member in ACTIONS_OF.values():
        yield from payload.get(member) or ()


def _namespace(part: AuthorizationRequest) -> Values | None:
    namespace = part.whole.get("Namespace")
    return None if namespace is None else (namespace,)


def _alarm_actions(part: AuthorizationRequest) -> Values | None:
    return tuple(alarm_actions(part.whole)) or None


_OWN_KEYS: Final[Mapping[str, Get]] = {
    "cloudwatch:alarmactions": _alarm_actions,
    "cloudwatch:namespace": _namespace,
}


async def check(
    authorizer: Authorizer,
    store: Store,
    context: CallContext,
    identity: Identity,
    operation: str,
    payload: Mapping[str, Any],
) -> None:
    """Raise AccessDeniedException unless the caller may do this. Identities must be current."""
    facts = AuthorizationRequest.of_call(payload, context, store.arns.region)
    for resource, alarm in _resources(store.arns, operation, payload):
        tags = {} if alarm is None else await _tags_of(store, alarm)
        principal = authorizer.principal(identity)
        for action in _actions(operation, payload):
            plan = authorizer.plan(
                principal, action, resource, context.point, own=_OWN_KEYS, tags=tags
            )
            decision = await decide(plan, facts, identity)
            if not decision.allowed:
                # The service shows alarms and rules, but not the wildcard (answers).
                shown = "" if resource == "*" else resource
                raise denied(principal, action, shown, decision.reason(action))


async def _tags_of(store: Store, alarm: str) -> Mapping[str, Values]:
    (stored,) = await store.engine.read((alarm_key(alarm),))
    return {} if stored is None else by_lower_key(decode_alarm(stored).tags)
