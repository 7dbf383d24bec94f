"""Provisioned tables with replicas, and their auto scaling in all regions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from jedlik.testing.server import LocalServer
from tests.api.global_tables import AP, EU, US, World, refused
from tests.waiting import wait_until


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


def put_policy(client: Any, scaled: dict[str, str]) -> None:
    client.put_scaling_policy(
        **scaled, PolicyName="writes", PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 70.0,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "DynamoDBWriteCapacityUtilization"
            },
        },
    )  # fmt: skip


def test_provisioned_tables_have_to_scale_what_is_written(world: World) -> None:
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    world.create(BillingMode="PROVISIONED", ProvisionedThroughput=units)
    text = "Table write capacity should either be Pay-Per-Request or AutoScaled."
    refused(lambda: world.change(world.us, "Create", EU), text)
    scaling = world.server.client("application-autoscaling")
    scaled = {
        "ServiceNamespace": "dynamodb", "ResourceId": f"table/{world.name}",
        "ScalableDimension": "dynamodb:table:WriteCapacityUnits",
    }  # fmt: skip
    scaling.register_scalable_target(**scaled, MinCapacity=5, MaxCapacity=10)
    refused(lambda: world.change(world.us, "Create", EU), text)
    put_policy(scaling, scaled)
    world.change(world.us, "Create", EU, ProvisionedThroughputOverride={"ReadCapacityUnits": 7})
    (replica,) = world.wait(world.us, EU)["Replicas"]
    assert replica["ProvisionedThroughputOverride"] == {"ReadCapacityUnits": 7}
    there = world.describe(world.eu)
    own = there["ProvisionedThroughput"]
    assert (own["ReadCapacityUnits"], own["WriteCapacityUnits"]) == (7, 5)
    assert there["Replicas"][0]["ProvisionedThroughputOverride"] == {"ReadCapacityUnits": 5}
    regional = world.server.client("application-autoscaling", region_name=EU)
    (target,) = regional.describe_scalable_targets(
        ServiceNamespace="dynamodb", ResourceIds=[scaled["ResourceId"]]
    )["ScalableTargets"]
    assert target["ScalableDimension"] == scaled["ScalableDimension"]


def scaling(least: int, most: int, **policy: Any) -> dict[str, Any]:
    tracking = {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70.0}}
    return {
        "MinimumUnits": least, "MaximumUnits": most, "ScalingPolicyUpdate": {**tracking, **policy},
    }  # fmt: skip


def check_refusals(world: World, update: Callable[..., Any]) -> str:
    """Check that requests that change nothing, or are incomplete, are refused, and how the texts
    begin."""
    failed = f"Failed to update settings for global table with name: \u2018{world.name}\u2019"
    refused(update, f"{failed} because at least one update parameter must be specified.")
    refused(
        lambda: update(ReplicaUpdates=[{"RegionName": EU}]),
        f"{failed} because at least one update parameter must be specified for region: "
        f"\u2018{EU}\u2019.",
    )
    reads = "ReplicaProvisionedReadCapacityAutoScalingUpdate"
    refused(
        lambda: update(ReplicaUpdates=[{"RegionName": EU, reads: {"MinimumUnits": 1}}]),
        f"{failed}: Parameters 'MaximumUnits', 'ScalingPolicyUpdate' are required unless auto "
        "scaling is being disabled.",
    )
    return failed


def check_errors_of_auto_scaling(update: Callable[..., Any], reads: str) -> None:
    """Check that errors of the service that scales are passed on, and where they are from."""
    tracking = "TargetTrackingScalingPolicyConfiguration"
    too_high = {**scaling(5, 20), "ScalingPolicyUpdate": {tracking: {"TargetValue": 90.1}}}
    origin = " (Service: AWSApplicationAutoScaling; Status Code: 400; Error Code: "
    for settings, text in (
        (scaling(9, 8), "Maximum capacity cannot be less than minimum capacity"),
        (too_high, "target value must be between '10.0' and '90.0', but was '90.1'."),
    ):
        with pytest.raises(ClientError, match=re.escape(text + origin)) as caught:
            update(ReplicaUpdates=[{"RegionName": EU, reads: settings}])
        message = caught.value.response["Error"]["Message"]
        assert re.search(r"ValidationException; Request ID: [0-9a-f-]{36}; Proxy: null\)$", message)


def add_replica(world: World) -> None:
    """Set up auto scaling of the table's writes, and add a replica in Ireland."""
    scaled = {
        "ServiceNamespace": "dynamodb", "ResourceId": f"table/{world.name}",
        "ScalableDimension": "dynamodb:table:WriteCapacityUnits",
    }  # fmt: skip
    auto_scaling = world.server.client("application-autoscaling")
    auto_scaling.register_scalable_target(**scaled, MinCapacity=5, MaxCapacity=10)
    put_policy(auto_scaling, scaled)
    world.add(world.us, EU)


