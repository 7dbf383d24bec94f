"""One page of a re-encryption; whole ones are tested in encryption/test_table_encryption."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.kernel.keyspaces import ITEMS
from jedlik.kernel.leases import Lease, acquire
from jedlik.kernel.page_steps import page_step
from jedlik.services.dynamodb.background.re_encryption import PAGE, _Values
from tests.control_plane import on_demand
from tests.keeper import Keeper


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    keeper = Keeper()
    yield keeper
    keeper.close()


def lease_of(keeper: Keeper) -> Lease:
    now = keeper.clock.now()
    lease = keeper.run(acquire(keeper.database.store, "encryption", "me", now, 60.0))
    assert lease is not None
    return lease


def test_a_page_is_sealed_with_the_key_rings_that_it_was_decided_on(keeper: Keeper) -> None:
    keeper.create(keeper.new_key())
    keeper.fill(10)
    keeper.change(Enabled=True)
    keeper.run(keeper.database.catalog.refresh())
    snapshot = keeper.run(keeper.database.rings())
    (ring,) = snapshot.rings.values()
    outdated = _Values(snapshot, ring)
    before = keeper.rows(ITEMS)
    keeper.call("CreateTable", **on_demand("other"))  # the rings might be others by now
    lease = lease_of(keeper)
    with pytest.raises(CatalogChanged):
        keeper.run(page_step(keeper.database.store, lease, outdated, PAGE))
    assert keeper.rows(ITEMS) == before
    keeper.run(keeper.database.catalog.refresh())
    snapshot = keeper.run(keeper.database.rings())
    current = _Values(snapshot, snapshot.rings[ring.model.table_id])
    keeper.run(page_step(keeper.database.store, lease, current, PAGE))
    assert keeper.rows(ITEMS) != before
