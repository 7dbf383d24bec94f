"""DAX's own client, through a running server: every operation, every kind of error, discovery."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from amazondax import AmazonDaxClient
from amazondax.DaxError import DaxServiceError
from botocore.exceptions import ClientError

from tests.api.dax_clients import dax_client, lasting_dax_client
from tests.api.making import make, put_all
from tests.conftest import StartServer
from tests.servers import ACCESS_KEY, REGION, SECRET_KEY, RunningServer
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def dax_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    scratch = tmp_path_factory.mktemp("dax")
    server = RunningServer(scratch, "--data", scratch / "data", "--dax", "--dax-port", "0")
    yield server
    server.end_well()


@pytest.fixture(scope="module")
def dynamo(dax_server: RunningServer) -> Any:
    return dax_server.client()


@pytest.fixture(scope="module")
def dax(dax_server: RunningServer) -> Iterator[AmazonDaxClient]:
    client = dax_client(dax_server)
    yield client
    client.close()


def keyed_table(dynamodb: Any) -> str:
    """A table with the key (p: S, s: N) and an index by g: S."""
    index = {
        "IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }  # fmt: skip
    return make(dynamodb, "p", "/s:N", also=("g",), GlobalSecondaryIndexes=[index])


@pytest.fixture
def table(dynamo: Any) -> str:
    return keyed_table(dynamo)


def key(p: str, s: int | str = 1) -> dict[str, Any]:
    return {"p": {"S": p}, "s": {"N": str(s)}}


EVERY_TYPE: dict[str, Any] = {
    "S": {"S": "snowman ☃"}, "empty": {"S": ""}, "N": {"N": "-12.50"}, "big": {"N": "9" * 38},
    "B": {"B": b"\x00\xff"}, "BOOL": {"BOOL": False}, "NULL": {"NULL": True},
    "SS": {"SS": ["a", "b"]}, "NS": {"NS": ["1", "2.5"]}, "BS": {"BS": [b"a", b"b"]},
    "L": {"L": [{"N": "1"}, {"L": []}, {"M": {}}]}, "M": {"M": {"k": {"M": {"l": {"S": "m"}}}}},
}  # fmt: skip


def test_an_item_of_every_type(dax: Any, dynamo: Any, table: str) -> None:
    item = {**key("a"), **EVERY_TYPE}
    dax.put_item(TableName=table, Item=item)
    stored = dynamo.get_item(TableName=table, Key=key("a"))["Item"]
    for consistent in (False, True):
        found = dax.get_item(TableName=table, Key=key("a"), ConsistentRead=consistent)["Item"]
        for kind in ("SS", "NS", "BS"):
            found[kind][kind].sort()
            stored[kind][kind].sort()
        assert found == stored
    assert dax.get_item(TableName=table, Key=key("b")) == {}


def test_cached_items_are_stale_and_consistent_reads_are_not(
    dax: Any, dynamo: Any, table: str
) -> None:
    dynamo.put_item(TableName=table, Item={**key("a"), "v": {"N": "1"}})
    assert dax.get_item(TableName=table, Key=key("a"))["Item"]["v"] == {"N": "1"}
    dynamo.put_item(TableName=table, Item={**key("a"), "v": {"N": "2"}})
    assert dax.get_item(TableName=table, Key=key("a"))["Item"]["v"] == {"N": "1"}
    fresh = dax.get_item(TableName=table, Key=key("a"), ConsistentRead=True)
    assert fresh["Item"]["v"] == {"N": "2"}
    dax.update_item(
        TableName=table, Key=key("a"), UpdateExpression="ADD v :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )  # fmt: skip
    assert dax.get_item(TableName=table, Key=key("a"))["Item"]["v"] == {"N": "3"}


def test_updates_and_what_they_return(dax: Any, table: str) -> None:
    dax.put_item(TableName=table, Item={**key("a"), "v": {"N": "1"}, "w": {"S": "w"}})

    def update(returned: str) -> Any:
        answer = dax.update_item(
            TableName=table, Key=key("a"), ReturnValues=returned,
            UpdateExpression="SET v = v + :one, #l = list_append(if_not_exists(#l, :none), :some)",
            ConditionExpression="attribute_exists(p) AND (v < :limit OR NOT w = :w)",
            ExpressionAttributeNames={"#l": "list"},
            ExpressionAttributeValues={
                ":one": {"N": "1"}, ":none": {"L": []}, ":some": {"L": [{"S": "x"}]},
                ":limit": {"N": "100"}, ":w": {"S": "w"},
            },
        )  # fmt: skip
        return answer.get("Attributes")

    assert update("NONE") is None
    assert update("UPDATED_NEW") == {"v": {"N": "3"}, "list": {"L": [{"S": "x"}] * 2}}
    assert update("UPDATED_OLD") == {"v": {"N": "3"}, "list": {"L": [{"S": "x"}] * 2}}
    whole = {**key("a"), "w": {"S": "w"}, "v": {"N": "4"}, "list": {"L": [{"S": "x"}] * 3}}
    assert update("ALL_OLD") == whole
    assert update("ALL_NEW") == {**whole, "v": {"N": "6"}, "list": {"L": [{"S": "x"}] * 5}}
    old = dax.delete_item(TableName=table, Key=key("a"), ReturnValues="ALL_OLD")["Attributes"]
    assert old["v"] == {"N": "6"}
    assert dax.put_item(TableName=table, Item=key("a"), ReturnValues="ALL_OLD") == {}
    assert dax.put_item(TableName=table, Item=key("a"), ReturnValues="ALL_OLD") == {
        "Attributes": key("a")
    }


def test_queries_and_scans(dax: Any, table: str) -> None:
    requests = [
        {"PutRequest": {"Item": {**key("q", n - 5), "g": {"S": "g"}, "n": {"N": str(n)}}}}
        for n in range(20)
    ]
    dax.batch_write_item(RequestItems={table: requests})
    values = {":p": {"S": "q"}, ":a": {"N": "-5"}, ":b": {"N": "9"}, ":n": {"N": "3"}}
    page = {
        "TableName": table, "KeyConditionExpression": "p = :p AND s BETWEEN :a AND :b",
        "FilterExpression": "n > :n", "ExpressionAttributeValues": values, "Limit": 4,
        "ScanIndexForward": False,
    }  # fmt: skip
    numbers: list[int] = []
    while True:
        answer = dax.query(**page)
        assert answer["ScannedCount"] <= 4
        numbers += [int(item["n"]["N"]) for item in answer["Items"]]
        if "LastEvaluatedKey" not in answer:
            break
        page["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
    assert numbers == [*range(14, 3, -1)]
    index = {
        "TableName": table, "IndexName": "by-g", "KeyConditionExpression": "g = :g",
        "ExpressionAttributeValues": {":g": {"S": "g"}}, "Limit": 11,
    }  # fmt: skip
    first = dax.query(**index)
    rest = dax.query(**index, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert len(first["Items"]) + len(rest["Items"]) == 20
    assert dax.query(**index, Select="COUNT")["Count"] == 11
    segments = [
        dax.scan(TableName=table, Segment=segment, TotalSegments=3)["Count"] for segment in range(3)
    ]
    assert sum(segments) == 20
    found = dax.scan(
        TableName=table, ProjectionExpression="n, #g", ExpressionAttributeNames={"#g": "g"},
        FilterExpression="n IN (:a, :b)",
        ExpressionAttributeValues={":a": {"N": "1"}, ":b": {"N": "2"}},
    )["Items"]  # fmt: skip
    assert sorted(item["n"]["N"] for item in found) == ["1", "2"]
    assert all(item.keys() == {"n", "g"} for item in found)


def test_projections_into_lists_and_maps(dax: Any, table: str) -> None:
    dax.put_item(TableName=table, Item={**key("a"), **EVERY_TYPE})
    for consistent in (True, False):
        answer = dax.get_item(
            TableName=table, Key=key("a"), ConsistentRead=consistent,
            ProjectionExpression="#l[0], #l[2], #m.k.l, nothing, #l[9]",
            ExpressionAttributeNames={"#l": "L", "#m": "M"},
        )  # fmt: skip
        assert answer["Item"] == {
            "L": {"L": [{"N": "1"}, {"M": {}}]}, "M": {"M": {"k": {"M": {"l": {"S": "m"}}}}},
        }  # fmt: skip


def test_batches_are_read_from_the_cache_and_written_through_it(
    dax: Any, dynamo: Any, table: str
) -> None:
    dynamo.put_item(TableName=table, Item=key("a", 1))
    dax.get_item(TableName=table, Key=key("a", 1))
    dynamo.put_item(TableName=table, Item={**key("a", 2), "v": {"S": "v"}})
    answer = dax.batch_get_item(
        RequestItems={table: {"Keys": [key("a", n) for n in (1, 2, 3)]}},
        ReturnConsumedCapacity="TOTAL",
    )
    assert sorted(item["s"]["N"] for item in answer["Responses"][table]) == ["1", "2"]
    assert answer["UnprocessedKeys"] == {}
    assert answer["ConsumedCapacity"][0]["CapacityUnits"] == 1.0
    assert (
        dax.batch_write_item(
            RequestItems={table: [{"DeleteRequest": {"Key": key("a", n)}} for n in (1, 2)]}
        )["UnprocessedItems"]
        == {}
    )
    assert dax.get_item(TableName=table, Key=key("a", 1)) == {}


def test_transactions_pass_through_the_cluster(dax: Any, table: str) -> None:
    dax.put_item(TableName=table, Item={**key("a"), "v": {"N": "1"}})
    answer = dax.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": table, "Item": key("b")}},
            {"Update": {"TableName": table, "Key": key("a"), "UpdateExpression": "ADD v :v",
                        "ExpressionAttributeValues": {":v": {"N": "5"}}}},
            {"Delete": {"TableName": table, "Key": key("c")}},
            {"ConditionCheck": {"TableName": table, "Key": key("d"),
                                "ConditionExpression": "attribute_not_exists(p)"}},
        ],
        ReturnConsumedCapacity="TOTAL",
    )  # fmt: skip
    assert answer["ConsumedCapacity"][0]["CapacityUnits"] == 8.0
    found = dax.transact_get_items(
        TransactItems=[{"Get": {"TableName": table, "Key": key(p)}} for p in "abd"]
    )["Responses"]
    assert found == [{"Item": {**key("a"), "v": {"N": "6"}}}, {"Item": key("b")}, {}]


# --- Errors ---------------------------------------------------------------------------------------


def refusal(call: Any, **parameters: Any) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    response = caught.value.response
    assert response["ResponseMetadata"]["RequestId"]
    return (
        response["Error"]["Code"],
        response["Error"]["Message"],
        response["ResponseMetadata"]["HTTPStatusCode"],
    )


def test_a_false_condition_is_refused_once(dax: Any, dax_server: RunningServer, table: str) -> None:
    """With another first code in the error, the client would repeat the request."""
    dax.put_item(TableName=table, Item=key("a"))
    began = time.monotonic()
    code, text, status = refusal(
        dax.put_item, TableName=table, Item=key("a"),
        ConditionExpression="attribute_not_exists(p)",
    )  # fmt: skip
    assert (code, text, status) == (
        "ConditionalCheckFailedException", "The conditional request failed", 400,
    )  # fmt: skip
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("operation", ["get_item", "delete_item"])
def test_a_table_that_is_not_there(dax: Any, operation: str) -> None:
    code, text, _ = refusal(getattr(dax, operation), TableName="none", Key=key("a"))
    assert code == "ResourceNotFoundException"
    assert "none" in text


def test_what_the_service_refuses(dax: Any, dynamo: Any, table: str) -> None:
    """The text is the service's."""
    parameters: dict[str, Any] = {
        "TableName": table, "Key": key("a"), "UpdateExpression": "ADD v :v",
        "ExpressionAttributeValues": {":v": {"S": "no number"}},
    }  # fmt: skip
    code, text, _ = refusal(dax.update_item, **parameters)
    assert (code, text) == refusal(dynamo.update_item, **parameters)[:2]
    assert code == "ValidationException"
    code, text, _ = refusal(
        dax.query, TableName=table, IndexName="none", KeyConditionExpression="g = :g",
        ExpressionAttributeValues={":g": {"S": "g"}},
    )  # fmt: skip
    assert text == "The table does not have the specified index: none"


