"""Target tracking policies: valid and invalid ones, and lists of them."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import ServiceError
from tests.control_plane import ControlPlane
from tests.unit.services.autoscaling.scaled_tables import READ, WRITE, ScaledTable, tracking

CONFIGURATION = "TargetTrackingScalingPolicyConfiguration"


@pytest.fixture
def table(plane: ControlPlane) -> ScaledTable:
    table = ScaledTable(plane)
    for target in (READ, WRITE):
        table.ask("RegisterScalableTarget", **target, MinCapacity=1, MaxCapacity=100)
    return table


def refusal(table: ScaledTable, operation: str, **payload: Any) -> str:
    with pytest.raises(ServiceError) as raised:
        table.ask(operation, **payload)
    return raised.value.message


def listed(table: ScaledTable, **given: Any) -> list[str]:
    answer = table.ask("DescribeScalingPolicies", ServiceNamespace="dynamodb", **given)
    return [each["PolicyName"] for each in answer["ScalingPolicies"]]


def test_a_policy_is_made_and_changed_under_its_name(table: ScaledTable) -> None:
    first = table.ask("PutScalingPolicy", **WRITE, **tracking(70.0))
    again = table.ask("PutScalingPolicy", **WRITE, **tracking(50.0))
    assert again == first, "the same ARN and alarms"
    assert len(first["Alarms"]) == 4
    (policy,) = table.ask("DescribeScalingPolicies", ServiceNamespace="dynamodb")["ScalingPolicies"]
    assert policy[CONFIGURATION]["TargetValue"] == 50.0


def test_one_policy_of_a_target(table: ScaledTable) -> None:
    table.ask("PutScalingPolicy", **WRITE, **tracking())
    text = refusal(table, "PutScalingPolicy", **WRITE, **{**tracking(), "PolicyName": "other"})
    assert text.startswith("Only one TargetTrackingScaling policy")
    table.ask("PutScalingPolicy", **READ, **tracking(direction="Read"))
    assert listed(table) == ["reads", "writes"]


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"PolicyName": "a\n"}, "at 'policyName' failed to satisfy constraint"),
        ({"PolicyType": "StepScaling"}, "StepScaling is not available on this server"),
        ({"PredictiveScalingPolicyConfiguration": {}}, "PredictiveScaling is not available"),
        ({"PolicyType": None}, f"PolicyType TargetTrackingScaling and {CONFIGURATION} must be"),
        ({CONFIGURATION: None}, f"PolicyType TargetTrackingScaling and {CONFIGURATION} must be"),
        (tracking(19.9), "The target value must be between 20 and 90."),
        (tracking(90.1), "The target value must be between 20 and 90."),
        (tracking(direction="Read"), "must be DynamoDBWriteCapacityUtilization."),
        (tracking(ScaleInCooldown=-1), "ScaleInCooldown must not be negative."),
        (tracking(CustomizedMetricSpecification={}), "CustomizedMetricSpecification is not avail"),
        (tracking(PredefinedMetricSpecification={
            "PredefinedMetricType": "DynamoDBWriteCapacityUtilization", "ResourceLabel": "x",
        }), "ResourceLabel must not be specified"),
    ],
)  # fmt: skip
def test_policies_that_cannot_be(table: ScaledTable, changed: dict[str, Any], text: str) -> None:
    assert text in refusal(table, "PutScalingPolicy", **WRITE, **{**tracking(), **changed})
    assert listed(table) == []


@pytest.mark.parametrize("target", [20.0, 90.0])
def test_targets_at_their_limits(table: ScaledTable, target: float) -> None:
    table.ask("PutScalingPolicy", **WRITE, **tracking(target))
    assert listed(table) == ["writes"]


def test_a_target_comes_first(plane: ControlPlane) -> None:
    text = refusal(ScaledTable(plane), "PutScalingPolicy", **WRITE, **tracking())
    assert text.startswith("No scalable target registered for")


def test_lists_by_name_and_resource(table: ScaledTable) -> None:
    table.ask("PutScalingPolicy", **WRITE, **tracking())
    table.ask("PutScalingPolicy", **READ, **tracking(direction="Read"))
    assert listed(table, PolicyNames=["reads"]) == ["reads"]
    assert listed(table, PolicyNames=[]) == ["reads", "writes"]
    assert listed(table, ResourceId="table/other") == []


def test_a_policy_is_deleted_once(table: ScaledTable) -> None:
    table.ask("PutScalingPolicy", **WRITE, **tracking())
    table.ask("DeleteScalingPolicy", **WRITE, PolicyName="writes")
    assert listed(table) == []
    text = refusal(table, "DeleteScalingPolicy", **WRITE, PolicyName="writes")
    assert text.startswith("No scaling policy found for")
