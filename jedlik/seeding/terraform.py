"""Plans of Terraform, as `terraform show -json` prints them: aws_dynamodb_table and its items.

Terraform, "JSON Output Format", "Values Representation".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from jedlik.seeding.seed import Seed, Table, indexed_attributes

_TABLE: Final = "aws_dynamodb_table"
_ITEM: Final = "aws_dynamodb_table_item"


def recognizes(document: Any) -> bool:
    """Whether this is a plan or a state."""
    return isinstance(document, dict) and ("planned_values" in document or "values" in document)


def read(document: dict[str, Any], _name: str) -> Seed:
    """The tables and items of a plan."""
    seed = Seed()
    values = document.get("planned_values") or document["values"]
    for resource in _resources(values["root_module"]):
        given = resource["values"]
        if resource["type"] == _TABLE:
            seed.tables.append(_table(given, seed.notes))
        elif resource["type"] == _ITEM:
            seed.items.setdefault(given["table_name"], []).append(json.loads(given["item"]))
    return seed


def _resources(module: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from module.get("resources") or ()
    for child in module.get("child_modules") or ():
        yield from _resources(child)


def _table(given: dict[str, Any], notes: list[str]) -> Table:
    provisioned = given.get("billing_mode") != "PAY_PER_REQUEST"
    definition: dict[str, Any] = {
        "TableName": given["name"],
        "KeySchema": _schema(given),
        "BillingMode": "PROVISIONED" if provisioned else "PAY_PER_REQUEST",
    }
    if provisioned:
        definition["ProvisionedThroughput"] = _throughput(given)
    definition |= _indexes(given, provisioned=provisioned)
    definition |= _optional(given)
    used = indexed_attributes(definition)
    definition["AttributeDefinitions"] = [
        {"AttributeName": each["name"], "AttributeType": each["type"]}
        for each in given.get("attribute") or ()
        if each["name"] in used
    ]
    left_out = sorted(
        key
        for key in ("replica", "server_side_encryption", "point_in_time_recovery", "import_table")
        if given.get(key)
    )
    if left_out:
        notes.append(f"{given['name']}: left out: {', '.join(left_out)}")
    expiry = next((each for each in given.get("ttl") or () if each.get("enabled")), None)
    return Table(definition, expiry["attribute_name"] if expiry else None)


def _indexes(given: dict[str, Any], *, provisioned: bool) -> dict[str, Any]:
    members: dict[str, Any] = {}
    indexes = given.get("global_secondary_index") or ()
    if indexes:
        members["GlobalSecondaryIndexes"] = [
            _index(each) | ({"ProvisionedThroughput": _throughput(each)} if provisioned else {})
            for each in indexes
        ]
    local = given.get("local_secondary_index") or ()
    if local:
        hash_key = given["hash_key"]
        members["LocalSecondaryIndexes"] = [
            _index({"hash_key": hash_key, **each}) for each in local
        ]
    return members


def _optional(given: dict[str, Any]) -> dict[str, Any]:
    """The settings that a table need not have."""
    members: dict[str, Any] = {}
    if given.get("stream_enabled"):
        members["StreamSpecification"] = {
            "StreamEnabled": True,
            "StreamViewType": given.get("stream_view_type") or "NEW_AND_OLD_IMAGES",
        }
    if given.get("tags"):
        members["Tags"] = [
            {"Key": key, "Value": value} for key, value in sorted(given["tags"].items())
        ]
    if given.get("table_class"):
        members["TableClass"] = given["table_class"]
    if given.get("deletion_protection_enabled"):
        members["DeletionProtectionEnabled"] = True
    return members


def _schema(given: dict[str, Any]) -> list[dict[str, str]]:
    schema = [{"AttributeName": given["hash_key"], "KeyType": "HASH"}]
    if given.get("range_key"):
        schema.append({"AttributeName": given["range_key"], "KeyType": "RANGE"})
    return schema


def _index(given: dict[str, Any]) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": given.get("projection_type") or "ALL"}
    if given.get("non_key_attributes"):
        projection["NonKeyAttributes"] = list(given["non_key_attributes"])
    return {"IndexName": given["name"], "KeySchema": _schema(given), "Projection": projection}


def _throughput(given: dict[str, Any]) -> dict[str, int]:
    return {
        "ReadCapacityUnits": int(given.get("read_capacity") or 1),
        "WriteCapacityUnits": int(given.get("write_capacity") or 1),
    }
