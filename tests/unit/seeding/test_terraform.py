"""Plans of Terraform as seeds."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.seeding.seed import Seed
from jedlik.seeding.terraform import read, recognizes


def resource(**given: Any) -> dict[str, Any]:
    values = {"name": "t", "hash_key": "pk", "attribute": [{"name": "pk", "type": "S"}], **given}
    return {"type": "aws_dynamodb_table", "values": values}


def seed_of(*resources: dict[str, Any], **more: Any) -> Seed:
    return read({"planned_values": {"root_module": {"resources": list(resources), **more}}}, "f")


def definition(**given: Any) -> dict[str, Any]:
    (table,) = seed_of(resource(**given)).tables
    return table.definition


@pytest.mark.parametrize("document", [{"planned_values": {}}, {"values": {}}])
def test_plans_and_states_are_recognized(document: dict[str, Any]) -> None:
    assert recognizes(document)


@pytest.mark.parametrize("document", [{"Resources": {}}, [], "planned_values", None])
def test_other_documents_are_not_plans(document: Any) -> None:
    assert not recognizes(document)


def test_a_table_is_provisioned_with_one_unit_unless_it_says_otherwise() -> None:
    units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    assert definition()["BillingMode"] == "PROVISIONED"
    assert definition()["ProvisionedThroughput"] == units
    given = definition(read_capacity=5, write_capacity="6")
    assert given["ProvisionedThroughput"] == {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}


def test_a_table_on_demand_has_no_units_and_neither_have_its_indexes() -> None:
    index = {"name": "g", "hash_key": "pk"}
    given = definition(billing_mode="PAY_PER_REQUEST", global_secondary_index=[index])
    assert "ProvisionedThroughput" not in given
    assert given["GlobalSecondaryIndexes"] == [
        {
            "IndexName": "g",
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ]
    (provisioned,) = definition(global_secondary_index=[index])["GlobalSecondaryIndexes"]
    assert provisioned["ProvisionedThroughput"]["ReadCapacityUnits"] == 1


def test_local_indexes_have_the_tables_partition_key() -> None:
    local = {
        "name": "l", "range_key": "at", "projection_type": "INCLUDE", "non_key_attributes": ["v"],
    }  # fmt: skip
    (index,) = definition(local_secondary_index=[local])["LocalSecondaryIndexes"]
    assert index["KeySchema"] == [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "at", "KeyType": "RANGE"},
    ]
    assert index["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["v"]}


def test_attributes_that_no_key_names_are_not_defined() -> None:
    """CreateTable refuses them."""
    given = definition(attribute=[{"name": "pk", "type": "S"}, {"name": "extra", "type": "N"}])
    assert given["AttributeDefinitions"] == [{"AttributeName": "pk", "AttributeType": "S"}]


def test_streams_tags_class_and_protection() -> None:
    given = definition(
        stream_enabled=True, tags={"b": "2", "a": "1"}, table_class="STANDARD",
        deletion_protection_enabled=True,
    )  # fmt: skip
    assert given["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert given["Tags"] == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    assert (given["TableClass"], given["DeletionProtectionEnabled"]) == ("STANDARD", True)
    without = definition(stream_enabled=False, tags={}, deletion_protection_enabled=False)
    for member in ("StreamSpecification", "Tags", "DeletionProtectionEnabled"):
        assert member not in without


def test_items_expire_by_an_attribute_if_that_is_enabled() -> None:
    (table,) = seed_of(resource(ttl=[{"attribute_name": "end", "enabled": True}])).tables
    assert table.time_to_live == "end"
    (table,) = seed_of(resource(ttl=[{"attribute_name": "end", "enabled": False}])).tables
    assert table.time_to_live is None


def test_what_is_left_out_is_said() -> None:
    seed = seed_of(resource(server_side_encryption=[{"enabled": True}], replica=[{}]))
    assert seed.notes == ["t: left out: replica, server_side_encryption"]
    assert seed_of(resource()).notes == []


def test_items_and_modules_within_modules() -> None:
    item = {
        "type": "aws_dynamodb_table_item",
        "values": {"table_name": "t", "item": '{"pk": {"S": "a"}}'},
    }
    inner = {"child_modules": [{"resources": [item, {"type": "aws_iam_role", "values": {}}]}]}
    seed = seed_of(resource(), child_modules=[inner])
    assert [table.name for table in seed.tables] == ["t"]
    assert seed.items == {"t": [{"pk": {"S": "a"}}]}
