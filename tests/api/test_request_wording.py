"""The texts of errors that do not depend on the table, by operation.

The texts are the service's answers of 2026, described in docs/differences.md: single-item writes
count such errors as "validation errors"; reads of items, BatchGetItem and Query use the same words
without counting; all others keep the older words.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.making import COUNTED, INVALID, invalid, make

ABSENT = "no-such-table"
NOT_NUMERIC = "The parameter cannot be converted to a numeric value"
OVERFLOW = (
    "Number overflow. Attempting to store a number with magnitude larger than supported range"
)
UNDERFLOW = (
    "Number underflow. Attempting to store a number with magnitude smaller than supported range"
)
MIXED = (
    "Can not use both expression and non-expression parameters in the same request: "
    "Non-expression parameters: {{{}}} Expression parameters: {{{}}}"
)
OVERLAP = (
    "Two document paths overlap with each other; must remove or rewrite one of these paths; "
    "path one: [a], path two: [a, b]"
)
TWO_SECTIONS = 'The "SET" section can only be used once in an update expression;'
KEY = {"pk": {"S": "k"}}

VALUES = [
    # value, newer words, older words
    ({"N": "abc"}, f"{NOT_NUMERIC}: abc", f"{NOT_NUMERIC}: abc"),
    ({"N": ""}, f"{NOT_NUMERIC}: ", NOT_NUMERIC),
    ({"N": "1e2147483647"}, OVERFLOW, UNDERFLOW),
    (
        {"SS": ["b", "a", "b"]},
        f'{INVALID}Input collection ["a", "b", "b"] contains duplicates.',
        f"{INVALID}Input collection [b, a, b] contains duplicates.",
    ),
    (
        {"NS": ["2", "1", "2"]},
        f"{INVALID}Input collection contains duplicates.",
        "Input collection contains duplicates",
    ),
    ({"SS": []}, f"{INVALID}An string set  may not be empty", None),
    (
        {"NULL": False},
        f"{INVALID}Null attribute value types must have the value of true",
        None,
    ),
]


@pytest.fixture(scope="module")
def table(dynamodb: Any) -> str:
    return make(dynamodb)


@pytest.mark.parametrize("there", [True, False], ids=["table", "no table"])
@pytest.mark.parametrize(("value", "newer", "older"), VALUES)
def test_texts_for_invalid_values(
    unchecked: Any, table: str, value: Any, newer: str, older: str | None, there: bool
) -> None:
    name = table if there else ABSENT
    condition = {"ConditionExpression": "a = :v", "ExpressionAttributeValues": {":v": value}}
    key = {"pk": value}
    counted = {
        invalid(unchecked.put_item, TableName=name, Item={**KEY, "a": value}),
        invalid(unchecked.put_item, TableName=name, Item={**KEY, "a": {"L": [value]}}),
        invalid(unchecked.put_item, TableName=name, Item=KEY, **condition),
        invalid(unchecked.put_item, TableName=name, Item=KEY, Expected={"a": {"Value": value}}),
        invalid(unchecked.delete_item, TableName=name, Key=KEY, **condition),
        invalid(unchecked.delete_item, TableName=name, Key=key),
        invalid(unchecked.update_item, TableName=name, Key=key),
        invalid(
            unchecked.update_item,
            TableName=name,
            Key=KEY,
            AttributeUpdates={"a": {"Action": "PUT", "Value": value}},
        ),
        invalid(
            unchecked.update_item,
            TableName=name,
            Key=KEY,
            UpdateExpression="SET a = :v",
            ExpressionAttributeValues={":v": value},
        ),
    }
    assert counted == {COUNTED + newer}
    bare = {
        invalid(unchecked.get_item, TableName=name, Key=key),
        invalid(unchecked.batch_get_item, RequestItems={name: {"Keys": [key]}}),
        invalid(
            unchecked.query,
            TableName=name,
            KeyConditionExpression="pk = :v",
            ExpressionAttributeValues={":v": value},
        ),
    }
    assert bare == {newer}
    if older is None:
        older = newer
    put = {"Put": {"TableName": name, "Item": {**KEY, "a": value}}}
    get = {"Get": {"TableName": name, "Key": key}}
    items = {name: [{"PutRequest": {"Item": {**KEY, "a": value}}}]}
    assert {
        invalid(unchecked.batch_write_item, RequestItems=items),
        invalid(unchecked.transact_write_items, TransactItems=[put]),
        invalid(unchecked.transact_get_items, TransactItems=[get]),
    } == {older}
    wrapped = f"ExpressionAttributeValues contains invalid value: {older} for key :v"
    scan = {"FilterExpression": "a = :v", "ExpressionAttributeValues": {":v": value}}
    check = {"ConditionCheck": {"TableName": name, "Key": KEY, **condition}}
    assert {
        invalid(unchecked.scan, TableName=name, **scan),
        invalid(unchecked.transact_write_items, TransactItems=[check]),
    } == {wrapped}


LONG = "a = :v" + " AND a = :v" * 373
ONE = {":v": {"S": "x"}}


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        (
            {"UpdateExpression": "SET"},
            'Invalid UpdateExpression: Syntax error; token: "<EOF>", near: "SET"',
        ),
        ({"UpdateExpression": ""}, "Invalid UpdateExpression: The expression can not be empty;"),
        (
            {"UpdateExpression": "SET a = :v SET b = :v", "ExpressionAttributeValues": ONE},
            f"Invalid UpdateExpression: {TWO_SECTIONS}",
        ),
        (
            {"UpdateExpression": "SET a = :v, a.b = :v", "ExpressionAttributeValues": ONE},
            f"Invalid UpdateExpression: {OVERLAP}",
        ),
        (
            {"UpdateExpression": "SET a = :v" + " " * 5000, "ExpressionAttributeValues": ONE},
            "Invalid UpdateExpression: Expression size has exceeded the maximum allowed size;",
        ),
        (
            {"UpdateExpression": "REMOVE a", "ExpressionAttributeValues": ONE},
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}",
        ),
        (
            {"UpdateExpression": "REMOVE a", "AttributeUpdates": {}},
            MIXED.format("AttributeUpdates", "UpdateExpression"),
        ),
    ],
)
def test_texts_for_invalid_updates(unchecked: Any, table: str, parameters: Any, text: str) -> None:
    answers = {
        invalid(unchecked.update_item, TableName=name, Key=KEY, **parameters)
        for name in (table, ABSENT)
    }
    assert answers == {COUNTED + text}


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        (
            {"ConditionExpression": ""},
            "Invalid ConditionExpression: The expression can not be empty;",
        ),
        (
            {"ConditionExpression": LONG, "ExpressionAttributeValues": ONE},
            "Invalid ConditionExpression: Expression size has exceeded the maximum allowed size;",
        ),
        (
            {"ExpressionAttributeValues": ONE},
            "ExpressionAttributeValues can only be specified when using expressions",
        ),
        (
            {"ExpressionAttributeNames": {"#a": "a"}},
            "ExpressionAttributeNames can only be specified when using expressions",
        ),
        (
            {"ConditionExpression": "attribute_exists(a)", "ExpressionAttributeValues": {}},
            "ExpressionAttributeValues must not be empty",
        ),
        (
            {"ConditionExpression": "attribute_exists(a)", "Expected": {"a": {"Exists": False}}},
            MIXED.format("Expected", "ConditionExpression"),
        ),
        ({"ReturnValues": "ALL_NEW"}, "ReturnValues can only be ALL_OLD or NONE"),
        (
            {"Expected": {"a": {"Exists": True}}},
            f"{INVALID}Value must be provided when Exists is true for Attribute: a",
        ),
    ],
)
def test_texts_for_invalid_conditions(
    unchecked: Any, table: str, parameters: Any, text: str
) -> None:
    answers = {
        invalid(unchecked.delete_item, TableName=table, Key=KEY, **parameters),
        invalid(unchecked.put_item, TableName=table, Item=KEY, **parameters),
        invalid(unchecked.put_item, TableName=ABSENT, Item=KEY, **parameters),
    }
    assert answers == {COUNTED + text}


def test_types_are_listed_in_an_order_that_depends_on_the_operation(
    unchecked: Any, table: str
) -> None:
    condition = {
        "ConditionExpression": "attribute_type(a, :t)",
        "ExpressionAttributeValues": {":t": {"S": "STRING"}},
    }
    put = {"TableName": table, "Item": KEY, **condition}
    problem = "Invalid attribute type name found; type: STRING, valid types: "
    assert invalid(unchecked.put_item, **put) == (
        f"{COUNTED}Invalid ConditionExpression: {problem}{{S,SS,N,NS,B,BS,BOOL,NULL,L,M}}"
    )
    assert invalid(unchecked.transact_write_items, TransactItems=[{"Put": put}]) == (
        f"Invalid ConditionExpression: {problem}{{N,BS,L,B,NULL,M,S,SS,NS,BOOL}}"
    )
    put["ConditionExpression"] = "attribute_type(a, b)"
    assert invalid(unchecked.put_item, **put) == (
        f"{COUNTED}Invalid ConditionExpression: Incorrect operand type for operator or function; "
        "operator or function: attribute_type, operand type: {S,SS,N,NS,B,BS,BOOL,NULL,L,M,HD,"
        "DOUBLE,FLOAT,HDS,FS,DOUBLESET,DICT,DECIMAL,INT,DECIMALSET,INTSET}"
    )


def test_what_a_table_or_an_item_refuses_is_not_counted(unchecked: Any, table: str) -> None:
    large = {**KEY, "a": {"S": "x" * 410_000}}
    update = {"TableName": table, "Key": KEY}
    mismatch = f"{INVALID}Type mismatch for key pk expected: S actual: N"
    assert invalid(unchecked.put_item, TableName=table, Item={"pk": {"N": "1"}}) == mismatch
    assert invalid(unchecked.put_item, TableName=table, Item=large).startswith("Item size has")
    assert invalid(unchecked.update_item, **update, UpdateExpression="SET a = b").startswith(
        "The provided expression refers to an attribute"
    )
    assert invalid(unchecked.put_item, TableName=table, Item={**KEY, "a": {}}).startswith(
        "Supplied AttributeValue is empty"
    )


def test_expressions_of_reads_and_of_others_are_not_counted(unchecked: Any, table: str) -> None:
    size = "Expression size has exceeded the maximum allowed size;"
    put = {"TableName": table, "Item": KEY, "ConditionExpression": LONG}
    transaction = [{"Put": {**put, "ExpressionAttributeValues": ONE}}]
    scan = {"FilterExpression": LONG, "ExpressionAttributeValues": ONE}
    assert (
        invalid(unchecked.get_item, TableName=table, Key=KEY, ProjectionExpression="a" * 5000)
        == f"Invalid ProjectionExpression: {size}"
    )
    assert (
        invalid(unchecked.scan, TableName=table, **scan)
        == f"Invalid FilterExpression: {size} expression size: {len(LONG)}"
    )
    assert (
        invalid(unchecked.scan, TableName=table, ProjectionExpression="a" * 5000)
        == f"Invalid ProjectionExpression: {size}"
    )
    assert (
        invalid(unchecked.transact_write_items, TransactItems=transaction)
        == f"Invalid ConditionExpression: {size} expression size: {len(LONG)}"
    )


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        (
            {"Select": "ALL_PROJECTED_ATTRIBUTES"},
            "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
        ),
        (
            {"Select": "COUNT", "ProjectionExpression": "pk"},
            "Cannot specify the ProjectionExpression when choosing to get only the Count",
        ),
    ],
)
def test_only_query_counts_what_select_does_not_go_with(
    unchecked: Any, table: str, parameters: Any, text: str
) -> None:
    of_query = {
        "KeyConditions": {"pk": {"ComparisonOperator": "EQ", "AttributeValueList": [KEY["pk"]]}}
    }
    assert invalid(unchecked.query, TableName=table, **of_query, **parameters) == COUNTED + text
    assert invalid(unchecked.scan, TableName=table, **parameters) == text


def test_sets_come_back_in_order(dynamodb: Any, table: str) -> None:
    key = {"pk": {"S": "sets"}}
    item = {
        **key,
        "ss": {"SS": ["b", "é", "", "a", "B"]},
        "ns": {"NS": ["10", "9", "-1", "0.5"]},
        "bs": {"BS": [b"\xff", b"", b"\x00\x01", b"\x00"]},
        "in": {"M": {"l": {"L": [{"NS": ["3", "2"]}]}}},
    }
    ordered = {
        **key,
        "ss": {"SS": ["", "B", "a", "b", "é"]},
        "ns": {"NS": ["-1", "0.5", "9", "10"]},
        "bs": {"BS": [b"", b"\x00", b"\x00\x01", b"\xff"]},
        "in": {"M": {"l": {"L": [{"NS": ["2", "3"]}]}}},
    }
    dynamodb.put_item(TableName=table, Item=item)
    assert dynamodb.get_item(TableName=table, Key=key)["Item"] == ordered
    answer = dynamodb.update_item(
        TableName=table,
        Key=key,
        UpdateExpression="ADD ss :s, ns :n DELETE bs :b",
        ExpressionAttributeValues={
            ":s": {"SS": ["c", "A"]},
            ":n": {"NS": ["9.5", "-7"]},
            ":b": {"BS": [b"\x00"]},
        },
        ReturnValues="ALL_NEW",
    )
    assert answer["Attributes"]["ss"] == {"SS": ["", "A", "B", "a", "b", "c", "é"]}
    assert answer["Attributes"]["ns"] == {"NS": ["-7", "-1", "0.5", "9", "9.5", "10"]}
    assert answer["Attributes"]["bs"] == {"BS": [b"", b"\x00\x01", b"\xff"]}
