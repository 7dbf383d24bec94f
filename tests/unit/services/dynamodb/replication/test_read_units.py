"""Read capacity that replicas share, and that of a region alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from jedlik.services.dynamodb.replication.read_units import (
    changed_reads,
    followed,
    kept_apart,
    reads_of,
    seen_from,
    with_own_reads,
    with_reads_of,
)
from jedlik.services.dynamodb.tables.model import Table
from jedlik.services.dynamodb.tables.replicas import ACTIVE, Replica, Replication
from tests.control_plane import ControlPlane, attributes, index, on_demand

US, EU = "us-east-1", "eu-west-1"
KEY = {"KMSMasterKeyId": "key"}


def units(read: int, write: int = 5) -> dict[str, Any]:
    return {"ProvisionedThroughput": {"ReadCapacityUnits": read, "WriteCapacityUnits": write}}


def override(read: int) -> dict[str, Any]:
    return {"ProvisionedThroughputOverride": {"ReadCapacityUnits": read}}


@pytest.fixture(scope="module")
def table() -> Iterator[Table]:
    """A table with an index and replicas in two other regions."""
    plane = ControlPlane()
    plane.call(
        "CreateTable",
        **{
            **on_demand(),
            "BillingMode": "PROVISIONED",
            "AttributeDefinitions": attributes("pk", "a"),
            "GlobalSecondaryIndexes": [{**index("gsi", "a"), **units(3)}],
            **units(5),
        },
    )
    made = plane.run(plane.database.table("music")).model
    replicas = (Replica(US, ACTIVE, settings=KEY), Replica(EU, ACTIVE))
    yield replace(made, replication=Replication(1, replicas=replicas))
    plane.close()


def with_units(table: Table, read: int, of_index: int) -> Table:
    (found,) = table.indexes
    changed = replace(found, settings={**found.settings, **units(of_index)})
    return replace(table, settings={**table.settings, **units(read)}, indexes=(changed,))


def shown(table: Table) -> dict[str, Any]:
    assert table.replication is not None
    return {each.region: each.settings for each in table.replication.replicas}


def test_what_changes_here_alone_pins_the_others_to_what_there_was(table: Table) -> None:
    after = with_units(table, 9, 3)
    assert changed_reads(table, after) == {""}
    apart = kept_apart(table, after)
    assert shown(apart) == {US: {**KEY, **override(5)}, EU: override(5)}
    assert apart.replication is not None
    pinned = apart.replication.replicas[0]
    assert seen_from(pinned, apart) == override(9)
    # Back to what it was there is nothing to show; of the index there is now.
    back = kept_apart(apart, with_units(apart, 5, 4))
    indexes = {"GlobalSecondaryIndexes": [{"IndexName": "gsi", **override(3)}]}
    assert shown(back) == {US: {**KEY, **indexes}, EU: indexes}


def test_what_all_follow_ends_overrides_of_what_it_changes(table: Table) -> None:
    apart = kept_apart(table, with_units(table, 9, 7))
    same = followed(apart, replace(apart, deletion_protection=True))
    assert shown(same) == shown(apart)
    indexes = {"GlobalSecondaryIndexes": [{"IndexName": "gsi", **override(3)}]}
    assert shown(followed(apart, with_units(apart, 10, 7))) == {US: {**KEY, **indexes}, EU: indexes}
    on_demand = replace(apart, billing_mode="PAY_PER_REQUEST")
    assert reads_of(on_demand) == {}
    assert shown(followed(apart, on_demand)) == {US: KEY, EU: {}}


def test_a_region_says_what_it_has(table: Table) -> None:
    told = with_reads_of(table, EU, {"": 8, "gsi": 3, "unknown": 1})
    assert shown(told) == {US: KEY, EU: override(8)}
    assert shown(with_reads_of(told, EU, {"": 5})) == shown(table)
    assert with_reads_of(table, "ap-south-1", {"": 8}) == table


def test_a_request_leaves_reads_to_each_region(table: Table) -> None:
    updates = [{"Update": {"IndexName": "gsi", **units(1, 2)}}, {"Delete": {"IndexName": "gsi"}}]
    request = {**units(1, 2), "GlobalSecondaryIndexUpdates": updates}
    assert with_own_reads(table, request, ()) == request
    assert with_own_reads(table, request, ("",)) == {**request, **units(5, 2)}
    changed = with_own_reads(table, request, ("gsi", "unknown"))
    own = {"Update": {"IndexName": "gsi", **units(3, 2)}}
    assert changed == {**request, "GlobalSecondaryIndexUpdates": [own, updates[1]]}
    assert with_own_reads(table, {"BillingMode": "PAY_PER_REQUEST"}, ("",)) == {
        "BillingMode": "PAY_PER_REQUEST"
    }
