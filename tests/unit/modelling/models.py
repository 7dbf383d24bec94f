"""A small model for tests, and ways to change it."""

from typing import Any

from jedlik.modelling.model import Model
from jedlik.modelling.reading import parse_model


def key(name: str) -> dict[str, str]:
    return {"AttributeName": name, "AttributeType": "S"}


def document(**ours: Any) -> dict[str, Any]:
    """A table `T` of PK and SK with an index `byStatus` that projects `total`; users and orders."""
    table = {
        "TableName": "T",
        "KeyAttributes": {"PartitionKey": key("PK"), "SortKey": key("SK")},
        "NonKeyAttributes": [],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "byStatus",
                "KeyAttributes": {"PartitionKey": key("status"), "SortKey": key("SK")},
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["total"]},
            }
        ],
    }
    user = {"Name": "User", "Keys": {"PK": "USER#{id}", "SK": "PROFILE"}, "ItemBytes": 400}
    order = {
        "Name": "Order",
        "Keys": {"PK": "USER#{id}", "SK": "ORDER#{at}", "status": "{status}"},
        "Count": 1_000_000,
        "ItemBytes": 1000,
    }
    return {"DataModel": [table], "Jedlik": {"Entities": [user, order], **ours}}


def pattern(**members: Any) -> dict[str, Any]:
    """Orders of a user, asked for as they should be."""
    return {
        "Name": "p",
        "Operation": "Query",
        "Entity": "Order",
        "Key": {"PK": "USER#{id}", "SK": {"begins_with": "ORDER#"}},
        "Items": 10,
        **members,
    }


def model(**members: Any) -> Model:
    """A model with that one pattern."""
    return parse_model(document(AccessPatterns=[pattern(**members)]))
