"""CreateTable: what it makes, and what it refuses."""

from __future__ import annotations

import re
from typing import Any

import pytest

from jedlik.base.errors import LimitExceededException, ResourceInUseException
from jedlik.kernel.keyspaces import tags_key
from tests.control_plane import (
    INVALID,
    ControlPlane,
    attributes,
    index,
    keys,
    on_demand,
    provisioned,
    units,
)

BOTH = ("pk", "/sk")


def test_describes_a_provisioned_table_as_the_service_does(plane: ControlPlane) -> None:
    answer = plane.call("CreateTable", **provisioned("music", "pk", "/sk"))["TableDescription"]
    uuid = answer.pop("TableId")
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", uuid)
    assert answer == {
        "AttributeDefinitions": attributes("pk", "sk"),
        "TableName": "music",
        "KeySchema": keys("pk", "/sk"),
        "TableStatus": "CREATING",
        "CreationDateTime": 1_700_000_000.25,
        "ProvisionedThroughput": {"NumberOfDecreasesToday": 0, **units(5, 6)},
        "TableSizeBytes": 0,
        "ItemCount": 0,
        "TableArn": "arn:aws:dynamodb:us-east-1:000000000000:table/music",
        "DeletionProtectionEnabled": False,
    }
    described = plane.table()
    assert described["TableStatus"] == "ACTIVE"
    assert described["TableId"] == uuid
    assert described["WarmThroughput"] == {
        "ReadUnitsPerSecond": 5,
        "WriteUnitsPerSecond": 6,
        "Status": "ACTIVE",
    }
    assert "BillingModeSummary" not in described
    assert "TableClassSummary" not in described


def test_an_on_demand_table_reports_no_units_and_initial_warmth(plane: ControlPlane) -> None:
    answer = plane.call("CreateTable", **on_demand())["TableDescription"]
    assert answer["BillingModeSummary"] == {"BillingMode": "PAY_PER_REQUEST"}
    assert "WarmThroughput" not in answer
    described = plane.table()
    assert described["BillingModeSummary"] == {
        "BillingMode": "PAY_PER_REQUEST",
        "LastUpdateToPayPerRequestDateTime": 1_700_000_000.25,
    }
    assert described["ProvisionedThroughput"] == {"NumberOfDecreasesToday": 0, **units(0, 0)}
    assert described["WarmThroughput"] == {
        "ReadUnitsPerSecond": 12000,
        "WriteUnitsPerSecond": 4000,
        "Status": "ACTIVE",
    }


