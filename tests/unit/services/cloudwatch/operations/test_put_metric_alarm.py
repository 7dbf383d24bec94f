"""PutMetricAlarm: valid and invalid alarms."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.services.cloudwatch.operations.alarms import describe_alarms
from jedlik.services.cloudwatch.operations.put_metric_alarm import put_metric_alarm
from tests.unit.services.cloudwatch.monitored import Monitored

METRIC = {"MetricName": "m", "Namespace": "mine", "Period": 60, "Statistic": "Sum"}
ALARM = {
    "AlarmName": "a",
    "EvaluationPeriods": 1,
    "ComparisonOperator": "GreaterThanThreshold",
    "Threshold": 1.0,
}
STAT = {"Metric": {"MetricName": "m", "Namespace": "mine"}, "Stat": "Sum", "Period": 60}
QUERIES = [{"Id": "m", "MetricStat": STAT, "ReturnData": False}, {"Id": "e", "Expression": "2 * m"}]


def shown(monitored: Monitored) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = monitored.call(describe_alarms)["MetricAlarms"]
    return found


@pytest.mark.parametrize("of", [METRIC, {"Metrics": QUERIES}])
def test_an_alarm_of_a_metric_or_of_an_expression(of: dict[str, Any]) -> None:
    monitored = Monitored()
    monitored.call(put_metric_alarm, **ALARM, **of)
    (alarm,) = shown(monitored)
    assert (alarm["AlarmName"], alarm["StateValue"]) == ("a", "INSUFFICIENT_DATA")
    assert alarm["Threshold"] == 1.0


def test_an_alarm_of_that_name_is_replaced() -> None:
    monitored = Monitored()
    monitored.call(put_metric_alarm, **ALARM, **METRIC, AlarmDescription="first")
    monitored.call(put_metric_alarm, **{**ALARM, "Threshold": 2.0}, **METRIC)
    (alarm,) = shown(monitored)
    assert alarm["Threshold"] == 2.0
    assert "AlarmDescription" not in alarm


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"AlarmName": "a\x00"}, "must not contain the character U+0000"),
        ({"ThresholdMetricId": "t"}, "ThresholdMetricId is not available"),
        ({"EvaluationPeriods": None}, "The parameter EvaluationPeriods is required."),
        ({"ComparisonOperator": None}, "The parameter ComparisonOperator is required."),
        ({"Threshold": None}, "The parameter Threshold is required."),
        ({"Threshold": float("nan")}, "The value nan for parameter Threshold is invalid."),
        ({"Threshold": -(2.0**361)}, "for parameter Threshold is invalid."),
        ({"ComparisonOperator": "LessThanLowerThreshold"}, "is for anomaly detection"),
        ({"TreatMissingData": "x"}, "is not supported for TreatMissingData"),
        ({"EvaluateLowSampleCountPercentile": "ignore"}, "can only be evaluate"),
        ({"DatapointsToAlarm": 2}, "must be less than or equal to EvaluationPeriods"),
        ({"AlarmActions": ["nowhere"]}, "Invalid action: nowhere is no ARN and no URL."),
        ({"Namespace": None}, "The parameter Namespace is required."),
        ({"Period": None}, "The parameter Period is required."),
        ({"Statistic": None}, "Exactly one of Statistic and ExtendedStatistic"),
        ({"ExtendedStatistic": "p90"}, "Exactly one of Statistic and ExtendedStatistic"),
        ({"EvaluationPeriods": 1441}, "across more than a day"),
        ({"Period": 3600, "EvaluationPeriods": 169}, "across more than 7 days"),
    ],
)
def test_alarms_that_cannot_be(changed: dict[str, Any], text: str) -> None:
    given = {**ALARM, **METRIC, **changed}
    given = {name: value for name, value in given.items() if value is not None}
    monitored = Monitored()
    assert text in monitored.refusal(put_metric_alarm, **given)
    assert shown(monitored) == []


@pytest.mark.parametrize(
    "changed", [{"EvaluationPeriods": 1440}, {"Period": 3600, "EvaluationPeriods": 168}]
)
def test_as_long_as_may_be(changed: dict[str, Any]) -> None:
    monitored = Monitored()
    monitored.call(put_metric_alarm, **{**ALARM, **METRIC, **changed})
    assert len(shown(monitored)) == 1


@pytest.mark.parametrize(
    ("queries", "text"),
    [
        ([*QUERIES, {"Id": "f", "Expression": "m"}], "Exactly one element of Metrics"),
        ([QUERIES[0]], "Exactly one element of Metrics"),
        ([{"Id": "e", "Expression": "1"}], "Metrics must have a MetricStat at least."),
        ([{"Id": "E", "Expression": "1"}], "The value E for parameter Id is invalid"),
    ],
)
def test_queries_of_which_no_alarm_can_be(queries: list[Any], text: str) -> None:
    assert text in Monitored().refusal(put_metric_alarm, **ALARM, Metrics=queries)


def test_either_a_metric_or_queries() -> None:
    text = Monitored().refusal(put_metric_alarm, **ALARM, **METRIC, Metrics=QUERIES)
    assert text == "Metrics cannot be specified together with MetricName."
