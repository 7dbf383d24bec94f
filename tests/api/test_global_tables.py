"""Global tables between regions of one server: replicas, shared settings, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from jedlik.testing.server import LocalServer
from tests.api.global_tables import AP, EU, US, World, refused
from tests.waiting import wait_until

NOT_A_MEMBER = (
    "Update global table operation failed because one or more replicas were not part of the global "
    "table. Please retry the request without these replicas: [{}]."
)
NO_REPLICAS = (
    "Replica specified in the Replica Update or Replica Delete action of the request was not found."
)
NO_ACTION = "There are no actions specified in the Replica Update Action of the request."
SOURCE = (
    "Replica cannot be deleted because it has acted as a source region for new replica(s) being "
    "added to the table in the last 24 hours."
)


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer(US, (US, EU, AP)) as server:
        yield server


@pytest.fixture(scope="module")
def clients(server: LocalServer) -> dict[str, Any]:
    return {region: server.client(region_name=region) for region in (US, EU, AP)}


@pytest.fixture
def world(server: LocalServer, clients: dict[str, Any]) -> World:
    return World(server, clients)


# --- Adding and removing --------------------------------------------------------------------------


def test_a_replica_is_filled_and_writes_go_both_ways(world: World) -> None:
    world.create()
    assert "GlobalTableVersion" not in world.describe(world.us)
    world.put(world.us, *(f"before-{number}" for number in range(40)))
    answer = world.change(world.us, "Create", EU)
    assert (answer["TableStatus"], answer["Replicas"]) == ("UPDATING", [])
    assert answer["GlobalTableVersion"] == "2019.11.21"
    assert answer["StreamSpecification"] == {
        "StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"
    }  # fmt: skip
    table = world.wait(world.us, EU)
    assert table["TableStatus"] == "ACTIVE"
    assert table["Replicas"] == [
        {
            "RegionName": EU, "ReplicaStatus": "ACTIVE",
            "WarmThroughput": table["WarmThroughput"],
            "GlobalTableSettingsReplicationMode": "ENABLED_WITH_OVERRIDES",
        }
    ]  # fmt: skip
    assert table["GlobalTableSettingsReplicationMode"] == "ENABLED_WITH_OVERRIDES"
    assert not table.keys() & {"MultiRegionConsistency", "GlobalTableWitnesses"}
    there = world.describe(world.eu)
    assert there["TableArn"] == f"arn:aws:dynamodb:{EU}:000000000000:table/{world.name}"
    assert there["TableId"] != table["TableId"]
    assert there["StreamSpecification"] == table["StreamSpecification"]
    assert there["LatestStreamArn"] != table["LatestStreamArn"]
    assert world.replicas(world.eu) == {US: "ACTIVE"}
    assert len(world.keys(world.eu)) == 40
    world.put(world.eu, "from-eu")
    world.put(world.us, "from-us")
    for client in (world.us, world.eu):
        wait_until(lambda client=client: {"from-eu", "from-us"} <= world.keys(client))  # type: ignore[misc]


def test_any_member_adds_a_third_and_all_know_it(world: World) -> None:
    world.create()
    world.add(world.us, EU)
    world.put(world.us, "a")
    world.add(world.eu, AP)
    wait_until(lambda: world.replicas(world.us) == {EU: "ACTIVE", AP: "ACTIVE"})
    assert world.replicas(world.ap) == {EU: "ACTIVE", US: "ACTIVE"}
    world.put(world.ap, "b")
    for client in (world.us, world.eu, world.ap):
        wait_until(lambda client=client: world.keys(client) == {"a", "b"})  # type: ignore[misc]


def test_a_replica_is_removed_and_all_is_as_before(world: World) -> None:
    world.create()
    world.add(world.us, EU)
    answer = world.change(world.us, "Delete", EU)
    assert answer["TableStatus"] == "UPDATING"
    assert [each["ReplicaStatus"] for each in answer["Replicas"]] == ["ACTIVE"]
    wait_until(lambda: "Replicas" not in world.describe(world.us))
    table = world.describe(world.us)
    assert not table.keys() & {"GlobalTableVersion", "GlobalTableSettingsReplicationMode"}
    assert table["StreamSpecification"]["StreamEnabled"]
    assert world.name not in world.eu.list_tables()["TableNames"]
    world.put(world.us, "later")
    world.add(world.us, EU)
    assert world.keys(world.eu) == {"later"}


def test_a_table_that_is_deleted_where_it_is_leaves_the_others(world: World) -> None:
    world.create()
    world.add(world.us, EU, AP)
    world.eu.delete_table(TableName=world.name)
    wait_until(lambda: world.replicas(world.us) == {AP: "ACTIVE"})
    wait_until(lambda: world.replicas(world.ap) == {US: "ACTIVE"})


def test_the_region_that_made_a_replica_stays_as_long_as_that(world: World) -> None:
    world.create()
    world.add(world.us, EU)
    refused(lambda: world.us.delete_table(TableName=world.name), SOURCE)
    refused(lambda: world.change(world.eu, "Delete", US), SOURCE)
    world.change(world.us, "Delete", EU)
    wait_until(lambda: "Replicas" not in world.describe(world.us))
    world.us.delete_table(TableName=world.name)


def test_protection_against_deletion_is_each_regions_own(world: World) -> None:
    world.create()
    world.add(world.us, EU)
    world.update(world.eu, DeletionProtectionEnabled=True)
    assert not world.describe(world.us)["DeletionProtectionEnabled"]
    refused(
        lambda: world.change(world.us, "Delete", EU),
        f"Cannot delete table {world.name} in region {EU} because it has deletion protection "
        "enabled. Disable deletion protection first.",
    )


# --- What is refused ------------------------------------------------------------------------------


def test_regions_and_actions_that_make_no_sense(world: World) -> None:
    world.create()
    local = (
        "Cannot add or delete the local region through ReplicaUpdates. Use CreateTable, "
        "DeleteTable, or UpdateTable as required."
    )
    refused(lambda: world.change(world.us, "Create", US), local)
    refused(lambda: world.change(world.us, "Delete", US), local)
    refused(
        lambda: world.change(world.us, "Create", "eu-west-2"),
        "Region eu-west-2 is not supported. The latest version of global tables are only supported "
        f"in the following regions: [{AP}, {EU}, {US}]",
    )
    check_no_such_replica(world, NO_REPLICAS)
    refused(lambda: world.update(world.us, ReplicaUpdates=[{}]), NO_ACTION)
    refused(lambda: world.change(world.us, "Update", EU), NO_ACTION)
    create = {"Create": {"RegionName": EU}}
    refused(
        lambda: world.update(world.us, ReplicaUpdates=[{**create, "Delete": {"RegionName": EU}}]),
        "Update table operation with more than one type of replica actions not allowed.",
    )
    refused(
        lambda: world.update(world.us, ReplicaUpdates=[create, {"Create": {"RegionName": AP}}]),
        "Update table operation with more than one create or delete replica actions not allowed",
    )
    refused(
        lambda: world.update(world.us, ReplicaUpdates=[create], DeletionProtectionEnabled=True),
        "One or more parameter values were invalid: Replica modification must be the only "
        "operation in the request",
    )
    assert "Replicas" not in world.describe(world.us)
    with pytest.raises(ClientError) as caught:
        world.us.update_table(TableName="missing", ReplicaUpdates=[create])
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"


def check_no_such_replica(world: World, text: str) -> None:
    for kind, more in (("Delete", {}), ("Update", {"TableClassOverride": "STANDARD"})):
        refused(
            lambda kind=kind, more=more: world.change(world.us, kind, EU, **more),  # type: ignore[misc]
            text,
        )


def test_a_replica_that_is_gone_is_not_found_once_the_table_has_none(world: World) -> None:
    """Terraform does this: it removes a replica, then again together with its table."""
    world.create()
    world.add(world.us, AP)
    check_no_such_replica(world, NOT_A_MEMBER.format(EU))
    world.add(world.us, EU)
    world.change(world.us, "Delete", AP)
    world.wait(world.us, EU)
    world.change(world.us, "Delete", EU)
    wait_until(lambda: "Replicas" not in world.describe(world.us))
    check_no_such_replica(world, NO_REPLICAS)
    world.us.delete_table(TableName=world.name)
    wait_until(lambda: world.name not in world.us.list_tables()["TableNames"])


def test_a_repeated_action_is_carried_out_once(world: World) -> None:
    world.create()
    world.update(world.us, ReplicaUpdates=[{"Create": {"RegionName": EU}}] * 2)
    world.wait(world.us, EU)


def test_a_table_of_that_name_is_not_taken_over(world: World) -> None:
    there = (
        f"Failed to create a the new replica of table with name: \u2018{world.name}\u2019 because "
        "one or more replicas already existed as tables."
    )
    world.create()
    world.create(world.eu)
    world.put(world.eu, "own")
    refused(lambda: world.change(world.us, "Create", EU), there)
    assert world.keys(world.eu) == {"own"}
    world.add(world.us, AP)
    refused(lambda: world.change(world.us, "Create", AP), there)


def test_the_stream_of_a_member_stays(world: World) -> None:
    world.create(StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    world.add(world.us, EU)
    for client in (world.us, world.eu):
        assert world.describe(client)["StreamSpecification"]["StreamViewType"] == "KEYS_ONLY"
        refused(
            lambda client=client: world.update(  # type: ignore[misc]
                client, StreamSpecification={"StreamEnabled": False}
            ),
            "One or more parameter values were invalid: Disabling Stream is not allowed for a "
            "Global Table replica.",
        )


# --- What is shared -------------------------------------------------------------------------------


def test_settings_follow_in_all_regions(world: World) -> None:
    world.create()
    world.add(world.us, EU)
    setting = {"Enabled": True, "AttributeName": "until"}
    world.eu.update_time_to_live(TableName=world.name, TimeToLiveSpecification=setting)
    world.wait(world.eu, US)
    described = world.us.describe_time_to_live(TableName=world.name)["TimeToLiveDescription"]
    assert described == {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}
    world.update(
        world.us,
        AttributeDefinitions=[{"AttributeName": "g", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "by-g", "Projection": {"ProjectionType": "ALL"},
                    "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                }
            }
        ],
    )  # fmt: skip
    world.wait(world.us, EU)
    (index,) = world.describe(world.eu)["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "by-g"
    world.put(world.us, "x", g={"S": "y"})

    def found() -> bool:
        asked = {":g": {"S": "y"}}
        query = {"KeyConditionExpression": "g = :g", "ExpressionAttributeValues": asked}
        answer = world.eu.query(TableName=world.name, IndexName="by-g", **query)
        return bool(answer["Count"] == 1)

    wait_until(found)
    world.update(world.eu, OnDemandThroughput={"MaxWriteRequestUnits": 50})
    world.wait(world.eu, US)
    assert world.describe(world.us)["OnDemandThroughput"]["MaxWriteRequestUnits"] == 50


def test_tags_are_each_regions_own(world: World) -> None:
    world.create(Tags=[{"Key": "team", "Value": "us"}])
    world.add(world.us, EU)
    arn = world.describe(world.eu)["TableArn"]
    assert world.eu.list_tags_of_resource(ResourceArn=arn)["Tags"] == []


def test_overrides_of_a_replica(world: World) -> None:
    world.create()
    world.add(world.us, EU)
    world.change(world.us, "Update", EU, TableClassOverride="STANDARD_INFREQUENT_ACCESS")
    (replica,) = world.wait(world.us, EU)["Replicas"]
    summary = replica["ReplicaTableClassSummary"]
    assert summary["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert summary["LastUpdateDateTime"].microsecond % 1000 == 0
    there = world.describe(world.eu)["TableClassSummary"]
    assert there["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert "TableClassSummary" not in world.describe(world.us)
    world.change(world.us, "Update", EU, OnDemandThroughputOverride={"MaxReadRequestUnits": 40})
    (replica,) = world.wait(world.us, EU)["Replicas"]
    assert replica["OnDemandThroughputOverride"] == {"MaxReadRequestUnits": 40}
    refused(
        lambda: world.change(
            world.us, "Update", EU, ProvisionedThroughputOverride={"ReadCapacityUnits": 4}
        ),
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
        "PAY_PER_REQUEST",
    )


def test_a_replica_is_shown_with_the_class_of_its_own_table(world: World) -> None:
    rare = {"TableClass": "STANDARD_INFREQUENT_ACCESS"}

    def shown() -> Any:
        (replica,) = world.wait(world.us, EU)["Replicas"]
        return replica.get("ReplicaTableClassSummary")

    world.create()
    world.add(world.us, EU)
    world.change(world.us, "Update", EU, TableClassOverride="STANDARD")  # as it was
    assert shown() is None
    world.update(world.eu, DeletionProtectionEnabled=True)
    world.change(world.us, "Update", EU, TableClassOverride=rare["TableClass"])
    first = shown()
    assert first == world.describe(world.eu)["TableClassSummary"]
    world.change(world.us, "Update", EU, OnDemandThroughputOverride={"MaxReadRequestUnits": 40})
    assert shown() == first
    world.update(world.eu, TableClass="STANDARD")
    wait_until(lambda: shown()["TableClass"] == "STANDARD")
    assert shown() == world.describe(world.eu)["TableClassSummary"]
    text = (
        f"Limit exceeded for replica in {EU}. Updates to TableClass are limited to 2 times in "
        "30 day(s)"
    )
    refused(lambda: world.update(world.us, **rare), text, "LimitExceededException")
    override = {"TableClassOverride": rare["TableClass"]}
    refused(
        lambda: world.change(world.us, "Update", EU, **override), text, "LimitExceededException"
    )


def test_a_new_replica_is_shown_the_class_of_the_others(world: World) -> None:
    world.create(TableClass="STANDARD_INFREQUENT_ACCESS")
    world.add(world.us, EU)
    for client in (world.us, world.eu):
        (replica,) = world.wait(client, EU if client is world.us else US)["Replicas"]
        summary = replica["ReplicaTableClassSummary"]
        assert summary["TableClass"] == "STANDARD_INFREQUENT_ACCESS"


def test_a_replica_of_a_table_under_a_key_has_a_key_of_its_own(world: World) -> None:
    here, there = (
        world.server.client("kms", region_name=region).create_key()["KeyMetadata"]
        for region in (US, EU)
    )
    specification = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": here["KeyId"]}
    world.create(SSESpecification=specification)
    world.put(world.us, "sealed")
    lacks = (
        "One or more parameter values were invalid: KMSMasterKeyId must be specified for each "
        "replica."
    )
    refused(lambda: world.change(world.us, "Create", EU), lacks)
    with pytest.raises(ClientError, match=f"KMS validation error for region {EU}"):
        world.change(world.us, "Create", EU, KMSMasterKeyId=here["KeyId"])
    world.change(world.us, "Create", EU, KMSMasterKeyId=there["KeyId"])
    (replica,) = world.wait(world.us, EU)["Replicas"]
    assert replica["KMSMasterKeyId"] == there["Arn"]
    assert world.describe(world.eu)["SSEDescription"]["KMSMasterKeyArn"] == there["Arn"]
    (source,) = world.describe(world.eu)["Replicas"]
    assert source["KMSMasterKeyId"] == here["Arn"]
    assert world.keys(world.eu) == {"sealed"}
    refused(lambda: world.change(world.us, "Update", EU, KMSMasterKeyId=there["Arn"]), lacks)
    # A key that cannot be used shows at the other replicas, as long as it cannot.
    keys = world.server.client("kms", region_name=EU)
    keys.disable_key(KeyId=there["KeyId"])
    world.put(world.us, "waits")
    wait_until(lambda: world.replicas(world.us) == {EU: "INACCESSIBLE_ENCRYPTION_CREDENTIALS"})
    assert "ReplicaInaccessibleDateTime" in world.describe(world.us)["Replicas"][0]
    keys.enable_key(KeyId=there["KeyId"])
    wait_until(lambda: world.replicas(world.us) == {EU: "ACTIVE"})
    assert world.keys(world.eu) == {"sealed", "waits"}


def test_the_keys_of_all_replicas_are_changed_together(world: World) -> None:
    here, there = (
        world.server.client("kms", region_name=region).create_key()["KeyMetadata"]["Arn"]
        for region in (US, EU)
    )
    world.create()
    world.put(world.us, "sealed")
    world.change(world.us, "Create", EU)
    world.wait(world.us, EU)
    managed = {"Enabled": True, "SSEType": "KMS"}

    def shown(client: Any) -> tuple[Any, Any]:
        """The key of a region's own table, and of the other according to it."""
        table = world.describe(client)
        own = table.get("SSEDescription", {"Status": "ENABLED"})
        if own["Status"] != "ENABLED":
            return own["Status"], None
        return own.get("KMSMasterKeyArn"), table["Replicas"][0].get("KMSMasterKeyId")

    def agreed() -> tuple[Any, Any] | None:
        """The keys of both, once both show them."""
        (us, eu), (as_seen, itself) = shown(world.us), shown(world.eu)[::-1]
        return (us, eu) if (us, eu) == (as_seen, itself) else None

    assert agreed() == (None, None)
    # What the service calls its own key is another one in each region.
    world.update(world.us, SSESpecification=managed)
    wait_until(lambda: None not in (agreed() or (None,)))
    first = agreed()
    assert first is not None
    assert first[0].startswith(f"arn:aws:kms:{US}:")
    assert first[1].startswith(f"arn:aws:kms:{EU}:")
    with pytest.raises(ClientError, match="can only be updated through ReplicaUpdates parameter"):
        world.update(world.us, SSESpecification={**managed, "KMSMasterKeyId": here})

    def change(**keys: str) -> None:
        updates = [
            {"Update": {"RegionName": region.replace("_", "-"), "KMSMasterKeyId": key}}
            for region, key in keys.items()
        ]
        world.update(world.us, ReplicaUpdates=updates)

    alias = "alias/aws/dynamodb"
    text = "All replica keys must either be Customer Managed CMK or AWS Managed CMK."
    with pytest.raises(ClientError, match=text):
        change(us_east_1=here, eu_west_1=alias)
    with pytest.raises(ClientError, match=f"KMS validation error for region {EU}"):
        change(us_east_1=here, eu_west_1=here)
    with pytest.raises(ClientError, match="were not part of the global table"):
        change(us_east_1=here, eu_west_1=there, ap_south_1=there)
    change(us_east_1=here, eu_west_1=there)
    wait_until(lambda: agreed() == (here, there))
    change(us_east_1=alias, eu_west_1=alias)
    wait_until(lambda: agreed() == first)
    world.update(world.eu, SSESpecification={"Enabled": False})
    wait_until(lambda: agreed() == (None, None))
    assert world.keys(world.eu) == {"sealed"}


