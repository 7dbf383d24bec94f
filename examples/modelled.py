"""What the programs of the four models share: their table, made from the model's file.

`jedlik model example chat > chat.json` and `jedlik seed chat.json` do the same from the command
line.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from boto3.dynamodb.types import TypeDeserializer
from loading import connect, console, ensure_table, load, parser

MODELS = files("jedlik.modelling") / "models"


def open_model(name: str, description: str) -> Any:
    """The table of a model, with its sample data, on the server that the command line names."""
    model = json.loads((MODELS / f"{name}.json").read_text())
    (table,) = model["DataModel"]
    options = parser(description, table["TableName"]).parse_args()
    dynamodb = connect(options.endpoint_url)
    made = ensure_table(dynamodb, {**definition(table), "TableName": options.table})
    plain = TypeDeserializer().deserialize
    items = [{key: plain(value) for key, value in item.items()} for item in table["TableData"]]
    load(dynamodb, made, items)
    return made


def definition(table: dict[str, Any]) -> dict[str, Any]:
    """The input of CreateTable for a table as NoSQL Workbench writes it down."""
    indexes = table["GlobalSecondaryIndexes"]
    keys = [key for each in (table, *indexes) for key in each["KeyAttributes"].values()]
    types = {key["AttributeName"]: key["AttributeType"] for key in keys}
    return {
        "TableName": table["TableName"],
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind} for name, kind in types.items()
        ],
        "KeySchema": schema(table["KeyAttributes"]),
        "GlobalSecondaryIndexes": [
            {
                "IndexName": index["IndexName"],
                "KeySchema": schema(index["KeyAttributes"]),
                "Projection": index["Projection"],
            }
            for index in indexes
        ],
    }


def schema(keys: dict[str, Any]) -> list[dict[str, str]]:
    """A key schema: the partition key, then the sort key."""
    kinds = {"PartitionKey": "HASH", "SortKey": "RANGE"}
    return [
        {"AttributeName": keys[name]["AttributeName"], "KeyType": kinds[name]}
        for name in kinds
        if name in keys
    ]


def did(text: str) -> None:
    """Print what a write did."""
    console.print(f"\n{text}")
