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


def test_a_policy_can_allow_some_actions(account: Account) -> None:
    user = client(account, "mona", allow("cloudwatch:ListMetrics"))
    assert user.list_metrics(Namespace="None")["Metrics"] == []
    text = refused(user.put_metric_data, Namespace="N", MetricData=DATA)
    assert text.endswith(
        " is not authorized to perform: cloudwatch:PutMetricData because no identity-based policy "
        "allows the cloudwatch:PutMetricData action"
    )
    assert f"cloudwatch:DescribeAlarms on resource: {ALARM}:* because" in refused(
        user.describe_alarms
    )


def test_by_namespace(account: Account) -> None:
    mine = {"StringEquals": {"cloudwatch:namespace": "Mine"}}
    user = client(account, "nora", allow("cloudwatch:PutMetricData", Condition=mine))
    user.put_metric_data(Namespace="Mine", MetricData=DATA)
    refused(user.put_metric_data, Namespace="Yours", MetricData=DATA)


SETTINGS: dict[str, Any] = {
    "Namespace": "N", "MetricName": "m", "Statistic": "Sum", "Period": 60,
    "EvaluationPeriods": 1, "Threshold": 5.0, "ComparisonOperator": "GreaterThanThreshold",
}  # fmt: skip


def never(*actions: str, **members: Any) -> dict[str, Any]:
    return {**allow(*actions, **members), "Effect": "Deny"}


def test_a_policy_can_allow_some_alarms(account: Account) -> None:
    user = client(account, "olaf", allow("cloudwatch:*", on=f"{ALARM}:mine-*"))
    user.put_metric_alarm(AlarmName="mine-1", **SETTINGS)
    refused(user.put_metric_alarm, AlarmName="yours-1", **SETTINGS)
    refused(user.delete_alarms, AlarmNames=["mine-1", "yours-1"])
    user.delete_alarms(AlarmNames=["mine-1"])


def test_an_alarm_is_the_same_whatever_region_its_arn_names(account: Account) -> None:
    account.server.client("cloudwatch").put_metric_alarm(AlarmName="guarded", **SETTINGS)
    user = client(account, "pavel", allow("cloudwatch:*"), never("*", on=f"{ALARM}:guarded"))
    tags = [{"Key": "a", "Value": "b"}]
    for region in ("us-east-1", "eu-west-1"):
        arn = f"{ALARM}:guarded".replace("us-east-1", region)
        refused(user.tag_resource, ResourceARN=arn, Tags=tags)
        refused(user.untag_resource, ResourceARN=arn, TagKeys=["a"])
        refused(user.list_tags_for_resource, ResourceARN=arn)


def test_by_the_tags_of_an_alarm(account: Account) -> None:
    tags = [{"Key": "env", "Value": "prod"}]
    account.server.client("cloudwatch").put_metric_alarm(AlarmName="tagged", Tags=tags, **SETTINGS)
    of_prod = {"StringEquals": {"aws:ResourceTag/env": "prod"}}
    user = client(account, "quinn", allow("cloudwatch:*"), never("*", Condition=of_prod))
    state = {"StateValue": "OK", "StateReason": "said so"}
    refused(user.set_alarm_state, AlarmName="tagged", **state)
    refused(user.delete_alarms, AlarmNames=["tagged"])
    refused(user.put_metric_alarm, AlarmName="tagged", **SETTINGS)
    user.put_metric_alarm(AlarmName="untagged", **SETTINGS)


def test_tags_of_a_new_alarm_take_their_own_permission(account: Account) -> None:
    user = client(account, "rosa", allow("cloudwatch:PutMetricAlarm"))
    tags = [{"Key": "env", "Value": "mine"}]
    text = refused(user.put_metric_alarm, AlarmName="new", Tags=tags, **SETTINGS)
    assert "cloudwatch:TagResource" in text
    user.put_metric_alarm(AlarmName="new", **SETTINGS)


def test_who_has_an_alarm_call_a_function_has_to_be_allowed_to_call_it(account: Account) -> None:
    function = "arn:aws:lambda:us-east-1:000000000000:function:pay"
    user = client(account, "sven", allow("cloudwatch:PutMetricAlarm"))
    for member in ("AlarmActions", "OKActions", "InsufficientDataActions"):
        calls = {member: [function.replace("us-east-1", "eu-west-1")]}
        text = refused(user.put_metric_alarm, AlarmName="calls", **calls, **SETTINGS)
        assert f"lambda:InvokeFunction on resource: {function}" in text
    account.allow(
        "sven", allow("cloudwatch:PutMetricAlarm"), allow("lambda:InvokeFunction", on=function)
    )
    user.put_metric_alarm(AlarmName="calls", AlarmActions=[function], **SETTINGS)


def test_a_denial_by_namespace_can_be_kept(account: Account) -> None:
    yours = {"StringEquals": {"cloudwatch:namespace": "Yours"}}
    user = client(
        account, "tess", allow("cloudwatch:*"), never("cloudwatch:PutMetricData", Condition=yours)
    )
    user.put_metric_data(Namespace="Mine", MetricData=DATA)
    refused(user.put_metric_data, Namespace="Yours", MetricData=DATA)
