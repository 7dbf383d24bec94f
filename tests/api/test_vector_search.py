"""SearchVectors, and the writes that it sees.

Rules: API reference, "SearchVectors"; developer guide, "Vector search"; texts as the service
answers them.
"""

from __future__ import annotations

import math
import time
from functools import partial
from typing import Any

import pytest

from tests.api.accounts import TABLE_ARN, Account
from tests.api.making import wait_for_index
from tests.api.vectors import (
    NOT_VALID,
    SCHEMA,
    SCHEMA_NAMES,
    VECTORS,
    WRONG,
    creation,
    definition,
    put_all,
    refused,
    search,
    vector,
)
from tests.waiting import wait_until

SCORES = {
    "COSINE": lambda a, b: 1 - sum(map(float.__mul__, a, b)) / math.hypot(*a) / math.hypot(*b),
    "EUCLIDEAN": math.dist,
    "DOT_PRODUCT": lambda a, b: sum(map(float.__mul__, a, b)),
}


@pytest.mark.parametrize("distance", SCORES)
def test_the_best_come_first_with_their_scores(
    dynamodb: Any, table_name: str, distance: str
) -> None:
    dynamodb.create_table(**creation(table_name, definition(DistanceFunction=distance)))
    put_all(dynamodb, table_name)
    wanted = (0.8, 0.3, 0.1)
    expected = {pk: SCORES[distance](wanted, each) for pk, each in VECTORS.items()}
    best = sorted(expected, key=lambda pk: expected[pk], reverse=distance == "DOT_PRODUCT")
    found = search(dynamodb, table_name, *wanted)
    assert [pk for pk, _ in found] == best
    assert dict(found) == pytest.approx(expected, abs=1e-6)
    assert search(dynamodb, table_name, *wanted, count=2) == found[:2]


def test_searches_follow_the_items(dynamodb: Any, table_name: str) -> None:
    dynamodb.create_table(**creation(table_name, definition()))
    put_all(dynamodb, table_name)
    key = {"TableName": table_name, "Key": {"pk": {"S": "a"}}}

    def first() -> str:
        return str(search(dynamodb, table_name, 1, 0, 0, count=1)[0][0])

    assert first() == "a"
    new = {":v": {"L": vector(0, 0, 1)}}
    set_it = "SET embedding = :v"
    dynamodb.update_item(**key, UpdateExpression=set_it, ExpressionAttributeValues=new)
    assert first() == "b"
    assert search(dynamodb, table_name, 0, 0, 1, count=1) == [("a", 0.0)]
    dynamodb.update_item(**key, UpdateExpression="REMOVE embedding")
    assert "a" not in dict(search(dynamodb, table_name, 0, 0, 1))
    dynamodb.delete_item(TableName=table_name, Key={"pk": {"S": "b"}})
    assert sorted(dict(search(dynamodb, table_name, 1, 0, 0))) == ["c", "d", "e"]
    described = dynamodb.describe_table(TableName=table_name)["Table"]["VectorIndexes"][0]
    assert described["ItemCount"] == 3
    # pk, its letter, the attribute's name and four bytes a dimension.
    assert described["IndexSizeBytes"] == 3 * (2 + 1 + len("embedding") + 12)


def test_searches_follow_single_numbers_of_vectors(dynamodb: Any, table_name: str) -> None:
    index = definition(DistanceFunction="EUCLIDEAN")
    dynamodb.create_table(**creation(table_name, index))
    item = {"pk": {"S": "a"}, "embedding": {"L": vector(1, 2, 0)}}
    dynamodb.put_item(TableName=table_name, Item=item)
    for update, length in (
        ("SET embedding[0] = :n", math.sqrt(29)),
        ("SET embedding[1] = embedding[0]", math.sqrt(50)),
        ("SET embedding[2] = embedding[1] + :n", math.sqrt(150)),
    ):
        values = {":n": {"N": "5"}} if ":n" in update else {}
        dynamodb.update_item(
            TableName=table_name,
            Key={"pk": {"S": "a"}},
            UpdateExpression=update,
            **({"ExpressionAttributeValues": values} if values else {}),
        )
        ((_, score),) = search(dynamodb, table_name, 0, 0, 0)
        assert score == pytest.approx(length)


