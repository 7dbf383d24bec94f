"""Expressions over the wire: a table of conditions and updates against one item.

Rules: developer guide, "Condition and filter expressions, operators, and functions", "Using update
expressions in DynamoDB", "Referring to item attributes". tests/unit/expressions goes deeper.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.making import COUNTED, invalid, make, refusal
from tests.control_plane import index

KEY = {"pk": {"S": "k"}}
ITEM = {
    **KEY,
    "n": {"N": "5"},
    "s": {"S": "text"},
    "b": {"B": b"\x01\x02"},
    "yes": {"BOOL": True},
    "nil": {"NULL": True},
    "ss": {"SS": ["a", "b"]},
    "ns": {"NS": ["1", "2"]},
    "l": {"L": [{"N": "1"}, {"S": "two"}, {"M": {"x": {"S": "deep"}}}]},
    "m": {"M": {"a": {"M": {"b": {"N": "7"}}}, "dotted.name": {"S": "d"}}},
}
VALUES = {
    ":five": {"N": "5.0"},
    ":six": {"N": "6"},
    ":text": {"S": "text"},
    ":te": {"S": "te"},
    ":ex": {"S": "ex"},
    ":a": {"S": "a"},
    ":list": {"L": [{"N": "9"}]},
    ":set": {"SS": ["b", "c"]},
    ":one": {"N": "1"},
    ":S": {"S": "S"},
    ":null": {"NULL": True},
}
NAMES = {"#dotted": "dotted.name", "#n": "n", "#size": "size"}


@pytest.fixture(scope="module")
def made(dynamodb: Any) -> str:
    return make(dynamodb)


@pytest.fixture
def table(dynamodb: Any, made: str) -> str:
    dynamodb.put_item(TableName=made, Item=ITEM)
    return made


def placeholders(*expressions: str) -> dict[str, Any]:
    """Only the names and values that the expressions use."""
    text = " ".join(expressions).replace(",", " ").replace("(", " ").replace(")", " ")
    words = text.replace(".", " ").replace("[", " ").split()
    names = {word: NAMES[word] for word in words if word in NAMES}
    values = {word: VALUES[word] for word in words if word in VALUES}
    return {
        **({"ExpressionAttributeNames": names} if names else {}),
        **({"ExpressionAttributeValues": values} if values else {}),
    }


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("n = :five", True),
        ("n <> :five", False),
        ("n < :six", True),
        ("n > :six", False),
        ("n BETWEEN :one AND :six", True),
        ("n BETWEEN :six AND :six", False),
        ("n IN (:six, :five)", True),
        ("n IN (:six)", False),
        ("s = :five", False),  # values of different types are never equal
        ("s <> :five", True),
        ("s > :five", False),
        ("attribute_exists(m.a.b)", True),
        ("attribute_exists(m.a.c)", False),
        ("attribute_exists(l[2].x)", True),
        ("attribute_exists(l[3])", False),
        ("attribute_not_exists(absent)", True),
        ("attribute_type(s, :S)", True),
        ("attribute_type(n, :S)", False),
        ("begins_with(s, :te)", True),
        ("begins_with(s, :ex)", False),
        ("contains(s, :ex)", True),
        ("contains(ss, :a)", True),
        ("contains(ss, :text)", False),
        ("contains(l, :one)", True),
        ("contains(l, :six)", False),
        ("size(s) = :five", False),
        ("size(s) < :five", True),
        ("size(l) > :one", True),
        ("size(absent) < :five", False),
        ("m.#dotted = :a", False),
        ("attribute_exists(m.#dotted)", True),
        ("nil = :null", True),
        ("NOT n = :five", False),
        ("NOT n = :six AND s = :text", True),  # NOT binds tighter than AND
        ("n = :five OR s = :a AND s = :six", True),  # AND binds tighter than OR
        ("(n = :five OR s = :a) AND s = :six", False),
        ("absent = :five", False),
        ("absent <> :five", True),
        ("NOT absent = :five", True),
    ],
)
def test_conditions_hold_alike_in_filters_and_writes(
    dynamodb: Any, table: str, condition: str, holds: bool
) -> None:
    scanned = dynamodb.scan(TableName=table, FilterExpression=condition, **placeholders(condition))
    assert scanned["Count"] == int(holds)
    update = {
        "TableName": table,
        "Key": KEY,
        "ConditionExpression": condition,
        **placeholders(condition),
    }
    if holds:
        dynamodb.update_item(**update)
    else:
        assert refusal(dynamodb.update_item, **update)[0] == "ConditionalCheckFailedException"


@pytest.mark.parametrize(
    ("expression", "changed"),
    [
        ("SET n = n + :one", {"n": {"N": "6"}}),
        ("SET n = :one - n", {"n": {"N": "-4"}}),
        ("SET fresh = if_not_exists(absent, :six)", {"fresh": {"N": "6"}}),
        ("SET fresh = if_not_exists(n, :six)", {"fresh": {"N": "5"}}),
        ("SET fresh = if_not_exists(absent, :one) + :one", {"fresh": {"N": "2"}}),
        ("SET l = list_append(l, :list)", {"l": {"L": [*ITEM["l"]["L"], {"N": "9"}]}}),
        ("SET l = list_append(:list, l)", {"l": {"L": [{"N": "9"}, *ITEM["l"]["L"]]}}),
        ("SET l[1] = :six", {"l": {"L": [ITEM["l"]["L"][0], {"N": "6"}, ITEM["l"]["L"][2]]}}),
        ("SET l[99] = :six", {"l": {"L": [*ITEM["l"]["L"], {"N": "6"}]}}),
        ("SET m.a.b = :six", {"m": {"M": {**ITEM["m"]["M"], "a": {"M": {"b": {"N": "6"}}}}}}),
        ("SET n = s, s = n", {"n": ITEM["s"], "s": ITEM["n"]}),  # both see the item before
        ("REMOVE n, s", {"n": None, "s": None}),
        ("REMOVE l[0], l[2]", {"l": {"L": [ITEM["l"]["L"][1]]}}),
        ("REMOVE absent", {}),
        ("REMOVE m.#dotted", {"m": {"M": {"a": ITEM["m"]["M"]["a"]}}}),
        ("ADD n :six", {"n": {"N": "11"}}),
        ("ADD fresh :six", {"fresh": {"N": "6"}}),
        ("ADD ss :set", {"ss": {"SS": ["a", "b", "c"]}}),
        ("ADD m.a.b :one", {"m": {"M": {**ITEM["m"]["M"], "a": {"M": {"b": {"N": "8"}}}}}}),
        ("DELETE ss :set", {"ss": {"SS": ["a"]}}),
        ("DELETE absent :set", {}),
        (
            "SET fresh = :one REMOVE s ADD n :one DELETE ss :set",
            {"fresh": {"N": "1"}, "s": None, "n": {"N": "6"}, "ss": {"SS": ["a"]}},
        ),
    ],
)
def test_what_update_expressions_change(
    dynamodb: Any, table: str, expression: str, changed: dict[str, Any]
) -> None:
    answer = dynamodb.update_item(
        TableName=table,
        Key=KEY,
        UpdateExpression=expression,
        ReturnValues="ALL_NEW",
        **placeholders(expression),
    )
    expected = {name: value for name, value in {**ITEM, **changed}.items() if value is not None}
    got = answer["Attributes"]
    assert _sorted_sets(got) == expected


def test_a_set_without_elements_is_no_attribute(dynamodb: Any, table: str) -> None:
    answer = dynamodb.update_item(
        TableName=table,
        Key=KEY,
        UpdateExpression="DELETE ss :all",
        ExpressionAttributeValues={":all": {"SS": ["a", "b"]}},
        ReturnValues="ALL_NEW",
    )
    assert "ss" not in answer["Attributes"]


def _sorted_sets(item: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {kind: sorted(value) if kind in ("SS", "NS", "BS") else value}
        for name, content in item.items()
        for kind, value in content.items()
    }


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (
            "SET n = s + :one",
            "An operand in the update expression has an incorrect data type",
        ),
        (
            "SET fresh = absent",
            "The provided expression refers to an attribute that does not exist in the item",
        ),
        (
            "SET absent.x = :one",
            "The document path provided in the update expression is invalid for update",
        ),
        (
            "ADD s :one",
            "An operand in the update expression has an incorrect data type",
        ),
        (
            "SET n = :one, n = :six",
            (
                "Invalid UpdateExpression: Two document paths overlap with each other; must "
                "remove or rewrite one of these paths; path one: [n], path two: [n]"
            ),
        ),
        (
            "SET m = :one, m.a = :six",
            (
                "Invalid UpdateExpression: Two document paths overlap with each other; must "
                "remove or rewrite one of these paths; path one: [m], path two: [m, a]"
            ),
        ),
        (
            "SET m.a = :one SET n = :six",
            (
                'Invalid UpdateExpression: The "SET" section can only be used once in an update '
                "expression;"
            ),
        ),
        (
            "SET size = :one",
            (
                "Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: "
                "size"
            ),
        ),
        (
            "SET n = :one +",
            'Invalid UpdateExpression: Syntax error; token: "<EOF>", near: "+"',
        ),
        (
            "ADD n :text",
            (
                "Invalid UpdateExpression: Incorrect operand type for operator or function; "
                "operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND"
            ),
        ),
    ],
)
def test_updates_that_are_refused(dynamodb: Any, table: str, expression: str, message: str) -> None:
    given = invalid(
        dynamodb.update_item,
        TableName=table,
        Key=KEY,
        UpdateExpression=expression,
        **placeholders(expression),
    )
    counted = message.startswith("Invalid UpdateExpression")
    assert given == (COUNTED + message if counted else message)
    got = dynamodb.get_item(TableName=table, Key=KEY)["Item"]
    assert _sorted_sets(got) == ITEM


def test_placeholders_are_used_and_defined(dynamodb: Any, table: str) -> None:
    def scan(filter_expression: str, **more: Any) -> Any:
        return dynamodb.scan(TableName=table, FilterExpression=filter_expression, **more)

    unused = invalid(
        scan,
        filter_expression="attribute_exists(n)",
        ExpressionAttributeValues={":unused": {"N": "1"}},
    )
    assert unused == (
        "Value provided in ExpressionAttributeValues unused in expressions: keys: {:unused}"
    )
    unused = invalid(
        scan,
        filter_expression="attribute_exists(n)",
        ExpressionAttributeNames={"#unused": "n"},
    )
    assert unused == (
        "Value provided in ExpressionAttributeNames unused in expressions: keys: {#unused}"
    )
    undefined = invalid(scan, filter_expression="attribute_exists(#x)")
    assert undefined == (
        "Invalid FilterExpression: An expression attribute name used in the document path is not "
        "defined; attribute name: #x"
    )
    empty = invalid(scan, filter_expression="")
    assert empty == "Invalid FilterExpression: The expression can not be empty;"


SCALARS = (
    "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "
)
ONE = {":one": {"N": "1"}}


@pytest.fixture(scope="module")
def indexed(dynamodb: Any) -> str:
    return make(dynamodb, also=("g",), GlobalSecondaryIndexes=[index("by-g", "g")])


def test_paths_have_a_depth(dynamodb: Any, table: str) -> None:
    def path(levels: int) -> str:
        return "n" + ".a" * (levels - 1)

    dynamodb.get_item(TableName=table, Key=KEY, ProjectionExpression=path(32))
    problem = "The document path has too many nesting levels; nesting levels: 33"
    get = {"TableName": table, "Key": KEY, "ProjectionExpression": path(33)}
    assert invalid(dynamodb.get_item, **get) == f"Invalid ProjectionExpression: {problem}"
    update = {"TableName": table, "Key": KEY, "UpdateExpression": f"REMOVE {path(33)}"}
    expected = f"{COUNTED}Invalid UpdateExpression: {problem}"
    assert invalid(dynamodb.update_item, **update) == expected


@pytest.mark.parametrize(("path", "told"), [("pk.x", "Key: pk"), ("g[0]", "IndexKey: g")])
def test_no_path_leads_into_a_key_attribute(
    dynamodb: Any, indexed: str, path: str, told: str
) -> None:
    """In projections and filters; a Query's filter may not name its key attributes at all."""
    text = SCALARS + told
    reads = {"TableName": indexed, "ProjectionExpression": f"a, {path}"}
    assert invalid(dynamodb.get_item, Key=KEY, **reads) == text
    assert invalid(dynamodb.scan, **reads) == text
    filtered = {"TableName": indexed, "FilterExpression": f"a = :one OR size({path}) = :one"}
    assert invalid(dynamodb.scan, **filtered, ExpressionAttributeValues=ONE) == text
    key = {"KeyConditionExpression": "pk = :k", "ExpressionAttributeValues": {":k": {"S": "k"}}}
    assert invalid(dynamodb.query, **reads, **key) == text
    keys = {"Keys": [KEY], "ProjectionExpression": path}
    assert invalid(dynamodb.batch_get_item, RequestItems={indexed: keys}) == text