def test_the_mode_of_settings_is_kept_with_a_table_of_one_region(world: World) -> None:
    world.create()
    member = "GlobalTableSettingsReplicationMode"
    assert member not in world.describe(world.us)
    for mode in ("ENABLED", "ENABLED", "DISABLED"):
        world.update(world.us, **{member: mode})
        assert world.describe(world.us)[member] == mode
    refused(
        lambda: world.update(world.us, **{member: "ENABLED_WITH_OVERRIDES"}),
        f"Value 'ENABLED_WITH_OVERRIDES' at '{member}' failed to satisfy constraint: Only ENABLED "
        "and DISABLED settings replication are supported for a Regional Table.",
    )


# --- The version of 2017 ------------------------------------------------------------------------


def test_no_global_table_of_2017_is_made_or_found(world: World) -> None:
    world.create()
    world.add(world.us, EU)
    old = (
        "One or more parameter values were invalid: DynamoDB global tables version 2017.11.29 is "
        "not supported. We recommend using DynamoDB global tables version 2019.11.21, instead of "
        "version 2017.11.29 (Legacy)."
    )
    name = {"GlobalTableName": world.name}
    group = [{"RegionName": US}, {"RegionName": EU}]
    missing = f"Global table with name: '{world.name}' does not exist."
    code = "GlobalTableNotFoundException"
    us = world.us
    refused(lambda: us.create_global_table(**name, ReplicationGroup=group), old)
    create, delete = ({kind: {"RegionName": EU}} for kind in ("Create", "Delete"))
    refused(lambda: us.update_global_table(**name, ReplicaUpdates=[create]), old)
    refused(lambda: us.update_global_table(**name, ReplicaUpdates=[delete]), missing, code)
    refused(lambda: us.describe_global_table(**name), f"Global table not found: {missing}", code)
    refused(lambda: us.describe_global_table_settings(**name), missing, code)
    billing = {"GlobalTableBillingMode": "PROVISIONED"}
    refused(lambda: us.update_global_table_settings(**name, **billing), missing, code)
    assert us.list_global_tables()["GlobalTables"] == []
