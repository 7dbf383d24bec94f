"""Reactions of auto scaling to consumption, bounds and schedules, in simulated time.

Developer guide, "Managing throughput capacity automatically with DynamoDB auto scaling".
"""

from __future__ import annotations

import math
from typing import Any

import pytest

from jedlik.kernel.catalog_version import MAX_RESTARTS, CatalogChanged
from jedlik.services.dynamodb.operations.tables import update_table
from jedlik.storage.failures import StorageUnavailable
from tests.control_plane import ControlPlane, attributes, index, units
from tests.unit.services.autoscaling.scaled_tables import READ, WRITE, ScaledTable, tracking

DAY = 86_400


@pytest.fixture
def music(plane: ControlPlane) -> ScaledTable:
    return ScaledTable(plane)


def test_two_minutes_above_raise(music: ScaledTable) -> None:
    music.scale()
    music.minute(9.0)
    assert music.capacity == 10
    music.minute(9.0)
    assert music.capacity == math.ceil(9.0 / 0.7)
    (told,) = music.activities()
    assert told["Description"] == "Setting write capacity units to 13."
    assert told["StatusCode"] == "Successful"
    assert told["StatusMessage"] == (
        "Successfully set write capacity units to 13. Change successfully fulfilled by dynamodb."
    )
    alarms = music.ask("DescribeScalingPolicies", ServiceNamespace="dynamodb")["ScalingPolicies"]
    (high,) = [
        alarm["AlarmName"]
        for alarm in alarms[0]["Alarms"]
        if alarm["AlarmName"].startswith("TargetTracking-table/music-AlarmHigh-")
    ]
    assert told["Cause"] == f"monitor alarm {high} in state ALARM triggered policy writes"


def test_the_guides_example(plane: ControlPlane) -> None:
    music = ScaledTable(plane, write=200)
    music.scale(maximum=1000)
    for _ in range(2):
        music.minute(150.0)
    assert music.capacity == 215


def test_one_minute_above_raises_nothing(music: ScaledTable) -> None:
    music.scale()
    for _ in range(10):
        music.minute(9.0)
        music.minute(5.0)
    assert music.capacity == 10


def test_at_the_target_nothing_happens(music: ScaledTable) -> None:
    music.scale()
    for _ in range(20):
        music.minute(7.0)
    assert music.capacity == 10
    assert music.activities() == []


def test_fifteen_minutes_below_lower(music: ScaledTable) -> None:
    music.scale(minimum=2)
    for _ in range(14):
        music.minute(3.0)
    assert music.capacity == 10
    music.minute(3.0)
    assert music.capacity == 5
    for _ in range(15):
        music.minute(0.0)
    assert music.capacity == 2


def test_up_to_twenty_points_below_the_target_nothing_happens(music: ScaledTable) -> None:
    music.scale(minimum=2)
    for _ in range(20):
        music.minute(5.0)
    assert music.capacity == 10
    for _ in range(15):
        music.minute(4.9)
    assert music.capacity == 7


def test_a_target_of_twenty_lowers_what_is_idle(music: ScaledTable) -> None:
    music.scale(minimum=2, TargetValue=20)
    for _ in range(15):
        music.minute(0.0)
    assert music.capacity == 2


def test_bounds_hold(music: ScaledTable) -> None:
    music.scale(minimum=10, maximum=20)
    for _ in range(3):
        music.minute(500.0)
    assert music.capacity == 20
    for _ in range(40):
        music.minute(0.0)
    assert music.capacity == 10


def test_scaling_in_can_be_disabled(music: ScaledTable) -> None:
    music.scale(DisableScaleIn=True)
    for _ in range(20):
        music.minute(1.0)
    assert music.capacity == 10


def test_cooldowns_are_waited_for(music: ScaledTable) -> None:
    music.scale(ScaleOutCooldown=300, ScaleInCooldown=3600)
    for _ in range(2):
        music.minute(10.0)
    assert music.capacity == 15
    for _ in range(4):
        music.minute(14.0)
    assert music.capacity == 15
    for _ in range(2):
        music.minute(14.0)
    assert music.capacity == 20
    for _ in range(50):
        music.minute(1.0)
    assert music.capacity == 20
    for _ in range(12):
        music.minute(1.0)
    assert music.capacity == 2


