"""Documents of the AWS CLI as tables: what DescribeTable answers."""

from __future__ import annotations

from typing import Any

from jedlik.seeding.requests import read, recognizes


def test_the_answer_of_describe_table() -> None:
    described: dict[str, Any] = {
        "TableName": "orders",
        "TableStatus": "ACTIVE",
        "ItemCount": 3,
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "ProvisionedThroughput": {
            "NumberOfDecreasesToday": 0, "ReadCapacityUnits": 5, "WriteCapacityUnits": 1,
        },
        "TableClassSummary": {"TableClass": "STANDARD_INFREQUENT_ACCESS"},
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        "GlobalSecondaryIndexes": [{
            "IndexName": "back", "IndexStatus": "ACTIVE", "ItemCount": 3,
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
            "ProvisionedThroughput": {"ReadCapacityUnits": 2, "WriteCapacityUnits": 3},
        }],
    }  # fmt: skip
    (table,) = read({"Table": described}, "x").tables
    assert table.definition == {
        "TableName": "orders",
        "KeySchema": described["KeySchema"],
        "AttributeDefinitions": described["AttributeDefinitions"],
        "BillingMode": "PROVISIONED",
        "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 1},
        "TableClass": "STANDARD_INFREQUENT_ACCESS",
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        "GlobalSecondaryIndexes": [{
            "IndexName": "back",
            "KeySchema": described["KeySchema"],
            "Projection": {"ProjectionType": "ALL"},
            "ProvisionedThroughput": {"ReadCapacityUnits": 2, "WriteCapacityUnits": 3},
        }],
    }  # fmt: skip
    described["BillingModeSummary"] = {"BillingMode": "PAY_PER_REQUEST"}
    (table,) = read({"Table": described}, "x").tables
    assert table.definition["BillingMode"] == "PAY_PER_REQUEST"
    assert "ProvisionedThroughput" not in table.definition
    assert "ProvisionedThroughput" not in table.definition["GlobalSecondaryIndexes"][0]


def test_what_is_no_description() -> None:
    assert recognizes({"Table": {}})
    assert not recognizes({"Table": "orders"})
