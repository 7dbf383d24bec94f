"""Requests for which the capacity of a table, an index or a partition does not suffice.

Codes, texts and reasons: developer guide, "Diagnosing throttling"; API reference,
"ThrottlingReason".
"""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import (
    ProvisionedThroughputExceededException,
    RequestLimitExceeded,
    ThrottlingException,
)
from jedlik.services.dynamodb.capacity.ledger import HEAT_SECONDS
from jedlik.services.dynamodb.tables.figures import Tally
from jedlik.services.dynamodb.tables.quotas import Quotas
from jedlik.storage.engine import Changes
from tests.control_plane import ControlPlane, attributes, index, on_demand, provisioned, units
from tests.unit.services.dynamodb.operations.items.throttled import (
    ARN,
    MANY,
    TABLE,
    admitted,
    drain,
    item,
    read,
)

INDEX = (
    "The level of configured provisioned throughput for one or more global secondary indexes of "
    "the table was exceeded. Consider increasing your provisioning level for the under-provisioned "
    "global secondary indexes with the UpdateTable API."
)
TAG = "jedlik:capacity"


def test_writes_beyond_the_provisioned_units(enforced: ControlPlane) -> None:
    enforced.call("CreateTable", **provisioned())
    error = drain(enforced, lambda: enforced.put(item("a")))
    assert isinstance(error, ProvisionedThroughputExceededException)
    assert error.body() == {
        "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        "message": TABLE,
        "ThrottlingReasons": [
            {"reason": "TableWriteProvisionedThroughputExceeded", "resource": ARN}
        ],
    }
    read(enforced)  # reads have a budget of their own


def test_each_second_brings_what_is_provisioned(enforced: ControlPlane) -> None:
    enforced.call("CreateTable", **provisioned())
    drain(enforced, lambda: enforced.put(item("a")))
    counts = []
    for _ in range(10):
        enforced.pass_seconds(1.0)
        counts.append(admitted(lambda: enforced.put(item("a")))[0])
    assert sum(counts) == pytest.approx(60, abs=1)


def test_half_a_read_unit_is_half_of_one(enforced: ControlPlane) -> None:
    enforced.call("CreateTable", **provisioned())
    drain(enforced, lambda: read(enforced))
    enforced.pass_seconds(2.0)
    assert admitted(lambda: read(enforced))[0] == pytest.approx(10, abs=1)
    enforced.pass_seconds(2.0)
    assert admitted(lambda: read(enforced, consistent=False))[0] == pytest.approx(20, abs=1)


def test_unused_capacity_of_five_minutes_may_be_spent_at_once(enforced: ControlPlane) -> None:
    enforced.call("CreateTable", **provisioned(ProvisionedThroughput=units(1, 2)))
    drain(enforced, lambda: enforced.put(item("a")))
    for _ in range(10):
        enforced.pass_seconds(1000.0)  # the table falls asleep meanwhile
    enforced.put(item("a"))
    enforced.pass_seconds(0.1)
    assert admitted(lambda: enforced.put(item("a")))[0] == pytest.approx(600, abs=3)


@pytest.mark.parametrize(
    ("operation", "payload", "code"),
    [
        (
            "DeleteItem",
            {
                "TableName": "music",
                "Key": item("a"),
                "ConditionExpression": "attribute_not_exists(pk)",
            },
            "ConditionalCheckFailedException",
        ),
        (
            "ExecuteStatement",
            {"Statement": "INSERT INTO music VALUE {'pk': 'a'}"},
            "DuplicateItemException",
        ),
    ],
)
def test_a_failed_condition_costs_what_the_item_does(
    enforced: ControlPlane, operation: str, payload: Any, code: str
) -> None:
    enforced.call("CreateTable", **provisioned(ProvisionedThroughput=units(1, 30)))
    enforced.put(item("a", text="x" * 5000))
    enforced.pass_seconds(0.1)
    drain(enforced, lambda: enforced.put(item("b")))
    enforced.pass_seconds(1.0)

    def ask() -> None:
        error = enforced.refusal(operation, **payload)
        if error.code() != code:
            raise error

    assert admitted(ask)[0] == pytest.approx(6, abs=1)


def test_changed_capacity_counts_at_once(enforced: ControlPlane) -> None:
    enforced.call("CreateTable", **provisioned())
    drain(enforced, lambda: enforced.put(item("a")))
    enforced.call("UpdateTable", TableName="music", ProvisionedThroughput=units(5, 600))
    enforced.table()
    with pytest.raises(ProvisionedThroughputExceededException):
        enforced.put(item("a"))
    enforced.pass_seconds(1.0)
    assert admitted(lambda: enforced.put(item("a")))[0] == pytest.approx(600, abs=1)


