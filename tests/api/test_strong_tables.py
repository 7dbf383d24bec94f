"""Tables that are strongly consistent over three regions of one engine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from jedlik.testing.server import LocalServer
from tests.api.global_tables import World, refused
from tests.postgres import shared_server
from tests.servers import RunningServer
from tests.waiting import wait_until

US, US2, EU, AP = "us-east-1", "us-east-2", "eu-west-1", "ap-south-1"
REGIONS = (US, EU, US2, AP)
COUNT = "Unsupported replica count for global tables with MultiRegionConsistency set to STRONG."
FROZEN = (
    "Deletion of only one table replica is not supported for global tables with "
    "MultiRegionConsistency set to STRONG."
)
STRONG = {"MultiRegionConsistency": "STRONG"}


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer(US, REGIONS) as server:
        yield server


@pytest.fixture(scope="module")
def clients(server: LocalServer) -> dict[str, Any]:
    made = {region: server.client(region_name=region) for region in REGIONS}
    return {**made, "third": made[US2]}


@pytest.fixture
def world(server: LocalServer, clients: dict[str, Any]) -> World:
    return World(server, clients)


def creates(*regions: str) -> dict[str, Any]:
    return {"ReplicaUpdates": [{"Create": {"RegionName": region}} for region in regions]}


def deletes(*regions: str) -> dict[str, Any]:
    return {"ReplicaUpdates": [{"Delete": {"RegionName": region}} for region in regions]}


def witness(kind: str, region: str) -> dict[str, Any]:
    return {"GlobalTableWitnessUpdates": [{kind: {"RegionName": region}}]}


def make(world: World, clients: dict[str, Any], **members: Any) -> None:
    world.create(**members)
    world.update(world.us, **STRONG, **creates(EU, US2))
    world.wait(world.us, EU, US2)


def test_every_region_reads_what_any_has_answered(world: World, clients: dict[str, Any]) -> None:
    world.create()
    answer = world.update(world.us, **STRONG, **creates(EU, US2))
    assert (answer["TableStatus"], answer["MultiRegionConsistency"]) == ("UPDATING", "STRONG")
    assert answer["Replicas"] == []
    table = world.wait(world.us, EU, US2)
    assert table["MultiRegionConsistency"] == "STRONG"
    assert "GlobalTableWitnesses" not in table
    assert "StreamSpecification" not in table
    for region in (EU, US2):
        there = world.describe(clients[region])
        assert there["MultiRegionConsistency"] == "STRONG"
        assert there["TableStatus"] == "ACTIVE"
    for number in range(10):
        turn = number % 3
        order = (US, EU, US2)[turn:] + (US, EU, US2)[:turn]
        writer, *readers = (clients[region] for region in order)
        world.put(writer, f"{number}")
        for reader in readers:
            key = {"pk": {"S": f"{number}"}}
            found = reader.get_item(TableName=world.name, Key=key, ConsistentRead=True)
            assert found["Item"] == key
    counts = {clients[region].scan(TableName=world.name)["Count"] for region in (US, EU, US2)}
    assert counts == {10}


def test_conditions_hold_over_all_regions(world: World, clients: dict[str, Any]) -> None:
    make(world, clients)
    world.put(world.us, "counter", n={"N": "0"})

    def count(region: str) -> None:
        for _ in range(20):
            clients[region].update_item(
                TableName=world.name, Key={"pk": {"S": "counter"}},
                UpdateExpression="ADD n :one", ExpressionAttributeValues={":one": {"N": "1"}},
            )  # fmt: skip

    threads = [threading.Thread(target=count, args=(region,)) for region in (US, EU, US2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for region in (US, EU, US2):
        (item,) = clients[region].scan(TableName=world.name)["Items"]
        assert item["n"] == {"N": "60"}
    once = {"TableName": world.name, "ConditionExpression": "attribute_not_exists(pk)"}
    item = {"pk": {"S": "once"}}
    world.eu.put_item(Item=item, **once)
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        world.us.put_item(Item=item, **once)
    world.us.delete_item(TableName=world.name, Key=item)
    world.eu.put_item(Item=item, **once)


def test_indexes_and_streams_follow(world: World, clients: dict[str, Any]) -> None:
    make(
        world,
        clients,
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "g")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-g", "Projection": {"ProjectionType": "ALL"},
                "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
            }
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )  # fmt: skip
    batch = [{"PutRequest": {"Item": {"pk": {"S": key}, "g": {"S": "x"}}}} for key in "abc"]
    world.us.batch_write_item(RequestItems={world.name: batch})
    asked = {"KeyConditionExpression": "g = :g", "ExpressionAttributeValues": {":g": {"S": "x"}}}
    found = world.eu.query(TableName=world.name, IndexName="by-g", **asked)
    assert found["Count"] == 3
    streams = world.server.client("dynamodbstreams", region_name=EU)
    arn = world.describe(world.eu)["LatestStreamArn"]
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    records = streams.get_records(ShardIterator=iterator)["Records"]
    assert [record["dynamodb"]["Keys"]["pk"]["S"] for record in records] == ["a", "b", "c"]
    assert not any("userIdentity" in record for record in records)


def test_a_witness_has_no_table(world: World, clients: dict[str, Any]) -> None:
    world.create()
    world.update(world.us, **STRONG, **creates(EU), **witness("Create", "us-west-2"))
    table = world.wait(world.us, EU)
    expected = [{"RegionName": "us-west-2", "WitnessStatus": "ACTIVE"}]
    assert table["GlobalTableWitnesses"] == expected
    assert world.describe(world.eu)["GlobalTableWitnesses"] == expected
    world.put(world.eu, "x")
    assert world.keys(world.us) == {"x"}
    all_ = "Update table delete operation does not include all witnesses."
    refused(lambda: world.update(world.us, **deletes(EU)), all_)
    world.update(world.us, **deletes(EU), **witness("Delete", "us-west-2"))
    wait_until(lambda: "Replicas" not in world.describe(world.us))
    table = world.describe(world.us)
    assert not table.keys() & {"GlobalTableWitnesses", "MultiRegionConsistency"}
    assert world.name not in world.eu.list_tables()["TableNames"]
    assert world.keys(world.us) == {"x"}


def test_what_makes_no_such_table(world: World) -> None:
    world.create()

    def asked(**members: Any) -> Any:
        return lambda: world.update(world.us, **members)

    refused(asked(**STRONG, **creates(EU)), COUNT)
    refused(
        asked(**creates(EU), **witness("Create", US2)),
        "MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates parameter is "
        "present.",
    )
    refused(
        asked(**STRONG, **creates(EU), **witness("Create", EU)),
        "Cannot target multiple regions with the same action",
    )
    refused(
        asked(**STRONG, **creates(EU), **witness("Create", US)),
        "Cannot add a witness in the same region as an existing replica when creating a global "
        "table with MultiRegionConsistency set to STRONG.",
    )
    refused(
        asked(**STRONG, **creates(EU, AP)),
        "Unsupported Region(s) specified for global tables with MultiRegionConsistency set to "
        "STRONG: [ap-south-1].",
    )
    refused(
        asked(**STRONG, **creates(EU, US2), DeletionProtectionEnabled=True),
        "Requests that modify replicas or witnesses must not also modify other fields",
    )
    for alone in (STRONG, witness("Create", EU)):
        with pytest.raises(ClientError, match="At least one of ProvisionedThroughput"):
            asked(**alone)()
    world.put(world.us, "x")
    with pytest.raises(ClientError, match="has to be empty"):
        asked(**STRONG, **creates(EU, US2))()
    assert "Replicas" not in world.describe(world.us)


def test_such_a_table_is_frozen(world: World, clients: dict[str, Any]) -> None:
    make(world, clients)

    def asked(**members: Any) -> Any:
        return lambda: world.update(world.us, **members)

    refused(
        asked(**creates(AP)),
        "Cannot add replicas to a global table with strong MultiRegionConsistency",
    )
    refused(asked(**STRONG, **creates(AP)), COUNT)
    refused(
        asked(MultiRegionConsistency="EVENTUAL", **creates(AP)),
        "MultiRegionConsistency parameter is unsupported on existing global table",
    )
    refused(
        asked(**STRONG, **deletes(EU, US2)),
        "Only Replica Create actions are supported when MultiRegionConsistency parameter is "
        "provided.",
    )
    refused(asked(**deletes(EU)), FROZEN)
    for client in (world.us, world.eu):
        refused(lambda client=client: client.delete_table(TableName=world.name), FROZEN)  # type: ignore[misc]
    setting = {"Enabled": True, "AttributeName": "until"}
    with pytest.raises(ClientError, match="Time To Live is not supported"):
        world.us.update_time_to_live(TableName=world.name, TimeToLiveSpecification=setting)
    put = {"Put": {"TableName": world.name, "Item": {"pk": {"S": "x"}}}}
    with pytest.raises(ClientError, match="Transactions are not supported"):
        world.us.transact_write_items(TransactItems=[put])
    get = {"Get": {"TableName": world.name, "Key": {"pk": {"S": "x"}}}}
    with pytest.raises(ClientError, match="Transactions are not supported"):
        world.us.transact_get_items(TransactItems=[get])
    world.update(world.us, **deletes(EU, US2))
    wait_until(lambda: "Replicas" not in world.describe(world.us))
    world.us.delete_table(TableName=world.name)


def test_what_such_a_table_cannot_have(world: World) -> None:
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "l")]
    keys = [[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": name,
             "KeyType": "RANGE"}] for name in ("sk", "l")]  # fmt: skip
    index = {"IndexName": "own", "KeySchema": keys[1], "Projection": {"ProjectionType": "ALL"}}
    name = f"{world.name}-indexed"
    world.us.create_table(
        TableName=name, KeySchema=keys[0], AttributeDefinitions=attributes,
        LocalSecondaryIndexes=[index], BillingMode="PAY_PER_REQUEST",
    )  # fmt: skip
    refused(
        lambda: world.us.update_table(TableName=name, **STRONG, **creates(EU, US2)),
        "Local secondary indexes are not supported for global tables with MultiRegionConsistency "
        "set to STRONG.",
    )
    world.us.delete_table(TableName=name)


def test_tables_under_keys_and_changes_of_settings(world: World, clients: dict[str, Any]) -> None:
    make(world, clients, SSESpecification={"Enabled": True, "SSEType": "KMS"})
    world.put(world.us, "sealed")
    assert world.keys(world.eu) == {"sealed"}
    world.update(world.eu, OnDemandThroughput={"MaxWriteRequestUnits": 70})
    world.wait(world.eu, US, US2)
    assert world.describe(world.us)["OnDemandThroughput"]["MaxWriteRequestUnits"] == 70
    world.put(world.eu, "later")
    assert world.keys(world.us) == {"sealed", "later"}


@pytest.mark.parametrize("kind", ["lmdb", "postgres"])
def test_workers_and_restarts(tmp_path: Any, kind: str) -> None:
    store = ("--data", str(tmp_path / "data"))
    if kind == "postgres":
        store = ("--engine", shared_server().new_schema())
    regions = ("--regions", f"{US},{EU},{US2}")
    running = RunningServer(tmp_path, *store, *regions, "--workers", "2")
    try:
        clients = {region: running.client_in(region) for region in (US, EU, US2)}
        world = World(running, {**clients, AP: None})  # type: ignore[arg-type]
        make(world, clients)
        for number in range(30):
            world.put(clients[(US, EU, US2)[number % 3]], f"{number}")
        for client in clients.values():
            assert len(world.keys(client)) == 30
        if kind == "postgres":
            return
        running.stop()
        running = RunningServer(tmp_path, *store)
        client = running.client_in(US)
        with pytest.raises(ClientError, match="was not started with"):
            client.put_item(TableName=world.name, Item={"pk": {"S": "alone"}})
        assert len(world.keys(client)) == 30
    finally:
        running.kill()
