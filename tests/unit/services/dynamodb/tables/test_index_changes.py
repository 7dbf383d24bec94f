"""UpdateTable's GlobalSecondaryIndexUpdates."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import (
    LimitExceededException,
    ResourceInUseException,
    ResourceNotFoundException,
)
from jedlik.kernel.keyspaces import PURGES, purge_key
from jedlik.values.keybytes import successor
from tests.control_plane import ControlPlane, attributes, index, on_demand, provisioned, units


@pytest.fixture
def two(plane: ControlPlane) -> ControlPlane:
    """A table with the global indexes gsi1 (on a) and gsi2 (on b) and the local index lsi."""
    plane.call(
        "CreateTable",
        **provisioned(
            "music",
            "pk",
            "/sk",
            AttributeDefinitions=attributes("pk", "sk", "a", "b:N"),
            GlobalSecondaryIndexes=[
                index("gsi1", "a", ProvisionedThroughput=units(1, 1)),
                index("gsi2", "b", ProvisionedThroughput=units(1, 1)),
            ],
            LocalSecondaryIndexes=[index("lsi", "pk", "/a")],
        ),
    )
    return plane


def request(*changes: dict[str, Any], define: tuple[str, ...] = (), **members: Any) -> Any:
    return {
        "TableName": "music",
        "AttributeDefinitions": attributes(*define) if define else None,
        "GlobalSecondaryIndexUpdates": list(changes),
        **members,
    }


def create(name: str, *keys: str, **members: Any) -> dict[str, Any]:
    return {"Create": index(name, *keys, **members)}


def delete(name: str) -> dict[str, Any]:
    return {"Delete": {"IndexName": name}}


def change(name: str, **members: Any) -> dict[str, Any]:
    return {"Update": {"IndexName": name, **members}}


PAID = {"ProvisionedThroughput": units(2, 2)}


def by_name(description: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {gsi["IndexName"]: gsi for gsi in description.get("GlobalSecondaryIndexes", [])}


def test_a_new_index_is_created_and_backfilled(two: ControlPlane) -> None:
    answer = two.call("UpdateTable", **request(create("gsi3", "c", **PAID), define=("c:B", "z")))
    new = by_name(answer["TableDescription"])["gsi3"]
    assert (new["IndexStatus"], new["Backfilling"]) == ("CREATING", False)
    assert new["ProvisionedThroughput"] == {"NumberOfDecreasesToday": 0, **units(2, 2)}
    assert answer["TableDescription"]["TableStatus"] == "UPDATING"
    assert two.woken == 1
    described = two.table()
    assert described["TableStatus"] == "ACTIVE"
    filling = by_name(described)["gsi3"]
    assert (filling["IndexStatus"], filling["Backfilling"]) == ("CREATING", True)
    assert described["AttributeDefinitions"] == attributes("a", "b:N", "c:B", "pk", "sk")
    table = two.run(two.database.catalog.find("music"))
    assert table is not None
    assert [open_index.name for open_index in table.backfilling] == ["gsi3"]
    assert table.indexes[-1].id == 5


def test_an_index_on_attributes_that_the_table_defines_defines_them_again(
    two: ControlPlane,
) -> None:
    two.call("UpdateTable", **request(create("gsi3", "sk", "/a", **PAID), define=("sk", "a")))
    assert two.table()["AttributeDefinitions"] == attributes("a", "b:N", "pk", "sk")


def test_an_index_is_deleted_with_the_definitions_only_it_used(two: ControlPlane) -> None:
    answer = two.call("UpdateTable", **request(delete("gsi2")))
    statuses = {
        name: gsi["IndexStatus"] for name, gsi in by_name(answer["TableDescription"]).items()
    }
    assert statuses == {"gsi1": "ACTIVE", "gsi2": "DELETING"}
    described = two.table()
    assert list(by_name(described)) == ["gsi1"]
    assert described["AttributeDefinitions"] == attributes("a", "pk", "sk")
    page = two.run(two.database.engine.range(PURGES, successor(PURGES)))
    assert page.rows == [(purge_key(1, 4), b"")]
    two.call("UpdateTable", **request(delete("gsi1")))
    described = two.table()
    assert "GlobalSecondaryIndexes" not in described
    assert described["AttributeDefinitions"] == attributes("a", "pk", "sk")


def test_throughput_of_two_indexes_changes_at_once(two: ControlPlane) -> None:
    answer = two.call("UpdateTable", **request(change("gsi1", **PAID), change("gsi2", **PAID)))
    shown = by_name(answer["TableDescription"])["gsi1"]
    assert shown["IndexStatus"] == "UPDATING"
    assert answer["TableDescription"]["TableStatus"] == "ACTIVE"
    assert shown["ProvisionedThroughput"]["ReadCapacityUnits"] == 1
    described = by_name(two.table())["gsi2"]
    assert described["IndexStatus"] == "ACTIVE"
    assert described["ProvisionedThroughput"]["ReadCapacityUnits"] == 2


def test_settings_of_an_index_on_demand(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand(GlobalSecondaryIndexes=[index("gsi", "pk")]))
    maximum = {"MaxReadRequestUnits": 9}
    plane.call("UpdateTable", **request(change("gsi", OnDemandThroughput=maximum)))
    assert by_name(plane.table())["gsi"]["OnDemandThroughput"] == maximum
    warm = {"ReadUnitsPerSecond": 15000}
    plane.call("UpdateTable", **request(change("gsi", WarmThroughput=warm)))
    assert by_name(plane.table())["gsi"]["WarmThroughput"]["ReadUnitsPerSecond"] == 15000
    for refused in (PAID, {}):
        assert plane.invalid("UpdateTable", **request(change("gsi", **refused))) == (
            "The only Updates for index: gsi when TableThroughputMode is PAY_PER_REQUEST can be to "
            "OnDemandThroughput, WarmThroughput"
        )


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        (
            request({}),
            (
                "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
                "GlobalSecondaryIndexUpdate.Delete must not be null"
            ),
        ),
        (
            request({**delete("gsi1"), **change("gsi1", **PAID)}),
            (
                "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate "
                "object"
            ),
        ),
        (
            request(delete("gsi1"), change("gsi1", **PAID)),
            (
                "Only one global secondary index update per index is allowed simultaneously. "
                "Index: gsi1"
            ),
        ),
        (
            request(create("gsi3", "c", **PAID)),
            "AttributeDefinitions is not specified for index: gsi3",
        ),
        (
            request(create("gsi3", "c", **PAID), define=("d",)),
            "Invalid KeySchema: Some index key attribute have no definition",
        ),
        (  # that the table defines the other one does not help: dynamodbguide.com, issue 16
            request(create("gsi3", "c", "/a", **PAID), define=("c",)),
            "Invalid KeySchema: Some index key attribute have no definition",
        ),
        (
            request(create("gsi3", "a", **PAID), define=("a:N",)),
            (
                "Attributes cannot be redefined. Please check that your attribute has the same "
                "type as previously defined. Existing schema: Schema:[SchemaElement: "
                "key{a:S:HASH}] New schema: Schema:[SchemaElement: key{a:N:HASH}]"
            ),
        ),
        (
            request(create("gsi3", "a", "/a", **PAID), define=("a",)),
            "Both the Hash Key and the Range Key element in the KeySchema have the same name",
        ),
        (
            request(create("gsi3", "a", kind=None, **PAID), define=("a",)),
            "Unknown ProjectionType: null",
        ),
        (
            request(create("gsi3", "a"), define=("a",)),
            "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: gsi3",
        ),
        (
            request(create("gsi1", "a", **PAID), define=("a",)),
            "Attempting to create an index which already exists",
        ),
        (
            request(change("gsi1")),
            "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: gsi1",
        ),
        (request(delete("lsi")), "Cannot delete an index that is not a GlobalSecondaryIndex: lsi"),
        (
            request(change("lsi", **PAID)),
            "Cannot update an index that is not a GlobalSecondaryIndex: lsi",
        ),
    ],
)
def test_invalid_changes_are_refused_and_change_nothing(
    two: ControlPlane, wire: dict[str, Any], text: str
) -> None:
    before = two.table()
    assert two.invalid("UpdateTable", **wire) == text
    assert two.table() == before
    assert two.woken == 0


def test_one_creation_or_deletion_at_a_time(two: ControlPlane) -> None:
    text = (
        "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously "
        "per table"
    )

    def over_the_limit(wire: Any) -> None:
        error = two.refusal("UpdateTable", **wire)
        assert type(error) is LimitExceededException
        assert error.message == text

    over_the_limit(request(delete("gsi1"), delete("gsi2")))
    over_the_limit(request(create("gsi3", "a", **PAID), delete("gsi2"), define=("a",)))
    two.call("UpdateTable", **request(create("gsi3", "a", **PAID), define=("a",)))
    over_the_limit(request(delete("gsi2")))
    over_the_limit(request(create("gsi4", "a", **PAID), define=("a",)))
    two.call("UpdateTable", **request(change("gsi2", **PAID)))
    two.call("UpdateTable", **request(delete("gsi3")))
    two.call("UpdateTable", **request(delete("gsi2")))
    assert list(by_name(two.table())) == ["gsi1"]


def test_twenty_is_the_most(plane: ControlPlane) -> None:
    plane.call(
        "CreateTable",
        **on_demand(GlobalSecondaryIndexes=[index(f"gsi{n}", "pk") for n in range(20)]),
    )
    wire = request(create("gsi20", "pk"), define=("pk",))
    error = plane.refusal("UpdateTable", **wire)
    assert type(error) is LimitExceededException
    assert error.message == (
        "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of "
        "20"
    )
    plane.call("UpdateTable", **request(delete("gsi0")))
    plane.call("UpdateTable", **wire)


def test_an_index_that_is_not_there(two: ControlPlane) -> None:
    for wire in (request(delete("gsi9")), request(change("gsi9", **PAID))):
        error = two.refusal("UpdateTable", **wire)
        assert type(error) is ResourceNotFoundException
        assert error.message == "Requested resource not found: Index gsi9 for table music"


def test_states_keep_index_changes_apart(slow_plane: ControlPlane) -> None:
    plane = slow_plane
    gsis = [index("gsi", "pk", ProvisionedThroughput=units(1, 1))]
    plane.call("CreateTable", **provisioned(GlobalSecondaryIndexes=gsis))
    plane.clock.advance(10)
    head = "Attempt to change a resource which is still in use: "

    def in_use(operation: str, **wire: Any) -> str:
        error = plane.refusal(operation, **wire)
        assert type(error) is ResourceInUseException
        return error.message.removeprefix(head)

    plane.call("UpdateTable", **request(change("gsi", **PAID)))
    assert by_name(plane.table())["gsi"]["IndexStatus"] == "UPDATING"
    text = "Index is being updated. Table: music Index: gsi"
    assert in_use("UpdateTable", **request(delete("gsi"))) == text
    changing = "Cannot delete table while indexes are being created, updated, or deleted."
    assert in_use("DeleteTable", TableName="music") == changing
    plane.clock.advance(10)
    plane.call("UpdateTable", **request(delete("gsi")))
    assert by_name(plane.table())["gsi"]["IndexStatus"] == "DELETING"
    faster = {"TableName": "music", "ProvisionedThroughput": units(7, 7)}
    assert in_use("UpdateTable", **faster) == (
        "Can't change table IOPS when an index is being deleted. Table: music Indexes: [gsi]"
    )
    again = in_use("UpdateTable", **request(change("gsi", **PAID)))
    assert again == "Index is being deleted. Table: music Index: gsi"
    assert in_use("DeleteTable", TableName="music") == changing