def test_what_is_only_counted_is_never_refused(plane: ControlPlane) -> None:
    plane.call("CreateTable", **provisioned(ProvisionedThroughput=units(1, 1)))
    for _ in range(50):
        plane.put(item("a"))


def test_the_tag_of_a_table_decides(plane: ControlPlane, enforced: ControlPlane) -> None:
    plane.call("CreateTable", **provisioned(Tags=[{"Key": TAG, "Value": "enforced"}]))
    assert drain(plane, lambda: plane.put(item("a"))).code().startswith("Provisioned")
    plane.call("TagResource", ResourceArn=ARN, Tags=[{"Key": TAG, "Value": "counted"}])
    plane.run(plane.database.catalog.refresh())  # as before every refusal
    for _ in range(50):
        plane.put(item("a"))

    enforced.call("CreateTable", **provisioned(Tags=[{"Key": TAG, "Value": "counted"}]))
    for _ in range(50):
        enforced.put(item("a"))
    enforced.call("TagResource", ResourceArn=ARN, Tags=[{"Key": TAG, "Value": "enforced"}])
    assert drain(enforced, lambda: enforced.put(item("a"))).code().startswith("Provisioned")


# --- Batches, transactions, pages -----------------------------------------------------------------


def batch_write(plane: ControlPlane, count: int) -> Any:
    puts = [{"PutRequest": {"Item": item(f"k{number}")}} for number in range(count)]
    return plane.call("BatchWriteItem", RequestItems={"music": puts})


def test_a_tag_that_would_decide_nothing_is_refused(plane: ControlPlane) -> None:
    plane.call("CreateTable", **provisioned())
    for operation, given in (
        ("TagResource", {"ResourceArn": ARN}),
        ("CreateTable", {**provisioned(), "TableName": "other"}),
    ):
        error = plane.refusal(operation, **given, Tags=[{"Key": TAG, "Value": "enforcd"}])
        assert error.message == f"The tag {TAG} takes counted or enforced, not 'enforcd'"
    assert plane.call("ListTagsOfResource", ResourceArn=ARN)["Tags"] == []


def test_a_batch_of_writes_leaves_what_finds_no_room(enforced: ControlPlane) -> None:
    enforced.call("CreateTable", **provisioned())
    answer = batch_write(enforced, 25)
    left = answer["UnprocessedItems"]["music"]
    assert 0 < len(left) < 25
    done = 25 - len(left)
    assert left == [{"PutRequest": {"Item": item(f"k{number}")}} for number in range(done, 25)]
    assert enforced.call("Scan", TableName="music")["Count"] == done
    error = enforced.refusal(
        "BatchWriteItem", RequestItems={"music": [{"DeleteRequest": {"Key": item("a")}}]}
    )
    assert isinstance(error, ProvisionedThroughputExceededException)


def test_a_batch_of_reads_leaves_what_finds_no_room(enforced: ControlPlane) -> None:
    enforced.call("CreateTable", **provisioned())
    wanted = [item(f"k{number}") for number in range(10)]
    ask = {"music": {"Keys": wanted, "ConsistentRead": True}}
    answer = enforced.call("BatchGetItem", RequestItems=ask)
    left = answer["UnprocessedKeys"]["music"]
    assert left["ConsistentRead"] is True
    assert 0 < len(left["Keys"]) < 10
    assert left["Keys"] == wanted[10 - len(left["Keys"]) :]
    error = enforced.refusal("BatchGetItem", RequestItems=ask)
    assert error.details["ThrottlingReasons"] == [
        {"reason": "TableReadProvisionedThroughputExceeded", "resource": ARN}
    ]


@pytest.mark.parametrize("operation", ["Scan", "ExecuteStatement"])
def test_a_page_is_paid_afterwards(enforced: ControlPlane, operation: str) -> None:
    enforced.call("CreateTable", **provisioned(ProvisionedThroughput=units(5, 600)))
    for number in range(10):
        enforced.put(item(f"k{number}", text="x" * 20_000))
        enforced.pass_seconds(0.1)
    asked = {"TableName": "music"} if operation == "Scan" else {"Statement": "SELECT * FROM music"}
    assert len(enforced.call(operation, **asked)["Items"]) == 10
    error = enforced.refusal(operation, **asked)
    assert isinstance(error, ProvisionedThroughputExceededException)
    enforced.pass_seconds(3.0)
    assert enforced.refusal(operation, **asked).code() == error.code()  # 25 units are owed
    enforced.pass_seconds(3.0)
    assert len(enforced.call(operation, **asked)["Items"]) == 10


