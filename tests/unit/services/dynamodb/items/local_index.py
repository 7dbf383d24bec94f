"""A table with a local index that has only the keys of items."""

from __future__ import annotations

from typing import Final

from tests.control_plane import keys, on_demand

WITH_LOCAL_INDEX: Final = on_demand(
    KeySchema=keys("pk", "/n"),
    AttributeDefinitions=[
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "n", "AttributeType": "N"},
        {"AttributeName": "x", "AttributeType": "N"},
    ],
    LocalSecondaryIndexes=[
        {
            "IndexName": "by-x",
            "KeySchema": keys("pk", "/x"),
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
)
