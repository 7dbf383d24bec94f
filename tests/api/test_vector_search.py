"""Vector indexes and SearchVectors.

Rules: API reference, "SearchVectors", "VectorIndex"; developer guide, "Vector search"; texts as the
service answers them.
"""

from __future__ import annotations

import math
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.api.accounts import TABLE_ARN, Account
from tests.api.making import wait_for_index
from tests.servers import jedlik

INVALID = "One or more parameter values were invalid: "
WRONG = "One or more parameter values were invalid. "
VECTORS = {
    "a": (1.0, 0.0, 0.0),
    "b": (0.9, 0.1, 0.0),
    "c": (0.0, 2.0, 0.0),
    "d": (-1.0, 0.0, 0.0),
    "e": (0.5, 0.5, 0.70),
}


def vector(*numbers: float) -> list[dict[str, str]]:
    return [{"N": repr(number)} for number in numbers]


def definition(name: str = "vix", **changes: Any) -> dict[str, Any]:
    return {
        "IndexName": name,
        "VectorAttribute": {"AttributeName": "embedding"},
        "Dimensions": 3,
        "DistanceFunction": "COSINE",
        "Projection": {"ProjectionType": "ALL"},
        **changes,
    }


SCHEMA = [
    {"AttributeName": "tenant", "SearchSchemaElementType": "HASH"},
    {"AttributeName": "colour", "SearchSchemaElementType": "INLINE_FILTER"},
]
SCHEMA_NAMES = ("tenant", "colour")


def creation(name: str, *indexes: dict[str, Any], also: tuple[str, ...] = ()) -> dict[str, Any]:
    members: dict[str, Any] = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [
            {"AttributeName": each, "AttributeType": "S"} for each in ("pk", *also)
        ],
    }
    if indexes:
        members["VectorIndexes"] = list(indexes)
    return members


def put_all(client: Any, table: str, **more: Any) -> None:
    for pk, numbers in VECTORS.items():
        item = {"pk": {"S": pk}, "embedding": {"L": vector(*numbers)}, **more}
        client.put_item(TableName=table, Item=item)


def search(client: Any, table: str, *wanted: float, count: int = 10, **more: Any) -> list[Any]:
    request = {"IndexName": "vix", "SearchVector": vector(*wanted), "TopK": count, **more}
    answer = client.search_vectors(TableName=table, **request)
    return [(each["Item"]["pk"]["S"], each["Score"]) for each in answer["SearchResults"]]


def refused(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


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
    assert found("tenant = :t", t="nobody") == []

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
    assert "does not match type" in text("tenant = :t", **{":t": {"N": "1"}})


def test_what_comes_back(dynamodb: Any, table_name: str) -> None:
    some = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["title"]}
    keys = {"ProjectionType": "KEYS_ONLY"}
    indexes = [
        definition(),
        definition("some", Projection=some),
        definition("keys", Projection=keys),
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
    as_indexed = {"L": [{"N": "0.1"}, {"N": "16777216"}, {"N": "-2.5"}]}
    assert result("keys", "embedding") == {"embedding": as_indexed}
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
        ({"L": vector(1, 0)}, "Invalid size for parameter embedding, Expected: 3, Actual: 2"),
        (
            {"L": [{"N": "1"}, {"S": "oops"}, {"N": "0"}]},
            (
                "Invalid type for parameter embedding[1], Expected: 32-bit floating point number, "
                "Actual: S."
            ),
        ),
        (
            {"L": [{"N": "1"}, {"N": "0"}, {"N": "4e38"}]},
            (
                "Invalid type for parameter embedding[2], Expected: 32-bit floating point number, "
                "Actual: N."
            ),
        ),
        (
            {"S": "not a vector"},
            "Invalid type for parameter embedding, Expected: 32-bit floating point number list",
        ),
    ],
)
def test_vectors_that_are_refused(
    dynamodb: Any, table_name: str, value: dict[str, Any], problem: str
) -> None:
    dynamodb.create_table(**creation(table_name, definition()))
    expected = ("ValidationException", f"{WRONG}{problem} IndexName: vix")
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
    assert "greater than or equal to 1" in text(TopK=0)
    assert text(SearchVector=vector(1, 0)) == (
        "Input search vector dimension 2 does not match vector index dimension 3"
    )
    for bad in ({"L": vector(1, 0, 0)}, {"S": "1"}, {"N": "1e39"}):
        assert text(SearchVector=[bad]) == (
            "Search vector contains invalid values. All values in the search vector must be a "
            "32-bit floating-point number attribute"
        )
    for bad_number in ("NaN", "Infinity"):
        assert text(SearchVector=[{"N": bad_number}] * 3)
    assert text(IndexName="other") == "The table does not have the specified index: other"
    query = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "x"}}}
    assert refused(dynamodb.query, TableName=table_name, IndexName="vix", **query) == (
        "ValidationException",
        "Query operation not supported on this index type.",
    )
    missing = {"TableName": "no-such-table", "IndexName": "vix", "TopK": 1}
    code, _ = refused(dynamodb.search_vectors, **missing, SearchVector=vector(1))
    assert code == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"Dimensions": 4097}, "Number of dimensions must be between 1 and 4096 inclusive."),
        (
            {"VectorAttribute": {"AttributeName": "pk"}},
            (
                "Conflicting attribute definition for 'pk'. An attribute cannot be defined in "
                "AttributeDefinitions when used as a VectorAttribute."
            ),
        ),
        (
            {"SearchSchema": SCHEMA},
            "One element in SearchSchema is not defined in attribute definitions",
        ),
        (
            {
                "SearchSchema": [
                    {"AttributeName": name, "SearchSchemaElementType": "HASH"}
                    for name in SCHEMA_NAMES
                ]
            },
            (
                "Value '2' at 'SearchSchema' failed to satisfy constraint: "
                "Member must have HASH count less than or equal to 1"
            ),
        ),
    ],
)
def test_definitions_that_are_refused(
    dynamodb: Any, table_name: str, changes: dict[str, Any], problem: str
) -> None:
    expected = ("ValidationException", INVALID + problem)
    request = creation(table_name, definition(**changes))
    assert refused(dynamodb.create_table, **request) == expected
    dynamodb.create_table(**creation(table_name))
    update = {
        "AttributeDefinitions": request["AttributeDefinitions"],
        "VectorIndexUpdates": [{"Create": definition(**changes)}],
    }
    assert refused(dynamodb.update_table, TableName=table_name, **update) == expected