def test_auto_scaling_of_tables_with_replicas(world: World) -> None:
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    world.create(BillingMode="PROVISIONED", ProvisionedThroughput=units)
    name = {"TableName": world.name}
    missing = f"Global table with name: '{world.name}' does not exist."
    code = "ResourceNotFoundException"
    refused(lambda: world.us.describe_table_replica_auto_scaling(**name), missing, code)
    writes = {"ProvisionedWriteCapacityAutoScalingUpdate": scaling(5, 10)}
    refused(lambda: world.us.update_table_replica_auto_scaling(**name, **writes), missing, code)
    add_replica(world)

    def described(client: Any) -> dict[str, Any]:
        answer = client.describe_table_replica_auto_scaling(**name)
        replicas = answer["TableAutoScalingDescription"]["Replicas"]
        assert [each["RegionName"] for each in replicas] == [EU, US]
        assert {each["ReplicaStatus"] for each in replicas} == {"ACTIVE"}
        return {each["RegionName"]: each for each in replicas}

    disabled = {"AutoScalingDisabled": True, "ScalingPolicies": []}
    read = "ReplicaProvisionedReadCapacityAutoScalingSettings"
    write = "ReplicaProvisionedWriteCapacityAutoScalingSettings"
    before = described(world.us)
    assert before[US][read] == before[EU][read] == disabled
    # What scales writes is copied to a new replica, as targets and policies of its own.
    assert before[US][write]["MaximumUnits"] == before[EU][write]["MaximumUnits"] == 10
    assert before[EU][write]["ScalingPolicies"] == before[US][write]["ScalingPolicies"] != []

    def update(**members: Any) -> Any:
        return world.us.update_table_replica_auto_scaling(**name, **members)

    reads = "ReplicaProvisionedReadCapacityAutoScalingUpdate"
    failed = check_refusals(world, update)
    check_errors_of_auto_scaling(update, reads)
    answer = update(
        ProvisionedWriteCapacityAutoScalingUpdate=scaling(5, 12),
        ReplicaUpdates=[{"RegionName": EU, reads: scaling(5, 20)}],
    )
    assert answer["TableAutoScalingDescription"]["Replicas"][0][read] == disabled
    after = described(world.eu)
    assert after[US][write]["MaximumUnits"] == after[EU][write]["MaximumUnits"] == 12
    assert after[EU][read]["MaximumUnits"] == 20
    (policy,) = after[EU][read]["ScalingPolicies"]
    assert policy["PolicyName"] == f"DynamoDBReadCapacityUtilization:table/{world.name}"
    assert after[US][read] == disabled
    _check_partial_updates(update, failed, reads)
    off = {"AutoScalingDisabled": True}
    update(ReplicaUpdates=[{"RegionName": EU, reads: off}])
    assert described(world.us)[EU][read] == disabled


