"""Secondary indexes.

Rules: developer guide, "Using Global Secondary Indexes in DynamoDB", "Local secondary indexes",
"Take advantage of sparse indexes", and "Global secondary indexes with multi-attribute keys".
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.making import INVALID, invalid, make, pages, put_all
from tests.control_plane import index

INDEXES = {
    "GlobalSecondaryIndexes": [
        index("by-kind", "kind", "/rank"),
        index("keys-only", "kind", kind="KEYS_ONLY"),
        index("some", "kind", "/rank", kind="INCLUDE", include=["title"]),
    ],
    "LocalSecondaryIndexes": [
        index("local-all", "pk", "/rank"),
        index("local-keys", "pk", "/rank", kind="KEYS_ONLY"),
    ],
}


@pytest.fixture
def table(dynamodb: Any) -> str:
    return make(dynamodb, "pk", "/sk", also=("kind", "rank:N"), **INDEXES)


def item(number: int, kind: str | None = "film", rank: str | None = "1") -> dict[str, Any]:
    whole = {"pk": {"S": f"p{number % 3}"}, "sk": {"S": f"{number:03d}"}}
    whole |= {"title": {"S": f"title {number}"}, "other": {"S": "o"}}
    if kind is not None:
        whole["kind"] = {"S": kind}
    if rank is not None:
        whole["rank"] = {"N": rank}
    return whole


def find(dynamodb: Any, table: str, name: str, partition: str, **more: Any) -> list[dict[str, Any]]:
    """All items of one partition of an index."""
    attribute = "pk" if name.startswith("local") else "kind"
    found: list[dict[str, Any]] = []
    for page in pages(
        dynamodb.query,
        TableName=table,
        IndexName=name,
        KeyConditionExpression="#p = :p",
        ExpressionAttributeNames={"#p": attribute},
        ExpressionAttributeValues={":p": {"S": partition}},
        **more,
    ):
        found += page["Items"]
    return found


def test_indexes_return_what_they_project(dynamodb: Any, table: str) -> None:
    whole = item(1)
    dynamodb.put_item(TableName=table, Item=whole)
    keys = {"pk", "sk", "kind"}
    assert find(dynamodb, table, "by-kind", "film") == [whole]
    assert [set(each) for each in find(dynamodb, table, "keys-only", "film")] == [keys]
    (some,) = find(dynamodb, table, "some", "film")
    assert set(some) == keys | {"rank", "title"}
    assert find(dynamodb, table, "local-all", "p1") == [whole]
    (local,) = find(dynamodb, table, "local-keys", "p1")
    assert set(local) == {"pk", "sk", "rank"}


def test_order_is_that_of_the_index_sort_key(dynamodb: Any, table: str) -> None:
    ranks = ["10", "-1", "9.5", "0", "100"]
    put_all(dynamodb, table, [item(n, rank=rank) for n, rank in enumerate(ranks)])
    ascending = ["-1", "0", "9.5", "10", "100"]
    for forward, expected in ((True, ascending), (False, ascending[::-1])):
        found = find(dynamodb, table, "by-kind", "film", ScanIndexForward=forward)
        assert [each["rank"]["N"] for each in found] == expected


def test_items_without_the_attributes_are_not_in_the_index(dynamodb: Any, table: str) -> None:
    put_all(dynamodb, table, [item(1), item(2, kind=None), item(3, rank=None)])
    titles = [each["title"]["S"] for each in find(dynamodb, table, "by-kind", "film")]
    assert titles == ["title 1"]
    assert len(find(dynamodb, table, "keys-only", "film")) == 2
    assert dynamodb.scan(TableName=table, IndexName="by-kind", Select="COUNT")["Count"] == 1


def test_equal_index_keys_do_not_collide(dynamodb: Any, table: str) -> None:
    put_all(dynamodb, table, [item(number) for number in range(40)])
    for limit in (1, 7, 100):
        for forward in (True, False):
            found = find(dynamodb, table, "by-kind", "film", Limit=limit, ScanIndexForward=forward)
            assert sorted(each["sk"]["S"] for each in found) == [f"{n:03d}" for n in range(40)]
    page = dynamodb.scan(TableName=table, IndexName="by-kind", Limit=1)
    assert set(page["LastEvaluatedKey"]) == {"pk", "sk", "kind", "rank"}


def test_entries_follow_their_item(dynamodb: Any, table: str) -> None:
    dynamodb.put_item(TableName=table, Item=item(1))
    key = {name: item(1)[name] for name in ("pk", "sk")}

    def update(expression: str, **values: Any) -> None:
        given = {f":{name}": value for name, value in values.items()}
        more = {"ExpressionAttributeValues": given} if given else {}
        dynamodb.update_item(TableName=table, Key=key, UpdateExpression=expression, **more)

    update("SET title = :t", t={"S": "changed"})
    assert find(dynamodb, table, "some", "film")[0]["title"] == {"S": "changed"}
    update("SET kind = :k", k={"S": "book"})
    assert find(dynamodb, table, "by-kind", "film") == []
    assert len(find(dynamodb, table, "by-kind", "book")) == 1
    update("REMOVE kind")
    assert find(dynamodb, table, "by-kind", "book") == []
    assert len(find(dynamodb, table, "local-all", "p1")) == 1
    update("SET kind = :k", k={"S": "film"})
    dynamodb.delete_item(TableName=table, Key=key)
    for name in ("by-kind", "keys-only", "some"):
        assert find(dynamodb, table, name, "film") == []
    assert find(dynamodb, table, "local-all", "p1") == []


def test_a_local_index_gives_what_it_does_not_have(dynamodb: Any, table: str) -> None:
    """Developer guide, "Local secondary indexes", "Attribute projections": fetched, at a price."""
    dynamodb.put_item(TableName=table, Item=item(1))
    (whole,) = find(dynamodb, table, "local-keys", "p1", Select="ALL_ATTRIBUTES")
    assert whole == item(1)
    (part,) = find(dynamodb, table, "local-keys", "p1", ProjectionExpression="title")
    assert part == {"title": {"S": "title 1"}}


def test_a_global_index_does_not(dynamodb: Any, table: str) -> None:
    message = invalid(
        find, dynamodb=dynamodb, table=table, name="some", partition="film",
        Select="ALL_ATTRIBUTES",
    )  # fmt: skip
    assert message == (
        f"{INVALID}Select type ALL_ATTRIBUTES is not supported for global secondary index some "
        "because its projection type is not ALL"
    )
    message = invalid(
        find, dynamodb=dynamodb, table=table, name="some", partition="film",
        ProjectionExpression="pk, title, other2",
    )  # fmt: skip
    assert message == f"{INVALID}Global secondary index some does not project [other2]"


def test_consistent_reads(dynamodb: Any, table: str) -> None:
    dynamodb.put_item(TableName=table, Item=item(1))
    assert len(find(dynamodb, table, "local-all", "p1", ConsistentRead=True)) == 1
    for call, more in (
        (find, {"dynamodb": dynamodb, "table": table, "name": "some", "partition": "film"}),
        (dynamodb.scan, {"TableName": table, "IndexName": "some"}),
    ):
        message = invalid(call, ConsistentRead=True, **more)
        assert message == "Consistent reads are not supported on global secondary indexes"


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        (
            "kind",
            {"N": "1"},
            f"{INVALID}Type mismatch for Index Key kind Expected: S Actual: N IndexName: ",
        ),
        (
            "rank",
            {"S": "first"},
            f"{INVALID}Type mismatch for Index Key rank Expected: N Actual: S IndexName: ",
        ),
        (
            "kind",
            {"S": ""},
            (
                "One or more parameter values are not valid. A value specified for a secondary "
                "index key is not supported. The AttributeValue for a key attribute cannot "
                "contain an empty string value. IndexName: "
            ),
        ),
    ],
)
def test_values_that_no_index_can_hold_are_refused(
    dynamodb: Any, table: str, attribute: str, value: Any, message: str
) -> None:
    wrong = {**item(1), attribute: value}
    assert invalid(dynamodb.put_item, TableName=table, Item=wrong).startswith(message)
    batch = {table: [{"PutRequest": {"Item": wrong}}]}
    assert invalid(dynamodb.batch_write_item, RequestItems=batch).startswith(message)
    dynamodb.put_item(TableName=table, Item=item(1))
    assert invalid(
        dynamodb.update_item,
        TableName=table,
        Key={name: wrong[name] for name in ("pk", "sk")},
        UpdateExpression="SET #a = :v",
        ExpressionAttributeNames={"#a": attribute},
        ExpressionAttributeValues={":v": value},
    )
    assert dynamodb.scan(TableName=table)["Items"] == [item(1)]


EMPTY_UPDATE = (
    "One or more parameter values are not valid. The update expression attempted to update a "
    "secondary index key to a value that is not supported. The AttributeValue for a key attribute "
    "cannot contain an empty string value."
)


@pytest.fixture
def by_kind(dynamodb: Any) -> str:
    """A table whose items with a string `kind` are in the indexes `by-a` and `by-b`."""
    return make(
        dynamodb,
        also=("kind",),
        GlobalSecondaryIndexes=[index("by-b", "kind"), index("by-a", "kind")],
    )


@pytest.mark.parametrize(
    ("update", "values", "actual"),
    [
        ("SET kind = :v", {":v": {"N": "1"}}, "N"),
        ("SET kind = :v", {":v": {"L": [{"S": "x"}]}}, "L"),
        ("ADD kind :v", {":v": {"N": "1"}}, "N"),
        ("SET kind = n + :v", {":v": {"N": "1"}}, "N"),
        ("SET kind = list_append(l, :v)", {":v": {"L": []}}, "L"),
    ],
)
def test_updates_that_are_known_to_give_an_index_key_another_type(
    dynamodb: Any, by_kind: str, update: str, values: Any, actual: str
) -> None:
    text = f"{INVALID}Type mismatch for Index Key kind Expected: S Actual: {actual} IndexName: by-a"
    parts = {
        "TableName": by_kind,
        "Key": {"pk": {"S": "k"}},
        "UpdateExpression": update,
        "ExpressionAttributeValues": values,
    }
    assert invalid(dynamodb.update_item, **parts) == text
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
        dynamodb.transact_write_items(TransactItems=[{"Update": parts}])
    (reason,) = caught.value.response["CancellationReasons"]
    assert (reason["Code"], reason["Message"]) == ("ValidationError", text)


def test_the_same_in_the_legacy_parameter_and_in_partiql(dynamodb: Any, by_kind: str) -> None:
    text = f"{INVALID}Type mismatch for Index Key kind Expected: S Actual: N IndexName: by-a"
    key = {"pk": {"S": "k"}}
    legacy = {"kind": {"Action": "PUT", "Value": {"N": "1"}}}
    put = invalid(dynamodb.update_item, TableName=by_kind, Key=key, AttributeUpdates=legacy)
    statement = f"UPDATE \"{by_kind}\" SET kind = 1 WHERE pk = 'k'"
    assert {put, invalid(dynamodb.execute_statement, Statement=statement)} == {text}


def test_updates_that_give_an_index_key_an_empty_value(dynamodb: Any, by_kind: str) -> None:
    parts = {
        "TableName": by_kind,
        "Key": {"pk": {"S": "k"}},
        "UpdateExpression": "SET kind = :v",
        "ExpressionAttributeValues": {":v": {"S": ""}},
    }
    assert invalid(dynamodb.update_item, **parts) == EMPTY_UPDATE
    assert invalid(dynamodb.transact_write_items, TransactItems=[{"Update": parts}]) == EMPTY_UPDATE


def test_an_index_key_of_another_type_that_comes_from_another_attribute(
    dynamodb: Any, by_kind: str
) -> None:
    key = {"pk": {"S": "k"}}
    dynamodb.put_item(TableName=by_kind, Item={**key, "n": {"N": "1"}})
    for operand in ("n", "if_not_exists(kind, n)"):
        text = invalid(
            dynamodb.update_item,
            TableName=by_kind,
            Key=key,
            UpdateExpression=f"SET kind = {operand}",
        )
        assert text == (
            "The update expression attempted to update the secondary index key to unsupported type"
        )


@pytest.mark.parametrize(
    ("attribute", "limit"), [("kind", 2048), ("rank", 1024)], ids=["partition", "sort"]
)
def test_index_keys_end_at_the_limits_of_keys(dynamodb: Any, attribute: str, limit: int) -> None:
    """Developer guide, "Constraints", "Partition keys and sort keys"; the text is that of answers
    in public issues (wellcomecollection/platform 2285, architect/dynalite 35)."""
    table = make(
        dynamodb,
        also=("kind", "rank"),
        GlobalSecondaryIndexes=[index("kinds", "kind", "/rank")],
    )
    item = {"pk": {"S": "p"}, "kind": {"S": "k"}, "rank": {"S": "r"}}
    dynamodb.put_item(TableName=table, Item={**item, attribute: {"S": "x" * limit}})
    longer = {**item, attribute: {"S": "x" * (limit + 1)}}
    message = (
        f"{INVALID}Size limit exceeded for Index Key {attribute} Actual Size: {limit + 1} bytes "
        f"Max Size: {limit} bytes IndexName: kinds"
    )
    assert invalid(dynamodb.put_item, TableName=table, Item=longer) == message
    puts = {table: [{"PutRequest": {"Item": longer}}]}
    assert invalid(dynamodb.batch_write_item, RequestItems=puts) == message


def test_a_partition_key_that_is_a_sort_key_of_an_index_has_the_limit_of_both(
    dynamodb: Any,
) -> None:
    """Developer guide, "Managing global secondary indexes": writes that violate an index's key
    schema are rejected."""
    table = make(dynamodb, also=("kind",), GlobalSecondaryIndexes=[index("kinds", "kind", "/pk")])
    key = {"pk": {"S": "p" * 1024}}
    dynamodb.put_item(TableName=table, Item={**key, "kind": {"S": "k"}})
    assert dynamodb.scan(TableName=table, IndexName="kinds")["Count"] == 1
    longer = {"pk": {"S": "p" * 1025}}
    message = (
        f"{INVALID}Size limit exceeded for Index Key pk Actual Size: 1025 bytes "
        "Max Size: 1024 bytes IndexName: kinds"
    )
    assert invalid(dynamodb.put_item, TableName=table, Item=longer) == message
    update = {"TableName": table, "Key": longer}
    assert invalid(dynamodb.update_item, **update) == message
    assert (
        invalid(
            dynamodb.update_item,
            **update,
            UpdateExpression="SET v = :v",
            ExpressionAttributeValues={":v": {"S": "v"}},
        )
        == message
    )
    assert dynamodb.scan(TableName=table, Select="COUNT")["Count"] == 1
    # What is not written is not refused, and other tables have no such limit.
    dynamodb.delete_item(TableName=table, Key=longer)
    dynamodb.put_item(TableName=make(dynamodb), Item=longer)


def test_of_several_indexes_the_first_by_name_is_named(dynamodb: Any) -> None:
    """Answers of the service in public issues (ExtendDB/extenddb 184)."""
    indexes = [index(name, "kind") for name in ("second", "first")]
    table = make(dynamodb, also=("kind",), GlobalSecondaryIndexes=indexes)
    message = invalid(
        dynamodb.put_item, TableName=table, Item={"pk": {"S": "p"}, "kind": {"N": "1"}}
    )
    assert message.endswith("Expected: S Actual: N IndexName: first")


def test_filters_see_what_is_projected(dynamodb: Any, table: str) -> None:
    put_all(dynamodb, table, [item(number) for number in range(4)])
    answer = dynamodb.query(
        TableName=table,
        IndexName="some",
        KeyConditionExpression="kind = :k AND #r = :one",
        FilterExpression="title > :t AND attribute_not_exists(#o)",
        ExpressionAttributeNames={"#r": "rank", "#o": "other"},
        ExpressionAttributeValues={
            ":k": {"S": "film"}, ":one": {"N": "1"}, ":t": {"S": "title 1"},
        },
    )  # fmt: skip
    assert sorted(each["sk"]["S"] for each in answer["Items"]) == ["002", "003"]
    assert answer["ScannedCount"] == 4


def test_keys_of_several_attributes(dynamodb: Any) -> None:
    """Equality on all partition attributes; sort attributes from the left, the last one ranged."""
    wide = {
        "IndexName": "wide",
        "KeySchema": [
            {"AttributeName": "league", "KeyType": "HASH"},
            {"AttributeName": "season", "KeyType": "HASH"},
            {"AttributeName": "round", "KeyType": "RANGE"},
            {"AttributeName": "match", "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "ALL"},
    }
    table = make(
        dynamodb,
        also=("league", "season:N", "round:N", "match"),
        GlobalSecondaryIndexes=[wide],
    )
    games = [
        {
            "pk": {"S": f"{league}{season}{number}{match}"},
            "league": {"S": league},
            "season": {"N": str(season)},
            "round": {"N": str(number)},
            "match": {"S": match},
        }
        for league in ("a", "b")
        for season in (1, 2)
        for number in (2, 10)
        for match in ("x", "y")
    ]
    put_all(dynamodb, table, games)

    def found(condition: str, **values: Any) -> list[str]:
        answer = dynamodb.query(
            TableName=table,
            IndexName="wide",
            KeyConditionExpression=condition,
            ExpressionAttributeNames={
                f"#{name}": name
                for name in ("league", "season", "round", "match")
                if f"#{name}" in condition
            },
            ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
        )
        return [each["pk"]["S"] for each in answer["Items"]]

    both = "#league = :l AND #season = :s"
    given = {"l": {"S": "a"}, "s": {"N": "2"}}
    assert found(both, **given) == ["a22x", "a22y", "a210x", "a210y"]
    assert found(f"{both} AND #round > :r", **given, r={"N": "2"}) == ["a210x", "a210y"]
    narrow = f"{both} AND #round = :r AND #match > :m"
    assert found(narrow, **given, r={"N": "10"}, m={"S": "x"}) == ["a210y"]
    assert invalid(found, condition="#league = :l", l={"S": "a"})
    skipping = f"{both} AND #match = :m"
    assert invalid(found, condition=skipping, **given, m={"S": "x"})
