"""Which ReplicaUpdates change keys, and for which regions they have to name one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.operations.global_tables.replica_keys import names_keys
from jedlik.services.dynamodb.tables.replicas import ACTIVE, Replica, Replication
from jedlik.services.kms.aws_managed_keys import ALIAS
from tests.control_plane import ControlPlane, on_demand

US, EU = "us-east-1", "eu-west-1"


def request(*updates: dict[str, Any]) -> dict[str, Any]:
    return {"TableName": "music", "ReplicaUpdates": list(updates)}


def update(region: str, **members: Any) -> dict[str, Any]:
    return {"Update": {"RegionName": region, **members}}


@pytest.mark.parametrize("keys", [("a", "b"), ("a", None), (None, "b"), (ALIAS, ALIAS)])
def test_updates_of_several_regions_name_keys(keys: tuple[str | None, str | None]) -> None:
    here, there = keys
    assert names_keys(request(update(US, KMSMasterKeyId=here), update(EU, KMSMasterKeyId=there)))


@pytest.mark.parametrize(
    "updates",
    [
        [update(EU, KMSMasterKeyId="a")],
        [update(EU, KMSMasterKeyId="a"), update(EU, KMSMasterKeyId="a")],
        [update(EU, KMSMasterKeyId="a"), *(update(US, KMSMasterKeyId=key) for key in "bc")],
        [update(EU), update(US)],
        [update(EU, KMSMasterKeyId="a"), update(US, TableClassOverride="STANDARD")],
        [update(EU, KMSMasterKeyId="a"), {"Create": {"RegionName": US, "KMSMasterKeyId": "b"}}],
        [{"Create": {"RegionName": US, "KMSMasterKeyId": "b"}}],
        [update(EU, KMSMasterKeyId="a"), {}],
    ],
)
def test_others_are_judged_one_by_one(updates: list[dict[str, Any]]) -> None:
    assert not names_keys(request(*updates))


@pytest.mark.parametrize(
    ("table", "more", "text"),
    [
        ("music", {}, "Replica specified in the Replica Update or Replica Delete action"),
        ("music", {"BillingMode": "PAY_PER_REQUEST"}, "must be the only operation in the request"),
        (
            "music",
            {"GlobalTableWitnessUpdates": [{"Create": {"RegionName": "eu-west-2"}}]},
            "must be the only operation in the request",
        ),
        ("missing", {}, "Requested resource not found: Table: missing not found"),
    ],
)
def test_only_a_table_with_replicas_has_keys_elsewhere(
    table: str, more: dict[str, Any], text: str
) -> None:
    plane = ControlPlane()
    try:
        plane.call("CreateTable", **on_demand("music", "pk"))
        updates = [update(US, KMSMasterKeyId="a"), update(EU, KMSMasterKeyId="b")]
        with pytest.raises(Exception, match=text):
            plane.call("UpdateTable", TableName=table, ReplicaUpdates=updates, **more)
    finally:
        plane.close()


@pytest.mark.parametrize(
    ("consistency", "text"),
    [("STRONG", "must be the only operation in the request"), ("EVENTUAL", "cannot be reached")],
)
def test_a_request_for_keys_does_not_change_the_consistency(
    plane: ControlPlane, consistency: str, text: str
) -> None:
    def add_replica(draft: CatalogDraft) -> None:
        replication = Replication(draft.new_id(), replicas=(Replica(EU, ACTIVE),))
        draft.put(replace(draft.existing("music"), replication=replication))

    plane.call("CreateTable", **on_demand())
    plane.run(plane.database.catalog.change(("music",), add_replica))
    keys = request(update(US, KMSMasterKeyId="a"), update(EU, KMSMasterKeyId="b"))
    refused = plane.refusal("UpdateTable", **keys, MultiRegionConsistency=consistency)
    assert text in refused.message
