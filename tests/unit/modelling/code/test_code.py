"""A model's tables as programs and templates of other tools."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from jedlik.modelling.code import WRITERS
from jedlik.modelling.code.identifiers import pascal_case, snake_case
from jedlik.modelling.reading import parse_model
from jedlik.seeding.reading import read_seeds
from tests.unit.modelling.models import document

MODEL = parse_model(document())
DEFINITION = MODEL.tables[0].definition


def test_the_template_of_cloudformation_makes_the_same_table(tmp_path: Path) -> None:
    file = tmp_path / "stack.json"
    file.write_text(WRITERS["cloudformation"](MODEL))
    (table,) = read_seeds([file]).tables
    assert table.definition["KeySchema"] == DEFINITION["KeySchema"]
    assert table.definition["GlobalSecondaryIndexes"] == DEFINITION["GlobalSecondaryIndexes"]


def test_the_program_for_boto3_has_the_same_table() -> None:
    tree = ast.parse(WRITERS["boto3"](MODEL))
    values: dict[str, Any] = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    assert values == {"TABLES": [DEFINITION], "ITEMS": {}}


def test_terraform_names_keys_and_indexes() -> None:
    text = WRITERS["terraform"](MODEL)
    assert 'resource "aws_dynamodb_table" "t" {' in text
    assert '  hash_key = "PK"\n  range_key = "SK"\n' in text
    assert 'name = "byStatus"\n    hash_key = "status"\n    range_key = "SK"' in text
    assert 'non_key_attributes = ["total"]' in text
    assert text.count("attribute {") == len(DEFINITION["AttributeDefinitions"])
    assert text.count("{") == text.count("}")


def test_terraform_keeps_signs_of_its_own_as_text() -> None:
    given = json.loads(json.dumps(document()).replace('"byStatus"', '"a${b}"'))
    assert 'name = "a$${b}"' in WRITERS["terraform"](parse_model(given))


def test_the_stack_of_the_cdk_names_keys_and_indexes() -> None:
    text = WRITERS["cdk"](MODEL)
    assert 'new TableV2(this, "T", {' in text
    assert 'partitionKey: { name: "PK", type: AttributeType.STRING },' in text
    assert "projectionType: ProjectionType.INCLUDE," in text


@pytest.mark.parametrize(
    ("name", "pascal", "snake"),
    [
        ("user-orders", "UserOrders", "user_orders"),
        ("AWSAccounts.v2", "AWSAccountsV2", "aws_accounts_v_2"),
        ("2026", "T2026", "t_2026"),
        ("__", "Table", "table"),
    ],
)
def test_names_of_tables_as_identifiers(name: str, pascal: str, snake: str) -> None:
    assert (pascal_case(name), snake_case(name)) == (pascal, snake)