def test_partitions_and_filters(dynamodb: Any, table_name: str) -> None:
    index = definition(SearchSchema=SCHEMA)
    dynamodb.create_table(**creation(table_name, index, also=SCHEMA_NAMES))
    for pk, tenant, colour in (
        ("1", "t", "red"),
        ("2", "t", "blue"),
        ("3", "u", "red"),
        ("4", "t", None),
        ("5", None, "red"),
    ):
        item: dict[str, Any] = {"pk": {"S": pk}, "embedding": {"L": vector(1, float(pk), 0)}}
        for name, value in (("tenant", tenant), ("colour", colour)):
            if value is not None:
                item[name] = {"S": value}
        dynamodb.put_item(TableName=table_name, Item=item)

    def found(condition: str, **values: str) -> list[str]:
        given = {f":{name}": {"S": value} for name, value in values.items()}
        more = {"SearchConditionExpression": condition, "ExpressionAttributeValues": given}
        return [pk for pk, _ in search(dynamodb, table_name, 1, 0, 0, **more)]

    assert found("tenant = :t", t="t") == ["1", "2", "4"]
    assert found("tenant = :t AND colour = :c", t="t", c="red") == ["1"]
    assert found(":c = colour AND tenant = :t", t="u", c="red") == ["3"]
    assert found("tenant = :t", t="other") == []


def test_conditions_that_are_refused(dynamodb: Any, table_name: str) -> None:
    index = definition(SearchSchema=SCHEMA)
    dynamodb.create_table(**creation(table_name, index, also=SCHEMA_NAMES))

    def text(condition: str | None, **values: Any) -> str:
        more: dict[str, Any] = {}
        if condition is not None:
            more = {"SearchConditionExpression": condition, "ExpressionAttributeValues": values}
        request = {"IndexName": "vix", "SearchVector": vector(1, 0, 0), "TopK": 1, **more}
        code, message = refused(dynamodb.search_vectors, TableName=table_name, **request)
        assert code == "ValidationException"
        return message

    value = {":t": {"S": "t"}}
    assert text(None) == (
        "SearchConditionExpression must be provided when SearchSchema has a HASH key"
    )
    assert text("colour = :t", **value) == (
        "SearchConditionExpression must have all HASH attributes in configured SearchSchema"
    )
    assert text("pk = :t", **value) == (
        "SearchConditionExpression must not contain any attributes that is not in SearchSchema. "
        "Invalid attribute: pk"
    )
    comparator = (
        "Invalid SearchConditionExpression: Invalid comparator used in SearchConditionExpression"
    )
    for condition in ("tenant < :t", "tenant = :t OR colour = :t", "begins_with(tenant, :t)"):
        assert text(condition, **value) == comparator
    assert text("tenant = :t", **{":t": {"N": "1"}}) == (
        "Type of 'tenant' attribute in SearchConditionExpression (N) does not match type in search "
        "schema (S)"
    )
    assert text("tenant = :t", **{":t": {"S": ""}}) == (
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
        "contain an empty string value. Key: tenant"
    )
    invalid = "Invalid SearchConditionExpression: SearchConditionExpression"
    assert text("tenant = :t AND tenant = :t", **value) == (
        f"{invalid} must only contain one condition per attribute"
    )
    for path in ("tenant.a", "colour[0]", "pk.a"):
        assert text(f"tenant = :t AND {path} = :t", **value) == (
            f"{invalid} cannot have conditions on nested attributes"
        )