def test_statements_of_a_batch_fail_by_themselves(enforced: ControlPlane) -> None:
    enforced.call("CreateTable", **provisioned())
    statements = [
        {"Statement": f"INSERT INTO music VALUE {{'pk': 'k{number}'}}"} for number in range(10)
    ]
    responses = enforced.call("BatchExecuteStatement", Statements=statements)["Responses"]
    assert "Error" not in responses[0]
    assert responses[-1] == {
        "TableName": "music",
        "Error": {"Code": "ProvisionedThroughputExceeded", "Message": TABLE},
    }


# --- Global indexes -------------------------------------------------------------------------------


def with_index(read: int, write: int) -> dict[str, Any]:
    request = provisioned(
        ProvisionedThroughput=units(600, 600),
        GlobalSecondaryIndexes=[
            index("by-genre", "genre", ProvisionedThroughput=units(read, write))
        ],
    )
    return {**request, "AttributeDefinitions": attributes("pk", "genre")}


def test_an_index_without_room_holds_writes_to_its_table_back(enforced: ControlPlane) -> None:
    enforced.call("CreateTable", **with_index(1, 1))
    numbers = iter(range(MANY))
    _, error = admitted(lambda: enforced.put(item(f"k{next(numbers)}", genre="jazz")))
    assert isinstance(error, ProvisionedThroughputExceededException)
    assert error.message == INDEX
    assert error.details["ThrottlingReasons"] == [
        {"reason": "IndexWriteProvisionedThroughputExceeded", "resource": f"{ARN}/index/by-genre"}
    ]
    enforced.put(item("b"))  # is not in the index
    enforced.put(item("k0", genre="jazz"))  # changes nothing in the index


def test_items_that_an_index_holds_back_are_left_by_a_batch(enforced: ControlPlane) -> None:
    enforced.call("CreateTable", **with_index(1, 1))
    enforced.put(item("first", genre="jazz"))
    enforced.pass_seconds(0.1)
    answers = []
    for number in range(5):
        puts = [
            {"PutRequest": {"Item": item(f"in{number}", genre="jazz")}},
            {"PutRequest": {"Item": item(f"out{number}")}},
        ]
        answers.append(enforced.call("BatchWriteItem", RequestItems={"music": puts}))
    left = answers[-1]["UnprocessedItems"]["music"]
    assert left == [{"PutRequest": {"Item": item("in4", genre="jazz")}}]
    assert "Item" not in enforced.call("GetItem", TableName="music", Key=item("in4"))
    assert "Item" in enforced.call("GetItem", TableName="music", Key=item("out4"))


def test_queries_of_an_index_pay_there(enforced: ControlPlane) -> None:
    enforced.call("CreateTable", **with_index(1, 600))

    def ask() -> None:
        enforced.call(
            "Query",
            TableName="music",
            IndexName="by-genre",
            KeyConditionExpression="genre = :g",
            ExpressionAttributeValues={":g": {"S": "jazz"}},
        )

    error = drain(enforced, ask)
    assert error.details["ThrottlingReasons"] == [
        {"reason": "IndexReadProvisionedThroughputExceeded", "resource": f"{ARN}/index/by-genre"}
    ]
    read(enforced)


# --- Local indexes --------------------------------------------------------------------------------
# They have no capacity of their own (developer guide, "Local secondary indexes", "Provisioned
# throughput considerations").


def with_local_index() -> dict[str, Any]:
    return {
        **provisioned("music", "pk", "/sk", ProvisionedThroughput=units(1, 1)),
        "AttributeDefinitions": attributes("pk", "sk", "genre"),
        "LocalSecondaryIndexes": [index("by-genre", "pk", "/genre")],
    }


def test_queries_of_a_local_index_pay_at_the_table(enforced: ControlPlane) -> None:
    enforced.call("CreateTable", **with_local_index())

    def ask() -> None:
        enforced.call(
            "Query",
            TableName="music",
            IndexName="by-genre",
            KeyConditionExpression="pk = :p",
            ExpressionAttributeValues={":p": {"S": "a"}},
        )

    error = drain(enforced, ask)
    assert error.details["ThrottlingReasons"] == [
        {"reason": "TableReadProvisionedThroughputExceeded", "resource": ARN}
    ]
    refused = enforced.refusal("GetItem", TableName="music", Key=item("a", sk="b"))
    assert isinstance(refused, ProvisionedThroughputExceededException)


