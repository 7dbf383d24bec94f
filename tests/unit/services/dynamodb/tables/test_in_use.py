"""What descriptions show until a change is over, and which changes wait for it.

The expected answers are what the service gave in October 2026. `slow_plane` takes ten seconds over
a change; `plane` is done at once, but its answers are of the moment of acceptance too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from jedlik.base.errors import LimitExceededException, ResourceInUseException
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.tables.replicas import Replica, Replication
from tests.control_plane import ControlPlane, index, on_demand, provisioned, units, update

NOW = 1_700_000_000.25
IN_USE = "Attempt to change a resource which is still in use: "
IA = "STANDARD_INFREQUENT_ACCESS"
STREAM = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}


def in_use(plane: ControlPlane, operation: str = "UpdateTable", **members: Any) -> str:
    error = plane.refusal(operation, TableName="music", **members)
    assert type(error) is ResourceInUseException
    assert error.message.startswith(IN_USE)
    return error.message.removeprefix(IN_USE)


@pytest.fixture
def slow(slow_plane: ControlPlane) -> ControlPlane:
    slow_plane.call("CreateTable", **on_demand(GlobalSecondaryIndexes=[index("gsi", "pk")]))
    slow_plane.clock.advance(10)
    return slow_plane


@pytest.fixture
def slow_units(slow_plane: ControlPlane) -> ControlPlane:
    gsi = index("gsi", "pk", ProvisionedThroughput=units(1, 1))
    slow_plane.call("CreateTable", **provisioned(GlobalSecondaryIndexes=[gsi]))
    slow_plane.clock.advance(10)
    return slow_plane


CREATE: dict[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
    "GlobalSecondaryIndexUpdates": [{"Create": index("gsi2", "a")}],
}
DELETE: dict[str, Any] = {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "gsi"}}]}
MAXIMA: dict[str, Any] = {"OnDemandThroughput": {"MaxReadRequestUnits": 9}}
ONLY_ON_DEMAND = (
    "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is "
    "PROVISIONED"
)


def test_new_units_show_once_they_are_in_force(slow_units: ControlPlane) -> None:
    plane = slow_units
    answer = update(plane, ProvisionedThroughput=units(7, 7))
    for shown in (answer, plane.table()):
        assert shown["TableStatus"] == "UPDATING"
        assert shown["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
        assert shown["ProvisionedThroughput"]["LastIncreaseDateTime"] == NOW + 10
        assert shown["WarmThroughput"]["ReadUnitsPerSecond"] == 5
    plane.clock.advance(10)
    shown = plane.table()
    assert shown["TableStatus"] == "ACTIVE"
    assert shown["ProvisionedThroughput"]["ReadCapacityUnits"] == 7
    assert shown["WarmThroughput"]["ReadUnitsPerSecond"] == 7


def test_a_new_billing_mode_shows_at_once_but_not_since_when(slow_units: ControlPlane) -> None:
    plane = slow_units
    answer = update(plane, BillingMode="PAY_PER_REQUEST")
    for shown in (answer, plane.table()):
        assert shown["TableStatus"] == "UPDATING"
        assert shown["BillingModeSummary"] == {"BillingMode": "PAY_PER_REQUEST"}
        assert shown["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
        assert shown["WarmThroughput"]["ReadUnitsPerSecond"] == 5
    plane.clock.advance(10)
    shown = plane.table()
    assert shown["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"] == NOW + 20
    assert shown["WarmThroughput"]["ReadUnitsPerSecond"] == 12000


@pytest.fixture(params=[0, 10])
def seconds(request: pytest.FixtureRequest) -> int:
    seconds: int = request.param
    return seconds


@pytest.fixture
def either(seconds: int) -> Iterator[ControlPlane]:
    """A database whose transitions take so long."""
    plane = ControlPlane(transition_seconds=seconds)
    yield plane
    plane.close()


def test_a_new_class_shows_once_it_is_there(either: ControlPlane, seconds: int) -> None:
    plane = either
    plane.call("CreateTable", **on_demand())
    plane.clock.advance(10)
    answer = update(plane, TableClass=IA)
    assert answer["TableStatus"] == "UPDATING"
    assert "TableClassSummary" not in answer
    assert ("TableClassSummary" in plane.table()) == (not seconds)
    plane.clock.advance(10)
    summary = {"TableClass": IA, "LastUpdateDateTime": NOW + 10 + seconds}
    assert plane.table()["TableClassSummary"] == summary
    assert update(plane, TableClass="STANDARD")["TableClassSummary"] == summary


def test_what_is_to_be_warm_shows_once_it_is(either: ControlPlane, seconds: int) -> None:
    plane = either
    plane.call("CreateTable", **on_demand(GlobalSecondaryIndexes=[index("gsi", "pk")]))
    plane.clock.advance(10)
    warm = {"ReadUnitsPerSecond": 13000}
    wanted = {"WriteUnitsPerSecond": 4000, "Status": "ACTIVE", **warm}
    of_index = {"Update": {"IndexName": "gsi", "WarmThroughput": warm}}
    before = {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000, "Status": "UPDATING"}
    answer = update(plane, WarmThroughput=warm)
    assert (answer["TableStatus"], answer["WarmThroughput"]) == ("ACTIVE", before)
    answer = update(plane, GlobalSecondaryIndexUpdates=[of_index])
    (gsi,) = answer["GlobalSecondaryIndexes"]
    assert (gsi["IndexStatus"], gsi["WarmThroughput"]) == ("ACTIVE", before)
    if seconds:
        assert plane.table()["WarmThroughput"] == before
        text = "Table: music is in the process of being updated."
        assert in_use(plane, "DeleteTable") == text
    plane.clock.advance(10)
    shown = plane.table()
    assert shown["WarmThroughput"] == wanted
    assert shown["GlobalSecondaryIndexes"][0]["WarmThroughput"] == wanted
    plane.call("DeleteTable", TableName="music")


def test_a_second_rise_of_what_is_warm_joins_the_first(slow: ControlPlane) -> None:
    update(slow, WarmThroughput={"ReadUnitsPerSecond": 13000})
    slow.clock.advance(1)
    answer = update(slow, WarmThroughput={"ReadUnitsPerSecond": 14000})
    for shown in (answer, slow.table()):
        assert shown["WarmThroughput"]["ReadUnitsPerSecond"] == 12000
        assert shown["WarmThroughput"]["Status"] == "UPDATING"
    slow.clock.advance(10)
    assert slow.table()["WarmThroughput"]["ReadUnitsPerSecond"] == 14000


def test_maxima_of_an_index_show_at_once(slow: ControlPlane) -> None:
    maximum = {"MaxReadRequestUnits": 9}
    change = {"Update": {"IndexName": "gsi", "OnDemandThroughput": maximum}}
    answer = update(slow, GlobalSecondaryIndexUpdates=[change])
    for shown in (answer, slow.table()):
        (gsi,) = shown["GlobalSecondaryIndexes"]
        assert (shown["TableStatus"], gsi["IndexStatus"]) == ("ACTIVE", "UPDATING")
        assert gsi["OnDemandThroughput"] == maximum
    assert in_use(slow, GlobalSecondaryIndexUpdates=[change]) == (
        "Index is being updated. Table: music Index: gsi"
    )


def test_what_waits_for_units(slow_units: ControlPlane) -> None:
    plane = slow_units
    update(plane, ProvisionedThroughput=units(7, 7))
    busy = "Table IOPS are currently being updated. Table: music"
    assert in_use(plane, ProvisionedThroughput=units(8, 8)) == busy
    assert in_use(plane, BillingMode="PAY_PER_REQUEST") == busy
    assert in_use(plane, StreamSpecification=STREAM) == (
        "Can't enable or disable stream while table IOPS are being updated. Table: music"
    )
    assert in_use(plane, **DELETE) == (
        "Can't create or delete indexes while table IOPS are being updated. Table: music"
    )
    assert plane.invalid("UpdateTable", TableName="music", **MAXIMA) == ONLY_ON_DEMAND
    update(plane, WarmThroughput={"ReadUnitsPerSecond": 13000})
    assert update(plane, DeletionProtectionEnabled=True)["TableStatus"] == "UPDATING"


def test_maxima_are_judged_by_the_mode_before_a_switch(slow_units: ControlPlane) -> None:
    plane = slow_units
    update(plane, BillingMode="PAY_PER_REQUEST")
    assert plane.invalid("UpdateTable", TableName="music", **MAXIMA) == ONLY_ON_DEMAND
    plane.clock.advance(10)
    update(plane, **MAXIMA)
    of_index = {"Update": {"IndexName": "gsi", "ProvisionedThroughput": units(1, 1)}}
    back = {"ProvisionedThroughput": units(1, 1), "GlobalSecondaryIndexUpdates": [of_index]}
    update(plane, BillingMode="PROVISIONED", **back)
    assert in_use(plane, **MAXIMA) == (
        "OnDemandThroughput cannot be updated while BillingMode update is in progress"
    )
    plane.clock.advance(10)
    assert plane.invalid("UpdateTable", TableName="music", **MAXIMA) == ONLY_ON_DEMAND


def test_what_waits_for_a_stream(slow: ControlPlane) -> None:
    label = update(slow, StreamSpecification=STREAM)["LatestStreamLabel"]
    circumstances = f". Table: music Stream: {label} Operation: ENABLE"
    assert in_use(slow, StreamSpecification=STREAM) == (
        "A stream status change is currently in progress" + circumstances
    )
    change = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": units(1, 1)}
    assert in_use(slow, **change) == (
        "Can't change table IOPS when stream status is being updated" + circumstances
    )
    assert in_use(slow, TableClass=IA) == (
        "Can't update table class when stream status is being updated" + circumstances
    )
    assert in_use(slow, **CREATE).startswith(
        "Can't create or delete an index when stream status is being updated."
    )
    assert in_use(slow, **MAXIMA) == (
        "OnDemandThroughput cannot be updated while stream status update is in progress"
    )
    assert in_use(slow, "DeleteTable") == (
        "Cannot delete table while stream is being enabled/disabled."
    )
    update(slow, BillingMode="PAY_PER_REQUEST")
    slow.clock.advance(10)
    update(slow, StreamSpecification={"StreamEnabled": False})
    assert in_use(slow, StreamSpecification=STREAM).endswith("Operation: DISABLE")


def test_what_waits_for_a_class(slow: ControlPlane) -> None:
    update(slow, TableClass=IA)
    going_on = f"TableClassUpdateInProgress: {IA}"
    when = f"when a table class update is in progress. Table: music {going_on}"
    for wanted in (IA, "STANDARD"):
        assert in_use(slow, TableClass=wanted) == f"Can't update table class {when}"
    assert in_use(slow, StreamSpecification=STREAM) == f"Can't change stream status {when}"
    assert in_use(slow, **MAXIMA) == (
        f"OnDemandThroughput cannot be updated while TableClass update is in progress. {going_on}"
    )
    text = "Table: music is in the process of being updated."
    assert in_use(slow, "DeleteTable") == text


def test_what_waits_for_a_new_index(slow: ControlPlane) -> None:
    answer = update(slow, **CREATE)
    for shown in (answer, slow.table()):
        assert shown["TableStatus"] == "UPDATING"
        gsi = shown["GlobalSecondaryIndexes"][1]
        assert (gsi["IndexStatus"], gsi["Backfilling"]) == ("CREATING", False)
    deletion = {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "gsi2"}}]}
    assert in_use(slow, **deletion) == (
        "Index creation is in resource allocation phase. Retry deletion during backfilling phase "
        "or when the index is active. Table: music Index: gsi2"
    )
    maximum = {"IndexName": "gsi2", "OnDemandThroughput": {"MaxReadRequestUnits": 9}}
    change = {"GlobalSecondaryIndexUpdates": [{"Update": maximum}]}
    assert in_use(slow, **change) == (
        "Index is being created but is not backfilling yet.  Table: music Index: gsi2"
    )
    units_too = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": units(1, 1)}
    assert in_use(slow, **units_too) == (
        "Can't change table IOPS when an index is being created. Table: music Indexes: [gsi2]"
    )
    assert in_use(slow, StreamSpecification=STREAM).startswith(
        "Can't change stream status when an index is being created"
    )
    assert in_use(slow, **MAXIMA) == (
        "OnDemandThroughput cannot be updated while index creation is in progress for indexes: "
        "[gsi2]"
    )
    slow.clock.advance(10)
    shown = slow.table()
    gsi = shown["GlobalSecondaryIndexes"][1]
    assert (shown["TableStatus"], gsi["IndexStatus"]) == ("ACTIVE", "CREATING")
    assert gsi["Backfilling"] is True
    update(slow, **change)
    assert in_use(slow, "DeleteTable") == (
        "Cannot delete table while indexes are being created, updated, or deleted."
    )
    update(slow, **deletion)


def test_what_waits_for_an_index_that_goes(slow: ControlPlane) -> None:
    update(slow, **DELETE)
    assert in_use(slow, **MAXIMA) == (
        "OnDemandThroughput cannot be updated while index deletion is in progress for indexes: "
        "[gsi]"
    )
    switch = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": units(1, 1)}
    of_index = {"Update": {"IndexName": "gsi", "ProvisionedThroughput": units(1, 1)}}
    assert in_use(slow, **switch, GlobalSecondaryIndexUpdates=[of_index]) == (
        "Index is being deleted. Table: music Index: gsi"
    )
    assert in_use(slow, **switch) == (
        "Can't change table IOPS when an index is being deleted. Table: music Indexes: [gsi]"
    )
    assert update(slow, BillingMode="PAY_PER_REQUEST")["TableStatus"] == "UPDATING"


def test_a_class_changes_twice_in_thirty_days(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    update(plane, TableClass="STANDARD")
    update(plane, TableClass=IA)
    update(plane, TableClass=IA)
    plane.clock.advance(86400)
    update(plane, TableClass="STANDARD")
    for wanted in (IA, "STANDARD"):
        error = plane.refusal("UpdateTable", TableName="music", TableClass=wanted)
        assert type(error) is LimitExceededException
        assert error.message == (
            "Subscriber limit exceeded: Updates to TableClass are limited to 2 times in 30 day(s)."
        )
    plane.clock.advance(29 * 86400)
    update(plane, TableClass=IA)
    plane.refusal("UpdateTable", TableName="music", TableClass="STANDARD")


@pytest.mark.parametrize("member", ["OnDemandThroughput", "WarmThroughput"])
def test_an_empty_structure_is_no_change(plane: ControlPlane, member: str) -> None:
    """The service answers it with an internal failure where it is all there is."""
    plane.call("CreateTable", **on_demand())
    refused = plane.invalid("UpdateTable", TableName="music", **{member: {}})
    assert refused.startswith("At least one of ProvisionedThroughput, BillingMode")
    update(plane, DeletionProtectionEnabled=True, **{member: {}})
    assert plane.table()["DeletionProtectionEnabled"] is True


def test_definitions_and_projected_attributes_are_sorted(plane: ControlPlane) -> None:
    projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["zz", "aa", "mm"]}
    gsis = [index("g-z", "z", Projection=projection), index("g-a", "a")]
    request = on_demand("music", "pk", GlobalSecondaryIndexes=gsis)
    request["AttributeDefinitions"] = [
        {"AttributeName": name, "AttributeType": "S"} for name in ("z", "pk", "a")
    ]
    answer = plane.call("CreateTable", **request)["TableDescription"]
    for shown in (answer, plane.table()):
        assert [each["AttributeName"] for each in shown["AttributeDefinitions"]] == ["a", "pk", "z"]
        first, second = shown["GlobalSecondaryIndexes"]
        assert (first["IndexName"], second["IndexName"]) == ("g-z", "g-a")
        assert first["Projection"]["NonKeyAttributes"] == ["aa", "mm", "zz"]


ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/music"
TAG = {"ResourceArn": ARN, "Tags": [{"Key": "team", "Value": "a"}]}


def test_an_index_that_goes_keeps_its_name(slow: ControlPlane) -> None:
    update(slow, **DELETE)
    again = {"GlobalSecondaryIndexUpdates": [{"Create": index("gsi", "a")}]}
    text = "Index is being deleted. Table: music Index: gsi"
    assert in_use(slow, **{**CREATE, **again}) == text


def test_tags_of_a_table_that_comes_or_goes(slow_plane: ControlPlane) -> None:
    slow_plane.call("CreateTable", **on_demand(Tags=[{"Key": "made", "Value": "here"}]))
    missing = f"Requested resource not found: ResourceArn: {ARN} not found"
    for operation, members in (
        ("TagResource", TAG),
        ("UntagResource", {"ResourceArn": ARN, "TagKeys": ["made"]}),
        ("ListTagsOfResource", {"ResourceArn": ARN}),
    ):
        assert slow_plane.refusal(operation, **members).message == missing
    insights = slow_plane.refusal("ListContributorInsights", TableName="music")
    assert insights.message == "Requested resource not found: Table: music not found"
    slow_plane.clock.advance(10)
    slow_plane.call("TagResource", **TAG)
    slow_plane.call("DeleteTable", TableName="music")
    assert len(slow_plane.call("ListTagsOfResource", ResourceArn=ARN)["Tags"]) == 2
    statement = {"Effect": "Deny", "Principal": "*", "Action": "dynamodb:Scan", "Resource": ARN}
    policy = orjson.dumps({"Statement": statement}).decode()
    for operation, members in (
        ("TagResource", TAG),
        ("UntagResource", {"ResourceArn": ARN, "TagKeys": ["team"]}),
        ("PutResourcePolicy", {"ResourceArn": ARN, "Policy": policy}),
        ("DeleteResourcePolicy", {"ResourceArn": ARN}),
    ):
        error = slow_plane.refusal(operation, **members)
        assert type(error) is ResourceInUseException
        assert error.message == f"{IN_USE}Table is being deleted: music"


def test_insights_are_switched_on_while_a_table_is_updating(slow: ControlPlane) -> None:
    update(slow, StreamSpecification=STREAM)
    assert slow.table()["TableStatus"] == "UPDATING"
    enable = {"TableName": "music", "ContributorInsightsAction": "ENABLE"}
    answer = slow.call("UpdateContributorInsights", **enable)
    assert answer["ContributorInsightsStatus"] == "ENABLING"


def test_insights_that_stay_as_they_are_and_those_that_go(slow: ControlPlane) -> None:
    def switch(action: str, **members: Any) -> dict[str, Any]:
        named = {"TableName": "music", "ContributorInsightsAction": action}
        answer: dict[str, Any] = slow.call("UpdateContributorInsights", **named, **members)
        slow.clock.advance(10)
        return answer

    def described() -> dict[str, Any]:
        answer: dict[str, Any] = slow.call("DescribeContributorInsights", TableName="music")
        return answer

    fresh = {"TableName": "music", "ContributorInsightsStatus": "DISABLED"}
    assert switch("DISABLE") == described() == fresh
    assert switch("ENABLE")["ContributorInsightsStatus"] == "ENABLING"
    before = described()
    assert switch("ENABLE") == {
        "TableName": "music",
        "ContributorInsightsStatus": "ENABLED",
        "ContributorInsightsMode": "ACCESSED_AND_THROTTLED_KEYS",
    }
    assert described() == before
    switch("ENABLE", ContributorInsightsMode="THROTTLED_KEYS")
    assert described()["LastUpdateDateTime"] > before["LastUpdateDateTime"]
    assert switch("DISABLE")["ContributorInsightsStatus"] == "DISABLING"
    off = described()
    assert off.pop("LastUpdateDateTime") > before["LastUpdateDateTime"]
    assert off == {**fresh, "ContributorInsightsMode": "THROTTLED_KEYS"}


def test_insights_are_listed_in_pages(plane: ControlPlane) -> None:
    for name in ("first", "music"):
        plane.call("CreateTable", **on_demand(name, GlobalSecondaryIndexes=[index("gsi", "pk")]))
        for members in ({}, {"IndexName": "gsi"}):
            enable = {"TableName": name, "ContributorInsightsAction": "ENABLE"}
            plane.call("UpdateContributorInsights", **enable, **members)

    def pages(**members: Any) -> list[tuple[str, str | None]]:
        found: list[tuple[str, str | None]] = []
        while True:
            page = plane.call("ListContributorInsights", **members)
            shown = page["ContributorInsightsSummaries"]
            assert len(shown) <= members.get("MaxResults", 100)
            found += [(each["TableName"], each.get("IndexName")) for each in shown]
            if "NextToken" not in page:
                return found
            members["NextToken"] = page["NextToken"]

    everything = [(name, part) for name in ("first", "music") for part in (None, "gsi")]
    for limit in (1, 2, 3, 100):
        assert pages(MaxResults=limit) == everything
        assert pages(MaxResults=limit, TableName="music") == everything[2:]


@pytest.mark.parametrize(
    ("begun", "waiting"),
    [
        ({"TableClass": IA}, [{"TableClass": IA}, MAXIMA, CREATE]),
        (DELETE, [DELETE, {"StreamSpecification": STREAM}]),
        (CREATE, [{"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "gsi2"}}]}]),
    ],
)
def test_members_of_global_tables_do_not_say_what_they_wait_for(
    slow: ControlPlane, begun: dict[str, Any], waiting: list[dict[str, Any]]
) -> None:
    plane = slow
    update(plane, **begun)

    def replicate(draft: CatalogDraft) -> None:
        replicas = (Replica("eu-west-1", "ACTIVE"),)
        draft.put(replace(draft.existing("music"), replication=Replication(1, replicas=replicas)))

    plane.run(plane.database.catalog.change(("music",), replicate))
    refused = [plane.refusal("UpdateTable", TableName="music", **members) for members in waiting]
    for error in (*refused, plane.refusal("DeleteTable", TableName="music")):
        assert type(error) is ResourceInUseException
        assert error.message == "The resource which you are attempting to change is in use."