def test_a_transaction_that_is_cancelled(dax: Any, table: str) -> None:
    dax.put_item(TableName=table, Item={**key("a"), "v": {"S": "v"}})
    check = {
        "TableName": table, "Key": key("a"), "ConditionExpression": "attribute_not_exists(p)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }  # fmt: skip
    with pytest.raises(ClientError) as caught:
        dax.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": table, "Item": key("b")}}, {"ConditionCheck": check},
            ]
        )  # fmt: skip
    assert caught.value.response["Error"]["Code"] == "TransactionCanceledException"
    none, nothing, no_item, code, text, item = caught.value.cancellation_reasons
    assert (none, nothing, no_item) == ("None", None, None)
    assert (code, text) == ("ConditionalCheckFailed", "The conditional request failed")
    assert item.endswith(b"av")


@pytest.mark.slow
def test_what_a_cluster_records(dax: Any, dax_server: RunningServer, table: str) -> None:
    """Hits and misses, by cluster and node, and the number of connections."""
    cloudwatch = dax_server.client("cloudwatch")
    dax.put_item(TableName=table, Item={**key("m"), "v": {"S": "v"}})
    for n in (1, 1, 2, 2, 2):
        dax.get_item(TableName=table, Key=key("m", n))
    page = {
        "TableName": table, "KeyConditionExpression": "p = :p",
        "ExpressionAttributeValues": {":p": {"S": "m"}},
    }  # fmt: skip
    for _ in range(2):
        dax.query(**page)

    def total(metric: str, statistic: str = "Sum", *dimensions: tuple[str, str]) -> float:
        now = datetime.now(UTC)
        points = cloudwatch.get_metric_statistics(
            Namespace="AWS/DAX", MetricName=metric, Statistics=[statistic], Period=3600,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions],
            StartTime=now - timedelta(hours=1), EndTime=now + timedelta(minutes=5),
        )["Datapoints"]  # fmt: skip
        return float(sum(point[statistic] for point in points))

    of_cluster = ("ClusterId", "jedlik")
    wait_until(lambda: total("QueryCacheHits", "Sum", of_cluster) >= 1)
    assert total("ItemCacheHits", "Sum", of_cluster) >= 4, "an item that is not there is a hit too"
    assert total("ItemCacheMisses", "Sum", of_cluster) >= 1
    assert total("QueryCacheMisses", "Sum", of_cluster) >= 1
    assert total("ClientConnections", "Maximum", of_cluster) >= 1
    assert total("EstimatedDbSize", "Maximum", of_cluster) > 0
    of_node = (of_cluster, ("NodeId", "jedlik-a"))
    assert total("GetItemRequestCount", "Sum", *of_node) == total("GetItemRequestCount")


