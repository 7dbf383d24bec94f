"""The Application Auto Scaling API over the wire, by boto3."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.api.accounts import Account, allow
from tests.control_plane import provisioned, units
from tests.servers import RunningServer

READS = {"ScalableDimension": "dynamodb:table:ReadCapacityUnits"}
WRITES = {"ScalableDimension": "dynamodb:table:WriteCapacityUnits"}
POLICY = {
    "PolicyName": "writes",
    "PolicyType": "TargetTrackingScaling",
    "TargetTrackingScalingPolicyConfiguration": {
        "TargetValue": 70.0,
        "PredefinedMetricSpecification": {
            "PredefinedMetricType": "DynamoDBWriteCapacityUtilization"
        },
        "ScaleInCooldown": 60,
        "ScaleOutCooldown": 0,
    },
}


class Scaling:
    """A client of auto scaling, for one table."""

    def __init__(self, server: RunningServer, table: str) -> None:
        self.client = server.client("application-autoscaling")
        self.table = table

    def __call__(self, operation: str, **parameters: Any) -> Any:
        given = {"ServiceNamespace": "dynamodb", "ResourceId": f"table/{self.table}", **parameters}
        return getattr(self.client, operation)(**given)

    def refusal(self, operation: str, **parameters: Any) -> tuple[str, str]:
        """Code and text of the error with which a call is refused."""
        with pytest.raises(ClientError) as raised:
            self(operation, **parameters)
        error = raised.value.response["Error"]
        return error["Code"], error["Message"]


@pytest.fixture
def scaling(running_server: RunningServer, dynamodb: Any) -> Scaling:
    table = f"scaled-{uuid.uuid4().hex}"
    dynamodb.create_table(**provisioned(table, ProvisionedThroughput=units(5, 5)))
    return Scaling(running_server, table)


def named(scaling: Scaling) -> str:
    """The name of its table's write capacity in errors."""
    return (
        f"service namespace: dynamodb, resource ID: table/{scaling.table}, "
        "scalable dimension: dynamodb:table:WriteCapacityUnits"
    )


def register(scaling: Scaling, **parameters: Any) -> Any:
    return scaling(
        "register_scalable_target",
        **{**WRITES, "MinCapacity": 2, "MaxCapacity": 50, **parameters},
    )


def test_a_target_from_its_registration_to_its_end(scaling: Scaling) -> None:
    arn = register(scaling, Tags={"team": "music"})["ScalableTargetARN"]
    assert arn.startswith("arn:aws:application-autoscaling:us-east-1:000000000000:scalable-target/")
    listed = scaling.client.describe_scalable_targets(
        ServiceNamespace="dynamodb", ResourceIds=[f"table/{scaling.table}"]
    )
    (target,) = listed["ScalableTargets"]
    assert isinstance(target.pop("CreationTime"), datetime)
    assert target == {
        "ServiceNamespace": "dynamodb",
        "ResourceId": f"table/{scaling.table}",
        "ScalableDimension": "dynamodb:table:WriteCapacityUnits",
        "MinCapacity": 2,
        "MaxCapacity": 50,
        "RoleARN": "arn:aws:iam::000000000000:role/aws-service-role/dynamodb.application-"
        "autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_DynamoDBTable",
        "SuspendedState": {
            "DynamicScalingInSuspended": False,
            "DynamicScalingOutSuspended": False,
            "ScheduledScalingSuspended": False,
        },
        "ScalableTargetARN": arn,
    }
    assert register(scaling, MaxCapacity=60)["ScalableTargetARN"] == arn
    code, text = scaling.refusal("register_scalable_target", **WRITES, Tags={"team": "jazz"})
    assert (code, text[:60]) == (
        "ValidationException",
        "The scalable target that you tried to tag already exists. To",
    )
    assert scaling.client.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"team": "music"}
    scaling.client.tag_resource(ResourceARN=arn, Tags={"stage": "test"})
    scaling.client.untag_resource(ResourceARN=arn, TagKeys=["team"])
    assert scaling.client.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"stage": "test"}
    scaling("deregister_scalable_target", **WRITES)
    assert scaling.refusal("deregister_scalable_target", **WRITES) == (
        "ObjectNotFoundException",
        f"No scalable target found for {named(scaling)}",
    )
    with pytest.raises(scaling.client.exceptions.ResourceNotFoundException):
        scaling.client.list_tags_for_resource(ResourceARN=arn)


