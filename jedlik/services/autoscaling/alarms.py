"""The alarms of target tracking policies, shown in CloudWatch as in the service.

Each policy has four: two on consumption, two that detect a capacity set by someone else. They show
the scaler's criteria; it reads the metrics itself, so changing or deleting an alarm does not affect
scaling. Their thresholds follow the capacity.
"""

from __future__ import annotations

from typing import Any, Final

from jedlik.kernel.arns import Arns
from jedlik.services.autoscaling.model import Policy, Scaled
from jedlik.services.autoscaling.names import alarm_name, policy_arn
from jedlik.services.autoscaling.tracking import (
    ALARM_HIGH,
    ALARM_LOW,
    MINUTES_ABOVE,
    MINUTES_BELOW,
    PROVISIONED_HIGH,
    PROVISIONED_LOW,
)
from jedlik.services.cloudwatch.alarms.changes import ChangeAlarms, configured
from jedlik.services.cloudwatch.alarms.model import INSUFFICIENT_DATA, UNCHECKED, Alarm, State
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.metering.metric_names import INDEX, NAMESPACE, TABLE
from jedlik.storage.engine import Value

_MINUTE: Final = 60
_FIVE_MINUTES: Final = 300
_PROVISIONED_PERIODS: Final = 3
_ABOVE, _BELOW = "GreaterThanThreshold", "LessThanThreshold"


async def put_alarms(
    database: Database, scaled: Scaled, policy: Policy, provisioned: int | None
) -> None:
    """Create a policy's alarms, or adapt them to the current provisioned capacity."""
    settings = {
        alarm_name(scaled, kind, alarm_id): _settings(
            database.arns, scaled, policy, kind, provisioned or 1
        )
        for kind, alarm_id in policy.alarms.items()
    }
    now = database.clock.now()
    ids = {name: database.ids.uuid() for name in settings}

    def decide(name: str, old: Alarm | None) -> dict[bytes, Value]:
        if old is None:
            state = State(INSUFFICIENT_DATA, UNCHECKED, "", now, now)
            return configured(None, Alarm(name, ids[name], settings[name], now, state, {}), now)
        if old.settings == settings[name]:
            return {}
        return configured(old, old.with_settings(settings[name], now), now)

    await database.engine.write(ChangeAlarms(list(settings), decide))


async def delete_alarms(database: Database, scaled: Scaled, policies: tuple[Policy, ...]) -> None:
    """Delete the alarms of policies."""
    names = [
        alarm_name(scaled, kind, alarm_id)
        for policy in policies
        for kind, alarm_id in policy.alarms.items()
    ]
    now = database.clock.now()

    def decide(_name: str, old: Alarm | None) -> dict[bytes, Value]:
        return {} if old is None else configured(old, None, now)

    if names:
        await database.engine.write(ChangeAlarms(names, decide))


def _settings(
    arns: Arns, scaled: Scaled, policy: Policy, kind: str, provisioned: int
) -> dict[str, Any]:
    """The members of PutMetricAlarm."""
    arn = policy_arn(arns, scaled, policy)
    dimensions = [{"Name": TABLE, "Value": scaled.table}]
    if scaled.index is not None:
        dimensions.append({"Name": INDEX, "Value": scaled.index})
    units = f"{scaled.direction}CapacityUnits"
    consumed = {
        "MetricName": f"Consumed{units}", "Statistic": "Sum", "Period": _MINUTE,
    }  # fmt: skip
    set_to = {
        "MetricName": f"Provisioned{units}", "Statistic": "Average", "Period": _FIVE_MINUTES,
        "EvaluationPeriods": _PROVISIONED_PERIODS, "Threshold": float(provisioned),
    }  # fmt: skip
    minute = provisioned * _MINUTE
    special = {
        ALARM_HIGH: {
            **consumed, "EvaluationPeriods": MINUTES_ABOVE, "ComparisonOperator": _ABOVE,
            "Threshold": minute * policy.target,
        },
        ALARM_LOW: {
            **consumed, "EvaluationPeriods": MINUTES_BELOW, "ComparisonOperator": _BELOW,
            "Threshold": minute * policy.lower,
        },
        PROVISIONED_HIGH: {**set_to, "ComparisonOperator": _ABOVE},
        PROVISIONED_LOW: {**set_to, "ComparisonOperator": _BELOW},
    }[kind]  # fmt: skip
    return {
        "AlarmDescription": f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {arn}.",
        "ActionsEnabled": True, "AlarmActions": [arn], "OKActions": [],
        "InsufficientDataActions": [], "Namespace": NAMESPACE, "Dimensions": dimensions, **special,
    }  # fmt: skip