# --- Connections --------------------------------------------------------------------------------


def test_queries_of_several_pages(dax: Any, dynamo: Any, table: str) -> None:
    """Each of 1 MB, with some hundred items."""
    items = [{**key("many", n), "v": {"S": f"value {n} " + "x" * 4000}} for n in range(600)]
    put_all(dynamo, table, items)
    counts, start_key = [], {}
    while True:
        answer = dax.query(
            TableName=table, KeyConditionExpression="p = :p",
            ExpressionAttributeValues={":p": {"S": "many"}}, **start_key,
        )  # fmt: skip
        counts.append(answer["Count"])
        if "LastEvaluatedKey" not in answer:
            break
        start_key = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    assert sum(counts) == 600
    assert len(counts) == 3
    assert dax.get_item(TableName=table, Key=key("many", 599))["Item"] == items[599]


def test_the_resource(dax_server: RunningServer, table: str) -> None:
    (found, *_) = dax_server.client("dax").describe_clusters()["Clusters"]
    with AmazonDaxClient.resource(
        region_name=REGION, endpoint_url=found["ClusterDiscoveryEndpoint"]["URL"],
        aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY,
    ) as dynamodb:  # fmt: skip
        dynamodb.Table(table).put_item(Item={"p": "r", "s": 1, "v": {"nested": [True, None]}})
        item = dynamodb.Table(table).get_item(Key={"p": "r", "s": 1})["Item"]
    assert item["v"] == {"nested": [True, None]}