def test_what_comes_back(dynamodb: Any, table_name: str) -> None:
    some = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["title"]}
    keys = {"ProjectionType": "KEYS_ONLY"}
    indexes = [
        definition(),
        definition("some", Projection=some),
        definition("keys", Projection=keys),
        definition("with", Projection={**some, "NonKeyAttributes": ["embedding"]}),
    ]
    dynamodb.create_table(**creation(table_name, *indexes))
    item = {"pk": {"S": "x"}, "title": {"S": "t"}, "other": {"N": "1"}}
    whole = {**item, "embedding": {"L": [{"N": "0.1"}, {"N": "16777217"}, {"N": "-2.5"}]}}
    dynamodb.put_item(TableName=table_name, Item=whole)

    def result(index: str, projection: str | None = None) -> dict[str, Any]:
        request = {"IndexName": index, "SearchVector": vector(1, 0, 0), "TopK": 1}
        if projection is not None:
            request["ProjectionExpression"] = projection
        answer = dynamodb.search_vectors(TableName=table_name, **request)
        return dict(answer["SearchResults"][0]["Item"])

    assert result("vix") == item
    assert result("some") == {"pk": {"S": "x"}, "title": {"S": "t"}}
    assert result("keys") == {"pk": {"S": "x"}}
    assert result("keys", "title, pk") == {"pk": {"S": "x"}}
    # As 32-bit floats have it; the table keeps the digits.
    as_indexed = {"L": [{"N": "0.1"}, {"N": "16777216.0"}, {"N": "-2.5"}]}
    assert result("vix", "embedding") == {"embedding": as_indexed}
    assert result("with", "pk, embedding") == {"pk": {"S": "x"}, "embedding": as_indexed}
    assert result("with") == {"pk": {"S": "x"}}
    # The vector is in every entry.
    for index in ("some", "keys"):
        wanted = {"pk": {"S": "x"}, "embedding": as_indexed}
        assert result(index, "pk, embedding") == wanted
    got = dynamodb.get_item(TableName=table_name, Key={"pk": {"S": "x"}})["Item"]
    assert got == whole


def test_what_it_takes(dynamodb: Any, table_name: str) -> None:
    keys = definition("keys", Projection={"ProjectionType": "KEYS_ONLY"})
    dynamodb.create_table(**creation(table_name, definition(), keys))

    def put(mode: str = "INDEXES", **more: Any) -> Any:
        item = {"pk": {"S": "f0"}, "embedding": {"L": vector(0, 1, 0)}, **more}
        answer = dynamodb.put_item(TableName=table_name, Item=item, ReturnConsumedCapacity=mode)
        return answer["ConsumedCapacity"]

    taken = put()
    assert (taken["CapacityUnits"], taken["Table"]) == (1.0, {"CapacityUnits": 1.0})
    least = {"VectorWriteRequestBytes": 1024.0}
    assert taken["VectorIndexes"] == {"vix": least, "keys": least}
    assert "VectorIndexes" not in put()
    size = 2 + 2 + len("embedding") + 12 + len("blob") + 1500
    taken = put(blob={"S": "x" * 1500})
    assert taken["VectorIndexes"] == {"vix": {"VectorWriteRequestBytes": float(size)}}
    assert "VectorIndexes" not in put("TOTAL", blob={"S": "y" * 1500})
    request = {"IndexName": "vix", "SearchVector": vector(1, 0, 0), "TopK": 1}
    for mode in ("TOTAL", "INDEXES"):
        answer = dynamodb.search_vectors(
            TableName=table_name, ReturnConsumedCapacity=mode, **request
        )
        assert answer["ConsumedCapacity"]["VectorSearchRequestBytes"] > 1024
    assert "ConsumedCapacity" not in dynamodb.search_vectors(TableName=table_name, **request)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (
            {"L": vector(1, 0)},
            f"{NOT_VALID}Invalid size for parameter embedding, Expected: 3, Actual: 2.",
        ),
        (
            {"L": [{"N": "1"}, {"S": "oops"}, {"N": "0"}]},
            (
                f"{WRONG}Invalid type for parameter embedding[1], Expected: 32-bit floating point "
                "number, Actual: S."
            ),
        ),
        *[
            (
                {"L": [{"N": "1"}, {"N": "0"}, {"N": number}]},
                (
                    f"{NOT_VALID}Invalid value for parameter embedding[2], Value: {shown} is "
                    "outside valid range [-3.4028235E38, 3.4028235E38]."
                ),
            )
            for number, shown in (("3.5E38", "3.5E+38"), (f"-4{'0' * 38}", "-4E+38"))
        ],
        (
            {"S": "not a vector"},
            f"{NOT_VALID}Invalid type for parameter embedding, Expected: L, Actual: S.",
        ),
    ],
)
def test_vectors_that_are_refused(
    dynamodb: Any, table_name: str, value: dict[str, Any], problem: str
) -> None:
    dynamodb.create_table(**creation(table_name, definition()))
    expected = ("ValidationException", f"{problem} IndexName: vix")
    item = {"pk": {"S": "x"}, "embedding": value}
    assert refused(dynamodb.put_item, TableName=table_name, Item=item) == expected
    update = {"UpdateExpression": "SET embedding = :v", "ExpressionAttributeValues": {":v": value}}
    key = {"TableName": table_name, "Key": {"pk": {"S": "x"}}}
    assert refused(dynamodb.update_item, **key, **update) == expected
    assert "Item" not in dynamodb.get_item(**key)


