"""UpdateTable: what it changes, and when that shows."""

from __future__ import annotations

from jedlik.base.errors import LimitExceededException
from tests.control_plane import ControlPlane, index, provisioned, units, update

NOW = 1_700_000_000.25


def test_changes_throughput_and_shows_the_old_first(provisioned_plane: ControlPlane) -> None:
    plane = provisioned_plane
    answer = update(plane, ProvisionedThroughput=units(7, 3))
    assert answer["TableStatus"] == "UPDATING"
    moments = {"LastIncreaseDateTime": NOW, "LastDecreaseDateTime": NOW}
    assert answer["ProvisionedThroughput"] == {
        "NumberOfDecreasesToday": 0,
        **moments,
        **units(5, 6),
    }
    described = plane.table()
    assert described["TableStatus"] == "ACTIVE"
    assert described["ProvisionedThroughput"] == {
        "NumberOfDecreasesToday": 1,
        "LastIncreaseDateTime": NOW,
        "LastDecreaseDateTime": NOW,
        **units(7, 3),
    }
    assert described["WarmThroughput"] == {
        "ReadUnitsPerSecond": 7,
        "WriteUnitsPerSecond": 6,
        "Status": "ACTIVE",
    }


def test_refuses_the_throughput_there_is(provisioned_plane: ControlPlane) -> None:
    text = (
        "The provisioned throughput for the table will not change. The requested value equals the "
        "current value. Current ReadCapacityUnits provisioned for the table: 5. Requested "
        "ReadCapacityUnits: 5. Current WriteCapacityUnits provisioned for the table: 6. Requested "
        "WriteCapacityUnits: 6. Refer to the Amazon DynamoDB Developer Guide for current limits "
        "and how to request higher limits."
    )
    request = {"TableName": "music", "ProvisionedThroughput": units(5, 6)}
    assert provisioned_plane.invalid("UpdateTable", **request) == text
    request["BillingMode"] = "PROVISIONED"
    assert provisioned_plane.invalid("UpdateTable", **request) == text
    update(provisioned_plane, ProvisionedThroughput=units(5, 7))


def test_four_decreases_a_day_and_then_one_an_hour(provisioned_plane: ControlPlane) -> None:
    plane = provisioned_plane
    update(plane, ProvisionedThroughput=units(100, 100))
    for wanted in (90, 80, 70, 60):
        plane.clock.advance(1)
        update(plane, ProvisionedThroughput=units(wanted, wanted))
    error = plane.refusal("UpdateTable", TableName="music", ProvisionedThroughput=units(50, 500))
    assert type(error) is LimitExceededException
    assert error.message == (
        "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given "
        "UTC day. After the first 4 decreases, each subsequent decrease in the same UTC day can be "
        "performed at most once every 3600 seconds. Number of decreases today: 4. Last decrease at "
        "Tuesday, November 14, 2023 at 10:13:24 PM Coordinated Universal Time. Next decrease can "
        "be made at Tuesday, November 14, 2023 at 11:13:24 PM Coordinated Universal Time"
    )
    update(plane, ProvisionedThroughput=units(61, 61))
    plane.clock.advance(3600)
    update(plane, ProvisionedThroughput=units(50, 50))
    assert plane.table()["ProvisionedThroughput"]["NumberOfDecreasesToday"] == 5
    plane.clock.advance(3000)
    assert plane.table()["ProvisionedThroughput"]["NumberOfDecreasesToday"] == 0
    update(plane, ProvisionedThroughput=units(40, 40))


