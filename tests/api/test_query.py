"""Query.

Rules: API reference, "Query"; developer guide, "Key condition expressions for the Query operation",
"Paginating table query results", "Filter expressions for the Query operation".
"""

from __future__ import annotations

import functools
import operator
from typing import Any

import pytest

from tests.api.making import COUNTED, INVALID, invalid, make, pages, put_all, refusal

NUMBERS = ["-1E+50", "-10", "-9.5", "-0.001", "0", "1E-20", "0.5", "2", "10", "11", "1E+60"]
STRINGS = ["A", "B", "a", "a#1", "a#2", "aa", "b", "é", "ﬁ", "😀"]
BINARIES = [b"\x00", b"\x00\x01", b"\x01", b"\x7f", b"\x80", b"\xff", b"\xff\x00"]
SORTED: dict[str, list[Any]] = {"N": NUMBERS, "S": STRINGS, "B": BINARIES}


@pytest.fixture(scope="module")
def tables(dynamodb: Any) -> dict[str, str]:
    """A table for each type of sort key; partition `p` has every value of SORTED, `q` has one."""
    made = {}
    for kind, values in SORTED.items():
        made[kind] = make(dynamodb, "pk", f"/sk:{kind}")
        items = [
            {"pk": {"S": "p"}, "sk": {kind: value}, "place": {"N": str(place)}}
            for place, value in enumerate(values)
        ]
        put_all(dynamodb, made[kind], list(reversed(items)))
        put_all(dynamodb, made[kind], [{"pk": {"S": "q"}, "sk": {kind: values[0]}}])
    return made


def query(dynamodb: Any, table: str, condition: str = "", *values: Any, **more: Any) -> Any:
    """Query partition `p`; `condition` follows that condition, with the values :0, :1."""
    given = {f":{number}": value for number, value in enumerate(values)}
    return dynamodb.query(
        TableName=table,
        KeyConditionExpression="pk = :p" + (f" AND {condition}" if condition else ""),
        ExpressionAttributeValues={":p": {"S": "p"}, **given, **more.pop("values", {})},
        **more,
    )


def places(answer: Any) -> list[int]:
    return [int(item["place"]["N"]) for item in answer["Items"]]


@pytest.mark.parametrize("kind", SORTED)
def test_a_collection_comes_in_the_order_of_its_sort_key(
    dynamodb: Any, tables: dict[str, str], kind: str
) -> None:
    every = list(range(len(SORTED[kind])))
    assert places(query(dynamodb, tables[kind])) == every
    assert places(query(dynamodb, tables[kind], ScanIndexForward=False)) == every[::-1]


@pytest.mark.parametrize("kind", SORTED)
@pytest.mark.parametrize("forward", [True, False])
def test_comparisons_of_sort_keys_of_each_type(
    dynamodb: Any, tables: dict[str, str], kind: str, forward: bool
) -> None:
    count = len(SORTED[kind])
    here = count // 2
    expected = {
        "sk = :0": [here],
        "sk < :0": list(range(here)),
        "sk <= :0": list(range(here + 1)),
        "sk > :0": list(range(here + 1, count)),
        "sk >= :0": list(range(here, count)),
    }
    for condition, wanted in expected.items():
        answer = query(
            dynamodb,
            tables[kind],
            condition,
            {kind: SORTED[kind][here]},
            ScanIndexForward=forward,
        )
        assert places(answer) == (wanted if forward else wanted[::-1]), condition
        assert answer["Count"] == answer["ScannedCount"] == len(wanted)


@pytest.mark.parametrize("kind", SORTED)
def test_between_has_both_ends(dynamodb: Any, tables: dict[str, str], kind: str) -> None:
    low, high = {kind: SORTED[kind][1]}, {kind: SORTED[kind][4]}
    answer = query(dynamodb, tables[kind], "sk BETWEEN :0 AND :1", low, high)
    assert places(answer) == [1, 2, 3, 4]
    message = invalid(
        query, dynamodb=dynamodb, table=tables[kind], condition="sk BETWEEN :hi AND :lo",
        values={":hi": high, ":lo": low},
    )  # fmt: skip
    assert message.startswith(
        "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater "
        "than or equal to lower bound; lower bound operand: AttributeValue:"
    )


