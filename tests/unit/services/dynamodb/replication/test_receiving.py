"""Batches that arrive while the catalog changes; their effects are tested with their senders."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.kernel.catalog_version import MAX_RESTARTS, CatalogChanged
from jedlik.services.dynamodb.replication import receiving
from jedlik.storage.failures import StorageUnavailable
from tests.control_plane import ControlPlane


def test_a_batch_is_received_again_when_the_catalog_has_changed(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    async def received(_database: Any, batch: Any) -> Any:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise CatalogChanged
        return batch

    monkeypatch.setattr(receiving, "_receive", received)
    batch: Any = object()
    assert plane.run(receiving.receive(plane.database, batch)) is batch
    assert tries == 3


def test_a_catalog_that_never_rests_ends_in_a_refusal(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    async def changed(_database: Any, _batch: Any) -> Any:
        nonlocal tries
        tries += 1
        raise CatalogChanged

    monkeypatch.setattr(receiving, "_receive", changed)
    batch: Any = object()
    with pytest.raises(StorageUnavailable):
        plane.run(receiving.receive(plane.database, batch))
    assert tries == MAX_RESTARTS
