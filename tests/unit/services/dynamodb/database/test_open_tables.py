"""A table stays open while its record is unchanged, whatever else changes in the catalog."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.services.dynamodb.background.maintenance import Maintenance
from jedlik.services.dynamodb.database import catalog
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.kms.operations.registry import OPERATIONS as KEY_OPERATIONS
from jedlik.services.kms.store import create_alias
from tests.control_plane import ControlPlane, on_demand


def opened(plane: ControlPlane, name: str = "music") -> OpenTable:
    async def find() -> OpenTable | None:
        await plane.database.catalog.refresh()
        return await plane.database.catalog.find(name)

    table = plane.run(find())
    assert table is not None
    return table


def change_policy(plane: ControlPlane) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": "dynamodb:GetItem",
        "Resource": _arn(plane),
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    plane.call("PutResourcePolicy", ResourceArn=_arn(plane), Policy=policy)


def change_tag(plane: ControlPlane) -> None:
    plane.call("TagResource", ResourceArn=_arn(plane), Tags=[{"Key": "k", "Value": "v"}])


def change_alias(plane: ControlPlane) -> None:
    answer = plane.run(KEY_OPERATIONS["CreateKey"](plane.database, {}))
    assert isinstance(answer, dict)
    key = answer["KeyMetadata"]["KeyId"]
    plane.run(create_alias(plane.database, "alias/some", key))


def change_another(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand(TableName="other"))


def _arn(plane: ControlPlane) -> str:
    return plane.database.arns.table_arn("music")


@pytest.mark.parametrize("change", [change_policy, change_tag, change_alias, change_another])
def test_a_change_of_something_else_leaves_it_open(
    plane: ControlPlane, change: Callable[[ControlPlane], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    plane.call("CreateTable", **on_demand())
    before = opened(plane)
    change(plane)
    monkeypatch.setattr(catalog, "decode_table", None)  # decoding one would fail
    after = opened(plane)
    assert after.version != before.version
    assert after.model is before.model
    assert after.indexes is before.indexes


def test_a_table_is_opened_again_after_its_own_change(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    before = opened(plane)
    plane.call("UpdateTable", TableName="music", DeletionProtectionEnabled=True)
    after = opened(plane)
    assert after.model.deletion_protection
    assert not before.model.deletion_protection


def test_a_table_made_again_under_its_name_is_another(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    before = opened(plane)
    plane.call("DeleteTable", TableName="music")

    async def remove() -> None:
        await Maintenance(plane.database).run_once()

    plane.run(remove())
    plane.call("CreateTable", **on_demand())
    assert opened(plane).id != before.id


def test_who_holds_it_as_it_was_begins_again(plane: ControlPlane) -> None:
    """An operation that a former policy let through must not go on by a newer look at the table."""
    plane.call("CreateTable", **on_demand())
    before = opened(plane)
    change_policy(plane)
    after = opened(plane)
    plane.database.catalog.check(after.version, after)
    with pytest.raises(CatalogChanged):
        plane.database.catalog.check(after.version, before)
