"""Requests to the parts besides items and tables, with one odd member each."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.servers import UNSIGNED

DYNAMODB = "DynamoDB_20120810."
METRICS = "GraniteServiceVersion20100801."
SCALING = "AnyScaleFrontendService."
DAX = "AmazonDAXV3."
TABLE = "rooms"
ARN = f"arn:aws:dynamodb:us-east-1:000000000000:table/{TABLE}"
THEN = 1_700_000_000

ODD: list[Any] = [
    None, True, 0, -1, 1e308, -1e308, 10**400, 1.5, "", "x", "../../etc/passwd", "a" * 70_000,
    "\x00", "\ud800", [], [[]], {}, {"S": "x"}, [None], ["x"] * 3, "1e400", "NaN", "Infinity",
    2**63, -(2**63), "%s%n", "${x}", "(" * 5_000, ARN,
]  # fmt: skip

_QUERY = {
    "Id": "a",
    "MetricStat": {"Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 60, "Stat": "Sum"},
}
_TARGET = {
    "ServiceNamespace": "dynamodb", "ResourceId": f"table/{TABLE}",
    "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
}  # fmt: skip
_TRACKING = {
    "TargetValue": 70,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "DynamoDBReadCapacityUtilization"},
}
_BUCKET = {"S3Bucket": "backup", "S3KeyPrefix": "../x"}
_NEW = {
    "TableName": "imported", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}  # fmt: skip

REQUESTS: dict[str, dict[str, Any]] = {
    f"{METRICS}PutMetricData": {"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": 1}]},
    f"{METRICS}GetMetricData": {
        "StartTime": THEN, "EndTime": THEN + 60, "MetricDataQueries": [_QUERY], "NextToken": "x",
        "MaxDatapoints": 10, "ScanBy": "TimestampAscending", "LabelOptions": {"Timezone": "+0000"},
    },
    f"{METRICS}GetMetricStatistics": {
        "Namespace": "n", "MetricName": "m", "StartTime": 0, "EndTime": 60, "Period": 60,
        "Statistics": ["Sum"],
    },
    f"{METRICS}ListMetrics": {"Namespace": "n", "MetricName": "m", "NextToken": "x"},
    f"{METRICS}PutMetricAlarm": {
        "AlarmName": "al", "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1,
        "MetricName": "m", "Namespace": "n", "Period": 60, "Threshold": 1, "Statistic": "Sum",
        "AlarmActions": ["x"], "DatapointsToAlarm": 1, "TreatMissingData": "missing",
    },
    f"{METRICS}PutCompositeAlarm": {"AlarmName": "c", "AlarmRule": "ALARM(al)"},
    f"{METRICS}SetAlarmState": {
        "AlarmName": "al", "StateValue": "OK", "StateReason": "x", "StateReasonData": "{}",
    },
    f"{METRICS}DescribeAlarmHistory": {"AlarmName": "al", "StartDate": 0, "NextToken": "x"},
    f"{SCALING}RegisterScalableTarget": {
        **_TARGET, "MinCapacity": 1, "MaxCapacity": 10, "Tags": {},
    },
    f"{SCALING}PutScheduledAction": {
        **_TARGET, "ScheduledActionName": "s", "Schedule": "rate(5 minutes)", "Timezone": "UTC",
        "StartTime": THEN, "EndTime": 9e9, "ScalableTargetAction": {"MinCapacity": 1},
    },
    f"{SCALING}PutScalingPolicy": {
        **_TARGET, "PolicyName": "p", "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": _TRACKING,
    },
    f"{SCALING}DescribeScalingActivities": {**_TARGET, "MaxResults": 1, "NextToken": "eA=="},
    f"{DAX}CreateCluster": {
        "ClusterName": "c1", "NodeType": "dax.r5.large", "ReplicationFactor": 1,
        "IamRoleArn": "arn:aws:iam::000000000000:role/x", "AvailabilityZones": ["us-east-1a"],
        "ParameterGroupName": "default.dax1.0", "PreferredMaintenanceWindow": "sun:01:00-sun:02:00",
    },
    f"{DAX}UpdateParameterGroup": {
        "ParameterGroupName": "pg",
        "ParameterNameValues": [{"ParameterName": "query-ttl-millis", "ParameterValue": "9" * 400}],
    },
    f"{DAX}DescribeEvents": {"SourceName": "c1", "StartTime": 0, "Duration": 1, "NextToken": "x"},
    f"{DYNAMODB}ExportTableToPointInTime": {
        "TableArn": ARN, "S3Bucket": "backup", "S3Prefix": "../x", "ExportTime": THEN,
        "IncrementalExportSpecification": {"ExportFromTime": THEN, "ExportToTime": THEN + 100},
    },
    f"{DYNAMODB}ImportTable": {
        "ClientToken": "once", "S3BucketSource": _BUCKET, "InputFormat": "CSV",
        "TableCreationParameters": _NEW,
        "InputFormatOptions": {"Csv": {"Delimiter": ",", "HeaderList": ["pk"]}},
    },
    f"{DYNAMODB}StartBulkPutItems": {
        "S3BucketSource": _BUCKET, "InputFormat": "DYNAMODB_JSON", "TableName": TABLE,
        "OutputS3Configuration": {"S3Bucket": "backup"},
    },
    f"{DYNAMODB}EnableKinesisStreamingDestination": {
        "TableName": TABLE, "StreamArn": "arn:aws:kinesis:us-east-1:000000000000:stream/..",
    },
    f"{DYNAMODB}ListBackups": {
        "TimeRangeLowerBound": 1, "TimeRangeUpperBound": 1e12, "ExclusiveStartBackupArn": "x",
    },
    f"{DYNAMODB}ExecuteStatement": {
        "Statement": f"SELECT * FROM {TABLE}", "NextToken": "x", "Limit": 1, "Parameters": [],
    },
    f"{DYNAMODB}SearchVectors": {
        "TableName": TABLE, "IndexName": "vectors", "QueryVector": [1.0, 2.0], "TopK": 3,
        "SearchConditionExpression": "pk = :a", "ExpressionAttributeValues": {":a": {"S": "x"}},
    },
}  # fmt: skip
"""By `X-Amz-Target`."""

ADMIN: dict[str, tuple[str, ...]] = {
    "/testing/clock": ("advance", "set", "to"),
    "/testing/faults": ("operation", "error", "table", "times", "latency", "probability", "action"),
    "/testing/snapshots": ("name",),
    "/testing/restore": ("name",),
    "/replication/delay": ("milliseconds", "pair"),
}
"""Members of calls of the admin listener, by path."""

PATHS = [
    "/console/static/../../../../etc/passwd", "/console/static/%2e%2e/%2e%2e/x",
    "/console/static/x/%00", "/console/models/..%2f..%2f.json", "/console/models/%s.json",
    "/console/traffic/requests?after=" + "9" * 5_000, "/console/traffic/requests?after=NaN",
    "/console/traffic/advice?days=1e9", "/console/" + "a" * 7_000,
    "/console/config.json?x=" + "%" * 900,
]  # fmt: skip
QUERIES = [
    "after=1&wait=NaN", "after=" + "9" * 5_000, "wait=-1", "days=9999999999",
    "table=" + "a" * 7_000, "id=" + "9" * 5_000, "prices=../../x",
]  # fmt: skip
ADMIN_PATHS = ["/requests", "/advice", "/testing/requests", "/testing/faults", "/replication"]


class Case(NamedTuple):
    """A request and its destination."""

    to_admin: bool
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def cases(odd_values: int) -> Iterator[Case]:
    """A case for each member with each of `odd_values` odd values, the same in every run; and all
    paths and queries."""
    for target, payload in REQUESTS.items():
        kind = "1.0" if target.startswith(DYNAMODB) else "1.1"
        content_type = f"application/x-amz-json-{kind}"
        headers = {**UNSIGNED, "X-Amz-Target": target, "Content-Type": content_type}
        for member in payload:
            for odd in random.Random(f"{target} {member}").sample(ODD, odd_values):
                yield Case(
                    False, "POST", "/", headers, json.dumps({**payload, member: odd}).encode()
                )
    for path, members in ADMIN.items():
        for member in members:
            for odd in random.Random(f"{path} {member}").sample(ODD, odd_values):
                yield Case(True, "POST", path, {}, json.dumps({member: odd}).encode())
    for path in PATHS:
        for method in ("GET", "POST", "DELETE"):
            yield Case(False, method, path, {}, b"")
    for path in ADMIN_PATHS:
        for query in QUERIES:
            yield Case(True, "GET", f"{path}?{query}", {}, b"")
