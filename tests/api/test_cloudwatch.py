"""CloudWatch over the wire, in each protocol of its clients."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from jedlik.services.cloudwatch.wire import cbor
from tests.api.making import make
from tests.conftest import StartServer
from tests.servers import RunningServer

TARGET = "GraniteServiceVersion20100801"


def send(
    server: RunningServer,
    path: str,
    headers: dict[str, str],
    body: bytes,
    service: str = "monitoring",
) -> Any:
    connection = http.client.HTTPConnection(server.host, server.port)
    connection.request("POST", path, body, {**headers, "Host": f"{server.host}:{server.port}",
        "X-Amz-Date": "20240101T000000Z", "Authorization": (
            f"AWS4-HMAC-SHA256 Credential=AKIA/20240101/us-east-1/{service}/aws4_request, "
            f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}")})  # fmt: skip
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers, content


def test_an_unknown_operation_in_each_protocol(running_server: RunningServer) -> None:
    text = "Nonsense is not available in this version of Jedlik; see `jedlik manual differences`"
    status, headers, content = send(
        running_server, f"/service/{TARGET}/operation/Nonsense",
        {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}, b"\xa0",
    )  # fmt: skip
    assert (status, headers["smithy-protocol"]) == (400, "rpc-v2-cbor")
    assert headers["x-amzn-query-error"] == "InvalidAction;Sender"
    assert cbor.decode(content) == {
        "__type": "com.amazon.coral.service#UnknownOperationException", "message": text,
    }  # fmt: skip
    status, headers, content = send(
        running_server, "/",
        {"X-Amz-Target": f"{TARGET}.Nonsense", "Content-Type": "application/x-amz-json-1.0"}, b"{}",
    )  # fmt: skip
    assert (status, headers["x-amzn-query-error"]) == (400, "InvalidAction;Sender")
    assert text.encode() in content
    status, headers, content = send(
        running_server, "/", {"Content-Type": "application/x-www-form-urlencoded"},
        b"Action=Nonsense&Version=2010-08-01",
    )  # fmt: skip
    assert (status, headers["Content-Type"]) == (400, "text/xml")
    assert b"<Code>InvalidAction</Code><Message>" + text.encode() in content


def test_forms_of_iam_still_go_there(running_server: RunningServer) -> None:
    status, _, content = send(
        running_server, "/", {"Content-Type": "application/x-www-form-urlencoded"},
        b"Action=GetCallerIdentity&Version=2011-06-15", "sts",
    )  # fmt: skip
    assert (status, b"<GetCallerIdentityResult>" in content) == (200, True)


def test_the_installed_client_is_understood(running_server: RunningServer) -> None:
    client = running_server.client("cloudwatch")
    with pytest.raises(ClientError) as caught:
        client.list_dashboards()
    client.close()
    assert caught.value.response["Error"]["Code"] == "InvalidAction"


# --- Metrics --------------------------------------------------------------------------------------

NOW = datetime.now(UTC).replace(second=0, microsecond=0)


@pytest.fixture(scope="module")
def cloudwatch(running_server: RunningServer) -> Iterator[Any]:
    client = running_server.client("cloudwatch", parameter_validation=False)
    yield client
    client.close()


@pytest.fixture(scope="module")
def namespace(cloudwatch: Any) -> str:
    """Six minutes of a metric: 1, 2, 4, nothing, 16, 32; and of another one ten times that."""
    name = f"Tests/{uuid4()}"
    for metric, factor in (("small", 1.0), ("large", 10.0)):
        cloudwatch.put_metric_data(
            Namespace=name,
            MetricData=[
                {
                    "MetricName": metric,
                    "Dimensions": [{"Name": "Place", "Value": "here"}],
                    "Timestamp": NOW - timedelta(minutes=10 - minute),
                    "Value": factor * 2**minute,
                    "Unit": "Bytes",
                }
                for minute in (0, 1, 2, 4, 5)
            ],
        )
    return name


def statistics(cloudwatch: Any, namespace: str, **parameters: Any) -> list[dict[str, Any]]:
    given = {
        "Namespace": namespace, "MetricName": "small",
        "Dimensions": [{"Name": "Place", "Value": "here"}],
        "StartTime": NOW - timedelta(minutes=10), "EndTime": NOW, "Period": 60,
        "Statistics": ["Sum"], **parameters,
    }  # fmt: skip
    given = {name: value for name, value in given.items() if value is not None}
    told = cloudwatch.get_metric_statistics(**given)["Datapoints"]
    return sorted(told, key=lambda point: point["Timestamp"])


def stat(query_id: str, namespace: str, metric: str, **others: Any) -> dict[str, Any]:
    return {
        "Id": query_id,
        "MetricStat": {
            "Metric": {"Namespace": namespace, "MetricName": metric,
                       "Dimensions": [{"Name": "Place", "Value": "here"}]},
            "Period": 60, "Stat": "Sum",
        },
        **others,
    }  # fmt: skip


def data(cloudwatch: Any, *queries: dict[str, Any], **parameters: Any) -> dict[str, list[float]]:
    told = cloudwatch.get_metric_data(
        MetricDataQueries=list(queries), StartTime=NOW - timedelta(minutes=10), EndTime=NOW,
        **{"ScanBy": "TimestampAscending", **parameters},
    )["MetricDataResults"]  # fmt: skip
    return {each["Label"]: each["Values"] for each in told}


def test_statistics_by_period(cloudwatch: Any, namespace: str) -> None:
    by_minute = statistics(cloudwatch, namespace)
    assert [each["Sum"] for each in by_minute] == [1, 2, 4, 16, 32]
    assert by_minute[0]["Timestamp"] == NOW - timedelta(minutes=10)
    assert {each["Unit"] for each in by_minute} == {"Bytes"}
    (all_,) = statistics(
        cloudwatch, namespace, Period=600,
        Statistics=["SampleCount", "Average", "Minimum", "Maximum", "Sum"],
    )  # fmt: skip
    told = {name: all_[name] for name in ("SampleCount", "Average", "Minimum", "Maximum", "Sum")}
    assert told == {"SampleCount": 5, "Average": 11, "Minimum": 1, "Maximum": 32, "Sum": 55}
    (half,) = statistics(
        cloudwatch, namespace, Period=600, ExtendedStatistics=["p50", "p99.9"], Statistics=None
    )
    assert half["ExtendedStatistics"]["p50"] == pytest.approx(4, rel=0.04)
    assert half["ExtendedStatistics"]["p99.9"] == 32
    assert statistics(cloudwatch, namespace, Unit="Count") == []
    assert statistics(cloudwatch, namespace, Dimensions=[]) == []


def test_values_are_added_to_what_is_there(cloudwatch: Any) -> None:
    name = f"Tests/{uuid4()}"
    for datum in (
        {"Value": 1.0},
        {"Values": [2.0, 3.0], "Counts": [2, 1]},
        {"StatisticValues": {"SampleCount": 2, "Sum": 9, "Minimum": 4, "Maximum": 5}},
    ):
        cloudwatch.put_metric_data(
            Namespace=name, MetricData=[{"MetricName": "m", "Timestamp": NOW, **datum}]
        )
    (point,) = statistics(
        cloudwatch, name, MetricName="m", Dimensions=[], EndTime=NOW + timedelta(minutes=1),
        Statistics=["Sum", "SampleCount", "Maximum"],
    )  # fmt: skip
    assert (point["Sum"], point["SampleCount"], point["Maximum"]) == (17, 6, 5)


def test_data_and_math(cloudwatch: Any, namespace: str) -> None:
    small = stat("m1", namespace, "small")
    large = stat("m2", namespace, "large", ReturnData=False)
    found = data(
        cloudwatch, small, large,
        {"Id": "e1", "Expression": "m2 - m1 * 2", "Label": "difference"},
        {"Id": "e2", "Expression": "SUM(METRICS())"},
        {"Id": "e3", "Expression": "AVG([m1, m2])"},
        {"Id": "e4", "Expression": "m1 / MAX(m1)"},
        {"Id": "e5", "Expression": f"SEARCH('{{{namespace},Place}} large', 'Maximum', 60)"},
    )  # fmt: skip
    assert found == {
        "small": [1, 2, 4, 16, 32],
        "difference": [8, 16, 32, 128, 256],
        "e2": [11, 22, 44, 176, 352],
        "e3": [5.5, 11, 22, 88, 176],
        "e4": [1 / 32, 1 / 16, 1 / 8, 1 / 2, 1],
        "large here": [10, 20, 40, 160, 320],
    }
    newest_first = data(cloudwatch, small, ScanBy="TimestampDescending")
    assert newest_first == {"small": [32, 16, 4, 2, 1]}


def test_data_come_in_pages(cloudwatch: Any, namespace: str) -> None:
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[stat("m1", namespace, "small"), stat("m2", namespace, "large")],
        StartTime=NOW - timedelta(minutes=10), EndTime=NOW, MaxDatapoints=3,
    )  # fmt: skip
    told = [each for page in pages for each in page["MetricDataResults"]]
    assert [each["Values"] for each in told] == [
        [32, 16, 4], [2, 1], [320], [160, 40, 20], [10],
    ]  # fmt: skip
    assert [each["StatusCode"] for each in told][-1] == "Complete"


def test_metrics_are_listed(cloudwatch: Any, namespace: str) -> None:
    pages = cloudwatch.get_paginator("list_metrics").paginate(Namespace=namespace)
    assert sorted(m["MetricName"] for page in pages for m in page["Metrics"]) == ["large", "small"]
    by_name = cloudwatch.list_metrics(
        Namespace=namespace, MetricName="small", Dimensions=[{"Name": "Place"}],
        RecentlyActive="PT3H",
    )["Metrics"]  # fmt: skip
    assert by_name == [{"Namespace": namespace, "MetricName": "small",
                        "Dimensions": [{"Name": "Place", "Value": "here"}]}]  # fmt: skip
    elsewhere = [{"Name": "Place", "Value": "there"}]
    assert cloudwatch.list_metrics(Namespace=namespace, Dimensions=elsewhere)["Metrics"] == []


REFUSED = [
    ("get_metric_statistics", {"Statistics": None}, "InvalidParameterCombination"),
    ("get_metric_statistics", {"Period": 61}, "InvalidParameterValue"),
    ("get_metric_statistics", {"Period": 0}, "ValidationError"),
    (
        "get_metric_statistics", {"StartTime": NOW - timedelta(days=2)},
        "InvalidParameterCombination",
    ),
    ("get_metric_statistics", {"EndTime": NOW - timedelta(days=2)}, "InvalidParameterCombination"),
    ("get_metric_statistics", {"Statistics": ["Median"]}, "ValidationError"),
    (
        "get_metric_statistics", {"Statistics": None, "ExtendedStatistics": ["tm99"]},
        "InvalidParameterValue",
    ),
    ("put_metric_data", {"Namespace": "AWS/DynamoDB"}, "InvalidParameterValue"),
    ("put_metric_data", {"Namespace": "Jedlik"}, "InvalidParameterValue"),
    ("put_metric_data", {"MetricData": [{"MetricName": "m"}]}, "MissingParameter"),
    ("put_metric_data", {"MetricData": []}, "MissingParameter"),
    (
        "put_metric_data", {"MetricData": [{"MetricName": "m", "Value": 1.0, "Values": [1.0]}]},
        "InvalidParameterCombination",
    ),
    (
        "put_metric_data",
        {"MetricData": [{"MetricName": "m", "Value": 1.0, "Timestamp": NOW - timedelta(days=15)}]},
        "InvalidParameterValue",
    ),
    (
        "put_metric_data", {"MetricData": [{"MetricName": "m", "Value": 1.0}] * 1001},
        "InvalidParameterValue",
    ),
    ("get_metric_data", {"NextToken": "nonsense"}, "InvalidNextToken"),
    ("get_metric_data", {"Id": "E"}, "ValidationError"),
    ("get_metric_data", {"Expression": "ANOMALY_DETECTION_BAND(m)"}, "ValidationError"),
    ("get_metric_data", {"Expression": "e"}, "ValidationError"),
    ("get_metric_data", {"Expression": "m +"}, "ValidationError"),
    ("get_metric_data", {"Expression": "1 + 1"}, "ValidationError"),
    ("list_metrics", {"NextToken": "nonsense"}, "InvalidNextToken"),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "parameters", "code"), REFUSED)
def test_invalid_parameters_are_refused(
    cloudwatch: Any, operation: str, parameters: Any, code: str
) -> None:
    whole = {
        "get_metric_statistics": {
            "Namespace": "N", "MetricName": "m", "StartTime": NOW - timedelta(minutes=10),
            "EndTime": NOW, "Period": 60, "Statistics": ["Sum"],
        },
        "put_metric_data": {"Namespace": "N", "MetricData": [{"MetricName": "m", "Value": 1.0}]},
        "get_metric_data": {
            "StartTime": NOW - timedelta(minutes=10), "EndTime": NOW,
            "MetricDataQueries": [stat("m", "N", "m"), {
                "Id": parameters.get("Id", "e"), "Expression": parameters.get("Expression", "m"),
            }],
        },
        "list_metrics": {},
    }[operation]  # fmt: skip
    own = {name: value for name, value in parameters.items() if name not in ("Id", "Expression")}
    given = {**whole, **own}
    with pytest.raises(ClientError) as caught:
        getattr(cloudwatch, operation)(**{k: v for k, v in given.items() if v is not None})
    assert caught.value.response["Error"]["Code"] == code, caught.value


def test_the_same_in_forms_and_in_cbor(
    running_server: RunningServer, cloudwatch: Any, namespace: str
) -> None:
    start, end = NOW - timedelta(minutes=10), NOW
    fields = {
        "Action": "GetMetricStatistics", "Version": "2010-08-01", "Namespace": namespace,
        "MetricName": "small", "Dimensions.member.1.Name": "Place",
        "Dimensions.member.1.Value": "here", "Period": "600",
        "StartTime": start.strftime("%Y-%m-%dT%H:%M:%SZ"), "EndTime": end.isoformat(),
        "Statistics.member.1": "Sum", "Statistics.member.2": "Maximum",
    }  # fmt: skip
    status, _, content = send(
        running_server, "/", {"Content-Type": "application/x-www-form-urlencoded"},
        urlencode(fields).encode(),
    )  # fmt: skip
    assert status == 200, content
    assert b"<Sum>55.0</Sum><Maximum>32.0</Maximum><Unit>Bytes</Unit>" in content
    input_ = {
        "Namespace": namespace, "MetricName": "small",
        "Dimensions": [{"Name": "Place", "Value": "here"}], "Period": 600, "Statistics": ["Sum"],
        "StartTime": start, "EndTime": end,
    }  # fmt: skip
    status, headers, content = send(
        running_server, f"/service/{TARGET}/operation/GetMetricStatistics",
        {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"},
        cbor.encode(input_),
    )  # fmt: skip
    assert (status, headers["Content-Type"]) == (200, "application/cbor"), content
    (point,) = cbor.decode(content)["Datapoints"]
    assert point == {"Timestamp": start.timestamp(), "Sum": 55.0, "Unit": "Bytes"}


@pytest.mark.parametrize(
    "fields", [{"Period": "x"}, {"StartTime": "soon"}, {"Statistics": "Sum"}, {"Namespace.a": "b"}]
)
def test_forms_that_cannot_be_read(running_server: RunningServer, fields: dict[str, str]) -> None:
    body = {"Action": "GetMetricStatistics", "Version": "2010-08-01", **fields}
    status, _, content = send(
        running_server, "/", {"Content-Type": "application/x-www-form-urlencoded"},
        urlencode(body).encode(),
    )  # fmt: skip
    assert (status, b"<Code>MalformedInput</Code>" in content) == (400, True), content


@pytest.mark.one_process("figures of other workers come up to ten seconds later")
def test_what_dynamodb_records(running_server: RunningServer, cloudwatch: Any) -> None:
    name = f"t-{uuid4()}"
    dynamodb = running_server.client()
    dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )  # fmt: skip
    begin = datetime.now(UTC) - timedelta(minutes=1)
    for _ in range(3):
        dynamodb.put_item(TableName=name, Item={"pk": {"S": "p"}})
    for _ in range(4):
        dynamodb.get_item(TableName=name, Key={"pk": {"S": "p"}})
    dynamodb.close()
    of_table = [{"Name": "TableName", "Value": name}]

    def told(metric: str, dimensions: list[dict[str, str]], **others: Any) -> Any:
        (point,) = cloudwatch.get_metric_statistics(
            Namespace="AWS/DynamoDB", MetricName=metric, Dimensions=dimensions, StartTime=begin,
            EndTime=begin + timedelta(hours=1), Period=3600, **others,
        )["Datapoints"]  # fmt: skip
        return point

    written = told("ConsumedWriteCapacityUnits", of_table, Statistics=["Sum", "SampleCount"])
    assert (written["Sum"], written["SampleCount"], written["Unit"]) == (3, 3, "Count")
    assert told("ConsumedReadCapacityUnits", of_table, Statistics=["Sum"])["Sum"] == 2
    of_gets = [*of_table, {"Name": "Operation", "Value": "GetItem"}]
    latency = told("SuccessfulRequestLatency", of_gets, ExtendedStatistics=["p50", "p99"])
    assert latency["Unit"] == "Milliseconds"
    assert 0 < latency["ExtendedStatistics"]["p50"] <= latency["ExtendedStatistics"]["p99"] < 5000
    listed = cloudwatch.list_metrics(Namespace="AWS/DynamoDB", Dimensions=of_table)["Metrics"]
    assert {each["MetricName"] for each in listed} == {
        "ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits", "SuccessfulRequestLatency",
    }  # fmt: skip


def test_a_graph_as_an_image(cloudwatch: Any, namespace: str) -> None:
    widget = {"metrics": [[namespace, "small", "Place", "here", {"stat": "Sum"}]],
              "start": "-PT1H", "period": 60, "width": 200, "height": 120}  # fmt: skip
    told = cloudwatch.get_metric_widget_image(MetricWidget=json.dumps(widget))
    image = told["MetricWidgetImage"]
    assert (image[:8], image[16:24]) == (b"\x89PNG\r\n\x1a\n", bytes([0, 0, 0, 200, 0, 0, 0, 120]))
    with pytest.raises(ClientError):
        cloudwatch.get_metric_widget_image(MetricWidget="{")


def test_what_workers_recorded_adds_up_and_outlives_them(start_server: StartServer) -> None:
    """Each process stores its own sums; after `kill -9` of all processes everything stored is still
    there."""
    server = start_server("--workers", "2")
    table = make(server.client(), "pk")
    for number in range(40):  # a connection each, so that both workers have some
        payload = {"TableName": table, "Item": {"pk": {"S": str(number)}}}
        assert server.call("PutItem", payload)[0] == 200
    deadline = time.monotonic() + 30
    while _writes(server, table) < 40:  # a reader settles what its own worker has
        assert time.monotonic() < deadline
    server.kill()
    assert _writes(start_server(), table) == 40


def _writes(server: RunningServer, table: str) -> float:
    client, now = server.client("cloudwatch"), datetime.now(UTC)
    points = client.get_metric_statistics(
        Namespace="AWS/DynamoDB", MetricName="ConsumedWriteCapacityUnits",
        Dimensions=[{"Name": "TableName", "Value": table}], Statistics=["Sum"],
        StartTime=now - timedelta(hours=1), EndTime=now + timedelta(minutes=5), Period=3600,
    )["Datapoints"]  # fmt: skip
    client.close()
    return float(sum(point["Sum"] for point in points))
