"""Scan.

Rules: API reference, "Scan"; developer guide, "Working with scans": filters apply after reading,
and the segments of a parallel scan are disjoint and complete.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.api.making import invalid, make, pages, put_all
from tests.control_plane import index

ITEMS = [
    {"pk": {"S": f"p{number % 17}"}, "sk": {"N": str(number)}, "even": {"BOOL": number % 2 == 0}}
    for number in range(120)
]


@pytest.fixture(scope="module")
def table(dynamodb: Any) -> str:
    name = make(dynamodb, "pk", "/sk:N")
    put_all(dynamodb, name, ITEMS)
    return name


def numbers(answers: list[Any]) -> list[int]:
    return [int(item["sk"]["N"]) for answer in answers for item in answer["Items"]]


def test_every_item_once(dynamodb: Any, table: str) -> None:
    answer = dynamodb.scan(TableName=table)
    assert sorted(numbers([answer])) == list(range(120))
    assert answer["Count"] == answer["ScannedCount"] == 120
    assert "LastEvaluatedKey" not in answer


def test_item_collections_come_together_and_in_order(dynamodb: Any, table: str) -> None:
    seen: list[tuple[str, int]] = [
        (item["pk"]["S"], int(item["sk"]["N"])) for item in dynamodb.scan(TableName=table)["Items"]
    ]
    partitions = [pk for pk, _ in seen]
    assert sum(a != b for a, b in itertools.pairwise(partitions)) == 16
    for pk in set(partitions):
        sort_keys = [sk for partition, sk in seen if partition == pk]
        assert sort_keys == sorted(sort_keys)


@pytest.mark.parametrize("limit", [1, 7, 120])
def test_pages_make_up_the_whole(dynamodb: Any, table: str, limit: int) -> None:
    parts = list(pages(dynamodb.scan, TableName=table, Limit=limit))
    assert sorted(numbers(parts)) == list(range(120))
    assert {part["ScannedCount"] for part in parts[:-1]} == {limit}


@pytest.mark.parametrize("total", [1, 2, 3, 50])
def test_segments_are_disjoint_and_together_the_whole(
    dynamodb: Any, table: str, total: int
) -> None:
    found = []
    for segment in range(total):
        parts = pages(
            dynamodb.scan, TableName=table, Segment=segment, TotalSegments=total, Limit=60
        )
        found += numbers(list(parts))
    assert sorted(found) == list(range(120))


def test_a_filter_comes_after_reading(dynamodb: Any, table: str) -> None:
    answer = dynamodb.scan(
        TableName=table,
        FilterExpression="even = :yes",
        ExpressionAttributeValues={":yes": {"BOOL": True}},
    )
    assert sorted(numbers([answer])) == list(range(0, 120, 2))
    assert (answer["Count"], answer["ScannedCount"]) == (60, 120)


def test_a_filter_may_look_at_the_key(dynamodb: Any, table: str) -> None:
    answer = dynamodb.scan(
        TableName=table,
        FilterExpression="sk < :n AND pk <> :p",
        ExpressionAttributeValues={":n": {"N": "3"}, ":p": {"S": "p1"}},
    )
    assert sorted(numbers([answer])) == [0, 2]


def test_a_page_without_a_match_may_be_followed_by_others(dynamodb: Any, table: str) -> None:
    answer = dynamodb.scan(
        TableName=table,
        Limit=5,
        FilterExpression="attribute_exists(absent)",
    )
    assert (answer["Items"], answer["Count"], answer["ScannedCount"]) == ([], 0, 5)
    assert "LastEvaluatedKey" in answer


def test_count_and_projection(dynamodb: Any, table: str) -> None:
    count = dynamodb.scan(TableName=table, Select="COUNT")
    assert "Items" not in count
    assert count["Count"] == 120
    some = dynamodb.scan(TableName=table, ProjectionExpression="even", Limit=1)
    assert set(some["Items"][0]) == {"even"}


def test_legacy_filter(dynamodb: Any, table: str) -> None:
    answer = dynamodb.scan(
        TableName=table,
        ScanFilter={
            "sk": {"ComparisonOperator": "BETWEEN", "AttributeValueList": [{"N": "5"}, {"N": "8"}]},
            "even": {"ComparisonOperator": "EQ", "AttributeValueList": [{"BOOL": True}]},
        },
    )
    assert sorted(numbers([answer])) == [6, 8]
    either = dynamodb.scan(
        TableName=table,
        ConditionalOperator="OR",
        ScanFilter={
            "sk": {"ComparisonOperator": "LT", "AttributeValueList": [{"N": "1"}]},
            "pk": {"ComparisonOperator": "IN", "AttributeValueList": [{"S": "p1"}, {"S": "no"}]},
        },
    )
    assert sorted(numbers([either])) == [0, *range(1, 120, 17)]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"Segment": 0},
            (
                "The TotalSegments parameter is required but was not present in the request when "
                "Segment parameter is present"
            ),
        ),
        (
            {"TotalSegments": 2},
            (
                "The Segment parameter is required but was not present in the request when "
                "parameter TotalSegments is present"
            ),
        ),
        (
            {"Segment": 2, "TotalSegments": 2},
            (
                "The Segment parameter is zero-based and must be less than parameter "
                "TotalSegments: Segment: 2 is not less than TotalSegments: 2"
            ),
        ),
        (
            {"Limit": 0},
            (
                "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: "
                "Member must have value greater than or equal to 1"
            ),
        ),
        (
            {"Segment": 0, "TotalSegments": 1_000_001},
            (
                "1 validation error detected: Value '1000001' at 'totalSegments' failed to satisfy "
                "constraint: Member must have value less than or equal to 1000000"
            ),
        ),
        (
            {"Select": "ALL_PROJECTED_ATTRIBUTES"},
            "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
        ),
        ({"IndexName": "nope"}, "The table does not have the specified index: nope"),
    ],
)
def test_parameters_that_do_not_fit(
    unchecked: Any, table: str, parameters: dict[str, Any], message: str
) -> None:
    assert invalid(unchecked.scan, TableName=table, **parameters).startswith(message)


@pytest.mark.parametrize(
    "start",
    [
        {},
        {"pk": {"S": "p1"}},
        {"pk": {"S": "p1"}, "sk": {"S": "1"}},
        {"pk": {"S": "p1"}, "sk": {"N": "1"}, "more": {"N": "1"}},
    ],
)
def test_a_starting_key_that_is_none_of_the_table(
    dynamodb: Any, table: str, start: dict[str, Any]
) -> None:
    """As users quote the service; for an index, and in Query, the text does not say what is
    invalid."""
    assert invalid(dynamodb.scan, TableName=table, ExclusiveStartKey=start) == (
        "The provided starting key is invalid: The provided key element does not match the schema"
    )
    name = make(dynamodb, also=("g",), GlobalSecondaryIndexes=[index("by-g", "g")])
    text = invalid(dynamodb.scan, TableName=name, IndexName="by-g", ExclusiveStartKey=start)
    assert text == "The provided starting key is invalid"


def test_a_starting_key_of_another_segment(dynamodb: Any, table: str) -> None:
    halves = [
        dynamodb.scan(TableName=table, Segment=segment, TotalSegments=2, Limit=1)
        for segment in (0, 1)
    ]
    message = invalid(
        dynamodb.scan,
        TableName=table,
        Segment=0,
        TotalSegments=2,
        ExclusiveStartKey=halves[1]["LastEvaluatedKey"],
    )
    assert message == (
        "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
        "ExclusiveStartKey with correct Segment. TotalSegments: 2 Segment: 0"
    )


@pytest.mark.parametrize("there", [True, False], ids=["table", "no table"])
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (
            {},
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
        ),
        (
            {"S": "a", "N": "1"},
            (
                "Supplied AttributeValue has more than one datatypes set, must contain exactly one "
                "of the supported datatypes"
            ),
        ),
    ],
)
def test_a_starting_key_that_is_no_value(
    unchecked: Any, table: str, there: bool, value: dict[str, str], text: str
) -> None:
    name = table if there else "no-such-table"
    start = {"pk": value, "sk": {"S": "a"}}
    message = invalid(unchecked.scan, TableName=name, ExclusiveStartKey=start)
    assert message == f"The provided starting key is invalid: {text}"
