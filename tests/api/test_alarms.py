"""Alarms over the wire: their settings, states and actions."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.api.alarm_endpoint import Endpoint, alarm
from tests.servers import RunningServer
from tests.waiting import wait_until


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    endpoint = Endpoint()
    yield endpoint
    endpoint.close()


@pytest.fixture(scope="module")
def cloudwatch(running_server: RunningServer) -> Iterator[Any]:
    client = running_server.client("cloudwatch", parameter_validation=False)
    yield client
    client.close()


def described(cloudwatch: Any, name: str) -> dict[str, Any]:
    (found,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return found


def history(cloudwatch: Any, name: str, kind: str) -> list[str]:
    told = cloudwatch.describe_alarm_history(
        AlarmName=name, HistoryItemType=kind, ScanBy="TimestampAscending"
    )
    return [each["HistorySummary"] for each in told["AlarmHistoryItems"]]


def test_an_alarm_goes_off_and_tells_an_endpoint(cloudwatch: Any, endpoint: Endpoint) -> None:
    given = alarm(AlarmActions=[endpoint.url], AlarmDescription="too many")
    name = given["AlarmName"]
    before = datetime.now(UTC) - timedelta(minutes=2)
    cloudwatch.put_metric_data(
        Namespace=given["Namespace"],
        MetricData=[{"MetricName": "m", "Value": 9.0, "Timestamp": before}],
    )
    cloudwatch.put_metric_alarm(**given)
    wait_until(lambda: described(cloudwatch, name)["StateValue"] == "ALARM")
    told = described(cloudwatch, name)
    assert told["StateReason"].startswith("Threshold Crossed: 1 datapoint [9.0 (")
    assert told["StateReason"].endswith(") was greater than the threshold (5.0).".lstrip(") "))
    assert json.loads(told["StateReasonData"])["recentDatapoints"] == [9.0]
    (event,) = wait_until(lambda: endpoint.got)
    assert event["source"] == "aws.cloudwatch"
    assert event["alarmArn"] == told["AlarmArn"]
    assert event["alarmData"]["state"]["value"] == "ALARM"
    assert event["alarmData"]["previousState"]["value"] == "INSUFFICIENT_DATA"
    assert event["alarmData"]["configuration"]["description"] == "too many"
    wait_until(lambda: history(cloudwatch, name, "Action"))
    assert history(cloudwatch, name, "Action") == [f"Successfully executed action {endpoint.url}"]
    assert history(cloudwatch, name, "StateUpdate") == [
        "Alarm updated from INSUFFICIENT_DATA to ALARM"
    ]
    assert history(cloudwatch, name, "ConfigurationUpdate") == [f'Alarm "{name}" created']


def test_a_function_is_run(
    running_server: RunningServer, cloudwatch: Any, endpoint: Endpoint
) -> None:
    functions = running_server.client("lambda")
    packed = io.BytesIO()
    code = (
        "import json, urllib.request\n"
        "def handler(event, context):\n"
        f"    urllib.request.urlopen('{endpoint.url}', json.dumps(event).encode())\n"
    )
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("main.py", code)
    arn = functions.create_function(
        FunctionName=f"f-{uuid4()}", Role="arn:aws:iam::000000000000:role/r",
        Runtime="python3.11", Handler="main.handler", Code={"ZipFile": packed.getvalue()},
    )["FunctionArn"]  # fmt: skip
    functions.close()
    given = alarm(OKActions=[arn])
    name = given["AlarmName"]
    cloudwatch.put_metric_alarm(**given)
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="test")
    (event,) = wait_until(lambda: endpoint.got)
    assert event["alarmData"]["alarmName"] == name
    wait_until(lambda: history(cloudwatch, name, "Action"))
    assert history(cloudwatch, name, "Action") == [f"Successfully executed action {arn}"]


def test_disabled_actions_are_not_carried_out(cloudwatch: Any, endpoint: Endpoint) -> None:
    given = alarm(AlarmActions=[endpoint.url], ActionsEnabled=False)
    name = given["AlarmName"]
    cloudwatch.put_metric_alarm(**given)
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
    cloudwatch.enable_alarm_actions(AlarmNames=[name])
    assert described(cloudwatch, name)["ActionsEnabled"] is True
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="test")
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="again")
    wait_until(lambda: endpoint.got)
    assert [each["alarmData"]["state"]["reason"] for each in endpoint.got] == ["again"]


def test_alarms_are_listed_and_deleted(cloudwatch: Any) -> None:
    prefix = f"p-{uuid4()}"
    names = [f"{prefix}-{number}" for number in range(3)]
    namespace = f"Tests/{uuid4()}"
    for name in names:
        cloudwatch.put_metric_alarm(**alarm(
            AlarmName=name, Namespace=namespace, Tags=[{"Key": "a", "Value": "b"}],
        ))  # fmt: skip
    pages = cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=prefix, PaginationConfig={"PageSize": 2}
    )
    assert [each["AlarmName"] for page in pages for each in page["MetricAlarms"]] == names
    of_metric = cloudwatch.describe_alarms_for_metric(MetricName="m", Namespace=namespace)
    assert len(of_metric["MetricAlarms"]) == 3
    elsewhere = cloudwatch.describe_alarms_for_metric(MetricName="n", Namespace=namespace)
    assert elsewhere["MetricAlarms"] == []
    arn = described(cloudwatch, names[0])["AlarmArn"]
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "c", "Value": "d"}])
    cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [
        {"Key": "c", "Value": "d"}
    ]
    with pytest.raises(ClientError) as caught:
        cloudwatch.delete_alarms(AlarmNames=[names[0], "none"])
    assert caught.value.response["Error"]["Code"] == "ResourceNotFound"
    assert described(cloudwatch, names[0])["AlarmName"] == names[0]
    cloudwatch.delete_alarms(AlarmNames=names)
    assert cloudwatch.describe_alarms(AlarmNamePrefix=prefix)["MetricAlarms"] == []
    assert history(cloudwatch, names[0], "ConfigurationUpdate")[-1].endswith("deleted")


def test_an_alarm_of_an_expression(cloudwatch: Any) -> None:
    namespace = f"Tests/{uuid4()}"
    before = datetime.now(UTC) - timedelta(minutes=2)
    cloudwatch.put_metric_data(
        Namespace=namespace, MetricData=[{"MetricName": "m", "Value": 3.0, "Timestamp": before}]
    )
    stat = {"Metric": {"Namespace": namespace, "MetricName": "m"}, "Period": 60, "Stat": "Sum"}
    given = alarm(
        Namespace=None, MetricName=None, Statistic=None, Period=None, Threshold=5.0,
        Metrics=[{"Id": "m", "MetricStat": stat, "ReturnData": False},
                 {"Id": "e", "Expression": "m * 2"}],
    )  # fmt: skip
    cloudwatch.put_metric_alarm(**given)
    wait_until(lambda: described(cloudwatch, given["AlarmName"])["StateValue"] == "ALARM")


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"Period": 61}, "ValidationError"),
        ({"Statistic": None}, "ValidationError"),
        ({"ExtendedStatistic": "p99"}, "ValidationError"),
        ({"Statistic": None, "ExtendedStatistic": "q"}, "InvalidParameterValue"),
        ({"Threshold": None}, "ValidationError"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "ValidationError"),
        ({"TreatMissingData": "guess"}, "ValidationError"),
        ({"DatapointsToAlarm": 2}, "ValidationError"),
        ({"EvaluationPeriods": 1441}, "ValidationError"),
        ({"AlarmActions": ["nowhere"]}, "ValidationError"),
        ({"Metrics": [{"Id": "m", "Expression": "1"}]}, "ValidationError"),
    ],
)
def test_invalid_alarms_are_refused_and_not_stored(
    cloudwatch: Any, parameters: dict[str, Any], code: str
) -> None:
    given = alarm(**parameters)
    with pytest.raises(ClientError) as caught:
        cloudwatch.put_metric_alarm(**given)
    assert caught.value.response["Error"]["Code"] == code, caught.value
    assert cloudwatch.describe_alarms(AlarmNames=[given["AlarmName"]])["MetricAlarms"] == []


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        (
            "set_alarm_state",
            {"AlarmName": "none", "StateValue": "OK", "StateReason": "r"}, "ResourceNotFound",
        ),
        (
            "set_alarm_state",
            {"AlarmName": "n", "StateValue": "OK", "StateReason": "r", "StateReasonData": "{"},
            "InvalidFormat",
        ),
        ("list_tags_for_resource", {"ResourceARN": "none"}, "InvalidParameterValue"),
        (
            "list_tags_for_resource",
            {"ResourceARN": "arn:aws:cloudwatch:us-east-1:000000000000:alarm:none"},
            "ResourceNotFoundException",
        ),
        ("describe_alarms", {"AlarmNames": ["a"], "AlarmNamePrefix": "a"}, "ValidationError"),
    ],
)  # fmt: skip
def test_other_refusals(cloudwatch: Any, operation: str, parameters: Any, code: str) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(cloudwatch, operation)(**parameters)
    assert caught.value.response["Error"]["Code"] == code, caught.value