def test_searches_that_are_refused(unchecked: Any, dynamodb: Any, table_name: str) -> None:
    dynamodb.create_table(**creation(table_name, definition()))

    def text(**changes: Any) -> str:
        request = {"TableName": table_name, "IndexName": "vix", "TopK": 1}
        request |= {"SearchVector": vector(1, 0, 0), **changes}
        code, message = refused(unchecked.search_vectors, **request)
        assert code == "ValidationException"
        return message

    outside = "is out of valid range. The value must be between 1 and 100 inclusive"
    assert text(TopK=101) == f"Provided TopK value '101' {outside}"
    constraint = "1 validation error detected: Value at '{}' failed to satisfy constraint: Member "
    too_low = constraint.format("TopK") + "must have value greater than or equal to 1"
    assert [text(TopK=low) for low in (0, -1)] == [too_low, too_low]
    assert text(SearchVector=vector(1, 0)) == (
        "Input search vector dimension 2 does not match vector index dimension 3"
    )
    for bad in (
        {"L": vector(1, 0, 0)},
        *({"S": "1"}, {"N": "1e39"}, {"N": "NaN"}, {"N": "-Infinity"}),
    ):
        assert text(SearchVector=[bad]) == (
            "Search vector contains invalid values. All values in the search vector must be a "
            "32-bit floating-point number attribute"
        )
    assert "must contain exactly one" in text(SearchVector=[{"N": "1", "S": "x"}])
    assert text(IndexName="other") == "The table does not have the specified index: other"
    query = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "x"}}}
    of_index = {"TableName": table_name, "IndexName": "vix"}
    for call, message in (
        (partial(dynamodb.query, **query), "Query operation not supported on this index type."),
        (
            partial(dynamodb.query, **query, ConsistentRead=True),
            "Consistent reads are not supported on global secondary indexes",
        ),
        (dynamodb.scan, "Scan operation not supported on this index type"),
        (
            partial(dynamodb.scan, ConsistentRead=True),
            "Scan operation not supported on this index type",
        ),
    ):
        assert refused(call, **of_index) == ("ValidationException", message)
    statement = f'SELECT * FROM "{table_name}"."vix" WHERE pk = \'x\''
    assert refused(dynamodb.execute_statement, Statement=statement) == (
        "ValidationException",
        "Scan operation not supported on this index type",
    )
    missing = {"TableName": "no-such-table", "IndexName": "vix", "TopK": 1}
    code, _ = refused(dynamodb.search_vectors, **missing, SearchVector=vector(1))
    assert code == "ResourceNotFoundException"
    whole = {**missing, "TableName": table_name, "SearchVector": vector(1, 0, 0)}
    for member in ("IndexName", "TopK", "SearchVector"):
        lacking = {name: value for name, value in whole.items() if name != member}
        assert refused(unchecked.search_vectors, **lacking) == (
            "ValidationException",
            constraint.format(member) + "must not be null",
        )
    code, _ = refused(unchecked.search_vectors, **{**whole, "TopK": 1.5})
    assert code == "SerializationException"


