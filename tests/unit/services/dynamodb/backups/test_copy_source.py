"""What a commit that begins a copy refuses of a table that has changed since it was read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.services.dynamodb.backups.copy_source import CopySource
from tests.backed_up import recover
from tests.control_plane import ControlPlane, on_demand


def read(plane: ControlPlane) -> CopySource:
    table = plane.run(plane.database.catalog.current("music"))
    assert table is not None
    return plane.run(CopySource.read(plane.database, table))


def lock(plane: ControlPlane, source: CopySource) -> None:
    now = plane.clock.now()
    change = plane.database.catalog.change(
        ("music",), lambda draft: source.locked(draft, now), also_read=source.also_read
    )
    assert plane.run(change).id == source.table.id


def enable_recovery(plane: ControlPlane) -> None:
    recover(plane)


def encrypt(plane: ControlPlane) -> None:
    plane.call("UpdateTable", TableName="music", SSESpecification={"Enabled": True})


def delete(plane: ControlPlane) -> None:
    plane.call("DeleteTable", TableName="music")


def delete_slowly(plane: ControlPlane) -> None:
    plane.database.transition_seconds = 10.0
    plane.call("DeleteTable", TableName="music")


def replace(plane: ControlPlane) -> None:
    delete(plane)
    plane.call("CreateTable", **on_demand())


@pytest.mark.parametrize("change", [enable_recovery, encrypt, delete, delete_slowly, replace])
def test_another_table_log_or_key_ring_is_read_again(
    plane: ControlPlane, change: Callable[[ControlPlane], None]
) -> None:
    plane.call("CreateTable", **on_demand())
    source = read(plane)
    lock(plane, source)
    change(plane)
    with pytest.raises(CatalogChanged):
        lock(plane, source)


def test_other_changes_do_not_matter(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    source = read(plane)
    plane.call("UpdateTable", TableName="music", OnDemandThroughput={"MaxReadRequestUnits": 10})
    lock(plane, source)