def test_begins_with(dynamodb: Any, tables: dict[str, str]) -> None:
    answer = query(dynamodb, tables["S"], "begins_with(sk, :0)", {"S": "a"})
    assert [item["sk"]["S"] for item in answer["Items"]] == ["a", "a#1", "a#2", "aa"]
    answer = query(dynamodb, tables["B"], "begins_with(sk, :0)", {"B": b"\xff"})
    assert [item["sk"]["B"] for item in answer["Items"]] == [b"\xff", b"\xff\x00"]
    message = invalid(
        query, dynamodb=dynamodb, table=tables["N"], condition="begins_with(sk, :v)",
        values={":v": {"N": "1"}},
    )  # fmt: skip
    assert message == (
        "Invalid KeyConditionExpression: Incorrect operand type for operator or function; "
        "operator or function: begins_with, operand type: N"
    )


@pytest.mark.parametrize("kind", SORTED)
@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_pages_make_up_the_whole(
    dynamodb: Any, tables: dict[str, str], kind: str, forward: bool, limit: int
) -> None:
    parts = list(
        pages(
            dynamodb.query,
            TableName=tables[kind],
            KeyConditionExpression="pk = :p",
            ExpressionAttributeValues={":p": {"S": "p"}},
            ScanIndexForward=forward,
            Limit=limit,
        )
    )
    assert all(part["Count"] <= limit for part in parts)
    every = list(range(len(SORTED[kind])))
    assert functools.reduce(operator.iadd, map(places, parts), []) == (
        every if forward else every[::-1]
    )
    # A page that its limit ended names its last item, even where nothing follows.
    for part in parts[:-1]:
        assert part["LastEvaluatedKey"] == {name: part["Items"][-1][name] for name in ("pk", "sk")}


def test_a_limit_counts_before_the_filter(dynamodb: Any, tables: dict[str, str]) -> None:
    answer = query(
        dynamodb, tables["N"], Limit=4, FilterExpression="place > :v", values={":v": {"N": "2"}}
    )
    assert places(answer) == [3]
    assert (answer["Count"], answer["ScannedCount"]) == (1, 4)
    assert answer["LastEvaluatedKey"] == {"pk": {"S": "p"}, "sk": {"N": "-0.001"}}