def test_a_scaling_policy_from_creation_to_deletion(scaling: Scaling) -> None:
    assert scaling.refusal("put_scaling_policy", **WRITES, **POLICY) == (
        "ObjectNotFoundException",
        f"No scalable target registered for {named(scaling)}",
    )
    register(scaling)
    made = scaling("put_scaling_policy", **WRITES, **POLICY)
    assert made["PolicyARN"].startswith("arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:")
    assert made["PolicyARN"].endswith(f":resource/dynamodb/table/{scaling.table}:policyName/writes")
    kinds = {"AlarmHigh", "AlarmLow", "ProvisionedCapacityHigh", "ProvisionedCapacityLow"}
    heads = {alarm["AlarmName"][:-37] for alarm in made["Alarms"]}
    assert heads == {f"TargetTracking-table/{scaling.table}-{kind}" for kind in kinds}
    (told,) = scaling("describe_scaling_policies")["ScalingPolicies"]
    assert (
        told["TargetTrackingScalingPolicyConfiguration"]
        == (POLICY["TargetTrackingScalingPolicyConfiguration"])
    )
    assert (told["PolicyARN"], told["Alarms"]) == (made["PolicyARN"], made["Alarms"])
    again = scaling("put_scaling_policy", **WRITES, **POLICY)
    assert again["PolicyARN"] == made["PolicyARN"]
    assert scaling.refusal("put_scaling_policy", **WRITES, **{**POLICY, "PolicyName": "x"}) == (
        "ValidationException",
        "Only one TargetTrackingScaling policy for a given metric specification is allowed.",
    )
    scaling("delete_scaling_policy", **WRITES, PolicyName="writes")
    assert scaling("describe_scaling_policies")["ScalingPolicies"] == []
    code, _ = scaling.refusal("delete_scaling_policy", **WRITES, PolicyName="writes")
    assert code == "ObjectNotFoundException"


def test_scheduled_actions(scaling: Scaling) -> None:
    register(scaling)
    start = datetime(2030, 1, 1, tzinfo=UTC)
    action = {
        "ScheduledActionName": "morning",
        "Schedule": "cron(0 8 ? * MON-FRI *)",
        "Timezone": "Europe/Budapest",
        "StartTime": start,
        "ScalableTargetAction": {"MinCapacity": 10},
    }
    scaling("put_scheduled_action", **WRITES, **action)
    (told,) = scaling("describe_scheduled_actions")["ScheduledActions"]
    assert {member: told[member] for member in action} == action
    assert told["ScheduledActionARN"].endswith(
        f":resource/dynamodb/table/{scaling.table}:scheduledActionName/morning"
    )
    scaling("delete_scheduled_action", **WRITES, ScheduledActionName="morning")
    assert scaling("describe_scheduled_actions")["ScheduledActions"] == []


def test_capacity_is_brought_within_the_bounds(scaling: Scaling, dynamodb: Any) -> None:
    register(scaling, MinCapacity=9)
    told = dynamodb.describe_table(TableName=scaling.table)["Table"]["ProvisionedThroughput"]
    assert (told["ReadCapacityUnits"], told["WriteCapacityUnits"]) == (5, 9)
    (activity,) = scaling("describe_scaling_activities")["ScalingActivities"]
    assert activity["Cause"] == "minimum capacity was set to 9"
    assert activity["StatusCode"] == "Successful"


UNSUPPORTED = "Unsupported service namespace, resource type or scalable dimension"
INVERTED = "Maximum capacity cannot be less than minimum capacity"
TRACKING = POLICY["TargetTrackingScalingPolicyConfiguration"]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"ResourceId": "table/nobody"}, "DynamoDB table does not exist: table/nobody"),
        ({"ResourceId": "music"}, UNSUPPORTED),
        ({"ScalableDimension": "dynamodb:index:ReadCapacityUnits"}, UNSUPPORTED),
        (
            {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"},
            UNSUPPORTED,
        ),
        ({"MinCapacity": 0}, "Minimum capacity cannot be less than 1"),
        ({"MinCapacity": 60}, INVERTED),
        ({"MinCapacity": 60, "ResourceId": "table/nobody"}, INVERTED),
    ],
)
def test_what_cannot_be_registered(scaling: Scaling, given: dict[str, Any], text: str) -> None:
    parameters = {**WRITES, "MinCapacity": 2, "MaxCapacity": 50, **given}
    refused = scaling.refusal("register_scalable_target", **parameters)
    assert refused == ("ValidationException", text)


