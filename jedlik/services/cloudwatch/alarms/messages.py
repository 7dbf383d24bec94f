"""Reports about an alarm: to functions and endpoints, in history, and as a reason.

The event is the one that CloudWatch invokes functions with (CloudWatch user guide, "Invoke a Lambda
function from an alarm").
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from jedlik.kernel.arns import Arns
from jedlik.services.cloudwatch.alarms.model import Alarm, State
from jedlik.services.cloudwatch.alarms.names import alarm_arn


def timestamp(seconds: float) -> str:
    """A time in the form of alarms."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def short_time(seconds: float) -> str:
    """A time in the form of reasons."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%d/%m/%y %H:%M:%S")


def shown_state(state: State) -> dict[str, Any]:
    """A state in history."""
    members = {"stateValue": state.value, "stateReason": state.reason}
    return {**members, "stateReasonData": state.data} if state.data else members


def event_of(old: Alarm, new: Alarm, arns: Arns) -> dict[str, Any]:
    """The event of a change of state."""
    settings = new.settings
    return {
        "source": "aws.cloudwatch",
        "alarmArn": alarm_arn(arns, new.name),
        "accountId": arns.account,
        "time": timestamp(new.state.updated),
        "region": arns.region,
        "alarmData": {
            "alarmName": new.name,
            "state": _state(new.state),
            "previousState": _state(old.state),
            "configuration": {
                "description": settings.get("AlarmDescription") or "",
                "metrics": [_metric(each) for each in queries_of(new)],
            },
        },
    }


def _state(state: State) -> dict[str, Any]:
    members = {
        "value": state.value, "reason": state.reason, "timestamp": timestamp(state.updated),
    }  # fmt: skip
    return {**members, "reasonData": state.data} if state.data else members


def queries_of(alarm: Alarm) -> list[dict[str, Any]]:
    """The queries of an alarm, in the form of GetMetricData."""
    settings = alarm.settings
    if settings.get("Metrics"):
        found: list[dict[str, Any]] = settings["Metrics"]
        return found
    metric = {
        "Namespace": settings["Namespace"],
        "MetricName": settings["MetricName"],
        "Dimensions": settings.get("Dimensions") or [],
    }
    stat = {
        "Metric": metric,
        "Period": settings["Period"],
        "Stat": settings.get("Statistic") or settings["ExtendedStatistic"],
    }
    if settings.get("Unit"):
        stat["Unit"] = settings["Unit"]
    return [{"Id": "m1", "MetricStat": stat, "ReturnData": True}]


def _metric(query: dict[str, Any]) -> dict[str, Any]:
    members: dict[str, Any] = {
        "id": query["Id"],
        "returnData": query.get("ReturnData") is not False,
    }
    if query.get("Expression"):
        return {**members, "expression": query["Expression"]}
    stat = query["MetricStat"]
    metric = stat["Metric"]
    return {
        **members,
        "metricStat": {
            "metric": {
                "namespace": metric.get("Namespace"),
                "name": metric.get("MetricName"),
                "dimensions": {d["Name"]: d["Value"] for d in metric.get("Dimensions") or ()},
            },
            "period": stat["Period"],
            "stat": stat["Stat"],
        },
    }
