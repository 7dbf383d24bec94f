"""Target tracking policies: valid and invalid ones, and lists of them."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import ServiceError
from tests.control_plane import ControlPlane
from tests.unit.services.autoscaling.scaled_tables import READ, WRITE, ScaledTable, tracking

CONFIGURATION = "TargetTrackingScalingPolicyConfiguration"
STEP = {"PolicyType": "StepScaling", "StepScalingPolicyConfiguration": {}}


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
        ({"PolicyType": "StepScaling"}, "StepScaling policy configuration must be specified"),
        (STEP, ("You must only provide a single scaling policy configuration, which must match the "
         "scaling policy type specified.")),
        ({**STEP, CONFIGURATION: None}, "Account is not authorized"),
        ({"PolicyType": None}, "PolicyType must be specified"),
        ({CONFIGURATION: None}, "TargetTrackingScaling policy configuration must be specified"),
        (tracking(9.9), ("For predefined metric type DynamoDBWriteCapacityUtilization, target "
         "value must be between '10.0' and '90.0', but was '9.9'.")),
        (tracking(0), ("For target tracking scaling, target value must be between '8.51592E-109' "
         "and '1.174271E108', but was '0.0'.")),
        (tracking(-1.5), "and '1.174271E108', but was '-1.5'."),
        (tracking(90.1), "must be between '10.0' and '90.0', but was '90.1'."),
        (tracking(direction="Read"), (f"Scalable dimension {WRITE['ScalableDimension']} only "
         "supports the following predefined metric types: DynamoDBWriteCapacityUtilization")),
        (tracking(CustomizedMetricSpecification={}), ("Only one of PredefinedMetricSpecification "
         "or CustomizedMetricSpecification can be set for target tracking scaling.")),
        (tracking(PredefinedMetricSpecification=None), ("PredefinedMetricSpecification or "
         "CustomizedMetricSpecification must be set for target tracking scaling.")),
        (tracking(PredefinedMetricSpecification=None, CustomizedMetricSpecification={}),
         (f"Scalable dimension {WRITE['ScalableDimension']} does not support "
         "CustomizedMetricSpecification.")),
        (tracking(PredefinedMetricSpecification={
            "PredefinedMetricType": "DynamoDBWriteCapacityUtilization", "ResourceLabel": "x",
        }), "Resource label should not be specified for predefined metric type DynamoDBWrite"),
    ],
)  # fmt: skip
def test_policies_that_cannot_be(table: ScaledTable, changed: dict[str, Any], text: str) -> None:
    assert text in refusal(table, "PutScalingPolicy", **WRITE, **{**tracking(), **changed})
    assert listed(table) == []


@pytest.mark.parametrize("target", [10.0, 90.0])
def test_targets_at_their_limits(table: ScaledTable, target: float) -> None:
    table.ask("PutScalingPolicy", **WRITE, **tracking(target))
    assert listed(table) == ["writes"]


def test_a_negative_cooldown_is_accepted(table: ScaledTable) -> None:
    table.ask("PutScalingPolicy", **WRITE, **tracking(ScaleInCooldown=-1))
    (policy,) = table.ask("DescribeScalingPolicies", ServiceNamespace="dynamodb")["ScalingPolicies"]
    assert policy[CONFIGURATION]["ScaleInCooldown"] == -1


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