def test_what_the_service_does_not_offer(scaling: Scaling) -> None:
    denied = ("AccessDeniedException", "Account is not authorized")
    bounds = {"MinCapacity": 2, "MaxCapacity": 50}
    given = {**WRITES, **bounds, "ServiceNamespace": "ecs"}
    assert scaling.refusal("register_scalable_target", **given) == denied
    register(scaling)
    step = {"PolicyType": "StepScaling", "StepScalingPolicyConfiguration": {}}
    assert scaling.refusal("put_scaling_policy", **WRITES, PolicyName="p", **step) == denied


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"PolicyType": "StepScaling"}, "StepScaling policy configuration must be specified"),
        (
            {"TargetTrackingScalingPolicyConfiguration": {**TRACKING, "TargetValue": 91.0}},
            "For predefined metric type DynamoDBWriteCapacityUtilization, target value must be ",
        ),
        (
            {
                "TargetTrackingScalingPolicyConfiguration": {
                    "TargetValue": 50.0,
                    "CustomizedMetricSpecification": {"MetricName": "m"},
                }
            },
            "Scalable dimension dynamodb:table:WriteCapacityUnits does not support Customized",
        ),
        ({**READS}, "Scalable dimension dynamodb:table:ReadCapacityUnits only supports the "),
    ],
)
def test_policies_that_are_refused(scaling: Scaling, given: dict[str, Any], text: str) -> None:
    register(scaling)
    code, message = scaling.refusal("put_scaling_policy", **{**WRITES, **POLICY, **given})
    assert code == "ValidationException"
    assert message.startswith(text)


@pytest.mark.parametrize(
    "given",
    [
        {"Schedule": "cron(0 8 * * * *)"},
        {"Timezone": "Mars/Olympus"},
        {"ScalableTargetAction": {}},
        {"ScalableTargetAction": {"MinCapacity": 9, "MaxCapacity": 3}},
        {"StartTime": 2_000_000_000, "EndTime": 1_900_000_000},
    ],
)
def test_schedules_that_are_refused(scaling: Scaling, given: dict[str, Any]) -> None:
    register(scaling)
    action = {
        "ScheduledActionName": "a",
        "Schedule": "rate(1 hour)",
        "ScalableTargetAction": {"MinCapacity": 3},
        **given,
    }
    assert scaling.refusal("put_scheduled_action", **WRITES, **action)[0] == "ValidationException"
    assert scaling("describe_scheduled_actions")["ScheduledActions"] == []


def test_lists_come_in_pages(scaling: Scaling) -> None:
    register(scaling)
    register(scaling, **READS)
    pages = scaling.client.get_paginator("describe_scalable_targets").paginate(
        ServiceNamespace="dynamodb",
        ResourceIds=[f"table/{scaling.table}"],
        PaginationConfig={"PageSize": 1},
    )
    listed = [target["ScalableDimension"] for page in pages for target in page["ScalableTargets"]]
    assert sorted(listed) == [READS["ScalableDimension"], WRITES["ScalableDimension"]]
    with pytest.raises(scaling.client.exceptions.InvalidNextTokenException):
        scaling.client.describe_scalable_targets(ServiceNamespace="dynamodb", NextToken="mine")


def test_lists_of_other_services_are_empty(scaling: Scaling) -> None:
    register(scaling)
    for of, member in (
        ("scalable_targets", "ScalableTargets"),
        ("scaling_policies", "ScalingPolicies"),
        ("scheduled_actions", "ScheduledActions"),
        ("scaling_activities", "ScalingActivities"),
    ):
        answer = getattr(scaling.client, f"describe_{of}")(ServiceNamespace="ecs")
        assert answer[member] == []


def test_the_shape_is_checked(running_server: RunningServer) -> None:
    status, body = running_server.call(
        "AnyScaleFrontendService.RegisterScalableTarget",
        {"ServiceNamespace": "dynamo", "ScalableDimension": "dynamodb:table:ReadCapacityUnits"},
        Content_Type="application/x-amz-json-1.1",
    )
    assert (status, body["__type"]) == (400, "ValidationException")
    assert "at 'serviceNamespace' failed to satisfy constraint" in body["Message"]
    assert "Value null at 'resourceId' failed to satisfy constraint" in body["Message"]


