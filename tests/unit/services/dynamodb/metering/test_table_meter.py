"""What each operation adds to the metrics of AWS/DynamoDB: counted as ConsumedCapacity says it."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.kernel.metrics.recorder import IDLE_MINUTES
from jedlik.services.dynamodb.metering.read_shapes import MAX_SHAPES
from jedlik.services.dynamodb.metering.settings_meter import SettingsMeter
from tests.control_plane import ControlPlane, index, on_demand, provisioned, units
from tests.streams import streamed
from tests.unit.services.dynamodb.metering.metered import Metered, Told

TEXT = "x" * 5000
KEY = {"pk": {"S": "p"}}


@pytest.fixture
def metered(plane: ControlPlane) -> Metered:
    by_x = index("by-x", "x")
    request = on_demand("music", "pk", GlobalSecondaryIndexes=[by_x])
    request["AttributeDefinitions"].append({"AttributeName": "x", "AttributeType": "S"})
    request["AttributeDefinitions"] = list(
        {each["AttributeName"]: each for each in request["AttributeDefinitions"]}.values()
    )
    plane.call("CreateTable", **request)
    metered = Metered(plane)
    metered.call("PutItem", TableName="music", Item={**KEY, "x": {"S": "1"}, "t": {"S": TEXT}})
    return metered


def counts(operation: str, items: float) -> Told:
    """What a Query or Scan records of the items that it read and returned."""
    return {
        f"{name}.{operation}.music": (1, items)
        for name in ("ReturnedItemCount", "ScannedItemCount")
    }


READ, WRITE = "ConsumedReadCapacityUnits.music", "ConsumedWriteCapacityUnits.music"
READ_INDEX = "ConsumedReadCapacityUnits.by-x.music"
WRITE_INDEX = "ConsumedWriteCapacityUnits.by-x.music"
BY_X = {
    "IndexName": "by-x", "KeyConditionExpression": "x = :x",
    "ExpressionAttributeValues": {":x": {"S": "1"}},
}  # fmt: skip
STATEMENT = "SELECT * FROM music WHERE pk = 'p'"


@pytest.mark.parametrize(
    ("operation", "payload", "told"),
    [
        ("GetItem", {"TableName": "music", "Key": KEY}, {READ: (1, 1.0)}),
        (
            "GetItem", {"TableName": "music", "Key": KEY, "ConsistentRead": True},
            {READ: (1, 2.0)},
        ),
        ("GetItem", {"TableName": "music", "Key": {"pk": {"S": "none"}}}, {READ: (1, 0.5)}),
        (
            "GetItem",
            {"TableName": "arn:aws:dynamodb:us-east-1:000000000000:table/music", "Key": KEY},
            {READ: (1, 1.0)},
        ),
        ("PutItem", {"TableName": "music", "Item": KEY}, {WRITE: (1, 5.0), WRITE_INDEX: (1, 5.0)}),
        ("DeleteItem", {"TableName": "music", "Key": {"pk": {"S": "none"}}}, {WRITE: (1, 1.0)}),
        (
            "Query", {"TableName": "music", **BY_X},
            {READ_INDEX: (1, 1.0), "IndexReadCount.*.by-x.music": (1, 1), **counts("Query", 1)},
        ),
        (
            "Scan", {"TableName": "music"},
            {READ: (1, 1.0), **counts("Scan", 1)},
        ),
        ("BatchGetItem", {"RequestItems": {"music": {"Keys": [KEY]}}}, {READ: (1, 1.0)}),
        (
            "BatchWriteItem",
            {"RequestItems": {"music": [{"DeleteRequest": {"Key": {"pk": {"S": "none"}}}}]}},
            {WRITE: (1, 1.0)},
        ),
        (
            "TransactGetItems", {"TransactItems": [{"Get": {"TableName": "music", "Key": KEY}}]},
            {READ: (1, 4.0)},
        ),
        (
            "TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "music", "Item": {"pk": {"S": "q"}}}}]},
            {WRITE: (1, 2.0)},
        ),
        (  # doubled for the table only
            "TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "music", "Item": KEY}}]},
            {WRITE: (1, 10.0), WRITE_INDEX: (1, 5.0)},
        ),
        (
            "ExecuteStatement", {"Statement": STATEMENT},
            {READ: (1, 1.0), "ReturnedItemCount.ExecuteStatement.music": (1, 1.0)},
        ),
        (
            "ExecuteStatement", {"Statement": "SELECT * FROM music"},
            {READ: (1, 1.0), "ReturnedItemCount.ExecuteStatement.music": (1, 1.0)},
        ),
        (
            "ExecuteStatement", {"Statement": "DELETE FROM music WHERE pk = 'none'"},
            {WRITE: (1, 1.0)},
        ),
        ("BatchExecuteStatement", {"Statements": [{"Statement": STATEMENT}]}, {READ: (1, 1.0)}),
        (
            "ExecuteTransaction", {"TransactStatements": [{"Statement": STATEMENT}]},
            {READ: (1, 4.0)},
        ),
    ],
)  # fmt: skip
def test_what_is_consumed(metered: Metered, operation: str, payload: Any, told: Told) -> None:
    assert metered.told_of(operation, **payload) == told
    assert metered.told_of(operation, **payload).keys() <= told.keys()


@pytest.mark.parametrize("condition", ["attribute_not_exists(pk)", "x = 5"])
def test_failed_statements_of_a_batch_count_as_consumed_capacity_says(
    metered: Metered, condition: str
) -> None:
    """The item has 5 KB, which a failed check costs as a write does."""
    statements = {
        "attribute_not_exists(pk)": "INSERT INTO music VALUE {'pk': 'p'}",
        "x = 5": "DELETE FROM music WHERE pk = 'p' AND x = '5'",
    }
    failed, absent = statements[condition], "DELETE FROM music WHERE pk = 'none'"
    metered.told()
    batch = [{"Statement": failed}, {"Statement": absent}]
    answer = metered.call("BatchExecuteStatement", Statements=batch, ReturnConsumedCapacity="TOTAL")
    assert "Error" in answer["Responses"][0]
    (consumed,) = answer["ConsumedCapacity"]
    assert metered.told()[WRITE] == (2, consumed["CapacityUnits"]) == (2, 6.0)
    metered.call("ExecuteStatement", Statement=failed)
    assert metered.told()[WRITE] == (1, 5.0)


def test_user_errors_and_failed_conditions_are_counted(metered: Metered) -> None:
    metered.told()
    metered.call("GetItem", TableName="music", Key={"wrong": {"S": "p"}})
    metered.call("GetItem", TableName="none", Key=KEY)
    metered.call("Nonsense")
    assert metered.told() == {"UserErrors": (3, 3.0)}
    metered.call("DeleteItem", TableName="music", Key=KEY, ConditionExpression="x = pk")
    assert metered.told() == {
        "ConditionalCheckFailedRequests.music": (1, 1.0), WRITE: (1, 5.0),
        "OperationWriteUnits.DeleteItem.music": (1, 5.0),
    }  # fmt: skip


def test_a_storage_that_fails(metered: Metered, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_arguments: Any) -> None:
        raise RuntimeError

    metered.told()
    monkeypatch.setattr(metered.plane.database.engine, "read", fail, raising=False)
    monkeypatch.setattr(type(metered.plane.database), "reader",
                        lambda database, _consistent: database.engine)  # fmt: skip
    metered.call("GetItem", TableName="music", Key=KEY)
    assert metered.told() == {"SystemErrors.GetItem.music": (1, 1.0)}


def test_what_capacity_does_not_suffice_for() -> None:
    plane = ControlPlane(capacity="enforced")
    plane.call("CreateTable", **provisioned(ProvisionedThroughput=units(1, 1)))
    metered = Metered(plane)
    item = {"pk": {"S": "p"}, "t": {"S": "x" * 300_000}}
    for _ in range(4):
        metered.call("PutItem", TableName="music", Item=item)
    told = metered.told()
    throttled = told["ThrottledRequests.PutItem.music"]
    assert throttled[0] >= 1
    assert told["WriteThrottleEvents.music"] == throttled
    assert told["WriteProvisionedThroughputThrottleEvents.music"] == throttled
    assert "UserErrors" not in told
    plane.close()


def test_expired_items(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    specification = {"Enabled": True, "AttributeName": "ttl"}
    plane.call("UpdateTimeToLive", TableName="music", TimeToLiveSpecification=specification)
    plane.put({"pk": {"S": "p"}, "ttl": {"N": "1699999999"}})
    metered = Metered(plane)
    metered.told()
    plane.run_jobs()
    assert metered.told() == {"TimeToLiveDeletedItemCount.music": (1, 1.0)}


def test_stream_records(plane: ControlPlane) -> None:
    arn = streamed(plane)
    label = arn.rpartition("/")[2]
    plane.put({"pk": {"S": "p"}})
    metered = Metered(plane)
    metered.told()
    shards = plane.call("DescribeStream", StreamArn=arn)["StreamDescription"]["Shards"]
    for shard in shards:
        iterator = plane.call("GetShardIterator", StreamArn=arn, ShardId=shard["ShardId"],
                              ShardIteratorType="TRIM_HORIZON")["ShardIterator"]  # fmt: skip
        metered.call("GetRecords", ShardIterator=iterator)
    told = metered.told()
    assert told[f"ReturnedRecordsCount.GetRecords.{label}.music"] == (len(shards), 1.0)
    assert told[f"ReturnedBytes.GetRecords.{label}.music"][1] > 100
    assert told[f"SuccessfulRequestLatency.GetRecords.{label}.music"][0] == len(shards)


def test_settings_of_tables_in_use(plane: ControlPlane) -> None:
    by_x = index("by-x", "pk", ProvisionedThroughput=units(7, 9))
    plane.call(
        "CreateTable",
        **provisioned(ProvisionedThroughput=units(400, 5), GlobalSecondaryIndexes=[by_x]),
    )
    database = plane.database
    metered = Metered(plane)
    sample = SettingsMeter(database.metrics, database.meters, plane.clock, database.quotas)
    metered.told()
    sample()
    assert metered.told() == {}  # nobody uses a table
    plane.call("Scan", TableName="music")
    metered.told()
    sample()
    told = metered.told()
    assert told["ProvisionedReadCapacityUnits.music"] == (1, 400)
    assert told["ProvisionedWriteCapacityUnits.by-x.music"] == (1, 9)
    assert told["AccountMaxReads"] == (1, 80_000)
    assert told["MaxProvisionedTableReadCapacityUtilization"] == (1, 1.0)
    sample()
    assert metered.told() == {}
    plane.clock.advance(300)
    sample()
    assert "ProvisionedReadCapacityUnits.music" in metered.told()


@pytest.mark.parametrize(
    ("operation", "payload", "shapes"),
    [
        (
            "Scan", {"FilterExpression": "t = :v AND size(u) > :v", "TableName": "music"},
            {'FilteredOutItemCount.["t"].["t","u"].Scan.music': (1, 1)},
        ),
        (
            "Scan", {"FilterExpression": "t = :v OR u = :v", "TableName": "music"},
            {'FilteredOutItemCount.[].["t","u"].Scan.music': (1, 1)},
        ),
        ("Scan", {"FilterExpression": "t > :v", "TableName": "music"}, {}),
        (
            "Query",
            {"KeyConditionExpression": "x = :v", "FilterExpression": ":v = t",
             "ProjectionExpression": "pk", "IndexName": "by-x", "TableName": "music"},
            {'FilteredOutItemCount.["t"].["t"].by-x.Query.music': (1, 1),
             'IndexReadCount.["pk","t"].by-x.music': (1, 1)},
        ),
        (
            "Query",
            {"KeyConditionExpression": "x = :v", "Select": "COUNT", "IndexName": "by-x",
             "TableName": "music"},
            {"IndexReadCount.[].by-x.music": (1, 1)},
        ),
        (
            "ExecuteStatement",
            {"Statement": "SELECT pk FROM music WHERE t = 'y' AND u > 'z'"},
            {'FilteredOutItemCount.["t"].["t","u"].ExecuteStatement.music': (1, 1)},
        ),
    ],
)  # fmt: skip
def test_how_a_table_is_read(
    metered: Metered, operation: str, payload: dict[str, Any], shapes: Told
) -> None:
    if "Statement" not in payload:
        payload = {**payload, "ExpressionAttributeValues": {":v": {"S": "1"}}}
    told = metered.told_of(operation, **payload)
    found = {name: told[name] for name in told if name.startswith(("Filtered", "IndexRead"))}
    assert found == shapes


def test_legacy_filters_are_known_too(metered: Metered) -> None:
    comparison = {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "y"}]}
    told = metered.told_of("Scan", TableName="music", ScanFilter={"t": comparison})
    assert told['FilteredOutItemCount.["t"].["t"].Scan.music'] == (1, 1)


def test_a_bounded_number_of_ways_to_read_is_told_apart(metered: Metered) -> None:
    metered.told()
    for number in range(MAX_SHAPES + 5):
        metered.call(
            "Scan", TableName="music", FilterExpression=f"a{number} = :v",
            ExpressionAttributeValues={":v": {"S": "1"}},
        )  # fmt: skip
    metered.call("Query", TableName="music", ProjectionExpression="pk", **BY_X)
    told = metered.told()
    first = {name for name in told if name.startswith("Filtered")}
    assert len(first) == MAX_SHAPES
    assert told["IndexReadCount.*.by-x.music"] == (1, 1), "it may want everything"
    for _ in range(IDLE_MINUTES + 5):  # until the metrics are forgotten
        metered.plane.clock.advance(60)
        metered.plane.database.metrics.fold()
    metered.told()
    for number in reversed(range(MAX_SHAPES + 5)):
        metered.call(
            "Scan", TableName="music", FilterExpression=f"a{number} = :v",
            ExpressionAttributeValues={":v": {"S": "1"}},
        )  # fmt: skip
    assert {name for name in metered.told() if name.startswith("Filtered")} == first


def test_long_names_are_left_out(metered: Metered) -> None:
    told = metered.told_of(
        "Scan", TableName="music", FilterExpression="#n = :v",
        ExpressionAttributeNames={"#n": "n" * 300}, ExpressionAttributeValues={":v": {"S": "1"}},
    )  # fmt: skip
    assert told["FilteredOutItemCount.*.*.Scan.music"] == (1, 1)


def test_metrics_that_were_forgotten_begin_again(metered: Metered) -> None:
    for _ in range(20):
        metered.plane.clock.advance(60)
        metered.plane.database.metrics.fold()
    assert metered.told_of("GetItem", TableName="music", Key=KEY) == {READ: (1, 1.0)}
    assert metered.told_of("GetItem", TableName="music", Key=KEY) == {READ: (1, 1.0)}