def test_select_chooses_what_is_returned(dynamodb: Any, tables: dict[str, str]) -> None:
    count = query(dynamodb, tables["S"], Select="COUNT")
    assert "Items" not in count
    assert count["Count"] == count["ScannedCount"] == len(STRINGS)
    every = query(dynamodb, tables["S"], Select="ALL_ATTRIBUTES")
    assert places(every) == list(range(len(STRINGS)))
    some = query(
        dynamodb, tables["S"], Select="SPECIFIC_ATTRIBUTES", ProjectionExpression="sk", Limit=1
    )
    assert some["Items"] == [{"sk": {"S": "A"}}]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"Select": "ALL_PROJECTED_ATTRIBUTES"},
            f"{COUNTED}ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
        ),
        (
            {"Select": "SPECIFIC_ATTRIBUTES"},
            (
                f"{COUNTED}Must specify the AttributesToGet or ProjectionExpression when "
                "choosing to get SPECIFIC_ATTRIBUTES"
            ),
        ),
        (
            {"Select": "COUNT", "ProjectionExpression": "pk"},
            f"{COUNTED}Cannot specify the ProjectionExpression when choosing to get only the Count",
        ),
        (
            {"FilterExpression": "sk > :p"},
            (
                "Filter Expression can only contain non-primary key attributes: Primary key "
                "attribute: sk"
            ),
        ),
        (
            {"IndexName": "nope"},
            "The table does not have the specified index: nope",
        ),
    ],
)
def test_parameters_that_do_not_fit(
    dynamodb: Any, tables: dict[str, str], parameters: dict[str, Any], message: str
) -> None:
    given = invalid(query, dynamodb=dynamodb, table=tables["S"], **parameters)
    assert given == message


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("sk = :p", "Query condition missed key schema element: pk"),
        ("pk > :p", "Query key condition not supported"),
        ("pk = :p AND place = :p", "Query condition missed key schema element: sk"),
        ("pk = :p OR sk = :p", "Invalid operator used in KeyConditionExpression: OR"),
        ("pk = :p AND sk <> :p", "Invalid operator used in KeyConditionExpression: <>"),
        (
            "pk = :p AND contains(sk, :p)",
            "Invalid operator used in KeyConditionExpression: contains",
        ),
        (
            "pk = :p AND sk = :p AND sk > :p",
            (
                "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one "
                "condition per key"
            ),
        ),
        (
            "pk = :p AND sk = :q",
            (
                "Invalid KeyConditionExpression: An expression attribute value used in "
                "expression is not defined; attribute value: :q"
            ),
        ),
    ],
)
def test_key_conditions_that_are_none(
    dynamodb: Any, tables: dict[str, str], condition: str, message: str
) -> None:
    given = invalid(
        dynamodb.query,
        TableName=tables["S"],
        KeyConditionExpression=condition,
        ExpressionAttributeValues={":p": {"S": "p"}},
    )
    assert given == message


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"FilterExpression": ""}, "Invalid FilterExpression: The expression can not be empty;"),
        (
            {"ProjectionExpression": ""},
            "Invalid ProjectionExpression: The expression can not be empty;",
        ),
        (
            {"ExpressionAttributeNames": {"#n": "n"}},
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#n}",
        ),
    ],
)
def test_all_expressions_are_parsed_before_key_conditions_are_checked(
    dynamodb: Any, tables: dict[str, str], more: dict[str, Any], message: str
) -> None:
    given = invalid(dynamodb.query, TableName=tables["S"], KeyConditionExpression="pk = sk", **more)
    assert given.removeprefix("1 validation error detected: ") == message


def test_operands_of_another_type(dynamodb: Any, tables: dict[str, str]) -> None:
    message = invalid(
        query, dynamodb=dynamodb, table=tables["N"], condition="sk = :v", values={":v": {"S": "1"}}
    )
    assert message == f"{INVALID}Condition parameter type does not match schema type"


def test_without_a_key_condition(dynamodb: Any, tables: dict[str, str]) -> None:
    assert invalid(dynamodb.query, TableName=tables["S"]) == (
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
        "request."
    )


def test_starting_keys(dynamodb: Any, tables: dict[str, str]) -> None:
    answer = query(
        dynamodb,
        tables["S"],
        ExclusiveStartKey={"pk": {"S": "p"}, "sk": {"S": "a#11"}},  # no item has it
        Limit=1,
    )
    assert answer["Items"][0]["sk"] == {"S": "a#2"}
    for start, message in (
        ({"pk": {"S": "p"}}, "The provided starting key is invalid"),
        (
            {"pk": {"S": "p"}, "sk": {"N": "1"}},
            "The provided key element does not match the schema",
        ),
        (
            {"pk": {"S": "q"}, "sk": {"S": "a"}},
            "The provided starting key is outside query boundaries based on provided conditions",
        ),
    ):
        given = invalid(query, dynamodb=dynamodb, table=tables["S"], ExclusiveStartKey=start)
        assert given == message


