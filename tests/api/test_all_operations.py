"""Every operation of the API, over the wire, as a raw signed request.

An operation either succeeds with its request here, or is answered with the service's error for an
unknown operation, whose text names the page with the list of such operations; and that list is
exact.
"""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from jedlik.services.dynamodb.shapes import OPERATIONS
from tests.api.making import wait_for_index
from tests.conftest import StartServer
from tests.servers import ACCESS_KEY, REGION, ROOT, SECRET_KEY, RunningServer
from tests.unit.services.dynamodb.minimal import minimal, structure_of

STREAMS = "DynamoDBStreams_20120810"
ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/music"
KEY = {"artist": {"S": "Satie"}, "song": {"S": "Vexations"}}
POLICY = json.dumps(
    {
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": "000000000000"},
            "Action": "dynamodb:*",
            "Resource": "*",
        }
    }
)
KINESIS = "arn:aws:kinesis:us-east-1:000000000000:stream/changes"
ITEM = {**KEY, "repeats": {"N": "840"}}

STATEMENT = {
    "Statement": 'SELECT * FROM "music" WHERE artist = ? AND song = ?',
    "Parameters": [KEY["artist"], KEY["song"]],
}

WORKING: dict[str, tuple[dict[str, Any], str]] = {
    "BatchExecuteStatement": ({"Statements": [STATEMENT]}, "Responses"),
    "BatchGetItem": ({"RequestItems": {"music": {"Keys": [KEY]}}}, "Responses"),
    "BatchWriteItem": (
        {"RequestItems": {"music": [{"PutRequest": {"Item": ITEM}}]}},
        "UnprocessedItems",
    ),
    "CreateBackup": ({"TableName": "music", "BackupName": "nightly"}, "BackupDetails"),
    "CreateTable": (
        {
            "TableName": "art",
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
        "TableDescription",
    ),
    "DeleteBackup": ({"BackupArn": "BACKUP"}, "BackupDescription"),
    "DeleteItem": ({"TableName": "music", "Key": KEY}, ""),
    "DeleteResourcePolicy": ({"ResourceArn": ARN.replace("music", "old")}, ""),
    "DeleteTable": ({"TableName": "old"}, "TableDescription"),
    "DescribeBackup": ({"BackupArn": "BACKUP"}, "BackupDescription"),
    "DescribeContinuousBackups": ({"TableName": "music"}, "ContinuousBackupsDescription"),
    "DescribeContributorInsights": ({"TableName": "music"}, "ContributorInsightsStatus"),
    "UpdateContributorInsights": (
        {"TableName": "music", "ContributorInsightsAction": "ENABLE"},
        "ContributorInsightsStatus",
    ),
    "ListContributorInsights": ({}, "ContributorInsightsSummaries"),
    "ListGlobalTables": ({}, "GlobalTables"),
    "DescribeEndpoints": ({}, "Endpoints"),
    "CancelBulkOperation": ({"BulkOperationArn": "BULK"}, "BulkOperationStatus"),
    "DescribeBulkOperation": ({"BulkOperationArn": "BULK"}, "BulkOperationDescription"),
    "ListBulkOperations": ({}, "BulkOperationsSummaryList"),
    "StartBulkPutItems": (
        {
            "TableName": "music",
            "InputS3Configuration": {"S3Bucket": "nowhere", "InputFormat": "ION"},
            "OutputS3Configuration": {"S3Bucket": "nowhere", "OutputType": ["ERROR"]},
        },
        "BulkOperationDescription",
    ),
    "DescribeKinesisStreamingDestination": (
        {"TableName": "music"},
        "KinesisDataStreamDestinations",
    ),
    "DisableKinesisStreamingDestination": (
        {"TableName": "streaming", "StreamArn": KINESIS},
        "DestinationStatus",
    ),
    "EnableKinesisStreamingDestination": (
        {"TableName": "music", "StreamArn": KINESIS},
        "DestinationStatus",
    ),
    "UpdateKinesisStreamingDestination": (
        {
            "TableName": "recoverable",
            "StreamArn": KINESIS,
            "UpdateKinesisStreamingConfiguration": {
                "ApproximateCreationDateTimePrecision": "MICROSECOND"
            },
        },
        "DestinationStatus",
    ),
    "DescribeLimits": ({}, "TableMaxReadCapacityUnits"),
    "DescribeTable": ({"TableName": "music"}, "Table"),
    "DescribeTimeToLive": ({"TableName": "music"}, "TimeToLiveDescription"),
    "ExecuteStatement": (STATEMENT, "Items"),
    "ExecuteTransaction": ({"TransactStatements": [STATEMENT]}, "Responses"),
    "DescribeExport": ({"ExportArn": "EXPORT"}, "ExportDescription"),
    "ExportTableToPointInTime": (
        {"TableArn": ARN.replace("music", "recoverable"), "S3Bucket": "nowhere"},
        "ExportDescription",
    ),
    "GetItem": ({"TableName": "music", "Key": KEY}, "Item"),
    "GetResourcePolicy": ({"ResourceArn": ARN}, "Policy"),
    "DescribeImport": ({"ImportArn": "IMPORT"}, "ImportTableDescription"),
    "ImportTable": (
        {
            "ClientToken": "once",
            "S3BucketSource": {"S3Bucket": "nowhere"},
            "InputFormat": "CSV",
            "TableCreationParameters": {
                "TableName": "imported",
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
        },
        "ImportTableDescription",
    ),
    "ListImports": ({}, "ImportSummaryList"),
    "ListBackups": ({"TableName": "music"}, "BackupSummaries"),
    "ListExports": ({}, "ExportSummaries"),
    "ListTables": ({}, "TableNames"),
    "ListTagsOfResource": ({"ResourceArn": ARN}, "Tags"),
    "PutItem": ({"TableName": "music", "Item": ITEM}, ""),
    "DescribeStream": ({"StreamArn": "STREAM"}, "StreamDescription"),
    "GetRecords": ({"ShardIterator": "ITERATOR"}, "Records"),
    "GetShardIterator": (
        {"StreamArn": "STREAM", "ShardId": "SHARD", "ShardIteratorType": "LATEST"},
        "ShardIterator",
    ),
    "ListStreams": ({}, "Streams"),
    "PutResourcePolicy": ({"ResourceArn": ARN, "Policy": POLICY}, "RevisionId"),
    "Query": (
        {
            "TableName": "music",
            "KeyConditionExpression": "artist = :a",
            "ExpressionAttributeValues": {":a": KEY["artist"]},
        },
        "Items",
    ),
    "Scan": ({"TableName": "music"}, "Items"),
    "SearchVectors": (
        {"TableName": "recoverable", "IndexName": "near", "SearchVector": [{"N": "1"}], "TopK": 1},
        "SearchResults",
    ),
    "TagResource": ({"ResourceArn": ARN, "Tags": [{"Key": "a", "Value": "b"}]}, ""),
    "TransactGetItems": (
        {"TransactItems": [{"Get": {"TableName": "music", "Key": KEY}}]},
        "Responses",
    ),
    "TransactWriteItems": (
        {"TransactItems": [{"Put": {"TableName": "music", "Item": ITEM}}]},
        "",
    ),
    "UntagResource": ({"ResourceArn": ARN, "TagKeys": ["a"]}, ""),
    "UpdateItem": (
        {
            "TableName": "music",
            "Key": KEY,
            "UpdateExpression": "ADD repeats :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
            "ReturnValues": "UPDATED_NEW",
        },
        "Attributes",
    ),
    "RestoreTableFromBackup": (
        {"BackupArn": "BACKUP", "TargetTableName": "from-backup"},
        "TableDescription",
    ),
    "RestoreTableToPointInTime": (
        {
            "SourceTableName": "recoverable",
            "TargetTableName": "from-log",
            "UseLatestRestorableTime": True,
        },
        "TableDescription",
    ),
    "UpdateContinuousBackups": (
        {
            "TableName": "music",
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        },
        "ContinuousBackupsDescription",
    ),
    "UpdateTimeToLive": (
        {
            "TableName": "music",
            "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "expires"},
        },
        "TimeToLiveSpecification",
    ),
    "UpdateTable": (
        {"TableName": "music", "DeletionProtectionEnabled": False},
        "TableDescription",
    ),
}
"""For each operation that is built a request, and a member of its answer. STREAM, SHARD and
ITERATOR stand for those of the table `music`, BACKUP for a backup of it,
EXPORT for an export and IMPORT for an import."""

ALL = [(service, name) for service, name, *_ in OPERATIONS]
SERVICE = {name: service for service, name in ALL}
ENDED = {
    "CreateGlobalTable": "ValidationException",
    "DescribeGlobalTable": "GlobalTableNotFoundException",
    "DescribeGlobalTableSettings": "GlobalTableNotFoundException",
    "DescribeTableReplicaAutoScaling": "ResourceNotFoundException",
    "UpdateGlobalTable": "ValidationException",
    "UpdateGlobalTableSettings": "GlobalTableNotFoundException",
    "UpdateTableReplicaAutoScaling": "ResourceNotFoundException",
}
"""Operations that are refused with this: those of 2017, which the service refuses whatever they
are asked for, and those that want a table with replicas (see test_global_tables)."""
NOT_BUILT = sorted(name for _, name in ALL if name not in {*WORKING, *ENDED})


def signed(server: RunningServer, target: str, payload: Any) -> tuple[int, dict[str, Any], Any]:
    """Status, headers and JSON of a signed call."""
    body = json.dumps(payload).encode()
    request = AWSRequest(
        "POST",
        server.url + "/",
        data=body,
        headers={"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.0"},
    )
    SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), "dynamodb", REGION).add_auth(request)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("POST", "/", body, dict(request.headers.items()))
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), json.loads(answer.read() or "{}")
    finally:
        connection.close()


