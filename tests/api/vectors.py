"""Tables with vector indexes and searches in them, for tests that call a running server."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

INVALID = "One or more parameter values were invalid: "
WRONG = "One or more parameter values were invalid. "
NOT_VALID = (
    "One or more parameter values are not valid. One or more parameter values were invalid . "
)
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
