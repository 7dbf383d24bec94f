"""Quotas of the account on provisioned capacity (developer guide, "Quotas")."""

from __future__ import annotations

import pytest

from jedlik.base.errors import LimitExceededException
from jedlik.services.dynamodb.tables.quotas import Quotas
from tests.control_plane import ControlPlane, attributes, index, on_demand, provisioned, units


@pytest.fixture
def small(plane: ControlPlane) -> ControlPlane:
    """An account that may have 100 units, 60 of them in a table."""
    plane.database.quotas = Quotas("us-east-1", table=60, account=100)
    return plane


def text(member: str, reserved: int, requested: int) -> str:
    return (
        f"This request would have caused the {member} limit to be exceeded for the account in "
        f"us-east-1. Current {member} reserved by the account: {reserved}. Limit: 100. Requested: "
        f"{requested}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to "
        "request higher limits."
    )


def test_what_a_table_may_have(small: ControlPlane) -> None:
    error = small.refusal("CreateTable", **provisioned(ProvisionedThroughput=units(1, 61)))
    assert isinstance(error, LimitExceededException)
    assert error.message.startswith(
        "The requested WriteCapacityUnits, 61, is above the per table maximum for the account in "
        "us-east-1. Per table maximum: 60."
    )
    small.call("CreateTable", **provisioned(ProvisionedThroughput=units(60, 60)))


def test_all_tables_and_indexes_count_to_the_account(small: ControlPlane) -> None:
    by_genre = index("by-genre", "genre", ProvisionedThroughput=units(1, 20))
    small.call(
        "CreateTable",
        **provisioned(
            ProvisionedThroughput=units(1, 50),
            GlobalSecondaryIndexes=[by_genre],
            AttributeDefinitions=attributes("pk", "genre"),
        ),
    )
    error = small.refusal("CreateTable", **provisioned("other", ProvisionedThroughput=units(1, 31)))
    assert isinstance(error, LimitExceededException)
    assert error.message == text("WriteCapacityUnits", 70, 31)
    small.call("CreateTable", **provisioned("other", ProvisionedThroughput=units(1, 30)))
    small.call("CreateTable", **on_demand("more"))
    error = small.refusal("UpdateTable", TableName="music", ProvisionedThroughput=units(1, 51))
    assert error.message == text("WriteCapacityUnits", 100, 1)
    small.call("UpdateTable", TableName="other", ProvisionedThroughput=units(1, 29))
    small.call("UpdateTable", TableName="music", ProvisionedThroughput=units(1, 51))


def test_an_account_above_its_quota_may_lower_its_capacity(plane: ControlPlane) -> None:
    plane.call("CreateTable", **provisioned(ProvisionedThroughput=units(500, 500)))
    plane.database.quotas = Quotas("us-east-1", table=1000, account=100)
    plane.call("UpdateTable", TableName="music", ProvisionedThroughput=units(400, 500))
    error = plane.refusal("UpdateTable", TableName="music", ProvisionedThroughput=units(401, 500))
    assert error.message == text("ReadCapacityUnits", 400, 1)


def test_describe_limits(small: ControlPlane) -> None:
    assert small.call("DescribeLimits") == {
        "AccountMaxReadCapacityUnits": 100,
        "AccountMaxWriteCapacityUnits": 100,
        "TableMaxReadCapacityUnits": 60,
        "TableMaxWriteCapacityUnits": 60,
    }