def test_entries_of_a_local_index_pay_at_the_table(enforced: ControlPlane) -> None:
    enforced.call("CreateTable", **with_local_index())
    drain(enforced, lambda: enforced.put(item("a", sk="b")))
    enforced.pass_seconds(10.0)
    numbers = iter(range(MANY))
    written, error = admitted(lambda: enforced.put(item("a", sk=f"k{next(numbers)}", genre="jazz")))
    assert written == pytest.approx(5, abs=1)
    assert error.details["ThrottlingReasons"] == [
        {"reason": "TableWriteProvisionedThroughputExceeded", "resource": ARN}
    ]


# --- On demand and partitions ---------------------------------------------------------------------


def test_a_maximum_on_demand(enforced: ControlPlane) -> None:
    enforced.call("CreateTable", **on_demand(OnDemandThroughput={"MaxWriteRequestUnits": 5}))
    error = drain(enforced, lambda: enforced.put(item("a")))
    assert isinstance(error, ThrottlingException)
    assert error.body() == {
        "__type": "com.amazon.coral.availability#ThrottlingException",
        "message": "Throughput exceeds the maximum OnDemandThroughput configured on table or index",
        "throttlingReasons": [
            {"reason": "TableWriteMaxOnDemandThroughputExceeded", "resource": ARN}
        ],
    }


def test_a_hot_partition_of_a_table_on_demand(enforced: ControlPlane) -> None:
    enforced.call("CreateTable", **on_demand())
    large = item("hot", text="x" * 100_000)
    for _ in range(3):
        admitted(lambda: enforced.put(large))
        enforced.pass_seconds(1.0)
    count, error = admitted(lambda: enforced.put(large))
    assert count == pytest.approx(10, abs=1)
    assert isinstance(error, ThrottlingException)
    assert error.message.startswith("Throughput exceeds the current capacity of your table or")
    assert error.details["throttlingReasons"] == [
        {"reason": "TableWriteKeyRangeThroughputExceeded", "resource": ARN}
    ]
    # Other partitions have room: the table takes 4,000 units.
    others = 0
    for number in range(100):
        try:
            enforced.put(item(f"other{number}", text="x" * 30_000))
            others += 1
        except ThrottlingException:
            continue
    assert 60 < others < 100


def test_a_hot_partition_of_a_provisioned_table(enforced: ControlPlane) -> None:
    enforced.call("CreateTable", **provisioned(ProvisionedThroughput=units(5, 4000)))
    large = item("hot", text="x" * 100_000)
    error = drain(enforced, lambda: enforced.put(large))
    assert isinstance(error, ProvisionedThroughputExceededException)
    assert error.message == TABLE
    assert error.details["ThrottlingReasons"] == [
        {"reason": "TableWriteKeyRangeThroughputExceeded", "resource": ARN}
    ]


def test_sustained_heat_splits_a_partition_down_to_its_hot_key(enforced: ControlPlane) -> None:
    enforced.call("CreateTable", **on_demand())
    large = item("hot", text="x" * 200_000)

    def per_second() -> int:
        count = admitted(lambda: enforced.put(large))[0]
        enforced.pass_seconds(1.0)
        return count

    for _ in range(int(HEAT_SECONDS) + 5):
        per_second()
    table = enforced.database.catalog.cached("music")
    assert table is not None
    assert table.budget is not None
    assert len(table.budget.own.write.partitions) == 6
    assert per_second() == pytest.approx(5, abs=1)


def test_a_table_on_demand_keeps_within_the_quota() -> None:
    plane = ControlPlane(capacity="enforced", quotas=Quotas("us-east-1", table=10))
    plane.call("CreateTable", **on_demand())
    error = drain(plane, lambda: plane.put(item("a")))
    plane.close()
    assert isinstance(error, RequestLimitExceeded)
    assert error.details["ThrottlingReasons"] == [
        {"reason": "TableWriteAccountLimitExceeded", "resource": ARN}
    ]


class Overwrite:
    """A task that puts a value, as no operation would."""

    keys = ()

    def __init__(self, key: bytes, value: bytes) -> None:
        self._changes = {key: value}

    def decide(self, _values: object) -> Changes[None]:
        return Changes(dict(self._changes), None)


def test_a_large_table_has_more_partitions(enforced: ControlPlane) -> None:
    enforced.call("CreateTable", **provisioned())
    enforced.put(item("a"))
    table = enforced.database.catalog.cached("music")
    assert table is not None
    assert table.budget is not None
    assert len(table.budget.own.write.partitions) == 1
    tally = Tally()
    tally.add(0, 1_000_000, 35 * 1024**3)
    counted = tally.applied_to(None)
    assert counted is not None
    enforced.run(enforced.database.store.write(Overwrite(table.counters_prefix + b"\xff", counted)))
    for _ in range(301):
        enforced.put(item("a"))
        enforced.pass_seconds(1.0)
    assert len(table.budget.own.write.partitions) == 4
