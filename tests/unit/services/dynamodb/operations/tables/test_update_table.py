"""UpdateTable: what it refuses, and what it answers first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from jedlik.base.errors import ResourceInUseException, ResourceNotFoundException
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.operations.tables import update_table
from jedlik.services.dynamodb.tables.replicas import ACTIVE, Replica, Replication
from jedlik.services.kms.operations.registry import OPERATIONS as KEY_OPERATIONS
from tests.control_plane import (
    INVALID,
    ControlPlane,
    attributes,
    index,
    provisioned,
    units,
)

NOW = 1_700_000_000.25


NOTHING = (
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
    "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, "
    "ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, "
    "OnDemandThroughput, WarmThroughput or TableClass is required"
)
CREATE = {"Create": index("gsi", "pk")}


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({}, NOTHING),
        ({"AttributeDefinitions": attributes("pk")}, NOTHING),
        (
            {"MultiRegionConsistency": "STRONG"},
            NOTHING.replace("MultiRegionConsistency, ", ""),
        ),
        ({"GlobalSecondaryIndexUpdates": []}, NOTHING),
        (
            {"GlobalSecondaryIndexUpdates": [], "DeletionProtectionEnabled": True},
            "List of GlobalSecondaryIndexUpdates is empty",
        ),
        (
            {"ProvisionedThroughput": units(1, 1)},
            (
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
                "BillingMode is PAY_PER_REQUEST"
            ),
        ),
        (
            {"ProvisionedThroughput": units(1, 1), "BillingMode": "PAY_PER_REQUEST"},
            (
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
                "BillingMode is PAY_PER_REQUEST"
            ),
        ),
        (
            {"DeletionProtectionEnabled": True, "BillingMode": "PAY_PER_REQUEST"},
            "DeletionProtection modification must be the only operation in the request",
        ),
        (
            {"TableClass": "STANDARD", "BillingMode": "PAY_PER_REQUEST"},
            "TableClass modification must be the only operation in the request",
        ),
        (
            {"SSESpecification": {"Enabled": False}, "BillingMode": "PAY_PER_REQUEST"},
            "Server-Side Encryption modification must be the only operation in the request",
        ),
        (
            {"WarmThroughput": {"ReadUnitsPerSecond": 1}, "BillingMode": "PAY_PER_REQUEST"},
            "WarmThroughput must be the only operation in the request",
        ),
        (
            {
                "OnDemandThroughput": {"MaxReadRequestUnits": 1},
                "StreamSpecification": {"StreamEnabled": False},
            },
            "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request",
        ),
        (
            {
                "OnDemandThroughput": {"MaxReadRequestUnits": 1},
                "WarmThroughput": {"ReadUnitsPerSecond": 13000},
            },
            "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request",
        ),
        (
            {
                "ProvisionedThroughput": units(1, 1),
                "StreamSpecification": {"StreamEnabled": False},
            },
            "You cannot modify stream status while updating table IOPS",
        ),
        (
            {
                "StreamSpecification": {"StreamEnabled": False},
                "GlobalSecondaryIndexUpdates": [CREATE],
                "AttributeDefinitions": attributes("pk"),
            },
            "You cannot create or delete index while changing stream status",
        ),
        (
            {
                "ProvisionedThroughput": units(1, 1),
                "GlobalSecondaryIndexUpdates": [CREATE],
                "AttributeDefinitions": attributes("pk"),
            },
            "You cannot create or delete index while updating table IOPS",
        ),
        (
            {
                "WarmThroughput": {"ReadUnitsPerSecond": 1},
                "GlobalSecondaryIndexUpdates": [CREATE],
                "AttributeDefinitions": attributes("pk"),
            },
            "Create global secondary index cannot be specified when updating WarmThroughput",
        ),
        (
            {"StreamSpecification": {"StreamEnabled": True}},
            "If stream is being enabled then UpdateViewType is required",
        ),
        (
            {"StreamSpecification": {"StreamEnabled": False, "StreamViewType": "NEW_IMAGE"}},
            "If stream is being disabled, then UpdateViewType must not be specified",
        ),
        (
            {"StreamSpecification": {"StreamEnabled": False}},
            "Table has no stream to disable: TableName: music",
        ),
        ({"SSESpecification": {"Enabled": False}}, "Table is already encrypted by default"),
        (
            {"ReplicaUpdates": [{"Create": {"RegionName": "eu-west-1"}}]},
            (
                "Region eu-west-1 is not supported. The latest version of global tables are only "
                "supported in the following regions: [us-east-1]"
            ),
        ),
    ],
)
def test_invalid_requests_are_refused_and_change_nothing(
    on_demand_plane: ControlPlane, members: dict[str, Any], text: str
) -> None:
    before = on_demand_plane.table()
    assert on_demand_plane.invalid("UpdateTable", TableName="music", **members) == text
    assert on_demand_plane.table() == before


def test_refuses_maxima_on_a_provisioned_table(provisioned_plane: ControlPlane) -> None:
    request = {"TableName": "music", "OnDemandThroughput": {"MaxReadRequestUnits": 1}}
    text = provisioned_plane.invalid("UpdateTable", **request)
    assert text == (
        "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode "
        "is PROVISIONED"
    )


def test_a_table_that_is_not_there(plane: ControlPlane) -> None:
    request = {"TableName": "music", "DeletionProtectionEnabled": True}
    error = plane.refusal("UpdateTable", **request)
    assert type(error) is ResourceNotFoundException
    assert error.message == "Requested resource not found: Table: music not found"
    assert plane.refusal("UpdateTable", TableName="music").message == NOTHING
    # Of a table's units, unlike an index's, it is said first that no table can have them.
    impossible = {"ProvisionedThroughput": units(10**12 + 1, 1)}
    text = plane.refusal("UpdateTable", TableName="music", **impossible).message
    assert text == "Given value 1000000000001 for ReadCapacityUnits is out of bounds"
    update = {"Update": {"IndexName": "gsi", **impossible}}
    error = plane.refusal("UpdateTable", TableName="music", GlobalSecondaryIndexUpdates=[update])
    assert type(error) is ResourceNotFoundException


def test_states_keep_changes_apart(slow_plane: ControlPlane) -> None:
    plane = slow_plane
    plane.call("CreateTable", **provisioned())
    protect = {"TableName": "music", "DeletionProtectionEnabled": True}
    faster = {"TableName": "music", "ProvisionedThroughput": units(7, 7)}
    head = "Attempt to change a resource which is still in use: "

    def in_use(**request: Any) -> str:
        error = plane.refusal("UpdateTable", **request)
        assert type(error) is ResourceInUseException
        return error.message.removeprefix(head)

    assert in_use(**protect) == "Table is being created: music"
    plane.clock.advance(10)
    plane.call("UpdateTable", **faster)
    assert plane.table()["TableStatus"] == "UPDATING"
    again = {"TableName": "music", "ProvisionedThroughput": units(8, 8)}
    assert in_use(**again) == "Table IOPS are currently being updated. Table: music"
    assert in_use(TableName="music", TableClass="STANDARD") == (
        "Can't update table class while table IOPS are being updated. Table: music"
    )
    plane.call("UpdateTable", **protect)
    deletion = plane.refusal("DeleteTable", TableName="music")
    assert deletion.message == f"{head}Table: music is in the process of being updated."
    plane.clock.advance(10)
    plane.call("UpdateTable", **again)
    plane.clock.advance(10)
    plane.call("UpdateTable", TableName="music", DeletionProtectionEnabled=False)
    plane.call("DeleteTable", TableName="music")
    assert in_use(**protect) == "Table is being deleted: music"


def test_a_refused_request_is_not_half_done(plane: ControlPlane) -> None:
    gsi = index("gsi", "pk", ProvisionedThroughput=units(1, 1))
    plane.call("CreateTable", **provisioned(GlobalSecondaryIndexes=[gsi]))
    before = plane.table()
    request = {
        "TableName": "music",
        "ProvisionedThroughput": units(9, 9),
        "GlobalSecondaryIndexUpdates": [
            {"Update": {"IndexName": "gsi", "ProvisionedThroughput": units(1, 1)}}
        ],
    }
    error = plane.refusal("UpdateTable", **request)
    assert not error.message.startswith(INVALID)
    assert error.message.startswith("The provisioned throughput for the index gsi will not change.")
    assert plane.table() == before


def test_a_table_that_gets_replicas_meanwhile_keeps_its_key(
    on_demand_plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    plane = on_demand_plane
    key: Any = plane.run(KEY_OPERATIONS["CreateKey"](plane.database, {}))
    change_encryption = update_table.change_encryption

    def add_replica(draft: CatalogDraft) -> None:
        replication = Replication(draft.new_id(), replicas=(Replica("eu-west-1", ACTIVE),))
        draft.put(replace(draft.existing("music"), replication=replication))

    async def change_later(*given: Any, **more: Any) -> Any:
        await plane.database.catalog.change(("music",), add_replica)
        return await change_encryption(*given, **more)

    monkeypatch.setattr(update_table, "change_encryption", change_later)
    specification = {
        "Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key["KeyMetadata"]["KeyId"],
    }  # fmt: skip
    refused = plane.refusal("UpdateTable", TableName="music", SSESpecification=specification)
    assert "can only be updated through ReplicaUpdates parameter" in refused.message