@pytest.mark.parametrize("there", [True, False], ids=["table", "no table"])
@pytest.mark.parametrize(
    "condition",
    [
        {
            "KeyConditionExpression": "pk = :p",
            "ExpressionAttributeValues": {":p": {"S": "p"}},
        },
        {"KeyConditions": {"pk": {"ComparisonOperator": "EQ", "AttributeValueList": []}}},
        {},
    ],
    ids=["expression", "faulty conditions", "no conditions"],
)
def test_a_starting_key_that_is_no_value(
    unchecked: Any, tables: dict[str, str], there: bool, condition: dict[str, Any]
) -> None:
    """It is reported before any other error, even a missing table."""
    name = tables["S"] if there else "no-such-table"
    start = {"pk": {}, "sk": {"S": "a"}}
    message = invalid(unchecked.query, TableName=name, ExclusiveStartKey=start, **condition)
    assert message == (
        "The provided starting key is invalid: Supplied AttributeValue is empty, must contain "
        "exactly one of the supported datatypes"
    )


@pytest.mark.parametrize(
    ("condition", "value", "sort"), [("sk > :0", "b", "a"), ("begins_with(sk, :0)", "a#", "b")]
)
def test_starting_keys_outside_the_sort_condition(
    dynamodb: Any, tables: dict[str, str], condition: str, value: str, sort: str
) -> None:
    def go_on() -> Any:
        start = {"pk": {"S": "p"}, "sk": {"S": sort}}
        return query(dynamodb, tables["S"], condition, {"S": value}, ExclusiveStartKey=start)

    assert invalid(go_on) == "The provided starting key does not match the range key predicate"


def test_what_can_find_one_item_only_cannot_go_on(dynamodb: Any, tables: dict[str, str]) -> None:
    def find(**more: Any) -> Any:
        return query(dynamodb, tables["S"], "sk = :0", {"S": "a#2"}, Limit=1, **more)

    answer = find()
    assert answer["Count"] == 1
    assert "LastEvaluatedKey" not in answer
    start = {"pk": {"S": "p"}, "sk": {"S": "a#2"}}
    text = invalid(find, ExclusiveStartKey=start)
    assert text == "The query can return at most one row and cannot be restarted"


def test_a_page_that_ends_with_the_collection_has_no_last_key(
    dynamodb: Any, tables: dict[str, str]
) -> None:
    assert "LastEvaluatedKey" not in query(dynamodb, tables["S"])
    assert "LastEvaluatedKey" not in query(dynamodb, tables["S"], Limit=len(STRINGS) + 1)
    assert "LastEvaluatedKey" in query(dynamodb, tables["S"], Limit=len(STRINGS))


def test_nothing_found(dynamodb: Any, tables: dict[str, str]) -> None:
    answer = query(dynamodb, tables["S"], "sk > :0", {"S": "😀"})
    assert (answer["Items"], answer["Count"], answer["ScannedCount"]) == ([], 0, 0)
    assert refusal(query, dynamodb=dynamodb, table="no-such-table") == (
        "ResourceNotFoundException",
        "Requested resource not found",
    )


def test_legacy_key_conditions(dynamodb: Any, tables: dict[str, str]) -> None:
    answer = dynamodb.query(
        TableName=tables["S"],
        KeyConditions={
            "pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "p"}]},
            "sk": {"ComparisonOperator": "BEGINS_WITH", "AttributeValueList": [{"S": "a#"}]},
        },
        QueryFilter={"place": {"ComparisonOperator": "NE", "AttributeValueList": [{"N": "3"}]}},
        AttributesToGet=["sk"],
    )
    assert answer["Items"] == [{"sk": {"S": "a#2"}}]
    assert answer["ScannedCount"] == 2
    message = invalid(
        dynamodb.query,
        TableName=tables["S"],
        KeyConditionExpression="pk = :p",
        ExpressionAttributeValues={":p": {"S": "p"}},
        QueryFilter={"place": {"ComparisonOperator": "NULL"}},
    )
    assert message == (
        "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: {QueryFilter} Expression parameters: {KeyConditionExpression}"
    )