def test_describes_indexes(plane: ControlPlane) -> None:
    request = on_demand(
        "music",
        *BOTH,
        AttributeDefinitions=attributes("pk", "sk", "a", "b:N"),
        LocalSecondaryIndexes=[index("by-a", "pk", "/a", kind="KEYS_ONLY")],
        GlobalSecondaryIndexes=[index("by-b", "b", "/pk", kind="INCLUDE", include=["x", "y"])],
    )
    answer = plane.call("CreateTable", **request)["TableDescription"]
    assert answer["LocalSecondaryIndexes"] == [
        {
            "IndexName": "by-a",
            "KeySchema": keys("pk", "/a"),
            "Projection": {"ProjectionType": "KEYS_ONLY"},
            "IndexSizeBytes": 0,
            "ItemCount": 0,
            "IndexArn": "arn:aws:dynamodb:us-east-1:000000000000:table/music/index/by-a",
        }
    ]
    expected = {
        "IndexName": "by-b",
        "KeySchema": keys("b", "/pk"),
        "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x", "y"]},
        "IndexStatus": "CREATING",
        "ProvisionedThroughput": {"NumberOfDecreasesToday": 0, **units(0, 0)},
        "IndexSizeBytes": 0,
        "ItemCount": 0,
        "IndexArn": "arn:aws:dynamodb:us-east-1:000000000000:table/music/index/by-b",
    }
    assert answer["GlobalSecondaryIndexes"] == [expected]
    warm = {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"}
    assert plane.table()["GlobalSecondaryIndexes"] == [
        {**expected, "IndexStatus": "ACTIVE", "WarmThroughput": warm}
    ]


def test_table_and_indexes_become_active_together(slow_plane: ControlPlane) -> None:
    request = on_demand(GlobalSecondaryIndexes=[index("gsi", "pk")])
    slow_plane.call("CreateTable", **request)

    def statuses() -> tuple[str, str]:
        table = slow_plane.table()
        return table["TableStatus"], table["GlobalSecondaryIndexes"][0]["IndexStatus"]

    slow_plane.clock.advance(9.5)
    assert statuses() == ("CREATING", "CREATING")
    assert "Backfilling" not in slow_plane.table()["GlobalSecondaryIndexes"][0]
    slow_plane.clock.advance(0.5)
    assert statuses() == ("ACTIVE", "ACTIVE")


def test_an_existing_name_is_in_use(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    error = plane.refusal("CreateTable", **on_demand())
    assert type(error) is ResourceInUseException
    assert error.message == "Table already exists: music"
    plane.call("CreateTable", **on_demand("musica"))


def test_takes_an_arn_for_the_name(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand("arn:aws:dynamodb:eu-west-1:123456789012:table/music"))
    assert plane.call("ListTables") == {"TableNames": ["music"]}


def test_keeps_what_it_was_given(plane: ControlPlane) -> None:
    answer = plane.call(
        "CreateTable",
        **on_demand(
            TableClass="STANDARD_INFREQUENT_ACCESS",
            DeletionProtectionEnabled=True,
            OnDemandThroughput={"MaxReadRequestUnits": 10},
            WarmThroughput={"ReadUnitsPerSecond": 13000},
            Tags=[{"Key": "team", "Value": "a"}],
            StreamSpecification={"StreamEnabled": False},
            SSESpecification={"Enabled": False},
        ),
    )["TableDescription"]
    assert answer["TableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
    assert answer["DeletionProtectionEnabled"] is True
    assert answer["OnDemandThroughput"] == {"MaxReadRequestUnits": 10}
    assert answer["WarmThroughput"] == {
        "ReadUnitsPerSecond": 13000,
        "WriteUnitsPerSecond": 4000,
        "Status": "UPDATING",
    }
    assert plane.table()["WarmThroughput"]["Status"] == "ACTIVE"
    (stored,) = plane.run(plane.database.engine.read([tags_key(1)]))
    assert stored == b'{"team":"a"}'


def test_a_table_made_again_has_ids_of_its_own(plane: ControlPlane) -> None:
    for _ in range(2):
        plane.call("CreateTable", **on_demand(GlobalSecondaryIndexes=[index("gsi", "pk")]))
        plane.call("DeleteTable", TableName="music")
    plane.call("CreateTable", **on_demand(GlobalSecondaryIndexes=[index("gsi", "pk")]))
    table = plane.run(plane.database.catalog.find("music"))
    assert table is not None
    assert (table.id, table.indexes[0].id) == (5, 6)


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (
            provisioned(BillingMode="PAY_PER_REQUEST"),
            (
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
                "BillingMode is PAY_PER_REQUEST"
            ),
        ),
        (
            on_demand(BillingMode="PROVISIONED"),
            (
                "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode "
                "is PROVISIONED"
            ),
        ),
        (
            provisioned(ProvisionedThroughput=units(10**12, 10**12 + 1), KeySchema=keys("/pk")),
            "Given value 1000000000001 for WriteCapacityUnits is out of bounds",
        ),
        (
            on_demand(AttributeDefinitions=attributes("pk", "pk:N")),
            "Attribute Name is duplicated: pk",
        ),
        (
            on_demand(AttributeDefinitions=attributes("other")),
            (
                "Some index key attributes are not defined in AttributeDefinitions. Keys: [pk], "
                "AttributeDefinitions: [other]"
            ),
        ),
        (
            on_demand(AttributeDefinitions=[]),
            "Invalid KeySchema: Some index key attribute have no definition",
        ),
        (
            on_demand(KeySchema=keys("pk", "/other")),
            "Invalid KeySchema: Some index key attribute have no definition",
        ),
        (
            on_demand(KeySchema=keys("pk", "/pk"), AttributeDefinitions=attributes("pk")),
            "Invalid KeySchema: Some index key attribute have no definition",
        ),
        (
            on_demand(AttributeDefinitions=attributes("pk", "other")),
            (
                "Number of attributes in KeySchema does not exactly match number of attributes "
                "defined in AttributeDefinitions"
            ),
        ),
        (
            on_demand(KeySchema=keys("/pk")),
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
        ),
        (
            on_demand("music", "pk", "sk"),
            "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type",
        ),
        (
            on_demand(KeySchema=keys("pk", "/pk"), AttributeDefinitions=attributes("pk", "sk")),
            "Both the Hash Key and the Range Key element in the KeySchema have the same name",
        ),
        (
            on_demand(StreamSpecification={"StreamEnabled": True}),
            "Table is being created with a stream enabled, UpdateViewType is required",
        ),
        (
            on_demand(StreamSpecification={"StreamEnabled": False, "StreamViewType": "NEW_IMAGE"}),
            "Table is being created with a stream disabled, UpdateViewType should not be specified",
        ),
        (
            on_demand(SSESpecification={"Enabled": False, "SSEType": "KMS"}),
            "SSEType can not be specified if Enabled is false",
        ),
        (
            on_demand(SSESpecification={"Enabled": True, "SSEType": "AES256"}),
            "SSEType AES256 is not supported",
        ),
        (
            on_demand(SSESpecification={"Enabled": True, "KMSMasterKeyId": "k"}),
            "SSEType KMS is required if KMSMasterKeyId is specified",
        ),
        (
            provisioned(OnDemandThroughput={"MaxReadRequestUnits": 1}),
            (
                "MaxReadRequestUnits for OnDemandThroughput cannot be specified when table "
                "BillingMode is PROVISIONED."
            ),
        ),
        (
            on_demand(OnDemandThroughput={"MaxWriteRequestUnits": -1}),
            (
                "Requested MaxWriteRequestUnits for OnDemandThroughput for table is outside of "
                "valid range"
            ),
        ),
        (
            on_demand(WarmThroughput={"WriteUnitsPerSecond": 3999}),
            (
                "Requested WriteUnitsPerSecond for WarmThroughput for table is lower than initial "
                "throughput for OnDemand. See: "
                "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html#on-demand-capacity-mode-initial"
            ),
        ),
        (
            provisioned(WarmThroughput={"ReadUnitsPerSecond": 4}),
            (
                "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than "
                "ReadCapacityUnits of ProvisionedThroughput"
            ),
        ),
        (
            on_demand(Tags=[{"Key": "aws:x", "Value": ""}]),
            "Tag Key cannot be prefixed with aws:, Key: aws:x",
        ),
        (
            on_demand(Tags=[{"Key": str(number), "Value": ""} for number in range(51)]),
            "Number of Tags exceed the current limit for the provided ResourceArn",
        ),
    ],
)
def test_invalid_requests_are_refused_and_create_nothing(
    plane: ControlPlane, request_: dict[str, Any], text: str
) -> None:
    assert plane.invalid("CreateTable", **request_) == text
    assert plane.call("ListTables") == {"TableNames": []}


def test_the_limits_themselves_are_accepted(plane: ControlPlane) -> None:
    plane.call(
        "CreateTable",
        **on_demand(
            WarmThroughput={"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000},
            OnDemandThroughput={"MaxReadRequestUnits": 1},
            Tags=[{"Key": str(number), "Value": ""} for number in range(50)],
        ),
    )
    plane.call("CreateTable", **provisioned("most", ProvisionedThroughput=units(40000, 40000)))


def test_too_many_units_exceed_a_limit(plane: ControlPlane) -> None:
    error = plane.refusal("CreateTable", **provisioned(ProvisionedThroughput=units(5, 40001)))
    assert type(error) is LimitExceededException
    assert error.message == (
        "The requested WriteCapacityUnits, 40001, is above the per table maximum for the account "
        "in us-east-1. Per table maximum: 40000. Refer to the Amazon DynamoDB Developer Guide for "
        "current limits and how to request higher limits."
    )


@pytest.mark.parametrize(
    ("members", "what"),
    [
        ({"GlobalTableSourceArn": "arn:aws:x"}, "GlobalTableSourceArn"),
        (
            {"GlobalTableSettingsReplicationMode": "ENABLED"},
            "GlobalTableSettingsReplicationMode",
        ),
    ],
)
def test_nothing_that_is_not_there_is_accepted_in_silence(
    plane: ControlPlane, members: dict[str, Any], what: str
) -> None:
    error = plane.refusal("CreateTable", **on_demand(**members))
    assert error.message == f"{INVALID}{what} is not available on this server yet"


@pytest.mark.parametrize(
    ("members", "text"),
    [
        (
            {"OnDemandThroughput": {"MaxWriteRequestUnits": 40001}},
            (
                "MaxWriteRequestUnits for OnDemandThroughput for table exceeds "
                "TableMaxWriteCapacityUnits"
            ),
        ),
        (
            {"WarmThroughput": {"ReadUnitsPerSecond": 40001}},
            "ReadUnitsPerSecond for WarmThroughput for table exceeds TableMaxReadCapacityUnits",
        ),
        (
            {
                "GlobalSecondaryIndexes": [
                    index("gsi", "pk", OnDemandThroughput={"MaxReadRequestUnits": 40001})
                ]
            },
            (
                "MaxReadRequestUnits for OnDemandThroughput for index : gsi exceeds "
                "TableMaxReadCapacityUnits"
            ),
        ),
    ],
)
def test_too_much_on_demand_exceeds_a_limit(
    plane: ControlPlane, members: dict[str, Any], text: str
) -> None:
    error = plane.refusal("CreateTable", **on_demand(**members))
    assert type(error) is LimitExceededException
    assert error.message == (
        f"Subscriber limit exceeded: Requested {text} of the account in region us-east-1"
    )
