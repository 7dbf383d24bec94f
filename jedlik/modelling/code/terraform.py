"""Terraform's resources `aws_dynamodb_table` (provider hashicorp/aws)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from jedlik.modelling.code.identifiers import snake_case
from jedlik.modelling.model import Model


def terraform(model: Model) -> str:
    """A file with all tables of a model."""
    return "\n".join(_resource(table.definition) for table in model.tables)


def _resource(definition: dict[str, Any]) -> str:
    lines = [
        f'resource "aws_dynamodb_table" "{snake_case(definition["TableName"])}" {{',
        *_pairs("  ", {"name": definition["TableName"], "billing_mode": definition["BillingMode"]}),
        *_keys("  ", definition["KeySchema"]),
    ]
    for attribute in definition["AttributeDefinitions"]:
        pairs = {"name": attribute["AttributeName"], "type": attribute["AttributeType"]}
        lines += ["", "  attribute {", *_pairs("    ", pairs), "  }"]
    for kind, block in (
        ("GlobalSecondaryIndexes", "global_secondary_index"),
        ("LocalSecondaryIndexes", "local_secondary_index"),
    ):
        for index in definition.get(kind, []):
            lines += ["", f"  {block} {{", *_index(index, local=kind[0] == "L"), "  }"]
    return "\n".join((*lines, "}", ""))


def _index(index: dict[str, Any], *, local: bool) -> Iterator[str]:
    yield from _pairs("    ", {"name": index["IndexName"]})
    schema = index["KeySchema"][1:] if local else index["KeySchema"]
    yield from _keys("    ", schema)
    projection = index["Projection"]
    pairs: dict[str, Any] = {"projection_type": projection["ProjectionType"]}
    if "NonKeyAttributes" in projection:
        pairs["non_key_attributes"] = projection["NonKeyAttributes"]
    yield from _pairs("    ", pairs)


def _keys(indent: str, schema: list[dict[str, str]]) -> Iterator[str]:
    names = {"HASH": "hash_key", "RANGE": "range_key"}
    return _pairs(indent, {names[key["KeyType"]]: key["AttributeName"] for key in schema})


def _pairs(indent: str, pairs: dict[str, Any]) -> Iterator[str]:
    for name, value in pairs.items():
        yield f"{indent}{name} = {_literal(value)}"


def _literal(value: Any) -> str:
    """A value in HCL: JSON's, with its two template signs escaped."""
    return json.dumps(value).replace("${", "$${").replace("%{", "%%{")
