"""The operations on existing alarms."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.services.cloudwatch.operations import alarms
from jedlik.services.cloudwatch.operations.put_metric_alarm import put_metric_alarm
from tests.unit.services.cloudwatch.monitored import Monitored

NAMES = ["a1", "a2", "b1"]


@pytest.fixture
def monitored() -> Monitored:
    monitored = Monitored()
    for number, name in enumerate(NAMES):
        monitored.call(
            put_metric_alarm, AlarmName=name, EvaluationPeriods=1, Threshold=1.0, Namespace="mine",
            ComparisonOperator="GreaterThanThreshold", MetricName=f"m{number}", Period=60,
            Statistic="Sum", AlarmActions=[f"http://{name}/"],
        )  # fmt: skip
    return monitored


def described(monitored: Monitored, **given: Any) -> list[str]:
    answer = monitored.call(alarms.describe_alarms, **given)
    return [each["AlarmName"] for each in answer["MetricAlarms"]]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({}, NAMES),
        ({"AlarmNamePrefix": "a"}, ["a1", "a2"]),
        ({"AlarmNames": ["b1", "none"]}, ["b1"]),
        ({"ActionPrefix": "http://a2"}, ["a2"]),
        ({"StateValue": "INSUFFICIENT_DATA"}, NAMES),
        ({"StateValue": "OK"}, []),
        ({"AlarmTypes": ["CompositeAlarm"]}, []),
    ],
)
def test_which_are_described(monitored: Monitored, given: dict[str, Any], names: list[str]) -> None:
    assert described(monitored, **given) == names


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"AlarmNames": ["a"], "AlarmNamePrefix": "a"}, "are mutually exclusive"),
        ({"ParentsOfAlarmName": "a"}, "composite alarms, which are not available"),
    ],
)
def test_questions_that_are_refused(monitored: Monitored, given: dict[str, Any], text: str) -> None:
    assert text in monitored.refusal(alarms.describe_alarms, **given)


def test_pages_of_alarms(monitored: Monitored) -> None:
    first = monitored.call(alarms.describe_alarms, MaxRecords=2)
    assert [each["AlarmName"] for each in first["MetricAlarms"]] == NAMES[:2]
    token = first["NextToken"]
    assert described(monitored, MaxRecords=2, NextToken=token) == NAMES[2:]
    monitored.call(alarms.delete_alarms, AlarmNames=["b1"])
    assert described(monitored, MaxRecords=2, NextToken=token) == []


def test_alarms_of_a_metric(monitored: Monitored) -> None:
    def found(**given: Any) -> list[str]:
        answer = monitored.call(alarms.describe_alarms_for_metric, Namespace="mine", **given)
        return [each["AlarmName"] for each in answer["MetricAlarms"]]

    assert found(MetricName="m1") == ["a2"]
    assert found(MetricName="m1", Statistic="Maximum") == []
    assert found(MetricName="m1", Dimensions=[{"Name": "d", "Value": "x"}]) == []


def test_all_are_deleted_or_none(monitored: Monitored) -> None:
    text = monitored.refusal(alarms.delete_alarms, AlarmNames=["a1", "none"])
    assert text == "Alarms [none] do not exist."
    assert described(monitored) == NAMES
    monitored.call(alarms.delete_alarms, AlarmNames=["a1", "a2"])
    assert described(monitored) == ["b1"]


def test_actions_are_switched_and_names_that_are_not_there_change_nothing(
    monitored: Monitored,
) -> None:
    def enabled() -> list[bool]:
        answer = monitored.call(alarms.describe_alarms)
        return [each["ActionsEnabled"] for each in answer["MetricAlarms"]]

    monitored.call(alarms.disable_alarm_actions, AlarmNames=["a1", "none"])
    assert enabled() == [False, True, True]
    monitored.call(alarms.enable_alarm_actions, AlarmNames=["a1"])
    assert enabled() == [True, True, True]


def state(monitored: Monitored, name: str = "a1", **given: Any) -> None:
    changed = {"StateValue": "ALARM", "StateReason": "a test", **given}
    monitored.call(alarms.set_alarm_state, AlarmName=name, **changed)


def test_a_state_is_set_and_becomes_history(monitored: Monitored) -> None:
    state(monitored, StateReasonData='{"n": 1}')
    assert described(monitored, StateValue="ALARM") == ["a1"]
    history = monitored.call(alarms.describe_alarm_history, AlarmName="a1")["AlarmHistoryItems"]
    kinds = [each["HistoryItemType"] for each in history]
    assert "StateUpdate" in kinds
    assert "ConfigurationUpdate" in kinds


@pytest.mark.parametrize(
    ("name", "data", "text"), [("a1", "{", "StateReasonData is not JSON."), ("none", "", "")]
)
def test_states_that_cannot_be_set(monitored: Monitored, name: str, data: str, text: str) -> None:
    given = {"AlarmName": name, "StateValue": "OK", "StateReason": "x", "StateReasonData": data}
    assert monitored.refusal(alarms.set_alarm_state, **given) == text
    assert described(monitored, StateValue="OK") == []


def test_history_by_time_kind_and_order(monitored: Monitored) -> None:
    before = monitored.clock.now()
    monitored.clock.advance(60)
    state(monitored)

    def found(**given: Any) -> list[str]:
        answer = monitored.call(alarms.describe_alarm_history, AlarmName="a1", **given)
        return [each["HistoryItemType"] for each in answer["AlarmHistoryItems"]]

    assert found(HistoryItemType="StateUpdate") == ["StateUpdate"]
    assert "StateUpdate" not in found(EndDate=before)
    assert "ConfigurationUpdate" not in found(StartDate=before + 1)
    assert found(ScanBy="TimestampAscending") == found()[::-1]
    assert found(AlarmTypes=["CompositeAlarm"]) == []
    assert "not available" in monitored.refusal(
        alarms.describe_alarm_history, AlarmContributorId="x"
    )
