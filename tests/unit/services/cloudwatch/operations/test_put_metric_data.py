"""PutMetricData: what is stored of a datum, and what is refused."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from jedlik.kernel.rows import all_rows
from jedlik.services.cloudwatch.operations.get_metric_data import get_metric_data
from jedlik.services.cloudwatch.operations.put_metric_data import (
    MAX_DATA,
    MAX_VALUES,
    put_metric_data,
)
from tests.unit.services.cloudwatch.monitored import NOW, Monitored

DAY = 86_400.0


def put(monitored: Monitored, **datum: Any) -> None:
    data = [{"MetricName": "m", **datum}]
    monitored.call(put_metric_data, Namespace="mine", MetricData=data)


def stored(monitored: Monitored, *statistics: str) -> list[float]:
    """The values that a metric has at the minute of now."""
    queries = [
        {
            "Id": f"s{number}",
            "MetricStat": {
                "Metric": {"Namespace": "mine", "MetricName": "m"}, "Stat": stat, "Period": 60,
            },
        }
        for number, stat in enumerate(statistics)
    ]  # fmt: skip
    answer = monitored.call(
        get_metric_data, MetricDataQueries=queries, StartTime=NOW, EndTime=NOW + 60
    )
    return [value for each in answer["MetricDataResults"] for value in each["Values"]]


@pytest.mark.parametrize(
    ("datum", "sums"),
    [
        ({"Value": 3.0}, [3.0, 1.0, 3.0, 3.0]),
        ({"Values": [1.0, 5.0], "Counts": [2.0, 1.0]}, [7.0, 3.0, 1.0, 5.0]),
        ({"Values": [1.0, 5.0]}, [6.0, 2.0, 1.0, 5.0]),
        (
            {"StatisticValues": {"SampleCount": 2.0, "Sum": 6.0, "Minimum": 1.0, "Maximum": 5.0}},
            [6.0, 2.0, 1.0, 5.0],
        ),
        (
            {"StatisticValues": {"SampleCount": 2.0, "Sum": 6.0, "Minimum": 3.0, "Maximum": 3.0}},
            [6.0, 2.0, 3.0, 3.0],
        ),
    ],
)
def test_the_three_ways_to_say_a_value(datum: dict[str, Any], sums: list[float]) -> None:
    monitored = Monitored()
    put(monitored, **datum)
    assert stored(monitored, "Sum", "SampleCount", "Minimum", "Maximum") == sums


def test_data_of_one_minute_are_added_up() -> None:
    monitored = Monitored()
    put(monitored, Value=1.0, Timestamp=NOW)
    put(monitored, Value=2.0, Timestamp=NOW + 59)
    put(monitored, Value=4.0, Timestamp=NOW + 60)
    assert stored(monitored, "Sum") == [3.0]


def refusal(**datum: Any) -> str:
    data = [{"MetricName": "m", **datum}]
    return Monitored().refusal(put_metric_data, Namespace="mine", MetricData=data)


@pytest.mark.parametrize(
    ("datum", "text"),
    [
        ({}, "At least one of the parameters MetricData.member.1.Value"),
        ({"Value": 1.0, "Values": [1.0]}, "are mutually exclusive"),
        ({"Values": [1.0], "Counts": [1.0, 2.0]}, "must be of the same size"),
        ({"Values": []}, "must be of the same size"),
        ({"Values": [1.0], "Counts": [0.0]}, "The value 0.0 for parameter"),
        ({"Values": [1.0] * (MAX_VALUES + 1)}, f"must not have a size greater than {MAX_VALUES}"),
        ({"Value": float("nan")}, "The value nan for parameter MetricData.member.1.Value"),
        ({"Value": 2.0**361}, "is invalid"),
        (
            {"StatisticValues": {"SampleCount": 0.0, "Sum": 0.0, "Minimum": 0.0, "Maximum": 0.0}},
            "The value of the parameter MetricData.member.1.StatisticValues is invalid",
        ),
        ({"Value": 1.0, "StorageResolution": 1}, "StorageResolution must be 60"),
        ({"Value": 1.0, "MetricName": "a\x00"}, "must not contain the character U+0000"),
        ({"Value": 1.0, "Timestamp": NOW - 14 * DAY - 1}, "no more than two weeks in the past"),
        ({"Value": 1.0, "Timestamp": NOW + 7201}, "within two hours of the current time"),
        (
            {
                "Value": 1.0,
                "Dimensions": [{"Name": "a", "Value": each} for each in "12"],
            },
            "MetricData.member.1.Dimensions names a dimension twice",
        ),
    ],
)
def test_data_that_are_refused(datum: dict[str, Any], text: str) -> None:
    assert text in refusal(**datum)


@pytest.mark.parametrize("time", [NOW - 14 * DAY, NOW + 7200])
def test_times_at_their_limits_are_taken(time: float) -> None:
    monitored = Monitored()
    put(monitored, Value=1.0, Timestamp=time)
    assert len(asyncio.run(all_rows(monitored.monitoring.engine, b""))) > 0


@pytest.mark.parametrize("namespace", ["AWS/DynamoDB", "AWS/Mine", "Jedlik"])
def test_namespaces_of_services_are_theirs(namespace: str) -> None:
    data = [{"MetricName": "m", "Value": 1.0}]
    text = Monitored().refusal(put_metric_data, Namespace=namespace, MetricData=data)
    assert text == f"The value {namespace} for parameter Namespace is invalid."


def test_a_request_has_a_thousand_metrics_at_most() -> None:
    datum = {"MetricName": "m", "Value": 1.0}
    monitored = Monitored()
    monitored.call(put_metric_data, Namespace="mine", MetricData=[datum] * MAX_DATA)
    assert stored(monitored, "SampleCount") == [MAX_DATA]
    too_many = [datum] * (MAX_DATA + 1)
    text = monitored.refusal(put_metric_data, Namespace="mine", MetricData=too_many)
    assert f"must not have a size greater than {MAX_DATA}" in text
    text = monitored.refusal(put_metric_data, Namespace="mine", MetricData=[])
    assert text == "The parameter MetricData is required."


def test_one_datum_that_is_wrong_and_nothing_is_kept() -> None:
    monitored = Monitored()
    data = [{"MetricName": "m", "Value": 1.0}, {"MetricName": "m"}]
    assert "MetricData.member.2" in monitored.refusal(
        put_metric_data, Namespace="mine", MetricData=data
    )
    assert stored(monitored, "Sum") == []