@pytest.mark.parametrize(
    ("distance", "held", "wanted", "score"),
    [
        ("COSINE", (1e-23, 0), (1e-23, 0), 0.0),
        ("COSINE", (0, 0), (1, 0), 1.0),
        ("COSINE", (0.3, 0.7), (0.9, 2.1), 0.0),
        ("EUCLIDEAN", (-3.4e38, 0), (3.4e38, 0), 3.4028234663852886e38),
        ("DOT_PRODUCT", (3.4e38, -3.4e38), (3.4e38, 3.4e38), 0.0),
        ("DOT_PRODUCT", (0.1, 0), (1, 0), 0.10000000149011612),
    ],
)
def test_scores_at_the_edges(
    dynamodb: Any, table_name: str, distance: str, held: Any, wanted: Any, score: float
) -> None:
    """Answers of the service, in public issues."""
    index = definition(DistanceFunction=distance, Dimensions=2)
    dynamodb.create_table(**creation(table_name, index))
    item = {"pk": {"S": "x"}, "embedding": {"L": vector(*map(float, held))}}
    dynamodb.put_item(TableName=table_name, Item=item)
    assert search(dynamodb, table_name, *map(float, wanted)) == [("x", score)]


def test_filters_of_another_type_are_refused_and_old_ones_stay_out_of_the_way(
    dynamodb: Any, table_name: str
) -> None:
    dynamodb.create_table(**creation(table_name))
    old = {"pk": {"S": "old"}, "tenant": {"N": "7"}, "embedding": {"L": vector(1)}}
    dynamodb.put_item(TableName=table_name, Item=old)
    dynamodb.update_table(
        TableName=table_name,
        AttributeDefinitions=creation("", also=SCHEMA_NAMES)["AttributeDefinitions"],
        VectorIndexUpdates=[{"Create": definition(SearchSchema=SCHEMA)}],
    )
    wait_for_index(dynamodb, table_name)
    key = {"TableName": table_name, "Key": {"pk": {"S": "old"}}}
    more: dict[str, Any] = {"UpdateExpression": "SET colour = :c"}
    dynamodb.update_item(**key, **more, ExpressionAttributeValues={":c": {"S": "red"}})

    def text(name: str) -> str:
        return f"{WRONG}Attribute '{name}' type mismatch. Expected: S, Actual: N. IndexName: vix"

    wrong = {":c": {"N": "1"}}
    assert refused(dynamodb.update_item, **key, **more, ExpressionAttributeValues=wrong) == (
        "ValidationException",
        text("colour"),
    )
    assert refused(dynamodb.put_item, TableName=table_name, Item=old)[1] == text("tenant")


def test_items_that_expire_leave_the_index(start_server: Any) -> None:
    client = start_server("--ttl-interval", "0.1").client()
    client.create_table(**creation("Things", definition()))
    setting = {"Enabled": True, "AttributeName": "until"}
    client.update_time_to_live(TableName="Things", TimeToLiveSpecification=setting)
    put_all(client, "Things", until={"N": str(int(time.time()) - 60)})
    last = {"pk": {"S": "z"}, "embedding": {"L": vector(1, 0, 0)}}
    client.put_item(TableName="Things", Item=last)
    wait_until(lambda: len(search(client, "Things", 1, 0, 0)) == 1)
    assert search(client, "Things", 1, 0, 0) == [("z", 0.0)]


def test_who_may_search(account: Account) -> None:
    account.admin.create_table(**creation("Things", definition()))
    put_all(account.admin, "Things")
    index = f"{TABLE_ARN}/Things/index/vix"

    def client(name: str, resource: str, **condition: Any) -> Any:
        statement = {"Effect": "Allow", "Action": "dynamodb:SearchVectors", "Resource": resource}
        return account.client(account.user(name, {**statement, **condition}))

    assert search(client("searcher", index), "Things", 1, 0, 0, count=1) == [("a", 0.0)]
    request: dict[str, Any] = {"TableName": "Things", "IndexName": "vix", "TopK": 1}
    request["SearchVector"] = vector(1, 0, 0)
    code, message = refused(client("reader", f"{TABLE_ARN}/Things").search_vectors, **request)
    assert code == "AccessDeniedException"
    assert f"dynamodb:SearchVectors on resource: {index}" in message
    only = {"ForAllValues:StringEquals": {"dynamodb:Attributes": ["pk"]}}
    limited = client("limited", index, Condition=only)
    assert limited.search_vectors(ProjectionExpression="pk", **request)["SearchResults"]
    code, _ = refused(limited.search_vectors, ProjectionExpression="embedding", **request)
    assert code == "AccessDeniedException"
