"""Files that users already have, as tables and items."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from jedlik.base.csv_fields import MAX_FIELD_SIZE
from jedlik.seeding.reading import read_seed, read_seeds, read_text
from jedlik.seeding.seed import Seed, SeedError

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: test}
  Owner: {Type: String}
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub "${Stage}-orders-${AWS::Region}"
      AttributeDefinitions:
        - {AttributeName: pk, AttributeType: S}
        - {AttributeName: sk, AttributeType: N}
      KeySchema:
        - {AttributeName: pk, KeyType: HASH}
        - {AttributeName: sk, KeyType: RANGE}
      ProvisionedThroughput: {ReadCapacityUnits: "5", WriteCapacityUnits: 1}
      StreamSpecification: {StreamViewType: NEW_IMAGE}
      TimeToLiveSpecification: {AttributeName: ends, Enabled: true}
      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}
  Users:
    Type: AWS::Serverless::SimpleTable
  Topic: {Type: AWS::SNS::Topic}
"""
PLAN: dict[str, Any] = {
    "planned_values": {
        "root_module": {
            "resources": [
                {
                    "type": "aws_dynamodb_table_item",
                    "values": {"table_name": "games", "item": '{"id": {"S": "go"}}'},
                }
            ],
            "child_modules": [
                {
                    "resources": [
                        {
                            "type": "aws_dynamodb_table",
                            "values": {
                                "name": "games",
                                "hash_key": "id",
                                "range_key": None,
                                "billing_mode": "PAY_PER_REQUEST",
                                "attribute": [
                                    {"name": "id", "type": "S"},
                                    {"name": "score", "type": "N"},
                                ],
                                "global_secondary_index": [
                                    {
                                        "name": "best",
                                        "hash_key": "id",
                                        "range_key": "score",
                                        "projection_type": "INCLUDE",
                                        "non_key_attributes": ["name"],
                                    }
                                ],
                                "ttl": [{"attribute_name": "ends", "enabled": True}],
                                "tags": {"team": "red"},
                            },
                        }
                    ]
                }
            ],
        }
    }
}
MODEL: dict[str, Any] = {
    "ModelName": "Music",
    "DataModel": [
        {
            "TableName": "Songs",
            "KeyAttributes": {
                "PartitionKey": {"AttributeName": "artist", "AttributeType": "S"},
                "SortKey": {"AttributeName": "title", "AttributeType": "S"},
            },
            "NonKeyAttributes": [{"AttributeName": "year", "AttributeType": "N"}],
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": "by_year",
                    "KeyAttributes": {
                        "PartitionKey": {"AttributeName": "year", "AttributeType": "N"}
                    },
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
            "TableData": [{"artist": {"S": "ada"}, "title": {"S": "loop"}}],
        }
    ],
}


def read(tmp_path: Path, name: str, content: Any) -> Seed:
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return read_seed(path)


def test_a_template(tmp_path: Path) -> None:
    seed = read(tmp_path, "template.yaml", TEMPLATE)
    orders, users = seed.tables
    assert orders.definition == {
        "TableName": "test-orders-us-east-1",
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
        ],
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 1},
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    }
    assert orders.time_to_live == "ends"
    assert users.definition["TableName"] == "Users"
    assert users.definition["BillingMode"] == "PAY_PER_REQUEST"
    assert seed.notes == ["test-orders-us-east-1: left out: PointInTimeRecoverySpecification"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("!Ref Owner", "resource T: parameter Owner has no default"),
        ("!GetAtt Other.Arn", "resource T: Fn::GetAtt cannot be resolved"),
        ("!Sub '${Owner}-x'", "parameter Owner has no default"),
    ],
)
def test_what_a_template_does_not_say_itself(tmp_path: Path, name: str, text: str) -> None:
    content = (
        "Parameters: {Owner: {Type: String}}\n"
        "Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n    Properties:\n"
        f"      TableName: {name}\n"
    )
    with pytest.raises(SeedError, match=text):
        read(tmp_path, "t.yml", content)