@pytest.mark.parametrize(
    ("update", "text"),
    [
        ("SET a = :one, g[1] = :one", f"{SCALARS}IndexKey: g"),
        ("SET a = :one ADD g.x :one", f"{SCALARS}IndexKey: g"),
        ("SET a = :one, b = g[0]", f"{SCALARS}IndexKey: g"),
        ("SET a = if_not_exists(pk.x, :one)", f"{SCALARS}Key: pk"),
        (
            "ADD pk.x :one",
            (
                "One or more parameter values were invalid: "
                "Cannot update attribute pk. This attribute is part of the key"
            ),
        ),
        (
            "SET g = :one, b = g[0]",
            (
                "One or more parameter values were invalid: "
                "Type mismatch for Index Key g Expected: S Actual: N IndexName: by-g"
            ),
        ),
    ],
)
def test_no_update_leads_into_a_key_attribute(
    dynamodb: Any, indexed: str, update: str, text: str
) -> None:
    request = {"TableName": indexed, "Key": KEY, "UpdateExpression": update}
    assert invalid(dynamodb.update_item, **request, ExpressionAttributeValues=ONE) == text


def test_paths_into_other_attributes_are_fine(dynamodb: Any, indexed: str) -> None:
    dynamodb.put_item(TableName=indexed, Item={**ITEM, "g": {"S": "x"}})
    reads = {"TableName": indexed, "ProjectionExpression": "pk, g, m.a.b, l[0]"}
    found = dynamodb.get_item(Key=KEY, **reads)["Item"]
    assert found["g"] == {"S": "x"}
    assert found["l"] == {"L": [{"N": "1"}]}
