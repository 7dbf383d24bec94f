"""Who may see and put metrics and alarms: policies decide by action, alarm and namespace."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.api.accounts import Account, allow

ALARM = "arn:aws:cloudwatch:us-east-1:000000000000:alarm"
DATA = [{"MetricName": "m", "Value": 1.0}]


def client(account: Account, name: str, *statements: dict[str, Any]) -> Any:
    return account.client(account.user(name, *statements), "cloudwatch")


def refused(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    assert error["Code"] in ("AccessDenied", "AccessDeniedException")
    return error["Message"]


def test_by_action(account: Account) -> None:
    user = client(account, "mona", allow("cloudwatch:ListMetrics"))
    assert user.list_metrics(Namespace="None")["Metrics"] == []
    text = refused(user.put_metric_data, Namespace="N", MetricData=DATA)
    assert "is not authorized to perform: cloudwatch:PutMetricData on resource: *" in text
    refused(user.describe_alarms)


def test_by_namespace(account: Account) -> None:
    mine = {"StringEquals": {"cloudwatch:namespace": "Mine"}}
    user = client(account, "nora", allow("cloudwatch:PutMetricData", Condition=mine))
    user.put_metric_data(Namespace="Mine", MetricData=DATA)
    refused(user.put_metric_data, Namespace="Yours", MetricData=DATA)


def test_by_alarm(account: Account) -> None:
    user = client(account, "olaf", allow("cloudwatch:*", on=f"{ALARM}:mine-*"))
    alarm = {
        "Namespace": "N", "MetricName": "m", "Statistic": "Sum", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 5.0, "ComparisonOperator": "GreaterThanThreshold",
    }  # fmt: skip
    user.put_metric_alarm(AlarmName="mine-1", **alarm)
    refused(user.put_metric_alarm, AlarmName="yours-1", **alarm)
    refused(user.delete_alarms, AlarmNames=["mine-1", "yours-1"])
    user.delete_alarms(AlarmNames=["mine-1"])
