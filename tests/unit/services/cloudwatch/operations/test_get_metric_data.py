"""GetMetricData: its queries, its order, its pages."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from jedlik.base.errors import ServiceError
from jedlik.services.cloudwatch.operations.get_metric_data import MAX_QUERIES, get_metric_data
from jedlik.services.cloudwatch.operations.put_metric_data import put_metric_data
from tests.unit.services.cloudwatch.monitored import NOW, Monitored

MINUTES = 5


@pytest.fixture(scope="module")
def monitored() -> Monitored:
    """Of metric `m` the values 0, 1, 2, ... of minutes that follow each other."""
    monitored = Monitored()
    data = [
        {"MetricName": "m", "Value": float(number), "Timestamp": NOW + 60 * number}
        for number in range(MINUTES)
    ]
    monitored.call(put_metric_data, Namespace="mine", MetricData=data)
    return monitored


STAT = {"Metric": {"Namespace": "mine", "MetricName": "m"}, "Stat": "Sum", "Period": 60}


def query(query_id: str = "a", **more: Any) -> dict[str, Any]:
    return {"Id": query_id, "MetricStat": deepcopy(STAT), **more}


def asked(*queries: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "MetricDataQueries": list(queries), "StartTime": NOW, "EndTime": NOW + 60 * MINUTES, **more,
    }  # fmt: skip


def values(answer: Any) -> dict[str, list[float]]:
    return {each["Id"]: each["Values"] for each in answer["MetricDataResults"]}


def test_newest_first_unless_asked_otherwise(monitored: Monitored) -> None:
    answer = monitored.call(get_metric_data, **asked(query()))
    assert values(answer) == {"a": [4.0, 3.0, 2.0, 1.0, 0.0]}
    times = answer["MetricDataResults"][0]["Timestamps"]
    assert times == sorted(times, reverse=True)
    ascending = asked(query(), ScanBy="TimestampAscending")
    assert values(monitored.call(get_metric_data, **ascending)) == {"a": [0.0, 1.0, 2.0, 3.0, 4.0]}


def test_what_only_helps_others_is_not_returned(monitored: Monitored) -> None:
    twice = {"Id": "b", "Expression": "2 * a"}
    answer = monitored.call(get_metric_data, **asked(query(ReturnData=False), twice))
    assert values(answer) == {"b": [8.0, 6.0, 4.0, 2.0, 0.0]}


def test_pages_make_up_the_whole(monitored: Monitored) -> None:
    both = (query("a"), query("b"))
    found: list[tuple[str, float]] = []
    token: dict[str, str] = {}
    pages = 0
    while True:
        answer = monitored.call(get_metric_data, **asked(*both, MaxDatapoints=3, **token))
        pages += 1
        found += [(name, value) for name, each in values(answer).items() for value in each]
        if "NextToken" not in answer:
            break
        partial = answer["MetricDataResults"][-1]
        assert partial["StatusCode"] in ("PartialData", "Complete")
        token = {"NextToken": answer["NextToken"]}
    assert found == [(name, float(n)) for name in "ab" for n in reversed(range(MINUTES))]
    assert pages == 4


def test_a_metric_without_values_is_there_all_the_same(monitored: Monitored) -> None:
    other = query()
    other["MetricStat"]["Metric"]["MetricName"] = "none"
    assert values(monitored.call(get_metric_data, **asked(other))) == {"a": []}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (asked(), "The collection MetricDataQueries must not be empty."),
        (
            asked(*[query(f"a{n}") for n in range(MAX_QUERIES + 1)]),
            "The collection MetricDataQueries must not have a size greater than 500.",
        ),
        (  # influxdata/telegraf, issue 5420; for the statistic, yet-another-cloudwatch-exporter 385
            asked(query("5xx"), {**query("b"), "MetricStat": {**STAT, "Stat": "None"}}, query("C")),
            (
                "The value 5xx for parameter MetricDataQueries.member.1.Id is not matching the "
                "expected pattern ^[a-z][a-zA-Z0-9_]*$.\n"
                "The value None for parameter MetricDataQueries.member.2.MetricStat.Stat is not a "
                "valid statistic.\n"
                "The value C for parameter MetricDataQueries.member.3.Id is not matching the "
                "expected pattern ^[a-z][a-zA-Z0-9_]*$.\n"
            ),
        ),
        (
            asked(query(), query()),
            "The values for parameter id in MetricDataQueries are not unique.",
        ),
        (
            asked({"Id": "a"}),
            "The parameter MetricDataQueries.member.1.MetricStat is required.\n",
        ),
        (asked(query(Expression="1")), "are mutually exclusive and you have specified both."),
        (asked(query(AccountId="1")), "AccountId is not available"),
        (asked(query(), LabelOptions={"Timezone": "+0000"}), "LabelOptions is not available"),
        (asked(query(), EndTime=NOW), "StartTime must be less than the parameter EndTime"),
        (asked(query(), MaxDatapoints=-1), "MaxDatapoints must be between 1 and 100800"),
        (asked({"Id": "a", "Expression": "1 + 1"}), "the result is a number and no time series"),
        (asked(query(), NextToken="x"), ""),
    ],
)
def test_what_is_refused(monitored: Monitored, given: dict[str, Any], text: str) -> None:
    assert text in monitored.refusal(get_metric_data, **given)


def test_labels_say_what_the_lines_are(shops: Monitored) -> None:
    found = {"Id": "s", "Expression": "SEARCH('{mine,Shop} hits', 'Sum', 60)"}
    label = "${PROP('Dim.Shop')}: ${PROP('Stat')} of ${LABEL} up to ${MAX} in ${PROP('Region')}"
    answer = shops.call(get_metric_data, **asked({**found, "Label": label}))
    assert sorted(each["Label"] for each in answer["MetricDataResults"]) == [
        "a: Sum of hits a up to 2 in us-east-1", "b: Sum of hits b up to 30 in us-east-1",
    ]  # fmt: skip
    plain = shops.call(get_metric_data, **asked({**found, "Label": "plain"}))
    assert sorted(each["Label"] for each in plain["MetricDataResults"]) == ["hits a", "hits b"]


def test_labels_of_a_metric_and_of_an_expression(monitored: Monitored) -> None:
    label = "${LABEL}: ${PROP('MetricName')} ${FIRST} to ${LAST}"
    twice = {"Id": "b", "Expression": "2 * a", "Label": label}
    answer = monitored.call(get_metric_data, **asked(query(Label=label), twice))
    assert [each["Label"] for each in answer["MetricDataResults"]] == [
        "m: m 0 to 4", "b: m 0 to 8",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def shops() -> Monitored:
    """Of metric `hits` a value each minute for two shops, and one of another unit."""
    monitored = Monitored()
    data = [
        {"MetricName": "hits", "Value": value, "Timestamp": NOW + 60 * minute, **more,
         "Dimensions": [{"Name": "Shop", "Value": shop}]}
        for shop, values in (("a", (1.0, 2.0)), ("b", (10.0, 30.0)))
        for minute, value in enumerate(values)
        for more in ({}, {"Unit": "Count"})
    ]  # fmt: skip
    monitored.call(put_metric_data, Namespace="mine", MetricData=data)
    return monitored


def select(text: str, **more: Any) -> dict[str, Any]:
    return {"Id": "q", "Expression": f"SELECT {text}", "Period": 60, **more}


def test_a_metrics_insights_query(shops: Monitored) -> None:
    """All units of all metrics together; a line for each group."""
    ascending = {"ScanBy": "TimestampAscending"}
    answer = shops.call(get_metric_data, **asked(select("SUM(hits) FROM mine"), **ascending))
    assert values(answer) == {"q": [22.0, 64.0]}
    grouped = select("MAX(hits) FROM mine GROUP BY Shop ORDER BY MAX() DESC")
    answer = shops.call(get_metric_data, **asked(grouped, **ascending))
    found = [(each["Label"], each["Values"]) for each in answer["MetricDataResults"]]
    assert found == [("b", [10.0, 30.0]), ("a", [1.0, 2.0])]
    half = {"Id": "h", "Expression": "q / 2"}
    both = asked(select("SUM(hits) FROM mine", ReturnData=False), half, **ascending)
    assert values(shops.call(get_metric_data, **both)) == {"h": [11.0, 32.0]}
    nothing = shops.call(get_metric_data, **asked(select("SUM(hits) FROM other")))
    assert values(nothing) == {"q": []}


@pytest.mark.parametrize(
    ("queries", "text"),
    [
        ([select("SUM(hits) FROM")], "Error in expression 'q': Unexpected 'end of the query'"),
        ([select("SUM(hits) FROM mine", Period=None)], "needs a Period"),
        ([select("SUM(hits) FROM mine", Period=61)], "Period must be"),
        ([select("SUM(a) FROM b"), select("SUM(a) FROM b", Id="p")], "only one Metrics Insights"),
    ],
)
def test_metrics_insights_queries_that_are_refused(
    shops: Monitored, queries: list[dict[str, Any]], text: str
) -> None:
    with pytest.raises(ServiceError) as raised:
        shops.call(get_metric_data, **asked(*queries))
    assert text in raised.value.message
