"""Templates of CloudFormation and SAM as seeds."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.seeding.cloudformation import parse_yaml, read, recognizes
from jedlik.seeding.seed import Seed, SeedError

KEYS = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
}


def template(kind: str = "AWS::DynamoDB::Table", **properties: Any) -> dict[str, Any]:
    return {"Resources": {"Logical": {"Type": kind, "Properties": {**KEYS, **properties}}}}


def seed_of(document: dict[str, Any]) -> Seed:
    return read(document, "f")


def definition(kind: str = "AWS::DynamoDB::Table", **properties: Any) -> dict[str, Any]:
    (table,) = seed_of(template(kind, **properties)).tables
    return table.definition


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (template(), True),
        ({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {}}, True),
        ({"Transform": "AWS::Serverless-2016-10-31", "Resources": {}}, True),
        ({"Resources": {"a": {}}}, False),
        ({"Resources": []}, False),
        ([], False),
    ],
)
def test_templates_are_recognized(document: Any, *, expected: bool) -> None:
    assert recognizes(document) is expected


def test_a_table_is_called_what_it_says_or_by_its_logical_id() -> None:
    assert definition()["TableName"] == "Logical"
    assert definition(TableName="orders")["TableName"] == "orders"


def test_a_table_without_a_mode_is_on_demand_unless_it_has_units() -> None:
    assert definition()["BillingMode"] == "PAY_PER_REQUEST"
    units = {"ReadCapacityUnits": "5", "WriteCapacityUnits": 6}
    given = definition(ProvisionedThroughput=units)
    assert "BillingMode" not in given
    assert given["ProvisionedThroughput"] == {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}


def test_streams_are_enabled_and_expiry_only_where_it_says_so() -> None:
    streamed = definition(StreamSpecification={"StreamViewType": "KEYS_ONLY"})
    assert streamed["StreamSpecification"] == {
        "StreamEnabled": True,
        "StreamViewType": "KEYS_ONLY",
    }
    for enabled, expected in (("true", "end"), (True, "end"), (False, None)):
        expiry = {"AttributeName": "end", "Enabled": enabled}
        (table,) = seed_of(template(TimeToLiveSpecification=expiry)).tables
        assert table.time_to_live == expected


def test_what_is_left_out_is_said() -> None:
    seed = seed_of(template(SSESpecification={"SSEEnabled": True}, ImportSourceSpecification={}))
    assert seed.notes == [
        "Logical: SSESpecification is left out, the key would have to exist",
        "Logical: left out: ImportSourceSpecification",
    ]
    assert seed_of(template(SSESpecification={"SSEEnabled": False})).notes == []


def test_a_simple_table_of_sam() -> None:
    document = {"Resources": {"Simple": {"Type": "AWS::Serverless::SimpleTable"}}}
    (table,) = seed_of(document).tables
    assert table.definition["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    key = {"PrimaryKey": {"Name": "n", "Type": "Number"}}
    document["Resources"]["Simple"]["Properties"] = key  # type: ignore[assignment]
    (table,) = seed_of(document).tables
    assert table.definition["AttributeDefinitions"] == [
        {"AttributeName": "n", "AttributeType": "N"}
    ]


def test_a_global_table_is_on_demand_here() -> None:
    index = {
        "IndexName": "g",
        "KeySchema": KEYS["KeySchema"],
        "WriteProvisionedThroughputSettings": 1,
    }
    given = definition(
        "AWS::DynamoDB::GlobalTable", BillingMode="PROVISIONED", GlobalSecondaryIndexes=[index]
    )
    assert given["BillingMode"] == "PAY_PER_REQUEST"
    assert given["GlobalSecondaryIndexes"] == [{"IndexName": "g", "KeySchema": KEYS["KeySchema"]}]
    assert "GlobalSecondaryIndexes" not in definition("AWS::DynamoDB::GlobalTable")


def test_only_what_a_table_is_made_of_has_to_be_known() -> None:
    unknown = {"Fn::GetAtt": ["Key", "Arn"]}
    seed = seed_of(
        template(
            SSESpecification={"SSEEnabled": True, "KMSMasterKeyId": unknown},
            ResourcePolicy={"PolicyDocument": unknown},
            Tags=[{"Key": "role", "Value": unknown}],
        )
    )
    assert "Tags" not in seed.tables[0].definition
    assert seed.notes == [
        "Logical: left out: Tags: Fn::GetAtt cannot be resolved from the template alone",
        "Logical: SSESpecification is left out, the key would have to exist",
        "Logical: left out: ResourcePolicy",
    ]
    with pytest.raises(SeedError, match="resource Logical: Fn::GetAtt cannot be resolved"):
        seed_of(template(TableName=unknown))


def test_a_property_may_have_no_value() -> None:
    nothing = {"Ref": "AWS::NoValue"}
    given = definition(ProvisionedThroughput=nothing, Tags=nothing, BillingMode=nothing)
    assert given.keys() == {*KEYS, "TableName", "BillingMode"}
    assert given["BillingMode"] == "PAY_PER_REQUEST"


@pytest.mark.parametrize(
    ("condition", "tables"),
    [
        ({"Fn::Equals": ["a", "a"]}, 1),
        ({"Fn::Equals": ["a", "b"]}, 0),
        ({"Fn::Equals": [{"Ref": "Free"}, "b"]}, 1),
    ],
)
def test_a_table_whose_condition_is_false_is_left_out(condition: Any, tables: int) -> None:
    document = template()
    document["Resources"]["Logical"]["Condition"] = "Wanted"
    document["Conditions"] = {"Wanted": condition}
    seed = seed_of(document)
    assert len(seed.tables) == tables
    assert seed.notes == ([] if tables else ["Logical: left out: its condition is false"])


@pytest.mark.parametrize("names", [("TableName", "BillingMode"), ("BillingMode", "TableName")])
def test_the_first_property_that_is_not_known_is_named(names: tuple[str, str]) -> None:
    document = template()
    for name in names:
        document["Resources"]["Logical"]["Properties"].pop(name, None)
        document["Resources"]["Logical"]["Properties"][name] = {"Ref": f"No{name}"}
    with pytest.raises(SeedError, match=f"No{names[0]} cannot be resolved"):
        seed_of(document)


def test_short_forms_of_yaml() -> None:
    parsed = parse_yaml("a: !Ref x\nb: !Sub '${x}'\nc: !Join ['-', [1]]\nd: !Map {k: v}\n")
    assert parsed == {
        "a": {"Ref": "x"},
        "b": {"Fn::Sub": "${x}"},
        "c": {"Fn::Join": ["-", [1]]},
        "d": {"Fn::Map": {"k": "v"}},
    }


@pytest.mark.parametrize(
    ("text", "message"), [("a: [", "not valid YAML"), ("[" * 300 + "]" * 300, "nested too deeply")]
)
def test_yaml_that_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(SeedError, match=message):
        parse_yaml(text)
