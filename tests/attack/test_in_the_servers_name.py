"""No one can make the server do for them what they may not do themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.accounts import TABLE_ARN, Account, allow, refusal
from tests.servers import RunningServer

CAPACITY = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
SCALED = {
    "ServiceNamespace": "dynamodb",
    "ResourceId": "table/ours",
    "ScalableDimension": "dynamodb:table:WriteCapacityUnits",
}
BOUNDS = {"MinCapacity": 1000, "MaxCapacity": 1000}
POLICY = {
    "TargetValue": 20.0,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "DynamoDBWriteCapacityUtilization"},
}
STREAM = "arn:aws:kinesis:us-east-1:000000000000:stream/everyones"


@pytest.fixture(scope="module")
def account(closed_server: RunningServer) -> Account:
    account = Account(closed_server)
    request = account.request("ours", BillingMode="PROVISIONED", ProvisionedThroughput=CAPACITY)
    account.admin.create_table(**request)
    return account


@pytest.mark.parametrize(
    "asked",
    [
        lambda scaling: refusal(scaling.register_scalable_target, **SCALED, **BOUNDS),
        lambda scaling: refusal(
            scaling.put_scheduled_action,
            **SCALED,
            ScheduledActionName="now",
            Schedule="rate(1 minute)",
            ScalableTargetAction=BOUNDS,
        ),
        lambda scaling: refusal(
            scaling.put_scaling_policy,
            **SCALED,
            PolicyName="up",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=POLICY,
        ),
    ],
    ids=["target", "schedule", "policy"],
)
def test_scaling_needs_the_callers_own_permissions(
    account: Account, request: pytest.FixtureRequest, asked: Callable[[Any], tuple[str, str]]
) -> None:
    name = f"scaler-{request.node.callspec.id}"
    may_scale = allow("application-autoscaling:*")
    scaling = account.client(account.user(name, may_scale), "application-autoscaling")
    for missing, held in (("DescribeTable", "UpdateTable"), ("UpdateTable", "DescribeTable")):
        account.allow(name, may_scale, allow(f"dynamodb:{held}", on=f"{TABLE_ARN}/ours"))
        code, text = asked(scaling)
        assert code == "AccessDeniedException"
        assert f"dynamodb:{missing} on resource: {TABLE_ARN}/ours" in text
    described = account.admin.describe_table(TableName="ours")["Table"]["ProvisionedThroughput"]
    assert described["WriteCapacityUnits"] == 5


def test_streams_of_others(account: Account) -> None:
    mine = allow("dynamodb:*", on=f"{TABLE_ARN}/ours")
    writer = account.client(account.user("streamer", mine))
    wanted = {"TableName": "ours", "StreamArn": STREAM.replace("us-east-1", "eu-west-1")}
    code, text = refusal(writer.enable_kinesis_streaming_destination, **wanted)
    assert code == "AccessDeniedException"
    assert f"kinesis:DescribeStream on resource: {STREAM}" in text
    account.allow("streamer", mine, allow("kinesis:*", on=STREAM))
    writer.enable_kinesis_streaming_destination(**wanted)
