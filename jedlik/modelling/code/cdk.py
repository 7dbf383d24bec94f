"""A stack of the CDK in TypeScript (aws-cdk-lib, TableV2)."""

from __future__ import annotations

import json
from typing import Any, Final

from jedlik.modelling.code.identifiers import pascal_case
from jedlik.modelling.model import Model

_TYPES: Final = {"S": "STRING", "N": "NUMBER", "B": "BINARY"}
_STACK: Final = """import {{ Stack, StackProps }} from "aws-cdk-lib";
import {{ AttributeType, ProjectionType, TableV2 }} from "aws-cdk-lib/aws-dynamodb";
import {{ Construct }} from "constructs";

export class {name}Stack extends Stack {{
  constructor(scope: Construct, id: string, props?: StackProps) {{
    super(scope, id, props);
{tables}
  }}
}}
"""


def cdk(model: Model) -> str:
    """The stack."""
    tables = "\n".join(_table(table.definition) for table in model.tables)
    return _STACK.format(name=pascal_case(model.name), tables=tables)


def _table(definition: dict[str, Any]) -> str:
    types = {
        each["AttributeName"]: _TYPES[each["AttributeType"]]
        for each in definition["AttributeDefinitions"]
    }
    lines = [
        f'    new TableV2(this, "{pascal_case(definition["TableName"])}", {{',
        f"      tableName: {json.dumps(definition['TableName'])},",
        *(f"      {line}" for line in _keys(definition["KeySchema"], types)),
    ]
    for kind, name in (
        ("GlobalSecondaryIndexes", "globalSecondaryIndexes"),
        ("LocalSecondaryIndexes", "localSecondaryIndexes"),
    ):
        if definition.get(kind):
            lines.append(f"      {name}: [")
            for index in definition[kind]:
                lines += ["        {", *_index(index, types, local=kind[0] == "L"), "        },"]
            lines.append("      ],")
    return "\n".join((*lines, "    });"))


def _index(index: dict[str, Any], types: dict[str, str], *, local: bool) -> list[str]:
    projection = index["Projection"]
    schema = index["KeySchema"][1:] if local else index["KeySchema"]
    lines = [f"indexName: {json.dumps(index['IndexName'])},", *_keys(schema, types)]
    lines.append(f"projectionType: ProjectionType.{projection['ProjectionType']},")
    if "NonKeyAttributes" in projection:
        lines.append(f"nonKeyAttributes: {json.dumps(projection['NonKeyAttributes'])},")
    return [f"          {line}" for line in lines]


def _keys(schema: list[dict[str, str]], types: dict[str, str]) -> list[str]:
    names = {"HASH": "partitionKey", "RANGE": "sortKey"}
    return [
        f"{names[key['KeyType']]}: {{ name: {json.dumps(key['AttributeName'])}, "
        f"type: AttributeType.{types[key['AttributeName']]} }},"
        for key in schema
    ]