def test_a_restart_keeps_what_clients_know(start_server: StartServer) -> None:
    """Attribute lists keep their numbers, the cluster its port; caches are empty."""
    first = start_server("--dax", "--dax-port", "0")
    table = keyed_table(first.client())
    port = first.client("dax").describe_clusters()["Clusters"][0]["ClusterDiscoveryEndpoint"][
        "Port"
    ]
    client = lasting_dax_client(first)
    client.put_item(TableName=table, Item={**key("a"), "v": {"S": "1"}, "w": {"S": "2"}})
    assert first.stop() == 0
    second = start_server("--dax", "--dax-port", str(port))
    second.client().put_item(TableName=table, Item={**key("a"), "v": {"S": "3"}})
    second.client().put_item(TableName=table, Item={**key("b"), "w": {"S": "4"}})
    deadline = time.monotonic() + 30
    while True:
        try:
            found = client.get_item(TableName=table, Key=key("a"))["Item"]
            break
        except Exception:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    assert found == {**key("a"), "v": {"S": "3"}}
    client.put_item(TableName=table, Item={**key("c"), "v": {"S": "5"}, "w": {"S": "6"}})
    stored = second.client().get_item(TableName=table, Key=key("c"))["Item"]
    assert stored == {**key("c"), "v": {"S": "5"}, "w": {"S": "6"}}
    client.close()


