"""Models of NoSQL Workbench: their tables, and the sample data in them."""

from __future__ import annotations

from typing import Any

from jedlik.seeding.seed import Item, Seed, Table, indexed_attributes


def recognizes(document: Any) -> bool:
    """Whether this is a model."""
    return isinstance(document, dict) and isinstance(document.get("DataModel"), list)


def read(document: dict[str, Any], _name: str) -> Seed:
    """The tables of a model, with their data."""
    seed = Seed()
    for table in document["DataModel"]:
        seed.tables.append(Table(definition(table)))
        if found := items(table):
            seed.items[table["TableName"]] = found
    return seed


def items(table: dict[str, Any]) -> list[Item]:
    """The sample data of a table of a model: its own and those of its facets, where Workbench keeps
    items entered in a facet. An item in several of them is one item, with the attributes of all."""
    found: dict[str, Item] = {}
    for data in (table, *(table.get("TableFacets") or ())):
        for item in data.get("TableData") or ():
            key = key_of(table, item)
            found[key] = {**item, **found.get(key, {})}
    return list(found.values())


def key_of(table: dict[str, Any], item: Item) -> str:
    """A text that distinguishes an item from others of its table."""
    keys = table["KeyAttributes"].values()
    return repr([item.get(each["AttributeName"]) for each in keys if each])


def definition(table: dict[str, Any]) -> dict[str, Any]:
    """The input of CreateTable for a table of a model. KeyError if a member is missing."""
    made: dict[str, Any] = {
        "TableName": table["TableName"],
        "KeySchema": _schema(table["KeyAttributes"]),
        "BillingMode": "PAY_PER_REQUEST",
    }
    indexes: list[dict[str, Any]] = []
    for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        found = table.get(kind) or ()
        indexes += found
        if found:
            made[kind] = [_index(index) for index in found]
    types = {
        each["AttributeName"]: each["AttributeType"] for each in table.get("NonKeyAttributes") or ()
    }
    for keys in (table["KeyAttributes"], *(index["KeyAttributes"] for index in indexes)):
        types |= {each["AttributeName"]: each["AttributeType"] for each in keys.values() if each}
    made["AttributeDefinitions"] = [
        {"AttributeName": name, "AttributeType": types[name]}
        for name in sorted(indexed_attributes(made))
    ]
    return made


def _index(index: dict[str, Any]) -> dict[str, Any]:
    return {
        "IndexName": index["IndexName"],
        "KeySchema": _schema(index["KeyAttributes"]),
        "Projection": _projection(index.get("Projection") or {}),
    }


def _schema(keys: dict[str, Any]) -> list[dict[str, str]]:
    schema = [{"AttributeName": keys["PartitionKey"]["AttributeName"], "KeyType": "HASH"}]
    if keys.get("SortKey"):
        schema.append({"AttributeName": keys["SortKey"]["AttributeName"], "KeyType": "RANGE"})
    return schema


def _projection(given: dict[str, Any]) -> dict[str, Any]:
    projection = {"ProjectionType": given.get("ProjectionType", "ALL")}
    if given.get("NonKeyAttributes"):
        projection["NonKeyAttributes"] = given["NonKeyAttributes"]
    return projection