def test_switches_to_on_demand_and_back(plane: ControlPlane) -> None:
    gsi = index("gsi", "pk", ProvisionedThroughput=units(1, 1))
    lsi = index("lsi", "pk", "/sk")
    plane.call(
        "CreateTable",
        **provisioned(
            "music", "pk", "/sk", GlobalSecondaryIndexes=[gsi], LocalSecondaryIndexes=[lsi]
        ),
    )
    plane.clock.advance(5)
    answer = update(plane, BillingMode="PAY_PER_REQUEST")
    assert answer["TableStatus"] == "UPDATING"
    assert answer["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    described = plane.table()
    assert described["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"] == NOW + 5
    lowered = {"LastDecreaseDateTime": NOW + 5, "NumberOfDecreasesToday": 0, **units(0, 0)}
    assert answer["ProvisionedThroughput"] == described["ProvisionedThroughput"] == lowered
    assert described["WarmThroughput"]["ReadUnitsPerSecond"] == 12000
    assert described["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"] == {
        "NumberOfDecreasesToday": 0,
        **units(0, 0),
    }
    back = {"TableName": "music", "BillingMode": "PROVISIONED"}
    assert plane.invalid("UpdateTable", **back) == (
        "ProvisionedThroughput must be specified when BillingMode is PROVISIONED"
    )
    back["ProvisionedThroughput"] = units(5, 6)
    assert plane.invalid("UpdateTable", **back) == (
        "ProvisionedThroughput must be specified for index: gsi"
    )
    index_update = {"Update": {"IndexName": "gsi", "ProvisionedThroughput": units(1, 1)}}
    answer = plane.call("UpdateTable", **back, GlobalSecondaryIndexUpdates=[index_update])
    description = answer["TableDescription"]
    assert description["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    assert description["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    described = plane.table()
    assert described["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"] == NOW + 5
    assert described["WarmThroughput"]["ReadUnitsPerSecond"] == 12000


def test_a_mode_sent_again_changes_nothing(on_demand_plane: ControlPlane) -> None:
    plane = on_demand_plane
    before = plane.table()
    plane.clock.advance(5)
    assert update(plane, BillingMode="PAY_PER_REQUEST")["TableStatus"] == "UPDATING"
    assert plane.table() == before


def test_a_table_class_keeps_when_it_changed(on_demand_plane: ControlPlane) -> None:
    plane = on_demand_plane
    update(plane, TableClass="STANDARD")
    assert "TableClassSummary" not in plane.table()
    plane.clock.advance(5)
    answer = update(plane, TableClass="STANDARD_INFREQUENT_ACCESS")
    assert answer["TableStatus"] == "UPDATING"
    assert plane.table()["TableClassSummary"] == {
        "TableClass": "STANDARD_INFREQUENT_ACCESS",
        "LastUpdateDateTime": NOW + 5,
    }


def test_protects_against_deletion_and_lifts_it(on_demand_plane: ControlPlane) -> None:
    plane = on_demand_plane
    answer = update(plane, DeletionProtectionEnabled=True)
    assert (answer["DeletionProtectionEnabled"], answer["TableStatus"]) == (True, "ACTIVE")
    update(plane, DeletionProtectionEnabled=True)
    assert "protected" in plane.invalid("DeleteTable", TableName="music")
    update(plane, DeletionProtectionEnabled=False)
    plane.call("DeleteTable", TableName="music")


def test_maxima_on_demand_come_and_go(on_demand_plane: ControlPlane) -> None:
    plane = on_demand_plane
    members = {"MaxReadRequestUnits": 10, "MaxWriteRequestUnits": 20}
    assert update(plane, OnDemandThroughput=members)["OnDemandThroughput"] == members
    answer = update(plane, OnDemandThroughput={"MaxReadRequestUnits": -1})
    assert answer["OnDemandThroughput"] == {"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": 20}
    assert plane.table()["OnDemandThroughput"] == {"MaxWriteRequestUnits": 20}
    update(plane, OnDemandThroughput={"MaxWriteRequestUnits": -1})
    assert "OnDemandThroughput" not in plane.table()
    request = {"TableName": "music", "OnDemandThroughput": {"MaxReadRequestUnits": 0}}
    assert plane.invalid("UpdateTable", **request) == (
        "Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid range"
    )


def test_what_is_warm_only_gets_warmer(on_demand_plane: ControlPlane) -> None:
    plane = on_demand_plane
    update(plane, WarmThroughput={"ReadUnitsPerSecond": 13000})
    update(plane, WarmThroughput={"ReadUnitsPerSecond": 13000, "WriteUnitsPerSecond": 5000})
    assert plane.table()["WarmThroughput"] == {
        "ReadUnitsPerSecond": 13000,
        "WriteUnitsPerSecond": 5000,
        "Status": "ACTIVE",
    }
    request = {"TableName": "music", "WarmThroughput": {"ReadUnitsPerSecond": 12999}}
    assert plane.invalid("UpdateTable", **request) == (
        "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than current "
        "WarmThroughput, decreasing WarmThroughput is not supported"
    )