def test_several_workers_have_one_cache(start_server: StartServer) -> None:
    server = start_server("--dax", "--dax-port", "0", "--workers", "2")
    table = keyed_table(server.client())
    deadline = time.monotonic() + 20
    clients = [dax_client(server) for _ in range(3)]
    clients[0].put_item(TableName=table, Item={**key("a"), "v": {"S": "1"}})
    server.client().put_item(TableName=table, Item={**key("a"), "v": {"S": "2"}})
    for client in clients:
        assert client.get_item(TableName=table, Key=key("a"))["Item"]["v"] == {"S": "1"}
        client.close()
    assert time.monotonic() < deadline


def test_credentials_are_verified(start_server: StartServer) -> None:
    server = start_server(
        "--dax", "--dax-port", "0", "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY
    )
    table = keyed_table(server.client())
    client = dax_client(server)
    assert client.get_item(TableName=table, Key=key("a")) == {}
    client.close()
    for credentials, code in (
        ((ACCESS_KEY, "wrong"), "InvalidSignatureException"),
        (("AKIAUNKNOWN", SECRET_KEY), "UnrecognizedClientException"),
    ):
        with pytest.raises(DaxServiceError, match=code):
            dax_client(server, credentials=credentials).get_item(TableName=table, Key=key("a"))