def test_tables_that_are_refused(dynamodb: Any, table_name: str) -> None:
    def text(*indexes: dict[str, Any], **changes: Any) -> str:
        request = {**creation(table_name, *indexes), **changes}
        return refused(dynamodb.create_table, **request)[1]

    units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    provisioned = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": units}
    only = INVALID + "Vector indexes are only supported for PAY_PER_REQUEST tables"
    assert text(definition(), **provisioned) == only
    six = [definition(f"vix{number}") for number in range(6)]
    assert text(*six) == INVALID + "VectorIndex count exceeds the per-table limit of 5"
    assert text(definition(), definition("other", Dimensions=4)) == (
        f"{INVALID}Conflicting attribute definition for 'embedding'. All VectorIndexes on the same "
        "vector attribute must use the same dimensions."
    )
    assert text(definition(), definition()) == f"{INVALID}Duplicate index name: vix"
    dynamodb.create_table(**creation(table_name, *six[:5]))
    assert refused(dynamodb.update_table, TableName=table_name, **provisioned)[1] == only
    assert refused(
        dynamodb.update_table, TableName=table_name, VectorIndexUpdates=[{"Create": six[5]}]
    ) == (
        "LimitExceededException",
        (
            "Subscriber limit exceeded: Number of vector secondary indexes exceeds per-table limit "
            "of 5"
        ),
    )


def test_an_index_is_added_filled_and_deleted(dynamodb: Any, table_name: str) -> None:
    dynamodb.create_table(**creation(table_name))
    put_all(dynamodb, table_name, tenant={"S": "t"}, title={"S": "x"})
    short = {"pk": {"S": "short"}, "tenant": {"S": "t"}, "embedding": {"L": vector(1)}}
    dynamodb.put_item(TableName=table_name, Item=short)
    create = definition(SearchSchema=SCHEMA[:1])
    update = {
        "TableName": table_name,
        "AttributeDefinitions": creation("", also=("tenant",))["AttributeDefinitions"],
        "VectorIndexUpdates": [{"Create": create}],
    }
    two = [{"Create": definition()}, {"Create": definition("other")}]
    assert refused(dynamodb.update_table, TableName=table_name, VectorIndexUpdates=two) == (
        "LimitExceededException",
        (
            "Subscriber limit exceeded: Only 1 online index can be created or deleted "
            "simultaneously per table"
        ),
    )
    answer = dynamodb.update_table(**update)["TableDescription"]
    assert answer["TableStatus"] == "UPDATING"
    (shown,) = answer["VectorIndexes"]
    assert (shown["IndexStatus"], shown["Backfilling"]) == ("CREATING", False)
    described = wait_for_index(dynamodb, table_name)
    assert "Backfilling" not in described
    assert described["IndexArn"].endswith(f":table/{table_name}/index/vix")
    assert {name: described[name] for name in create} == create
    assert described["ItemCount"] == len(VECTORS)
    condition = {
        "SearchConditionExpression": "tenant = :t",
        "ExpressionAttributeValues": {":t": {"S": "t"}},
    }
    found = search(dynamodb, table_name, 1, 0, 0, **condition)
    assert sorted(dict(found)) == sorted(VECTORS)
    exists = "Attempting to create an index which already exists"
    assert refused(dynamodb.update_table, **update)[1] == exists
    delete = [{"Delete": {"IndexName": "vix"}}]
    answer = dynamodb.update_table(TableName=table_name, VectorIndexUpdates=delete)
    (shown,) = answer["TableDescription"]["VectorIndexes"]
    assert shown["IndexStatus"] == "DELETING"
    table = dynamodb.describe_table(TableName=table_name)["Table"]
    assert "VectorIndexes" not in table
    assert [each["AttributeName"] for each in table["AttributeDefinitions"]] == ["pk"]
    code, _ = refused(dynamodb.update_table, TableName=table_name, VectorIndexUpdates=delete)
    assert code == "ResourceNotFoundException"


