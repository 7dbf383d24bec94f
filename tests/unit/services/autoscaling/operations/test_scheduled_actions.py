"""Scheduled actions: created, changed in part, listed and deleted."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import ServiceError
from jedlik.services.autoscaling.operations import scheduled_actions
from tests.control_plane import ControlPlane
from tests.unit.services.autoscaling.scaled_tables import WRITE, ScaledTable

ACTION = {
    "ScheduledActionName": "night",
    "Schedule": "cron(0 22 * * ? *)",
    "ScalableTargetAction": {"MinCapacity": 1, "MaxCapacity": 5},
}


@pytest.fixture
def table(plane: ControlPlane) -> ScaledTable:
    table = ScaledTable(plane)
    table.ask("RegisterScalableTarget", **WRITE, MinCapacity=1, MaxCapacity=100)
    return table


def put(table: ScaledTable, **changed: Any) -> None:
    table.ask("PutScheduledAction", **WRITE, **{**ACTION, **changed})


def refusal(table: ScaledTable, operation: str = "PutScheduledAction", **payload: Any) -> str:
    with pytest.raises(ServiceError) as raised:
        table.ask(operation, **WRITE, **payload)
    return raised.value.message


def listed(table: ScaledTable, **given: Any) -> list[dict[str, Any]]:
    given = {"ServiceNamespace": "dynamodb", **given}
    found: list[dict[str, Any]] = table.ask("DescribeScheduledActions", **given)["ScheduledActions"]
    return found


def test_an_action_is_made(table: ScaledTable) -> None:
    put(table, StartTime=1_800_000_000.0)
    (action,) = listed(table)
    assert action["Timezone"] == "UTC"
    assert action["StartTime"] == 1_800_000_000.0
    assert "EndTime" not in action
    assert action["ScalableTargetAction"] == {"MinCapacity": 1, "MaxCapacity": 5}


def test_what_is_not_named_stays_as_it_is(table: ScaledTable) -> None:
    put(table)
    table.ask(
        "PutScheduledAction", **WRITE, ScheduledActionName="night", Timezone="Europe/Budapest"
    )
    (action,) = listed(table)
    assert (action["Schedule"], action["Timezone"]) == (ACTION["Schedule"], "Europe/Budapest")
    assert action["ScalableTargetAction"] == ACTION["ScalableTargetAction"]


@pytest.mark.parametrize("member", ["Schedule", "ScalableTargetAction"])
def test_a_new_one_says_when_and_what(table: ScaledTable, member: str) -> None:
    given = {name: value for name, value in ACTION.items() if name != member}
    assert refusal(table, **given) == f"{member} must be set"


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        (
            {"ScalableTargetAction": {}},
            "At least one of minimum capacity and maximum capacity should be provided",
        ),
        ({"ScalableTargetAction": {"MinCapacity": 0}}, "Minimum capacity cannot be less than 1"),
        (
            {"ScalableTargetAction": {"MinCapacity": 2, "MaxCapacity": 1}},
            "Maximum capacity cannot be less than minimum capacity",
        ),
        ({"StartTime": 2.0, "EndTime": 1.0}, "StartTime must be before EndTime"),
        (
            {"Schedule": "0 8 1 * ? *"},
            (
                "Invalid schedule expression. Details: Schedule expressions must have the "
                "following syntax: rate(<number>\\s?(minutes?|hours?|days?)), "
                "cron(<cron_expression>) or at(yyyy-MM-dd'T'HH:mm:ss)."
            ),
        ),
        ({"Timezone": "Moon/Sea"}, "Invalid schedule timezone: Moon/Sea"),
    ],
)
def test_actions_that_cannot_be(table: ScaledTable, changed: dict[str, Any], text: str) -> None:
    assert text == refusal(table, **{**ACTION, **changed})
    assert listed(table) == []


@pytest.mark.parametrize("bounds", [{"MinCapacity": 1}, {"MaxCapacity": 1}])
def test_one_bound_is_enough(table: ScaledTable, bounds: dict[str, int]) -> None:
    put(table, ScalableTargetAction=bounds)
    assert listed(table)[0]["ScalableTargetAction"] == bounds


def test_a_target_has_so_many(table: ScaledTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduled_actions, "MAX_ACTIONS", 1)
    put(table)
    put(table, Timezone="Europe/Budapest")
    text = refusal(table, **{**ACTION, "ScheduledActionName": "day"})
    assert text == "A scalable target has at most 1 scheduled actions."


def test_a_target_comes_first(plane: ControlPlane) -> None:
    assert refusal(ScaledTable(plane), **ACTION).startswith("No scalable target registered for")


def test_lists_by_name(table: ScaledTable) -> None:
    put(table)
    put(table, ScheduledActionName="day")
    names = [each["ScheduledActionName"] for each in listed(table)]
    assert sorted(names) == ["day", "night"]
    (found,) = listed(table, ScheduledActionNames=["day"])
    assert found["ScheduledActionName"] == "day"


def test_an_action_is_deleted_once(table: ScaledTable) -> None:
    put(table)
    table.ask("DeleteScheduledAction", **WRITE, ScheduledActionName="night")
    assert listed(table) == []
    text = refusal(table, "DeleteScheduledAction", ScheduledActionName="night")
    assert text.startswith("No scheduled action found for")