def test_a_clock_that_was_a_day_ahead_stops_no_scaling(music: ScaledTable) -> None:
    music.scale(ScaleOutCooldown=300, ScaleInCooldown=300)
    music.plane.clock.advance(86_400)
    for _ in range(2):
        music.minute(9.0)
    raised = music.capacity
    assert raised > 10
    vars(music.plane.clock)["_now"] -= 86_400
    for _ in range(2):
        music.minute(50.0)
    assert music.capacity > raised


@pytest.mark.parametrize(
    ("member", "consumed"),
    [("DynamicScalingOutSuspended", 10.0), ("DynamicScalingInSuspended", 1.0)],
)
def test_suspended_scaling_waits(music: ScaledTable, member: str, consumed: float) -> None:
    music.scale()
    music.ask("RegisterScalableTarget", **WRITE, SuspendedState={member: True})
    for _ in range(20):
        music.minute(consumed)
    assert music.capacity == 10
    music.ask("RegisterScalableTarget", **WRITE, SuspendedState={member: False})
    music.minute(consumed)
    assert music.capacity != 10


def test_a_capacity_that_somebody_sets_is_brought_back(music: ScaledTable) -> None:
    music.scale(minimum=2)
    music.minute(7.0)
    music.plane.call("UpdateTable", TableName="music", ProvisionedThroughput=units(5, 50))
    music.minute(7.0)
    assert music.capacity == 10


def test_the_limit_of_decreases_is_told_and_not_tried_every_minute(music: ScaledTable) -> None:
    for write in (9, 8, 7, 6):
        music.plane.call("UpdateTable", TableName="music", ProvisionedThroughput=units(5, write))
    music.scale()
    for _ in range(18):
        music.minute(1.0)
    (told,) = music.activities()
    assert told["StatusCode"] == "Failed"
    assert told["StatusMessage"].startswith(
        "Failed to set write capacity units to 2. Reason: Failed updating table: Subscriber limit "
        "exceeded: Provisioned throughput decreases are limited within a given UTC day."
    )
    assert music.capacity == 6