def test_indexes_outlive_a_kill_and_are_sound(start_server: Any, tmp_path: Any) -> None:
    server = start_server()
    client = server.client()
    client.create_table(**creation("Things", definition()))
    put_all(client, "Things")
    before = search(client, "Things", 0.3, 0.2, 0.1)
    server.kill()
    server = start_server()
    client = server.client()
    assert search(client, "Things", 0.3, 0.2, 0.1) == before
    server.stop()
    done = jedlik("verify", tmp_path / "data")
    assert (done.returncode, done.stderr) == (0, "")
    assert "No problem found in " in done.stdout


def test_a_restore_keeps_vector_indexes(dynamodb: Any, table_name: str) -> None:
    other = definition("other", Projection={"ProjectionType": "KEYS_ONLY"})
    dynamodb.create_table(**creation(table_name, definition(), other))
    put_all(dynamodb, table_name)
    made = dynamodb.create_backup(TableName=table_name, BackupName="nightly")
    arn = made["BackupDetails"]["BackupArn"]
    waiting(lambda: backup(dynamodb, arn)["BackupDetails"]["BackupStatus"] == "AVAILABLE")
    features = backup(dynamodb, arn)["SourceTableFeatureDetails"]
    assert features["VectorIndexes"] == [definition(), other]
    wanted = search(dynamodb, table_name, 0.3, 0.2, 0.1)

    def restored(suffix: str, **more: Any) -> list[str]:
        name = table_name + suffix
        dynamodb.restore_table_from_backup(TargetTableName=name, BackupArn=arn, **more)
        described: dict[str, Any] = {}

        def ready() -> bool:
            described.update(dynamodb.describe_table(TableName=name)["Table"])
            return str(described["TableStatus"]) == "ACTIVE"

        waiting(ready)
        indexes = [each["IndexName"] for each in described.get("VectorIndexes", ())]
        if "vix" in indexes:
            assert search(dynamodb, name, 0.3, 0.2, 0.1) == wanted
        return indexes

    assert restored("-all") == ["vix", "other"]
    assert restored("-none", VectorIndexOverride=[]) == []
    renamed = {**other, "IndexName": "vix"}
    request = {"TargetTableName": table_name + "-x", "BackupArn": arn}
    changed = [{**other, "Dimensions": 4}]
    code, message = refused(
        dynamodb.restore_table_from_backup, VectorIndexOverride=changed, **request
    )
    assert code == "ValidationException"
    assert "does not match a vector index" in message
    assert restored("-renamed", VectorIndexOverride=[renamed]) == ["vix"]


def waiting(done: Any) -> None:
    deadline = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def backup(client: Any, arn: str) -> dict[str, Any]:
    return dict(client.describe_backup(BackupArn=arn)["BackupDescription"])


def test_items_that_expire_leave_the_index(start_server: Any) -> None:
    client = start_server("--ttl-interval", "0.1").client()
    client.create_table(**creation("Things", definition()))
    setting = {"Enabled": True, "AttributeName": "until"}
    client.update_time_to_live(TableName="Things", TimeToLiveSpecification=setting)
    put_all(client, "Things", until={"N": str(int(time.time()) - 60)})
    last = {"pk": {"S": "z"}, "embedding": {"L": vector(1, 0, 0)}}
    client.put_item(TableName="Things", Item=last)
    waiting(lambda: len(search(client, "Things", 1, 0, 0)) == 1)
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
