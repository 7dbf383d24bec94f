"""Vector indexes: created, filled, described, restored, deleted.

Rules: API reference, "VectorIndex"; developer guide, "Vector search"; texts as the service answers
them.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.making import wait_for_index
from tests.api.vectors import (
    INVALID,
    SCHEMA,
    SCHEMA_NAMES,
    VECTORS,
    creation,
    definition,
    put_all,
    refused,
    search,
    vector,
)
from tests.servers import jedlik
from tests.waiting import wait_until


def included(count: int) -> dict[str, Any]:
    """A projection of this many attributes."""
    names = [f"a{number}" for number in range(count)]
    return {"ProjectionType": "INCLUDE", "NonKeyAttributes": names}


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
        (
            {"SearchSchema": [{"AttributeName": "pk", "SearchSchemaElementType": "HASH"}] * 2},
            (
                "Value '2' at 'SearchSchema' failed to satisfy constraint: "
                "Member must have HASH count less than or equal to 1"
            ),
        ),
        (
            {
                "SearchSchema": [
                    {"AttributeName": "pk", "SearchSchemaElementType": "INLINE_FILTER"}
                ]
                * 2
            },
            "Duplicate element in SearchSchema: pk",
        ),
        (
            {"Projection": included(20)},
            "Number of projected attributes, 21, exceeds the per-index limit of 20",
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


def test_the_vector_and_filters_count_as_projected(dynamodb: Any, table_name: str) -> None:
    named = included(19)
    named["NonKeyAttributes"].append("embedding")
    filters = definition("filters", SearchSchema=SCHEMA, Projection=included(18))
    indexes = [definition(Projection=included(19)), definition("named", Projection=named), filters]
    dynamodb.create_table(**creation(table_name, *indexes, also=SCHEMA_NAMES))
    shown = dynamodb.describe_table(TableName=table_name)["Table"]["VectorIndexes"]
    assert {each["IndexName"] for each in shown} == {"vix", "named", "filters"}


def test_an_attribute_of_vectors_is_no_key(dynamodb: Any, table_name: str) -> None:
    dynamodb.create_table(**creation(table_name, definition()))
    attributes = {"AttributeDefinitions": [{"AttributeName": "embedding", "AttributeType": "S"}]}
    create = {
        "IndexName": "gsi",
        "KeySchema": [{"AttributeName": "embedding", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    update = {**attributes, "GlobalSecondaryIndexUpdates": [{"Create": create}]}
    assert refused(dynamodb.update_table, TableName=table_name, **update) == (
        "ValidationException",
        (
            f"{INVALID}Attributes cannot be redefined. Please check that your attribute has the "
            "same type as previously defined. Existing schema: VectorIndexSchema:["
            "VectorAttribute: key{embedding:L:3}] New schema: Schema:[SchemaElement: "
            "key{embedding:S:HASH}]"
        ),
    )


def test_a_key_of_the_table_holds_no_vectors(dynamodb: Any, table_name: str) -> None:
    dynamodb.create_table(**creation(table_name))
    create = definition(VectorAttribute={"AttributeName": "pk"}, Dimensions=4)
    update = {"TableName": table_name, "VectorIndexUpdates": [{"Create": create}]}
    assert refused(dynamodb.update_table, **update) == (
        "ValidationException",
        (
            f"{INVALID}Attributes cannot be redefined. Please check that your attribute has the "
            "same type as previously defined. Existing schema: Schema:[SchemaElement: "
            "key{pk:S:HASH}] New schema: VectorIndexSchema:[VectorAttribute: key{pk:L:4}]"
        ),
    )


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
    wait_until(lambda: backup(dynamodb, arn)["BackupDetails"]["BackupStatus"] == "AVAILABLE")
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

        wait_until(ready)
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


def backup(client: Any, arn: str) -> dict[str, Any]:
    return dict(client.describe_backup(BackupArn=arn)["BackupDescription"])