def test_what_scales_reads_is_one_regions(world: World) -> None:
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    world.create(BillingMode="PROVISIONED", ProvisionedThroughput=units)
    add_replica(world)

    def seen(client: Any) -> tuple[int, int, Any]:
        """Read and write units in a region, and the override that the other region shows for it."""
        table = world.describe(client)
        own, (replica,) = table["ProvisionedThroughput"], table["Replicas"]
        override = replica.get("ProvisionedThroughputOverride", {}).get("ReadCapacityUnits")
        return own["ReadCapacityUnits"], own["WriteCapacityUnits"], override

    reads = "ReplicaProvisionedReadCapacityAutoScalingUpdate"
    world.us.update_table_replica_auto_scaling(
        TableName=world.name, ReplicaUpdates=[{"RegionName": EU, reads: scaling(20, 40)}]
    )
    wait_until(lambda: (seen(world.eu), seen(world.us)) == ((20, 5, 5), (5, 5, 20)))

    def set_units(read: int, write: int) -> None:
        units = {"ReadCapacityUnits": read, "WriteCapacityUnits": write}
        world.update(world.us, ProvisionedThroughput=units)
        world.wait(world.us, EU)

    set_units(5, 6)  # leaves reads to each region
    wait_until(lambda: (seen(world.eu), seen(world.us)) == ((20, 6, 5), (5, 6, 20)))
    set_units(8, 6)  # is followed by all
    wait_until(lambda: (seen(world.eu), seen(world.us)) == ((8, 6, None), (8, 6, None)))
    world.change(world.us, "Update", EU, ProvisionedThroughputOverride={"ReadCapacityUnits": 9})
    world.wait(world.us, EU)
    wait_until(lambda: (seen(world.eu), seen(world.us)) == ((9, 6, 8), (8, 6, 9)))


def _check_partial_updates(update: Any, failed: str, reads: str) -> None:
    """Even capacity that is scaled already needs all settings again; disabling needs none of
    them."""
    refused(
        lambda: update(
            ProvisionedWriteCapacityAutoScalingUpdate={"MinimumUnits": 1, "MaximumUnits": 9}
        ),
        f"{failed}: Parameters 'ScalingPolicyUpdate' are required unless auto scaling is being "
        "disabled.",
    )
    blank = failed.replace("name:", "name")
    for more, named in (
        ({"MinimumUnits": 1, "MaximumUnits": 9}, "'MaximumUnits', 'MinimumUnits'"),
        ({"ScalingPolicyUpdate": scaling(1, 2)["ScalingPolicyUpdate"]}, "'ScalingPolicyUpdate'"),
    ):
        off = {"AutoScalingDisabled": True, **more}
        refused(
            lambda off=off: update(ReplicaUpdates=[{"RegionName": EU, reads: off}]),
            f"{blank}: Parameters {named} must be left blank when disabling auto scaling.",
        )


def test_auto_scaling_of_an_index_that_is_not_there(world: World) -> None:
    world.create()
    world.add(world.us, EU)
    name = {"TableName": world.name}
    failed = f"Failed to update settings for global table with name: \u2018{world.name}\u2019"
    code = "ResourceNotFoundException"
    on = {"ProvisionedWriteCapacityAutoScalingUpdate": scaling(1, 9)}
    refused(
        lambda: world.us.update_table_replica_auto_scaling(
            **name, GlobalSecondaryIndexUpdates=[{"IndexName": "nope", **on}]
        ),
        f"{failed} because the global secondary indexes with names: \u2018[nope]\u2019 do not "
        "exist.",
        code,
    )
    reads = {"IndexName": "nope", "ProvisionedReadCapacityAutoScalingUpdate": scaling(1, 9)}
    refused(
        lambda: world.us.update_table_replica_auto_scaling(
            **name,
            ReplicaUpdates=[{"RegionName": EU, "ReplicaGlobalSecondaryIndexUpdates": [reads]}],
        ),
        f"{failed} because a global secondary index with name: \u2018nope\u2019 does not exist in "
        f"region: \u2018{EU}\u2019.",
        code,
    )


