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
STRANGE = {**QUERIES[0], "MetricStat": {**STAT, "Stat": "Avg"}}
ONE_RETURNS = "Exactly one element of the metrics list should return data."


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
        ({"Threshold": None}, "PutMetricAlarm request should have valid Threshold parameter"),
        ({"Threshold": float("nan")}, "The value nan for parameter Threshold is invalid."),
        ({"Threshold": -(2.0**361)}, "for parameter Threshold is invalid."),
        (
            {"ComparisonOperator": "LessThanLowerThreshold"},
            "ComparisonOperators for ranges require ThresholdMetricId to be set",
        ),
        ({"TreatMissingData": "x"}, "is not supported for TreatMissingData"),
        (
            {"EvaluateLowSampleCountPercentile": "ignore"},
            (
                "Option evaluateLowSampleCountPercentile can not be applied with statistic Sum. "
                "This option is enabled only for percentile statistics."
            ),
        ),
        (
            {
                "EvaluateLowSampleCountPercentile": "ignore",
                "Statistic": None,
                "ExtendedStatistic": "p90",
            },
            "can only be evaluate",
        ),
        ({"DatapointsToAlarm": 2}, "DatapointsToAlarm must be less than or equal to Evaluation"),
        ({"AlarmActions": ["arn:aws:s3:::bucket"]}, "Unsupported AWS vendor s3"),
        ({"Namespace": "テスト"}, "Namespace must not contain Non-ASCII characters."),
        ({"Period": 45}, "Period must be 10, 20, 30 or a multiple of 60"),
        ({"Period": 30}, "The value 30 for parameter Period is not available"),
        (
            {"Statistic": None, "ExtendedStatistic": "p101"},
            "The value p101 for parameter ExtendedStatistic is not supported.",
        ),
        ({"AlarmActions": ["nowhere"]}, "Invalid action: nowhere is no ARN and no URL."),
        ({"MetricName": None}, "MetricName must not be null"),  # terraform-provider-aws 11105
        ({"Namespace": None}, "Namespace must not be null"),
        ({"Period": None}, "Period must not be null"),
        ({"Statistic": None}, "Exactly one of Statistic and ExtendedStatistic"),
        ({"ExtendedStatistic": "p90"}, "Exactly one of Statistic and ExtendedStatistic"),
        ({"EvaluationPeriods": 1441}, "across more than a day"),
        (
            {"Period": 3600, "EvaluationPeriods": 169},
            (
                "Metrics cannot be checked across more than a week (EvaluationPeriods * Period "
                "must be <= 604800) for alarms using period >= 3600"
            ),
        ),
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
def test_an_alarm_may_examine_the_longest_time(changed: dict[str, Any]) -> None:
    monitored = Monitored()
    monitored.call(put_metric_alarm, **{**ALARM, **METRIC, **changed})
    assert len(shown(monitored)) == 1


@pytest.mark.parametrize(
    ("queries", "text"),
    [
        ([*QUERIES, {"Id": "f", "Expression": "m"}], ONE_RETURNS),
        ([QUERIES[0]], ONE_RETURNS),
        ([{**QUERIES[0], "Expression": "1"}], "The parameters MetricDataQuery Expression and "),
        ([{"Id": "e", "Expression": "SEARCH('x', 'Sum', 60)"}], "SEARCH is not supported on "),
        (
            [{"Id": "e", "Expression": "SELECT SUM(a) FROM b"}],
            "Alarms on Metrics Insights queries ",
        ),
        ([STRANGE, QUERIES[1]], "Invalid metrics list"),
        ([{"Id": f"e{n}", "Expression": "1"} for n in range(11)], "Too many expressions in alarm,"),
        ([{**QUERIES[0], "Id": f"m{n}"} for n in range(11)], "Too many metrics in alarm, maximum"),
        ([{"Id": "e", "Expression": "1"}], "Metrics must have a MetricStat at least."),
        ([{"Id": "E", "Expression": "1"}], "Invalid metrics list"),  # cfn-lint, issue 1944
        ([{"Id": "e"}], "Invalid metrics list"),  # hashicorp/terraform, issue 30804
    ],
)
def test_queries_of_which_no_alarm_can_be(queries: list[Any], text: str) -> None:
    assert text in Monitored().refusal(put_metric_alarm, **ALARM, Metrics=queries)


@pytest.mark.parametrize(
    "member", ["MetricName", "Namespace", "Dimensions", "Period", "Unit", "Statistic"]
)
def test_either_a_metric_or_queries(member: str) -> None:
    """The text for Unit and Statistic: cfn-lint, issues 1306 and 766."""
    given = {
        member: {**METRIC, "Unit": "Count", "Dimensions": [{"Name": "a", "Value": "b"}]}[member]
    }
    text = Monitored().refusal(put_metric_alarm, **ALARM, **given, Metrics=QUERIES)
    assert text == f"{member} should not be set if list of Metrics is set."