@pytest.fixture(scope="module")
def verifying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that verifies signatures, with the tables `music` (one item), `old`, `recoverable`
    and `streaming`."""
    scratch = tmp_path_factory.mktemp("verifying")
    server = RunningServer(
        scratch, "--memory", "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY,
        "--kinesis-endpoint", scratch,
    )  # fmt: skip
    try:
        dynamodb = server.client()
        for name in ("music", "old", "recoverable", "streaming"):
            dynamodb.create_table(
                TableName=name,
                KeySchema=[
                    {"AttributeName": "artist", "KeyType": "HASH"},
                    {"AttributeName": "song", "KeyType": "RANGE"},
                ],
                AttributeDefinitions=[
                    {"AttributeName": "artist", "AttributeType": "S"},
                    {"AttributeName": "song", "AttributeType": "S"},
                ],
                BillingMode="PAY_PER_REQUEST",
                StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
            )
        dynamodb.update_continuous_backups(
            TableName="recoverable",
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
        near = {
            "IndexName": "near",
            "VectorAttribute": {"AttributeName": "vector"},
            "Dimensions": 1,
            "DistanceFunction": "COSINE",
            "Projection": {"ProjectionType": "ALL"},
        }
        dynamodb.update_table(TableName="recoverable", VectorIndexUpdates=[{"Create": near}])
        wait_for_index(dynamodb, "recoverable")
        dynamodb.put_resource_policy(ResourceArn=ARN, Policy=POLICY)
        _stream_into_kinesis(dynamodb, "recoverable", "streaming")
        yield server
        assert "Traceback" not in server.log()
    finally:
        server.kill()


def _stream_into_kinesis(dynamodb: Any, *tables: str) -> None:
    for table in tables:
        dynamodb.enable_kinesis_streaming_destination(TableName=table, StreamArn=KINESIS)
    for table in tables:
        status = ""
        while status != "ACTIVE":
            answer = dynamodb.describe_kinesis_streaming_destination(TableName=table)
            (destination,) = answer["KinesisDataStreamDestinations"]
            status = destination["DestinationStatus"]


def _filled_in(server: RunningServer, request: dict[str, Any]) -> dict[str, Any]:
    """The request with its placeholders for the stream, shard and iterator filled in."""
    if "IMPORT" in request.values():
        made = WORKING["ImportTable"][0]
        table = {**made["TableCreationParameters"], "TableName": "imported-too"}
        made = {**made, "TableCreationParameters": table, "ClientToken": "again"}
        _, _, begun = signed(server, "DynamoDB_20120810.ImportTable", made)
        return {"ImportArn": begun["ImportTableDescription"]["ImportArn"]}
    if "BULK" in request.values():
        target = "DynamoDB_20120810.StartBulkPutItems"
        _, _, begun = signed(server, target, WORKING["StartBulkPutItems"][0])
        return {"BulkOperationArn": begun["BulkOperationDescription"]["BulkOperationArn"]}
    if "EXPORT" in request.values():
        made = WORKING["ExportTableToPointInTime"][0]
        target = "DynamoDB_20120810.ExportTableToPointInTime"
        _, _, export = signed(server, target, made)
        return {"ExportArn": export["ExportDescription"]["ExportArn"]}
    if "BACKUP" in request.values():
        made = {"TableName": "music", "BackupName": "filled-in"}
        _, _, backup = signed(server, "DynamoDB_20120810.CreateBackup", made)
        arn = backup["BackupDetails"]["BackupArn"]
        status = backup["BackupDetails"]["BackupStatus"]
        while status == "CREATING":
            _, _, found = signed(server, "DynamoDB_20120810.DescribeBackup", {"BackupArn": arn})
            status = found["BackupDescription"]["BackupDetails"]["BackupStatus"]
        return {name: arn if value == "BACKUP" else value for name, value in request.items()}
    if not {"STREAM", "ITERATOR"} & {value for value in request.values() if type(value) is str}:
        return request
    _, _, streams = signed(server, f"{STREAMS}.ListStreams", {})
    arn = streams["Streams"][0]["StreamArn"]
    _, _, described = signed(server, f"{STREAMS}.DescribeStream", {"StreamArn": arn})
    shard = described["StreamDescription"]["Shards"][0]["ShardId"]
    start = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
    _, _, iterator = signed(server, f"{STREAMS}.GetShardIterator", start)
    words = {"STREAM": arn, "SHARD": shard, "ITERATOR": iterator["ShardIterator"]}
    return {name: words.get(value, value) for name, value in request.items()}


def test_the_api_has_66_operations() -> None:
    services = [service for service, _ in ALL]
    assert len(services) == 66
    assert services.count(STREAMS) == 4
    assert set(WORKING) <= {name for _, name in ALL}


@pytest.mark.parametrize("operation", sorted(WORKING))
def test_every_operation_works(verifying: RunningServer, operation: str) -> None:
    status, _, _ = signed(
        verifying, "DynamoDB_20120810.PutItem", {"TableName": "music", "Item": ITEM}
    )
    assert status == 200
    request, member = WORKING[operation]
    target = f"{SERVICE[operation]}.{operation}"
    status, headers, answer = signed(verifying, target, _filled_in(verifying, request))
    assert status == 200, answer
    assert not member or member in answer
    assert re.fullmatch("[A-Z0-9]{52}", headers["x-amzn-RequestId"])


@pytest.mark.parametrize("operation", NOT_BUILT)
def test_operations_that_are_not_built_say_so(verifying: RunningServer, operation: str) -> None:
    target = f"{SERVICE[operation]}.{operation}"
    smallest = minimal(structure_of(operation))
    status, _, answer = signed(verifying, target, smallest)
    assert (status, answer["__type"]) == (
        400,
        "com.amazon.coral.service#UnknownOperationException",
    )
    assert answer["Message"].startswith(f"{operation} is not available")
    assert "`jedlik manual differences`" in answer["Message"]


@pytest.mark.parametrize("operation", ENDED)
def test_operations_that_ended_are_refused_as_by_the_service(
    verifying: RunningServer, operation: str
) -> None:
    smallest = minimal(structure_of(operation))
    status, _, answer = signed(verifying, f"{SERVICE[operation]}.{operation}", smallest)
    assert (status, answer["__type"].partition("#")[2]) == (400, ENDED[operation])


def test_the_page_lists_exactly_those() -> None:
    page = Path(ROOT / "docs" / "differences.md").read_text(encoding="utf-8")
    table = page.split("<!-- operations not built -->")[1].split("\n\n")[0]
    listed = [name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row)]
    assert sorted(listed) == NOT_BUILT
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize(
    "target",
    ["DynamoDB_20120810.NoSuch", "DynamoDB_20120810", "", "Dynamo.GetItem", f"{STREAMS}.GetItem"],
)
def test_no_such_operation(verifying: RunningServer, target: str) -> None:
    status, _, answer = signed(verifying, target, {})
    assert status == 400
    assert answer == {"__type": "com.amazon.coral.service#UnknownOperationException"}


def test_every_operation_wants_a_signature(start_server: StartServer) -> None:
    server = start_server("--memory", "--access-key", "other", "--secret-key", "secret")
    for service, name in ALL:
        status, _, answer = signed(server, f"{service}.{name}", {})
        assert (status, answer["__type"].partition("#")[2]) == (
            400,
            "UnrecognizedClientException",
        ), name