def test_policies_decide_who_may_scale(account: Account) -> None:
    account.admin.create_table(**provisioned("guarded"))
    allowed = {
        "Effect": "Allow",
        "Action": "application-autoscaling:RegisterScalableTarget",
        "Resource": "*",
        "Condition": {
            "StringEquals": {
                "application-autoscaling:scalable-dimension": "dynamodb:table:WriteCapacityUnits"
            }
        },
    }
    of_table = allow("dynamodb:DescribeTable", "dynamodb:UpdateTable")
    client = account.client(account.user("scaler", allowed, of_table), "application-autoscaling")
    subject = {"ServiceNamespace": "dynamodb", "ResourceId": "table/guarded"}
    bounds = {"MinCapacity": 1, "MaxCapacity": 9}
    client.register_scalable_target(**subject, **WRITES, **bounds)
    with pytest.raises(ClientError, match="AccessDenied"):
        client.register_scalable_target(**subject, **READS, **bounds)
    with pytest.raises(ClientError, match="AccessDenied"):
        client.deregister_scalable_target(**subject, **WRITES)


def test_the_alarms_of_a_policy(scaling: Scaling, running_server: RunningServer) -> None:
    register(scaling)
    named_by = scaling("put_scaling_policy", **WRITES, **POLICY)
    names = sorted(each["AlarmName"] for each in named_by["Alarms"])
    cloudwatch = running_server.client("cloudwatch")
    prefix = f"TargetTracking-table/{scaling.table}-"
    alarms = cloudwatch.describe_alarms(AlarmNamePrefix=prefix)["MetricAlarms"]
    assert sorted(each["AlarmName"] for each in alarms) == names
    kinds = {each["AlarmName"][len(prefix) :].split("-")[0]: each for each in alarms}
    assert kinds.keys() == {
        "AlarmHigh", "AlarmLow", "ProvisionedCapacityHigh", "ProvisionedCapacityLow",
    }  # fmt: skip
    high = kinds["AlarmHigh"]
    assert (high["MetricName"], high["EvaluationPeriods"]) == ("ConsumedWriteCapacityUnits", 2)
    assert high["Threshold"] == 5 * 60 * 0.7
    assert kinds["AlarmLow"]["Threshold"] == 5 * 60 * 0.5
    assert high["AlarmActions"] == [named_by["PolicyARN"]]
    register(scaling, MinCapacity=10)  # which raises the capacity, and the thresholds with it
    alarms = cloudwatch.describe_alarms(AlarmNames=[high["AlarmName"]])["MetricAlarms"]
    assert [each["Threshold"] for each in alarms] == [10 * 60 * 0.7]
    scaling("delete_scaling_policy", **WRITES, PolicyName="writes")
    assert cloudwatch.describe_alarms(AlarmNamePrefix=prefix)["MetricAlarms"] == []
    scaling("put_scaling_policy", **WRITES, **POLICY)
    scaling("deregister_scalable_target", **WRITES)
    assert cloudwatch.describe_alarms(AlarmNamePrefix=prefix)["MetricAlarms"] == []


def times_of(value: Any) -> list[datetime]:
    """All moments in an answer."""
    if isinstance(value, datetime):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [each for member in inner for each in times_of(member)]


def test_times_are_in_milliseconds(scaling: Scaling, running_server: RunningServer, dynamodb: Any):
    scaling("register_scalable_target", MinCapacity=6, MaxCapacity=9, **WRITES)
    scaling("put_scaling_policy", **POLICY, **WRITES)
    scaling(
        "put_scheduled_action", ScheduledActionName="daily", Schedule="rate(1 day)",
        ScalableTargetAction={"MinCapacity": 6}, **WRITES,
    )  # fmt: skip
    dynamodb.update_contributor_insights(
        TableName=scaling.table, ContributorInsightsAction="ENABLE"
    )
    answers = [
        scaling.client.describe_scalable_targets(ServiceNamespace="dynamodb"),
        scaling("describe_scaling_policies"),
        scaling("describe_scheduled_actions"),
        scaling("describe_scaling_activities"),
        running_server.client("cloudwatch").describe_alarms(),
        dynamodb.describe_contributor_insights(TableName=scaling.table),
    ]
    times = [each for answer in answers for each in times_of(answer)]
    assert len(times) >= 8
    assert all(each.microsecond % 1000 == 0 for each in times)