def test_a_catalog_that_never_rests_ends_the_attempt(
    music: ScaledTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    async def changed(*_: object) -> None:
        tried.append(1)
        raise CatalogChanged

    monkeypatch.setattr(update_table, "update_scaled_table", changed)
    with pytest.raises(StorageUnavailable):
        music.scale(minimum=20)
    assert len(tried) == MAX_RESTARTS
    assert music.capacity == 10


def test_an_index_is_scaled_by_itself(plane: ControlPlane) -> None:
    by_genre = index("by-genre", "genre", ProvisionedThroughput=units(1, 10))
    music = ScaledTable(
        plane,
        GlobalSecondaryIndexes=[by_genre],
        AttributeDefinitions=attributes("pk", "genre"),
    )
    subject: dict[str, Any] = {
        **WRITE,
        "ResourceId": "table/music/index/by-genre",
        "ScalableDimension": "dynamodb:index:WriteCapacityUnits",
    }
    music.ask("RegisterScalableTarget", **subject, MinCapacity=1, MaxCapacity=100)
    music.ask("PutScalingPolicy", **subject, **tracking())
    for _ in range(2):
        music.minute(14.0, index="by-genre")
    (told,) = plane.table()["GlobalSecondaryIndexes"]
    assert told["ProvisionedThroughput"]["WriteCapacityUnits"] == 20
    assert music.capacity == 10


def test_on_demand_nothing_is_scaled(music: ScaledTable) -> None:
    music.scale()
    music.plane.call("UpdateTable", TableName="music", BillingMode="PAY_PER_REQUEST")
    for _ in range(3):
        music.minute(100.0)
    assert music.activities() == []
    assert music.ask("DescribeScalableTargets", ServiceNamespace="dynamodb")["ScalableTargets"]


def test_a_deleted_table_leaves_its_target(music: ScaledTable) -> None:
    music.scale()
    music.plane.call("DeleteTable", TableName="music")
    for _ in range(3):
        music.minute(100.0)
    assert music.activities() == []
    assert music.ask("DescribeScalableTargets", ServiceNamespace="dynamodb")["ScalableTargets"]


@pytest.mark.parametrize(
    ("minimum", "maximum", "capacity", "cause"),
    [
        (20, 30, 20, "minimum capacity was set to 20"),
        (1, 5, 5, "maximum capacity was set to 5"),
        (10, 10, 10, None),
    ],
)
def test_new_bounds_hold_at_once(
    music: ScaledTable, minimum: int, maximum: int, capacity: int, cause: str | None
) -> None:
    music.ask("RegisterScalableTarget", **WRITE, MinCapacity=minimum, MaxCapacity=maximum)
    assert music.capacity == capacity
    assert [each["Cause"] for each in music.activities()] == ([cause] if cause else [])


def test_scheduled_actions_set_bounds(music: ScaledTable) -> None:
    music.scale(minimum=1, maximum=10)
    music.ask(
        "PutScheduledAction",
        **WRITE,
        ScheduledActionName="morning",
        Schedule="rate(10 minutes)",
        ScalableTargetAction={"MinCapacity": 25, "MaxCapacity": 50},
    )
    for _ in range(5):
        music.minute(5.0)
    assert music.capacity == 10
    for _ in range(6):
        music.minute(5.0)
    assert music.capacity == 25
    # Both are of the same moment here.
    bounds, raised = sorted(music.activities(), key=lambda each: str(each["Description"]))
    assert bounds["Description"] == "Setting min capacity to 25 and max capacity to 50"
    assert bounds["Cause"] == "scheduled action name morning was triggered"
    assert bounds["StatusMessage"] == ("Successfully set min capacity to 25 and max capacity to 50")
    assert raised["Cause"] == "minimum capacity was set to 25"


def test_a_schedule_is_kept_within_its_times(music: ScaledTable) -> None:
    now = music.plane.clock.now()
    music.ask("RegisterScalableTarget", **WRITE, MinCapacity=1, MaxCapacity=10)
    music.ask(
        "PutScheduledAction",
        **WRITE,
        ScheduledActionName="brief",
        Schedule="rate(1 minute)",
        StartTime=now + 600,
        EndTime=now + 900,
        ScalableTargetAction={"MaxCapacity": 4},
    )
    for _ in range(9):
        music.minute(0.0)
    assert music.capacity == 10
    for _ in range(3):
        music.minute(0.0)
    assert music.capacity == 4
    told = len(music.activities())
    for _ in range(20):
        music.minute(0.0)
    assert len(music.activities()) - told <= 4


def test_activities_are_kept_for_six_weeks(music: ScaledTable) -> None:
    music.ask("RegisterScalableTarget", **WRITE, MinCapacity=20, MaxCapacity=30)
    music.plane.clock.advance(41 * DAY)
    music.minute(0.0)
    assert len(music.activities()) == 1
    music.plane.clock.advance(2 * DAY)
    music.minute(0.0)
    assert music.activities() == []


def load(minute: int) -> float:
    """Units a second in a minute of the day: 10 by night, 150 at its height, and a burst."""
    hour = minute / 60.0
    curve = 10.0 + 140.0 * max(0.0, math.sin((hour - 6.0) / 14.0 * math.pi)) ** 2
    return curve + (200.0 if 840 <= minute < 850 else 0.0)


def test_a_day_of_traffic(music: ScaledTable) -> None:
    music.plane.clock.advance(DAY - music.plane.clock.now() % DAY + 16)
    music.scale(minimum=5, maximum=600)
    throttled = wasted = 0.0
    capacities = []
    for minute in range(24 * 60):
        wanted, capacity = load(minute), music.capacity
        throttled += max(0.0, wanted - capacity)
        wasted += max(0.0, capacity - wanted)
        capacities.append(capacity)
        music.minute(min(wanted, float(capacity)))
    consumed = sum(map(load, range(24 * 60)))
    assert throttled / consumed < 0.03
    assert max(capacities) > 300
    assert wasted / consumed < 1.5, "half of what a fixed capacity of the day's height would waste"
    lowered = [each for each in music.activities() if "AlarmLow" in each["Cause"]]
    done = [each for each in lowered if each["StatusCode"] == "Successful"]
    assert 4 <= len(done) <= 27, "decreases a day"
    assert capacities[-1] <= 40


def test_nothing_is_registered_and_nothing_happens(music: ScaledTable) -> None:
    music.minute(100.0)
    assert music.activities() == []
    assert music.ask("DescribeScalableTargets", **{**READ, "ResourceIds": ["table/music"]}) == {
        "ScalableTargets": []
    }