def test_a_terraform_plan_gives_its_tables(tmp_path: Path) -> None:
    seed = read(tmp_path, "plan.json", PLAN)
    (games,) = seed.tables
    assert games.definition["GlobalSecondaryIndexes"] == [
        {
            "IndexName": "best",
            "KeySchema": [
                {"AttributeName": "id", "KeyType": "HASH"},
                {"AttributeName": "score", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["name"]},
        }
    ]
    assert games.definition["Tags"] == [{"Key": "team", "Value": "red"}]
    assert games.time_to_live == "ends"
    assert seed.items == {"games": [{"id": {"S": "go"}}]}


def test_a_model(tmp_path: Path) -> None:
    seed = read(tmp_path, "model.json", MODEL)
    (songs,) = seed.tables
    assert songs.definition["AttributeDefinitions"] == [
        {"AttributeName": "artist", "AttributeType": "S"},
        {"AttributeName": "title", "AttributeType": "S"},
        {"AttributeName": "year", "AttributeType": "N"},
    ]
    assert seed.items["Songs"] == MODEL["DataModel"][0]["TableData"]


def test_items_of_csv_and_json_files(tmp_path: Path) -> None:
    csv = 'id,age:N,old:BOOL,note\na,3,true,\nb,,false,"x,y"\n\n'
    assert read(tmp_path, "people.csv", csv).items == {
        "people": [
            {"id": {"S": "a"}, "age": {"N": "3"}, "old": {"BOOL": True}},
            {"id": {"S": "b"}, "old": {"BOOL": False}, "note": {"S": "x,y"}},
        ]
    }
    item = {"id": {"S": "a"}}
    lines = "\n".join(json.dumps(each) for each in ({"Item": item}, item))
    assert read(tmp_path, "people.jsonl", lines).items == {"people": [item, item]}
    for document in ([item], {"Items": [item], "Count": 1}, item, [{"Item": item}]):
        assert read(tmp_path, "people.json", document).items == {"people": [item]}
    batch = {"people": [{"PutRequest": {"Item": item}}]}
    assert read(tmp_path, "x.json", batch).items == {"people": [item]}
    assert read(tmp_path, "x.json", {"RequestItems": batch}).items == {"people": [item]}


NEGATES_NOTHING = {
    "Conditions": {"Empty": {"Fn::Not": []}},
    "Resources": {"Orders": {"Type": "AWS::DynamoDB::Table", "Condition": "Empty"}},
}


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("x.json", "{", "not valid JSON"),
        ("x.json", {"some": "thing"}, "neither a CloudFormation"),
        ("x.yml", "service: shop\nprovider: {name: aws}", "`serverless package`"),
        ("x.json", NEGATES_NOTHING, "IndexError"),
        ("x.json", [1], "item 1 is not DynamoDB JSON"),
        ("x.json", [{"a": "plain"}], "item 1 is not DynamoDB JSON"),
        ("x.jsonl", '{"a": {"S": "b"}}\n{', "line 2: not valid JSON"),
        ("x.yaml", "a: [", "not valid YAML"),
        ("x.csv", "", "the first line"),
        ("x.csv", "a\n1,2\n", "line 2 has more fields"),
        ("x.json", {"DataModel": [{}]}, "KeyError"),
        ("x.json", {"values": {}}, "KeyError"),
        ("x.json", {"KeySchema": []}, "no TableName"),
        ("x.json", {"Table": {"TableName": "t"}}, "KeyError"),
        ("x.jsonl", '{"id": {"S": "\\ud800"}}', "cannot be expressed in JSON"),
        ("x.yaml", "TableName: !!binary eA==\nKeySchema: []", "cannot be expressed in JSON"),
        ("x.yaml", "TableName: 99999999999999999999\nKeySchema: []", "cannot be expressed in JSON"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, name: str, content: Any, text: str) -> None:
    with pytest.raises(SeedError, match=text) as caught:
        read(tmp_path, name, content)
    assert str(tmp_path / name) in str(caught.value)


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "bees.csv").write_text("id\n1\n")
    (tmp_path / "a.json").write_text(json.dumps(MODEL))
    (tmp_path / "README").write_text("not a seed")
    seed = read_seeds([tmp_path])
    assert [table.name for table in seed.tables] == ["Songs"]
    assert set(seed.items) == {"Songs", "bees"}
    with pytest.raises(SeedError, match="no such file"):
        read_seeds([tmp_path / "nowhere"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(SeedError, match="no file in it"):
        read_seeds([tmp_path / "empty"])


def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.json")
    (tmp_path / "bees.csv").write_text("id\n1\n")
    assert set(read_seeds([tmp_path]).items) == {"bees"}


def test_what_would_be_read_for_minutes() -> None:
    """Each for a time that grows with the square of its length; the suite's timeout would tell."""
    with pytest.raises(SeedError, match="nested too deeply"):
        read_text("t.yaml", b"[" * 200_000)
    properties = {"TableName": {"Fn::Sub": "${" * 500_000}, "KeySchema": []}
    table = {"Type": "AWS::DynamoDB::Table", "Properties": properties}
    document = {"Resources": {"T": table}}
    with pytest.raises(SeedError, match="AttributeDefinitions"):
        read_text("t.json", json.dumps(document).encode())


def test_aliases_that_stand_for_too_much() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 8)}]" for n in range(1, 40)]
    bomb = "\n".join(lines) + "\nResources: {T: {Type: 'AWS::DynamoDB::Table', Properties: *a39}}"
    with pytest.raises(SeedError, match="aliases expand to more"):
        read_text("t.yaml", bomb.encode())
    with pytest.raises(SeedError, match="nested too deeply"):
        read_text("t.yaml", b"Resources: &r {T: {Type: x, Properties: *r}}")


