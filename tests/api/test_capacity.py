"""ReturnConsumedCapacity.

Rules: developer guide, "DynamoDB read and write operations" (a read unit is 4 KB, half of one when
eventually consistent; a write unit is 1 KB; a write counts the larger of the item before and
after), "Global secondary indexes", "Provisioned throughput considerations", and "Local secondary
indexes". Sizes: attribute names and values in UTF-8 bytes.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.making import make, put_all
from tests.control_plane import index

KIB = 1024


def sized(pk: str, size: int) -> dict[str, Any]:
    """An item of exactly `size` bytes: `pk` and its value, `v` and its value."""
    return {"pk": {"S": pk}, "v": {"S": "x" * (size - len("pk") - len(pk) - len("v"))}}


@pytest.fixture(scope="module")
def table(dynamodb: Any) -> str:
    return make(dynamodb)


def units(answer: Any) -> float:
    return float(answer["ConsumedCapacity"]["CapacityUnits"])


@pytest.mark.parametrize(
    ("size", "eventual"),
    [(10, 0.5), (4 * KIB, 0.5), (4 * KIB + 1, 1.0), (8 * KIB, 1.0), (8 * KIB + 1, 1.5)],
)
def test_reading_an_item(dynamodb: Any, table: str, size: int, eventual: float) -> None:
    dynamodb.put_item(TableName=table, Item=sized("read", size))
    get = {"TableName": table, "Key": {"pk": {"S": "read"}}, "ReturnConsumedCapacity": "TOTAL"}
    assert units(dynamodb.get_item(**get)) == eventual
    assert units(dynamodb.get_item(**get, ConsistentRead=True)) == 2 * eventual
    # A projection makes the answer smaller, not the read.
    assert units(dynamodb.get_item(**get, ProjectionExpression="pk")) == eventual


def test_reading_what_is_not_there(dynamodb: Any, table: str) -> None:
    get = {"TableName": table, "Key": {"pk": {"S": "none"}}, "ReturnConsumedCapacity": "TOTAL"}
    assert units(dynamodb.get_item(**get)) == 0.5
    assert units(dynamodb.get_item(**get, ConsistentRead=True)) == 1.0


def test_only_if_asked(dynamodb: Any, table: str) -> None:
    for more in ({}, {"ReturnConsumedCapacity": "NONE"}):
        answer = dynamodb.put_item(TableName=table, Item=sized("quiet", 10), **more)
        assert "ConsumedCapacity" not in answer


@pytest.mark.parametrize(("size", "expected"), [(10, 1), (KIB, 1), (KIB + 1, 2), (5 * KIB, 5)])
def test_writing_an_item(dynamodb: Any, table: str, size: int, expected: int) -> None:
    asked = {"TableName": table, "ReturnConsumedCapacity": "TOTAL"}
    key = {"pk": {"S": "write"}}
    dynamodb.delete_item(TableName=table, Key=key)
    assert units(dynamodb.put_item(Item=sized("write", size), **asked)) == expected
    # The larger of before and after counts.
    assert units(dynamodb.put_item(Item=sized("write", 10), **asked)) == expected
    assert units(dynamodb.put_item(Item=sized("write", size), **asked)) == expected
    assert units(dynamodb.update_item(Key=key, UpdateExpression="REMOVE v", **asked)) == expected
    dynamodb.put_item(TableName=table, Item=sized("write", size))
    assert units(dynamodb.delete_item(Key=key, **asked)) == expected
    assert units(dynamodb.delete_item(Key=key, **asked)) == 1


def test_batches_round_up_item_by_item(dynamodb: Any, table: str) -> None:
    items = [sized("b1", 10), sized("b2", 1025), sized("b3", 4097)]
    answer = dynamodb.batch_write_item(
        RequestItems={table: [{"PutRequest": {"Item": item}} for item in items]},
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": 1 + 2 + 5}]
    keys = [{"pk": item["pk"]} for item in items] + [{"pk": {"S": "b-none"}}]
    for consistent, expected in ((False, 0.5 + 0.5 + 1 + 0.5), (True, 1 + 1 + 2 + 1)):
        answer = dynamodb.batch_get_item(
            RequestItems={table: {"Keys": keys, "ConsistentRead": consistent}},
            ReturnConsumedCapacity="TOTAL",
        )
        assert answer["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": expected}]


def test_a_page_is_rounded_up_once(dynamodb: Any) -> None:
    table = make(dynamodb, "pk", "/sk")
    items = [
        {"pk": {"S": "p"}, "sk": {"S": f"{number:02d}"}, "v": {"S": "x" * 992}}
        for number in range(9)  # of 1,000 bytes each
    ]
    put_all(dynamodb, table, items)
    query = {
        "TableName": table,
        "KeyConditionExpression": "pk = :p",
        "ReturnConsumedCapacity": "TOTAL",
    }
    values = {":p": {"S": "p"}}
    assert units(dynamodb.query(**query, ExpressionAttributeValues=values)) == 1.5
    consistent = dynamodb.query(**query, ExpressionAttributeValues=values, ConsistentRead=True)
    assert units(consistent) == 3.0
    four = dynamodb.query(**query, ExpressionAttributeValues=values, Limit=4)
    assert units(four) == 0.5
    # What a filter drops was read all the same; so was what only is counted.
    dropped = dynamodb.query(
        **query,
        ExpressionAttributeValues={**values, ":no": {"S": "no"}},
        FilterExpression="v = :no",
    )
    assert (dropped["Count"], units(dropped)) == (0, 1.5)
    counted = dynamodb.scan(TableName=table, Select="COUNT", ReturnConsumedCapacity="TOTAL")
    assert units(counted) == 1.5
    nothing = dynamodb.query(**query, ExpressionAttributeValues={":p": {"S": "none"}})
    assert units(nothing) == 0.5


@pytest.fixture(scope="module")
def indexed(dynamodb: Any) -> str:
    return make(
        dynamodb,
        "pk",
        "/sk",
        also=("g", "l"),
        GlobalSecondaryIndexes=[index("global", "g", kind="KEYS_ONLY")],
        LocalSecondaryIndexes=[index("local", "pk", "/l", kind="KEYS_ONLY")],
    )


def by_index(answer: Any) -> tuple[float, float, float, float]:
    """The units in total, of the table, of the global and of the local index."""
    consumed = answer["ConsumedCapacity"]
    return (
        consumed["CapacityUnits"],
        consumed["Table"]["CapacityUnits"],
        consumed.get("GlobalSecondaryIndexes", {}).get("global", {}).get("CapacityUnits", 0),
        consumed.get("LocalSecondaryIndexes", {}).get("local", {}).get("CapacityUnits", 0),
    )


def test_writes_of_indexes(dynamodb: Any, indexed: str) -> None:
    key = {"pk": {"S": "p"}, "sk": {"S": "1"}}
    asked = {"TableName": indexed, "ReturnConsumedCapacity": "INDEXES"}

    def update(expression: str, **values: str) -> tuple[float, float, float, float]:
        given = {f":{name}": {"S": value} for name, value in values.items()}
        more = {"ExpressionAttributeValues": given} if given else {}
        return by_index(dynamodb.update_item(Key=key, UpdateExpression=expression, **more, **asked))

    assert by_index(dynamodb.put_item(Item=key, **asked)) == (1, 1, 0, 0)
    assert update("SET g = :g", g="1") == (2, 1, 1, 0)  # an entry is put
    assert update("SET l = :l", l="1") == (2, 1, 0, 1)
    assert update("SET v = :v", v="1") == (1, 1, 0, 0)  # not projected
    assert update("SET g = :g", g="2") == (3, 1, 2, 0)  # one deleted, one put
    assert update("REMOVE g") == (2, 1, 1, 0)
    assert by_index(dynamodb.delete_item(Key=key, **asked)) == (2, 1, 0, 1)


@pytest.mark.parametrize("kind", ["KEYS_ONLY", "ALL"])
def test_order_alone_is_no_change_of_an_index(dynamodb: Any, kind: str) -> None:
    """Maps and items have no order: many clients send their attributes in a different one each
    time. The service records no change of them in streams either."""
    table = make(
        dynamodb,
        "pk",
        "/sk",
        also=("g", "l"),
        GlobalSecondaryIndexes=[index("global", "g", kind=kind)],
        LocalSecondaryIndexes=[index("local", "pk", "/l", kind=kind)],
    )
    asked = {"TableName": table, "ReturnConsumedCapacity": "INDEXES"}
    names = ("pk", "sk", "g", "l")
    item: dict[str, Any] = {name: {"S": "1"} for name in names}
    item["map"] = {"M": {"one": {"N": "1"}, "two": {"SS": ["a", "b"]}}}
    turned = {name: item[name] for name in reversed(item)}
    turned["map"] = {"M": {"two": {"SS": ["b", "a"]}, "one": {"N": "1.0"}}}
    assert by_index(dynamodb.put_item(Item=item, **asked)) == (3, 1, 1, 1)
    assert by_index(dynamodb.put_item(Item=turned, **asked)) == (1, 1, 0, 0)
    turned["map"] = {"M": {"two": {"SS": ["b", "a"]}, "one": {"N": "2"}}}
    changed = int(kind == "ALL")
    wanted = (1 + 2 * changed, 1, changed, changed)
    assert by_index(dynamodb.put_item(Item=turned, **asked)) == wanted


def test_a_total_has_no_parts(dynamodb: Any, indexed: str) -> None:
    item = {"pk": {"S": "total"}, "sk": {"S": "1"}, "g": {"S": "1"}}
    answer = dynamodb.put_item(TableName=indexed, Item=item, ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == {"TableName": indexed, "CapacityUnits": 2}


def test_reads_of_indexes(dynamodb: Any, indexed: str) -> None:
    item = {"pk": {"S": "r"}, "sk": {"S": "1"}, "g": {"S": "r"}, "l": {"S": "1"}}
    dynamodb.put_item(TableName=indexed, Item={**item, "v": {"S": "x" * 5000}})
    asked = {"TableName": indexed, "ReturnConsumedCapacity": "INDEXES"}
    globally = dynamodb.query(
        IndexName="global",
        KeyConditionExpression="g = :g",
        ExpressionAttributeValues={":g": {"S": "r"}},
        **asked,
    )
    assert by_index(globally) == (0.5, 0, 0.5, 0)
    local = {
        "IndexName": "local",
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": {":p": {"S": "r"}},
    }
    assert by_index(dynamodb.query(**local, **asked)) == (0.5, 0, 0, 0.5)
    # What a local index has to fetch is read from the table, item by item.
    fetched = dynamodb.query(**local, **asked, Select="ALL_ATTRIBUTES")
    assert by_index(fetched) == (1.5, 1.0, 0, 0.5)


def test_transactions_cost_twice(dynamodb: Any, table: str) -> None:
    written = dynamodb.transact_write_items(
        TransactItems=[{"Put": {"TableName": table, "Item": sized("t", KIB + 1)}}],
        ReturnConsumedCapacity="TOTAL",
    )
    (consumed,) = written["ConsumedCapacity"]
    assert consumed["CapacityUnits"] == 4
    read = dynamodb.transact_get_items(
        TransactItems=[{"Get": {"TableName": table, "Key": {"pk": {"S": "t"}}}}],
        ReturnConsumedCapacity="TOTAL",
    )
    (consumed,) = read["ConsumedCapacity"]
    assert consumed["CapacityUnits"] == 2


def test_transactions_cost_once_on_indexes(dynamodb: Any, indexed: str) -> None:
    item = {name: {"S": "t"} for name in ("pk", "sk", "g", "l")}
    put = {"Put": {"TableName": indexed, "Item": item}}
    written = dynamodb.transact_write_items(TransactItems=[put], ReturnConsumedCapacity="INDEXES")
    (consumed,) = written["ConsumedCapacity"]
    assert by_index({"ConsumedCapacity": consumed}) == (4, 2, 1, 1)


def consumers(dynamodb: Any, table: str) -> list[str]:
    """The tables in the ConsumedCapacity of one call of every operation on items of `table`."""
    asked = {"ReturnConsumedCapacity": "TOTAL"}
    item = sized("named", 10)
    key = {"pk": item["pk"]}
    answers = [
        call(TableName=table, **parameters, **asked)
        for call, parameters in (
            (dynamodb.put_item, {"Item": item}),
            (dynamodb.get_item, {"Key": key}),
            (dynamodb.update_item, {"Key": key}),
            (dynamodb.delete_item, {"Key": key}),
            (dynamodb.scan, {}),
            (
                dynamodb.query,
                {
                    "KeyConditionExpression": "pk = :p",
                    "ExpressionAttributeValues": {":p": item["pk"]},
                },
            ),
        )
    ]
    statement = {"Statement": f"SELECT * FROM \"{table}\" WHERE pk = 'named'"}
    insert = {"Statement": f"INSERT INTO \"{table}\" VALUE {{'pk': 'new'}}"}
    delete = {"Statement": f"DELETE FROM \"{table}\" WHERE pk = 'new'"}
    put = {"TransactItems": [{"Put": {"TableName": table, "Item": item}}]}
    answers += [
        dynamodb.batch_get_item(RequestItems={table: {"Keys": [key]}}, **asked),
        dynamodb.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": item}}]}, **asked),
        dynamodb.transact_get_items(
            TransactItems=[{"Get": {"TableName": table, "Key": key}}], **asked
        ),
        dynamodb.transact_write_items(**put, ClientRequestToken=table[-20:], **asked),
        dynamodb.transact_write_items(**put, ClientRequestToken=table[-20:], **asked),
        dynamodb.execute_statement(**statement, **asked),
        dynamodb.execute_statement(Statement=f'SELECT * FROM "{table}"', **asked),
        dynamodb.execute_statement(**insert, **asked),
        dynamodb.batch_execute_statement(Statements=[statement], **asked),
        dynamodb.batch_execute_statement(Statements=[delete], **asked),
        dynamodb.execute_transaction(TransactStatements=[statement], **asked),
        dynamodb.execute_transaction(TransactStatements=[insert], **asked),
    ]
    consumed = [answer["ConsumedCapacity"] for answer in answers]
    return [
        entry["TableName"]
        for each in consumed
        for entry in (each if isinstance(each, list) else [each])
    ]


def test_the_table_is_called_what_the_request_calls_it(dynamodb: Any) -> None:
    """API reference, "ConsumedCapacity", TableName: "If you had specified the Amazon Resource Name
    (ARN) of a table in the input, you'll see the table ARN in the response"."""
    name = make(dynamodb)
    arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    assert set(consumers(dynamodb, arn)) == {arn}
    dynamodb.delete_item(TableName=name, Key={"pk": {"S": "new"}})
    assert set(consumers(dynamodb, name)) == {name}


def test_batches_have_one_entry_for_a_table(dynamodb: Any) -> None:
    name, other = make(dynamodb), make(dynamodb)
    puts = [{"PutRequest": {"Item": sized(pk, 10)}} for pk in "ab"]
    answer = dynamodb.batch_write_item(
        RequestItems={name: puts, other: puts[:1]}, ReturnConsumedCapacity="TOTAL"
    )
    assert answer["ConsumedCapacity"] == [
        {"TableName": name, "CapacityUnits": 2.0},
        {"TableName": other, "CapacityUnits": 1.0},
    ]