def test_no_role_but_the_services_own_scales(world: World) -> None:
    world.create()
    world.add(world.us, EU)
    reads = {"AutoScalingRoleArn": "arn:aws:iam::000000000000:role/mine", **scaling(1, 9)}
    refused(
        lambda: world.us.update_table_replica_auto_scaling(
            TableName=world.name,
            ReplicaUpdates=[
                {"RegionName": EU, "ReplicaProvisionedReadCapacityAutoScalingUpdate": reads}
            ],
        ),
        "User: arn:aws:sts::000000000000:assumed-role/AWSServiceRoleForDynamoDBReplication is not "
        "authorized to perform: iam:PassRole on resource: arn:aws:iam::000000000000:role/mine "
        "because no identity-based policy allows the iam:PassRole action",
    )


def test_auto_scaling_of_an_index_that_a_table_with_replicas_gets(world: World) -> None:
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    world.create(BillingMode="PROVISIONED", ProvisionedThroughput=units)
    name = {"TableName": world.name}
    add_replica(world)

    def create(index: str) -> Any:
        return world.us.update_table(
            **name,
            AttributeDefinitions=[{"AttributeName": "x", "AttributeType": "S"}],
            GlobalSecondaryIndexUpdates=[
                {
                    "Create": {
                        "IndexName": index,
                        "KeySchema": [{"AttributeName": "x", "KeyType": "HASH"}],
                        "Projection": {"ProjectionType": "KEYS_ONLY"},
                        "ProvisionedThroughput": units,
                    }
                }
            ],
        )

    def writes(client: Any, region: str) -> dict[str, Any]:
        answer = client.describe_table_replica_auto_scaling(**name)
        for replica in answer["TableAutoScalingDescription"]["Replicas"]:
            for index in replica["GlobalSecondaryIndexes"]:
                if replica["RegionName"] == region and index["IndexName"] == "by-x":
                    found: dict[str, Any] = index["ProvisionedWriteCapacityAutoScalingSettings"]
                    return found
        return {}

    on = {"ProvisionedWriteCapacityAutoScalingUpdate": scaling(1, 9)}
    create("by-x")
    for region in (US, EU):
        wait_until(lambda region=region: writes(world.us, region).get("MaximumUnits") == 10)
    off = {"ProvisionedWriteCapacityAutoScalingUpdate": {"AutoScalingDisabled": True}}
    world.us.update_table_replica_auto_scaling(
        **name, GlobalSecondaryIndexUpdates=[{"IndexName": "by-x", **off}]
    )
    refused(
        lambda: create("by-y"), "GSI write capacity should either be Pay-Per-Request or AutoScaled."
    )
    world.us.update_table_replica_auto_scaling(
        **name, GlobalSecondaryIndexUpdates=[{"IndexName": "by-x", **on}]
    )
    world.us.update_table(**name, BillingMode="PAY_PER_REQUEST")
    kept = writes(world.us, US)
    assert (kept["MaximumUnits"], kept["AutoScalingDisabled"]) == (9, True)


def test_auto_scaling_is_not_for_tables_on_demand(world: World) -> None:
    world.create()
    world.add(world.us, EU)
    refused(
        lambda: world.us.update_table_replica_auto_scaling(
            TableName=world.name, ProvisionedWriteCapacityAutoScalingUpdate=scaling(1, 10)
        ),
        f"Failed to update global table with name \u2018{world.name}\u2018. Replicas 'EU-WEST-1', "
        "'US-EAST-1' BillingMode is PayPerRequest. You must convert table's BillingMode to "
        "PROVISIONED to set parameters: "
        "'GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate'.",
    )
    off = {"AutoScalingDisabled": True}
    world.us.update_table_replica_auto_scaling(
        TableName=world.name, ProvisionedWriteCapacityAutoScalingUpdate=off
    )