def _nested(depth: int) -> Any:
    """A text that is twice what is in it, so often."""
    inner: Any = "x"
    for _ in range(depth):
        inner = {"Fn::Sub": ["${a}${a}", {"a": inner}]}
    return inner


@pytest.mark.parametrize(
    "name",
    [
        {"Fn::Sub": "${Long}" * 5000},
        {"Fn::Join": ["", [{"Ref": "Long"}] * 5000]},
        {"Fn::Join": ["x" * 5000, ["y"] * 5000]},
        [{"Ref": "Long"}] * 5000,
        _nested(100),
    ],
    ids=["Sub", "Join", "separator", "Ref", "nested"],
)
def test_references_that_stand_for_too_much(name: Any) -> None:
    document = {
        "Parameters": {"Long": {"Default": "x" * 5000}},
        "Resources": {"T": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": name}}},
    }
    with pytest.raises(SeedError, match="references expand to more"):
        read_text("t.json", json.dumps(document).encode())


def test_usual_aliases() -> None:
    keys = "AttributeDefinitions: [{AttributeName: i, AttributeType: S}]\n"
    keys += "      KeySchema: [{AttributeName: i, KeyType: HASH}]"
    template = f"""
Resources:
  One:
    Type: AWS::DynamoDB::Table
    Properties: &keys
      {keys}
  Two: {{Type: "AWS::DynamoDB::Table", Properties: *keys}}
"""
    assert [table.name for table in read_text("t.yaml", template.encode()).tables] == ["One", "Two"]


def test_a_field_may_be_as_long_as_an_item() -> None:
    seed = read_text("things.csv", b"pk,text\n1," + b"a" * 400_000)
    assert seed.items == {"things": [{"pk": {"S": "1"}, "text": {"S": "a" * 400_000}}]}


def test_a_field_that_is_too_long() -> None:
    with pytest.raises(SeedError, match="field larger"):
        read_text("things.csv", b"pk\n" + b"a" * (MAX_FIELD_SIZE + 1))


def test_a_file_of_items_whose_name_no_table_can_have() -> None:
    with pytest.raises(SeedError, match=r"^T\.csv: 'T' is not a table name \(files of items"):
        read_text("T.csv", b"id\n1\n")
    assert read_text("Tab.csv", b"id\n1\n").items == {"Tab": [{"id": {"S": "1"}}]}
